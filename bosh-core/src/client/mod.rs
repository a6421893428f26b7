//! A client's side (XEP-0124, XEP-0206).

mod config;

use bytes::Bytes;
use xmpp_core::{
    Item, Wire,
    time::Instant,
    wire::{Channel, WireError},
};

use crate::RequestId;
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// Which one, for [`BoshClient::handle_response`] and [`BoshClient::handle_failure`].
    pub id: RequestId,
    /// What to send; its type is [`CONTENT_TYPE`](crate::CONTENT_TYPE). A repeated request has the same bytes.
    pub body: Bytes,
    /// When the machine gives the request up by itself. An HTTP library needs no timeout of its own.
    pub deadline: Instant,
}

/// A BOSH client.
#[derive(Debug)]
pub struct BoshClient {
    config: ClientConfig,
}

impl BoshClient {
    /// A client that has said nothing yet.
    #[must_use]
    pub fn new(config: ClientConfig, entropy: [u8; 32]) -> Self {
        let _ = entropy;
        Self { config }
    }

    /// The response to a request, with its HTTP status.
    pub fn handle_response(&mut self, id: RequestId, status: u16, body: &[u8]) {
        let _ = (id, status, body);
    }

    /// A request found no answer: the connection was refused or broke, TLS failed.
    pub fn handle_failure(&mut self, id: RequestId, reason: impl Into<String>) {
        let _ = (id, reason.into());
    }
}

impl Wire for BoshClient {
    type Output = ClientOutput;
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
    fn poll_output(&mut self, _now: Instant) -> Option<ClientOutput> {
        None
    }
    fn handle_timeout(&mut self, _now: Instant) {}
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
