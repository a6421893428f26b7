//! Why a BOSH session ended otherwise than in good order.

use std::{error, fmt};

pub use xmpp_core::Blame;

use crate::{BodyError, Condition};

/// Why a client's session is over. It comes inside [`WireError::Carrier`](xmpp_core::wire::WireError::Carrier);
/// `downcast_ref` gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoshError {
    /// What answers there is a web server, and no connection manager: 404, a page of HTML, a redirection.
    NotAConnectionManager {
        /// The HTTP status.
        status: u16,
        /// The beginning of what it said, as far as it is text.
        snippet: String,
    },
    /// No session could be created: nobody answers.
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// What happened the last time.
        reason: String,
    },
    /// A session existed, and the manager can no longer be reached.
    Lost {
        /// How often the last request was tried.
        attempts: u32,
        /// What happened the last time.
        reason: String,
    },
    /// The manager terminated the session (XEP-0124 §17.2).
    Terminated {
        /// Why.
        condition: Condition,
        /// The address to use instead, where it may not be followed: it is less safe than the one that sent it.
        uri: Option<String>,
    },
    /// The manager's responses are no bodies, also when asked again.
    Malformed(BodyError),
    /// The manager broke the rules of XEP-0124.
    Protocol(&'static str),
    /// A response is larger than the configured limit.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The session has lasted longer than its numbers (XEP-0124 §14.1).
    RidsExhausted,
}

impl BoshError {
    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::NotAConnectionManager { .. } => Blame::Config,
            Self::Unreachable { .. } | Self::Lost { .. } | Self::RidsExhausted => Blame::Transport,
            Self::Terminated { .. } | Self::Malformed(_) | Self::Protocol(_) | Self::TooLarge { .. } => {
                Blame::Peer
            }
        }
    }
}

impl fmt::Display for BoshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAConnectionManager { status, snippet } => {
                write!(f, "the address is no BOSH connection manager: it answers with HTTP {status}")?;
                if snippet.is_empty() { Ok(()) } else { write!(f, " and {snippet:?}") }
            }
            Self::Unreachable { attempts, reason } => {
                write!(f, "the BOSH connection manager cannot be reached ({attempts} attempts): {reason}")
            }
            Self::Lost { attempts, reason } => {
                write!(f, "the BOSH connection manager was lost ({attempts} attempts): {reason}")
            }
            Self::Terminated { condition, uri: None } => {
                write!(f, "the BOSH connection manager ended the session: {condition}")
            }
            Self::Terminated { condition, uri: Some(uri) } => {
                write!(f, "the BOSH connection manager ended the session: {condition} ({uri:?})")
            }
            Self::Malformed(error) => write!(f, "the BOSH connection manager sent no valid body: {error}"),
            Self::Protocol(what) => write!(f, "the BOSH connection manager broke the protocol: {what}"),
            Self::TooLarge { limit } => {
                write!(f, "the BOSH connection manager sent a body of more than {limit} bytes")
            }
            Self::RidsExhausted => f.write_str("the BOSH session has used up its request numbers"),
        }
    }
}

impl error::Error for BoshError {}

/// Why a manager's session is over. It comes inside [`WireError::Carrier`](xmpp_core::wire::WireError::Carrier);
/// `downcast_ref` gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The client sent no request for longer than `inactivity` (XEP-0124 §10).
    Inactive {
        /// How long, in seconds.
        seconds: u32,
    },
    /// The client broke the rules and was told so with this condition (XEP-0124 §11, §12, §14.2).
    Refused {
        /// What it was told.
        condition: Condition,
        /// What it did.
        what: &'static str,
    },
}

impl SessionError {
    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Inactive { .. } => Blame::Transport,
            Self::Refused { .. } => Blame::Peer,
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive { seconds } => write!(f, "the BOSH client sent no request for {seconds} s"),
            Self::Refused { condition, what } => {
                write!(f, "the BOSH client broke the protocol: {what} ({})", condition.name())
            }
        }
    }
}

impl error::Error for SessionError {}
