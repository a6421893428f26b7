//! Requester and responder joined in memory, and answers of peers that are less careful.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{APP, DEVICE, Pair, device, envelope, parse, requester, soap, stamp};
use soap_xmpp::{
    Action, Answered, BadResponse, CallError, CallRefused, Envelope, EnvelopeError, FailureReason, Fault,
    FaultCode, Requester, RequesterConfig, Version,
};
use xmpp_core::stanza::{StanzaCondition, StanzaError};
use xmpp_core::time::{Duration, Instant};
use xmpp_core::xml::{Element, ElementRef, ns};

const TIMEOUT: Duration = Duration::from_secs(30);

fn question(version: Version) -> Envelope {
    envelope(version, "<q:GetTime xmlns:q='urn:q'/>")
}

/// A requester with one call in flight, and the id of its stanza.
fn calling(now: Instant) -> (Requester, String) {
    let mut requester = requester(RequesterConfig::default());
    requester.call(now, &device(), &question(Version::V12), TIMEOUT).unwrap();
    let Some(Action::Send(iq)) = requester.poll() else { panic!() };
    (requester, iq.attr("id").unwrap().into_owned())
}

/// What a response makes of the only call.
fn outcome_of(kind: &str, inside: &str) -> Result<Envelope, CallError> {
    let now = common::start();
    let (mut requester, id) = calling(now);
    let response =
        parse(&format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' from='{DEVICE}'>{inside}</iq>"));
    assert!(requester.handle_stanza(now, &response));
    let Some(Action::Event(Answered { outcome, .. })) = requester.poll() else { panic!() };
    assert!(requester.poll().is_none());
    assert_eq!((requester.in_flight(), requester.poll_timeout()), (0, None));
    outcome
}

/// SOP-02, SOP-03, SOP-09, SOP-10, SOP-11: a call and its answer, in both versions.
#[test]
fn a_call_and_its_answer() {
    for version in Version::ALL {
        let mut pair = Pair::new();
        let id = pair.requester.call(pair.now, &device(), &question(version), TIMEOUT).unwrap();
        pair.run();
        let call = pair.call();
        assert_eq!((call.from.as_ref().unwrap().as_str(), &call.envelope), (APP, &question(version)));
        let answer = envelope(version, "<q:Time xmlns:q='urn:q'>noon</q:Time>");
        pair.responder.reply(call.token, &answer).unwrap();
        pair.run();
        assert_eq!(pair.answered[0].call, id);
        assert_eq!(pair.outcome(), Ok(answer));
        let [request, response] = &*pair.wire else { panic!() };
        assert_eq!(request.attr("type").as_deref(), Some("set"));
        assert_eq!(response.attr("type").as_deref(), Some("result"));
        assert_eq!(request.attr("id"), response.attr("id"));
        assert!([request, response].iter().all(|iq| iq.children().count() == 1));
    }
}

/// SOP-05: a fault goes out as an error that says the same twice, and arrives as the fault, not as a refusal.
#[test]
fn a_fault_crosses_as_an_error() {
    for version in Version::ALL {
        for by_reply in [true, false] {
            let mut pair = Pair::new();
            pair.requester.call(pair.now, &device(), &question(version), TIMEOUT).unwrap();
            pair.run();
            let call = pair.call();
            let fault = Fault::new(FaultCode::Receiver, "the meter is silent");
            if by_reply {
                pair.responder.reply(call.token, &fault.to_envelope(version).unwrap()).unwrap();
            } else {
                pair.responder.fault(call.token, &fault).unwrap();
            }
            pair.run();
            let response = pair.wire.last().unwrap();
            assert_eq!(response.attr("type").as_deref(), Some("error"));
            let names: Vec<_> = response.children().map(ElementRef::name).collect();
            assert_eq!(names, ["Envelope", "error"]);
            let error = pair.outcome().unwrap_err();
            assert_eq!(
                (error.failure_reason(), error.to_string().as_str()),
                (None, "SOAP fault Receiver: the meter is silent")
            );
            let CallError::Fault(answered) = error else { panic!() };
            assert_eq!((answered.fault, answered.envelope.version()), (fault, version));
            assert_eq!(FaultCode::of_stanza_error(&answered.error.unwrap()), Some(FaultCode::Receiver));
        }
    }
}

/// SOP-07, SOP-04: a refusal by the transport is no fault.
#[test]
fn a_refusal() {
    let mut pair = Pair::new();
    pair.requester.call(pair.now, &device(), &question(Version::V12), TIMEOUT).unwrap();
    pair.run();
    let call = pair.call();
    let error = StanzaError::new(StanzaCondition::ServiceUnavailable);
    pair.responder.refuse(call.token, &error).unwrap();
    pair.run();
    assert_eq!(pair.wire.last().unwrap().children().count(), 1);
    let outcome = pair.outcome().unwrap_err();
    assert_eq!(outcome.failure_reason(), Some(FailureReason::ReceptionFailure));
    assert_eq!(outcome, CallError::Stanza(Box::new(error)));
}

/// SOP-04: a result that holds an error, as an example of the specification prints it, is an error.
#[test]
fn an_error_in_a_result() {
    let inside =
        "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    for kind in ["result", "error"] {
        let Err(CallError::Stanza(error)) = outcome_of(kind, inside) else { panic!() };
        assert_eq!(error.condition, StanzaCondition::ServiceUnavailable);
    }
}

/// SOP-06: a fault is a fault, also in a result or beside an error that does not tell.
#[test]
fn faults_of_sloppy_peers() {
    let fault = soap(
        Version::V11,
        "<s:Body><s:Fault><s:faultcode>1</s:faultcode><s:faultstring>no</s:faultstring></s:Fault></s:Body>",
    );
    let plain = "<error type='cancel'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    for (kind, inside, error) in [
        ("result", fault.clone(), None),
        ("error", fault.clone(), None),
        ("error", format!("{plain}{fault}"), Some(StanzaCondition::BadRequest)),
    ] {
        let Err(CallError::Fault(answered)) = outcome_of(kind, &inside) else { panic!("{kind}") };
        assert_eq!(answered.fault.code, FaultCode::Other("1".into()));
        assert_eq!(answered.error.map(|error| error.condition), error);
    }
}

/// SOP-06: an error without a fault is one of the transport, even if it tells of a fault or returns the call.
#[test]
fn errors_without_a_fault() {
    let error = FaultCode::Sender.to_stanza_error().to_element();
    let bare = error.to_xml();
    let returned = format!("{}{bare}", question(Version::V12).element());
    let broken = format!("{}{bare}", soap(Version::V12, ""));
    for inside in [bare, returned, broken] {
        let Err(CallError::Stanza(error)) = outcome_of("error", &inside) else { panic!("{inside}") };
        assert_eq!(FaultCode::of_stanza_error(&error), Some(FaultCode::Sender));
    }
}

/// SOP-03, SOP-10: answers that are none, each with its reason.
#[test]
fn bad_responses() {
    for (kind, inside, bad) in [
        ("result", String::new(), BadResponse::NoEnvelope),
        ("result", "<x xmlns='urn:x'/>".to_owned(), BadResponse::NoEnvelope),
        ("result", soap(Version::V12, ""), BadResponse::Envelope(EnvelopeError::NoBody)),
        (
            "result",
            "<Envelope xmlns='urn:9'/>".to_owned(),
            BadResponse::Envelope(EnvelopeError::Version("urn:9".into())),
        ),
        ("error", String::new(), BadResponse::NoError),
        ("error", question(Version::V12).element().to_xml(), BadResponse::NoError),
    ] {
        let error = outcome_of(kind, &inside).unwrap_err();
        assert_eq!(error.failure_reason(), Some(FailureReason::BadRequestMessage));
        assert_eq!(error, CallError::BadResponse(bad), "{kind} {inside}");
    }
}

/// SOP-08, SOP-11: id, sender and kind must all match, or somebody else could answer.
#[test]
fn forged_answers_are_not_ours() {
    let now = common::start();
    let (mut requester, id) = calling(now);
    let answer = question(Version::V12).element().to_xml();
    let iq = |name: &str, kind: &str, id: &str, from: &str| {
        parse(&format!("<{name} xmlns='jabber:client' type='{kind}' id='{id}' {from}>{answer}</{name}>"))
    };
    let right = format!("from='{DEVICE}'");
    for forged in [
        iq("iq", "result", &id, "from='eve@example.com/ilon'"),
        iq("iq", "result", &id, "from='08-00-00-1a-7c-62@example.com'"),
        iq("iq", "result", &id, "from='example.com'"),
        iq("iq", "result", &id, "from='@'"),
        iq("iq", "result", &id, ""),
        iq("iq", "result", "guess", &right),
        iq("iq", "set", &id, &right),
        iq("message", "normal", &id, &right),
    ] {
        assert!(!requester.handle_stanza(now, &forged), "{forged}");
    }
    assert_eq!((requester.in_flight(), requester.late()), (1, 0));
    assert!(requester.handle_stanza(now, &iq("iq", "result", &id, &right)));
    assert!(!requester.handle_stanza(now, &iq("iq", "result", &id, &right)), "answered once");
}

/// SOP-23: no answer in time, and what comes later is counted and ignored.
#[test]
fn timeouts_and_late_answers() {
    let now = common::start();
    for timer_first in [true, false] {
        let (mut requester, id) = calling(now);
        let deadline = now + TIMEOUT;
        assert_eq!(requester.poll_timeout(), Some(deadline));
        requester.handle_timeout(now + Duration::from_secs(29));
        assert!(requester.poll().is_none());
        if timer_first {
            requester.handle_timeout(deadline);
        }
        let answer = Element::build("iq", ns::CLIENT).attr("type", "result").attr("id", &id);
        let answer = stamp(&answer.child(question(Version::V12).element()).finish().unwrap(), DEVICE);
        assert!(requester.handle_stanza(deadline, &answer));
        let Some(Action::Event(Answered { outcome, .. })) = requester.poll() else { panic!() };
        assert_eq!(outcome, Err(CallError::Timeout));
        assert!(requester.poll().is_none());
        assert_eq!((requester.late(), requester.poll_timeout()), (1, None));
        assert!(!requester.handle_stanza(deadline, &answer), "a second one is unknown");
    }
}

/// SOP-08: a call to an account in an IQ is answered by the account's server, not by one of its resources.
#[test]
fn a_call_to_an_account_is_answered_by_the_account() {
    let now = common::start();
    let mut requester = requester(RequesterConfig::default());
    let account = device().into_bare();
    requester.call(now, &account.clone().into(), &question(Version::V12), TIMEOUT).unwrap();
    let Some(Action::Send(iq)) = requester.poll() else { panic!() };
    let answer = iq.with_attrs(&[("type", Some("result"))]).unwrap();
    assert!(!requester.handle_stanza(now, &stamp(&answer, DEVICE)));
    assert!(requester.handle_stanza(now, &stamp(&answer, account.as_str())));
}

/// SOP-23: only so many calls that are over are remembered; the answer to an older one is nobody's.
#[test]
fn late_answers_are_remembered_within_bounds() {
    let now = common::start();
    let mut requester = requester(RequesterConfig::default());
    let mut answers = Vec::new();
    for _ in 0..257 {
        requester.call(now, &device(), &question(Version::V12), TIMEOUT).unwrap();
        let Some(Action::Send(iq)) = requester.poll() else { panic!() };
        answers.push(stamp(&iq.with_attrs(&[("type", Some("result"))]).unwrap(), DEVICE));
    }
    requester.handle_timeout(now + TIMEOUT);
    let late: Vec<_> = answers.iter().map(|answer| requester.handle_stanza(now + TIMEOUT, answer)).collect();
    assert_eq!((late[0], late.iter().filter(|late| **late).count()), (false, 256));
    assert_eq!(requester.late(), 256);
}

/// SOP-23: a call that was given up ends without an event.
#[test]
fn cancelled_calls() {
    let now = common::start();
    let mut requester = requester(RequesterConfig::default());
    let call = requester.call(now, &device(), &question(Version::V12), TIMEOUT).unwrap();
    assert!(requester.cancel(call) && !requester.cancel(call));
    assert_eq!((requester.in_flight(), requester.poll_timeout()), (0, None));
    requester.handle_timeout(now + TIMEOUT);
    assert!(matches!(requester.poll(), Some(Action::Send(_))), "it may have been sent already");
    assert!(requester.poll().is_none());
}

/// A stream that is lost ends every call.
#[test]
fn disconnected() {
    let now = common::start();
    let (mut requester, _) = calling(now);
    requester.call(now, &device(), &question(Version::V12), TIMEOUT).unwrap();
    requester.handle_disconnect();
    for _ in 0..2 {
        let Some(Action::Event(Answered { outcome, .. })) = requester.poll() else { panic!() };
        assert_eq!(outcome, Err(CallError::Disconnected));
    }
    assert!(requester.poll().is_none(), "what was not sent yet is not sent on the next stream");
}

/// SOP-21, SOP-10: what cannot be sent is refused at once.
#[test]
fn refused_calls() {
    let now = common::start();
    let mut requester =
        requester(RequesterConfig { in_flight: 1, stanza_bytes: Some(1_000), ..RequesterConfig::default() });
    let large = Envelope::build(Version::V12).body_text("x".repeat(1_000)).finish().unwrap();
    let refused = requester.call(now, &device(), &large, TIMEOUT);
    assert!(matches!(refused, Err(CallRefused::TooLarge(bytes)) if bytes > 1_000), "{refused:?}");
    requester.call(now, &device(), &question(Version::V12), Duration::MAX).unwrap();
    assert!(requester.poll_timeout().is_some());
    let refused = requester.call(now, &device(), &question(Version::V12), TIMEOUT);
    assert_eq!(refused, Err(CallRefused::TooManyCalls));
    assert!(matches!(requester.poll(), Some(Action::Send(_))));
    assert!(requester.poll().is_none());
}

/// SOP-23: a thousand calls at once, answered in another order; each finds its own answer.
#[test]
fn a_thousand_calls_in_flight() {
    let mut pair = Pair::new();
    let mut calls = Vec::new();
    for n in 0..1_000 {
        let question = envelope(Version::V11, &format!("<n xmlns='urn:n'>{n}</n>"));
        calls.push(pair.requester.call(pair.now, &device(), &question, TIMEOUT).unwrap());
    }
    pair.run();
    assert_eq!((pair.requester.in_flight(), pair.responder.pending()), (1_000, 1_000));
    while let Some(soap_xmpp::ResponderEvent::Call(call)) = pair.events.pop() {
        pair.responder.reply(call.token, &call.envelope).unwrap();
    }
    pair.run();
    assert_eq!(pair.answered.len(), 1_000);
    for Answered { call, outcome } in &pair.answered {
        let n = calls.iter().position(|known| known == call).unwrap();
        assert_eq!(outcome.as_ref().unwrap().payload().unwrap().text(), n.to_string());
    }
    assert_eq!((pair.requester.in_flight(), pair.responder.pending()), (0, 0));
}

/// SOP-24: a routing header passes through untouched.
#[test]
fn routing_headers_pass_through() {
    let path = "<m:path xmlns:m='http://schemas.xmlsoap.org/rp/'><m:to>http://c.example.net/x</m:to><m:fwd><m:via>\
                xmpp:gw@b.example.org/soap</m:via></m:fwd><m:rev><m:via/></m:rev></m:path>";
    let mut pair = Pair::new();
    let call = Envelope::build(Version::V12).header(&parse(path)).finish().unwrap();
    pair.requester.call(pair.now, &device(), &call, TIMEOUT).unwrap();
    pair.run();
    let received = pair.call().envelope;
    assert_eq!(received, call);
    assert!(received.element().to_xml().contains(path));
}

/// SOP-01, SOP-13, SOP-10: the names by which the binding is found.
#[test]
fn names() {
    assert_eq!(soap_xmpp::FEATURE, "http://jabber.org/protocol/soap");
    assert_eq!(soap_xmpp::IDENTITY, ("automation", "soap"));
    assert_eq!(soap_xmpp::EXCHANGE_PATTERN, "http://www.w3.org/2003/05/soap/mep/request-response/");
}
