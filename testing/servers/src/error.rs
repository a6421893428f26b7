//! Why a server did not start or did not stop.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitStatus;

use crate::Kind;

/// Why there is no running server.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The program is not there, and `XMPP_TEST_SERVERS=required` demands it.
    NotInstalled(Kind),
    /// `XMPP_TEST_SERVERS` holds a word that nobody understands, so nobody knows whether skipping is wanted.
    Setting(String),
    /// Parts of an installed server are missing.
    Incomplete(String),
    /// The operating system refused something.
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The certificates could not be made.
    Certificate(String),
    /// The server refused an account.
    Register {
        /// The name of the account.
        name: String,
        /// What the server's tool wrote.
        output: String,
    },
    /// The server ended before it was ready.
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote.
        log: String,
    },
    /// The server runs but was not ready in time.
    NotReady {
        /// What was still missing.
        waiting_for: String,
        /// The end of what it wrote.
        log: String,
    },
}

impl StartError {
    /// For `map_err`: the system refused `what`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled(kind) => write!(f, "{kind} is not installed, and XMPP_TEST_SERVERS=required"),
            Self::Setting(value) => {
                write!(f, "XMPP_TEST_SERVERS is {value:?}; it may be absent, empty or \"required\"")
            }
            Self::Incomplete(what) => write!(f, "the installation is not complete: {what}"),
            Self::Io { what, source } => write!(f, "cannot {what}: {source}"),
            Self::Certificate(reason) => write!(f, "cannot make certificates: {reason}"),
            Self::Register { name, output } => write!(f, "cannot register account {name:?}: {output}"),
            Self::Exited { status, log } => {
                write!(f, "the server ended at start ({status}); it wrote:\n{log}")
            }
            Self::NotReady { waiting_for, log } => {
                write!(f, "the server was not ready in time, waiting for {waiting_for}; it wrote:\n{log}")
            }
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a server did not end in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum StopError {
    /// It had ended by itself before it was asked to.
    HadEnded(ExitStatus),
    /// It ignored the request and was killed.
    Killed,
    /// The operating system refused to signal it or to wait for it.
    Io(io::Error),
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HadEnded(status) => write!(f, "the server had already ended: {status}"),
            Self::Killed => f.write_str("the server did not end when asked to, and was killed"),
            Self::Io(error) => write!(f, "cannot stop the server: {error}"),
        }
    }
}

impl Error for StopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}
