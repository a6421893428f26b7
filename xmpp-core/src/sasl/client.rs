//! The client's side: choose a mechanism, run it, believe a success only when the mechanism is complete.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::scram::Keys;
use super::{AuthError, Condition, Mechanism};
use crate::entropy::Entropy;
use crate::work::{Work, Worked};

/// Who logs in. The strings stay as typed; each mechanism prepares them by its own rules.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    password: Zeroizing<String>,
    authzid: Option<String>,
}

impl Credentials {
    /// A simple user name (for XMPP usually the local part, as typed) and a password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: Zeroizing::new(password.into()), authzid: None }
    }

    /// Acts for another identity (for XMPP a bare JID, RFC 6120 §6.3.8). Leave it out to act for the user.
    #[must_use]
    pub fn authzid(mut self, authzid: impl Into<String>) -> Self {
        self.authzid = Some(authzid.into());
        self
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("authzid", &self.authzid)
            .finish_non_exhaustive()
    }
}

/// Credentials and the rules for using them.
#[derive(Debug, Clone)]
pub struct Config {
    credentials: Credentials,
    mechanisms: Vec<Mechanism>,
    plain_without_tls: bool,
    iterations: RangeInclusive<u32>,
    keys: Option<Keys>,
}

impl Config {
    /// The default rules: all mechanisms, the best first; PLAIN only when encrypted; 4,096 to 5,000,000 iterations.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            mechanisms: Mechanism::ALL.to_vec(),
            plain_without_tls: false,
            iterations: 4_096..=5_000_000,
            keys: None,
        }
    }

    /// Only these, the most wanted first.
    #[must_use]
    pub fn mechanisms(mut self, preferred: impl Into<Vec<Mechanism>>) -> Self {
        self.mechanisms = preferred.into();
        self
    }

    /// Sends the password in clear over connections that are not encrypted.
    #[must_use]
    pub fn plain_without_tls(mut self, allowed: bool) -> Self {
        self.plain_without_tls = allowed;
        self
    }

    /// The iteration counts that are accepted from a server.
    #[must_use]
    pub fn iterations(mut self, accepted: RangeInclusive<u32>) -> Self {
        self.iterations = accepted;
        self
    }

    /// Keys of an earlier login ([`Negotiation::keys`]); they save the derivation while salt and count stay the same.
    #[must_use]
    pub fn keys(mut self, keys: Option<Keys>) -> Self {
        self.keys = keys;
        self
    }
}

/// What opens an exchange.
#[derive(Clone, PartialEq, Eq)]
pub struct Start {
    /// The name of the chosen mechanism.
    pub mechanism: &'static str,
    /// The initial response; `None` is not the same as empty (RFC 6120 §6.4.2).
    pub initial: Option<Vec<u8>>,
}

/// What to do after a message of the server or a finished computation.
#[derive(Debug)]
pub enum Reply {
    /// Send this response; empty data is sent too.
    Respond(Vec<u8>),
    /// Run this and hand the result to [`Negotiation::worked`]; nothing is sent before that.
    Work(Work),
    /// Nothing: the computation belonged to an attempt that is over.
    Ignored,
}

/// The client's side of one authentication.
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    secure: bool,
    entropy: Entropy,
}

impl Negotiation {
    /// A negotiation; `secure` says that the connection is encrypted and the server's certificate was checked.
    #[must_use]
    pub fn new(config: Config, secure: bool, entropy: Entropy) -> Self {
        Self { config, secure, entropy }
    }

    /// Chooses from the mechanisms that the server offers, by our own order of preference.
    pub fn start<'a>(&mut self, _offered: impl Iterator<Item = &'a str>) -> Result<Start, AuthError> {
        todo!()
    }

    /// A challenge came.
    pub fn challenge(&mut self, _data: &[u8]) -> Result<Reply, AuthError> {
        todo!()
    }

    /// A computation is done.
    pub fn worked(&mut self, _worked: Worked) -> Result<Reply, AuthError> {
        todo!()
    }

    /// The server claims success. `Err` when the mechanism is not complete: the server proved nothing.
    pub fn success(&mut self, _data: Option<&[u8]>) -> Result<(), AuthError> {
        todo!()
    }

    /// The server refused: gives the next mechanism to try, or the final error.
    pub fn failure(&mut self, _condition: Condition, _text: Option<&str>) -> Result<Start, AuthError> {
        todo!()
    }

    /// The mechanism in use.
    #[must_use]
    pub fn mechanism(&self) -> Option<Mechanism> {
        todo!()
    }

    /// After a SCRAM success: keys that save the derivation at the next login. As secret as the password.
    #[must_use]
    pub fn keys(&self) -> Option<Keys> {
        todo!()
    }
}
