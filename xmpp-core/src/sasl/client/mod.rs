//! The client's side: choose a mechanism, run it, believe a success only when the mechanism is complete.

mod choice;
mod config;

use std::fmt;

#[cfg(feature = "digest-md5")]
use super::digest_md5::Digest;
use super::plain::Plain;
use super::scram::Keys;
use super::scram::client::{Flag, Offered, Scram};
use super::{
    AuthError, ChannelBindings, Condition, Malformed, Mechanism, Offer,
    bearer::{self, Bearer},
    external,
};
use crate::entropy::Entropy;
use crate::work::{Work, Worked};
use choice::Choice;
use config::Rules;
pub use config::{Binding, Config, Credentials};

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
/// let start = client.start(&server.offer())?;
/// let Step::Lookup { username, .. } = server.auth(start.mechanism, start.initial.as_deref())? else { panic!() };
/// assert_eq!(username, "juliet");
/// let Step::Challenge(challenge) = server.credentials(Some(&stored))? else { panic!() };
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
    bindings: ChannelBindings,
    entropy: Entropy,
    /// What the server says of its offer is compared with this (XEP-0474).
    offered: String,
    choice: Choice,
    mechanism: Option<Mechanism>,
    exchange: Exchange,
}

/// The state of the mechanism in use.
#[derive(Debug)]
enum Exchange {
    Idle,
    /// PLAIN, EXTERNAL, ANONYMOUS: one message, which is out.
    Said,
    /// OAUTHBEARER, and the server's report if it sent one.
    Bearer(Option<String>),
    Scram(Box<Scram>),
    #[cfg(feature = "digest-md5")]
    Digest(Box<Digest>),
    Failed(AuthError),
}

/// How much of a server's report about a token is kept, characters.
const MAX_REPORT: usize = 1024;

impl Negotiation {
    /// A negotiation; `secure` says that the connection is encrypted and the server's certificate was checked.
    #[must_use]
    pub fn new(config: Config, secure: bool, entropy: Entropy) -> Self {
        Self {
            config,
            secure,
            bindings: ChannelBindings::new(),
            entropy,
            offered: String::new(),
            choice: Choice::default(),
            mechanism: None,
            exchange: Exchange::Idle,
        }
    }

    /// The bindings of the connection, for mechanisms that end in `-PLUS`.
    #[must_use]
    pub fn with_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.bindings = bindings;
        self
    }

    /// Chooses from what the server offers, by our own order of preference (RFC 6120 §6.3.3), and forgets what went on
    /// before. Names that are unknown, and names offered twice, do no harm.
    ///
    /// # Errors
    /// [`AuthError::NoMechanism`]; [`AuthError::Unusable`] if a configured string cannot be used;
    /// [`AuthError::Downgrade`] if the offer contradicts itself.
    pub fn start(&mut self, offer: &Offer) -> Result<Start, AuthError> {
        self.offered = offer.text();
        match Choice::new(&self.config, offer, self.secure, &self.bindings) {
            Ok(choice) => {
                self.choice = choice;
                self.next(AuthError::OutOfOrder) // there is a candidate, so this error is not used
            }
            Err(error) => self.failed(error),
        }
    }

    /// A challenge came; `data` is decoded already.
    ///
    /// # Errors
    /// The server broke the rules: send `<abort/>`.
    pub fn challenge(&mut self, data: &[u8]) -> Result<Reply, AuthError> {
        let reply = match &mut self.exchange {
            Exchange::Scram(scram) => scram.challenge(data, &mut self.entropy),
            #[cfg(feature = "digest-md5")]
            Exchange::Digest(digest) => digest.challenge(data),
            // It can only be a report of what is wrong; the server says the rest after this (RFC 7628 §3.2.3).
            Exchange::Bearer(report @ None) => {
                *report = Some(String::from_utf8_lossy(data).chars().take(MAX_REPORT).collect());
                Ok(Reply::Respond(bearer::DUMMY.to_vec()))
            }
            Exchange::Said | Exchange::Bearer(Some(_)) => Err(AuthError::Malformed(Malformed::Unexpected)),
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
            Exchange::Failed(error) => Err(error.clone()),
            _ => Ok(Reply::Ignored),
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
            #[cfg(feature = "digest-md5")]
            (Exchange::Digest(digest), data) => digest.success(data),
            (Exchange::Said | Exchange::Bearer(None), None | Some([])) => Ok(()),
            (Exchange::Said | Exchange::Bearer(_), _) => Err(AuthError::Malformed(Malformed::Unexpected)),
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
    /// - A mechanism that binds the channel and is refused is followed by the same without binding only where the server
    ///   did not say which bindings it can verify; then `not-authorized` may mean just that. Where it did say so, the two
    ///   ends of TLS are not the same, and the refusal is final.
    /// - Everything else is final. A wrong password stays wrong under the next mechanism, and trying it there would
    ///   hand it in clear to a server that failed to prove itself. `mechanism-too-weak` is final because what is left
    ///   is weaker; `encryption-required` and `temporary-auth-failure` ask for another connection or another time.
    pub fn failure(&mut self, condition: Condition, text: Option<&str>) -> Result<Start, AuthError> {
        let rejected = AuthError::Rejected { condition, text: text.map(str::to_owned) };
        let under_way = match &self.exchange {
            Exchange::Failed(error) => return Err(error.clone()),
            Exchange::Idle => return self.failed(AuthError::OutOfOrder),
            Exchange::Bearer(Some(report)) => {
                let error = AuthError::Token(report.clone());
                return self.failed(error);
            }
            Exchange::Scram(scram) => {
                // The same hash may follow without binding: what was derived is not derived again.
                self.config.rules.keys.extend(scram.derived().cloned());
                scram.is_under_way()
            }
            #[cfg(feature = "digest-md5")]
            Exchange::Digest(digest) => digest.is_under_way(),
            Exchange::Said | Exchange::Bearer(None) => false,
        };
        match self.mechanism {
            Some(mechanism) if self.choice.narrow(mechanism, condition, under_way) => self.next(rejected),
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
        let Some(mechanism) = self.choice.candidates.pop_front() else { return self.failed(last) };
        self.mechanism = Some(mechanism);
        match self.open(mechanism) {
            Ok((exchange, initial)) => {
                self.exchange = exchange;
                Ok(Start { mechanism: mechanism.name(), initial })
            }
            Err(error) => self.failed(error),
        }
    }

    fn open(&mut self, mechanism: Mechanism) -> Result<(Exchange, Option<Vec<u8>>), AuthError> {
        let credentials = &self.config.rules.credentials;
        let authzid = credentials.authzid.as_deref();
        let message = match mechanism {
            Mechanism::External => external::write(authzid)?,
            // A trace would tell the server what it need not know (RFC 4505 §5).
            Mechanism::Anonymous => Vec::new(),
            Mechanism::OAuthBearer => {
                let mut message = Bearer::new(credentials.token.as_ref().map_or("", |token| token.as_str()));
                let user = Some(credentials.username.as_str()).filter(|user| !user.is_empty());
                message.authzid = authzid.or(user).map(str::to_owned);
                return Ok((Exchange::Bearer(None), Some(message.write()?.to_vec())));
            }
            #[cfg(feature = "digest-md5")]
            Mechanism::DigestMd5 => {
                let digest =
                    Digest::new(credentials, self.config.rules.service.clone(), self.entropy.token())?;
                return Ok((Exchange::Digest(Box::new(digest)), None));
            }
            Mechanism::Plain => {
                let passwd = credentials.password.as_ref().map_or("", |password| password.as_str());
                Plain { authzid, authcid: &credentials.username, passwd }.write()?.to_vec()
            }
            scram => return self.open_scram(scram),
        };
        Ok((Exchange::Said, Some(message)))
    }

    fn open_scram(&mut self, mechanism: Mechanism) -> Result<(Exchange, Option<Vec<u8>>), AuthError> {
        let Rules { credentials, iterations, keys, .. } = &*self.config.rules;
        let hash = mechanism.hash().ok_or(AuthError::OutOfOrder)?; // whoever comes here is one of the family
        let bound = self.choice.binding.and_then(|kind| Some((kind, self.bindings.get(kind)?)));
        let flag = match bound {
            Some((kind, data)) if mechanism.binds_channel() => Flag::Bound(kind, data),
            _ if self.choice.could_bind => Flag::NotOffered,
            _ => Flag::Unsupported,
        };
        let offered =
            Offered { text: self.offered.clone(), must_be_confirmed: self.choice.must_be_confirmed };
        let keys = keys.iter().filter(|keys| keys.hash() == hash).cloned().collect();
        let nonce = self.entropy.token();
        let scram = Scram::new(hash, credentials, &flag, offered, iterations.clone(), keys, nonce)?;
        let initial = scram.initial();
        Ok((Exchange::Scram(Box::new(scram)), Some(initial)))
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
