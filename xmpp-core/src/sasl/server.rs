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
    iterations: NonZeroU32,
}

/// What accounts have and users that do not exist show, unless configured otherwise.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

impl Config {
    /// `secret` is constant for the life of the service and known to it alone: from it come the salts shown for
    /// unknown users, which must not change from one attempt to the next.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
            mechanisms: Mechanism::ALL.to_vec(),
            plain_without_tls: false,
            iterations: ITERATIONS,
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

    /// The iteration count of the accounts here: users that do not exist are shown the same, and accounts that are made in
    /// band get it (10,000 unless set). Zero changes nothing.
    #[must_use]
    pub fn iterations(mut self, usual: u32) -> Self {
        self.iterations = NonZeroU32::new(usual).unwrap_or(self.iterations);
        self
    }

    pub(crate) fn usual_iterations(&self) -> NonZeroU32 {
        self.iterations
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
    /// Nothing now: the input belonged to an attempt that is over, or an older lookup is still to be answered.
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.condition, self.detail)
    }
}

impl std::error::Error for Failure {}

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
    /// An attempt was discarded while its credentials were being looked up; the answer is still to come.
    stale_lookup: bool,
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
    ScramLookup(Mechanism, Hash, First),
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
        Self { config, secure, entropy, state: State::Idle, stale_lookup: false, failures: 0 }
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
    /// already; absent is not the same as empty. While the answer to an older [`Step::Lookup`] is due, the new one
    /// waits: this gives [`Step::Ignored`] then, and [`credentials`](Self::credentials) gives the lookup.
    ///
    /// # Errors
    /// A mechanism that is not offered, or data that is malformed.
    pub fn auth(&mut self, mechanism: &str, initial: Option<&[u8]>) -> Result<Step, Failure> {
        self.discard();
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
        let state = self.discard();
        match state {
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
    /// Every lookup is answered exactly once, also one whose attempt is over by then: that answer is dropped, so that
    /// the keys of one user never meet the name of another.
    ///
    /// If the store cannot be asked, answer with [`unavailable`](Self::unavailable).
    pub fn credentials(&mut self, found: Option<&StoredCredentials>) -> Step {
        if mem::take(&mut self.stale_lookup) {
            return self.lookup();
        }
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
            State::ScramLookup(_, hash, first) => {
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

    /// The other answer to [`Step::Lookup`]: the store cannot be asked now. As with
    /// [`credentials`](Self::credentials), nothing but the next lookup comes of it if the attempt is over.
    ///
    /// # Errors
    /// [`Condition::TemporaryAuthFailure`], to be sent.
    pub fn unavailable(&mut self) -> Result<Step, Failure> {
        if mem::take(&mut self.stale_lookup) {
            return Ok(self.lookup());
        }
        match self.state {
            State::PlainLookup(_) | State::ScramLookup(..) => {
                self.state = State::Idle;
                self.failed(Condition::TemporaryAuthFailure, "the credentials cannot be looked up now")
            }
            _ => Ok(Step::Ignored),
        }
    }

    /// The answer to [`Step::Work`]. [`Step::Ignored`] if it belongs to an attempt that is over.
    ///
    /// # Errors
    /// The password is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "a result is used once, and wiped here")]
    pub fn worked(&mut self, worked: Worked) -> Result<Step, Failure> {
        match mem::replace(&mut self.state, State::Idle) {
            State::PlainWork { login, ticket, keys, known } if worked.answers(ticket) => {
                if keys.verify_salted_password(worked.salted_password()) && known {
                    let PlainLogin { username, authzid, .. } = login;
                    return Ok(Step::Success { username, authzid, data: None });
                }
                self.failed(Condition::NotAuthorized, "no such user, or a wrong password")
            }
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

    /// Ends the attempt for a reason of the caller's: data that was not base64, or, best after [`Step::Success`] so that
    /// only the user learns of it, an account that is disabled or an identity that the user may not act for. The
    /// failure to send.
    pub fn refuse(&mut self, condition: Condition, detail: &'static str) -> Failure {
        self.discard();
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

    /// Asks for the credentials that the state needs, unless an older answer is due.
    fn lookup(&self) -> Step {
        let (username, mechanism) = match &self.state {
            State::PlainLookup(login) if !self.stale_lookup => (&login.username, Mechanism::Plain),
            State::ScramLookup(mechanism, _, first) if !self.stale_lookup => (&first.username, *mechanism),
            _ => return Step::Ignored,
        };
        Step::Lookup { username: username.clone(), mechanism }
    }

    fn discard(&mut self) -> State {
        let state = mem::replace(&mut self.state, State::Idle);
        self.stale_lookup |= matches!(state, State::PlainLookup(_) | State::ScramLookup(..));
        state
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
        self.state = State::PlainLookup(PlainLogin { username, authzid, password });
        Ok(self.lookup())
    }

    fn scram_first(&mut self, mechanism: Mechanism, hash: Hash, data: &[u8]) -> Result<Step, Failure> {
        match First::parse(data) {
            Ok(first) => {
                self.state = State::ScramLookup(mechanism, hash, first);
                Ok(self.lookup())
            }
            Err(Failure { condition, detail }) => self.failed(condition, detail),
        }
    }

    fn decoy(&self, hash: Hash, username: &str) -> StoredKeys {
        let seed = Hash::Sha256.hmac(&*self.config.secret, username.as_bytes());
        StoredKeys::decoy(hash, &seed, self.config.iterations)
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
