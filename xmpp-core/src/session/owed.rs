//! Requests that the application has been given and has not answered yet.
//!
//! Every request gets exactly one answer (RFC 6120 §8.2.3): a second answer is refused, a forgotten one is made up.

use std::collections::BTreeMap;

use crate::{
    stanza::{StanzaCondition, StanzaError, iq},
    time::{Duration, Instant, after},
    xml::{Element, ElementRef, ns},
};

/// The requester as it wrote itself, and the id that it chose.
type Key = (String, String);

#[derive(Debug)]
pub(super) struct Owed {
    capacity: usize,
    patience: Duration,
    requests: BTreeMap<Key, (u64, Element)>,
    /// By number, which is the order of their deadlines, since all are given the same time. As many as there are open
    /// requests: one that lies about must not keep the traces of all that were answered behind it.
    deadlines: BTreeMap<u64, (Instant, Key)>,
    next: u64,
}

impl Owed {
    pub(super) fn new(capacity: usize, patience: Duration) -> Self {
        Self { capacity, patience, requests: BTreeMap::new(), deadlines: BTreeMap::new(), next: 0 }
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
        // A request that repeats an open one's id takes its place: nobody could tell their answers apart.
        if let Some((number, _)) = self.requests.insert(key.clone(), (self.next, stub)) {
            self.deadlines.remove(&number);
        }
        self.deadlines.insert(self.next, (after(now, self.patience), key));
        true
    }

    /// Whether this response answers an open request, which is closed by it.
    pub(super) fn settle(&mut self, response: ElementRef<'_>) -> bool {
        let settled = self.requests.remove(&key(response, "to"));
        settled.is_some_and(|(number, _)| self.deadlines.remove(&number).is_some())
    }

    /// The answer to a request that the application left lying, if one is due.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Element> {
        let due = self.deadlines.first_entry().filter(|entry| entry.get().0 <= now)?;
        let (_, key) = due.remove();
        let (_, stub) = self.requests.remove(&key)?;
        let error =
            StanzaError::new(StanzaCondition::InternalServerError).with_text("no answer was found in time");
        Some(iq::error(stub.root(), &error))
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first_key_value().map(|(_, (deadline, _))| *deadline)
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

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs one base instant")]
mod tests {
    use super::*;

    /// Neither an id that comes again and again nor one request that lies about makes the list of deadlines grow.
    #[test]
    fn holds_no_more_than_is_open() {
        let (now, patience) = (Instant::now(), Duration::from_mins(1));
        let mut owed = Owed::new(10, patience);
        let request = |id: &str| stub(Element::build("iq", ns::CLIENT).attr("id", id).finish_lossy().root());
        for id in ["forgotten", "again"].into_iter().cycle().take(1000) {
            assert!(owed.add(request(id).root(), now));
        }
        for id in 0..1000 {
            let request = request(&id.to_string());
            assert!(owed.add(request.root(), now) && owed.settle(request.root()));
            assert!(!owed.settle(request.root()), "answered already");
        }
        assert_eq!((owed.requests.len(), owed.deadlines.len()), (2, 2));
        assert!(owed.expire(now).is_none());
        let late = now + patience;
        assert!(owed.expire(late).is_some() && owed.expire(late).is_some() && owed.expire(late).is_none());
        assert_eq!(owed.poll_timeout(), None);
    }
}
