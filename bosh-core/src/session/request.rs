//! What a request means: order, window, repetition (XEP-0124 §11, §12, §14).

use std::sync::Arc;

use xmpp_core::{
    Content, Header, Item,
    time::{Duration, Instant},
};

use super::{BoshSession, HttpReply, Life};
use crate::{Body, Condition, RequestId, SessionError, Type};

/// What an input stored.
#[derive(Debug)]
pub(super) enum Arrival {
    Request(RequestId, Box<Body>),
    Gone(RequestId),
}

/// A request that was taken in and waits for its answer.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) rid: u64,
    /// None once its connection is gone.
    pub(super) id: Option<RequestId>,
    /// When it is answered at the latest.
    pub(super) until: Instant,
    pub(super) create: bool,
}

/// A request that overtook another one (§14.2).
#[derive(Debug)]
pub(super) struct Early {
    /// None once its connection is gone.
    pub(super) id: Option<RequestId>,
    pub(super) body: Body,
    /// How long it counts as open.
    pub(super) until: Instant,
}

/// How long a request of a polling session may wait for a speaker that is not ready.
const PATIENCE: u32 = 10;

impl BoshSession {
    /// Takes in what inputs brought.
    pub(super) fn absorb(&mut self, now: Instant) {
        while let Some(arrival) = self.arrivals.pop_front() {
            match arrival {
                Arrival::Request(id, body) => self.request(id, *body, now),
                Arrival::Gone(gone) => {
                    let held = self.held.iter_mut().map(|held| &mut held.id);
                    for id in held.chain(self.early.values_mut().map(|early| &mut early.id)) {
                        if *id == Some(gone) {
                            *id = None;
                        }
                    }
                }
            }
        }
        if self.life != Life::Over {
            self.watch(now);
        }
    }

    fn request(&mut self, id: RequestId, body: Body, now: Instant) {
        let Some(rid) = body.rid else { return self.turn_away(id, Condition::BadRequest) };
        if self.life == Life::New && self.next_rid == 0 {
            self.create(&body);
            self.next_rid = rid;
        }
        if rid < self.next_rid {
            return self.repeated(id, rid);
        }
        if matches!(self.life, Life::Terminated | Life::Over) {
            return self.turn_away(id, Condition::ItemNotFound);
        }
        // §11: one more is allowed if it ends the session.
        let ends = |body: &Body| body.kind == Some(Type::Terminate);
        let window = u64::from(self.requests) + u64::from(ends(&body));
        if rid - self.next_rid >= window {
            return self.refuse(Some(id), Condition::ItemNotFound, "a rid beyond the window");
        }
        if let Some(before) = self.early.remove(&rid) {
            self.repeat_later(before.id);
        }
        let extra = ends(&body) || self.early.values().any(|early| ends(&early.body));
        let most = u64::from(self.requests) + u64::from(extra);
        if (self.held.len() + self.early.len()) as u64 >= most {
            return self.refuse(Some(id), Condition::PolicyViolation, "too many requests at the same time");
        }
        self.early.insert(rid, Early { id: Some(id), body, until: self.held_until(now) });
        while let Some(early) = self.early.remove(&self.next_rid) {
            self.take_in(early.id, early.body, now);
            if self.life == Life::Over {
                return;
            }
        }
    }

    /// The session's terms: what the client asks for within what the configuration grants (§7.2).
    fn create(&mut self, body: &Body) {
        self.wait = body.wait.unwrap_or(self.config.wait).min(self.config.wait);
        self.hold = body.hold.unwrap_or(self.config.hold).min(self.config.hold);
        if self.wait == 0 {
            self.hold = 0;
        }
        self.requests = self.hold.saturating_add(1);
        self.ver = body.ver;
        self.acks = body.ack == Some(1);
        self.content_type = body.content.clone().filter(|content| is_inert(content));
    }

    fn held_until(&self, now: Instant) -> Instant {
        let wait = if self.is_polling() { PATIENCE } else { self.wait };
        now + Duration::from_secs(u64::from(wait))
    }

    fn take_in(&mut self, id: Option<RequestId>, body: Body, now: Instant) {
        let rid = self.next_rid;
        self.next_rid += 1;
        let create = self.life == Life::New && self.held.is_empty() && self.replies.is_empty();
        if self.acks && !create {
            // Left out where all before this request was received (§9.1).
            let acknowledged = body.ack.unwrap_or(rid - 1);
            self.replies.retain(|(answered, _)| *answered > acknowledged);
        }
        let until = self.held_until(now);
        self.held.push_back(Held { rid, id, until, create });
        let terminates = body.kind == Some(Type::Terminate);
        let empty = body.payload.is_empty() && !body.restart && !terminates && !create;
        if empty && self.is_polling() {
            // Half the interval: a network squeezes what left in time.
            let least = Duration::from_secs(u64::from(self.config.polling)) / 2;
            if self.polled.is_some_and(|polled| now < polled + least) {
                return self.refuse(None, Condition::PolicyViolation, "it polls too often");
            }
        }
        self.polled = empty.then_some(now);
        if create || body.restart {
            self.items.push_back(Item::Open(Header {
                to: body.to,
                from: body.from,
                id: None,
                lang: body.lang,
                // Both Prosody and old clients get along without it.
                version: Some(body.xmpp_version.unwrap_or((1, 0))),
                content: Content::Client,
            }));
        }
        self.items.extend(body.payload.into_iter().map(Item::Element));
        if terminates {
            self.items.push_back(Item::CLOSE);
            self.life = Life::Terminated;
        }
    }

    /// A `rid` that was seen before (§14.3).
    fn repeated(&mut self, id: RequestId, rid: u64) {
        if let Some(held) = self.held.iter_mut().find(|held| held.rid == rid) {
            let before = held.id.replace(id);
            self.repeat_later(before);
        } else if let Some((_, body)) = self.replies.iter().find(|(answered, _)| *answered == rid) {
            let body = body.0.clone();
            self.outputs.push_back(HttpReply { id, status: 200, body });
        } else {
            // A copy that a network delivers late must not end the session for the client that goes on.
            self.turn_away(id, Condition::ItemNotFound);
        }
    }

    /// The older one of two copies is answered with a recoverable error (§14.3, §17.3).
    fn repeat_later(&mut self, id: Option<RequestId>) {
        if let Some(id) = id {
            let body = Body { kind: Some(Type::Error), ..Body::default() }.to_bytes();
            self.outputs.push_back(HttpReply { id, status: 200, body });
        }
    }

    /// Only this request is told that it is wrong.
    fn turn_away(&mut self, id: RequestId, condition: Condition) {
        let body = Body { kind: Some(Type::Terminate), condition: Some(condition), ..Body::default() };
        self.outputs.push_back(HttpReply { id, status: 200, body: body.to_bytes() });
    }

    /// The client broke a rule that ends the session. All open requests are told so.
    fn refuse(&mut self, id: Option<RequestId>, condition: Condition, what: &'static str) {
        let early = std::mem::take(&mut self.early).into_values().filter_map(|early| early.id);
        let open: Vec<_> = self.held.drain(..).filter_map(|held| held.id).chain(early).chain(id).collect();
        for id in open {
            self.turn_away(id, condition);
        }
        self.fault = Some(Arc::new(SessionError::Refused { condition, what }));
        self.life = Life::Over;
    }
}

/// Whether a browser that is led to post here by another page does not run the answer as a page of ours.
fn is_inert(content: &str) -> bool {
    let (kind, parameter) = content.split_once(';').unwrap_or((content, ""));
    let one_of =
        |value: &str, known: &[&str]| known.iter().any(|known| value.trim().eq_ignore_ascii_case(known));
    one_of(kind, &["text/xml", "application/xml", "text/plain"])
        && one_of(parameter, &["", "charset=utf-8", "charset=\"utf-8\""])
        && content.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
