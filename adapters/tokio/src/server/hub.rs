//! All streams of a server, joined by the machine that decides what becomes of what they say.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};
use xmpp_core::{
    server::{ConnId, Server, Verb},
    stream::{ReceiverEvent, StreamCondition, StreamError},
};

/// How many verbs may wait for one client. Whoever reads slower than others write is cut off.
const MAILBOX: usize = 1024;

pub(super) struct Hub(Mutex<State>);

struct State {
    server: Server,
    mailboxes: HashMap<ConnId, Mailbox>,
}

struct Mailbox {
    verbs: mpsc::Sender<Verb>,
    full: watch::Sender<bool>,
}

/// The other end of a mailbox.
pub(super) struct Post {
    pub(super) conn: ConnId,
    pub(super) verbs: mpsc::Receiver<Verb>,
    /// Becomes true once too much has waited; what came after that is lost.
    pub(super) full: watch::Receiver<bool>,
}

impl Hub {
    pub(super) fn new(server: Server) -> Self {
        Self(Mutex::new(State { server, mailboxes: HashMap::new() }))
    }

    pub(super) fn connect(&self) -> Post {
        let (verbs, receive) = mpsc::channel(MAILBOX);
        let (full, see_full) = watch::channel(false);
        let mut state = self.state();
        let conn = state.server.connected();
        state.mailboxes.insert(conn, Mailbox { verbs, full });
        Post { conn, verbs: receive, full: see_full }
    }

    pub(super) fn handle(&self, conn: ConnId, event: ReceiverEvent) {
        let mut state = self.state();
        state.server.handle(conn, event);
        state.deliver();
    }

    /// The stream is gone, whether its receiver said so or not.
    pub(super) fn leave(&self, conn: ConnId) {
        let mut state = self.state();
        if state.mailboxes.remove(&conn).is_some() {
            state.server.closed(conn);
            state.deliver();
        }
    }

    /// A panic elsewhere leaves at worst one verb undelivered.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Under the lock, so that every client sees the server's order.
    fn deliver(&mut self) {
        while let Some((conn, verb)) = self.server.poll() {
            if let Some(mailbox) = self.mailboxes.get(&conn)
                && let Err(mpsc::error::TrySendError::Full(_)) = mailbox.verbs.try_send(verb)
            {
                mailbox.full.send_replace(true);
            }
        }
    }
}

/// What a client is told whose mailbox is full.
pub(super) fn too_slow() -> StreamError {
    StreamError::new(StreamCondition::ResourceConstraint, "too much waits for this client")
}
