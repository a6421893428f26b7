//! A client's side (XEP-0124, XEP-0206).
//!
//! - `exchange`: requests on their way, what comes back, repetition.
//! - `answer`: what a response means for the session.
//! - `compose`: what the next request is.

mod answer;
mod compose;
mod config;
mod exchange;

use std::{collections::VecDeque, fmt, sync::Arc};

use bytes::Bytes;
use xmpp_core::{
    Item, Wire,
    entropy::Entropy,
    time::{Instant, earliest},
    wire::{Channel, WireError},
    xml::ns,
};

use crate::{BoshError, RequestId, body::Payload};
use answer::{End, Granted};
use compose::Said;
use exchange::Exchange;

pub use config::ClientConfig;

/// What a client asks of its adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientOutput {
    /// Send this by HTTP `POST`, and tell how it ended.
    Request(HttpRequest),
    /// Break this request off: its answer is not awaited any more. Nothing needs to be told.
    Abort(RequestId),
}

/// One HTTP request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// Which one, for [`BoshClient::handle_response`] and [`BoshClient::handle_failure`].
    pub id: RequestId,
    /// What to send; its type is [`CONTENT_TYPE`](crate::CONTENT_TYPE). A repeated request has the same bytes.
    pub body: Bytes,
    /// When the machine gives the request up by itself. An HTTP library needs no timeout of its own.
    pub deadline: Instant,
}

/// The size of the body only: it can hold a password.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("HttpRequest").field("id", &self.id).field("body", &body).finish_non_exhaustive()
    }
}

/// A BOSH client: items become HTTP requests, HTTP responses become items.
///
/// # Driving it
/// - **Inputs** only store: [`handle_response`](Self::handle_response) and [`handle_failure`](Self::handle_failure), once
///   for each request that was not aborted. What is said of any other request is ignored.
/// - **Outputs**: requests to send at once, each on a connection that is free (at most `requests` plus one at the same time, no
///   pipelining), and requests to break off.
/// - When the link says [`Shutdown`](xmpp_core::Action::Shutdown), a request that was given out before may still be on its
///   way, the one that ends the session in particular: let it go out, its answer is of no interest.
///
/// The first header that is pushed creates the session, later ones restart the stream; a close terminates the session
/// in one body with whatever waits. A session that ends with a condition becomes a [`BoshError`], unless this side had closed it.
///
/// # What it leaves out
/// Key sequences (§15), pauses (§10) and several streams in one session (§16) are not used; a manager demands none.
#[derive(Debug)]
pub struct BoshClient {
    config: ClientConfig,
    life: Life,
    granted: Granted,
    /// The `rid` of the next new request.
    rid: u64,
    /// The number of the next HTTP request.
    next_id: u64,
    /// Requests whose answer has not been taken in, with contiguous `rid`s that end before `self.rid`.
    sent: VecDeque<Exchange>,
    /// Requests to break off.
    aborts: VecDeque<RequestId>,
    /// What waits for a request.
    queue: VecDeque<Said>,
    queued_bytes: usize,
    /// What was taken in and not decoded by the speaker yet.
    items: VecDeque<Item>,
    end: Option<End>,
    opening: Opening,
    /// Until the first restart or stanza. So long the peer says nothing unasked: what it says awaits an answer.
    negotiating: bool,
    /// When the last new body was sent, if that was empty.
    empty_sent: Option<Instant>,
    /// When the last answer was taken in, and whether it was empty.
    answered: Option<(Instant, bool)>,
}

/// How many times [`ClientConfig::backlog`] may wait. A body of requests from others is answered with one that is as large
/// and leaves in smaller bodies, each of which can be answered with more requests: without an end, memory has none.
const FLOOD: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nothing has been said.
    New,
    /// The creation request is on its way; nothing else may be (XEP-0124 §7.1).
    Creating,
    Active,
    /// The terminate request is on its way.
    Closing,
    Over,
}

/// How far a restart has come (XEP-0206 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    No,
    /// The next body must be the restart.
    Due,
    /// The restart is on its way.
    Sent,
}

impl BoshClient {
    /// A client that has said nothing yet. The 32 bytes must be unpredictable and never used for another machine: the
    /// first `rid` comes from them (XEP-0124 §19.3).
    #[must_use]
    pub fn new(config: ClientConfig, entropy: [u8; 32]) -> Self {
        let mut bytes = [0; 8];
        Entropy::new(entropy).fill(&mut bytes);
        // 52 bits: hard to guess, and 2^52 requests are left below the limit (§14.1).
        let rid = (u64::from_be_bytes(bytes) >> 12) + 1;
        Self {
            granted: Granted::asked(&config),
            config,
            life: Life::New,
            rid,
            next_id: 0,
            sent: VecDeque::new(),
            aborts: VecDeque::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            items: VecDeque::new(),
            end: None,
            opening: Opening::No,
            negotiating: true,
            empty_sent: None,
            answered: None,
        }
    }

    /// The response to a request, with its HTTP status.
    pub fn handle_response(&mut self, id: RequestId, status: u16, body: &[u8]) {
        let limit = self.config.limits.stanza_bytes;
        if let Some(exchange) = self.sent.iter_mut().find(|exchange| exchange.awaits(id)) {
            exchange.respond(status, (body.len() <= limit).then(|| Bytes::copy_from_slice(body)));
        }
    }

    /// A request found no answer: the connection was refused or broke, TLS failed. The reason is for people.
    pub fn handle_failure(&mut self, id: RequestId, reason: impl Into<String>) {
        if let Some(exchange) = self.sent.iter_mut().find(|exchange| exchange.awaits(id)) {
            exchange.break_off(reason.into());
        }
    }

    /// The session's name, once there is one.
    pub fn sid(&self) -> Option<&str> {
        (!self.granted.sid.is_empty()).then_some(&*self.granted.sid)
    }

    /// How many requests may be on their way at once, one more not counted that ends the session. For the size of a
    /// connection pool.
    pub fn requests(&self) -> u32 {
        self.granted.requests
    }
}

impl Wire for BoshClient {
    type Output = ClientOutput;

    fn channel(&self) -> Channel {
        if self.config.secure { Channel::Secure } else { Channel::ClearForGood }
    }

    fn push(&mut self, item: Item) {
        if matches!(self.life, Life::Closing | Life::Over) {
            return;
        }
        match item {
            Item::Open(header) => self.queue.push_back(Said::Open(header)),
            // Verbs stop where there is no room; what a machine answers by itself does not.
            Item::Element(_) if self.queued_bytes > self.config.backlog.saturating_mul(FLOOD) => {
                self.fail(BoshError::Protocol("it asks for more answers than it takes"));
            }
            Item::Element(element) => {
                self.negotiating &= element.ns() != ns::CLIENT;
                let mut payload = Payload::default();
                payload.push(&element);
                self.queued_bytes += payload.bytes.len();
                self.queue.push_back(Said::Element(payload));
            }
            Item::Close { .. } => self.queue.push_back(Said::Close),
        }
    }

    fn restart(&mut self) {
        self.opening = Opening::Due;
        self.negotiating = false;
    }

    fn next_item(&mut self, now: Instant) -> Result<Option<Item>, WireError> {
        self.absorb(now);
        if let Some(item) = self.items.pop_front() {
            return Ok(Some(item));
        }
        match &mut self.end {
            None => Ok(None),
            Some(End::Close(close)) => Ok(close.take()),
            Some(End::Error(error)) => Err(WireError::Carrier(Arc::<BoshError>::clone(error))),
        }
    }

    fn has_undecoded(&self) -> bool {
        !self.items.is_empty() || self.sent.iter().any(Exchange::has_answer)
    }

    fn poll_output(&mut self, now: Instant) -> Option<ClientOutput> {
        self.absorb(now);
        if let Some(id) = self.aborts.pop_front() {
            return Some(ClientOutput::Abort(id));
        }
        if self.life == Life::Over {
            return None;
        }
        if let Some(request) = self.repeat(now) {
            return Some(ClientOutput::Request(request));
        }
        self.compose(now).map(ClientOutput::Request)
    }

    /// Deadlines are looked at whenever the machine is polled.
    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        if self.life == Life::Over {
            return None;
        }
        let sent = self.sent.iter().filter_map(Exchange::deadline).min();
        earliest(earliest(sent, self.repeat_at()), self.empty_at())
    }

    fn has_room(&self) -> bool {
        self.queued_bytes < self.config.backlog
    }
}
