//! The upper half of a stream: who negotiates, and knows nothing of bytes.

use crate::{
    item::Item,
    time::Instant,
    tls::{TlsFailure, TlsInfo},
    wire::{Channel, WireError},
    work::{Work, Worked},
};

/// What a speaker says to its link.
#[derive(Debug)]
pub enum Out<E> {
    /// Say this to the peer.
    Send(Item),
    /// The peer's next item is a new stream header.
    Restart,
    /// The peer has proved who it is.
    Trusted,
    /// Protect the transport now, after all that was said before has been written.
    StartTls,
    /// End the transport, after all that was said before has been written.
    Shutdown,
    /// An expensive computation whose result the speaker awaits.
    Work(Work),
    /// Something the application must know.
    Event(E),
}

/// Negotiates and speaks items: an [`Initiator`](crate::stream::Initiator), a [`Receiver`](crate::stream::Receiver), a
/// [`Session`](crate::Session). Sealed: the order of negotiation is security, and it lives here only.
///
/// Every `handle_*` only changes state and queues; [`poll`](Self::poll) drains the queue.
pub trait Speaker: sealed::Sealed {
    /// What the application learns.
    type Event;

    /// Called once, before anything else.
    fn start(&mut self, channel: Channel, now: Instant);
    /// The peer said this.
    fn handle_item(&mut self, item: Item, now: Instant);
    /// The wire cannot go on.
    fn handle_wire_error(&mut self, error: WireError, now: Instant);
    /// The peer closed the transport, and everything it said before has been handled.
    fn handle_eof(&mut self, now: Instant);
    /// The TLS handshake that [`Out::StartTls`] asked for is over.
    fn handle_tls(&mut self, outcome: Result<TlsInfo, TlsFailure>, now: Instant);
    /// Bytes in clear arrived where TLS must begin.
    fn handle_injection(&mut self);
    /// The result of a [`Work`].
    fn handle_worked(&mut self, worked: Worked, now: Instant);
    /// A deadline has passed.
    fn handle_timeout(&mut self, now: Instant);
    /// What to do next; `None` when drained.
    fn poll(&mut self) -> Option<Out<Self::Event>>;
    /// The next deadline.
    fn poll_timeout(&self) -> Option<Instant>;
    /// Whether the next item may be decoded. Not while TLS, a derivation or a lookup is awaited: what follows may belong
    /// to another stream.
    fn is_ready(&self) -> bool;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}
