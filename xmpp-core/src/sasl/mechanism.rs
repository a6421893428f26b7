//! The mechanisms that both roles know.

use std::fmt;

use super::scram::Hash;

/// A mechanism that both roles know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// The client's certificate (RFC 4422 appendix A, XEP-0178).
    External,
    /// SCRAM with SHA-512, bound to the channel.
    ScramSha512Plus,
    /// SCRAM with SHA-256 (RFC 7677), bound to the channel.
    ScramSha256Plus,
    /// SCRAM with SHA-1 (RFC 5802), bound to the channel.
    ScramSha1Plus,
    /// SCRAM with SHA-512.
    ScramSha512,
    /// SCRAM with SHA-256 (RFC 7677).
    ScramSha256,
    /// SCRAM with SHA-1 (RFC 5802).
    ScramSha1,
    /// A token of OAuth (RFC 7628); only for encrypted connections.
    OAuthBearer,
    /// The historic mechanism of RFC 2831, which RFC 6331 advises against; used only where it is asked for.
    #[cfg(feature = "digest-md5")]
    DigestMd5,
    /// The password in clear (RFC 4616); only for encrypted connections.
    Plain,
    /// Nobody in particular (RFC 4505, XEP-0175).
    Anonymous,
}

impl Mechanism {
    /// All, the best first: what binds the channel before what does not (RFC 6120 §13.9.4), PLAIN behind all that proves
    /// the server.
    pub const ALL: &'static [Self] = &[
        Self::External,
        Self::ScramSha512Plus,
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha512,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::OAuthBearer,
        #[cfg(feature = "digest-md5")]
        Self::DigestMd5,
        Self::Plain,
        Self::Anonymous,
    ];

    /// Those that need a password and nothing else, the best first; DIGEST-MD5 is not among them.
    pub const PASSWORD: &'static [Self] = &[
        Self::ScramSha512Plus,
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha512,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::Plain,
    ];

    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::External => "EXTERNAL",
            Self::ScramSha512Plus => "SCRAM-SHA-512-PLUS",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::OAuthBearer => "OAUTHBEARER",
            #[cfg(feature = "digest-md5")]
            Self::DigestMd5 => "DIGEST-MD5",
            Self::Plain => "PLAIN",
            Self::Anonymous => "ANONYMOUS",
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
        let name = trimmed(name);
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// The hash, if this is one of the SCRAM family.
    #[must_use]
    pub const fn hash(self) -> Option<Hash> {
        match self {
            Self::ScramSha512Plus | Self::ScramSha512 => Some(Hash::Sha512),
            Self::ScramSha256Plus | Self::ScramSha256 => Some(Hash::Sha256),
            Self::ScramSha1Plus | Self::ScramSha1 => Some(Hash::Sha1),
            _ => None,
        }
    }

    /// Whether it binds the channel (RFC 5802 §6): its name ends in `-PLUS`.
    #[must_use]
    pub const fn binds_channel(self) -> bool {
        matches!(self, Self::ScramSha512Plus | Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// Whether a login with it is a reason never to send this account's password in clear again (XEP-0474 §7): SCRAM
    /// and EXTERNAL. Remember it, and say so with [`Config::pinned`](super::client::Config::pinned).
    #[must_use]
    pub const fn pins(self) -> bool {
        self.hash().is_some() || matches!(self, Self::External)
    }

    /// Whether whoever holds the other end of a broken channel learns the secret itself, or may guess at it cheaply.
    pub(super) const fn is_weak(self) -> bool {
        match self {
            #[cfg(feature = "digest-md5")]
            Self::DigestMd5 => true,
            Self::Plain => true,
            _ => false,
        }
    }
}

/// Without white space around it, which is not part of a name.
pub(super) fn trimmed(name: &str) -> &str {
    name.trim_matches([' ', '\t', '\r', '\n'])
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
