//! A server's side of the loop: what one client's stream says, and what the others send to it.

use std::{sync::Arc, time::Instant};

use tokio::sync::{mpsc, watch};
use xmpp_core::{
    Direction, Item, Link, Wire,
    jid::FullJid,
    stream::{Receiver, ReceiverEvent, StreamCondition, StreamError},
    xml::Element,
};

use super::hub::Hub;
use crate::{drive::Owner, owner::Trace};

/// How many stanzas may wait for one client. Whoever reads slower than others write is cut off.
const MAILBOX: usize = 1024;

/// Where the hub leaves what is for one client.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    stanzas: mpsc::Sender<Element>,
    end: watch::Sender<Option<StreamCondition>>,
}

impl Mailbox {
    /// A full mailbox ends the stream.
    pub(super) fn put(&self, stanza: Element) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.stanzas.try_send(stanza) {
            self.end(StreamCondition::ResourceConstraint);
        }
    }

    pub(super) fn end(&self, why: StreamCondition) {
        self.end.send_if_modified(|end| end.replace(why).is_none());
    }
}

pub(super) enum Command {
    Deliver(Element),
    End(StreamCondition),
}

pub(super) struct StreamOwner {
    hub: Arc<Hub>,
    mailbox: Mailbox,
    stanzas: mpsc::Receiver<Element>,
    end: watch::Receiver<Option<StreamCondition>>,
    /// The whole server shuts down.
    shutdown: watch::Receiver<bool>,
    ended: bool,
    jid: Option<FullJid>,
    trace: Option<Trace>,
}

impl StreamOwner {
    pub(super) fn new(hub: Arc<Hub>, shutdown: watch::Receiver<bool>, trace: Option<Trace>) -> Self {
        let (stanzas, receive) = mpsc::channel(MAILBOX);
        let (end, see_end) = watch::channel(None);
        let mailbox = Mailbox { stanzas, end };
        Self { hub, mailbox, stanzas: receive, end: see_end, shutdown, ended: false, jid: None, trace }
    }

    fn leave(&mut self) {
        if let Some(jid) = self.jid.take() {
            self.hub.leave(&jid);
        }
    }
}

/// A stream whose task is broken off leaves too.
impl Drop for StreamOwner {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<W: Wire + Send> Owner<Receiver, W> for StreamOwner {
    type Command = Command;

    async fn next(&mut self, room: bool) -> Command {
        let Self { stanzas, end, shutdown, ended, .. } = self;
        let why = tokio::select! {
            // The sender lives in `self.mailbox`: neither this nor `changed` below sees an end.
            Some(stanza) = stanzas.recv(), if room => return Command::Deliver(stanza),
            Ok(why) = end.wait_for(Option::is_some), if !*ended => why.unwrap_or(StreamCondition::Reset),
            _ = shutdown.wait_for(|shutdown| *shutdown), if !*ended => StreamCondition::SystemShutdown,
        };
        *ended = true;
        Command::End(why)
    }

    fn command(&mut self, link: &mut Link<Receiver, W>, now: Instant, command: Command) {
        match command {
            // A stream that has ended meanwhile takes nothing; the hub answers for it from now on.
            Command::Deliver(stanza) => drop(link.send(now, stanza)),
            Command::End(why) => link.close(now, Some(StreamError::new(why, ""))),
        }
    }

    fn event(&mut self, link: &mut Link<Receiver, W>, now: Instant, event: ReceiverEvent) {
        // The answers fail only when the stream has ended meanwhile: then there is nobody to answer.
        match event {
            ReceiverEvent::Lookup { username, .. } => {
                let found = self.hub.credentials(&username);
                drop(link.credentials(now, found.as_ref()));
            }
            ReceiverEvent::Bind { account, resource } => {
                let outcome = self.hub.bind(&account, resource.as_deref(), &self.mailbox);
                let jid = outcome.as_ref().ok().cloned();
                if link.bind(now, outcome).is_ok() {
                    self.jid = jid;
                } else if let Some(jid) = jid {
                    self.hub.leave(&jid);
                }
            }
            ReceiverEvent::Stanza(stanza) => {
                if let Some(jid) = &self.jid {
                    self.hub.stanza(jid, stanza);
                }
            }
            ReceiverEvent::Closed(_) => self.leave(),
            // Authenticated, and what a later version of the core may tell.
            _ => {}
        }
    }

    fn trace(&mut self, direction: Direction, item: &Item) {
        if let Some(trace) = &self.trace {
            trace(direction, item);
        }
    }
}
