//! Requests that await a response.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{error, fmt};

use jid::{FullJid, Jid, JidRef};

use super::{Iq, StanzaKind};
use crate::time::Instant;

/// Finds the request that a response belongs to, and the requests whose time is over.
///
/// A response must match in kind, id **and** sender: whoever guesses or sees an id must not be able to answer for
/// somebody else. What matches nothing is unsolicited and leaves every request waiting. Each request carries a `key`,
/// which is whatever the caller needs to go on.
///
/// All operations take logarithmic time; thousands may be in flight. No more than the capacity are.
///
/// ```
/// use xmpp_core::jid::{FullJid, Jid};
/// use xmpp_core::stanza::{Iq, StanzaKind, Tracker};
/// use xmpp_core::time::Duration;
/// use xmpp_core::xml::Element;
///
/// # let now = { #[allow(clippy::disallowed_methods)] std::time::Instant::now() };
/// let me = FullJid::new("app@example.com/pc")?;
/// let device = Jid::new("device@example.com/ilon")?;
/// let mut tracker = Tracker::new(100);
/// tracker.track(StanzaKind::Iq, "q1", Some(device), now + Duration::from_secs(30), "read the meter")?;
///
/// let forged: Element = "<iq xmlns='jabber:client' id='q1' type='result' from='eve@example.com/x'/>".parse()?;
/// assert_eq!(tracker.take(&Iq::parse(forged.root())?, &me), None);
/// let answer: Element = "<iq xmlns='jabber:client' id='q1' type='result' from='device@example.com/ilon'/>".parse()?;
/// assert_eq!(tracker.take(&Iq::parse(answer.root())?, &me), Some("read the meter"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tracker<K> {
    capacity: usize,
    /// By kind: an answer of another kind is none.
    waiting: [BTreeMap<Arc<str>, Waiting<K>>; 3],
    /// The number makes a key of requests that share a deadline, and keeps their order.
    deadlines: BTreeMap<(Instant, u64), (StanzaKind, Arc<str>)>,
    count: u64,
}

#[derive(Debug)]
struct Waiting<K> {
    to: Option<Jid>,
    deadline: (Instant, u64),
    key: K,
}

/// Why a request is not tracked. The key comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTracked<K> {
    /// As many requests as the capacity allows are waiting.
    Full(K),
    /// A request of this kind and id is waiting.
    Duplicate(K),
}

impl<K> NotTracked<K> {
    /// The key of the request.
    pub fn into_key(self) -> K {
        match self {
            Self::Full(key) | Self::Duplicate(key) => key,
        }
    }
}

impl<K> fmt::Display for NotTracked<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "too many requests await a response",
            Self::Duplicate(_) => "a request with this id awaits a response",
        })
    }
}

impl<K: fmt::Debug> error::Error for NotTracked<K> {}

impl<K> Tracker<K> {
    /// A tracker of at most `capacity` requests.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, waiting: Default::default(), deadlines: BTreeMap::new(), count: 0 }
    }

    /// Remembers a request: its id, its recipient (`None` when it went to the own account), and when to give it up.
    ///
    /// # Errors
    /// [`NotTracked`] when the tracker is full or the id is in use; nothing has changed.
    pub fn track(
        &mut self,
        kind: StanzaKind,
        id: &str,
        to: Option<Jid>,
        deadline: Instant,
        key: K,
    ) -> Result<(), NotTracked<K>> {
        if self.of(kind).contains_key(id) {
            return Err(NotTracked::Duplicate(key));
        }
        if self.is_full() {
            return Err(NotTracked::Full(key));
        }
        let id: Arc<str> = id.into();
        let deadline = (deadline, self.count);
        self.count += 1; // 2^64 requests take longer than any machine lives
        self.deadlines.insert(deadline, (kind, Arc::clone(&id)));
        self.of(kind).insert(id, Waiting { to, deadline, key });
        Ok(())
    }

    /// The key of the request that this response answers, which is thereby over. `own` is the address that the server
    /// bound.
    ///
    /// A request that went to an address is answered by exactly that address. One without `to` went to the own account,
    /// for which servers answer as nobody, as the account, as the session or as the domain.
    pub fn take(&mut self, response: &Iq<'_>, own: &FullJid) -> Option<K> {
        if response.kind.is_request() {
            return None;
        }
        self.take_from(StanzaKind::Iq, &response.id, response.from.as_ref().map(Jid::view), own)
    }

    /// As [`take`](Self::take), by the parts of a stanza: for answers that come in messages, and for responses that are
    /// otherwise malformed. The caller has made sure that the stanza is an answer and no request.
    pub fn take_from(
        &mut self,
        kind: StanzaKind,
        id: &str,
        from: Option<JidRef<'_>>,
        own: &FullJid,
    ) -> Option<K> {
        let waiting = self.of(kind).get(id)?;
        answers(waiting.to.as_ref().map(Jid::view), from, own).then(|| self.cancel(kind, id)).flatten()
    }

    /// Forgets a request and gives its key back.
    pub fn cancel(&mut self, kind: StanzaKind, id: &str) -> Option<K> {
        let waiting = self.of(kind).remove(id)?;
        self.deadlines.remove(&waiting.deadline);
        Some(waiting.key)
    }

    /// The key of a request whose deadline has passed, which is thereby over; the earliest deadline first. Call it until
    /// `None`.
    #[must_use]
    pub fn expire(&mut self, now: Instant) -> Option<K> {
        if self.poll_timeout()? <= now { self.pop() } else { None }
    }

    /// The key of the request with the earliest deadline, which is thereby over: to fail all of them when the stream is
    /// lost for good.
    #[must_use]
    pub fn pop(&mut self) -> Option<K> {
        let (_, (kind, id)) = self.deadlines.pop_first()?;
        self.of(kind).remove(&id).map(|waiting| waiting.key)
    }

    /// The earliest deadline.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// Whether a request of this kind and id is waiting.
    #[must_use]
    pub fn contains(&self, kind: StanzaKind, id: &str) -> bool {
        self.waiting[kind as usize].contains_key(id) // three kinds, three maps
    }

    /// How many requests are waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.deadlines.len()
    }

    /// Whether none is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }

    /// Whether no more requests can be tracked for now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    fn of(&mut self, kind: StanzaKind) -> &mut BTreeMap<Arc<str>, Waiting<K>> {
        &mut self.waiting[kind as usize] // three kinds, three maps
    }
}

/// Whether a response from `from` answers a request that went to `to` (RFC 6120 §8.1.2.1, §10.3.3).
fn answers(to: Option<JidRef<'_>>, from: Option<JidRef<'_>>, own: &FullJid) -> bool {
    match (to, from) {
        // Without `from` it comes from the own account.
        (to, None) => to.is_none_or(|to| to == own.bare()),
        (Some(to), Some(from)) => to == from,
        (None, Some(from)) => from == own.bare() || from == own.view() || from.as_str() == own.domain(),
    }
}
