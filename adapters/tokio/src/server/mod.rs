//! A small server for demos and tests: clients over TCP with STARTTLS, and over BOSH.
//!
//! Who may log in, and what becomes of a stanza, is decided by [`xmpp_core::server`]; accounts live in memory.
//!
//! ```
//! use std::time::Duration;
//! use xmpp_tokio::{ClientConfig, Connector, Event, SessionConfig, TlsSettings, server::{self, ServeConfig, ThrowAway}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let made = ThrowAway::new(&["example.org"])?;
//! let mut config = ServeConfig::new("example.org");
//! config.accounts.push(("juliet".to_owned(), "secret".to_owned()));
//! config.tls = Some(made.tls);
//! let running = server::serve(config).await?; // on loopback, ports picked by the system
//!
//! let account = ClientConfig::new("juliet@example.org/balcony", "secret")?;
//! let client = Connector::new(SessionConfig::new(account))
//!     .host("127.0.0.1")
//!     .port(running.tcp_addr.port())
//!     .tls(TlsSettings::none().with_ca_pem(made.ca_pem.as_bytes())?)
//!     .connect()
//!     .await?;
//! assert_eq!(client.jid().to_string(), "juliet@example.org/balcony");
//! client.close().await;
//! running.shutdown().await;
//! # Ok(()) }
//! ```

mod bosh;
mod certificate;
mod config;
mod hub;
mod listen;
mod manager;
mod stream;
mod tasks;

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch};
use xmpp_core::{
    TlsPolicy, sasl,
    server::{Server, ServerConfig},
    stream::ReceiverConfig,
};

pub use certificate::{ServerTls, ThrowAway};
pub use config::{ServeConfig, ServeError};
use hub::Hub;
use listen::Shared;
use manager::Manager;
use tasks::Tasks;

use crate::seed::seed;

/// How long streams may take to end when the server shuts down.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// A server that runs. Dropping it breaks everything off.
#[must_use]
#[non_exhaustive]
pub struct Running {
    /// Where it listens for TCP.
    pub tcp_addr: SocketAddr,
    /// Where it listens for BOSH over `http`. The path is `/http-bind`.
    pub http_addr: SocketAddr,
    /// Where it listens for BOSH over `https`, if it does.
    pub https_addr: Option<SocketAddr>,
    shutdown: watch::Sender<bool>,
    tasks: Tasks,
}

impl Running {
    /// Tells every client, and waits until all are gone or some seconds have passed.
    pub async fn shutdown(self) {
        self.shutdown.send_replace(true);
        self.tasks.end(LAST_WORDS).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.abort();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("tcp_addr", &self.tcp_addr)
            .field("http_addr", &self.http_addr)
            .field("https_addr", &self.https_addr)
            .finish_non_exhaustive()
    }
}

/// Starts a server in tasks of the tokio runtime.
///
/// # Errors
/// An address, an account or the certificate cannot be used.
pub async fn serve(config: ServeConfig) -> Result<Running, ServeError> {
    let mut parts =
        ServerConfig::new(&config.domain).map_err(|error| ServeError::Domain(error.to_string()))?;
    parts.registration = config.registration;
    let iterations = parts.iterations;
    let server = accounts(parts, config.accounts).await?;
    let mut receiver = ReceiverConfig::new(
        server.domain(),
        sasl::server::Config::new(seed().map_err(ServeError::System)?)
            .mechanisms(config.mechanisms)
            .iterations(iterations),
    );
    let hub = Arc::new(Hub::new(server));
    // What cannot be done is not offered.
    receiver.tls = match (config.policy, &config.tls) {
        (TlsPolicy::IfPossible, None) => TlsPolicy::Disabled,
        (policy, _) => policy,
    };
    receiver.clear_transports = config.clear_bosh;
    receiver.registration = config.registration;

    let (shutdown, see_shutdown) = watch::channel(false);
    let tasks = Tasks::new();
    let shared = Shared { hub, receiver, tasks: tasks.clone(), shutdown: see_shutdown, trace: config.trace };
    let manager = {
        let shared = shared.clone();
        let see_shutdown = shared.shutdown.clone();
        let start = Box::new(move |wire, carrier| shared.start(wire, carrier));
        let seed = seed().map_err(ServeError::System)?;
        Arc::new(Manager::new(seed, tasks.clone(), see_shutdown, start))
    };
    let tls = config.tls;
    let (tcp, tcp_addr) = listen(config.tcp).await?;
    let (plain, http_addr) = listen(config.http).await?;
    let secure_addr = match config.https {
        None => None,
        Some(address) => {
            let tls = tls.clone().ok_or(ServeError::NoCertificate)?;
            let (secure, address) = listen(address).await?;
            tasks.spawn(shared.clone().accept_http(secure, Arc::clone(&manager), Some(tls)));
            Some(address)
        }
    };
    tasks.spawn(shared.clone().accept_tcp(tcp, tls));
    tasks.spawn(shared.accept_http(plain, manager, None));
    Ok(Running { tcp_addr, http_addr, https_addr: secure_addr, shutdown, tasks })
}

/// The machine with its accounts. Deriving their keys takes a while.
async fn accounts(config: ServerConfig, accounts: Vec<(String, String)>) -> Result<Server, ServeError> {
    let mut server = Server::new(config, seed().map_err(ServeError::System)?);
    let derivation = tokio::task::spawn_blocking(move || {
        for (username, password) in &accounts {
            server.add_account(username, password).map_err(|error| ServeError::Account {
                username: username.clone(),
                reason: error.to_string(),
            })?;
        }
        Ok(server)
    });
    derivation.await.map_err(|error| ServeError::System(error.into()))?
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let wrong = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    Ok((listener, bound))
}
