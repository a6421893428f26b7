//! What both roles share: the queue of what to do, and how a stream ends (RFC 6120 §4.4, §4.9.1).

use std::collections::VecDeque;

use super::StreamError;
use crate::{
    error::Error,
    item::Item,
    speaker::Out,
    time::{Duration, Instant, after},
    tls::TlsError,
    wire::WireError,
    xml::Element,
};

/// An event type with a last event.
pub(crate) trait Ending {
    fn closed(result: Result<(), Error>) -> Self;
}

/// The outgoing side of a speaker.
#[derive(Debug)]
pub(crate) struct Voice<E> {
    queue: VecDeque<Out<E>>,
    end: End,
    close_timeout: Duration,
}

#[derive(Debug)]
enum End {
    /// Our header has not been said: there is nothing to close.
    Unopened,
    Open,
    /// `</stream>` was said; the peer's is awaited until the deadline.
    Closing(Instant),
    /// The last event is queued. Nothing follows.
    Closed,
}

impl<E: Ending> Voice<E> {
    pub(crate) fn new(close_timeout: Duration) -> Self {
        Self { queue: VecDeque::new(), end: End::Unopened, close_timeout }
    }

    pub(crate) fn poll(&mut self) -> Option<Out<E>> {
        self.queue.pop_front()
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.end, End::Closed)
    }

    /// Whether stanzas may still be said.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.end, End::Open)
    }

    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.end, End::Closing(_))
    }

    /// Whether the stream is closed or being closed.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_closed() || self.is_closing()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.end {
            End::Closing(deadline) => Some(deadline),
            _ => None,
        }
    }

    /// Queues anything but the end of the stream.
    pub(crate) fn say(&mut self, out: Out<E>) {
        match out {
            Out::Send(Item::Open(_)) => self.end = End::Open,
            // From here to the next header the transport is neither in clear nor protected: nothing can be said on it.
            Out::StartTls => self.end = End::Unopened,
            _ => {}
        }
        self.queue.push_back(out);
    }

    pub(crate) fn send(&mut self, element: Element) {
        self.say(Out::Send(Item::Element(element)));
    }

    pub(crate) fn event(&mut self, event: E) {
        self.say(Out::Event(event));
    }

    /// Closes the stream in good order: says so and awaits the peer's answer.
    pub(crate) fn close(&mut self, now: Instant) {
        match self.end {
            End::Unopened => self.finish(Ok(())),
            End::Open => {
                self.queue.push_back(Out::Send(Item::CLOSE));
                self.end = End::Closing(after(now, self.close_timeout));
            }
            End::Closing(_) | End::Closed => {}
        }
    }

    /// Tells the peer what it did wrong and ends (§4.9.1.1: no data after a stream error).
    pub(crate) fn refuse(&mut self, error: StreamError) {
        if self.is_open() {
            self.queue.push_back(Out::Send(Item::Element(error.to_element())));
        }
        self.end(Err(Error::Peer(error)));
    }

    /// Says `</stream>` if that was not said, and ends at once.
    pub(crate) fn end(&mut self, result: Result<(), Error>) {
        if self.is_open() {
            self.queue.push_back(Out::Send(Item::CLOSE));
        }
        self.finish(result);
    }

    /// Ends without another word.
    pub(crate) fn finish(&mut self, result: Result<(), Error>) {
        if !self.is_closed() {
            self.end = End::Closed;
            self.queue.push_back(Out::Shutdown);
            self.queue.push_back(Out::Event(E::closed(result)));
        }
    }

    /// The peer closed its side.
    pub(crate) fn handle_close(&mut self, see_other: Option<String>, early: Option<Error>) {
        let result = match (see_other, early) {
            _ if self.is_closing() => Ok(()),
            (Some(uri), _) => {
                let mut error = StreamError::new(super::StreamCondition::SeeOtherHost, "use another address");
                error.see_other_host = Some(uri);
                Err(Error::Stream(error))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Ok(()),
        };
        self.end(result);
    }

    /// The wire cannot decode on, and the peer is told if that is still possible.
    pub(crate) fn handle_wire_error(&mut self, error: WireError) {
        if self.is_closing() {
            return self.finish(Ok(()));
        }
        if let (Some(condition), true) = (error.condition(), self.is_open()) {
            let text = error.to_string();
            self.queue.push_back(Out::Send(Item::Element(StreamError::new(condition, text).to_element())));
        }
        self.end(Err(Error::Wire(error)));
    }

    pub(crate) fn handle_eof(&mut self, error: Error) {
        let result = if self.is_closing() { Ok(()) } else { Err(error) };
        self.finish(result);
    }

    /// The transport is not to be trusted any more: not a word (RFC 6120 §5.4.3.2 and §5.4.3.3).
    pub(crate) fn handle_untrusted(&mut self, error: TlsError) {
        self.finish(Err(error.into()));
    }

    /// The peer does not answer our `</stream>`.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.finish(Ok(()));
        }
    }
}
