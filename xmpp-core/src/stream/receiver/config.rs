//! How a server's end of a stream is set up, and what it tells.

use jid::BareJid;

use crate::{
    error::Error,
    sasl::{Mechanism, bearer::Bearer, scram::StoredCredentials, server},
    time::Duration,
    tls::TlsPolicy,
    xml::Element,
};

/// How a server lets clients in. `Debug` shows no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceiverConfig {
    /// The domain that is served, in canonical form.
    pub domain: String,
    /// What is demanded of clients that come in clear over TCP. Default: required.
    pub tls: TlsPolicy,
    /// Whether clients may log in over plain HTTP or WebSocket. Default: no.
    pub clear_transports: bool,
    /// The languages that the server can speak, as language tags; the first is its default. The response header names
    /// the one that matches the client's wish best (RFC 6120 §4.7.4).
    pub langs: Vec<String>,
    /// Mechanisms, and the secret behind answers about unknown users.
    pub sasl: server::Config,
    /// How many failed attempts end the stream (RFC 6120 §6.4.5 recommends two to five). Default: 3.
    pub attempts: u32,
    /// How long a client that proved nothing waits for its refusal: guessing costs time, on every stream. What comes
    /// meanwhile is not read. Streams and addresses are counted by the server, not here. Default: no wait.
    pub refusal_delay: Duration,
    /// Whether clients may make accounts and change their passwords in band (XEP-0077), wherever they may log in. Without
    /// it requests for accounts are refused with `service-unavailable`. Default: no.
    pub registration: bool,
    /// How many requests about accounts a stream may make before its login; the next one ends it. Default: 10.
    pub registration_attempts: u32,
    /// How many refused resources end the stream (RFC 6120 §7.6.2 recommends five to ten). Default: 5.
    pub bind_attempts: u32,
    /// How long it may take from the start to a bound resource, and later until a password is changed. Default: 60 s.
    pub negotiation_timeout: Duration,
    /// How long to wait for the peer's `</stream>` after ours. Default: 5 s.
    pub close_timeout: Duration,
}

impl ReceiverConfig {
    /// The defaults for a domain. `sasl` holds the server's secret.
    pub fn new(domain: impl Into<String>, sasl: server::Config) -> Self {
        Self {
            domain: domain.into(),
            tls: TlsPolicy::Required,
            clear_transports: false,
            langs: vec!["en".to_owned()],
            sasl,
            attempts: 3,
            refusal_delay: Duration::ZERO,
            registration: false,
            registration_attempts: 10,
            bind_attempts: 5,
            negotiation_timeout: Duration::from_mins(1),
            close_timeout: Duration::from_secs(5),
        }
    }
}

/// What a client's stream tells the server.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiverEvent {
    /// Find the credentials of this user; answer with `credentials`. Nothing more is read until then.
    Lookup {
        /// The user name, prepared (RFC 4013); compare it with local parts in canonical form. For
        /// [`Mechanism::External`] the account need not have any keys.
        username: String,
        /// The mechanism that asks.
        mechanism: Mechanism,
    },
    /// Find out whether this token is good; answer with `token`. Nothing more is read until then. Only where
    /// [`Mechanism::OAuthBearer`] is offered.
    Token(Bearer),
    /// Make this account; answer with `registered`. Nothing more is read until then. Only with
    /// [`ReceiverConfig::registration`].
    Register {
        /// The account. Somebody else may have it already: then the answer is `conflict`.
        account: BareJid,
        /// What to keep for it.
        credentials: StoredCredentials,
    },
    /// The client wants another password for its account; answer with `registered`. Nothing more is read until then. Only
    /// with [`ReceiverConfig::registration`].
    ChangePassword {
        /// The account.
        account: BareJid,
        /// What to keep for it from now on.
        credentials: StoredCredentials,
    },
    /// The client is who it says it is.
    Authenticated {
        /// Its account. After [`Mechanism::Anonymous`] a new one, which ends with the stream (XEP-0175).
        account: BareJid,
        /// How it proved that.
        mechanism: Mechanism,
    },
    /// The client asks for a resource; answer with `bind`. Nothing more is read until then.
    Bind {
        /// The account.
        account: BareJid,
        /// The resource that it wants, as it wrote it; `None` leaves the choice to the server.
        resource: Option<String>,
    },
    /// A stanza, its `from` set to the bound address. Requests for the removal of the account (XEP-0077 §3.2) are among
    /// them.
    Stanza(Element),
    /// The stream is over. Nothing follows.
    Closed(Result<(), Error>),
}
