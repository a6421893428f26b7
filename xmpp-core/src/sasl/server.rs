//! The server's side: offer mechanisms, run the one that the client chose, look credentials up as a step.

use std::fmt;

use zeroize::Zeroizing;

use super::scram::StoredCredentials;
use super::{Condition, Mechanism};
use crate::entropy::Entropy;
use crate::work::{Work, Worked};

/// What is offered, and the secret behind answers about users that do not exist.
#[derive(Clone)]
pub struct Config {
    secret: Zeroizing<[u8; 32]>,
    mechanisms: Vec<Mechanism>,
    plain_without_tls: bool,
}

impl Config {
    /// `secret` is constant for the life of the service and known to it alone: from it come the salts shown for
    /// unknown users, which must not change from one attempt to the next.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret: Zeroizing::new(secret), mechanisms: Mechanism::ALL.to_vec(), plain_without_tls: false }
    }

    /// Offers only these, in this order.
    #[must_use]
    pub fn mechanisms(mut self, offered: impl Into<Vec<Mechanism>>) -> Self {
        self.mechanisms = offered.into();
        self
    }

    /// Offers PLAIN on connections that are not encrypted, too.
    #[must_use]
    pub fn plain_without_tls(mut self, allowed: bool) -> Self {
        self.plain_without_tls = allowed;
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("mechanisms", &self.mechanisms)
            .field("plain_without_tls", &self.plain_without_tls)
            .finish_non_exhaustive()
    }
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this challenge; empty data is sent too.
    Challenge(Vec<u8>),
    /// Find the stored keys of this user and call [`Negotiation::credentials`].
    Lookup {
        /// The prepared user name (RFC 4013).
        username: String,
        /// The mechanism that asks.
        mechanism: Mechanism,
    },
    /// Run this and hand the result to [`Negotiation::worked`].
    Work(Work),
    /// The user is who it claims to be.
    Success {
        /// The prepared user name.
        username: String,
        /// The identity that it wants to act for; whether it may is the caller's decision
        /// ([`Condition::InvalidAuthzid`] if not).
        authzid: Option<String>,
        /// Data to send along with the success.
        data: Option<Vec<u8>>,
    },
    /// Nothing: the input belonged to an attempt that is over.
    Ignored,
}

/// The attempt failed; the client may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What the client is told.
    pub condition: Condition,
    /// What exactly was wrong, for a log; not for the client.
    pub detail: &'static str,
}

/// The server's side of the authentications on one connection.
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    secure: bool,
    entropy: Entropy,
}

impl Negotiation {
    /// A negotiation; `secure` says that the connection is encrypted.
    #[must_use]
    pub fn new(config: Config, secure: bool, entropy: Entropy) -> Self {
        Self { config, secure, entropy }
    }

    /// The names to offer, in order.
    pub fn mechanisms(&self) -> impl Iterator<Item = &'static str> {
        self.config.mechanisms.iter().map(|mechanism| mechanism.name())
    }

    /// The client starts (anew: what went on before is discarded).
    pub fn auth(&mut self, _mechanism: &str, _initial: Option<&[u8]>) -> Result<Step, Failure> {
        todo!()
    }

    /// A response of the client.
    pub fn response(&mut self, _data: &[u8]) -> Result<Step, Failure> {
        todo!()
    }

    /// The answer to [`Step::Lookup`]; `None`: there is no such user.
    pub fn credentials(&mut self, _found: Option<&StoredCredentials>) -> Result<Step, Failure> {
        todo!()
    }

    /// The answer to [`Step::Work`].
    pub fn worked(&mut self, _worked: Worked) -> Result<Step, Failure> {
        todo!()
    }

    /// The client gives up; the failure to send back.
    pub fn abort(&mut self) -> Failure {
        todo!()
    }

    /// How many attempts have failed so far on this connection (RFC 6120 §6.4.5: allow two to five).
    #[must_use]
    pub fn failures(&self) -> u32 {
        todo!()
    }
}
