//! PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd`, in one message.

use std::fmt;

use zeroize::Zeroizing;

use super::{AuthError, Credential};

/// The message of a PLAIN login. It holds the password in clear; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain<'a> {
    /// The identity to act for; never empty.
    pub authzid: Option<&'a str>,
    /// The user name as the client sent it; never empty.
    pub authcid: &'a str,
    /// The password as the client sent it; never empty.
    pub passwd: &'a str,
}

/// A message that does not follow the grammar of RFC 4616 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPlain;

impl fmt::Display for MalformedPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed PLAIN message")
    }
}

impl std::error::Error for MalformedPlain {}

impl<'a> Plain<'a> {
    /// Reads a client's message: UTF-8, exactly two NUL, name and password not empty.
    ///
    /// ```
    /// use xmpp_core::sasl::plain::Plain;
    ///
    /// let plain = Plain::parse(b"\0juliet\0r0m30")?;
    /// assert_eq!((plain.authzid, plain.authcid), (None, "juliet"));
    /// # Ok::<(), xmpp_core::sasl::plain::MalformedPlain>(())
    /// ```
    pub fn parse(message: &'a [u8]) -> Result<Self, MalformedPlain> {
        let text = str::from_utf8(message).map_err(|_| MalformedPlain)?;
        let mut parts = text.split('\0');
        let mut part = || parts.next().ok_or(MalformedPlain);
        let plain =
            Self { authzid: Some(part()?).filter(|id| !id.is_empty()), authcid: part()?, passwd: part()? };
        if plain.authcid.is_empty() || plain.passwd.is_empty() || parts.next().is_some() {
            return Err(MalformedPlain);
        }
        Ok(plain)
    }

    /// Writes the message. The strings go out as they are: the server prepares what it compares (RFC 4616 §2).
    ///
    /// # Errors
    /// [`AuthError::Unusable`] for an empty string or one with a NUL.
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, AuthError> {
        let unusable = |text: &str| text.is_empty() || text.contains('\0');
        if self.authzid.is_some_and(unusable) {
            return Err(AuthError::Unusable(Credential::Authzid));
        }
        if unusable(self.authcid) {
            return Err(AuthError::Unusable(Credential::Username));
        }
        if unusable(self.passwd) {
            return Err(AuthError::Unusable(Credential::Password));
        }
        let authzid = self.authzid.unwrap_or_default();
        // Room for all at once: a vector that grows leaves copies of the password behind.
        let mut message =
            Zeroizing::new(Vec::with_capacity(authzid.len() + self.authcid.len() + self.passwd.len() + 2));
        message.extend_from_slice(authzid.as_bytes());
        message.push(0);
        message.extend_from_slice(self.authcid.as_bytes());
        message.push(0);
        message.extend_from_slice(self.passwd.as_bytes());
        Ok(message)
    }
}

impl fmt::Debug for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plain")
            .field("authzid", &self.authzid)
            .field("authcid", &self.authcid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// MEC-01: what cannot be told apart on the wire is refused on both sides.
    #[test]
    fn grammar() {
        let long = format!("{0}\0{0}\0{0}", "x".repeat(4_096));
        assert_eq!(Plain::parse(long.as_bytes()).map(|plain| plain.passwd.len()), Ok(4_096));
        let malformed: [&[u8]; 9] = [
            b"",
            b"\0",
            b"\0\0",
            b"juliet",
            b"\0juliet",
            b"\0juliet\0",
            b"\0\0secret",
            b"a\0b\0c\0",
            b"\0\xff\0secret",
        ];
        for message in malformed {
            assert_eq!(Plain::parse(message), Err(MalformedPlain), "{message:?}");
        }
        let good = Plain { authzid: Some("a"), authcid: "b", passwd: "c" };
        for (part, plain) in [
            (Credential::Authzid, Plain { authzid: Some(""), ..good.clone() }),
            (Credential::Authzid, Plain { authzid: Some("x\0"), ..good.clone() }),
            (Credential::Username, Plain { authcid: "", ..good.clone() }),
            (Credential::Username, Plain { authcid: "\0", ..good.clone() }),
            (Credential::Password, Plain { passwd: "", ..good.clone() }),
            (Credential::Password, Plain { passwd: "p\0w", ..good.clone() }),
        ] {
            assert_eq!(plain.write(), Err(AuthError::Unusable(part)));
        }
    }

    /// SASL-20
    #[test]
    fn is_redacted() {
        let plain = Plain { authzid: None, authcid: "juliet", passwd: "r0m30" };
        assert!(!format!("{plain:?}").contains("r0m30"));
    }

    proptest! {
        /// MEC-01: what is written is read back.
        #[test]
        fn round_trip(authzid in proptest::option::of("[^\0]{1,9}"), authcid in "[^\0]{1,300}", passwd in "[^\0]{1,9}") {
            let plain = Plain { authzid: authzid.as_deref(), authcid: &authcid, passwd: &passwd };
            let message = plain.write().unwrap();
            prop_assert_eq!(Plain::parse(&message), Ok(plain));
        }

        #[test]
        fn never_panics(message: Vec<u8>) {
            let _ = Plain::parse(&message);
        }
    }
}
