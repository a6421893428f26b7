//! DIGEST-MD5 (RFC 2831), for servers and clients that have nothing better. RFC 6331 tells why nobody should need it: use
//! it where you must, and name it in the lists of mechanisms yourself; no default list has it.
//!
//! Without a security layer (`qop=auth`), and without fast reauthentication.

mod client;
mod directives;
mod server;

use std::fmt;

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::prep;
use super::scram::KeyError;

pub(super) use client::Digest;
pub(super) use server::{Asked, Response};

/// What a server keeps for one user and realm: `H(username:realm:password)` (RFC 2831 §2.1.2.1).
///
/// As good as the password in this realm: who has it can log in.
///
/// ```
/// use xmpp_core::sasl::{digest_md5::Secret, scram::StoredCredentials};
///
/// let mut stored = StoredCredentials::derive("secret", b"16 random bytes.", 4_096)?;
/// stored.insert_digest_md5(Secret::derive("chris", "elwood.innosoft.com", "secret")?);
/// # Ok::<(), xmpp_core::sasl::scram::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    pub(super) realm: String,
    pub(super) hash: Zeroizing<[u8; 16]>,
}

impl Secret {
    /// From a password. The name is the one that the user types, in its case.
    ///
    /// # Errors
    /// [`KeyError::Password`].
    pub fn derive(username: &str, realm: &str, password: &str) -> Result<Self, KeyError> {
        let password = prep::new_password(password).ok_or(KeyError::Password)?;
        Ok(Self { realm: realm.to_owned(), hash: hashed(username, realm, &password) })
    }

    /// As it was read from storage.
    #[must_use]
    pub fn new(realm: impl Into<String>, hash: [u8; 16]) -> Self {
        Self { realm: realm.into(), hash: Zeroizing::new(hash) }
    }

    /// The hash, to write it to storage.
    #[must_use]
    pub fn hash(&self) -> &[u8; 16] {
        &self.hash
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// `H({ username-value, ":", realm-value, ":", passwd })`.
fn hashed(username: &str, realm: &str, password: &str) -> Zeroizing<[u8; 16]> {
    let mut md5 = Md5::new();
    md5.update(latin(username));
    md5.update(b":");
    md5.update(latin(realm));
    md5.update(b":");
    md5.update(latin(password));
    Zeroizing::new(md5.finalize().into())
}

/// In ISO 8859-1 where that is possible, in UTF-8 otherwise (§2.1.2.1).
fn latin(text: &str) -> Zeroizing<Vec<u8>> {
    let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    Zeroizing::new(latin.unwrap_or_else(|| text.as_bytes().to_vec()))
}

/// What both sides put into the hash.
struct Exchange<'a> {
    secret: &'a [u8; 16],
    nonce: &'a str,
    cnonce: &'a str,
    authzid: Option<&'a str>,
    uri: &'a str,
}

impl Exchange<'_> {
    /// `response-value` (§2.1.2.1) for `method` `AUTHENTICATE`, the server's (§2.1.3) for none.
    fn value(&self, method: &str) -> String {
        let mut a1 = Md5::new();
        a1.update(self.secret);
        a1.update(format!(":{}:{}", self.nonce, self.cnonce));
        if let Some(authzid) = self.authzid {
            a1.update(format!(":{authzid}"));
        }
        let a1 = Zeroizing::new(hex(&a1.finalize()));
        let a2 = hex(&Md5::digest(format!("{method}:{}", self.uri)));
        let Self { nonce, cnonce, .. } = self;
        let kd = Zeroizing::new(format!("{}:{nonce}:{COUNT}:{cnonce}:auth:{a2}", *a1));
        hex(&Md5::digest(kd.as_bytes()))
    }
}

/// The one count that is used: every nonce is used once.
const COUNT: &str = "00000001";

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;

    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MEC-18, MEC-19: the exchange that RFC 2831 §4 prints.
    #[test]
    fn printed_exchange() {
        let secret = Secret::derive("chris", "elwood.innosoft.com", "secret").unwrap();
        let exchange = Exchange {
            secret: secret.hash(),
            nonce: "OA6MG9tEQGm2hh",
            cnonce: "OA6MHXh6VqTrRk",
            authzid: None,
            uri: "imap/elwood.innosoft.com",
        };
        assert_eq!(exchange.value("AUTHENTICATE"), "d388dad90d4bbd760a152321f2143af7");
        assert_eq!(exchange.value(""), "ea40f60335c427b5527b84dbabcdfffd");
        assert!(!format!("{secret:?}").contains("hash"));
    }

    /// MEC-18: text of ISO 8859-1 is hashed as such.
    #[test]
    fn characters() {
        assert_eq!(*latin("ä"), [0xe4]);
        assert_eq!(*latin("ä€"), "ä€".as_bytes());
    }
}
