//! Requests on their way, what comes back, and repetition (XEP-0124 §14.3, §17).

use bytes::Bytes;
use xmpp_core::{
    time::{Duration, Instant, after},
    xml::{escape, ns},
};

use super::{BoshClient, HttpRequest, Life};
use crate::{Body, BodyError, BoshError, Condition, Opaque, RequestId, Type};

/// One `rid`: its bytes, which never change (§14.3), and how far it has come.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) kind: Kind,
    body: Opaque,
    attempts: u32,
    /// A response was no body. It happens once when a proxy cuts it; twice is the manager's own.
    garbled: bool,
    state: State,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Data,
    Restart,
    Terminate,
}

#[derive(Debug)]
enum State {
    Waiting {
        id: RequestId,
        deadline: Instant,
    },
    /// Stored by an input; no body where it was too large.
    Arrived {
        status: u16,
        body: Option<Opaque>,
    },
    /// Stored by an input.
    Broken(String),
    Repeat {
        at: Instant,
    },
    /// Waits for the answers to earlier requests (§14.2).
    Answered(Box<Body>),
}

/// What came back from the web.
enum Outcome {
    Answer(Box<Body>),
    /// No word of the manager: the same request can find better luck.
    Broken(String),
    Garbled(BodyError),
    Fatal(BoshError),
}

impl Exchange {
    pub(super) fn new(kind: Kind, body: Bytes, id: RequestId, deadline: Instant) -> Self {
        Self { kind, body: Opaque(body), attempts: 1, garbled: false, state: State::Waiting { id, deadline } }
    }

    pub(super) fn awaits(&self, request: RequestId) -> bool {
        matches!(self.state, State::Waiting { id, .. } if id == request)
    }

    pub(super) fn respond(&mut self, status: u16, body: Option<Bytes>) {
        self.state = State::Arrived { status, body: body.map(Opaque) };
    }

    pub(super) fn break_off(&mut self, reason: String) {
        self.state = State::Broken(reason);
    }

    pub(super) fn has_answer(&self) -> bool {
        matches!(self.state, State::Arrived { .. } | State::Answered(_))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { deadline, .. } => Some(deadline),
            _ => None,
        }
    }

    pub(super) fn is_to_repeat(&self) -> bool {
        matches!(self.state, State::Repeat { .. })
    }

    /// Whether this answer ends the session, wherever it stands in the order.
    fn ends_session(&self) -> bool {
        match &self.state {
            State::Answered(body) => self.kind == Kind::Terminate || body.kind == Some(Type::Terminate),
            _ => false,
        }
    }

    fn id(&self) -> Option<RequestId> {
        match self.state {
            State::Waiting { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl BoshClient {
    /// Takes in what inputs and the clock brought, in the order of the requests.
    pub(super) fn absorb(&mut self, now: Instant) {
        for at in 0..self.sent.len() {
            // Emptied when an error ends the session.
            let Some(exchange) = self.sent.get_mut(at) else { return };
            match &mut exchange.state {
                State::Waiting { id, deadline } if *deadline <= now => {
                    self.aborts.push_back(*id);
                    self.broken(at, "no answer in time".to_owned(), now);
                }
                State::Arrived { status, body } => {
                    let (status, body) = (*status, body.take());
                    self.arrived(at, status, body.as_ref(), now);
                }
                State::Broken(reason) => {
                    let reason = std::mem::take(reason);
                    self.broken(at, reason, now);
                }
                State::Waiting { .. } | State::Repeat { .. } | State::Answered(_) => {}
            }
        }
        if let Some(last) = self.sent.iter().position(Exchange::ends_session) {
            // The manager forgets the session with this answer: an earlier one that broke comes no more.
            let mut at = 0;
            self.sent.retain(|exchange| {
                at += 1;
                at > last || !exchange.is_to_repeat()
            });
        }
        self.accept_answered(now);
    }

    fn accept_answered(&mut self, now: Instant) {
        while matches!(self.sent.front(), Some(Exchange { state: State::Answered(_), .. })) {
            if let Some(Exchange { kind, state: State::Answered(body), .. }) = self.sent.pop_front() {
                self.accept(kind, *body, now);
            }
        }
    }

    /// The end of the session. What was answered before is delivered.
    fn lose(&mut self, error: BoshError, now: Instant) {
        self.accept_answered(now);
        self.fail(error);
    }

    fn arrived(&mut self, at: usize, status: u16, body: Option<&Opaque>, now: Instant) {
        let outcome = match body {
            Some(body) => self.outcome(status, body),
            None => Outcome::Fatal(BoshError::TooLarge { limit: self.config.limits.stanza_bytes }),
        };
        match outcome {
            // §17.3: this request, and all before it that were not answered, again.
            Outcome::Answer(body) if body.kind == Some(Type::Error) => {
                for earlier in 0..=at {
                    let Some(exchange) = self.sent.get(earlier) else { return };
                    if matches!(exchange.state, State::Answered(_) | State::Repeat { .. }) {
                        continue;
                    }
                    self.aborts.extend(exchange.id());
                    self.broken(earlier, "the manager asked to repeat the request".to_owned(), now);
                }
            }
            Outcome::Answer(body) => {
                if let Some(exchange) = self.sent.get_mut(at) {
                    exchange.state = State::Answered(body);
                }
            }
            Outcome::Broken(reason) => self.broken(at, reason, now),
            Outcome::Garbled(error) => {
                let Some(exchange) = self.sent.get_mut(at) else { return };
                if std::mem::replace(&mut exchange.garbled, true) {
                    return self.lose(BoshError::Malformed(error), now);
                }
                self.broken(at, format!("the response is no body: {error}"), now);
            }
            Outcome::Fatal(error) => self.lose(error, now),
        }
    }

    fn outcome(&self, status: u16, bytes: &[u8]) -> Outcome {
        let creating = self.life == Life::Creating;
        let parsed = Body::parse_with(bytes, self.config.limits);
        match (status, parsed) {
            (200, Ok(body)) => Outcome::Answer(Box::new(body)),
            // Some managers give their conditions an HTTP status as well.
            (_, Ok(body)) if body.kind == Some(Type::Terminate) => Outcome::Answer(Box::new(body)),
            // Before there is a session, a page of HTML is the more likely reason than a body that was cut.
            (200, Err(error)) if !creating || names_bosh(bytes) => Outcome::Garbled(error),
            // What passes, be it the server's own or a proxy's. 501 and 505 do not pass: such a server takes no POST.
            (408 | 425 | 429 | 500 | 502..=504 | 520..=599, _) => {
                Outcome::Broken(format!("HTTP status {status}"))
            }
            _ if creating => {
                Outcome::Fatal(BoshError::NotAConnectionManager { status, snippet: snippet(bytes) })
            }
            // §17.1: before version 1.6 these told the condition. A newer manager does not use them: somebody between
            // answered, and the session can still be there.
            (400 | 403 | 404, _) if self.granted.legacy => {
                let condition = match status {
                    400 => Condition::BadRequest,
                    403 => Condition::PolicyViolation,
                    _ => Condition::ItemNotFound,
                };
                Outcome::Fatal(BoshError::Terminated { condition, uri: None })
            }
            _ => Outcome::Broken(format!("HTTP status {status}")),
        }
    }

    /// A request found no answer of the manager: it is repeated after a while, or all is lost.
    fn broken(&mut self, at: usize, reason: String, now: Instant) {
        let Some(exchange) = self.sent.get_mut(at) else { return };
        let create = exchange.kind == Kind::Create;
        let retries = if create { self.config.create_retries } else { self.config.retries };
        let attempts = exchange.attempts;
        if attempts <= retries {
            let backoff = self.config.backoff.saturating_mul(1 << (attempts - 1).min(16));
            exchange.state = State::Repeat { at: after(now, backoff.min(self.config.backoff_max)) };
        } else if create {
            self.lose(BoshError::Unreachable { attempts, reason }, now);
        } else {
            self.lose(BoshError::Lost { attempts, reason }, now);
        }
    }

    /// The next repetition that is due: in the order of their `rid`s, so the first one holds the others back.
    pub(super) fn repeat(&mut self, now: Instant) -> Option<HttpRequest> {
        if self.repeat_at()? > now {
            return None;
        }
        let id = self.new_id();
        let deadline = self.request_deadline(now);
        let exchange = self.sent.iter_mut().find(|exchange| exchange.is_to_repeat())?;
        exchange.attempts += 1;
        exchange.state = State::Waiting { id, deadline };
        Some(HttpRequest { id, body: exchange.body.0.clone(), deadline })
    }

    pub(super) fn repeat_at(&self) -> Option<Instant> {
        self.sent.iter().find_map(|exchange| match exchange.state {
            State::Repeat { at } => Some(at),
            _ => None,
        })
    }

    pub(super) fn new_id(&mut self) -> RequestId {
        self.next_id += 1;
        RequestId(self.next_id)
    }

    pub(super) fn request_deadline(&self, now: Instant) -> Instant {
        after(now, Duration::from_secs(u64::from(self.granted.wait)).saturating_add(self.config.margin))
    }

    /// The requests that are still on their way are of no use any more.
    pub(super) fn abort_all(&mut self) {
        let ids = self.sent.drain(..).filter_map(|exchange| exchange.id());
        self.aborts.extend(ids);
    }
}

fn names_bosh(bytes: &[u8]) -> bool {
    bytes.windows(ns::HTTP_BIND.len()).any(|window| window == ns::HTTP_BIND.as_bytes())
}

/// What a web server said, short and on one line.
fn snippet(bytes: &[u8]) -> String {
    const CHARS: usize = 80;
    let text = String::from_utf8_lossy(bytes.get(..4 * CHARS).unwrap_or(bytes));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|&c| escape::is_char(c) && !c.is_control()).take(CHARS).collect()
}
