//! Who logs in, where, and on what terms: from options, a profile and the environment.

mod options;
mod password;
mod profile;
mod quiet;

use std::{path::PathBuf, time::Duration};

use xmpp_core::{ClientConfig, SessionConfig, TlsPolicy};
use xmpp_tokio::{Connector, TlsSettings};

use crate::{args::HostPort, exit::Failure, secret::Secret};

pub(crate) use options::{AccountArgs, TlsMode};
pub(crate) use password::PasswordSource;

/// How long a goodbye is awaited.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An account and the way to its server.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// As it was typed: devices have capitals in their user name.
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) resource: Option<String>,
    pub(crate) password: Secret,
    pub(crate) server: Option<HostPort>,
    pub(crate) bosh: Option<String>,
    pub(crate) tls: TlsPolicy,
    pub(crate) ca: Option<PathBuf>,
    /// For the connection, and for the login after it.
    pub(crate) connect_timeout: Duration,
}

impl Account {
    /// How it is written for people: without the resource.
    pub(crate) fn address(&self) -> String {
        format!("{}@{}", self.user, self.domain)
    }

    /// Where it logs in, for people.
    pub(crate) fn place(&self) -> String {
        match (&self.bosh, &self.server) {
            (Some(url), _) => url.clone(),
            (None, Some(server)) => server.to_string(),
            (None, None) => self.domain.clone(),
        }
    }

    /// A session of it. `resource` is asked for when none was chosen.
    pub(crate) fn session(&self, resource: Option<&str>) -> Result<SessionConfig, Failure> {
        let address = match self.resource.as_deref().or(resource) {
            Some(resource) => format!("{}/{resource}", self.address()),
            None => self.address(),
        };
        let mut client = ClientConfig::new(&address, self.password.reveal())
            .map_err(|error| Failure::usage(format!("{address}: {error}")))?;
        client.tls = self.tls;
        client.negotiation_timeout = self.connect_timeout;
        client.close_timeout = CLOSE_TIMEOUT;
        let mut session = SessionConfig::new(client);
        env!("CARGO_BIN_NAME").clone_into(&mut session.software);
        env!("CARGO_PKG_VERSION").clone_into(&mut session.version);
        session.identity = ("client".to_owned(), "console".to_owned());
        Ok(session)
    }

    /// The way to the server.
    pub(crate) fn connector(&self, session: SessionConfig) -> Result<Connector, Failure> {
        let mut tls = TlsSettings::default();
        if let Some(path) = &self.ca {
            tls = tls.with_ca_file(path)?;
        }
        let connector = Connector::new(session).tls(tls).connect_timeout(self.connect_timeout);
        Ok(match &self.server {
            Some(HostPort { host, port }) => connector.host(&**host).port(*port),
            None => connector,
        })
    }
}
