//! Real XMPP servers for integration tests: Prosody and ejabberd on loopback.
//!
//! What the machines of this workspace say to each other proves little if both sides share one mistake. The
//! servers here were written by others. A test names its accounts, gets a server that is ready, and drops it:
//!
//! ```
//! use xmpp_test_servers::{Accounts, Server};
//!
//! let accounts = Accounts::new().with("08-00-00-1A-7C-62", "ilon").with("application", "secret");
//! let Some(server) = Server::prosody(&accounts)? else {
//!     return Ok(()); // not installed; a line on standard error has said so
//! };
//! let stream = std::net::TcpStream::connect(server.c2s_addr())?;
//! assert!(server.http_base().starts_with("http://127.0.0.1:"));
//! # drop(stream);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every server has a folder, ports, accounts and certificates of its own, so any number of tests run at once.
//! It works as any user, root included, and needs no service manager. All of it is gone when the [`Server`] is
//! dropped, when the test panics (then the server's log is printed), and when the test program is killed.
//!
//! # When a server is not installed
//! [`Server::start`] prints a line that begins with `skipped:` and returns `Ok(None)`. With the environment
//! variable `XMPP_TEST_SERVERS=required` it returns [`StartError::NotInstalled`] instead, so that a build machine
//! cannot pass by skipping. A server that is installed and does not start is always an error.
//!
//! Unix only; ports are reserved without a race on Linux.

mod certificates;
mod ejabberd;
mod error;
mod installed;
mod ports;
mod process;
mod prosody;
mod setup;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::{StartError, StopError};
pub use installed::required;
pub use setup::{Accounts, Kind, Setup};

use certificates::Certificates;
use ports::Reservation;
use process::Process;

/// The only host that the servers serve.
pub(crate) const DOMAIN: &str = "localhost";

/// How long a server may take until it answers. Both need about a second; a busy build machine much more.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A server that runs, answers on loopback only, and ends when this value is dropped.
///
/// Dropping kills the server at once, as a crash would; [`Server::stop`] lets it say goodbye to its streams.
#[derive(Debug)]
#[must_use = "the server ends when this is dropped"]
pub struct Server {
    kind: Kind,
    c2s: SocketAddr,
    http: SocketAddr,
    https: SocketAddr,
    ca_pem: PathBuf,
    process: Process,
}

impl Server {
    /// Starts Prosody with these accounts and the default [`Setup`].
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn prosody(accounts: &Accounts) -> Result<Option<Self>, StartError> {
        Self::start(Kind::Prosody, &Setup::new(accounts.clone()))
    }

    /// Starts ejabberd with these accounts and the default [`Setup`].
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn ejabberd(accounts: &Accounts) -> Result<Option<Self>, StartError> {
        Self::start(Kind::Ejabberd, &Setup::new(accounts.clone()))
    }

    /// Starts a server and returns once its accounts exist and every port answers.
    ///
    /// `None` when the program is not installed and `XMPP_TEST_SERVERS` does not require it.
    ///
    /// # Errors
    /// A [`StartError`] that names the step and carries the server's own output.
    pub fn start(kind: Kind, setup: &Setup) -> Result<Option<Self>, StartError> {
        match installed::check(kind)? {
            Some(programs) => Self::launch(kind, &programs, setup).map(Some),
            None => Ok(None),
        }
    }

    fn launch(kind: Kind, programs: &installed::Programs, setup: &Setup) -> Result<Self, StartError> {
        let dir = tempfile::Builder::new()
            .prefix(&format!("xmpp-test-{}-", kind.name()))
            .tempdir()
            .map_err(StartError::io("make a temporary folder"))?;
        let certificates = Certificates::make(dir.path())?;
        let reserved: [Reservation; 3] = Reservation::several().map_err(StartError::io("reserve ports"))?;
        let ports = reserved.each_ref().map(Reservation::addr);
        let [c2s, http, https] = ports;
        let plan = Plan {
            dir: dir.path(),
            certificates: &certificates,
            c2s: c2s.port(),
            http: http.port(),
            https: https.port(),
            setup,
        };
        let command = match kind {
            Kind::Prosody => prosody::prepare(programs, &plan)?,
            Kind::Ejabberd => ejabberd::prepare(programs, &plan)?,
        };
        // Where two sockets cannot share a port until one listens, let go just before the server needs it.
        let held = cfg!(target_os = "linux").then_some(reserved);
        let mut process = Process::start(command, dir)?;
        let marker = (kind == Kind::Ejabberd).then_some(ejabberd::READY);
        process.wait_until_ready(&ports, marker, READY_WITHIN)?;
        drop(held);
        Ok(Self { kind, c2s, http, https, ca_pem: certificates.ca_pem, process })
    }

    /// Which program this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The XMPP domain that the server serves: always `localhost`.
    pub fn domain(&self) -> &'static str {
        DOMAIN
    }

    /// Where clients connect over TCP, with STARTTLS offered (RFC 6120 §5).
    pub fn c2s_addr(&self) -> SocketAddr {
        self.c2s
    }

    /// Where plain HTTP is served.
    pub fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Where HTTP over TLS is served.
    pub fn https_addr(&self) -> SocketAddr {
        self.https
    }

    /// `http://127.0.0.1:PORT`, to which one of [`bosh_paths`](Self::bosh_paths) is appended.
    pub fn http_base(&self) -> String {
        format!("http://{}", self.http)
    }

    /// `https://localhost:PORT`; the certificate names `localhost` and `127.0.0.1`.
    pub fn https_base(&self) -> String {
        format!("https://{DOMAIN}:{}", self.https.port())
    }

    /// The paths at which BOSH is served, `/http-bind` first. ejabberd also serves `/httpbind`, which devices use
    /// by default, and `/bosh`.
    pub fn bosh_paths(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Prosody => &[prosody::BOSH_PATH],
            Kind::Ejabberd => &ejabberd::BOSH_PATHS,
        }
    }

    /// The PEM file of the throw-away authority that signed the server's certificate. Gone with the server.
    pub fn ca_pem_path(&self) -> &Path {
        &self.ca_pem
    }

    /// The number of the server's process, which is also the number of its process group.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// All that the server has written so far: its log and its standard output and error.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Asks the server to end, so that it may close its streams in order, and waits until it is gone.
    ///
    /// # Errors
    /// The server had ended before, or did not end within ten seconds. It is gone either way.
    pub fn stop(mut self) -> Result<(), StopError> {
        self.process.terminate()
    }
}

/// What a configuration is written from.
struct Plan<'a> {
    dir: &'a Path,
    certificates: &'a Certificates,
    c2s: u16,
    http: u16,
    https: u16,
    setup: &'a Setup,
}

/// A path as a quoted string of Lua, YAML and Erlang, whose escapes of these two characters are the same.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('\\', "\\\\").replace('"', "\\\""))
}
