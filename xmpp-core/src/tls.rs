//! What the machines know of TLS: the policy, and how a handshake ended. The handshake itself is the adapter's.

use std::{error, fmt};

use jid::BareJid;

use crate::sasl::ChannelBindings;

/// When a stream must be protected by TLS.
///
/// | policy | TCP | `http:`, `ws:` | `https:`, `wss:` |
/// |---|---|---|---|
/// | `Required` | `STARTTLS` or fail | fails before anything is sent | goes on |
/// | `IfPossible` | `STARTTLS` when offered, in clear otherwise | goes on in clear | goes on |
/// | `Disabled` | in clear; fails when the server requires TLS | goes on in clear | goes on |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsPolicy {
    /// No login without TLS. The default.
    #[default]
    Required,
    /// TLS whenever the server offers it. An attacker on the path can strip the offer: this keeps out who only listens.
    IfPossible,
    /// Never `STARTTLS`. For a network that is protected by other means; SCRAM still protects the password.
    Disabled,
}

/// What the adapter learnt from a successful TLS handshake.
///
/// ```
/// use xmpp_core::{sasl::{BindingType, ChannelBindings}, tls::TlsInfo};
///
/// let exported = vec![7; 32]; // from the TLS library
/// let mut info = TlsInfo::default();
/// info.bindings = ChannelBindings::new().with(BindingType::TlsExporter, exported);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TlsInfo {
    /// What a login can be bound to; with none, no mechanism that ends in `-PLUS` is used.
    pub bindings: ChannelBindings,
    /// On a server: whom the client's certificate names, if it showed one and the TLS library verified it. With none,
    /// EXTERNAL is not offered.
    pub identities: Vec<BareJid>,
}

/// Why a TLS handshake failed, in the words of the TLS library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFailure {
    /// Whether the peer's certificate was the cause: not trusted, expired, of another name.
    pub certificate: bool,
    /// What the library said.
    pub reason: String,
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl error::Error for TlsFailure {}

/// Why a stream is not, or not safely, protected by TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// The policy requires TLS and the peer does not offer it.
    NotOffered,
    /// The policy requires TLS and the transport is plain HTTP or WebSocket, which cannot be upgraded.
    ClearTransport,
    /// The policy forbids TLS and the peer requires it.
    RequiredByPeer,
    /// The peer offered `STARTTLS` and then refused it (RFC 6120 §5.4.2.2).
    Refused,
    /// The peer, or somebody between, sent bytes in clear where TLS must begin (RFC 6120 §5.4.3.3; CVE-2011-0411).
    Injection,
    /// The handshake failed.
    Handshake(TlsFailure),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOffered => f.write_str("TLS is required and the server does not offer it"),
            Self::ClearTransport => f.write_str(
                "TLS is required and the transport is in clear (use https or wss, or allow clear text)",
            ),
            Self::RequiredByPeer => f.write_str("TLS is disabled and the server requires it"),
            Self::Refused => f.write_str("the server offered STARTTLS and then refused it"),
            Self::Injection => f.write_str("clear text arrived where TLS must begin: somebody injects data"),
            Self::Handshake(TlsFailure { certificate: true, reason }) => {
                write!(f, "the server's certificate is not accepted: {reason}")
            }
            Self::Handshake(failure) => write!(f, "the TLS handshake failed: {failure}"),
        }
    }
}

impl error::Error for TlsError {}
