//! The requesting side: asks, and puts together what comes.

mod event;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use jid::{Jid, JidRef};

pub use event::{AskId, Ended, NotAsked, ReadData, ReadError, ReaderAction, ReaderEvent, ReadoutId};

use super::{Ask, BadReading, News, NodeError, Reading, Report, Request, seqnr};
use crate::{
    RequestError,
    entropy::Entropy,
    stanza::{Message, MessageKind, iq},
    time::{Duration, Instant, after},
    xml::{Element, ElementRef, ns},
};

/// How a [`Reader`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct ReaderConfig {
    /// How many read-outs may be under way. The default is 64.
    pub in_flight: usize,
    /// How many bytes of memory one read-out may take. What passes it ends with [`ReadError::TooMuch`]. The default is
    /// 4 MiB: some 15,000 readings, which is one an hour for more than a year.
    pub bytes: usize,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self { in_flight: 64, bytes: 4 << 20 }
    }
}

/// Reads sensors of others: makes requests, and finds what belongs to them in the messages that come.
///
/// - Inputs: [`handle_answer`](Self::handle_answer), [`handle_stanza`](Self::handle_stanza),
///   [`handle_timeout`](Self::handle_timeout), [`handle_disconnect`](Self::handle_disconnect). They store; the work is
///   done in `poll`.
/// - Verbs: [`read`](Self::read), [`cancel`](Self::cancel).
/// - After each of them: [`poll`](Self::poll) until `None`, then wait for [`poll_timeout`](Self::poll_timeout) at most.
///
/// Data must match a read-out in number and sender, so nobody can answer for somebody else. Every read-out ends with
/// exactly one [`Ended`].
///
/// ```
/// use std::time::Duration;
/// use xmpp_core::xep::iot_data::{Reader, ReaderAction, ReaderConfig, ReaderEvent, Request};
/// use xmpp_core::{jid::Jid, xml::Element};
///
/// # let now = { #[allow(clippy::disallowed_methods)] std::time::Instant::now() };
/// let mut reader = Reader::new(ReaderConfig::default(), [7; 32]); // from the system's generator
/// let meter = Jid::new("meter@example.com/a")?;
/// let readout = reader.read(now, &meter, Request::momentary(), Duration::from_secs(10))?;
///
/// let Some(ReaderAction::Ask { ask, iq }) = reader.poll() else { panic!("it asks first") };
/// // A session sends it as a request, and tells how that ended:
/// let accepted = "<iq xmlns='jabber:client' type='result' id='1' from='meter@example.com/a'/>".parse::<Element>()?;
/// reader.handle_answer(now, ask, Ok(accepted));
/// // Every message that arrives may hold data:
/// let message: Element = format!("<message xmlns='jabber:client' from='meter@example.com/a'>\
///     <fields xmlns='urn:xmpp:iot:sensordata' seqnr='{}' done='true'><node nodeId='a'>\
///     <timestamp value='2024-03-01T08:30:00Z'><numeric name='Power' value='230.0' unit='W'/></timestamp>\
///     </node></fields></message>", readout.seqnr()).parse()?;
/// assert!(reader.handle_stanza(now, &message));
///
/// while let Some(action) = reader.poll() {
///     match action {
///         ReaderAction::Event(ReaderEvent::Ended(ended)) => {
///             assert_eq!((ended.readout, ended.outcome), (readout, Ok(())));
///             assert_eq!(ended.data.readings[0].field.to_string(), "Power=230.0 W");
///         }
///         ReaderAction::Event(_) => {} // accepted, started
///         ReaderAction::Ask { .. } => unreachable!("nothing more is asked"),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
    next: i32,
    readouts: BTreeMap<ReadoutId, Readout>,
    deadlines: BTreeSet<(Instant, ReadoutId)>,
    jobs: VecDeque<Job>,
    events: VecDeque<ReaderEvent>,
}

#[derive(Debug)]
struct Readout {
    device: Jid,
    request: Request,
    deadline: Instant,
    data: ReadData,
    bytes: usize,
    cancelling: bool,
}

#[derive(Debug)]
enum Job {
    Ask(AskId, Element),
    Answer(AskId, Result<Element, RequestError>),
    Message(Jid, Element),
    Expired(ReadoutId),
    Disconnected,
}

impl Reader {
    /// A reader with 32 unpredictable bytes that seed no other machine.
    ///
    /// They choose its first number. Counted from 1, the first read-outs would take what a device still sends for those
    /// of the program's last run.
    pub fn new(config: ReaderConfig, entropy: [u8; 32]) -> Self {
        let mut first = [0; 4];
        Entropy::new(entropy).fill(&mut first);
        Self {
            config,
            next: i32::from_le_bytes(first) & 0x3FFF_FFFF,
            readouts: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            jobs: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Asks `device` for readings, and gives it `timeout` until all have come. A request that the device shall carry out
    /// [later](Request::when) needs a time that reaches beyond that.
    ///
    /// # Errors
    /// [`NotAsked`]; nothing is sent then.
    pub fn read(
        &mut self,
        now: Instant,
        device: &Jid,
        request: Request,
        timeout: Duration,
    ) -> Result<ReadoutId, NotAsked> {
        if self.readouts.len() >= self.config.in_flight {
            return Err(NotAsked::TooMany);
        }
        let readout = self.number();
        let ask = Ask::Read { seqnr: readout.0, request: request.clone() };
        self.say(AskId { readout, cancels: false }, device, &ask)?;
        let deadline = after(now, timeout);
        let data = ReadData::default();
        let under_way =
            Readout { device: device.clone(), request, deadline, data, bytes: 0, cancelling: false };
        self.readouts.insert(readout, under_way);
        self.deadlines.insert((deadline, readout));
        Ok(readout)
    }

    /// Asks the device to read no more. The read-out ends with [`ReadError::Cancelled`] when the device agrees; a device that
    /// has begun may also go on. Says whether the read-out is under way.
    pub fn cancel(&mut self, readout: ReadoutId) -> bool {
        let Some(under_way) = self.readouts.get_mut(&readout) else { return false };
        if !under_way.cancelling {
            under_way.cancelling = true;
            let device = under_way.device.clone();
            let ask = Ask::Cancel { seqnr: readout.0 };
            // It holds nothing that XML could not carry.
            let _ = self.say(AskId { readout, cancels: true }, &device, &ask);
        }
        true
    }

    /// How a request ended that [`ReaderAction::Ask`] asked for. One that could not be sent counts as
    /// [`RequestError::Disconnected`].
    pub fn handle_answer(&mut self, now: Instant, ask: AskId, answer: Result<Element, RequestError>) {
        self.expire(now);
        self.jobs.push_back(Job::Answer(ask, answer));
    }

    /// A stanza arrived. Says whether it is a message that belongs to a read-out; if not, it is somebody else's.
    ///
    /// A read-out whose time is over at `now` has ended, whether or not that timeout was handled first.
    pub fn handle_stanza(&mut self, now: Instant, stanza: &Element) -> bool {
        self.expire(now);
        let Ok(message) = Message::parse(stanza.root()) else { return false };
        let Some(from) = message.from.as_ref().filter(|_| message.kind != MessageKind::Error) else {
            return false;
        };
        let ours = message.payloads().any(|payload| self.belongs(from.view(), payload).is_some());
        if ours {
            self.jobs.push_back(Job::Message(from.clone(), stanza.clone()));
        }
        ours
    }

    /// A deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.expire(now);
    }

    /// The stream is gone for good: every read-out ends with [`ReadError::Disconnected`].
    pub fn handle_disconnect(&mut self) {
        self.jobs.retain(|job| !matches!(job, Job::Ask(..)));
        self.jobs.push_back(Job::Disconnected);
    }

    /// What to do next; `None` when drained.
    #[must_use]
    pub fn poll(&mut self) -> Option<ReaderAction> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(ReaderAction::Event(event));
            }
            match self.jobs.pop_front()? {
                Job::Ask(ask, iq) => return Some(ReaderAction::Ask { ask, iq }),
                Job::Answer(AskId { readout, cancels: false }, answer) => self.answered(readout, answer),
                Job::Answer(AskId { readout, cancels: true }, answer) => {
                    self.answered_cancel(readout, answer);
                }
                Job::Message(from, stanza) => {
                    for payload in stanza.children() {
                        if let Some(readout) = self.belongs(from.view(), payload) {
                            self.reported(readout, payload);
                        }
                    }
                }
                Job::Expired(readout) => self.end(readout, Err(ReadError::Timeout)),
                Job::Disconnected => {
                    while let Some((readout, _)) = self.readouts.first_key_value() {
                        self.end(*readout, Err(ReadError::Disconnected));
                    }
                }
            }
        }
    }

    /// The next deadline.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// How many read-outs are under way.
    pub fn in_flight(&self) -> usize {
        self.readouts.len()
    }

    /// A number that no read-out under way has.
    fn number(&mut self) -> ReadoutId {
        loop {
            self.next = self.next.checked_add(1).unwrap_or(1);
            let readout = ReadoutId(self.next);
            if !self.readouts.contains_key(&readout) {
                return readout;
            }
        }
    }

    fn say(&mut self, ask: AskId, device: &Jid, what: &Ask) -> Result<(), NotAsked> {
        let payload = what.to_element().map_err(NotAsked::Build)?;
        self.jobs.push_back(Job::Ask(ask, iq::get(Some(device.view()), &payload)));
        Ok(())
    }

    fn expire(&mut self, now: Instant) {
        while let Some((deadline, readout)) = self.deadlines.pop_first() {
            if deadline > now {
                self.deadlines.insert((deadline, readout));
                return;
            }
            self.jobs.push_back(Job::Expired(readout));
        }
    }

    /// The read-out that a payload of this sender belongs to.
    fn belongs(&self, from: JidRef<'_>, payload: ElementRef<'_>) -> Option<ReadoutId> {
        if payload.ns() != ns::IOT_SENSOR_DATA {
            return None;
        }
        let readout = ReadoutId(seqnr(payload)?);
        let device = self.readouts.get(&readout)?.device.view();
        // What went to an account is answered by one of its resources.
        (device == from || device.is_bare_of(from)).then_some(readout)
    }

    fn answered(&mut self, readout: ReadoutId, answer: Result<Element, RequestError>) {
        match answer {
            Ok(result) => {
                let mut said = false;
                for payload in result.children().filter(|child| seqnr(*child) == Some(readout.0)) {
                    said |= self.reported(readout, payload);
                }
                if !said && self.readouts.contains_key(&readout) {
                    // Whatever it says, it is no refusal.
                    self.events.push_back(ReaderEvent::Accepted { readout, queued: false });
                }
            }
            // Data may come without an answer (XEP-0323 §3); the read-out has its own deadline.
            Err(RequestError::Timeout) => {}
            Err(RequestError::Refused { error, .. }) => {
                self.end(readout, Err(ReadError::Refused(Box::new(error))));
            }
            Err(RequestError::Malformed(_)) => self.end(readout, Err(ReadError::BadAnswer)),
            Err(RequestError::Disconnected) => self.end(readout, Err(ReadError::Disconnected)),
        }
    }

    fn answered_cancel(&mut self, readout: ReadoutId, answer: Result<Element, RequestError>) {
        let Some(under_way) = self.readouts.get_mut(&readout) else { return };
        under_way.cancelling = false;
        match answer {
            Ok(_) => self.end(readout, Err(ReadError::Cancelled)),
            Err(RequestError::Refused { error, .. }) => {
                self.events.push_back(ReaderEvent::NotCancelled { readout, error: Box::new(error) });
            }
            Err(RequestError::Disconnected) => self.end(readout, Err(ReadError::Disconnected)),
            Err(RequestError::Timeout | RequestError::Malformed(_)) => {}
        }
    }

    /// A device said something; says whether it is known.
    fn reported(&mut self, readout: ReadoutId, payload: ElementRef<'_>) -> bool {
        let Some(Report { news, .. }) = Report::parse(payload) else { return false };
        let Some(under_way) = self.readouts.get_mut(&readout) else { return true };
        let (taken, over) = match news {
            News::Accepted { queued } => {
                self.events.push_back(ReaderEvent::Accepted { readout, queued });
                (true, false)
            }
            News::Started => {
                self.events.push_back(ReaderEvent::Started { readout });
                (true, false)
            }
            News::Fields { readings, bad, done } => {
                let wanted = |reading: &_| under_way.request.wants(reading);
                let readings: Vec<_> = readings.into_iter().filter(wanted).collect();
                let limit = self.config.bytes;
                let Readout { data, bytes, .. } = under_way;
                let taken = take(&mut data.readings, readings, bytes, limit, Reading::bytes)
                    && take(&mut data.bad, bad, bytes, limit, BadReading::bytes);
                (taken, done)
            }
            News::Failure { errors, done } => {
                let Readout { data, bytes, .. } = under_way;
                (take(&mut data.errors, errors, bytes, self.config.bytes, NodeError::bytes), done)
            }
            News::Done => (true, true),
            // Only the answer to a cancel counts.
            News::Cancelled => (true, false),
        };
        if !taken {
            self.end(readout, Err(ReadError::TooMuch));
        } else if over {
            self.end(readout, Ok(()));
        }
        true
    }

    fn end(&mut self, readout: ReadoutId, outcome: Result<(), ReadError>) {
        let Some(Readout { mut data, deadline, .. }) = self.readouts.remove(&readout) else { return };
        self.deadlines.remove(&(deadline, readout));
        once(&mut data);
        let outcome = outcome.and(if data.errors.is_empty() { Ok(()) } else { Err(ReadError::Failed) });
        self.events.push_back(ReaderEvent::Ended(Ended { readout, data, outcome }));
    }
}

/// Adds to what is kept as long as that stays within the limit; says whether all was added.
fn take<T>(
    kept: &mut Vec<T>,
    more: Vec<T>,
    bytes: &mut usize,
    limit: usize,
    of: impl Fn(&T) -> usize,
) -> bool {
    for one in more {
        *bytes = bytes.saturating_add(of(&one));
        if *bytes > limit {
            return false;
        }
        kept.push(one);
    }
    true
}

/// Drops what came twice: a field of a node at a time is one reading (XEP-0323 §2, "Field").
fn once(data: &mut ReadData) {
    let mut seen = HashSet::new();
    let first: Vec<bool> = data.readings.iter().map(|reading| seen.insert(reading)).collect();
    let mut first = first.into_iter();
    data.readings.retain(|_| first.next().unwrap_or(true));
}
