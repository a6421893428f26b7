//! What a client provides to make its account, and why it gets none (XEP-0077).

use std::{collections::BTreeMap, error, fmt};

use crate::{
    error::Blame,
    stanza::{ErrorType, StanzaError},
    xep::register::{Demands, FillError},
    xml::BuildError,
};

/// Makes the account before the login: see [`ClientConfig::registration`](super::ClientConfig::registration). Name and
/// password are those of the login; here is what servers may demand on top.
///
/// `Debug` shows names and no values.
#[derive(Clone, Default)]
pub struct Registration {
    fields: BTreeMap<String, String>,
}

impl Registration {
    /// Nothing but name and password.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers the field `name` as well, if the server demands it or asks for it: `email` and others of
    /// [`FIELDS`](crate::xep::register::FIELDS), or a field of the server's own form.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.fields.keys()).finish()
    }
}

/// Why no account was made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The server makes no accounts here; with its words, if it had any.
    NotOffered(Option<StanzaError>),
    /// The name is taken.
    Conflict,
    /// The server refused: it wants another name or password, or makes no more accounts for now.
    Refused(StanzaError),
    /// The server wants to know more than it was told.
    Demands(Demands),
    /// A name, password or field has a character that XML cannot carry.
    Unsendable(BuildError),
    /// The password would go in clear, against the policy: TLS was wished for and the server did not offer it. Allowed
    /// by [`TlsPolicy::Disabled`](crate::TlsPolicy::Disabled) and by
    /// [`plain_without_tls`](crate::sasl::client::Config::plain_without_tls).
    ClearText,
    /// The server's answer is none.
    Malformed,
}

impl RegistrationError {
    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Conflict | Self::Demands(_) | Self::Unsendable(_) | Self::ClearText => Blame::Config,
            // The server says that other data would do.
            Self::Refused(error) if error.kind == ErrorType::Modify => Blame::Config,
            Self::NotOffered(_) | Self::Refused(_) | Self::Malformed => Blame::Peer,
        }
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOffered(None) => f.write_str("the server makes no accounts here"),
            Self::NotOffered(Some(error)) => write!(f, "the server makes no accounts here: {error}"),
            Self::Conflict => f.write_str("the account exists already"),
            Self::Refused(error) => write!(f, "the server refused to make the account: {error}"),
            Self::Demands(demands) => write!(f, "the account is not made: {demands}"),
            Self::Unsendable(error) => write!(f, "what was given for the account cannot be sent: {error}"),
            Self::ClearText => f.write_str("the password of the new account would be sent in clear"),
            Self::Malformed => f.write_str("the server's answer about the account makes no sense"),
        }
    }
}

impl error::Error for RegistrationError {}

impl From<FillError> for RegistrationError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Demands(demands) => Self::Demands(demands),
            FillError::Unsendable(error) => Self::Unsendable(error),
        }
    }
}
