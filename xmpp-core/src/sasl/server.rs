//! The server's side: offer mechanisms, run the one that the client chose, look credentials up as a step.

use std::num::NonZeroU32;
use std::{fmt, mem};

use zeroize::Zeroizing;

use super::plain::Plain;
use super::scram::server::{Challenged, First};
use super::scram::{Hash, StoredCredentials, StoredKeys};
use super::{Condition, Mechanism, prep};
use crate::entropy::Entropy;
use crate::work::{Ticket, Work, Worked};

/// What is offered, and the secret behind answers about users that do not exist.
#[derive(Clone)]
pub struct Config {
    secret: Zeroizing<[u8; 32]>,
    mechanisms: Vec<Mechanism>,
    plain_without_tls: bool,
    decoy_iterations: NonZeroU32,
}

/// What is shown for users that do not exist, unless configured otherwise.
const DECOY_ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

impl Config {
    /// `secret` is constant for the life of the service and known to it alone: from it come the salts shown for
    /// unknown users, which must not change from one attempt to the next.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
            mechanisms: Mechanism::ALL.to_vec(),
            plain_without_tls: false,
            decoy_iterations: DECOY_ITERATIONS,
        }
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

    /// The iteration count of the accounts here; users that do not exist are shown the same (10,000 unless set). Zero
    /// changes nothing.
    #[must_use]
    pub fn iterations(mut self, usual: u32) -> Self {
        self.decoy_iterations = NonZeroU32::new(usual).unwrap_or(self.decoy_iterations);
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
///
/// Offer [`mechanisms`](Self::mechanisms); then [`auth`](Self::auth), [`response`](Self::response) and
/// [`abort`](Self::abort) as the client says them, [`credentials`](Self::credentials) and [`worked`](Self::worked) as
/// the steps ask for them. After a [`Failure`] the client may start anew. An example with both sides is at
/// [`client::Negotiation`](super::client::Negotiation).
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    secure: bool,
    entropy: Entropy,
    state: State,
    failures: u32,
}

#[derive(Debug)]
enum State {
    /// Before an attempt, or after one.
    Idle,
    /// The client chose this one and sent no data.
    Chosen(Mechanism),
    PlainLookup(PlainLogin),
    PlainWork {
        login: PlainLogin,
        ticket: Ticket,
        keys: StoredKeys,
        known: bool,
    },
    ScramLookup(Hash, First),
    ScramChallenged {
        challenged: Challenged,
        known: bool,
    },
}

/// What a PLAIN message said; `username` and `password` are prepared.
struct PlainLogin {
    username: String,
    authzid: Option<String>,
    password: Zeroizing<String>,
}

impl Negotiation {
    /// A negotiation; `secure` says that the connection is encrypted.
    #[must_use]
    pub fn new(config: Config, secure: bool, entropy: Entropy) -> Self {
        Self { config, secure, entropy, state: State::Idle, failures: 0 }
    }

    /// The names to offer, in order. PLAIN is among them only if the connection is encrypted or the configuration
    /// allows it in clear (RFC 6120 §13.8.3).
    pub fn mechanisms(&self) -> impl Iterator<Item = &'static str> {
        self.config
            .mechanisms
            .iter()
            .filter(|&&mechanism| self.allows(mechanism))
            .map(|mechanism| mechanism.name())
    }

    /// The client starts, or starts anew: what went on before is discarded (RFC 6120 §6.4.2). `initial` is decoded
    /// already; absent is not the same as empty.
    ///
    /// # Errors
    /// A mechanism that is not offered, or data that is malformed.
    pub fn auth(&mut self, mechanism: &str, initial: Option<&[u8]>) -> Result<Step, Failure> {
        self.state = State::Idle;
        let chosen = Mechanism::from_name(mechanism).filter(|chosen| self.config.mechanisms.contains(chosen));
        let Some(chosen) = chosen else {
            return self.failed(Condition::InvalidMechanism, "a mechanism that is not offered");
        };
        if !self.allows(chosen) {
            return self.failed(Condition::EncryptionRequired, "PLAIN without encryption");
        }
        self.state = State::Chosen(chosen);
        match initial {
            Some(initial) => self.response(initial),
            // All mechanisms here begin with the client, so it is asked for its data (RFC 4422 §5.1).
            None => Ok(Step::Challenge(Vec::new())),
        }
    }

    /// A response of the client; `data` is decoded already.
    ///
    /// # Errors
    /// Malformed data, wrong order, or a wrong proof.
    pub fn response(&mut self, data: &[u8]) -> Result<Step, Failure> {
        match mem::replace(&mut self.state, State::Idle) {
            State::Chosen(mechanism) => match mechanism.hash() {
                Some(hash) => self.scram_first(mechanism, hash, data),
                None => self.plain(data),
            },
            State::ScramChallenged { challenged, known } => match challenged.verify(data) {
                Ok(signature) if known => {
                    let Challenged { username, authzid, .. } = challenged;
                    Ok(Step::Success { username, authzid, data: Some(signature) })
                }
                Ok(_) => self.failed(Condition::NotAuthorized, "no such user"),
                Err(Failure { condition, detail }) => self.failed(condition, detail),
            },
            State::Idle | State::PlainLookup(_) | State::PlainWork { .. } | State::ScramLookup(..) => {
                self.failed(Condition::MalformedRequest, "a response where none is due")
            }
        }
    }

    /// The answer to [`Step::Lookup`]: what is stored for that user, or `None` if there is no such user or it has no
    /// keys. An unknown user is led through the whole exchange and fails at its end like a wrong password does, so
    /// that nobody learns who has an account (RFC 5802 §9).
    ///
    /// If the store cannot be asked, [`refuse`](Self::refuse) instead.
    pub fn credentials(&mut self, found: Option<&StoredCredentials>) -> Step {
        match mem::replace(&mut self.state, State::Idle) {
            State::PlainLookup(login) => {
                let (keys, known) = match found.and_then(StoredCredentials::best) {
                    Some(keys) => (keys.clone(), true),
                    None => (self.decoy(Hash::Sha256, &login.username), false),
                };
                let ticket = Ticket::new(&mut self.entropy);
                let password = Zeroizing::new(login.password.as_bytes().to_vec());
                let work = Work::new(ticket, keys.hash(), password, keys.salt().to_vec(), keys.count());
                self.state = State::PlainWork { login, ticket, keys, known };
                Step::Work(work)
            }
            State::ScramLookup(hash, first) => {
                let (keys, known) = match found.and_then(|found| found.keys(hash)) {
                    Some(keys) => (keys.clone(), true),
                    None => (self.decoy(hash, &first.username), false),
                };
                let (challenged, challenge) = first.challenge(keys, &self.entropy.token());
                self.state = State::ScramChallenged { challenged, known };
                Step::Challenge(challenge)
            }
            other => {
                self.state = other;
                Step::Ignored
            }
        }
    }

    /// The answer to [`Step::Work`]. [`Step::Ignored`] if it belongs to an attempt that is over.
    ///
    /// # Errors
    /// The password is wrong.
    pub fn worked(&mut self, worked: Worked) -> Result<Step, Failure> {
        match mem::replace(&mut self.state, State::Idle) {
            State::PlainWork { login, ticket, keys, known } => match worked.into_salted_password(ticket) {
                Some(salted_password) if keys.verify_salted_password(&salted_password) && known => {
                    let PlainLogin { username, authzid, .. } = login;
                    Ok(Step::Success { username, authzid, data: None })
                }
                Some(_) => self.failed(Condition::NotAuthorized, "no such user, or a wrong password"),
                None => {
                    self.state = State::PlainWork { login, ticket, keys, known };
                    Ok(Step::Ignored)
                }
            },
            other => {
                self.state = other;
                Ok(Step::Ignored)
            }
        }
    }

    /// The client gives up; the failure to send back (RFC 6120 §6.4.4).
    pub fn abort(&mut self) -> Failure {
        self.refuse(Condition::Aborted, "aborted by the client")
    }

    /// Ends the attempt for a reason of the caller's: an account that is disabled, a store that cannot be asked, an
    /// identity that the user may not act for (also after [`Step::Success`]). The failure to send.
    pub fn refuse(&mut self, condition: Condition, detail: &'static str) -> Failure {
        self.state = State::Idle;
        self.failures = self.failures.saturating_add(1);
        Failure { condition, detail }
    }

    /// How many attempts have failed on this connection, aborted ones included. A server allows two to five (RFC 6120
    /// §6.4.5).
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    fn allows(&self, mechanism: Mechanism) -> bool {
        mechanism != Mechanism::Plain || self.secure || self.config.plain_without_tls
    }

    fn plain(&mut self, data: &[u8]) -> Result<Step, Failure> {
        let Ok(plain) = Plain::parse(data) else {
            return self.failed(Condition::MalformedRequest, "malformed PLAIN message");
        };
        let Some(username) = prep::username(plain.authcid) else {
            return self.failed(Condition::MalformedRequest, "unusable user name");
        };
        let Some(password) = prep::password(plain.passwd) else {
            return self.failed(Condition::NotAuthorized, "unusable password");
        };
        let username = username.into_owned();
        let authzid = plain.authzid.map(str::to_owned);
        self.state = State::PlainLookup(PlainLogin { username: username.clone(), authzid, password });
        Ok(Step::Lookup { username, mechanism: Mechanism::Plain })
    }

    fn scram_first(&mut self, mechanism: Mechanism, hash: Hash, data: &[u8]) -> Result<Step, Failure> {
        match First::parse(data) {
            Ok(first) => {
                let username = first.username.clone();
                self.state = State::ScramLookup(hash, first);
                Ok(Step::Lookup { username, mechanism })
            }
            Err(Failure { condition, detail }) => self.failed(condition, detail),
        }
    }

    fn decoy(&self, hash: Hash, username: &str) -> StoredKeys {
        let seed = Hash::Sha256.hmac(&*self.config.secret, username.as_bytes());
        StoredKeys::decoy(hash, &seed, self.config.decoy_iterations)
    }

    fn failed(&mut self, condition: Condition, detail: &'static str) -> Result<Step, Failure> {
        Err(self.refuse(condition, detail))
    }
}

impl fmt::Debug for PlainLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainLogin")
            .field("username", &self.username)
            .field("authzid", &self.authzid)
            .finish_non_exhaustive()
    }
}
