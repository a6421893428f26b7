//! SASL (RFC 4422): who is this, and is the server the one that knows the password?
//!
//! Plain machines on bytes, for both roles: [`client::Negotiation`] and [`server::Negotiation`] choose a mechanism and
//! run it; what carries the bytes (XMPP elements with base64 inside, or another protocol) is the caller's. Random
//! numbers come from an [`Entropy`](crate::entropy::Entropy), and the one expensive step, the derivation of keys from
//! a password, leaves the machine as a [`Work`](crate::work::Work) that may run on any thread.
//!
//! Mechanisms: SCRAM-SHA-256 (RFC 7677), SCRAM-SHA-1 (RFC 5802) and PLAIN (RFC 4616), preferred in this order.

use std::fmt;

pub mod base64;
pub mod client;
mod condition;
mod error;
pub mod plain;
pub(crate) mod prep;
pub mod scram;
pub mod server;

pub use condition::Condition;
pub use error::{AuthError, Blame, Credential, Malformed};

/// A mechanism that both roles know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// SCRAM with SHA-256 (RFC 7677).
    ScramSha256,
    /// SCRAM with SHA-1 (RFC 5802).
    ScramSha1,
    /// The password in clear (RFC 4616); only for encrypted connections.
    Plain,
}

impl Mechanism {
    /// All, the best first.
    pub const ALL: &'static [Self] = &[Self::ScramSha256, Self::ScramSha1, Self::Plain];

    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
        }
    }

    /// The mechanism of a name; names are case-sensitive (RFC 4422 §3.1), white space around them is not part of them.
    ///
    /// ```
    /// use xmpp_core::sasl::Mechanism;
    ///
    /// assert_eq!(Mechanism::from_name("SCRAM-SHA-1"), Some(Mechanism::ScramSha1));
    /// assert_eq!(Mechanism::from_name("plain"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim_matches([' ', '\t', '\r', '\n']);
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// The hash, if this is one of the SCRAM family.
    #[must_use]
    pub const fn hash(self) -> Option<scram::Hash> {
        match self {
            Self::ScramSha256 => Some(scram::Hash::Sha256),
            Self::ScramSha1 => Some(scram::Hash::Sha1),
            Self::Plain => None,
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
