//! A server's side of the loop: what one client's stream says, and what is to be done on it.

use std::{sync::Arc, time::Instant};

use tokio::sync::watch;
use xmpp_core::{
    Direction, Item, Link, Wire,
    server::Verb,
    stream::{Receiver, ReceiverEvent, StreamCondition, StreamError},
};

use super::hub::{self, Hub, Post};
use crate::{
    drive::{Owner, raised},
    owner::Trace,
};

pub(super) struct StreamOwner {
    hub: Arc<Hub>,
    post: Post,
    /// The whole server shuts down.
    shutdown: watch::Receiver<bool>,
    ended: bool,
    trace: Option<Trace>,
}

impl StreamOwner {
    pub(super) fn new(hub: Arc<Hub>, shutdown: watch::Receiver<bool>, trace: Option<Trace>) -> Self {
        let post = hub.connect();
        Self { hub, post, shutdown, ended: false, trace }
    }
}

/// A stream whose task is broken off leaves too.
impl Drop for StreamOwner {
    fn drop(&mut self) {
        self.hub.leave(self.post.conn);
    }
}

impl<W: Wire + Send> Owner<Receiver, W> for StreamOwner {
    type Command = Verb;

    async fn next(&mut self, room: bool) -> Verb {
        let Self { post, shutdown, ended, .. } = self;
        let error = tokio::select! {
            // The other ends live as long as the hub knows this stream.
            Some(verb) = post.verbs.recv(), if room => return verb,
            () = raised(&mut post.full), if !*ended => hub::too_slow(),
            () = raised(shutdown), if !*ended => {
                StreamError::new(StreamCondition::SystemShutdown, "the server shuts down")
            }
            never = std::future::pending(), if *ended => never,
        };
        *ended = true;
        Verb::Close(error)
    }

    fn command(&mut self, link: &mut Link<Receiver, W>, now: Instant, verb: Verb) {
        // A verb fails when the stream has ended meanwhile: then there is nobody to tell.
        match verb {
            Verb::Credentials(found) => drop(link.credentials(now, found.as_ref())),
            Verb::Token(verdict) => drop(link.token(now, verdict)),
            Verb::Bind(outcome) => drop(link.bind(now, outcome)),
            Verb::Registered(outcome) => drop(link.registered(now, outcome)),
            Verb::Send(stanza) => drop(link.send(now, stanza)),
            Verb::Close(error) => link.close(now, Some(error)),
        }
    }

    fn event(&mut self, _link: &mut Link<Receiver, W>, _now: Instant, event: ReceiverEvent) {
        self.hub.handle(self.post.conn, event);
    }

    fn trace(&mut self, direction: Direction, item: &Item) {
        if let Some(trace) = &self.trace {
            trace(direction, item);
        }
    }
}
