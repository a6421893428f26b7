//! How a server is set up, and why it is not.

use std::{
    error, fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use xmpp_core::{Direction, Item, TlsPolicy, sasl};

use super::ServerTls;
use crate::owner::Trace;

/// Where a server listens, and whom it lets in. `Debug` shows no password.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServeConfig {
    /// The domain that is served.
    pub domain: String,
    /// User names and passwords.
    pub accounts: Vec<(String, String)>,
    /// Where to listen for TCP; port 0 lets the system choose. Default: loopback, port 0.
    pub tcp: SocketAddr,
    /// Where to listen for BOSH over `http`. Default: loopback, port 0.
    pub http: SocketAddr,
    /// Where to listen for BOSH over `https`; needs [`tls`](Self::tls). Default: nowhere.
    pub https: Option<SocketAddr>,
    /// The certificate. Without it nobody can log in under [`TlsPolicy::Required`].
    pub tls: Option<ServerTls>,
    /// What is demanded of clients over TCP. Default: TLS.
    pub policy: TlsPolicy,
    /// Whether clients may log in by BOSH over plain `http`. Default: no.
    pub clear_bosh: bool,
    /// Whether clients may make accounts, change their passwords and remove their accounts (XEP-0077), wherever they may
    /// log in. What was made is gone when the server ends. Default: no.
    pub registration: bool,
    /// Which mechanisms are offered, where a connection allows them. Default: those that need a password.
    /// `Mechanism::Anonymous` lets anybody in, under a name that ends with the stream (XEP-0175); `Mechanism::External` needs
    /// [`ServerTls::with_client_authorities`].
    pub mechanisms: Vec<sasl::Mechanism>,
    /// Sees every item of every stream in both directions.
    pub(super) trace: Option<Trace>,
}

impl ServeConfig {
    /// The defaults for a domain.
    pub fn new(domain: impl Into<String>) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            domain: domain.into(),
            accounts: Vec::new(),
            tcp: loopback,
            http: loopback,
            https: None,
            tls: None,
            policy: TlsPolicy::Required,
            clear_bosh: false,
            registration: false,
            mechanisms: sasl::Mechanism::PASSWORD.to_vec(),
            trace: None,
        }
    }

    /// Shows every item of every stream to `trace`: be quick. `In` is from the client.
    #[must_use]
    pub fn trace(self, trace: impl Fn(Direction, &Item) + Send + Sync + 'static) -> Self {
        Self { trace: Some(Arc::new(trace)), ..self }
    }
}

impl fmt::Debug for ServeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeConfig")
            .field("domain", &self.domain)
            .field("accounts", &self.accounts.len())
            .field("tcp", &self.tcp)
            .field("http", &self.http)
            .field("https", &self.https)
            .field("tls", &self.tls)
            .field("policy", &self.policy)
            .field("clear_bosh", &self.clear_bosh)
            .field("registration", &self.registration)
            .field("mechanisms", &self.mechanisms)
            .finish_non_exhaustive()
    }
}

/// Why a server does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// Nothing can listen at this address.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate, or its key, cannot be used.
    Certificate(String),
    /// `https` needs a certificate, and none is configured.
    NoCertificate,
    /// The domain is none.
    Domain(String),
    /// An account cannot be made.
    Account {
        /// Its name.
        username: String,
        /// What is wrong with the name or the password.
        reason: String,
    },
    /// The operating system has no random numbers, or no threads.
    System(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } => write!(f, "cannot listen at {address}: {source}"),
            Self::Certificate(reason) => write!(f, "the certificate cannot be used: {reason}"),
            Self::NoCertificate => f.write_str("https needs a certificate, and none is configured"),
            Self::Domain(reason) => write!(f, "the domain cannot be served: {reason}"),
            Self::Account { username, reason } => {
                write!(f, "the account {username:?} cannot be made: {reason}")
            }
            Self::System(source) => write!(f, "the operating system failed: {source}"),
        }
    }
}

impl error::Error for ServeError {}
