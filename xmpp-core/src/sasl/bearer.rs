//! OAUTHBEARER (RFC 7628): a token instead of a password, in one message.

use std::fmt;

use zeroize::Zeroizing;

use super::{AuthError, Credential, scram::parser::Gs2};

/// What divides the pairs (RFC 7628 §3.1).
const KVSEP: char = '\u{1}';

/// What a client sends after the server's report of an error (RFC 7628 §3.2.3).
pub(super) const DUMMY: &[u8] = b"\x01";

/// The message of an OAUTHBEARER login. `Debug` does not show the token.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bearer {
    /// The identity to act for; usually the user's address.
    pub authzid: Option<String>,
    /// The host that the client means to talk to.
    pub host: Option<String>,
    /// And its port.
    pub port: Option<u16>,
    /// The token (RFC 6750 §2.1).
    pub token: Zeroizing<String>,
}

/// A message that does not follow the grammar of RFC 7628 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedBearer;

impl fmt::Display for MalformedBearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed OAUTHBEARER message")
    }
}

impl std::error::Error for MalformedBearer {}

impl Bearer {
    /// A message with a token and nothing else.
    pub fn new(token: impl Into<String>) -> Self {
        Self { authzid: None, host: None, port: None, token: Zeroizing::new(token.into()) }
    }

    /// Reads a client's message. Pairs that are not known are ignored, as §3.1 asks for.
    ///
    /// ```
    /// use xmpp_core::sasl::bearer::Bearer;
    ///
    /// let message = Bearer::parse(b"n,a=juliet@example.com,\x01auth=Bearer dG9rZW4=\x01\x01")?;
    /// assert_eq!(message.authzid.as_deref(), Some("juliet@example.com"));
    /// assert_eq!(*message.token, "dG9rZW4=");
    /// # Ok::<(), xmpp_core::sasl::bearer::MalformedBearer>(())
    /// ```
    pub fn parse(message: &[u8]) -> Result<Self, MalformedBearer> {
        let text = str::from_utf8(message).map_err(|_| MalformedBearer)?;
        let (header, pairs) = text.split_once(KVSEP).ok_or(MalformedBearer)?;
        let Gs2 { authzid, bound } = Gs2::parse(header).ok_or(MalformedBearer)?;
        // No OAUTHBEARER-PLUS is registered.
        if bound {
            return Err(MalformedBearer);
        }
        let pairs = pairs.strip_suffix(KVSEP).ok_or(MalformedBearer)?;
        if !pairs.is_empty() && !pairs.ends_with(KVSEP) {
            return Err(MalformedBearer);
        }
        let mut message = Self { authzid, host: None, port: None, token: Zeroizing::default() };
        let mut token = None;
        for pair in pairs.split_terminator(KVSEP) {
            let (key, value) = pair.split_once('=').ok_or(MalformedBearer)?;
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphabetic()) {
                return Err(MalformedBearer);
            }
            let twice = match key {
                "auth" => token.replace(value).is_some(),
                "host" => message.host.replace(value.to_owned()).is_some(),
                "port" => message.port.replace(value.parse().map_err(|_| MalformedBearer)?).is_some(),
                _ => false,
            };
            if twice {
                return Err(MalformedBearer);
            }
        }
        let (scheme, token) = token.and_then(|auth| auth.split_once(' ')).ok_or(MalformedBearer)?;
        let token = token.trim_start_matches(' ');
        // Schemes are compared without regard to case (RFC 9110 §11.1).
        if !scheme.eq_ignore_ascii_case("Bearer") || !is_token(token) {
            return Err(MalformedBearer);
        }
        message.token = Zeroizing::new(token.to_owned());
        Ok(message)
    }

    /// Writes the message.
    ///
    /// # Errors
    /// [`AuthError::Unusable`] for an identity, a host or a token that the grammar cannot hold.
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, AuthError> {
        if !is_token(&self.token) {
            return Err(AuthError::Unusable(Credential::Token));
        }
        let control = |text: &str| text.is_empty() || text.contains(|c: char| c.is_ascii_control());
        if self.authzid.as_deref().is_some_and(control) || self.host.as_deref().is_some_and(control) {
            return Err(AuthError::Unusable(Credential::Authzid));
        }
        let mut header = Gs2::header("n", self.authzid.as_deref());
        for (key, value) in [("host", self.host.clone()), ("port", self.port.map(|port| port.to_string()))] {
            if let Some(value) = value {
                header.extend([KVSEP.to_string().as_str(), key, "=", &value]);
            }
        }
        // Room for all at once: a vector that grows leaves copies of the token behind.
        let mut message = Zeroizing::new(Vec::with_capacity(header.len() + self.token.len() + 16));
        message.extend_from_slice(header.as_bytes());
        message.extend_from_slice(b"\x01auth=Bearer ");
        message.extend_from_slice(self.token.as_bytes());
        message.extend_from_slice(b"\x01\x01");
        Ok(message)
    }
}

/// `b64token` (RFC 6750 §2.1).
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer")
            .field("authzid", &self.authzid)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Why a server does not take a token (RFC 6750 §3.1, RFC 7628 §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenError {
    /// It is expired, revoked, or none of this server's.
    InvalidToken,
    /// It does not allow this.
    InsufficientScope,
    /// The request lacks something, or says it twice.
    InvalidRequest,
}

impl TokenError {
    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRequest => "invalid_request",
        }
    }

    /// The report that goes to the client as a challenge.
    pub(super) fn report(self) -> Vec<u8> {
        format!("{{\"status\":\"{}\"}}", self.as_str()).into_bytes()
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for TokenError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// MEC-21: the message that RFC 7628 §4.1 prints, both ways.
    #[test]
    fn printed_message() {
        let printed = b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
        let message = Bearer::parse(printed).unwrap();
        assert_eq!(message.host.as_deref(), Some("server.example.com"));
        assert_eq!(message.port, Some(143));
        assert_eq!(*message.write().unwrap(), printed);
        assert!(!format!("{message:?}").contains("vF9d"));
    }

    /// MEC-21: what is cut, doubled or bound to a channel is refused.
    #[test]
    fn malformed() {
        let malformed: [&[u8]; 16] = [
            b"",
            b"n,,",
            b"n,,\x01",
            b"n,,\x01\x01",
            b"n,,\x01auth=Bearer abc\x01",
            b"n,,\x01auth=Bearer abc",
            b"n,,\x01auth=Bearer \x01\x01",
            b"n,,\x01auth=abc\x01\x01",
            b"n,,\x01auth=Basic abc\x01\x01",
            b"n,,\x01auth=Bearer a b\x01\x01",
            b"n,,\x01auth=Bearer a\x01auth=Bearer b\x01\x01",
            b"n,,\x01port=x\x01auth=Bearer a\x01\x01",
            b"n,,\x01=x\x01auth=Bearer a\x01\x01",
            b"p=tls-exporter,,\x01auth=Bearer a\x01\x01",
            b"n,u,\x01auth=Bearer a\x01\x01",
            b"n,,\x01auth=Bearer \xff\x01\x01",
        ];
        for message in malformed {
            assert_eq!(Bearer::parse(message), Err(MalformedBearer), "{}", message.escape_ascii());
        }
        assert!(Bearer::parse(b"y,,\x01later=x=y\x01auth=bearer  a\x01\x01").is_ok());
        assert_eq!(Bearer::new("").write(), Err(AuthError::Unusable(Credential::Token)));
        assert_eq!(Bearer::new("a\x01b").write(), Err(AuthError::Unusable(Credential::Token)));
    }

    proptest! {
        #[test]
        fn round_trip(authzid in proptest::option::of("[ -~]{1,20}"), token in "[A-Za-z0-9._~+/-]{1,30}={0,2}") {
            let mut message = Bearer::new(token);
            message.authzid = authzid;
            prop_assert_eq!(Bearer::parse(&message.write().unwrap()), Ok(message));
        }

        #[test]
        fn never_panics(message: Vec<u8>) {
            let _ = Bearer::parse(&message);
        }
    }
}
