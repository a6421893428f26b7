//! A client's side of the loop: commands of handles in, events and answers out.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot, watch};
use xmpp_core::{
    Bound, Direction, Event as CoreEvent, Item, Link, RequestError as Unanswered, RequestId, Session, Wire,
    xml::Element,
};

use crate::{
    Client, Event, RequestError, SendError,
    drive::{Owner, raised},
};

/// Sees every item in both directions. Items print with secrets masked.
pub(crate) type Trace = Arc<dyn Fn(Direction, &Item) + Send + Sync>;

pub(crate) type Login = Result<Bound, Option<xmpp_core::Error>>;

type Answer = oneshot::Sender<Result<Element, RequestError>>;

/// What becomes of a request when the task ends with it.
pub(crate) const NOT_DELIVERED: RequestError = RequestError::Failed(Unanswered::Disconnected);

#[derive(Debug)]
pub(crate) enum Command {
    Send(Element, oneshot::Sender<Result<(), SendError>>),
    /// Whatever the element is.
    SendRaw(Element, oneshot::Sender<Result<(), SendError>>),
    Request(Element, Duration, Answer),
    /// Wanted, or every handle is gone, or whoever waited for the login.
    Close,
    /// Something moved; look again.
    Again,
}

/// Commands that wait; whoever sends more waits until there is room.
pub(crate) const COMMANDS: usize = 64;

pub(crate) struct ClientOwner {
    /// Told once, about the login.
    login: Option<oneshot::Sender<Login>>,
    commands: mpsc::Receiver<Command>,
    /// Apart from the commands, which may have to wait for a peer that takes nothing.
    closing: watch::Receiver<bool>,
    closed: bool,
    events: mpsc::Sender<Event>,
    /// Events that found no room in the channel.
    backlog: VecDeque<Event>,
    requests: HashMap<RequestId, Answer>,
    trace: Option<Trace>,
}

impl ClientOwner {
    pub(crate) fn new(
        login: oneshot::Sender<Login>,
        commands: mpsc::Receiver<Command>,
        closing: watch::Receiver<bool>,
        events: mpsc::Sender<Event>,
        trace: Option<Trace>,
    ) -> Self {
        Self {
            login: Some(login),
            commands,
            closing,
            closed: false,
            events,
            backlog: VecDeque::new(),
            requests: HashMap::new(),
            trace,
        }
    }

    /// The event channel of a client that is dropped takes nothing any more.
    fn tell(&mut self, event: Event) {
        if self.backlog.is_empty() {
            match self.events.try_send(event) {
                Err(mpsc::error::TrySendError::Full(event)) => self.backlog.push_back(event),
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            }
        } else {
            self.backlog.push_back(event);
        }
    }

    /// After the transport is gone: whatever still waits for the application.
    pub(crate) async fn finish(mut self) {
        self.commands.close();
        drop(self.requests);
        while let Some(event) = self.backlog.pop_front() {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }
}

impl<W: Wire + Send> Owner<Session, W> for ClientOwner {
    type Command = Command;

    async fn next(&mut self, room: bool) -> Command {
        let Self { login, commands, closing, closed, events, backlog, .. } = self;
        tokio::select! {
            permit = events.reserve(), if !backlog.is_empty() => {
                match permit {
                    Ok(permit) => {
                        if let Some(event) = backlog.pop_front() {
                            permit.send(event);
                        }
                    }
                    Err(_) => backlog.clear(),
                }
                Command::Again
            }
            Some(command) = commands.recv(), if room => command,
            () = raised(closing), if !*closed => {
                *closed = true;
                Command::Close
            }
            () = async {
                match login {
                    Some(login) => login.closed().await,
                    None => std::future::pending().await,
                }
            } => {
                *login = None;
                Command::Close
            }
        }
    }

    fn command(&mut self, link: &mut Link<Session, W>, now: Instant, command: Command) {
        match command {
            Command::Send(stanza, answer) => {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(link.send(now, stanza).map_err(SendError::from));
            }
            Command::SendRaw(element, answer) => {
                let _ = answer.send(link.send_raw(now, element).map_err(SendError::from));
            }
            Command::Request(iq, timeout, answer) => match link.request(now, iq, timeout) {
                Ok(id) => {
                    self.requests.insert(id, answer);
                }
                Err(misuse) => {
                    let _ = answer.send(Err(RequestError::NotSent(misuse.into())));
                }
            },
            Command::Close => link.close(now),
            Command::Again => {}
        }
    }

    fn event(&mut self, _link: &mut Link<Session, W>, _now: Instant, event: CoreEvent) {
        match event {
            CoreEvent::Online(bound) => {
                if let Some(login) = self.login.take() {
                    let _ = login.send(Ok(bound));
                }
            }
            CoreEvent::Stanza(stanza) => self.tell(Event::Stanza(stanza)),
            CoreEvent::Response { id, outcome } => {
                if let Some(answer) = self.requests.remove(&id) {
                    let _ = answer.send(outcome.map_err(RequestError::Failed));
                }
            }
            CoreEvent::Closed(result) => match self.login.take() {
                Some(login) => {
                    let _ = login.send(Err(result.err()));
                }
                None => self.tell(Event::Closed(result)),
            },
            // A later version of the core may tell more.
            _ => {}
        }
    }

    fn has_room(&self) -> bool {
        self.backlog.len() < Client::EVENT_BACKLOG
    }

    fn trace(&mut self, direction: Direction, item: &Item) {
        if let Some(trace) = &self.trace {
            trace(direction, item);
        }
    }
}
