//! When which request is answered, and how.

use xmpp_core::{Item, stream::StreamCondition, time::Instant};

use super::{BoshSession, HttpReply, Life, request::Held};
use crate::{
    Body, Condition, Opaque, Type, Version,
    body::{Payload, write_body},
};

/// The last body's attributes.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub(super) body: Body,
    /// Whether what waits goes with it.
    pub(super) payload: bool,
}

impl BoshSession {
    /// How the session ends when the speaker closes it now (XEP-0124 §17.2).
    pub(super) fn last_body(&self, see_other: Option<String>) -> Last {
        let (condition, payload) = match (&see_other, self.stream_error) {
            (Some(_), _) => (Some(Condition::SeeOtherUri), true),
            (None, None) => (None, true),
            // Before there is a session the condition itself says what is wrong, to clients that know no stream errors.
            (None, Some(StreamCondition::HostUnknown)) if self.life == Life::New => {
                (Some(Condition::HostUnknown), false)
            }
            (None, Some(StreamCondition::HostGone)) if self.life == Life::New => {
                (Some(Condition::HostGone), false)
            }
            (None, Some(StreamCondition::ImproperAddressing)) if self.life == Life::New => {
                (Some(Condition::ImproperAddressing), false)
            }
            (None, Some(_)) => (Some(Condition::RemoteStreamError), true),
        };
        let body = Body { kind: Some(Type::Terminate), condition, uri: see_other, ..Body::default() };
        Last { body, payload }
    }

    /// Answers what can be answered, in the order of the `rid`s.
    pub(super) fn release(&mut self, now: Instant) {
        if self.life == Life::Over {
            return;
        }
        // What the speaker says to one item may share a body with what it says to the next.
        let drained = self.items.is_empty();
        let overdue = self.held.front().is_some_and(|front| front.until <= now);
        if self.life == Life::Terminated && (drained || overdue) && self.last.is_none() {
            self.last = Some(self.last_body(None));
        }
        if self.last.is_some() && !self.held.is_empty() {
            return self.end();
        }
        while let Some(front) = self.held.front() {
            let due = front.until <= now;
            let says = if front.create {
                self.header.is_some()
            } else {
                self.header.is_some() || !self.queue.is_empty() || self.held.len() > self.hold as usize
            };
            if !(due || says && drained) {
                break;
            }
            if let Some(front) = self.held.pop_front() {
                let payload = self.gather(self.config.body_bytes);
                self.answer(&front, Body::default(), &payload);
            }
        }
        self.watch(now);
    }

    /// The last body, to the oldest request; the others are told that the session has ended.
    fn end(&mut self) {
        let Some(mut last) = self.last.take() else { return };
        let mut payload = if last.payload { self.gather(usize::MAX) } else { Payload::default() };
        // The client has not closed: who closed first hears that it is done.
        if self.life != Life::Terminated {
            self.items.push_back(Item::CLOSE);
        }
        while let Some(held) = self.held.pop_front() {
            self.answer(&held, last.body, &payload);
            last.body = Body { kind: Some(Type::Terminate), ..Body::default() };
            payload = Payload::default();
        }
        for early in std::mem::take(&mut self.early).into_values() {
            let body = last.body.to_bytes();
            self.outputs.extend(early.id.map(|id| HttpReply { id, status: 200, body }));
        }
        self.life = Life::Over;
    }

    fn answer(&mut self, held: &Held, mut body: Body, payload: &Payload) {
        let header = self.header.take();
        if body.kind.is_none() {
            if held.create {
                self.life = if self.life == Life::New { Life::Active } else { self.life };
                body = self.creation(held.rid);
            } else if self.acks {
                // Left out where it is the request that is answered (§9.1).
                body.ack = Some(self.next_rid - 1).filter(|&ack| ack != held.rid);
            }
            if let Some(header) = header {
                body.from = header.from.filter(|_| held.create);
                body.lang = header.lang;
                body.xmpp_version = header.version;
            }
        }
        if !payload.bytes.is_empty() {
            self.polled = None;
        }
        let bytes = write_body(&body, payload);
        if let Some(id) = held.id {
            self.outputs.push_back(HttpReply { id, status: 200, body: bytes.clone() });
        }
        // Without acknowledgements the client's window tells what it can still ask for (§14.3), with some to spare.
        while self.replies.len() >= (self.requests as usize).saturating_mul(2).saturating_add(2) {
            self.replies.pop_front();
        }
        self.replies.push_back((held.rid, Opaque(bytes)));
    }

    /// The terms of the session (§7.2).
    fn creation(&self, rid: u64) -> Body {
        Body {
            sid: Some(self.config.sid.clone()),
            ver: self.ver.map(|asked| asked.min(Version::CURRENT)),
            wait: Some(self.wait),
            hold: Some(self.hold),
            requests: Some(self.requests),
            inactivity: Some(self.inactivity()),
            polling: Some(self.config.polling),
            ack: self.acks.then_some(rid),
            restartlogic: true,
            ..Body::default()
        }
    }

    /// Elements from the front of the queue, at least one and no more than `max` bytes of them.
    pub(super) fn gather(&mut self, max: usize) -> Payload {
        let mut all = Payload::default();
        while let Some(next) = self.queue.front() {
            if !all.bytes.is_empty() && all.bytes.len().saturating_add(next.bytes.len()) > max {
                break;
            }
            all.append(next);
            self.queued_bytes -= next.bytes.len();
            self.queue.pop_front();
        }
        all
    }
}
