//! What an application holds of a client that runs in a task of its own.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use xmpp_core::{SessionConfig, jid::FullJid, stream::Bound, xml::Element};

use crate::{
    Connector, Error, RequestError, SendError,
    owner::{Command, NOT_DELIVERED},
};

/// A client that is logged in, over TCP or over BOSH alike.
///
/// The stream is run by a task of the tokio runtime. It ends when the peer or [`close`](Self::close) ends it, or when this
/// and every [`Handle`] of it are dropped.
///
/// Take [events](Self::next) regularly: when [`EVENT_BACKLOG`](Self::EVENT_BACKLOG) of them wait, nothing more is read,
/// responses to requests included.
#[derive(Debug)]
pub struct Client {
    handle: Handle,
    login: Box<Bound>,
    events: mpsc::Receiver<Event>,
}

/// What happens on a stream.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A message, a presence, or a request that the application claims
    /// ([`SessionConfig::claims`](xmpp_core::SessionConfig::claims)) and answers by [`Handle::send`].
    Stanza(Element),
    /// The stream is over: in good order, or why not. Nothing follows.
    Closed(Result<(), xmpp_core::Error>),
}

impl Client {
    /// How many events may wait before nothing more is read.
    pub const EVENT_BACKLOG: usize = 1024;

    pub(crate) fn new(handle: Handle, login: Bound, events: mpsc::Receiver<Event>) -> Self {
        Self { handle, login: Box::new(login), events }
    }

    /// Logs in over TCP with STARTTLS at port 5222 of the account's domain. [`Connector`] has the options.
    ///
    /// # Errors
    /// See [`Connector::connect`].
    pub async fn connect(config: SessionConfig) -> Result<Self, Error> {
        Connector::new(config).connect().await
    }

    /// Logs in over BOSH at an `https:` or `http:` URL.
    ///
    /// # Errors
    /// See [`Connector::bosh`].
    #[cfg(feature = "bosh")]
    pub async fn bosh(config: SessionConfig, url: &str) -> Result<Self, Error> {
        Connector::new(config).bosh(url).await
    }

    /// What is sent with, in as many tasks as needed.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The address that the server bound. It can differ from what was asked for.
    pub fn jid(&self) -> &FullJid {
        &self.handle.jid
    }

    /// How the login went: what is to be kept of it for the next one (keys, and whether it [pins]).
    ///
    /// [pins]: xmpp_core::sasl::Mechanism::pins
    pub fn login(&self) -> &Bound {
        &self.login
    }

    /// The next event; `None` after [`Event::Closed`].
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// See [`Handle::send`].
    ///
    /// # Errors
    /// See there.
    pub async fn send(&self, stanza: Element) -> Result<(), SendError> {
        self.handle.send(stanza).await
    }

    /// See [`Handle::request`].
    ///
    /// # Errors
    /// See there.
    pub async fn request(&self, iq: Element, timeout: Duration) -> Result<Element, RequestError> {
        self.handle.request(iq, timeout).await
    }

    /// Closes the stream in good order and waits until everything has left. Events that were not taken are lost.
    pub async fn close(self) {
        let Self { handle, events, .. } = self;
        drop(events);
        handle.close().await;
    }
}

/// Sends on a client's stream, from any task. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) jid: FullJid,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) closing: watch::Sender<bool>,
}

impl Handle {
    /// The address that the server bound.
    pub fn jid(&self) -> &FullJid {
        &self.jid
    }

    /// Sends a message, a presence, or the answer to a request. Waits while the peer takes nothing; that it was sent
    /// does not mean that it arrived.
    ///
    /// # Errors
    /// It is no stanza, it answers nothing, or the stream is over.
    pub async fn send(&self, stanza: Element) -> Result<(), SendError> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::Send(stanza, answer)).await.map_err(|_| SendError::Closed)?;
        answered.await.unwrap_or(Err(SendError::Closed))
    }

    /// Sends any element as it is, for consoles and tests: whether it is a stanza, keeps the rules of its kind or answers
    /// anything is not checked. Responses to requests that were sent like this come as [`Event::Stanza`].
    ///
    /// # Errors
    /// The stream is over.
    pub async fn send_raw(&self, element: Element) -> Result<(), SendError> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::SendRaw(element, answer)).await.map_err(|_| SendError::Closed)?;
        answered.await.unwrap_or(Err(SendError::Closed))
    }

    /// Sends a request (an `iq` of type `get` or `set`; an absent `id` is filled in) and waits for the response of type
    /// `result`. Any number of requests may wait at the same time.
    ///
    /// # Errors
    /// It cannot be sent, the response is an error, there is none within `timeout`, or the stream ends first.
    pub async fn request(&self, iq: Element, timeout: Duration) -> Result<Element, RequestError> {
        let (answer, answered) = oneshot::channel();
        let command = Command::Request(iq, timeout, answer);
        self.commands.send(command).await.map_err(|_| RequestError::NotSent(SendError::Closed))?;
        answered.await.unwrap_or(Err(NOT_DELIVERED))
    }

    /// Closes the stream in good order and waits until everything has left, or the peer has had some seconds for it.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        self.commands.closed().await;
    }
}
