//! The client's side: choose a mechanism, run it, believe a success only when the mechanism is complete.

use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::plain::Plain;
use super::scram::Keys;
use super::scram::client::Scram;
use super::{AuthError, Condition, Malformed, Mechanism};
use crate::entropy::Entropy;
use crate::work::{Work, Worked};

/// Who logs in. The strings stay as typed; each mechanism prepares them by its own rules.
#[derive(Clone)]
pub struct Credentials {
    pub(super) username: String,
    pub(super) password: Zeroizing<String>,
    pub(super) authzid: Option<String>,
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

    /// Only these, the most wanted first. Leave PLAIN out to be sure that the password itself is never sent.
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

    /// The user name as typed, for who makes an account (XEP-0077).
    pub(crate) fn username(&self) -> &str {
        &self.credentials.username
    }

    /// The password as typed, for the same.
    pub(crate) fn password(&self) -> &str {
        &self.credentials.password
    }

    pub(crate) fn sends_plain_without_tls(&self) -> bool {
        self.plain_without_tls
    }

    /// The iteration counts that are accepted from a server.
    ///
    /// The lower bound keeps a false server from learning a cheap hash of the password (RFC 7677 §4 asks for 4,096). The
    /// upper bound is there because the server chooses how much this side computes: 5,000,000 is some four times the
    /// highest count that is recommended today and half a second of a fast core. Small devices may want less.
    #[must_use]
    pub fn iterations(mut self, accepted: RangeInclusive<u32>) -> Self {
        self.iterations = accepted;
        self
    }

    /// Keys of an earlier login with this name and password ([`Negotiation::keys`]): they save the derivation as long as
    /// the server asks for the same salt and count.
    #[must_use]
    pub fn keys(mut self, keys: Option<Keys>) -> Self {
        self.keys = keys;
        self
    }
}

/// What opens an exchange. The message may hold the password in clear (PLAIN), so `Debug` does not show it; it is on
/// its way to an output buffer and is not wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Start {
    /// The name of the chosen mechanism.
    pub mechanism: &'static str,
    /// The initial response; `None` is not the same as empty (RFC 6120 §6.4.2).
    pub initial: Option<Vec<u8>>,
}

/// What to do after a message of the server or a finished computation.
pub enum Reply {
    /// Send this response; empty data is sent too.
    Respond(Vec<u8>),
    /// Run this and hand the result to [`Negotiation::worked`]; nothing is sent before that.
    Work(Work),
    /// Nothing: the computation belonged to an attempt that is over.
    Ignored,
}

/// The client's side of one authentication.
///
/// [`start`](Self::start) with what the server offers, then [`challenge`](Self::challenge) and
/// [`worked`](Self::worked) as they come, until [`success`](Self::success) or [`failure`](Self::failure). An error is
/// final: from then on every method gives the same one, until a new start.
///
/// Both sides of an exchange, without a network:
/// ```
/// use xmpp_core::entropy::Entropy;
/// use xmpp_core::sasl::client::{Config, Credentials, Negotiation, Reply};
/// use xmpp_core::sasl::scram::StoredCredentials;
/// use xmpp_core::sasl::server::{self, Step};
///
/// let stored = StoredCredentials::derive("r0m30", b"16 random bytes.", 4_096)?;
/// let mut server = server::Negotiation::new(server::Config::new([1; 32]), true, Entropy::new([2; 32]));
/// let config = Config::new(Credentials::new("juliet", "r0m30"));
/// let mut client = Negotiation::new(config, true, Entropy::new([3; 32]));
///
/// let start = client.start(server.mechanisms())?;
/// let Step::Lookup { username, .. } = server.auth(start.mechanism, start.initial.as_deref())? else { panic!() };
/// assert_eq!(username, "juliet");
/// let Step::Challenge(challenge) = server.credentials(Some(&stored)) else { panic!() };
/// let Reply::Work(work) = client.challenge(&challenge)? else { panic!() };
/// let Reply::Respond(response) = client.worked(work.run())? else { panic!() };
/// let Step::Success { data, .. } = server.response(&response)? else { panic!() };
/// client.success(data.as_deref())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    secure: bool,
    entropy: Entropy,
    /// What is left to try, the most wanted first.
    candidates: VecDeque<Mechanism>,
    mechanism: Option<Mechanism>,
    exchange: Exchange,
}

/// The state of the mechanism in use.
#[derive(Debug)]
enum Exchange {
    Idle,
    Plain,
    Scram(Scram),
    Failed(AuthError),
}

impl Negotiation {
    /// A negotiation; `secure` says that the connection is encrypted and the server's certificate was checked.
    #[must_use]
    pub fn new(config: Config, secure: bool, entropy: Entropy) -> Self {
        Self {
            config,
            secure,
            entropy,
            candidates: VecDeque::new(),
            mechanism: None,
            exchange: Exchange::Idle,
        }
    }

    /// Chooses from the mechanisms that the server offers, by our own order of preference (RFC 6120 §6.3.3), and
    /// forgets what went on before. Names that are unknown, and names offered twice, do no harm.
    ///
    /// # Errors
    /// [`AuthError::NoMechanism`]; [`AuthError::Unusable`] if a configured string cannot be used.
    pub fn start<'a>(&mut self, offered: impl Iterator<Item = &'a str>) -> Result<Start, AuthError> {
        let names: Vec<&str> = offered.collect();
        let offered = |wanted| names.iter().any(|name| Mechanism::from_name(name) == Some(wanted));
        let plain_allowed = self.secure || self.config.plain_without_tls;
        let usable = |wanted| offered(wanted) && (wanted != Mechanism::Plain || plain_allowed);
        self.candidates = self.config.mechanisms.iter().copied().filter(|&wanted| usable(wanted)).collect();
        if self.candidates.is_empty() {
            let plain_withheld = self.config.mechanisms.contains(&Mechanism::Plain)
                && offered(Mechanism::Plain)
                && !plain_allowed;
            let offered = names.into_iter().map(str::to_owned).collect();
            return self.failed(AuthError::NoMechanism { offered, plain_withheld });
        }
        self.next(AuthError::OutOfOrder) // there is a candidate, so this error is not used
    }

    /// A challenge came; `data` is decoded already.
    ///
    /// # Errors
    /// The server broke the rules: send `<abort/>`.
    pub fn challenge(&mut self, data: &[u8]) -> Result<Reply, AuthError> {
        let reply = match &mut self.exchange {
            Exchange::Scram(scram) => scram.challenge(data, &mut self.entropy),
            Exchange::Plain => Err(AuthError::Malformed(Malformed::Unexpected)),
            Exchange::Idle => Err(AuthError::OutOfOrder),
            Exchange::Failed(error) => Err(error.clone()),
        };
        reply.or_else(|error| self.failed(error))
    }

    /// A computation is done. [`Reply::Ignored`] if it belongs to an attempt that is over.
    ///
    /// # Errors
    /// The one of a negotiation that has failed.
    #[expect(clippy::needless_pass_by_value, reason = "a result is used once, and wiped here")]
    pub fn worked(&mut self, worked: Worked) -> Result<Reply, AuthError> {
        match &mut self.exchange {
            Exchange::Scram(scram) => Ok(scram.worked(&worked)),
            Exchange::Plain | Exchange::Idle => Ok(Reply::Ignored),
            Exchange::Failed(error) => Err(error.clone()),
        }
    }

    /// The server claims success, perhaps with data. `Ok` only if the mechanism agrees that it is complete, which for
    /// SCRAM means that the server has proved to know the password.
    ///
    /// # Errors
    /// The success is worth nothing: close the connection, it is too late for `<abort/>`.
    pub fn success(&mut self, data: Option<&[u8]>) -> Result<(), AuthError> {
        let outcome = match (&mut self.exchange, data) {
            (Exchange::Scram(scram), data) => scram.success(data),
            (Exchange::Plain, None | Some([])) => Ok(()),
            (Exchange::Plain, Some(_)) => Err(AuthError::Malformed(Malformed::Unexpected)),
            (Exchange::Idle, _) => Err(AuthError::SuccessTooEarly),
            (Exchange::Failed(error), _) => Err(error.clone()),
        };
        outcome.or_else(|error| self.failed(error))
    }

    /// The server refused: gives the next mechanism to try, or the final error.
    ///
    /// - After an error on our side (the refusal answers our `<abort/>`): that error.
    /// - `invalid-mechanism`, `malformed-request` and `incorrect-encoding` say that the server cannot do this mechanism
    ///   after all: the next one in our order that it offered. But once it has sent a SCRAM challenge it can do SCRAM,
    ///   and whatever it says then, the password does not follow in clear.
    /// - Everything else is final. A wrong password stays wrong under the next mechanism, and trying it there would
    ///   hand it in clear to a server that failed to prove itself. `mechanism-too-weak` is final because what is left
    ///   is weaker; `encryption-required` and `temporary-auth-failure` ask for another connection or another time.
    pub fn failure(&mut self, condition: Condition, text: Option<&str>) -> Result<Start, AuthError> {
        let rejected = AuthError::Rejected { condition, text: text.map(str::to_owned) };
        match &self.exchange {
            Exchange::Failed(error) => return Err(error.clone()),
            Exchange::Idle => return self.failed(AuthError::OutOfOrder),
            Exchange::Scram(scram) if scram.is_under_way() => {
                self.candidates.retain(|&candidate| candidate != Mechanism::Plain);
            }
            Exchange::Scram(_) | Exchange::Plain => {}
        }
        match condition {
            Condition::InvalidMechanism | Condition::MalformedRequest | Condition::IncorrectEncoding => {
                self.next(rejected)
            }
            _ => self.failed(rejected),
        }
    }

    /// The mechanism in use, or the last one.
    #[must_use]
    pub fn mechanism(&self) -> Option<Mechanism> {
        self.mechanism
    }

    /// After a SCRAM success: keys that save the derivation at the next login with the same password
    /// ([`Config::keys`]). As secret as the password itself.
    #[must_use]
    pub fn keys(&self) -> Option<Keys> {
        match &self.exchange {
            Exchange::Scram(scram) => scram.keys().cloned(),
            _ => None,
        }
    }

    /// Opens the exchange of the next candidate, or fails with `last`.
    fn next(&mut self, last: AuthError) -> Result<Start, AuthError> {
        let Some(mechanism) = self.candidates.pop_front() else { return self.failed(last) };
        self.mechanism = Some(mechanism);
        match self.open(mechanism) {
            Ok((exchange, initial)) => {
                self.exchange = exchange;
                Ok(Start { mechanism: mechanism.name(), initial: Some(initial) })
            }
            Err(error) => self.failed(error),
        }
    }

    fn open(&mut self, mechanism: Mechanism) -> Result<(Exchange, Vec<u8>), AuthError> {
        let Config { credentials, iterations, keys, .. } = &self.config;
        if let Some(hash) = mechanism.hash() {
            let nonce = self.entropy.token();
            let scram = Scram::new(hash, credentials, iterations.clone(), keys.clone(), nonce)?;
            let initial = scram.initial();
            return Ok((Exchange::Scram(scram), initial));
        }
        let Credentials { username, password, authzid } = credentials;
        let message = Plain { authzid: authzid.as_deref(), authcid: username, passwd: password }.write()?;
        Ok((Exchange::Plain, message.to_vec()))
    }

    fn failed<T>(&mut self, error: AuthError) -> Result<T, AuthError> {
        self.exchange = Exchange::Failed(error.clone());
        Err(error)
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Respond(_) => f.write_str("Respond(..)"), // enough to guess at the password offline
            Self::Work(work) => f.debug_tuple("Work").field(work).finish(),
            Self::Ignored => f.write_str("Ignored"),
        }
    }
}
