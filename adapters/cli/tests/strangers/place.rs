//! A server to come to: one that others wrote, or `xmpp serve`.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;
use xmpp_test_servers::{Accounts, Kind, Server};

use crate::running::{Running, xmpp};

/// The password of every account.
pub(crate) const PASSWORD: &str = "every-Secret";

/// The accounts that every place has.
pub(crate) const ACCOUNTS: [&str; 4] = ["alice", "bob", "08-00-00-1A-7C-62", "08-00-00-1A-7C-63"];

/// Where clients come in. The domain is `localhost`.
pub(crate) struct Place {
    pub(crate) tcp: String,
    /// BOSH over http.
    pub(crate) http: String,
    /// BOSH over https.
    pub(crate) https: String,
    /// The authority that vouches for the server.
    pub(crate) ca: PathBuf,
    keeper: Keeper,
}

/// What keeps a server running.
enum Keeper {
    Theirs { _server: Server },
    Ours { serve: Running, _dir: TempDir },
}

impl Place {
    /// A server that others wrote; `None` after saying that the test is skipped.
    pub(crate) fn real(kind: Kind) -> Option<Self> {
        let accounts = ACCOUNTS.iter().fold(Accounts::new(), |accounts, user| accounts.with(*user, PASSWORD));
        let server = match kind {
            Kind::Ejabberd => Server::ejabberd(&accounts),
            _ => Server::prosody(&accounts),
        };
        let server = server.unwrap_or_else(|error| panic!("{kind}: {error}"))?;
        let path = server.bosh_paths()[0];
        Some(Self {
            tcp: server.c2s_addr().to_string(),
            http: format!("{}{path}", server.http_base()),
            https: format!("{}{path}", server.https_base()),
            ca: server.ca_pem_path().to_owned(),
            keeper: Keeper::Theirs { _server: server },
        })
    }

    /// `xmpp serve`, telling all that is said.
    pub(crate) fn ours() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ca = dir.path().join("ca.pem");
        let mut command =
            xmpp(&["serve", "-vv", "--json", "--port", "0", "--http-port", "0", "--https-port", "0"]);
        command.arg("--ca-out").arg(&ca);
        for user in ACCOUNTS {
            command.args(["--account", &format!("{user}:{PASSWORD}")]);
        }
        let serve = Running::start("xmpp serve", &mut command);
        let told: serde_json::Value = serde_json::from_str(&serve.wait_for("{\"")).unwrap();
        let address = |name: &str| told[name].as_str().unwrap().to_owned();
        Self {
            tcp: address("tcp"),
            http: address("http"),
            https: address("https"),
            ca,
            keeper: Keeper::Ours { serve, _dir: dir },
        }
    }

    /// `xmpp COMMAND` with the account of `user`, over TCP.
    pub(crate) fn command(&self, command: &str, user: &str) -> Command {
        let mut command = xmpp(&[command, "--jid", &format!("{user}@localhost"), "--server", &self.tcp]);
        command.arg("--ca").arg(&self.ca);
        command
    }

    /// What `xmpp serve` has told so far of what was said: lines of XML under lines that say which way it went.
    pub(crate) fn trace(&self) -> &Running {
        match &self.keeper {
            Keeper::Ours { serve, .. } => serve,
            Keeper::Theirs { .. } => panic!("only xmpp serve tells what is said"),
        }
    }
}
