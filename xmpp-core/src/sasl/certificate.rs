//! What a certificate says, as far as a login uses it: whom it names (XEP-0178), and its channel binding (RFC 5929 §4).
//!
//! Nothing is verified here: whoever asks has a certificate that the TLS library accepted.

use jid::BareJid;
use x509_cert::Certificate;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Decode, Tag, TagNumber, Tagged};
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::scram::Hash;

/// `id-on-xmppAddr` (RFC 6120 §13.7.1.4).
const XMPP_ADDR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.5");

/// `id-RSASSA-PSS`, whose hash stands in its parameters (RFC 4055 §3.1).
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// The hashes that signatures and parameters name.
enum Signed {
    /// MD5 and SHA-1, in whose place SHA-256 is used (RFC 5929 §4.1).
    Weak,
    Sha256,
    Sha384,
    Sha512,
}

/// The addresses that a certificate names (`xmppAddr`), without repetition; what is no address is left out.
///
/// ```
/// use xmpp_core::sasl::certificate::addresses;
///
/// assert!(addresses(b"this is no certificate").is_empty());
/// ```
#[must_use]
pub fn addresses(certificate: &[u8]) -> Vec<BareJid> {
    let mut addresses = Vec::new();
    let Ok(certificate) = Certificate::from_der(certificate) else { return addresses };
    let Ok(Some((_, names))) = certificate.tbs_certificate().get_extension::<SubjectAltName>() else {
        return addresses;
    };
    for name in &names.0 {
        if let GeneralName::OtherName(other) = name
            && other.type_id == XMPP_ADDR
            && let Ok(text) = other.value.decode_as::<Utf8StringRef<'_>>()
            && let Ok(address) = BareJid::new(text.as_str())
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    addresses
}

/// The data of `tls-server-end-point` for a server's certificate; `None` where it is not defined: the certificate's
/// signature uses no single hash (Ed25519), or one that is not known here.
#[must_use]
pub fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    use sha2::Digest as _;

    let parsed = Certificate::from_der(certificate).ok()?;
    Some(match signed_by(parsed.signature_algorithm())? {
        Signed::Weak | Signed::Sha256 => Hash::Sha256.digest(certificate).to_vec(),
        Signed::Sha384 => sha2::Sha384::digest(certificate).to_vec(),
        Signed::Sha512 => Hash::Sha512.digest(certificate).to_vec(),
    })
}

fn signed_by(algorithm: &AlgorithmIdentifierOwned) -> Option<Signed> {
    if algorithm.oid == RSASSA_PSS {
        return pss_hash(algorithm);
    }
    Some(match algorithm.oid.to_string().as_str() {
        // RSA (RFC 8017), DSA and ECDSA (RFC 5758, RFC 3279), each with its hash.
        "1.2.840.113549.1.1.4" | "1.2.840.113549.1.1.5" | "1.2.840.10040.4.3" | "1.2.840.10045.4.1" => {
            Signed::Weak
        }
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" | "2.16.840.1.101.3.4.3.2" => Signed::Sha256,
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Signed::Sha384,
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Signed::Sha512,
        _ => return None,
    })
}

/// `RSASSA-PSS-params`: the hash is the first field, under the tag `[0]`; SHA-1 where it is left out.
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<Signed> {
    let fields = algorithm.parameters.as_ref()?.value();
    let hash_field = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let field = match AnyRef::from_der_partial(fields) {
        Ok((field, _)) if field.tag() == hash_field => field,
        _ => return Some(Signed::Weak),
    };
    let hash = AlgorithmIdentifierOwned::from_der(field.value()).ok()?;
    Some(match hash.oid.to_string().as_str() {
        "1.2.840.113549.2.5" | "1.3.14.3.2.26" => Signed::Weak,
        "2.16.840.1.101.3.4.2.1" => Signed::Sha256,
        "2.16.840.1.101.3.4.2.2" => Signed::Sha384,
        "2.16.840.1.101.3.4.2.3" => Signed::Sha512,
        _ => return None,
    })
}
