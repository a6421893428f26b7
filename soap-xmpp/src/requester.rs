//! Calls: the requesting node of XEP-0072 §4.4.1.

use std::collections::{BTreeMap, VecDeque};
use std::{error, fmt};

use jid::{FullJid, Jid, JidRef};
use xmpp_core::entropy::Entropy;
use xmpp_core::stanza::{NotTracked, StanzaError, StanzaKind, Tracker};
use xmpp_core::time::{Duration, Instant};
use xmpp_core::xml::{BuildError, Element, ns};

use crate::{Action, Envelope, EnvelopeError, Fault, Rules, deadline};

/// How many calls that are over are remembered, to tell a late answer from an unknown one.
const REMEMBERED: usize = 256;

/// How a [`Requester`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct RequesterConfig {
    /// How many calls may be in flight. The default is 4,096: each holds two addresses and an id, some 300 bytes.
    pub in_flight: usize,
    /// How strictly the envelopes of answers are checked.
    pub rules: Rules,
    /// The largest stanza in bytes that is sent; set it to what the server allows (XEP-0478). Not limited by default.
    pub stanza_bytes: Option<usize>,
}

impl Default for RequesterConfig {
    fn default() -> Self {
        Self { in_flight: 4096, rules: Rules::default(), stanza_bytes: None }
    }
}

/// Names a call of one [`Requester`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

/// How a call ended.
#[derive(Debug)]
pub struct Answered {
    /// Which call.
    pub call: CallId,
    /// The answer, or why there is none.
    pub outcome: Result<Envelope, CallError>,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// The other side processed the call and answers with a SOAP fault.
    Fault(Box<AnsweredFault>),
    /// The call did not reach whom it was for, or XMPP refuses it. Nothing was processed, unless the error came from
    /// a server after the recipient had gone.
    Stanza(Box<StanzaError>),
    /// No answer came in time. Whether the call was processed is unknown.
    Timeout,
    /// An answer came that is none. The other side is to blame.
    BadResponse(BadResponse),
    /// The stream was lost for good. Whether the call was processed is unknown.
    Disconnected,
}

/// A fault with what it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredFault {
    /// The fault.
    pub fault: Fault,
    /// The whole envelope, for its header blocks: `NotUnderstood`, `Upgrade`.
    pub envelope: Envelope,
    /// The stanza error beside it. Sloppy peers send faults as results, without one.
    pub error: Option<StanzaError>,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadResponse {
    /// A result without an envelope.
    NoEnvelope,
    /// A stanza of type error that says nothing: neither envelope nor error.
    NoError,
    /// The envelope is malformed.
    Envelope(EnvelopeError),
}

/// The failure reasons of the request-response pattern (XEP-0072 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// The request was not sent.
    TransmissionFailure,
    /// The response was not received.
    ReceptionFailure,
    /// The response is no SOAP.
    BadRequestMessage,
}

impl CallError {
    /// The failure reason of the pattern; `None` for a fault, for which the exchange as such succeeded.
    pub fn failure_reason(&self) -> Option<FailureReason> {
        match self {
            Self::Fault(_) => None,
            Self::Stanza(_) | Self::Timeout | Self::Disconnected => Some(FailureReason::ReceptionFailure),
            Self::BadResponse(_) => Some(FailureReason::BadRequestMessage),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(answered) => answered.fault.fmt(f),
            Self::Stanza(error) => write!(f, "the call was refused: {error}"),
            Self::Timeout => f.write_str("no answer came in time"),
            Self::BadResponse(error) => write!(f, "the answer is no SOAP: {error}"),
            Self::Disconnected => f.write_str("the stream was lost before the answer came"),
        }
    }
}

impl error::Error for CallError {}

impl fmt::Display for BadResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnvelope => f.write_str("it holds no envelope"),
            Self::NoError => f.write_str("it is an error that does not say which"),
            Self::Envelope(error) => error.fmt(f),
        }
    }
}

impl error::Error for BadResponse {}

/// Why a call was not made: [`FailureReason::TransmissionFailure`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallRefused {
    /// As many calls as allowed are in flight.
    TooManyCalls,
    /// The stanza has this many bytes, which is more than the server takes.
    TooLarge(usize),
    /// The stanza cannot be written.
    Build(BuildError),
}

impl fmt::Display for CallRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyCalls => f.write_str("too many calls are in flight"),
            Self::TooLarge(bytes) => write!(f, "the call takes {bytes} bytes, more than the server allows"),
            Self::Build(error) => error.fmt(f),
        }
    }
}

impl error::Error for CallRefused {}

/// Makes SOAP calls in IQ stanzas, or in messages, and finds their answers.
///
/// - Inputs: [`handle_stanza`](Self::handle_stanza), [`handle_timeout`](Self::handle_timeout),
///   [`handle_disconnect`](Self::handle_disconnect). They store; the work is done in `poll`.
/// - Verbs: [`call`](Self::call), [`call_by_message`](Self::call_by_message), [`cancel`](Self::cancel),
///   [`set_address`](Self::set_address).
/// - After each of them: [`poll`](Self::poll) until `None`, then wait for [`poll_timeout`](Self::poll_timeout) at most.
///
/// An answer must match a call in id and sender, so nobody can answer for somebody else. Every call ends with exactly
/// one [`Answered`], unless it is cancelled. The crate's documentation shows a whole exchange.
#[derive(Debug)]
pub struct Requester {
    config: RequesterConfig,
    own: FullJid,
    entropy: Entropy,
    tracker: Tracker<InFlight>,
    /// The ids of the calls in flight.
    ids: BTreeMap<CallId, (StanzaKind, String)>,
    next: u64,
    queue: VecDeque<Job>,
    /// Id and recipient of calls whose time was over, oldest first.
    over: VecDeque<(String, Jid)>,
    late: u64,
}

#[derive(Debug)]
struct InFlight {
    call: CallId,
    to: Jid,
}

#[derive(Debug)]
enum Job {
    Send(Element),
    Answer(CallId, Element),
    Failed(CallId, CallError),
}

impl Requester {
    /// A requester on a stream that is bound to `own`, with 32 unpredictable bytes that seed no other machine.
    pub fn new(config: RequesterConfig, entropy: [u8; 32], own: FullJid) -> Self {
        Self {
            config,
            own,
            entropy: Entropy::new(entropy),
            tracker: Tracker::new(config.in_flight),
            ids: BTreeMap::new(),
            next: 0,
            queue: VecDeque::new(),
            over: VecDeque::new(),
            late: 0,
        }
    }

    /// The session was bound to another address.
    pub fn set_address(&mut self, own: FullJid) {
        self.own = own;
    }

    /// Calls `to` and gives it `timeout` to answer.
    ///
    /// # Errors
    /// [`CallRefused`]; nothing is sent then.
    pub fn call(
        &mut self,
        now: Instant,
        to: &Jid,
        envelope: &Envelope,
        timeout: Duration,
    ) -> Result<CallId, CallRefused> {
        self.start(StanzaKind::Iq, now, to, envelope, timeout)
    }

    /// Calls by a message, which a server keeps for a recipient that is offline, and which may go to a bare address
    /// (XEP-0072 §3.2.2). Any resource of that account may answer. Not every responder takes it.
    ///
    /// # Errors
    /// [`CallRefused`]; nothing is sent then.
    pub fn call_by_message(
        &mut self,
        now: Instant,
        to: &Jid,
        envelope: &Envelope,
        timeout: Duration,
    ) -> Result<CallId, CallRefused> {
        self.start(StanzaKind::Message, now, to, envelope, timeout)
    }

    /// Gives a call up: no event will tell how it ended, and its answer counts as late. The other side processes it
    /// all the same. Says whether the call was in flight.
    pub fn cancel(&mut self, call: CallId) -> bool {
        let flight = self.ids.get(&call).and_then(|(kind, id)| self.tracker.cancel(*kind, id));
        flight.map(|flight| self.forget(flight)).is_some()
    }

    /// A stanza arrived. Says whether it is the answer to a call, perhaps a late one; if not, it is somebody else's.
    ///
    /// A call whose time is over at `now` has failed, whether or not that timeout was handled first.
    pub fn handle_stanza(&mut self, now: Instant, stanza: &Element) -> bool {
        let (Some(kind), Some(id)) = (answer_kind(stanza), stanza.attr("id")) else { return false };
        let from = match stanza.attr("from").map(|from| Jid::new(&from)) {
            Some(Err(_)) => return false,
            Some(Ok(from)) => Some(from),
            None => None,
        };
        let from = from.as_ref().map(Jid::view);
        // A message to an account is answered by one of its resources.
        let account = from.filter(|_| kind == StanzaKind::Message).map(JidRef::bare);
        self.expire(now);
        let mut flight = self.tracker.take_from(kind, &id, from, &self.own);
        if flight.is_none() && account.is_some() {
            flight = self.tracker.take_from(kind, &id, account, &self.own);
        }
        if let Some(flight) = flight {
            self.ids.remove(&flight.call);
            self.queue.push_back(Job::Answer(flight.call, stanza.clone()));
            return true;
        }
        let by = |to: &Jid| Some(to.view()) == from || Some(to.view()) == account;
        let late = self.over.iter().position(|(known, to)| *known == *id && by(to));
        if let Some(at) = late {
            self.over.remove(at);
            self.late += 1;
        }
        late.is_some()
    }

    /// A deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.expire(now);
    }

    /// The stream is gone for good: every call ends with [`CallError::Disconnected`]. Not for a stream that is resumed.
    pub fn handle_disconnect(&mut self) {
        self.queue.retain(|job| !matches!(job, Job::Send(_)));
        self.ids.clear();
        while let Some(flight) = self.tracker.pop() {
            self.queue.push_back(Job::Failed(flight.call, CallError::Disconnected));
        }
    }

    /// What to do next; `None` when drained.
    #[must_use]
    pub fn poll(&mut self) -> Option<Action<Answered>> {
        let (call, outcome) = match self.queue.pop_front()? {
            Job::Send(stanza) => return Some(Action::Send(stanza)),
            Job::Answer(call, stanza) => (call, outcome(&stanza, self.config.rules)),
            Job::Failed(call, error) => (call, Err(error)),
        };
        Some(Action::Event(Answered { call, outcome }))
    }

    /// The next deadline.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.tracker.poll_timeout()
    }

    /// How many calls are in flight.
    pub fn in_flight(&self) -> usize {
        self.tracker.len()
    }

    /// How many answers came after the time was over. They are ignored.
    pub fn late(&self) -> u64 {
        self.late
    }

    fn start(
        &mut self,
        kind: StanzaKind,
        now: Instant,
        to: &Jid,
        envelope: &Envelope,
        timeout: Duration,
    ) -> Result<CallId, CallRefused> {
        let id = self.entropy.token();
        let stanza = Element::build(kind.name(), ns::CLIENT)
            .attr("type", if kind == StanzaKind::Iq { "set" } else { "normal" })
            .attr("id", &id)
            .attr("to", to.as_str())
            .child(envelope.element())
            .finish()
            .map_err(CallRefused::Build)?;
        if let Some(limit) = self.config.stanza_bytes {
            let bytes = stanza.to_xml().len();
            if bytes > limit {
                return Err(CallRefused::TooLarge(bytes));
            }
        }
        let call = CallId(self.next);
        let key = InFlight { call, to: to.clone() };
        match self.tracker.track(kind, &id, Some(to.clone()), deadline(now, timeout), key) {
            Ok(()) => {}
            // 128 random bits do not repeat; if they did, there would be no room for the call either.
            Err(NotTracked::Full(_) | NotTracked::Duplicate(_)) => return Err(CallRefused::TooManyCalls),
        }
        self.next += 1;
        self.ids.insert(call, (kind, id));
        self.queue.push_back(Job::Send(stanza));
        Ok(call)
    }

    fn expire(&mut self, now: Instant) {
        while let Some(flight) = self.tracker.expire(now) {
            self.queue.push_back(Job::Failed(flight.call, CallError::Timeout));
            self.forget(flight);
        }
    }

    /// A call is over without an answer, which may still come.
    fn forget(&mut self, flight: InFlight) {
        let Some((_, id)) = self.ids.remove(&flight.call) else { return };
        if self.over.len() == REMEMBERED {
            self.over.pop_front();
        }
        self.over.push_back((id, flight.to));
    }
}

/// Whether a stanza can be the answer to a call, and to one by which kind.
fn answer_kind(stanza: &Element) -> Option<StanzaKind> {
    let kind = stanza.attr("type");
    match (StanzaKind::of(stanza)?, kind.as_deref()) {
        (StanzaKind::Iq, Some("result" | "error")) => Some(StanzaKind::Iq),
        (StanzaKind::Message, Some("error")) => Some(StanzaKind::Message),
        // Another message may have the same id by chance or by a receipt's habit.
        (StanzaKind::Message, _) if stanza.children().any(|child| child.name() == "Envelope") => {
            Some(StanzaKind::Message)
        }
        _ => None,
    }
}

/// What a response says.
fn outcome(stanza: &Element, rules: Rules) -> Result<Envelope, CallError> {
    let error = StanzaError::of_stanza(stanza.root());
    let is_error = stanza.attr("type").as_deref() == Some("error");
    let Some(element) = stanza.children().find(|child| child.name() == "Envelope") else {
        // A result that holds an error is an error: example 4 of XEP-0072 prints it that way.
        return Err(match error {
            Some(error) => CallError::Stanza(Box::new(error)),
            None if is_error => CallError::BadResponse(BadResponse::NoError),
            None => CallError::BadResponse(BadResponse::NoEnvelope),
        });
    };
    let envelope = Envelope::read(element, rules).map_err(|bad| match &error {
        // The call itself, returned by a server that could not deliver it, may be what our rules refuse.
        Some(error) => CallError::Stanza(Box::new(error.clone())),
        None => CallError::BadResponse(BadResponse::Envelope(bad)),
    })?;
    match (envelope.fault(), error) {
        (Some(fault), error) => Err(CallError::Fault(Box::new(AnsweredFault { fault, envelope, error }))),
        // The call itself, returned by a server that could not deliver it (RFC 6120 §8.3.1).
        (None, Some(error)) => Err(CallError::Stanza(Box::new(error))),
        (None, None) if is_error => Err(CallError::BadResponse(BadResponse::NoError)),
        (None, None) => Ok(envelope),
    }
}
