//! Answers calls: the responding node of XEP-0072 §4.4.2.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::{error, fmt};

use jid::Jid;
use xmpp_core::stanza::{ErrorType, StanzaCondition, StanzaError, StanzaKind};
use xmpp_core::time::{Duration, Instant};
use xmpp_core::xml::{BuildError, Builder, Element, ElementRef, ns};

use crate::{
    Action, Envelope, EnvelopeError, Fault, FaultCode, QName, Rules, Understanding, Version, deadline,
};

/// How a [`Responder`] behaves.
#[derive(Clone, Debug)]
pub struct ResponderConfig {
    /// The versions that are understood, best first. Both by default. Another one is answered with a `VersionMismatch`
    /// fault (SOAP 1.2 part 1 §2.8 and appendix A).
    pub versions: Vec<Version>,
    /// How strictly envelopes are checked.
    pub rules: Rules,
    /// Which mandatory header blocks the application processes. An envelope with others is answered with a
    /// `MustUnderstand` fault before the application sees it (SOAP 1.2 part 1 §2.4).
    pub understands: Understanding,
    /// Takes calls in an IQ of type `get` too, which XEP-0072 §3.2.1 does not allow and some devices may send.
    pub accept_get: bool,
    /// Takes calls in messages too (XEP-0072 §3.2.2). Off by default: the answer to a call that was given up looks like
    /// a call itself, so give stanzas to the [`Requester`](crate::Requester) first.
    pub accept_messages: bool,
    /// How many calls may wait for the application. More are refused with resource-constraint. The default is 1,024:
    /// each holds a copy of its addresses and no envelope, about 200 bytes.
    pub pending: usize,
    /// How long the application may take. Then the caller gets a Receiver fault, as RFC 6120 §8.2.3 leaves no request
    /// without response. The default is 5 minutes, longer than callers wait.
    pub answer_within: Duration,
}

impl Default for ResponderConfig {
    fn default() -> Self {
        Self {
            versions: Version::ALL.to_vec(),
            rules: Rules::default(),
            understands: Understanding::default(),
            accept_get: false,
            accept_messages: false,
            pending: 1024,
            answer_within: Duration::from_mins(5),
        }
    }
}

/// The right to answer one call, once. A dropped token is answered when the time is over.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallToken(u64);

impl CallToken {
    /// Takes the token, so that it answers once.
    fn number(self) -> u64 {
        self.0
    }
}

/// A call to be answered by [`reply`](Responder::reply), [`fault`](Responder::fault) or [`refuse`](Responder::refuse).
#[derive(Debug)]
pub struct Call {
    /// Answers it.
    pub token: CallToken,
    /// Who calls. `None` for a call from the own account or server (RFC 6120 §8.1.2.1), and for an address that is
    /// malformed.
    pub from: Option<Jid>,
    /// What was asked.
    pub envelope: Envelope,
    /// The stanza that it came in. A message may carry more than the envelope, such as a link to attached data
    /// (XEP-0072 §3.3).
    pub stanza: Element,
}

/// What the application learns from a [`Responder`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ResponderEvent {
    /// Somebody calls.
    Call(Call),
    /// A call was answered already, as it cannot be processed. For logs only.
    Rejected {
        /// Who called.
        from: Option<Jid>,
        /// Why it was rejected.
        reason: Rejected,
    },
}

/// Why a call did not reach the application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// It came in an IQ of type `get`.
    Get,
    /// The IQ carries more than the envelope (RFC 6120 §8.2.3), or the message more than one.
    SeveralPayloads,
    /// The envelope is malformed.
    Envelope(EnvelopeError),
    /// It is of a version that this node does not take.
    Version(Version),
    /// These mandatory header blocks are not understood.
    NotUnderstood(Vec<QName>),
    /// Too many calls wait already.
    Busy,
    /// The application did not answer in time.
    Unanswered,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get => f.write_str("the call came in an IQ of type get"),
            Self::SeveralPayloads => f.write_str("the stanza carries more than one envelope"),
            Self::Envelope(error) => error.fmt(f),
            Self::Version(version) => write!(f, "{version} is not accepted here"),
            Self::NotUnderstood(names) => {
                f.write_str("not understood:")?;
                names.iter().try_for_each(|name| write!(f, " {name}"))
            }
            Self::Busy => f.write_str("too many calls wait already"),
            Self::Unanswered => f.write_str("the application did not answer in time"),
        }
    }
}

/// Why an answer was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// The call has been answered for the application, as it took too long.
    Late,
    /// The answer cannot be written. The caller got a Receiver fault instead.
    Build(BuildError),
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("the call took too long and has been answered already"),
            Self::Build(error) => error.fmt(f),
        }
    }
}

impl error::Error for AnswerError {}

/// Answers SOAP calls that arrive in IQ stanzas, or in messages where that is allowed.
///
/// - Inputs: [`handle_stanza`](Self::handle_stanza), [`handle_timeout`](Self::handle_timeout),
///   [`handle_disconnect`](Self::handle_disconnect). They store; the work is done in `poll`.
/// - Verbs: [`reply`](Self::reply), [`fault`](Self::fault), [`refuse`](Self::refuse).
/// - After each of them: [`poll`](Self::poll) until `None`, then wait for [`poll_timeout`](Self::poll_timeout) at most.
///
/// Everything that SOAP and XEP-0072 demand before an application may process a call has been checked when
/// [`ResponderEvent::Call`] comes. The crate's documentation shows a whole exchange.
#[derive(Debug)]
pub struct Responder {
    config: ResponderConfig,
    /// Answered in the order of their tokens at the latest, as all have the same time.
    pending: BTreeMap<u64, Pending>,
    next: u64,
    queue: VecDeque<Job>,
}

#[derive(Debug)]
enum Job {
    Stanza(Element, Instant),
    Expire(Instant),
    Act(Action<ResponderEvent>),
}

/// Where an answer goes.
#[derive(Debug)]
struct Address {
    kind: StanzaKind,
    id: String,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug)]
struct Pending {
    address: Address,
    version: Version,
    deadline: Instant,
}

impl Responder {
    /// A responder that nobody has called.
    pub fn new(config: ResponderConfig) -> Self {
        Self { config, pending: BTreeMap::new(), next: 0, queue: VecDeque::new() }
    }

    /// A stanza arrived. Says whether it is a call; if not, it is somebody else's.
    pub fn handle_stanza(&mut self, now: Instant, stanza: &Element) -> bool {
        let ours = self.is_call(stanza);
        if ours {
            self.queue.push_back(Job::Stanza(stanza.clone(), now));
        }
        ours
    }

    /// A deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.queue.push_back(Job::Expire(now));
        }
    }

    /// The stream is gone for good: calls that came over it can no longer be answered.
    pub fn handle_disconnect(&mut self) {
        self.pending.clear();
        self.queue.clear();
    }

    /// Answers a call.
    ///
    /// # Errors
    /// [`AnswerError::Late`] when it has been answered for the application.
    pub fn reply(&mut self, token: CallToken, envelope: &Envelope) -> Result<(), AnswerError> {
        let pending = self.take(token.number())?;
        // A fault always goes out as an error, however it was passed (XEP-0072 §3.2.1).
        match envelope.fault() {
            Some(fault) => self.send_fault(&pending.address, envelope, &fault.code),
            None => self.send(pending.address.answer().child(envelope.element()).finish_lossy()),
        }
        Ok(())
    }

    /// Answers a call with a fault, in the version of the call.
    ///
    /// # Errors
    /// [`AnswerError::Late`] when it has been answered for the application, [`AnswerError::Build`] when the fault
    /// holds what XML cannot carry.
    pub fn fault(&mut self, token: CallToken, fault: &Fault) -> Result<(), AnswerError> {
        let pending = self.take(token.number())?;
        match fault.to_envelope(pending.version) {
            Ok(envelope) => {
                self.send_fault(&pending.address, &envelope, &fault.code);
                Ok(())
            }
            Err(error) => {
                let fault = Fault::new(FaultCode::Receiver, "the answer could not be written");
                self.send_own_fault(&pending.address, fault.to_envelope(pending.version), &fault.code);
                Err(AnswerError::Build(error))
            }
        }
    }

    /// Answers a call with an error of the transport, without an envelope: not allowed to call, not here. What went
    /// wrong in SOAP is a [`fault`](Self::fault) (XEP-0072 §6).
    ///
    /// # Errors
    /// [`AnswerError::Late`] when it has been answered for the application.
    pub fn refuse(&mut self, token: CallToken, error: &StanzaError) -> Result<(), AnswerError> {
        let pending = self.take(token.number())?;
        self.send_error(&pending.address, error);
        Ok(())
    }

    /// What to do next; `None` when drained.
    #[must_use]
    pub fn poll(&mut self) -> Option<Action<ResponderEvent>> {
        loop {
            match self.queue.pop_front()? {
                Job::Act(action) => return Some(action),
                Job::Stanza(stanza, now) => self.take_call(&stanza, now),
                Job::Expire(now) => self.expire(now),
            }
        }
    }

    /// The next deadline.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.pending.first_key_value().map(|(_, pending)| pending.deadline)
    }

    /// How many calls wait for the application.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Any namespace counts, or an unknown version would not be answered as SOAP demands.
    fn is_call(&self, stanza: &Element) -> bool {
        let kind = stanza.attr("type");
        let request = match StanzaKind::of(stanza) {
            Some(StanzaKind::Iq) => matches!(kind.as_deref(), Some("set" | "get")),
            Some(StanzaKind::Message) => self.config.accept_messages && kind.as_deref() != Some("error"),
            _ => false,
        };
        request && stanza.attr("id").is_some() && envelope_of(stanza).is_some()
    }

    fn take(&mut self, token: u64) -> Result<Pending, AnswerError> {
        self.pending.remove(&token).ok_or(AnswerError::Late)
    }

    fn take_call(&mut self, stanza: &Element, now: Instant) {
        let (Some(kind), Some(id), Some(element)) =
            (StanzaKind::of(stanza), stanza.attr("id"), envelope_of(stanza))
        else {
            return;
        };
        let to = stanza.attr("from").map(Cow::into_owned);
        let from = to.as_deref().and_then(|from| Jid::new(from).ok());
        let own = stanza.attr("to").map(Cow::into_owned);
        let address = Address { kind, id: id.into_owned(), from: own, to };
        match self.check(stanza, element) {
            Ok(envelope) if self.pending.len() < self.config.pending => {
                let token = self.next;
                self.next += 1;
                let deadline = deadline(now, self.config.answer_within);
                self.pending.insert(token, Pending { address, version: envelope.version(), deadline });
                let (token, stanza) = (CallToken(token), stanza.clone());
                self.event(ResponderEvent::Call(Call { token, from, envelope, stanza }));
            }
            Ok(_) => self.reject(&address, from, Rejected::Busy, Version::V12),
            Err(reason) => {
                let version = Version::by_ns(element.ns()).unwrap_or(Version::V12);
                self.reject(&address, from, reason, version);
            }
        }
    }

    /// In the order of SOAP 1.2 part 1 §2.6: version, form, mandatory headers.
    fn check(&self, stanza: &Element, element: ElementRef<'_>) -> Result<Envelope, Rejected> {
        if StanzaKind::of(stanza) == Some(StanzaKind::Iq)
            && stanza.attr("type").as_deref() == Some("get")
            && !self.config.accept_get
        {
            return Err(Rejected::Get);
        }
        let is_envelope = |child: &ElementRef<'_>| child.name() == "Envelope";
        let payloads = match StanzaKind::of(stanza) {
            Some(StanzaKind::Message) => stanza.children().filter(is_envelope).count(),
            _ => stanza.children().count(),
        };
        if payloads != 1 {
            return Err(Rejected::SeveralPayloads);
        }
        if let Some(version) = Version::by_ns(element.ns()).filter(|v| !self.config.versions.contains(v)) {
            return Err(Rejected::Version(version));
        }
        let envelope = Envelope::read(element, self.config.rules).map_err(Rejected::Envelope)?;
        match envelope.not_understood(&self.config.understands) {
            names if names.is_empty() => Ok(envelope),
            names => Err(Rejected::NotUnderstood(names)),
        }
    }

    fn reject(&mut self, address: &Address, from: Option<Jid>, reason: Rejected, version: Version) {
        match &reason {
            Rejected::Get | Rejected::SeveralPayloads => {
                let error = StanzaError::new(StanzaCondition::BadRequest).with_text(reason.to_string());
                self.send_error(address, &error);
            }
            Rejected::Busy => {
                let error = StanzaError::new(StanzaCondition::ResourceConstraint).with_type(ErrorType::Wait);
                self.send_error(address, &error);
            }
            Rejected::Version(_) | Rejected::Envelope(EnvelopeError::Version(_)) => {
                // A sender of 1.1 could not read a fault of 1.2 (part 1 appendix A); whoever speaks neither gets the
                // best that is spoken here.
                let answer = match reason {
                    Rejected::Version(version) => version,
                    _ => self.config.versions.first().copied().unwrap_or(Version::V12),
                };
                let envelope = Fault::version_mismatch(answer, &self.config.versions);
                self.send_own_fault(address, envelope, &FaultCode::VersionMismatch);
            }
            Rejected::NotUnderstood(names) => {
                let envelope = Fault::not_understood(version, names);
                self.send_own_fault(address, envelope, &FaultCode::MustUnderstand);
            }
            Rejected::Envelope(_) => {
                let fault = Fault::new(FaultCode::Sender, reason.to_string());
                self.send_own_fault(address, fault.to_envelope(version), &fault.code);
            }
            Rejected::Unanswered => {
                let fault = Fault::new(FaultCode::Receiver, "no answer in time");
                self.send_own_fault(address, fault.to_envelope(version), &fault.code);
            }
        }
        self.event(ResponderEvent::Rejected { from, reason });
    }

    fn expire(&mut self, now: Instant) {
        while let Some(entry) = self.pending.first_entry().filter(|entry| entry.get().deadline <= now) {
            let Pending { address, version, .. } = entry.remove();
            let from = address.to.as_deref().and_then(|from| Jid::new(from).ok());
            self.reject(&address, from, Rejected::Unanswered, version);
        }
    }

    fn event(&mut self, event: ResponderEvent) {
        self.queue.push_back(Job::Act(Action::Event(event)));
    }

    fn send(&mut self, stanza: Element) {
        self.queue.push_back(Job::Act(Action::Send(stanza)));
    }

    fn send_error(&mut self, address: &Address, error: &StanzaError) {
        self.send(address.error().child(&error.to_element()).finish_lossy());
    }

    /// The envelope and the error that says the same to XMPP (XEP-0072 §3.2.1, example 5).
    fn send_fault(&mut self, address: &Address, envelope: &Envelope, code: &FaultCode) {
        let error = code.to_stanza_error().to_element();
        self.send(address.error().child(envelope.element()).child(&error).finish_lossy());
    }

    /// A fault of our own making. It quotes what the caller sent, which XML could carry, so it can always be written.
    fn send_own_fault(
        &mut self,
        address: &Address,
        envelope: Result<Envelope, BuildError>,
        code: &FaultCode,
    ) {
        match envelope {
            Ok(envelope) => self.send_fault(address, &envelope, code),
            Err(_) => self.send_error(address, &StanzaError::new(StanzaCondition::InternalServerError)),
        }
    }
}

impl Address {
    fn answer(&self) -> Builder {
        self.stanza(if self.kind == StanzaKind::Iq { "result" } else { "normal" })
    }

    fn error(&self) -> Builder {
        self.stanza("error")
    }

    fn stanza(&self, kind: &str) -> Builder {
        Element::build(self.kind.name(), ns::CLIENT)
            .attr("type", kind)
            .attr("id", &self.id)
            .attr_opt("from", self.from.as_deref())
            .attr_opt("to", self.to.as_deref())
    }
}

fn envelope_of(stanza: &Element) -> Option<ElementRef<'_>> {
    stanza.children().find(|child| child.name() == "Envelope")
}
