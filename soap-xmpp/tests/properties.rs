//! Whatever a peer sends: no panic, one answer to each request, and nothing lost on the way.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{APP, DEVICE, Pair, device, read, start, transfer};
use proptest::prelude::*;
use soap_xmpp::smartserver::{Answer, Request};
use soap_xmpp::{
    Action, Envelope, Fault, FaultCode, QName, Requester, RequesterConfig, ResponderEvent, Rules,
    Understanding, Version,
};
use xmpp_core::time::Duration;
use xmpp_core::xml::{Element, ns};

const NAMES: &[&str] = &[
    "Envelope",
    "Header",
    "Body",
    "Fault",
    "Code",
    "Value",
    "Subcode",
    "Reason",
    "Text",
    "Detail",
    "Node",
    "faultcode",
    "faultstring",
    "faultactor",
    "detail",
    "iLonItem",
    "iLONSystemService",
    "Item",
    "UCPTname",
    "UCPTvalue",
    "UCPTfaultCount",
    "fault",
    "error",
    "x",
];
const SPACES: &[&str] = &["", ns::CLIENT, ns::SOAP_11, ns::SOAP_12, ns::SOAP_FAULT, "urn:x"];
const TEXTS: &[&str] = &[
    "",
    "s:Sender",
    "Client.A.B",
    "a:b:c",
    ":",
    "1",
    "-1",
    "99999999999",
    "<x/>",
    "<iLonItem",
    "true",
    "maybe",
    "ä",
];
const ATTRS: &[&str] = &["mustUnderstand", "actor", "role", "relay", "encodingStyle", "type", "qname"];

/// Trees of the words that the code looks for, in any order and depth.
fn tree() -> impl Strategy<Value = String> {
    let words = (0..NAMES.len(), 0..SPACES.len(), 0..TEXTS.len(), 0..ATTRS.len(), 0..SPACES.len());
    let leaf = words.clone().prop_map(|words| node(words, &[]));
    leaf.prop_recursive(5, 24, 5, move |inner| {
        (words.clone(), prop::collection::vec(inner, 0..5))
            .prop_map(|(words, children)| node(words, &children))
    })
}

fn node(
    (name, space, text, attr, attr_space): (usize, usize, usize, usize, usize),
    children: &[String],
) -> String {
    let (name, text) = (NAMES[name], TEXTS[text].replace('<', "&lt;"));
    let attr = match SPACES[attr_space] {
        "" => format!("{}='{text}'", ATTRS[attr]),
        space => format!("xmlns:p='{space}' p:{}='{text}'", ATTRS[attr]),
    };
    format!("<{name} xmlns='{}' {attr}>{text}{}</{name}>", SPACES[space], children.concat())
}

/// An envelope that is one at least by its name, more often a good one.
fn envelope() -> impl Strategy<Value = String> {
    (prop::bool::ANY, prop::option::of(tree()), prop::collection::vec(tree(), 0..3), prop::option::of(tree()))
        .prop_map(|(old, header, body, more)| {
            let version = if old { Version::V11 } else { Version::V12 };
            let header = header.map_or_else(String::new, |block| format!("<s:Header>{block}</s:Header>"));
            let more = more.filter(|more| more.len() % 3 == 0).unwrap_or_default();
            format!(
                "<s:Envelope xmlns:s='{}'>{header}<s:Body>{}</s:Body>{more}</s:Envelope>",
                version.ns(),
                body.concat()
            )
        })
}

fn use_everything(envelope: &Envelope) {
    for block in envelope.headers() {
        let _ = (block.name(), block.role(), block.relay(), block.must_understand());
    }
    let _ = envelope.not_understood(&Understanding::default().header(QName::new("urn:x", "x")));
    let _ = (Answer::of(envelope), Request::of(envelope), envelope.text());
    let _ = envelope.payload().map(Envelope::embedded);
    if let Some(fault) = envelope.fault() {
        assert!(fault.to_string().starts_with("SOAP fault"));
        for version in Version::ALL {
            // What was read can be written, and stays what it is where the version can say it.
            let written = fault.to_envelope(version).unwrap();
            let again = read(&written.element().to_xml(), Rules::Tolerant).unwrap().fault().unwrap();
            let kept = !matches!(fault.code, FaultCode::Custom(_) | FaultCode::Other(_));
            assert!(!kept || again.code == fault.code, "{fault:?} became {again:?}");
            assert_eq!(again.entries().count(), fault.entries().count());
        }
    }
}

proptest! {
    /// SOP-12, SOP-15, SOP-18: any element is read or refused, by both rules; strict accepts nothing that tolerant
    /// refuses.
    #[test]
    fn any_element_is_read_or_refused(xml in prop_oneof![tree(), envelope()]) {
        let element: Element = xml.parse().unwrap();
        let tolerant = Envelope::read(&element, Rules::Tolerant);
        let strict = Envelope::read(&element, Rules::Strict);
        prop_assert!(tolerant.is_ok() || strict.is_err());
        if let Ok(envelope) = &tolerant {
            use_everything(envelope);
        }
        let _ = Fault::read(element.root());
    }

    /// SOP-20: what is accepted is the same after it has crossed a stream.
    #[test]
    fn envelopes_cross_a_stream_unchanged(xml in envelope()) {
        let element: Element = xml.parse().unwrap();
        if let Ok(envelope) = Envelope::read(&element, Rules::Tolerant) {
            let iq = Element::build("iq", ns::CLIENT).attr("id", "1").child(envelope.element()).finish().unwrap();
            let received = transfer(&iq);
            let received = Envelope::read(received.first_child().unwrap(), Rules::Tolerant);
            prop_assert_eq!(received, Ok(envelope));
        }
    }

    /// SOP-03: whatever is asked, a responder answers exactly once, or leaves the stanza to others.
    #[test]
    fn every_request_has_one_answer(inside in prop_oneof![tree(), envelope()], get in prop::bool::ANY) {
        let kind = if get { "get" } else { "set" };
        let mut pair = Pair::new();
        let iq: Element =
            format!("<iq xmlns='jabber:client' type='{kind}' id='1' from='{APP}' to='{DEVICE}'>{inside}</iq>")
                .parse()
                .unwrap();
        let ours = pair.responder.handle_stanza(pair.now, &iq);
        prop_assert_eq!(ours, iq.first_child().unwrap().name() == "Envelope");
        let mut sent = 0;
        while let Some(action) = pair.responder.poll() {
            match action {
                Action::Send(answer) => {
                    sent += 1;
                    transfer(&answer);
                }
                Action::Event(ResponderEvent::Call(call)) => {
                    pair.responder.reply(call.token, &call.envelope).unwrap();
                }
                Action::Event(event) => pair.events.push(event),
            }
        }
        prop_assert_eq!(sent, usize::from(ours));
        prop_assert_eq!(pair.responder.poll_timeout(), None);
    }

    /// SOP-06: whatever is answered, a call ends exactly once.
    #[test]
    fn every_call_ends_once(
        inside in prop::collection::vec(prop_oneof![tree(), envelope()], 0..3),
        error in prop::bool::ANY,
    ) {
        let now = start();
        let mut requester = Requester::new(RequesterConfig::default(), [1; 32], APP.parse().unwrap());
        let question = Envelope::build(Version::V12).finish().unwrap();
        requester.call(now, &device(), &question, Duration::from_secs(1)).unwrap();
        let Some(Action::Send(iq)) = requester.poll() else { panic!() };
        let kind = if error { "error" } else { "result" };
        let answer: Element = format!(
            "<iq xmlns='jabber:client' type='{kind}' id='{}' from='{DEVICE}'>{}</iq>",
            iq.attr("id").unwrap(),
            inside.concat()
        )
        .parse()
        .unwrap();
        prop_assert!(requester.handle_stanza(now, &answer));
        prop_assert!(matches!(requester.poll(), Some(Action::Event(_))));
        prop_assert!(requester.poll().is_none());
        requester.handle_timeout(now + Duration::from_secs(2));
        prop_assert!(requester.poll().is_none());
    }
}
