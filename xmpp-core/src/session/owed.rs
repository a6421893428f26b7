//! Requests that the application has been given and has not answered yet.
//!
//! Every request gets exactly one answer (RFC 6120 §8.2.3): a second answer is refused, a forgotten one is made up.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    stanza::{StanzaCondition, StanzaError, iq},
    time::{Duration, Instant},
    xml::{Element, ElementRef, ns},
};

/// The requester as it wrote itself, and the id that it chose.
type Key = (String, String);

#[derive(Debug)]
pub(super) struct Owed {
    capacity: usize,
    patience: Duration,
    requests: BTreeMap<Key, (u64, Element)>,
    /// In the order of their deadlines, since all are given the same time. An entry whose number does not match belongs
    /// to a request that was answered.
    deadlines: VecDeque<(Instant, u64, Key)>,
    next: u64,
}

impl Owed {
    pub(super) fn new(capacity: usize, patience: Duration) -> Self {
        Self { capacity, patience, requests: BTreeMap::new(), deadlines: VecDeque::new(), next: 0 }
    }

    /// Notes a request; `false`: too many are open.
    pub(super) fn add(&mut self, request: ElementRef<'_>, now: Instant) -> bool {
        if self.requests.len() >= self.capacity {
            return false;
        }
        let key = key(request, "from");
        // Only what the error needs: the start tag, not a payload that may be large.
        let stub = stub(request);
        self.next += 1;
        self.requests.insert(key.clone(), (self.next, stub));
        self.deadlines.push_back((now + self.patience, self.next, key));
        true
    }

    /// Whether this response answers an open request, which is closed by it.
    pub(super) fn settle(&mut self, response: ElementRef<'_>) -> bool {
        let settled = self.requests.remove(&key(response, "to")).is_some();
        while self.deadlines.front().is_some_and(|entry| !self.is_open(entry)) {
            self.deadlines.pop_front();
        }
        settled
    }

    /// The answer to a request that the application left lying, if one is due.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Element> {
        while self.deadlines.front().is_some_and(|(deadline, ..)| *deadline <= now) {
            let entry = self.deadlines.pop_front()?;
            if self.is_open(&entry) {
                let (_, stub) = self.requests.remove(&entry.2)?;
                let error = StanzaError::new(StanzaCondition::InternalServerError)
                    .with_text("no answer was found in time");
                return Some(iq::error(stub.root(), &error));
            }
        }
        None
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.front().map(|(deadline, ..)| *deadline)
    }

    fn is_open(&self, (_, number, key): &(Instant, u64, Key)) -> bool {
        self.requests.get(key).is_some_and(|(open, _)| open == number)
    }
}

fn stub(request: ElementRef<'_>) -> Element {
    let text = |name| request.attr(name);
    Element::build("iq", ns::CLIENT)
        .attr_opt("from", text("from").as_deref())
        .attr_opt("to", text("to").as_deref())
        .attr_opt("id", text("id").as_deref())
        .attr("type", "get")
        .finish_lossy()
}

fn key(stanza: ElementRef<'_>, address: &str) -> Key {
    let text = |name| stanza.attr(name).unwrap_or_default().into_owned();
    (text(address), text("id"))
}
