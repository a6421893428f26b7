//! Accounts made before the login, and passwords changed after it (XEP-0077).

use jid::{BareJid, FullJid};

use super::{Receiver, ReceiverEvent, State, StreamCondition};
use crate::{
    sasl::{
        prep,
        scram::{Enrolment, Progress},
        server,
    },
    speaker::Out,
    stanza::{Iq, IqKind, StanzaCondition, StanzaError, iq},
    work::Worked,
    xep::register::{Offer, Request, Submission},
    xml::{Element, ElementRef, ns},
};

/// The longest password, bytes. It goes through a hash once, whatever its length.
const MAX_PASSWORD: usize = 1023;

/// What a stream has done about accounts.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    pending: Option<Pending>,
    /// Before the login.
    requests: u32,
    /// One account a stream.
    made: bool,
}

impl Registrations {
    /// Whether a derivation or the application's answer is awaited.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

/// A new account or password on its way.
#[derive(Debug)]
struct Pending {
    /// The request without its content, to be answered.
    request: Element,
    account: BareJid,
    /// `None`: the application decides.
    enrolment: Option<Enrolment>,
}

/// A request about accounts.
pub(super) fn query(element: ElementRef<'_>) -> Option<Iq<'_>> {
    let iq = Iq::parse(element).ok().filter(|iq| iq.kind.is_request())?;
    iq.payload.is_some_and(|payload| payload.is("query", ns::REGISTER)).then_some(iq)
}

impl Receiver {
    /// Before the login (§3.1.1).
    pub(super) fn handle_registration(&mut self, sasl: Box<server::Negotiation>, iq: &Iq<'_>) {
        self.state = State::Negotiation { sasl: Some(sasl) };
        self.registrations.requests += 1;
        if self.registrations.requests > self.config.registration_attempts {
            return self.refuse(StreamCondition::PolicyViolation, "too many requests about accounts");
        }
        let served = iq.to.as_ref().is_none_or(|to| to.as_str() == self.config.domain);
        let outcome = match (self.config.registration, iq.kind) {
            (true, IqKind::Get) if served => {
                let offer = Offer::of(["username", "password"])
                    .with_instructions("Choose a username and a password for this server.");
                return self.voice.send(iq.result(Some(&offer.to_element())));
            }
            (true, _) if served => self.new_account(iq),
            _ => Err(StanzaCondition::ServiceUnavailable.into()),
        };
        self.begin(iq, outcome);
    }

    fn new_account(&mut self, iq: &Iq<'_>) -> Result<(BareJid, Submission), StanzaError> {
        let submission = match iq.payload.map_or(Err(StanzaCondition::BadRequest), Request::parse)? {
            Request::Submit(submission) => submission,
            // Nobody is registered on this stream (§3.2).
            Request::Remove => return Err(StanzaCondition::UnexpectedRequest.into()),
        };
        if self.registrations.made {
            return Err(unacceptable("an account was made on this stream already"));
        }
        let (Some(username), Some(_)) = (submission.get("username"), submission.get("password")) else {
            return Err(unacceptable("a username and a password are needed"));
        };
        let account = BareJid::from_parts(Some(username), &self.config.domain)
            .map_err(|error| unacceptable(error.to_string()))?;
        // The name must lead to this account when it comes through SASL.
        let same = prep::username(username)
            .and_then(|username| BareJid::from_parts(Some(&username), &self.config.domain).ok());
        if same.as_ref() != Some(&account) {
            return Err(unacceptable("nobody can log in under this name"));
        }
        Ok((account, submission))
    }

    /// A request of a bound client to change its password; `false`: it is something else (§3.3).
    pub(super) fn handle_change(&mut self, jid: &FullJid, element: ElementRef<'_>) -> bool {
        // After our own </stream> nothing is said any more.
        let Some(iq) = query(element).filter(|iq| iq.kind == IqKind::Set && self.voice.is_open()) else {
            return false;
        };
        let ours =
            iq.to.as_ref().is_none_or(|to| to.as_str() == self.config.domain || to.view() == jid.bare());
        let Some(Ok(Request::Submit(submission))) = iq.payload.map(Request::parse) else { return false };
        if ours {
            let outcome = new_password(jid, submission);
            self.begin(&iq, outcome);
        }
        ours
    }

    /// Derives the keys of what was asked for, or refuses it.
    fn begin(&mut self, iq: &Iq<'_>, outcome: Result<(BareJid, Submission), StanzaError>) {
        let started = outcome.and_then(|(account, submission)| {
            let password = submission.get("password").filter(|password| password.len() <= MAX_PASSWORD);
            let iterations = self.config.sasl.usual_iterations();
            let enrolment = password.and_then(|password| {
                Enrolment::new(password, iterations, self.entropy.fork("register")).ok()
            });
            Ok((account, enrolment.ok_or_else(|| unacceptable("this password cannot be used"))?))
        });
        match started {
            Ok((account, (enrolment, work))) => {
                let request = without_content(iq.element);
                self.registrations.pending = Some(Pending { request, account, enrolment: Some(enrolment) });
                self.voice.say(Out::Work(work));
            }
            // The request held a password, and does not come back (§3.3).
            Err(error) => self.voice.send(iq.refuse(&error)),
        }
    }

    pub(super) fn handle_derived(&mut self, worked: Worked) {
        let Some(Pending { enrolment, account, .. }) = &mut self.registrations.pending else { return };
        match enrolment.as_mut().map_or(Progress::Ignored, |enrolment| enrolment.worked(worked)) {
            Progress::Work(work) => self.voice.say(Out::Work(work)),
            Progress::Done(credentials) => {
                let account = account.clone();
                *enrolment = None;
                self.voice.event(match self.state {
                    State::Established(_) => ReceiverEvent::ChangePassword { account, credentials },
                    _ => ReceiverEvent::Register { account, credentials },
                });
            }
            Progress::Ignored => {}
        }
    }

    /// The application's answer; `false`: nothing was asked.
    pub(super) fn take_registered(&mut self, outcome: Result<(), StanzaError>) -> bool {
        let Some(Pending { request, .. }) =
            self.registrations.pending.take_if(|pending| pending.enrolment.is_none())
        else {
            return false;
        };
        if matches!(self.state, State::Established(_)) {
            self.deadline = None;
        }
        self.registrations.made |= outcome.is_ok();
        self.voice.send(match outcome {
            Ok(()) => iq::result(&request, None),
            Err(error) => iq::error(&request, &error),
        });
        true
    }
}

fn new_password(jid: &FullJid, submission: Submission) -> Result<(BareJid, Submission), StanzaError> {
    let account = jid.to_bare();
    let (Some(username), Some(_)) = (submission.get("username"), submission.get("password")) else {
        let text = "a username and a password are needed";
        return Err(StanzaError::new(StanzaCondition::BadRequest).with_text(text));
    };
    match BareJid::from_parts(Some(username), account.domain()) {
        Ok(named) if named == account => Ok((account, submission)),
        _ => Err(StanzaCondition::Forbidden.into()),
    }
}

fn unacceptable(text: impl Into<String>) -> StanzaError {
    StanzaError::new(StanzaCondition::NotAcceptable).with_text(text)
}

/// The start tag of a request: enough to answer it.
fn without_content(request: ElementRef<'_>) -> Element {
    let mut copy = Element::build(request.name(), request.ns());
    for name in ["type", "id", "from", "to"] {
        copy = copy.attr_opt(name, request.attr(name).as_deref());
    }
    copy.finish_lossy()
}
