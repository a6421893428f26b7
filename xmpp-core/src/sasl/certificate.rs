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

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithm(der: &[u8]) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned::from_der(der).unwrap()
    }

    /// The length of the hash that an algorithm leads to; 0: none.
    fn length(der: &[u8]) -> usize {
        match signed_by(&algorithm(der)) {
            Some(Signed::Weak | Signed::Sha256) => 32,
            Some(Signed::Sha384) => 48,
            Some(Signed::Sha512) => 64,
            None => 0,
        }
    }

    /// MEC-14: RFC 5929 §4.1: the signature's own hash, SHA-256 in place of MD5 and SHA-1, nothing where there is no one
    /// hash.
    #[test]
    fn hash_of_the_signature() {
        let rsa = |last| [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last, 5, 0];
        for (last, expected) in [(4, 32), (5, 32), (11, 32), (12, 48), (13, 64), (1, 0)] {
            assert_eq!(length(&rsa(last)), expected, "RSA, {last}");
        }
        let ecdsa = |last| [0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last];
        for (last, expected) in [(2, 32), (3, 48), (4, 64)] {
            assert_eq!(length(&ecdsa(last)), expected, "ECDSA, {last}");
        }
        let ed25519 = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
        assert_eq!(length(&ed25519), 0);
    }

    /// MEC-14: the hash of RSASSA-PSS stands in its parameters, and is SHA-1 where it is left out.
    #[test]
    fn hash_of_pss() {
        let pss = |parameters: &[u8]| {
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
            let length = u8::try_from(oid.len() + parameters.len()).unwrap();
            [&[0x30, length], &oid[..], parameters].concat()
        };
        let sha2 =
            |last| [0x30, 0x0f, 0xa0, 0x0d, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last];
        for (last, expected) in [(1, 32), (2, 48), (3, 64), (9, 0)] {
            assert_eq!(length(&pss(&sha2(last))), expected, "{last}");
        }
        assert_eq!(length(&pss(&[0x30, 0])), 32);
    }

    /// What is no certificate says nothing.
    #[test]
    fn no_certificate() {
        for der in [&b""[..], &[0x30, 0x80], &[0xff; 99]] {
            assert!(server_end_point(der).is_none() && addresses(der).is_empty());
        }
    }
}
