//! What is said after the end.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{BoshSession, HttpReply, Life, reply::Last, request::Arrival};
use crate::{
    Body, Condition, Opaque, RequestId, Type,
    body::{Payload, write_body},
    manager,
};

/// The last word of a session that has ended, for who asks later.
///
/// A link that has shut down says nothing more. Drain [`poll_output`](Self::poll_output) for the requests that it left
/// open; then keep this in the session's place for as long as [`seconds`](Self::seconds) says, and answer with it what
/// still comes for that `sid`. It repeats responses that got lost, delivers what waited for a request with the reason
/// of the end, and knows the session no more after that (XEP-0124 §14.3, §17.2).
#[derive(Clone, Debug)]
pub struct Farewell {
    outputs: VecDeque<HttpReply>,
    replies: VecDeque<(u64, Opaque)>,
    /// The last body, if no request took it yet.
    last: Option<Opaque>,
    seconds: u32,
}

impl BoshSession {
    /// What to answer requests with when the link has shut down.
    pub fn farewell(&self) -> Farewell {
        let last = (self.life != Life::Over).then(|| {
            let body = Body {
                kind: Some(Type::Terminate),
                condition: Some(Condition::UndefinedCondition),
                ..Body::default()
            };
            let last = self.last.clone().unwrap_or(Last { body, payload: true });
            let mut payload = Payload::default();
            for element in self.queue.iter().filter(|_| last.payload) {
                payload.append(element);
            }
            Opaque(write_body(&last.body, &payload))
        });
        let seconds = self.inactivity();
        let replies = self.replies.clone();
        let mut farewell = Farewell { outputs: self.outputs.clone(), replies, last, seconds };
        let held = self.held.iter().map(|held| (held.rid, held.id));
        for (rid, id) in held.chain(self.early.iter().map(|(rid, early)| (*rid, early.id))) {
            farewell.answer(id, Some(rid));
        }
        for arrival in &self.arrivals {
            if let Arrival::Request(id, body) = arrival {
                farewell.answer(Some(*id), body.rid);
            }
        }
        farewell
    }
}

impl Farewell {
    /// The answers to requests that were open when the link shut down.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<HttpReply> {
        self.outputs.pop_front()
    }

    /// The answer to a later request of the ended session.
    #[must_use]
    pub fn reply(&mut self, id: RequestId, body: &Body) -> HttpReply {
        HttpReply { id, status: 200, body: self.body(body.rid) }
    }

    /// How long to keep it, in seconds: a client that has not asked until then has given the session up.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    fn answer(&mut self, id: Option<RequestId>, rid: Option<u64>) {
        let body = self.body(rid);
        self.outputs.extend(id.map(|id| HttpReply { id, status: 200, body }));
    }

    fn body(&mut self, rid: Option<u64>) -> Bytes {
        let Some(rid) = rid else { return manager::terminate(Condition::BadRequest).body };
        if let Some((_, reply)) = self.replies.iter().find(|(answered, _)| *answered == rid) {
            return reply.0.clone();
        }
        let Some(last) = self.last.take() else { return manager::unknown_session().body };
        self.replies.push_back((rid, last.clone()));
        last.0
    }
}
