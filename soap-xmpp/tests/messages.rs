//! Calls by message (XEP-0072 §3.2.2): SOP-08.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{APP, DEVICE, Pair, envelope, parse, requester, soap, stamp};
use jid::Jid;
use soap_xmpp::{
    Action, Answered, CallError, Envelope, Fault, FaultCode, RequesterConfig, ResponderConfig, Version,
};
use xmpp_core::stanza::StanzaCondition;
use xmpp_core::time::{Duration, Instant};
use xmpp_core::xml::{Element, ns};

const DAY: Duration = Duration::from_hours(24);

fn question() -> Envelope {
    envelope(Version::V12, "<q:GetTime xmlns:q='urn:q'/>")
}

fn accepting() -> Pair {
    Pair::with(ResponderConfig { accept_messages: true, ..ResponderConfig::default() })
}

/// The message that calls the account of the device.
fn called(pair: &mut Pair) -> Element {
    let account: Jid = DEVICE.parse::<Jid>().unwrap().into_bare().into();
    pair.requester.call_by_message(pair.now, &account, &question(), DAY).unwrap();
    let Some(Action::Send(message)) = pair.requester.poll() else { panic!() };
    assert!(message.is("message", ns::CLIENT));
    assert_eq!(message.attr("type").as_deref(), Some("normal"));
    assert_eq!(message.attr("to").as_deref(), Some(account.as_str()));
    stamp(&message, APP)
}

fn outcome(pair: &mut Pair, now: Instant, answer: &Element) -> Result<Envelope, CallError> {
    assert!(pair.requester.handle_stanza(now, answer));
    let Some(Action::Event(Answered { outcome, .. })) = pair.requester.poll() else { panic!() };
    assert_eq!(pair.requester.in_flight(), 0);
    outcome
}

/// SOP-08: an account is called, one of its resources answers, the id ties both.
#[test]
fn a_call_to_an_account() {
    let mut pair = accepting();
    let message = called(&mut pair);
    assert!(pair.responder.handle_stanza(pair.now, &message));
    let Some(Action::Event(event)) = pair.responder.poll() else { panic!() };
    pair.events.push(event);
    let call = pair.call();
    assert_eq!(call.envelope, question());
    let answer = envelope(Version::V12, "<q:Time xmlns:q='urn:q'>noon</q:Time>");
    pair.responder.reply(call.token, &answer).unwrap();
    let Some(Action::Send(reply)) = pair.responder.poll() else { panic!() };
    assert_eq!((reply.name(), reply.attr("id")), ("message", message.attr("id")));
    let reply = stamp(&reply, DEVICE);
    let now = pair.now;
    assert_eq!(outcome(&mut pair, now, &reply), Ok(answer));
}

/// SOP-08, SOP-05: a fault comes as a message of type error.
#[test]
fn a_fault_in_a_message() {
    let mut pair = accepting();
    let message = called(&mut pair);
    assert!(pair.responder.handle_stanza(pair.now, &message));
    let Some(Action::Event(event)) = pair.responder.poll() else { panic!() };
    pair.events.push(event);
    let token = pair.call().token;
    let fault = Fault::new(FaultCode::Sender, "no");
    pair.responder.fault(token, &fault).unwrap();
    let Some(Action::Send(reply)) = pair.responder.poll() else { panic!() };
    assert_eq!(reply.attr("type").as_deref(), Some("error"));
    assert!(!pair.responder.handle_stanza(pair.now, &reply), "an error is no call");
    let reply = stamp(&reply, DEVICE);
    let now = pair.now;
    assert!(matches!(outcome(&mut pair, now, &reply), Err(CallError::Fault(f)) if f.fault == fault));
}

/// SOP-08: the server's own error ends the call, too.
#[test]
fn an_undeliverable_message() {
    let mut pair = accepting();
    let message = called(&mut pair);
    let error = parse(&format!(
        "<message xmlns='jabber:client' type='error' id='{}' from='{}'><error type='cancel'>\
         <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        message.attr("id").unwrap(),
        message.attr("to").unwrap()
    ));
    let now = pair.now;
    let Err(CallError::Stanza(error)) = outcome(&mut pair, now, &error) else { panic!() };
    assert_eq!(error.condition, StanzaCondition::ServiceUnavailable);
}

/// SOP-08: other senders, other kinds, and messages that merely share the id, answer nothing.
#[test]
fn what_does_not_answer() {
    let mut pair = accepting();
    let message = called(&mut pair);
    let id = message.attr("id").unwrap().into_owned();
    let body = question().element().to_xml();
    for (name, kind, from, inside) in [
        ("message", "normal", "eve@example.com/ilon", &*body),
        ("message", "normal", DEVICE, "<body>hello</body>"),
        ("iq", "result", DEVICE, &*body),
    ] {
        let xml =
            format!("<{name} xmlns='jabber:client' type='{kind}' id='{id}' from='{from}'>{inside}</{name}>");
        assert!(!pair.requester.handle_stanza(pair.now, &parse(&xml)), "{xml}");
    }
    // A message to one resource is answered by that resource only.
    let mut requester = requester(RequesterConfig::default());
    requester.call_by_message(pair.now, &common::device(), &question(), DAY).unwrap();
    let Some(Action::Send(message)) = requester.poll() else { panic!() };
    let other = stamp(&message, "08-00-00-1a-7c-62@example.com/other");
    assert!(!requester.handle_stanza(pair.now, &other));
}

/// SOP-08, SOP-09: a message may carry more beside the one envelope; it needs an id.
#[test]
fn what_a_message_may_carry() {
    let mut pair = accepting();
    let envelope = soap(Version::V12, "<s:Body/>");
    let oob = "<x xmlns='jabber:x:oob'><url>http://example.org/me.png</url></x>";
    let message = |attrs: &str, inside: &str| {
        parse(&format!("<message xmlns='jabber:client' from='{APP}' {attrs}>{inside}</message>"))
    };
    assert!(pair.responder.handle_stanza(pair.now, &message("id='1'", &format!("{envelope}{oob}"))));
    let Some(Action::Event(event)) = pair.responder.poll() else { panic!() };
    pair.events.push(event);
    assert!(pair.call().stanza.child("x", "jabber:x:oob").is_some());
    assert!(pair.responder.handle_stanza(pair.now, &message("id='1'", &format!("{envelope}{envelope}"))));
    let Some(Action::Send(refusal)) = pair.responder.poll() else { panic!() };
    assert_eq!(refusal.attr("type").as_deref(), Some("error"));
    assert!(!pair.responder.handle_stanza(pair.now, &message("", &envelope)));
    let mut careful = Pair::new();
    assert!(!careful.responder.handle_stanza(careful.now, &message("id='1'", &envelope)), "off by default");
}

/// SOP-23: an answer that comes too late, from whichever resource, is counted.
#[test]
fn a_late_message() {
    let mut pair = accepting();
    let message = called(&mut pair);
    pair.requester.handle_timeout(pair.now + DAY);
    assert!(matches!(
        pair.requester.poll(),
        Some(Action::Event(Answered { outcome: Err(CallError::Timeout), .. }))
    ));
    assert!(pair.requester.handle_stanza(pair.now + DAY, &stamp(&message, DEVICE)));
    assert_eq!(pair.requester.late(), 1);
    assert!(pair.requester.poll().is_none());
}
