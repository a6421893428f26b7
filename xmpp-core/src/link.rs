//! A wire and a speaker joined, with the only pump.

use std::collections::VecDeque;

use crate::{
    item::Item,
    speaker::{Out, Speaker},
    time::{Instant, earliest},
    tls::{TlsFailure, TlsInfo},
    wire::Wire,
    work::{Work, Worked},
};

/// What a link asks of its adapter. An action owns its data.
#[derive(Debug)]
pub enum Action<O, E> {
    /// Hand this to the transport: write the bytes, send the HTTP request.
    Transport(O),
    /// Write everything that was drained before, read nothing more in clear, shake hands as TLS client or server, then
    /// call [`Link::handle_tls`].
    StartTls,
    /// Write everything that was drained before, then close the transport (TLS `close_notify` first).
    Shutdown,
    /// Run this anywhere (it may take a second) and give the result to [`Link::handle_worked`].
    Work(Work),
    /// For the application.
    Event(E),
}

/// Which way an item went, seen from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer.
    In,
    /// To the peer.
    Out,
}

/// One side of a stream: a [`Speaker`] over a [`Wire`].
///
/// # Driving it
/// - **Inputs** only store: [`input`](Self::input) gives the wire, whose own inputs take what arrived;
///   [`handle_eof`](Self::handle_eof), [`handle_tls`](Self::handle_tls), [`handle_worked`](Self::handle_worked),
///   [`handle_timeout`](Self::handle_timeout).
/// - **Verbs** of the application: on the aliases, see [`Session`](crate::Session) and
///   [`Receiver`](crate::stream::Receiver).
/// - **Drain** [`poll`](Self::poll) until `None` after every input and verb; then wait for input, or for
///   [`poll_timeout`](Self::poll_timeout).
///
/// An event may overtake a write that was queued before it. `StartTls` and `Shutdown` never do.
#[derive(Debug)]
pub struct Link<S, W> {
    speaker: S,
    wire: W,
    now: Instant,
    /// `StartTls` or `Shutdown`, until the wire has nothing more to write. While one is held the speaker is not
    /// drained: what it says next comes after.
    held: Option<Held>,
    eof: bool,
    /// The transport is shut down: nothing is decoded any more.
    shut: bool,
    trace: Option<VecDeque<(Direction, Item)>>,
}

#[derive(Clone, Copy, Debug)]
enum Held {
    StartTls,
    Shutdown,
}

/// How many items a trace keeps when nobody takes them; the oldest go first.
const TRACE_ITEMS: usize = 1024;

impl<S: Speaker, W: Wire> Link<S, W> {
    /// Joins a speaker and a wire. An initiator has something to say at once: drain [`poll`](Self::poll).
    pub fn new(mut speaker: S, wire: W, now: Instant) -> Self {
        speaker.start(wire.channel(), now);
        Self { speaker, wire, now, held: None, eof: false, shut: false, trace: None }
    }

    /// The wire, to give it what arrived at `now`.
    pub fn input(&mut self, now: Instant) -> &mut W {
        self.now = now;
        &mut self.wire
    }

    /// The wire, to look at.
    pub fn wire(&self) -> &W {
        &self.wire
    }

    /// The speaker, to look at.
    pub fn speaker(&self) -> &S {
        &self.speaker
    }

    /// The speaker, for its verbs at `now`. Drain [`poll`](Self::poll) afterwards.
    pub(crate) fn verbs(&mut self, now: Instant) -> &mut S {
        self.now = now;
        &mut self.speaker
    }

    /// The peer closed its side of the transport. What it sent before is still handled first.
    pub fn handle_eof(&mut self, now: Instant) {
        self.now = now;
        self.eof = true;
    }

    /// How the TLS handshake that [`Action::StartTls`] asked for ended.
    pub fn handle_tls(&mut self, now: Instant, outcome: Result<TlsInfo, TlsFailure>) {
        self.now = now;
        if outcome.is_ok() {
            if self.wire.has_undecoded() {
                // Clear text that came in after StartTls was issued (RFC 6120 §5.4.3.3).
                self.speaker.handle_injection();
                return;
            }
            self.wire.secured();
        }
        self.speaker.handle_tls(outcome, now);
    }

    /// The result of an [`Action::Work`]. A result that is not awaited any more is ignored.
    pub fn handle_worked(&mut self, now: Instant, worked: Worked) {
        self.now = now;
        self.speaker.handle_worked(worked, now);
    }

    /// The time is `now`. Call it when [`poll_timeout`](Self::poll_timeout) has passed; more often does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.wire.handle_timeout(now);
        self.speaker.handle_timeout(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest. Meaningful after [`poll`](Self::poll) gave
    /// `None`.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.shut {
            return None;
        }
        earliest(self.speaker.poll_timeout(), self.wire.poll_timeout())
    }

    /// Whether the adapter may hand in more. While TLS, a derivation or a lookup is awaited it should not read on:
    /// what arrives is stored, and what is stored is bounded.
    pub fn wants_input(&self) -> bool {
        !self.shut && self.held.is_none() && self.speaker.is_ready()
    }

    /// Keeps a copy of every item said and heard from now on, for [`next_trace`](Self::next_trace).
    pub fn enable_trace(&mut self) {
        self.trace.get_or_insert_default();
    }

    /// The next item of the trace. Print it with `Display`, which masks secrets.
    pub fn next_trace(&mut self) -> Option<(Direction, Item)> {
        self.trace.as_mut()?.pop_front()
    }

    fn note(&mut self, direction: Direction, item: &Item) {
        if let Some(trace) = &mut self.trace {
            if trace.len() == TRACE_ITEMS {
                trace.pop_front();
            }
            trace.push_back((direction, item.clone()));
        }
    }

    /// The next thing to do; `None` when there is nothing until the next input.
    #[must_use]
    pub fn poll(&mut self) -> Option<Action<W::Output, S::Event>> {
        loop {
            if self.held.is_none()
                && let Some(out) = self.speaker.poll()
            {
                match out {
                    Out::Send(item) => {
                        self.note(Direction::Out, &item);
                        self.wire.push(item);
                    }
                    Out::Restart => self.wire.restart(),
                    Out::Trusted => self.wire.trusted(),
                    Out::StartTls if self.wire.has_undecoded() => self.speaker.handle_injection(),
                    Out::StartTls => self.held = Some(Held::StartTls),
                    Out::Shutdown => self.held = Some(Held::Shutdown),
                    Out::Work(work) => return Some(Action::Work(work)),
                    Out::Event(event) => return Some(Action::Event(event)),
                }
                continue;
            }
            if let Some(output) = (!self.shut).then(|| self.wire.poll_output(self.now)).flatten() {
                return Some(Action::Transport(output));
            }
            match self.held.take() {
                Some(Held::StartTls) => return Some(Action::StartTls),
                Some(Held::Shutdown) => {
                    self.shut = true;
                    return Some(Action::Shutdown);
                }
                None => {}
            }
            if self.shut || !self.speaker.is_ready() {
                return None;
            }
            match self.wire.next_item(self.now) {
                Ok(Some(item)) => {
                    self.note(Direction::In, &item);
                    self.speaker.handle_item(item, self.now);
                }
                Ok(None) if self.eof => {
                    self.eof = false;
                    self.speaker.handle_eof(self.now);
                }
                Ok(None) => return None,
                Err(error) => self.speaker.handle_wire_error(error, self.now),
            }
        }
    }
}
