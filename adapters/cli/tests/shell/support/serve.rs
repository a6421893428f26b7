//! A server and a device, both run by the program itself.

use std::process::Command;

use tempfile::TempDir;

use super::{
    command, json,
    process::{Ended, Process},
};

/// Who has an account, and with which password.
pub const ACCOUNTS: [(&str, &str); 4] = [
    ("juliet", "Secret-of-Juliet"),
    ("romeo", "Secret-of-Romeo"),
    ("08-00-00-1A-7C-62", "Secret-of-62"),
    ("08-00-00-1A-7C-63", "Secret-of-63"),
];
/// The device as its server writes it.
pub const DEVICE: &str = "08-00-00-1a-7c-62@localhost/ilon";
pub const DEVICE_BARE: &str = "08-00-00-1a-7c-62@localhost";

/// How a client gets to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// TCP with STARTTLS.
    Tcp,
    /// BOSH over https.
    Https,
    /// BOSH over http, with TLS disabled.
    Http,
}

impl Way {
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Https, Self::Http];
}

/// `xmpp serve`, running.
pub struct Serve {
    pub process: Process,
    pub tcp: String,
    pub http: String,
    pub https: String,
    pub ca: String,
    _dir: TempDir,
}

impl Serve {
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&[])
    }

    #[track_caller]
    pub fn with(more: &[&str]) -> Self {
        // A server that is killed would leave a file of its own.
        let dir = tempfile::tempdir().unwrap();
        let ca = dir.path().join("ca.pem").display().to_string();
        let accounts = ACCOUNTS.map(|(user, password)| format!("--account={user}:{password}"));
        let mut command = command(&["serve", "--json", "--port=0", "--http-port=0", "--https-port=0"]);
        command.args(["--ca-out", &ca]).args(accounts).args(more);
        let mut process = Process::start(command);
        let told = json(&process.tells("{"));
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        Self {
            tcp: text("tcp"),
            http: text("http"),
            https: text("https"),
            ca: text("ca"),
            process,
            _dir: dir,
        }
    }

    /// The options of a way here.
    pub fn way(&self, way: Way) -> Vec<String> {
        let options: &[&str] = match way {
            Way::Tcp => &["--server", &self.tcp, "--ca", &self.ca],
            Way::Https => &["--bosh", &self.https, "--ca", &self.ca],
            Way::Http => &["--bosh", &self.http, "--tls", "disabled"],
        };
        options.iter().map(|&option| option.to_owned()).collect()
    }

    /// The program as Juliet, over TCP.
    pub fn juliet(&self, arguments: &[&str]) -> Command {
        self.user("juliet", Way::Tcp, arguments)
    }

    pub fn user(&self, user: &str, way: Way, arguments: &[&str]) -> Command {
        let (_, password) = ACCOUNTS.iter().find(|(name, _)| *name == user).unwrap();
        let mut command = command(arguments);
        command
            .arg(format!("--jid={user}@localhost/desk"))
            .args(self.way(way))
            .env("XMPP_PASSWORD", password);
        command
    }

    /// `xmpp device`, online.
    #[track_caller]
    pub fn device(&self, way: Way) -> Process {
        self.device_with("08-00-00-1A-7C-62", way, &[])
    }

    #[track_caller]
    pub fn device_with(&self, user: &str, way: Way, more: &[&str]) -> Process {
        let mut command = self.user(user, way, &["device", "--resource=ilon"]);
        command.args(more);
        let mut device = Process::start(command);
        device.tells("is online at");
        device
    }

    /// Lets Juliet see the presence of the device.
    #[track_caller]
    pub fn acquaint(&self) {
        super::run(self.juliet(&["soap", DEVICE_BARE, "--time", "--subscribe"])).well();
    }

    /// Ends it as a service manager does.
    #[track_caller]
    pub fn end(self) -> Ended {
        self.process.signal(rustix::process::Signal::TERM);
        self.process.end()
    }
}
