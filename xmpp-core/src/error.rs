//! Why a stream ended, and what a caller did wrong.

use std::{error, fmt};

use crate::{
    sasl::{self, AuthError},
    stanza::StanzaError,
    stream::{RegistrationError, StreamError},
    tls::TlsError,
    wire::WireError,
    xml::Element,
};

/// Why a stream ended otherwise than by a proper close.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The peer ended the stream with this error.
    Stream(StreamError),
    /// The peer broke the protocol; it was told so with this error.
    Peer(StreamError),
    /// What the peer sent could not be decoded, or what carries the stream broke.
    Wire(WireError),
    /// The stream is not protected as the policy demands.
    Tls(TlsError),
    /// No account was made (XEP-0077).
    Registration(RegistrationError),
    /// Authentication failed.
    Auth(AuthError),
    /// The server refused to bind a resource (RFC 6120 §7.7.2).
    Bind(StanzaError),
    /// The peer speaks a version of XMPP from before RFC 3920, without features.
    OldPeer,
    /// The peer offers nothing that leads to a bound stream.
    FeatureMissing(&'static str),
    /// The peer was silent for too long.
    Timeout(Phase),
    /// The peer closed the transport without closing the stream.
    Eof(Phase),
    /// The peer closed the stream before it was established.
    ClosedEarly(Phase),
}

/// How far a stream had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Stream headers and features.
    Opening,
    /// `STARTTLS` and the handshake.
    Tls,
    /// Registration of an account.
    Registration,
    /// SASL.
    Authentication,
    /// Resource binding.
    Binding,
    /// Stanzas flow.
    Established,
    /// The stream is being closed.
    Closing,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "while the stream was opened",
            Self::Tls => "while TLS was negotiated",
            Self::Registration => "while the account was registered",
            Self::Authentication => "during authentication",
            Self::Binding => "while the resource was bound",
            Self::Established => "on the established stream",
            Self::Closing => "while the stream was closed",
        })
    }
}

/// Who is to blame for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blame {
    /// The peer broke the protocol, or refused.
    Peer,
    /// The network or what lies between.
    Transport,
    /// What the caller configured: credentials, policy.
    Config,
}

impl Error {
    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Wire(WireError::Carrier(_)) | Self::Timeout(_) | Self::Eof(_) => Blame::Transport,
            Self::Tls(TlsError::ClearTransport | TlsError::RequiredByPeer) => Blame::Config,
            Self::Registration(error) => error.blame(),
            Self::Auth(error) => match error.blame() {
                sasl::Blame::Peer => Blame::Peer,
                sasl::Blame::Nobody => Blame::Transport,
                sasl::Blame::Credentials | sasl::Blame::Policy | sasl::Blame::Caller => Blame::Config,
            },
            _ => Blame::Peer,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => write!(f, "the server ended the stream: {error}"),
            Self::Peer(error) => write!(f, "the peer broke the protocol: {error}"),
            Self::Wire(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Registration(error) => error.fmt(f),
            Self::Auth(error) => error.fmt(f),
            Self::Bind(error) => write!(f, "the server refused the resource: {error}"),
            Self::OldPeer => f.write_str("the server speaks XMPP from before version 1.0"),
            Self::FeatureMissing(what) => write!(f, "the server does not offer {what}"),
            Self::Timeout(phase) => write!(f, "no answer in time {phase}"),
            Self::Eof(phase) => write!(f, "the connection was cut {phase}"),
            Self::ClosedEarly(phase) => write!(f, "the peer closed the stream {phase}"),
        }
    }
}

impl error::Error for Error {}

impl From<TlsError> for Error {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

/// A verb was called at a moment when it cannot be carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// The stream is not established yet.
    NotReady,
    /// The stream is closed or being closed.
    Closed,
    /// The element is no stanza, or lacks what its kind must have.
    NotAStanza(Box<Element>),
    /// The answer belongs to no request that awaits one: it was answered, or never asked.
    NotRequested(Box<Element>),
    /// Too much waits to be sent; the element comes back. Try again after the next [`poll`](crate::Link::poll).
    Full(Box<Element>),
    /// Too many requests await a response, or one of the same id does; the element comes back.
    TooManyRequests(Box<Element>),
}

impl fmt::Display for ApiMisuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotReady => "the stream is not established yet",
            Self::Closed => "the stream is closed",
            Self::NotAStanza(_) => "the element is no complete stanza",
            Self::NotRequested(_) => "no request awaits this answer",
            Self::Full(_) => "too much waits to be sent",
            Self::TooManyRequests(_) => "too many requests, or one of the same id, await a response",
        })
    }
}

impl error::Error for ApiMisuse {}
