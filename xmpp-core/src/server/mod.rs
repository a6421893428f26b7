//! The pure parts of a small server: accounts, resources, routing, presence and rosters of one domain, in memory.
//!
//! It is made for demonstrations and tests, and not for production: nothing is stored, there is no federation, no
//! offline storage and no limit on rates. [`Server`] decides; for each connection an adapter holds a
//! `Link<Receiver, _>`, passes its [`ReceiverEvent`]s in and carries the [`Verb`]s out.
//!
//! ```
//! use xmpp_core::server::{Server, ServerConfig, Verb};
//! use xmpp_core::stream::ReceiverEvent;
//!
//! let mut server = Server::new(ServerConfig::new("example.com")?, [7; 32]); // 32 bytes from the operating system
//! let account = server.add_account("meter", "secret")?;
//! let conn = server.connected();
//!
//! // What the receiver of this connection says goes in, what the server decides comes out.
//! server.handle(conn, ReceiverEvent::Bind { account, resource: Some("ilon".into()) });
//! let Some((to, Verb::Bind(Ok(jid)))) = server.poll() else { panic!() };
//! assert_eq!((to, jid.as_str()), (conn, "meter@example.com/ilon"));
//! assert!(server.poll().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod presence;
mod registration;
mod roster;
mod route;
mod subscription;

use std::collections::{BTreeMap, VecDeque};
use std::{error, fmt};

use jid::{BareJid, FullJid, JidError, JidRef};

use crate::{
    entropy::Entropy,
    sasl::{
        Mechanism,
        bearer::TokenError,
        scram::{KeyError, StoredCredentials},
    },
    stanza::{ErrorType, StanzaCondition, StanzaError},
    stream::{BindOutcome, ReceiverEvent, StreamCondition, StreamError},
    xep::{AutoReply, disco::Identity, version::Version},
    xml::{Element, ns},
};
use account::{Account, Live};

/// What a server is and its bounds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The domain that it serves, an address without local part and resource.
    pub domain: BareJid,
    /// The name of the software, as discovery and XEP-0092 tell it.
    pub software: String,
    /// Its version.
    pub version: String,
    /// The SCRAM iteration count of new accounts. Default: 4096, the least that RFC 7677 §4 allows.
    pub iterations: u32,
    /// Whether accounts are made, changed and removed in band (XEP-0077). The receivers must be told as well
    /// ([`ReceiverConfig::registration`](crate::stream::ReceiverConfig::registration)). Default: no.
    pub registration: bool,
    /// How many accounts that were made in band there may be. Default: 10,000.
    pub max_registered: usize,
    /// How many sessions an account may have at a time. Default: 16.
    pub max_resources: usize,
    /// How many contacts an account may have, requests of others included. Default: 1000.
    pub max_contacts: usize,
    /// To how many addresses a session may send directed presence (RFC 6121 §4.6) at a time. Default: 1000.
    pub max_directed: usize,
}

impl ServerConfig {
    /// The defaults for a domain.
    ///
    /// # Errors
    /// The string is no domain.
    pub fn new(domain: &str) -> Result<Self, JidError> {
        Ok(Self {
            domain: BareJid::from_parts(None, domain)?,
            software: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            iterations: 4096,
            registration: false,
            max_registered: 10_000,
            max_resources: 16,
            max_contacts: 1000,
            max_directed: 1000,
        })
    }
}

/// One connection of the server, made by [`Server::connected`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(u64);

/// What is to be done on a connection: each is a verb of `Link<Receiver, _>`.
#[derive(Debug)]
pub enum Verb {
    /// Answers [`ReceiverEvent::Lookup`].
    Credentials(Option<StoredCredentials>),
    /// Answers [`ReceiverEvent::Token`].
    Token(Result<String, TokenError>),
    /// Answers [`ReceiverEvent::Bind`].
    Bind(BindOutcome),
    /// Answers [`ReceiverEvent::Register`] and [`ReceiverEvent::ChangePassword`].
    Registered(Result<(), StanzaError>),
    /// Send this stanza.
    Send(Element),
    /// End the stream with this error.
    Close(StreamError),
}

/// Why an account is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// The name is no local part of an address.
    Name(JidError),
    /// The password or the iteration count cannot be used.
    Keys(KeyError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => write!(f, "the name of the account: {error}"),
            Self::Keys(error) => error.fmt(f),
        }
    }
}

impl error::Error for AccountError {}

/// What is known of a connection.
#[derive(Debug, Default)]
struct Conn {
    /// The account whose credentials it was given last.
    account: Option<BareJid>,
    /// What it is bound to.
    jid: Option<FullJid>,
}

/// A small server: see the [module](self).
///
/// - **Inputs**: [`connected`](Self::connected) first, then [`handle`](Self::handle) each event of that connection's
///   receiver. The last event, [`ReceiverEvent::Closed`], forgets the connection.
/// - **Output**: drain [`poll`](Self::poll) after every input, and apply each verb to the connection it names. A verb
///   for a connection that is gone, or that has no room, is dropped: as a server without storage, it promises no more.
///
/// It needs no clock. The same entropy and inputs give the same verbs.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    entropy: Entropy,
    accounts: BTreeMap<BareJid, Account>,
    conns: BTreeMap<ConnId, Conn>,
    /// How many accounts were made in band.
    registered: usize,
    next_conn: u64,
    input: VecDeque<(ConnId, ReceiverEvent)>,
    output: VecDeque<(ConnId, Verb)>,
    /// Answers requests to the domain.
    domain_reply: AutoReply,
    /// Answers requests to accounts.
    account_reply: AutoReply,
}

impl Server {
    /// A server without accounts. The 32 bytes must be unpredictable and never used for another machine.
    #[must_use]
    pub fn new(config: ServerConfig, entropy: [u8; 32]) -> Self {
        let version = Version::new(&config.software, &config.version);
        let mut domain_reply =
            AutoReply::new(Identity::new("server", "im").with_name(&config.software)).version(version);
        if config.registration {
            domain_reply = domain_reply.feature(ns::REGISTER);
        }
        Self {
            domain_reply,
            account_reply: AutoReply::new(Identity::new("account", "registered")).feature(ns::ROSTER),
            config,
            entropy: Entropy::new(entropy),
            accounts: BTreeMap::new(),
            conns: BTreeMap::new(),
            registered: 0,
            next_conn: 0,
            input: VecDeque::new(),
            output: VecDeque::new(),
        }
    }

    /// The domain that is served.
    pub fn domain(&self) -> &str {
        self.config.domain.as_str()
    }

    /// Makes an account, or gives one that is there a new password. It blocks for the derivation of the keys
    /// (milliseconds at the default iteration count).
    ///
    /// # Errors
    /// [`AccountError`]: the name or the password cannot be used.
    pub fn add_account(&mut self, username: &str, password: &str) -> Result<BareJid, AccountError> {
        let jid = BareJid::from_parts(Some(username), self.domain()).map_err(AccountError::Name)?;
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt);
        let credentials =
            StoredCredentials::derive(password, &salt, self.config.iterations).map_err(AccountError::Keys)?;
        self.accounts.entry(jid.clone()).or_default().credentials = credentials;
        Ok(jid)
    }

    /// A new connection.
    pub fn connected(&mut self) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1; // 2^64 connections take longer than any server lives
        self.conns.insert(conn, Conn::default());
        conn
    }

    /// What the receiver of a connection says. Events of a connection that is not known are ignored.
    pub fn handle(&mut self, conn: ConnId, event: ReceiverEvent) {
        self.input.push_back((conn, event));
    }

    /// The connection went away without a last event of its receiver.
    pub fn closed(&mut self, conn: ConnId) {
        self.handle(conn, ReceiverEvent::Closed(Ok(())));
    }

    /// The next thing to do; `None` when there is nothing until the next input.
    #[must_use]
    pub fn poll(&mut self) -> Option<(ConnId, Verb)> {
        loop {
            if let Some(verb) = self.output.pop_front() {
                return Some(verb);
            }
            let (conn, event) = self.input.pop_front()?;
            if self.conns.contains_key(&conn) {
                self.step(conn, event);
            }
        }
    }

    /// The addresses that are bound now, in order.
    pub fn sessions(&self) -> impl Iterator<Item = &FullJid> {
        self.accounts.values().flat_map(|account| account.sessions.values().map(|live| &live.jid))
    }

    fn step(&mut self, conn: ConnId, event: ReceiverEvent) {
        match event {
            ReceiverEvent::Lookup { username, .. } => {
                // The name of an account is compared in canonical form: devices log in with capitals.
                let account = BareJid::from_parts(Some(&username), self.domain()).ok();
                let found = account.as_ref().and_then(|account| self.accounts.get(account));
                let found = found.map(|account| account.credentials.clone());
                if let Some(conn) = self.conns.get_mut(&conn) {
                    conn.account = account;
                }
                self.output.push_back((conn, Verb::Credentials(found)));
            }
            ReceiverEvent::Register { account, credentials } => {
                let outcome = self.register(account, credentials);
                self.output.push_back((conn, Verb::Registered(outcome.map_err(StanzaError::from))));
            }
            ReceiverEvent::ChangePassword { account, credentials } => {
                let outcome = self.change_password(&account, credentials);
                self.output.push_back((conn, Verb::Registered(outcome.map_err(StanzaError::from))));
            }
            // No authority gives out tokens here.
            ReceiverEvent::Token(_) => {
                self.output.push_back((conn, Verb::Token(Err(TokenError::InvalidToken))));
            }
            ReceiverEvent::Authenticated { account, mechanism: Mechanism::Anonymous } => {
                if let Some(conn) = self.conns.get_mut(&conn) {
                    conn.account = Some(account.clone());
                }
                self.accounts
                    .entry(account)
                    .or_insert_with(|| Account { passing: true, ..Account::default() });
            }
            ReceiverEvent::Authenticated { .. } => {}
            ReceiverEvent::Bind { account, resource } => {
                let outcome = self.bind(conn, &account, resource.as_deref());
                self.output.push_back((conn, Verb::Bind(outcome)));
            }
            ReceiverEvent::Stanza(stanza) => {
                let from = self.conns.get(&conn).and_then(|conn| conn.jid.clone());
                if let Some(from) = from {
                    self.route(conn, &from, &stanza);
                }
            }
            ReceiverEvent::Closed(_) => {
                let Some(Conn { account, jid }) = self.conns.remove(&conn) else { return };
                if let Some(jid) = jid {
                    self.end_session(&jid);
                }
                if let Some(account) = account
                    && self.accounts.get(&account).is_some_and(|account| account.passing)
                {
                    self.remove_account(&account);
                }
            }
        }
    }

    /// Binds a resource (RFC 6120 §7). Who comes last gets the resource that it asks for (§7.7.2.2, behaviour 2).
    fn bind(&mut self, conn: ConnId, account: &BareJid, resource: Option<&str>) -> BindOutcome {
        let jid = match resource {
            Some(resource) => account.with_resource(resource),
            None => account.with_resource(&self.entropy.token()),
        }
        .map_err(|error| StanzaError::new(StanzaCondition::BadRequest).with_text(error.to_string()))?;
        if self.is_bound(conn) {
            return Err(StanzaCondition::NotAllowed.into());
        }
        let Some(owner) = self.accounts.get(account) else {
            return Err(StanzaCondition::NotAllowed.into());
        };
        if let Some(old) = owner.sessions.get(jid.resource()) {
            let old = old.conn;
            if let Some(old) = self.conns.get_mut(&old) {
                old.jid = None;
            }
            self.end_session(&jid);
            let error = StreamError::new(StreamCondition::Conflict, "the resource was bound by a new stream");
            self.output.push_back((old, Verb::Close(error)));
        } else if owner.sessions.len() >= self.config.max_resources {
            return Err(StanzaError::new(StanzaCondition::ResourceConstraint).with_type(ErrorType::Wait));
        }
        if let Some(owner) = self.accounts.get_mut(account) {
            owner.sessions.insert(jid.resource().to_owned(), Live::new(conn, jid.clone()));
        }
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.account = Some(account.clone());
            conn.jid = Some(jid.clone());
        }
        Ok(jid)
    }

    fn is_bound(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_some_and(|conn| conn.jid.is_some())
    }

    fn send(&mut self, conn: ConnId, stanza: Element) {
        self.output.push_back((conn, Verb::Send(stanza)));
    }

    fn send_all(&mut self, conn: ConnId, stanzas: impl IntoIterator<Item = Element>) {
        self.output.extend(stanzas.into_iter().map(|stanza| (conn, Verb::Send(stanza))));
    }

    fn live(&self, jid: JidRef<'_>) -> Option<&Live> {
        self.accounts.get(jid.bare().as_str())?.sessions.get(jid.resource()?)
    }

    fn live_mut(&mut self, jid: JidRef<'_>) -> Option<&mut Live> {
        self.accounts.get_mut(jid.bare().as_str())?.sessions.get_mut(jid.resource()?)
    }
}

/// A copy with another `to`. Addresses hold no character that XML cannot carry, so that it always succeeds.
fn addressed(stanza: &Element, to: JidRef<'_>) -> Element {
    stanza.with_attrs(&[("to", Some(to.as_str()))]).unwrap_or_else(|_| stanza.clone())
}
