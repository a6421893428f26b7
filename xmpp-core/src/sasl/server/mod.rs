//! The server's side: offer mechanisms, run the one that the client chose, look credentials up as a step.

mod config;

use std::{fmt, mem};

use jid::BareJid;
use zeroize::Zeroizing;

use super::bearer::{Bearer, TokenError};
#[cfg(feature = "digest-md5")]
use super::digest_md5;
use super::plain::Plain;
use super::scram::server::{Challenged, First};
use super::scram::{Hash, StoredCredentials, StoredKeys};
use super::{BindingType, ChannelBindings, Condition, Mechanism, Offer, anonymous, external, offer, prep};
use crate::entropy::Entropy;
use crate::work::{Ticket, Work, Worked};
pub use config::Config;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this challenge; empty data is sent too.
    Challenge(Vec<u8>),
    /// Find the stored keys of this user and call [`Negotiation::credentials`].
    Lookup {
        /// The prepared user name (RFC 4013). For [`Mechanism::External`] it needs no password: any credentials say
        /// that there is such a user.
        username: String,
        /// The mechanism that asks.
        mechanism: Mechanism,
    },
    /// Find out whether this token is good and whose it is, and call [`Negotiation::token`].
    Token(Bearer),
    /// Run this and hand the result to [`Negotiation::worked`].
    Work(Work),
    /// The user is who it claims to be.
    Success {
        /// How the client proved it.
        mechanism: Mechanism,
        /// The prepared user name; for ANONYMOUS a new one, which nobody had before.
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
/// Say the [`offer`](Self::offer); then [`auth`](Self::auth), [`response`](Self::response) and
/// [`abort`](Self::abort) as the client says them, [`credentials`](Self::credentials) and [`worked`](Self::worked) as
/// the steps ask for them. After a [`Failure`] the client may start anew. An example with both sides is at
/// [`client::Negotiation`](super::client::Negotiation).
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    secure: bool,
    bindings: ChannelBindings,
    identities: Vec<Identity>,
    entropy: Entropy,
    state: State,
    /// An attempt was discarded while its credentials were being looked up; the answer is still to come.
    stale_lookup: bool,
    failures: u32,
}

/// Somebody whom the client's certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user name to look up.
    pub username: String,
    /// How the client names it as the identity to act for; for XMPP the bare JID.
    pub address: String,
}

impl Identity {
    /// Whether a client means this one.
    fn is(&self, authzid: &str) -> bool {
        self.address == authzid
            || BareJid::new(authzid)
                .is_ok_and(|wanted| BareJid::new(&self.address).is_ok_and(|own| own == wanted))
    }
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
    ExternalLookup(Identity),
    /// An older lookup is to be answered before.
    TokenWaits(Bearer),
    TokenLookup {
        authzid: Option<String>,
    },
    /// The token was bad, and the client was told why; it answers with nothing (RFC 7628 §3.2.3).
    TokenRefused,
    #[cfg(feature = "digest-md5")]
    DigestAsked(digest_md5::Asked),
    #[cfg(feature = "digest-md5")]
    DigestLookup(digest_md5::Response),
    ScramLookup(Mechanism, Hash, First),
    ScramChallenged {
        mechanism: Mechanism,
        challenged: Challenged,
        known: bool,
    },
}

impl State {
    fn awaits_lookup(&self) -> bool {
        match self {
            Self::PlainLookup(_)
            | Self::ExternalLookup(_)
            | Self::TokenLookup { .. }
            | Self::ScramLookup(..) => true,
            #[cfg(feature = "digest-md5")]
            Self::DigestLookup(_) => true,
            _ => false,
        }
    }
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
        Self {
            config,
            secure,
            bindings: ChannelBindings::new(),
            identities: Vec::new(),
            entropy,
            state: State::Idle,
            stale_lookup: false,
            failures: 0,
        }
    }

    /// The bindings of the connection: mechanisms that end in `-PLUS` can be done.
    #[must_use]
    pub fn with_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.bindings = bindings;
        self
    }

    /// Whom the client's certificate names, after it was verified: EXTERNAL can be done.
    #[must_use]
    pub fn with_identities(mut self, identities: impl IntoIterator<Item = Identity>) -> Self {
        self.identities = identities.into_iter().collect();
        self
    }

    /// What to offer, in order. PLAIN is among it only if the connection is encrypted or the configuration allows it in
    /// clear (RFC 6120 §13.8.3). Say exactly this to the client: its hash over it must be the same (XEP-0474).
    #[must_use]
    pub fn offer(&self) -> Offer {
        Offer::new(self.mechanisms()).with_binding_types(self.binding_types())
    }

    fn offer_text(&self) -> String {
        offer::text(self.mechanisms().collect(), self.binding_types().collect())
    }

    fn mechanisms(&self) -> impl Iterator<Item = &'static str> {
        let allowed = self.config.mechanisms.iter().filter(|&&mechanism| self.allows(mechanism));
        allowed.map(|mechanism| mechanism.name())
    }

    /// Those of the connection, if anything that is offered can use them.
    fn binding_types(&self) -> impl Iterator<Item = &'static str> {
        let used = self.binds_channel();
        self.bindings.types().filter(move |_| used).map(BindingType::name)
    }

    /// Whether a mechanism that binds the channel is offered.
    fn binds_channel(&self) -> bool {
        self.config.mechanisms.iter().any(|&mechanism| mechanism.binds_channel() && self.allows(mechanism))
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
            return match chosen {
                Mechanism::Plain | Mechanism::OAuthBearer if !self.secure => {
                    self.failed(Condition::EncryptionRequired, "a secret in clear without encryption")
                }
                _ => self
                    .failed(Condition::InvalidMechanism, "a mechanism that this connection does not allow"),
            };
        }
        #[cfg(feature = "digest-md5")]
        if chosen == Mechanism::DigestMd5 {
            return self.digest(initial);
        }
        self.state = State::Chosen(chosen);
        match initial {
            Some(initial) => self.response(initial),
            // The examples of XEP-0175 leave it out, and mean an empty one.
            None if chosen == Mechanism::Anonymous => self.response(b""),
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
            State::Chosen(mechanism) => match (mechanism, mechanism.hash()) {
                (_, Some(hash)) => self.scram_first(mechanism, hash, data),
                (Mechanism::External, _) => self.external(data),
                (Mechanism::OAuthBearer, _) => self.bearer(data),
                (Mechanism::Anonymous, _) => self.anonymous(data),
                _ => self.plain(data),
            },
            State::TokenRefused => self.failed(Condition::NotAuthorized, "a bad token"),
            #[cfg(feature = "digest-md5")]
            State::DigestAsked(asked) => match asked.read(data) {
                Ok(response) => {
                    self.state = State::DigestLookup(response);
                    Ok(self.lookup())
                }
                Err(Failure { condition, detail }) => self.failed(condition, detail),
            },
            State::ScramChallenged { mechanism, challenged, known } => match challenged.verify(data) {
                Ok(signature) if known => {
                    let Challenged { username, authzid, .. } = challenged;
                    Ok(Step::Success { mechanism, username, authzid, data: Some(signature) })
                }
                Ok(_) => self.failed(Condition::NotAuthorized, "no such user"),
                Err(Failure { condition, detail }) => self.failed(condition, detail),
            },
            _ => self.failed(Condition::MalformedRequest, "a response where none is due"),
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
    ///
    /// # Errors
    /// There is no such user, or the response was wrong, under a mechanism whose exchange is over by then.
    pub fn credentials(&mut self, found: Option<&StoredCredentials>) -> Result<Step, Failure> {
        if mem::take(&mut self.stale_lookup) {
            return Ok(self.lookup());
        }
        match mem::replace(&mut self.state, State::Idle) {
            State::PlainLookup(login) => {
                let (keys, known) = match found.and_then(StoredCredentials::for_password) {
                    Some(keys) => (keys.clone(), true),
                    None => (self.decoy(Hash::Sha256, &login.username), false),
                };
                let ticket = Ticket::new(&mut self.entropy);
                let password = Zeroizing::new(login.password.as_bytes().to_vec());
                let work = Work::new(ticket, keys.hash(), password, keys.salt().to_vec(), keys.count());
                self.state = State::PlainWork { login, ticket, keys, known };
                Ok(Step::Work(work))
            }
            State::ExternalLookup(Identity { username, address }) => match found {
                Some(_) => {
                    let mechanism = Mechanism::External;
                    Ok(Step::Success { mechanism, username, authzid: Some(address), data: None })
                }
                None => self.failed(Condition::NotAuthorized, "the certificate's user does not exist"),
            },
            #[cfg(feature = "digest-md5")]
            State::DigestLookup(response) => {
                // Unknown users get a secret of nobody's.
                let decoy = self.decoy(Hash::Sha256, &response.username);
                let secret =
                    found.and_then(|found| found.digest_md5(&response.realm)).map(digest_md5::Secret::hash);
                let nobody: [u8; 16] = std::array::from_fn(|n| decoy.stored_key()[n]);
                match (response.verify(secret.unwrap_or(&nobody)), secret) {
                    (Some(proof), Some(_)) => {
                        let digest_md5::Response { username, authzid, .. } = response;
                        let mechanism = Mechanism::DigestMd5;
                        Ok(Step::Success { mechanism, username, authzid, data: Some(proof) })
                    }
                    _ => self.failed(Condition::NotAuthorized, "no such user, or a wrong password"),
                }
            }
            State::ScramLookup(mechanism, hash, first) => {
                let (keys, known) = match found.and_then(|found| found.keys(hash)) {
                    Some(keys) => (keys.clone(), true),
                    None => (self.decoy(hash, &first.username), false),
                };
                let offer_hash = offer::attribute(&self.offer_text(), hash);
                let (challenged, challenge) = first.challenge(keys, &self.entropy.token(), Some(&offer_hash));
                self.state = State::ScramChallenged { mechanism, challenged, known };
                Ok(Step::Challenge(challenge))
            }
            other => {
                self.state = other;
                Ok(Step::Ignored)
            }
        }
    }

    /// The answer to [`Step::Token`]: whose token it is, or what is wrong with it. [`Step::Ignored`] if its attempt is
    /// over, and no other lookup waits for the answer.
    ///
    /// # Errors
    /// None yet: a bad token is reported as a challenge, and the failure follows the client's answer.
    pub fn token(&mut self, verdict: Result<String, TokenError>) -> Result<Step, Failure> {
        if mem::take(&mut self.stale_lookup) {
            return Ok(self.lookup());
        }
        match (mem::replace(&mut self.state, State::Idle), verdict) {
            (State::TokenLookup { authzid }, Ok(username)) => {
                let mechanism = Mechanism::OAuthBearer;
                Ok(Step::Success { mechanism, username, authzid, data: None })
            }
            (State::TokenLookup { .. }, Err(error)) => {
                self.state = State::TokenRefused;
                Ok(Step::Challenge(error.report()))
            }
            (other, _) => {
                self.state = other;
                Ok(Step::Ignored)
            }
        }
    }

    /// The other answer to [`Step::Lookup`] and [`Step::Token`]: the store cannot be asked now. As with
    /// [`credentials`](Self::credentials), nothing but the next lookup comes of it if the attempt is over.
    ///
    /// # Errors
    /// [`Condition::TemporaryAuthFailure`], to be sent.
    pub fn unavailable(&mut self) -> Result<Step, Failure> {
        if mem::take(&mut self.stale_lookup) {
            return Ok(self.lookup());
        }
        if self.state.awaits_lookup() {
            self.state = State::Idle;
            return self.failed(Condition::TemporaryAuthFailure, "the credentials cannot be looked up now");
        }
        Ok(Step::Ignored)
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
                    let mechanism = Mechanism::Plain;
                    return Ok(Step::Success { mechanism, username, authzid, data: None });
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
        match mechanism {
            Mechanism::Plain => self.secure || self.config.plain_without_tls,
            Mechanism::OAuthBearer => self.secure,
            Mechanism::External => !self.identities.is_empty(),
            mechanism => !mechanism.binds_channel() || !self.bindings.is_empty(),
        }
    }

    /// Asks for the credentials that the state needs, unless an older answer is due.
    fn lookup(&mut self) -> Step {
        if self.stale_lookup {
            return Step::Ignored;
        }
        let (username, mechanism) = match &mut self.state {
            State::PlainLookup(login) => (&login.username, Mechanism::Plain),
            State::ExternalLookup(identity) => (&identity.username, Mechanism::External),
            State::TokenWaits(message) => {
                let message = message.clone();
                self.state = State::TokenLookup { authzid: message.authzid.clone() };
                return Step::Token(message);
            }
            #[cfg(feature = "digest-md5")]
            State::DigestLookup(response) => (&response.username, Mechanism::DigestMd5),
            State::ScramLookup(mechanism, _, first) => (&first.username, *mechanism),
            _ => return Step::Ignored,
        };
        Step::Lookup { username: username.clone(), mechanism }
    }

    fn discard(&mut self) -> State {
        let state = mem::replace(&mut self.state, State::Idle);
        self.stale_lookup |= state.awaits_lookup();
        state
    }

    fn external(&mut self, data: &[u8]) -> Result<Step, Failure> {
        let Ok(authzid) = external::parse(data) else {
            return self.failed(Condition::MalformedRequest, "malformed EXTERNAL message");
        };
        // XEP-0178 §2: one address needs no choice, several do.
        let identity = match (authzid, &self.identities[..]) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(authzid), all) => all.iter().find(|identity| identity.is(authzid)),
        };
        let Some(identity) = identity.cloned() else {
            return self.failed(Condition::InvalidAuthzid, "the certificate does not say who this is");
        };
        self.state = State::ExternalLookup(identity);
        Ok(self.lookup())
    }

    fn bearer(&mut self, data: &[u8]) -> Result<Step, Failure> {
        let Ok(message) = Bearer::parse(data) else {
            return self.failed(Condition::MalformedRequest, "malformed OAUTHBEARER message");
        };
        self.state = State::TokenWaits(message);
        Ok(self.lookup())
    }

    fn anonymous(&mut self, data: &[u8]) -> Result<Step, Failure> {
        if !anonymous::is_well_formed(data) {
            return self.failed(Condition::MalformedRequest, "malformed ANONYMOUS message");
        }
        // Hexadecimal digits, because an address is the same in capitals.
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        let username = format!("{:032x}", u128::from_be_bytes(bytes));
        Ok(Step::Success { mechanism: Mechanism::Anonymous, username, authzid: None, data: None })
    }

    #[cfg(feature = "digest-md5")]
    fn digest(&mut self, initial: Option<&[u8]>) -> Result<Step, Failure> {
        // The server begins; what a client says before can only be a reauthentication, which is not offered (RFC 2831 §2.2).
        if initial.is_some_and(|data| !data.is_empty()) {
            return self.failed(Condition::MalformedRequest, "DIGEST-MD5 begins with the server");
        }
        let nonce = self.entropy.token();
        let (asked, challenge) = digest_md5::Asked::new(&self.config.realm, &self.config.service, nonce);
        self.state = State::DigestAsked(asked);
        Ok(Step::Challenge(challenge))
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
        let (plus, offered) = (mechanism.binds_channel(), self.binds_channel());
        match First::parse(data, plus, offered, &self.bindings) {
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
