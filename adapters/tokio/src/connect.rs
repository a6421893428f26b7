//! From an account to a client that is logged in.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot, watch};
use xmpp_core::{Direction, Item, Link, Session, SessionConfig, TlsPolicy, Wire, wire::TcpWire, xml::Limits};

use crate::{
    Client, Error, Handle, TlsSettings,
    carrier::tcp::{TcpCarrier, TlsRole},
    clock, dial,
    drive::{self, Carrier},
    owner::{COMMANDS, ClientOwner, Trace},
    seed::seed,
    tls::TlsClient,
};

/// How to reach a server.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use xmpp_tokio::{ClientConfig, Connector, SessionConfig};
///
/// let account = ClientConfig::new("juliet@example.com", "secret")?;
/// let client = Connector::new(SessionConfig::new(account))
///     .host("10.0.0.7") // the certificate must still be for example.com
///     .ca_file("company-ca.pem")?
///     .connect()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Connector {
    session: SessionConfig,
    host: Option<String>,
    port: u16,
    connect_timeout: Duration,
    tls: TlsSettings,
    limits: Limits,
    trace: Option<Trace>,
}

impl Connector {
    /// For an account, with the defaults.
    #[must_use]
    pub fn new(session: SessionConfig) -> Self {
        Self {
            session,
            host: None,
            port: 5222,
            connect_timeout: Duration::from_secs(30),
            tls: TlsSettings::default(),
            limits: Limits::default(),
            trace: None,
        }
    }

    /// The host to connect to over TCP. Default: the account's domain itself; SRV records are not looked up.
    ///
    /// The server's certificate must be for the account's domain all the same (RFC 6120 §13.7.2.1).
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Self {
        Self { host: Some(host.into()), ..self }
    }

    /// The port to connect to over TCP. Default: 5222.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// How long it may take until a connection stands, name resolution included. Default: 30 s. For the login after it
    /// see [`ClientConfig::negotiation_timeout`](xmpp_core::ClientConfig::negotiation_timeout).
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Which authorities may vouch for the server. Default: the system's.
    #[must_use]
    pub fn tls(self, tls: TlsSettings) -> Self {
        Self { tls, ..self }
    }

    /// Trusts the authorities in this PEM file as well.
    ///
    /// # Errors
    /// See [`TlsSettings::with_ca_file`].
    pub fn ca_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self { tls: self.tls.with_ca_file(path)?, ..self })
    }

    /// How much the server may send at once over TCP.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Shows every item in both directions to `trace`, called on the stream's own task: be quick. An [`Item`] prints as
    /// XML with passwords masked.
    #[must_use]
    pub fn trace(self, trace: impl Fn(Direction, &Item) + Send + Sync + 'static) -> Self {
        Self { trace: Some(Arc::new(trace)), ..self }
    }

    /// Logs in over TCP. Dropping the future gives up.
    ///
    /// # Errors
    /// The host cannot be reached ([`Error::Resolve`], [`Error::Connect`], [`Error::ConnectTimeout`]), or the login
    /// fails ([`Error::Stream`]): TLS, the password, the resource.
    pub async fn connect(self) -> Result<Client, Error> {
        let domain = self.session.client.domain().to_owned();
        let role = match self.session.client.tls {
            TlsPolicy::Disabled => TlsRole::None,
            _ => TlsRole::Client(TlsClient::new(self.tls.clone(), &domain).await?),
        };
        let host = self.host.as_deref().unwrap_or(&domain);
        let stream = dial::dial(host, self.port, self.connect_timeout).await?;
        let carrier = TcpCarrier::new(stream, role);
        let wire = TcpWire::new(self.limits);
        self.login(domain, wire, carrier).await
    }

    /// Logs in over BOSH (XEP-0206) at an `https:` or `http:` URL. The server's certificate must be for the URL's host.
    ///
    /// # Errors
    /// The URL is none ([`Error::Url`]), or the login fails ([`Error::Stream`]). Whoever cannot be reached, or is no
    /// connection manager, is told by the [`BoshError`](bosh_core::BoshError) inside.
    #[cfg(feature = "bosh")]
    pub async fn bosh(self, url: &str) -> Result<Client, Error> {
        use crate::carrier::bosh::{BoshCarrier, Endpoint};

        let endpoint = Endpoint::new(url, self.tls.clone(), self.connect_timeout).await?;
        let config = bosh_core::ClientConfig::new(endpoint.is_secure());
        let limit = config.limits.stanza_bytes;
        let wire = bosh_core::BoshClient::new(config, seed().map_err(Error::System)?);
        self.login(url.to_owned(), wire, BoshCarrier::new(endpoint, limit)).await
    }

    async fn login<W, C>(self, peer: String, wire: W, carrier: C) -> Result<Client, Error>
    where
        W: Wire + Send + 'static,
        W::Output: Send,
        C: Carrier<W> + 'static,
    {
        let start = clock::start();
        let session = Session::new(self.session, seed().map_err(Error::System)?, start);
        let mut link = Link::new(session, wire, start.mono);
        if self.trace.is_some() {
            link.enable_trace();
        }
        let (commands, receive_commands) = mpsc::channel(COMMANDS);
        let (send_events, events) = mpsc::channel(Client::EVENT_BACKLOG);
        let (login, logged_in) = oneshot::channel();
        let (closing, see_closing) = watch::channel(false);
        let owner = ClientOwner::new(login, receive_commands, see_closing, send_events, self.trace);
        tokio::spawn(async move { drive::run(link, carrier, owner).await.finish().await });
        match logged_in.await {
            Ok(Ok(bound)) => {
                let jid = bound.jid.clone();
                Ok(Client::new(Handle { jid, commands, closing }, bound, events))
            }
            Ok(Err(Some(source))) => Err(Error::Stream { peer, source }),
            Ok(Err(None)) | Err(_) => Err(Error::Closed { peer }),
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("session", &self.session)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("connect_timeout", &self.connect_timeout)
            .field("tls", &self.tls)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
