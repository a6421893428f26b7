//! The lower half of a stream: bytes, frames or HTTP bodies on one side, items on the other.

mod tcp;

use std::{error, fmt, sync::Arc};

pub use tcp::TcpWire;

use crate::{item::Item, stream::StreamCondition, time::Instant, xml::XmlError};

/// Turns what a transport carries into [items](Item) and back. It knows nothing of negotiation.
///
/// Inputs are inherent methods of each wire ([`TcpWire::handle_input`] takes bytes, a BOSH client takes HTTP responses),
/// since they differ in kind. They only store: decoding happens in [`next_item`](Self::next_item), one item at a time,
/// because what an item means decides how the bytes behind it must be read.
///
/// Other crates may implement it for transports of their own.
pub trait Wire {
    /// What leaves: bytes on TCP, an HTTP request or an abort in a BOSH client.
    type Output;

    /// How well the transport is protected now, and whether `STARTTLS` could change that.
    fn channel(&self) -> Channel;

    /// Queues an item. Nothing leaves before [`poll_output`](Self::poll_output), so that items coalesce.
    fn push(&mut self, item: Item);

    /// The peer's next item is an [`Item::Open`]: a new stream on the same transport (RFC 6120 §4.3.3).
    ///
    /// Everything learnt from the old stream's XML is forgotten. Bytes that are not decoded yet belong to the new stream.
    fn restart(&mut self);

    /// The transport is protected by TLS from here on. Only a wire whose channel is [`Channel::Clear`] is told so.
    fn secured(&mut self) {}

    /// The peer has proved who it is. A wire may allow it less before: an unfinished stanza of somebody unknown should
    /// not hold much memory.
    fn trusted(&mut self) {}

    /// Decodes one item and looks at no byte behind it. `None`: the rest has not arrived yet.
    fn next_item(&mut self, now: Instant) -> Result<Option<Item>, WireError>;

    /// Whether anything received has not been decoded yet, white space included.
    ///
    /// At the `STARTTLS` boundary such bytes are an injection; a BOSH client holds back empty bodies while there are any.
    fn has_undecoded(&self) -> bool;

    /// The next thing to hand to the transport.
    #[must_use]
    fn poll_output(&mut self, now: Instant) -> Option<Self::Output>;

    /// A deadline of this wire has passed.
    fn handle_timeout(&mut self, now: Instant);

    /// The next deadline of this wire.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether the application may queue more. A wire that cannot send for now (all BOSH requests are used) says no
    /// once it holds enough.
    fn has_room(&self) -> bool {
        true
    }
}

/// How a transport is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// In clear, and `STARTTLS` can protect it: TCP.
    Clear,
    /// In clear, and nothing that is said on the stream can change it: plain `http:` and `ws:`.
    ClearForGood,
    /// Protected by TLS: TCP after the handshake, `https:`, `wss:`.
    Secure,
}

/// Why a wire cannot decode what it was given. The wire is dead afterwards.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WireError {
    /// The peer sent what is no XML, or no XML that XMPP allows (RFC 6120 §11).
    Xml(XmlError),
    /// The peer opened with something that is no stream header of ours: a wrong root element or namespace
    /// (RFC 6120 §4.8.1, §4.8.2).
    Header {
        /// What to answer.
        condition: StreamCondition,
        /// What was wrong, for people.
        detail: String,
    },
    /// The peer goes on sending while it must wait for an answer, more than is stored for it.
    Flood,
    /// What carries the stream broke or ended it: for BOSH, a terminated session or a web server that is no
    /// connection manager. The crate of the wire documents the type inside; `downcast_ref` gives it back.
    Carrier(Arc<dyn error::Error + Send + Sync>),
}

impl WireError {
    /// The stream error to answer with; `None` where the peer can no longer be told.
    #[must_use]
    pub fn condition(&self) -> Option<StreamCondition> {
        match self {
            Self::Xml(error) => Some(StreamCondition::of_xml(error)),
            Self::Header { condition, .. } => Some(*condition),
            Self::Flood => Some(StreamCondition::PolicyViolation),
            Self::Carrier(_) => None,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(error) => write!(f, "the peer sent XML that is not allowed: {error}"),
            Self::Header { detail, .. } => write!(f, "the peer did not open an XMPP stream: {detail}"),
            Self::Flood => f.write_str("the peer sends on while it must wait for an answer"),
            Self::Carrier(error) => error.fmt(f),
        }
    }
}

impl error::Error for WireError {}
