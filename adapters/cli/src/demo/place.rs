//! Where the demo takes place: on a server inside this program, or on a given one.

use xmpp_core::{SessionConfig, TlsPolicy, sasl::Mechanism, time::Duration};
use xmpp_tokio::{
    ClientConfig, Connector, TlsSettings,
    server::{self, Running, ServeConfig, ThrowAway},
};

use crate::{
    args::{DemoArgs, HostPort},
    device::RESOURCE,
    random,
    secret::{Account, Secret},
    tell::Tell,
};

use super::PATIENCE;

/// The domain of the server inside.
const DOMAIN: &str = "localhost";

/// A server, and three accounts on it.
#[derive(Debug)]
pub(super) struct Place {
    server: HostPort,
    bosh: String,
    domain: String,
    tls: TlsSettings,
    pub(super) device: Login,
    pub(super) device2: Login,
    pub(super) app: Login,
    inside: Option<Running>,
}

/// Who logs in.
#[derive(Debug)]
pub(super) struct Login {
    user: String,
    password: Secret,
}

impl Place {
    /// The server that the options name, or one that is started now.
    pub(super) async fn find(args: DemoArgs, tell: &Tell) -> Result<Self, String> {
        // The parser sees to it that these come together.
        match (args.server, args.bosh, args.device, args.device2, args.app) {
            (Some(server), Some(bosh), Some(device), Some(device2), Some(app)) => {
                let mut tls = TlsSettings::default();
                if let Some(path) = args.ca {
                    tls = tls.with_ca_file(path).map_err(|error| error.to_string())?;
                }
                Ok(Self {
                    domain: args.domain.unwrap_or_else(|| server.host.clone()),
                    server,
                    bosh,
                    tls,
                    device: Login::new(&device, "XMPP_DEVICE_PASSWORD")?,
                    device2: Login::new(&device2, "XMPP_DEVICE2_PASSWORD")?,
                    app: Login::new(&app, "XMPP_APP_PASSWORD")?,
                    inside: None,
                })
            }
            _ => Self::inside(tell).await,
        }
    }

    async fn inside(tell: &Tell) -> Result<Self, String> {
        let login =
            |user: &str| Ok::<_, String>(Login { user: user.to_owned(), password: random::password()? });
        let (device, device2) = (login("08-00-00-1A-7C-62")?, login("08-00-00-1A-7C-63")?);
        let app = login("application")?;
        let certificate = ThrowAway::new(&[DOMAIN]).map_err(|error| error.to_string())?;
        let ca = certificate.ca_pem.as_bytes();
        let tls = TlsSettings::none().with_ca_pem(ca).map_err(|error| error.to_string())?;
        let mut config = ServeConfig::new(DOMAIN);
        config.accounts = [&device, &device2, &app]
            .map(|login| (login.user.clone(), login.password.reveal().to_owned()))
            .to_vec();
        config.tls = Some(certificate.tls);
        // The devices speak plain HTTP, as those in the field do.
        config.clear_bosh = true;
        let running = server::serve(config).await.map_err(|error| error.to_string())?;
        let server = HostPort { host: running.tcp_addr.ip().to_string(), port: running.tcp_addr.port() };
        let bosh = format!("http://{}/http-bind", running.http_addr);
        tell.does("server", format_args!("of the domain {DOMAIN}, inside this program"));
        Ok(Self { server, bosh, domain: DOMAIN.to_owned(), tls, device, device2, app, inside: Some(running) })
    }

    /// How a device gets in, and in words.
    pub(super) fn device(&self, login: &Login) -> Result<(SessionConfig, String), String> {
        let mut session = self.session(login, RESOURCE)?;
        let mut words = format!("over BOSH at {}", self.bosh);
        if !self.bosh.starts_with("https:") {
            // What was asked for by the URL; SCRAM keeps the password from being read.
            session.client.tls = TlsPolicy::Disabled;
            words += " (not encrypted) with SCRAM";
        }
        Ok((session, words))
    }

    /// How the application gets in, and in words.
    pub(super) fn application(&self) -> Result<(SessionConfig, String), String> {
        let words = format!("over TCP at {}, with STARTTLS, a verified certificate and SCRAM", self.server);
        Ok((self.session(&self.app, "demo")?, words))
    }

    fn session(&self, login: &Login, resource: &str) -> Result<SessionConfig, String> {
        let address = format!("{}@{}/{resource}", login.user, self.domain);
        let client = ClientConfig::new(&address, login.password.reveal());
        let mut client = client.map_err(|error| format!("{address}: {error}"))?;
        client.negotiation_timeout = PATIENCE;
        client.close_timeout = Duration::from_millis(500);
        // The password itself is never sent, encrypted or not.
        client.sasl = client.sasl.mechanisms([Mechanism::ScramSha256, Mechanism::ScramSha1]);
        let mut session = SessionConfig::new(client);
        env!("CARGO_BIN_NAME").clone_into(&mut session.software);
        env!("CARGO_PKG_VERSION").clone_into(&mut session.version);
        Ok(session)
    }

    /// What both kinds of connections share.
    pub(super) fn connector(&self, session: SessionConfig) -> Connector {
        Connector::new(session)
            .host(&*self.server.host)
            .port(self.server.port)
            .connect_timeout(PATIENCE)
            .tls(self.tls.clone())
    }

    pub(super) fn bosh_url(&self) -> &str {
        &self.bosh
    }

    /// Ends the server inside.
    pub(super) fn close(self) {
        // Dropping it breaks off whatever is still open.
        drop(self.inside);
    }
}

impl Login {
    fn new(account: &Account, variable: &str) -> Result<Self, String> {
        Ok(Self { user: account.user.clone(), password: account.password(variable)? })
    }
}
