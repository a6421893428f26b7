//! Why an authentication failed, seen from the client, and who is to blame.

use std::fmt;

use super::{Condition, Mechanism};

/// Who has to change something before another attempt can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The server broke the mechanism's rules, or is not the server that it claims to be.
    Peer,
    /// The name, the password or the account.
    Credentials,
    /// A rule on one of the two sides: no mechanism in common, no encryption, bounds.
    Policy,
    /// Nobody for good: the same attempt may succeed later.
    Nobody,
    /// The program that drives the machine called it out of order.
    Caller,
}

/// Which of the configured strings cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The user name.
    Username,
    /// The password.
    Password,
    /// The identity to act for.
    Authzid,
    /// The token.
    Token,
}

/// Why a mechanism that both sides have was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Withheld {
    /// It shows a secret, and the connection is not encrypted.
    InClear,
    /// This account has logged in by a better one before ([`Config::pinned`](super::client::Config::pinned)).
    Pinned,
    /// It binds the channel, and there is no binding that both sides can do.
    NoBinding,
    /// It does not bind the channel, which the configuration demands.
    NotBound,
}

/// The sign by which a downgrade was found: somebody changes what the server offers, or the server is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Downgrade {
    /// The server says that it offered something else (XEP-0474 §6.2).
    OfferChanged,
    /// Types of channel binding were announced, and no mechanism that binds (XEP-0440 §3, rule 5).
    MechanismsMissing,
    /// No type that was announced is one that every server has, and the server does not vouch for the list (XEP-0440 §3,
    /// rule 6; XEP-0474 §7).
    NoCommonBinding,
}

/// Which rule a server's message broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// The message does not follow the grammar or the order of its attributes (RFC 5802 §7).
    Grammar,
    /// It carries a mandatory extension (`m=`), which nobody here knows (RFC 5802 §5.1).
    MandatoryExtension,
    /// The salt or the signature inside is not proper base64.
    Base64,
    /// A message came when the mechanism expected none.
    Unexpected,
}

/// Why the client side of an authentication failed.
///
/// After an error from [`challenge`](super::client::Negotiation::challenge) or
/// [`worked`](super::client::Negotiation::worked) the client sends `<abort/>`; after one from
/// [`success`](super::client::Negotiation::success) the server believes that the login is done, and only closing the
/// connection is left.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthError {
    /// The server offers nothing that the configuration allows.
    NoMechanism {
        /// What the server offered, in its order.
        offered: Vec<String>,
        /// What both sides have, and why it was not used.
        withheld: Vec<(Mechanism, Withheld)>,
    },
    /// Somebody changed what was offered.
    Downgrade(Downgrade),
    /// The server does not take the token, and this is its report (RFC 7628 §3.2.2), cut to 1,024 characters.
    Token(String),
    /// The server refused.
    Rejected {
        /// The reason that it named.
        condition: Condition,
        /// Its words, if any.
        text: Option<String>,
    },
    /// The server could not prove that it knows the password: it is an impostor, or its store is broken.
    ServerSignature,
    /// The server's nonce does not begin with ours, or adds nothing to it: a replay or a forgery.
    Nonce,
    /// The server asks for an iteration count outside of the configured bounds.
    Iterations {
        /// What it asked for.
        asked: u64,
        /// The least that the configuration accepts.
        min: u32,
        /// The most that the configuration accepts.
        max: u32,
    },
    /// The server reported an error inside of the mechanism (`e=`, RFC 5802 §7), such as `invalid-proof`.
    Mechanism(String),
    /// A message of the server breaks the mechanism's rules.
    Malformed(Malformed),
    /// The server claims success before the mechanism is complete, so it proved nothing.
    SuccessTooEarly,
    /// A configured string is empty or holds characters that must not occur in it (RFC 4013 §2, RFC 4616 §2).
    Unusable(Credential),
    /// A method was called that has no meaning in this state, for example a challenge before the start.
    OutOfOrder,
}

impl AuthError {
    /// Who has to change something.
    ///
    /// ```
    /// use xmpp_core::sasl::{AuthError, Blame, Condition};
    ///
    /// let error = AuthError::Rejected { condition: Condition::NotAuthorized, text: None };
    /// assert_eq!(error.blame(), Blame::Credentials);
    /// assert_eq!(AuthError::ServerSignature.blame(), Blame::Peer);
    /// ```
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::NoMechanism { .. } | Self::Iterations { .. } => Blame::Policy,
            Self::Rejected { condition, .. } => match condition {
                Condition::AccountDisabled
                | Condition::CredentialsExpired
                | Condition::InvalidAuthzid
                | Condition::NotAuthorized => Blame::Credentials,
                Condition::EncryptionRequired | Condition::InvalidMechanism | Condition::MechanismTooWeak => {
                    Blame::Policy
                }
                Condition::TemporaryAuthFailure => Blame::Nobody,
                Condition::Aborted | Condition::IncorrectEncoding | Condition::MalformedRequest => {
                    Blame::Peer
                }
            },
            Self::Mechanism(reason) => match reason.as_str() {
                "invalid-proof" | "unknown-user" => Blame::Credentials,
                _ => Blame::Peer,
            },
            Self::Unusable(_) | Self::Token(_) => Blame::Credentials,
            Self::Downgrade(_)
            | Self::ServerSignature
            | Self::Nonce
            | Self::Malformed(_)
            | Self::SuccessTooEarly => Blame::Peer,
            Self::OutOfOrder => Blame::Caller,
        }
    }
}

impl Withheld {
    fn reason(self) -> &'static str {
        match self {
            Self::InClear => "is not used without encryption",
            Self::Pinned => "is not used, because this account has used a better one",
            Self::NoBinding => "needs a channel binding that both sides have",
            Self::NotBound => "does not bind the channel",
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMechanism { offered, withheld } => {
                write!(f, "no usable login mechanism; the server offers ")?;
                if offered.is_empty() {
                    f.write_str("none")?;
                }
                for (n, name) in offered.iter().enumerate() {
                    write!(f, "{}{name:?}", if n == 0 { "" } else { ", " })?;
                }
                for (mechanism, why) in withheld {
                    write!(f, " ({mechanism} {})", why.reason())?;
                }
                Ok(())
            }
            Self::Rejected { condition, text: Some(text) } => {
                write!(f, "login refused: {condition} ({text:?})")
            }
            Self::Rejected { condition, text: None } => write!(f, "login refused: {condition}"),
            Self::ServerSignature => f.write_str("the server could not prove that it knows the password"),
            Self::Nonce => f.write_str("the server's nonce does not extend ours"),
            Self::Iterations { asked, min, max } => {
                write!(f, "the server asks for {asked} iterations, accepted are {min} to {max}")
            }
            Self::Mechanism(reason) => write!(f, "the server reports {reason:?}"),
            Self::Malformed(Malformed::Grammar) => f.write_str("malformed message of the server"),
            Self::Malformed(Malformed::MandatoryExtension) => {
                f.write_str("the server asks for an extension that is not known")
            }
            Self::Malformed(Malformed::Base64) => f.write_str("the server sent improper base64"),
            Self::Malformed(Malformed::Unexpected) => {
                f.write_str("the server sent a message that the mechanism does not have")
            }
            Self::SuccessTooEarly => {
                f.write_str("the server claims success before the mechanism is complete")
            }
            Self::Unusable(Credential::Username) => f.write_str("the user name cannot be used for a login"),
            Self::Unusable(Credential::Password) => f.write_str("the password cannot be used for a login"),
            Self::Unusable(Credential::Authzid) => f.write_str("the identity to act for cannot be used"),
            Self::Unusable(Credential::Token) => f.write_str("the token cannot be used for a login"),
            Self::Downgrade(Downgrade::OfferChanged) => {
                f.write_str("somebody changed the list of login mechanisms that the server offers")
            }
            Self::Downgrade(Downgrade::MechanismsMissing) => {
                f.write_str("the server announces channel binding and no mechanism for it: somebody took them away")
            }
            Self::Downgrade(Downgrade::NoCommonBinding) => f.write_str(
                "the server announces none of the channel bindings that every server has, and does not vouch for that",
            ),
            Self::Token(report) => write!(f, "the server does not take the token: {report:?}"),
            Self::OutOfOrder => f.write_str("the login machine was called out of order"),
        }
    }
}

impl std::error::Error for AuthError {}
