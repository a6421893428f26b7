//! One session of a connection manager (XEP-0124, XEP-0206).
//!
//! - `request`: what a request means: order, window, repetition.
//! - `reply`: when which request is answered, and how.
//! - `farewell`: what is said after the end.

mod config;
mod farewell;
mod reply;
mod request;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
};

use bytes::Bytes;
use xmpp_core::{
    Header, Item, Wire,
    stream::{StreamCondition, StreamError},
    time::{Duration, Instant, earliest},
    wire::{Channel, WireError},
};

use crate::{Body, CONTENT_TYPE, Opaque, RequestId, SessionError, Version, body::Payload};
use reply::Last;
use request::{Arrival, Early, Held};

pub use config::SessionConfig;
pub use farewell::Farewell;

/// What a session asks of its adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOutput {
    /// Answer this request.
    Reply(HttpReply),
}

/// The answer to one HTTP request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpReply {
    /// The request that it answers.
    pub id: RequestId,
    /// The HTTP status.
    pub status: u16,
    /// What to send; its type is [`BoshSession::content_type`].
    pub body: Bytes,
}

/// The size of the body only: it can name the session.
impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("HttpReply")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("body", &body)
            .finish()
    }
}

/// The manager's side of one BOSH session: HTTP requests become items, items become the bodies of held requests.
///
/// # Driving it
/// - **Inputs** only store: [`handle_request`](Self::handle_request), with the request that creates the session first, and
///   [`handle_gone`](Self::handle_gone). [`manager`](crate::manager) tells which session a request is for.
/// - **Outputs** are replies, at most one for each request that was handed in.
/// - When the link says [`Shutdown`](xmpp_core::Action::Shutdown), answer the requests that are still open, and those that come later,
///   with the [`farewell`](Self::farewell).
///
/// Requests are taken in and answered in the order of their `rid`s. One is held until there is something to say, until
/// `wait` has passed or until more than `hold` are. Answers are kept until the client cannot ask for them again. A client that is
/// silent for `inactivity` ends the session with [`SessionError::Inactive`].
///
/// ```
/// use std::time::Instant;
/// use bosh_core::{BoshSession, RequestId, SessionConfig, SessionOutput, manager};
/// use xmpp_core::{Header, Item, Wire};
///
/// let now = Instant::now();
/// let request = b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='example.org' wait='60' hold='1' ver='1.6' \
///     xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>";
/// let mut wire = BoshSession::new(SessionConfig::new("an unpredictable name", true));
/// wire.handle_request(RequestId(1), manager::read("POST", request).unwrap());
///
/// // A link does the rest; this is what it does with the wire.
/// let Ok(Some(Item::Open(header))) = wire.next_item(now) else { panic!() };
/// assert_eq!(header.to.as_deref(), Some("example.org"));
/// wire.push(Item::Open(Header { from: header.to, version: Some((1, 0)), ..Header::default() }));
/// let Some(SessionOutput::Reply(reply)) = wire.poll_output(now) else { panic!() };
/// assert_eq!((reply.id, reply.status), (RequestId(1), 200));
/// ```
///
/// # What it leaves out
/// Key sequences (§15) are not checked, pauses (§10) and several streams in one session (§16) are not offered.
#[derive(Debug)]
pub struct BoshSession {
    config: SessionConfig,
    life: Life,
    wait: u32,
    hold: u32,
    requests: u32,
    /// The version that the client speaks.
    ver: Option<Version>,
    content_type: Option<String>,
    /// What inputs stored.
    arrivals: VecDeque<Arrival>,
    /// The `rid` that is taken in next.
    next_rid: u64,
    /// Requests that overtook another one (§14.2).
    early: BTreeMap<u64, Early>,
    /// Requests that were taken in and not answered.
    held: VecDeque<Held>,
    /// The last answers, for requests that are repeated (§14.3).
    replies: VecDeque<(u64, Opaque)>,
    outputs: VecDeque<HttpReply>,
    items: VecDeque<Item>,
    /// What waits for a request.
    queue: VecDeque<Payload>,
    queued_bytes: usize,
    /// A stream was opened by the speaker and the client was not told.
    header: Option<Header>,
    /// The speaker's stream error, which the last body names.
    stream_error: Option<StreamCondition>,
    /// How the session ends, when the speaker has closed it.
    last: Option<Last>,
    fault: Option<Arc<SessionError>>,
    /// Since when no request is held (§10).
    silent: Option<Instant>,
    /// When the last new request arrived, if it and its answer were empty (§12).
    polled: Option<Instant>,
    /// The client acknowledges responses (§9.2), so this side acknowledges requests.
    acks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// The creation request has not been answered.
    New,
    Active,
    /// The client has terminated.
    Terminated,
    /// The last body is out.
    Over,
}

impl BoshSession {
    /// A session that waits for its creation request.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self {
            wait: config.wait,
            hold: config.hold,
            requests: config.hold.saturating_add(1),
            config,
            life: Life::New,
            ver: None,
            content_type: None,
            arrivals: VecDeque::new(),
            next_rid: 0,
            early: BTreeMap::new(),
            held: VecDeque::new(),
            replies: VecDeque::new(),
            outputs: VecDeque::new(),
            items: VecDeque::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            header: None,
            stream_error: None,
            last: None,
            fault: None,
            silent: None,
            polled: None,
            acks: false,
        }
    }

    /// A request for this session arrived, the one that creates it first. No two requests have the same `id`.
    pub fn handle_request(&mut self, id: RequestId, body: Body) {
        self.arrivals.push_back(Arrival::Request(id, Box::new(body)));
    }

    /// The connection of a request that was not answered yet is gone. Its answer is kept for the client to ask again.
    pub fn handle_gone(&mut self, id: RequestId) {
        self.arrivals.push_back(Arrival::Gone(id));
    }

    /// Whether the session is over and its client was told, or gave it up.
    pub fn is_over(&self) -> bool {
        self.life == Life::Over
    }

    /// The session's name.
    pub fn sid(&self) -> &str {
        &self.config.sid
    }

    /// The `Content-Type` of all responses: the client's wish (§7.1), if that is a type under which a browser does not
    /// run what it is given.
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or(CONTENT_TYPE)
    }

    fn is_polling(&self) -> bool {
        self.wait == 0 || self.hold == 0
    }

    fn inactivity(&self) -> u32 {
        let polling = if self.is_polling() { self.config.polling } else { 0 };
        self.config.inactivity.saturating_add(polling)
    }

    fn holds_open(&self) -> bool {
        self.held.iter().any(|held| held.id.is_some())
    }

    /// Until when requests that overtook another one keep the session: no longer than if they were held. The one that
    /// they wait for may never come, nor may a carrier notice that the client is gone.
    fn early_until(&self) -> Option<Instant> {
        self.early.values().filter(|early| early.id.is_some()).map(|early| early.until).max()
    }

    /// Keeps account of the time without any open request.
    fn watch(&mut self, now: Instant) {
        if self.holds_open() || self.early_until().is_some_and(|until| now < until) {
            self.silent = None;
        } else if now >= *self.silent.get_or_insert(now) + Duration::from_secs(u64::from(self.inactivity())) {
            self.fault = Some(Arc::new(SessionError::Inactive { seconds: self.inactivity() }));
            self.life = Life::Over;
        }
    }
}

impl Wire for BoshSession {
    type Output = SessionOutput;

    fn channel(&self) -> Channel {
        if self.config.secure { Channel::Secure } else { Channel::ClearForGood }
    }

    fn push(&mut self, item: Item) {
        if self.life == Life::Over || self.last.is_some() {
            return;
        }
        match item {
            Item::Open(header) => self.header = Some(header),
            Item::Element(element) => {
                if let Some(error) = StreamError::parse(element.root()) {
                    self.stream_error = Some(error.condition);
                }
                let mut payload = Payload::default();
                payload.push(&element);
                self.queued_bytes += payload.bytes.len();
                self.queue.push_back(payload);
            }
            Item::Close { see_other } => self.last = Some(self.last_body(see_other)),
        }
    }

    /// A body that restarts the stream says so itself (XEP-0206 §5).
    fn restart(&mut self) {}

    fn next_item(&mut self, now: Instant) -> Result<Option<Item>, WireError> {
        self.absorb(now);
        if let Some(item) = self.items.pop_front() {
            return Ok(Some(item));
        }
        match &self.fault {
            None => Ok(None),
            Some(fault) => Err(WireError::Carrier(Arc::<SessionError>::clone(fault))),
        }
    }

    fn has_undecoded(&self) -> bool {
        !self.items.is_empty() || !self.arrivals.is_empty()
    }

    fn poll_output(&mut self, now: Instant) -> Option<SessionOutput> {
        self.absorb(now);
        self.release(now);
        self.outputs.pop_front().map(SessionOutput::Reply)
    }

    /// Deadlines are looked at whenever the machine is polled.
    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        if self.life == Life::Over {
            return None;
        }
        let inactive = match self.silent {
            Some(silent) => Some(silent + Duration::from_secs(u64::from(self.inactivity()))),
            None => self.early_until().filter(|_| !self.holds_open()),
        };
        earliest(self.held.front().map(|held| held.until), inactive)
    }

    fn has_room(&self) -> bool {
        self.queued_bytes < self.config.backlog
    }
}
