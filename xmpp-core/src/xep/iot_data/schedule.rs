//! Requests that wait for their time.

use std::collections::BTreeMap;

use jid::{Jid, JidRef};

use super::Inquiry;
use crate::{stanza::NotTracked, time::Instant};

/// Requests that a device has queued, until their time comes or who asked cancels them.
///
/// Requests are told apart by who asks and by number (XEP-0323 §3.7). No more than the capacity are kept, and nothing is
/// lost in silence: what is not kept comes back.
///
/// ```
/// use std::time::Duration;
/// use xmpp_core::stanza::Iq;
/// use xmpp_core::xep::iot_data::{Inquiry, Schedule};
/// use xmpp_core::xml::Element;
///
/// # let now = { #[allow(clippy::disallowed_methods)] std::time::Instant::now() };
/// let asked: Element = "<iq xmlns='jabber:client' type='get' id='1' from='app@example.com/pc'>\
///     <req xmlns='urn:xmpp:iot:sensordata' seqnr='3' all='true' when='2024-03-01T12:00:00Z'/></iq>".parse()?;
/// let inquiry = Inquiry::of(&Iq::parse(asked.root())?).expect("it is a request for sensor data");
///
/// let mut schedule = Schedule::new(16);
/// let noon = now + Duration::from_secs(3600);
/// schedule.add(noon, inquiry.clone())?;
/// assert_eq!((schedule.due(now), schedule.poll_timeout()), (None, Some(noon)));
/// assert_eq!(schedule.cancel(None, 3), None, "somebody else's");
/// assert_eq!(schedule.due(noon), Some(inquiry));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Schedule {
    capacity: usize,
    /// The number makes a key of requests that share a time, and keeps their order.
    waiting: BTreeMap<(Instant, u64), Inquiry>,
    count: u64,
}

impl Schedule {
    /// Keeps at most so many requests.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, waiting: BTreeMap::new(), count: 0 }
    }

    /// Keeps a request until `time`.
    ///
    /// # Errors
    /// [`NotTracked`] with the request, when there is no room, or one of the same requester and number waits.
    pub fn add(&mut self, time: Instant, inquiry: Inquiry) -> Result<(), NotTracked<Box<Inquiry>>> {
        if self.find(inquiry.from.as_ref().map(Jid::view), seqnr(&inquiry)).is_some() {
            return Err(NotTracked::Duplicate(Box::new(inquiry)));
        }
        if self.waiting.len() >= self.capacity {
            return Err(NotTracked::Full(Box::new(inquiry)));
        }
        self.waiting.insert((time, self.count), inquiry);
        self.count += 1; // 2^64 requests take longer than any machine lives
        Ok(())
    }

    /// Takes back the request that a requester numbered so.
    pub fn cancel(&mut self, from: Option<JidRef<'_>>, number: i32) -> Option<Inquiry> {
        let key = self.find(from, Some(number))?;
        self.waiting.remove(&key)
    }

    /// A request whose time has come, the earliest first. Call it until `None`.
    pub fn due(&mut self, now: Instant) -> Option<Inquiry> {
        if self.poll_timeout()? <= now { self.waiting.pop_first().map(|(_, inquiry)| inquiry) } else { None }
    }

    /// When the next request is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((time, _), _)| *time)
    }

    fn find(&self, from: Option<JidRef<'_>>, number: Option<i32>) -> Option<(Instant, u64)> {
        let same =
            |inquiry: &Inquiry| inquiry.from.as_ref().map(Jid::view) == from && seqnr(inquiry) == number;
        self.waiting.iter().find(|(_, inquiry)| same(inquiry)).map(|(key, _)| *key)
    }
}

fn seqnr(inquiry: &Inquiry) -> Option<i32> {
    inquiry.ask.as_ref().ok().map(super::Ask::seqnr)
}
