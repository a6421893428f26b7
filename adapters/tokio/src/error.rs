//! What can go wrong, each with what a person needs to know.

use std::{error, fmt, io, path::PathBuf, time::Duration};

use xmpp_core::{ApiMisuse, RequestError as Unanswered};

/// Why there is no connection, or no login.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The host's name has no address.
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// No address of the host accepts connections.
    Connect {
        /// Host and port.
        peer: String,
        /// Why the last address refused.
        source: io::Error,
    },
    /// The host did not answer in time.
    ConnectTimeout {
        /// Host and port.
        peer: String,
        /// How long was waited.
        limit: Duration,
    },
    /// A BOSH address that is no `http:` or `https:` URL with a host.
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Certificates of authorities cannot be used.
    CaFile {
        /// The file; empty when the text was given directly.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The client's own certificate, or its key, cannot be used.
    Certificate {
        /// What is wrong.
        reason: String,
    },
    /// No certificate can be for this name.
    ServerName {
        /// The name.
        name: String,
    },
    /// The operating system failed us: no random numbers, no threads.
    System(io::Error),
    /// The host answered, and the login failed or the stream ended.
    Stream {
        /// Where: the domain, or the URL.
        peer: String,
        /// Why.
        source: xmpp_core::Error,
    },
    /// The stream was closed before the login was done.
    Closed {
        /// Where: the domain, or the URL.
        peer: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve { host, source } => write!(f, "the host {host:?} is unknown: {source}"),
            Self::Connect { peer, source } if source.kind() == io::ErrorKind::ConnectionRefused => {
                write!(f, "{peer} refused the connection: nothing listens there")
            }
            Self::Connect { peer, source } => write!(f, "cannot connect to {peer}: {source}"),
            Self::ConnectTimeout { peer, limit } => write!(f, "{peer} did not answer within {limit:?}"),
            Self::Url { url, reason } => write!(f, "{url:?} is no BOSH address: {reason}"),
            Self::CaFile { path, reason } if path.as_os_str().is_empty() => {
                write!(f, "the CA certificates cannot be used: {reason}")
            }
            Self::CaFile { path, reason } => {
                write!(f, "the CA file {} cannot be used: {reason}", path.display())
            }
            Self::Certificate { reason } => write!(f, "the client's certificate cannot be used: {reason}"),
            Self::ServerName { name } => write!(f, "no TLS certificate can be for the name {name:?}"),
            Self::System(source) => write!(f, "the operating system failed: {source}"),
            Self::Stream { peer, source } => write!(f, "{peer}: {source}"),
            Self::Closed { peer } => write!(f, "{peer}: the stream was closed before the login was done"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Resolve { source, .. } | Self::Connect { source, .. } | Self::System(source) => {
                Some(source)
            }
            Self::Stream { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a stanza was not sent. The stanza comes back inside when the machine could not take it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SendError {
    /// The stream is over.
    Closed,
    /// It cannot be sent like this, or not now.
    Refused(ApiMisuse),
}

impl From<ApiMisuse> for SendError {
    fn from(misuse: ApiMisuse) -> Self {
        match misuse {
            ApiMisuse::Closed => Self::Closed,
            other => Self::Refused(other),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the stream is closed"),
            Self::Refused(misuse) => misuse.fmt(f),
        }
    }
}

impl error::Error for SendError {}

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "errors carry what the peer said, and are made when something ends"
)]
pub enum RequestError {
    /// It was not sent.
    NotSent(SendError),
    /// It was sent: the peer refused it, did not answer in time, or the stream ended first.
    Failed(Unanswered),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl error::Error for RequestError {}
