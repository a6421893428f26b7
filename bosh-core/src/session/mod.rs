//! One session of a connection manager (XEP-0124, XEP-0206).

mod config;

use bytes::Bytes;
use xmpp_core::{
    Item, Wire,
    time::Instant,
    wire::{Channel, WireError},
};

use crate::{Body, RequestId};
pub use config::SessionConfig;

/// What a session asks of its adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOutput {
    /// Answer this request.
    Reply(HttpReply),
}

/// The answer to one HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpReply {
    /// The request that it answers.
    pub id: RequestId,
    /// The HTTP status.
    pub status: u16,
    /// What to send; its type is [`BoshSession::content_type`].
    pub body: Bytes,
}

/// The manager's side of one BOSH session.
#[derive(Debug)]
pub struct BoshSession {
    config: SessionConfig,
}

impl BoshSession {
    /// A session that waits for its creation request.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self { config }
    }

    /// A request for this session arrived, the one that creates it first.
    pub fn handle_request(&mut self, id: RequestId, body: Body) {
        let _ = (id, body);
    }

    /// The connection of a request that was not answered yet is gone.
    pub fn handle_gone(&mut self, id: RequestId) {
        let _ = id;
    }

    /// Whether the session is over and said so to its client.
    pub fn is_over(&self) -> bool {
        false
    }

    /// The session's name.
    pub fn sid(&self) -> &str {
        &self.config.sid
    }

    /// The `Content-Type` of all responses: the client's wish if it is one that a header can carry (§7.1).
    pub fn content_type(&self) -> &str {
        crate::CONTENT_TYPE
    }

    /// What to answer requests with that arrive after the link has shut down.
    pub fn farewell(&self) -> Farewell {
        Farewell {}
    }
}

impl Wire for BoshSession {
    type Output = SessionOutput;
    fn channel(&self) -> Channel {
        if self.config.secure { Channel::Secure } else { Channel::ClearForGood }
    }
    fn push(&mut self, item: Item) {
        let _ = item;
    }
    fn restart(&mut self) {}
    fn next_item(&mut self, _now: Instant) -> Result<Option<Item>, WireError> {
        Ok(None)
    }
    fn has_undecoded(&self) -> bool {
        false
    }
    fn poll_output(&mut self, _now: Instant) -> Option<SessionOutput> {
        None
    }
    fn handle_timeout(&mut self, _now: Instant) {}
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// The last word of a session that has ended, for who asks later.
///
/// A link that has shut down says nothing more. Keep this in its place for as long as [`seconds`](Self::seconds)
/// says, and answer with it what still comes for that `sid`: it repeats responses that got lost, and tells once more how the session
/// ended (XEP-0124 §14.3, §17.2).
#[derive(Clone, Debug)]
pub struct Farewell {}

impl Farewell {
    /// The answer to a request of the ended session.
    #[must_use]
    pub fn reply(&mut self, id: RequestId, body: &Body) -> HttpReply {
        let _ = body;
        HttpReply { id, status: 200, body: Bytes::new() }
    }

    /// How long to keep it, in seconds.
    pub fn seconds(&self) -> u32 {
        0
    }
}
