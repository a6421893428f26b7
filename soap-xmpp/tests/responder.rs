//! The answering side: what is refused before the application sees it.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{APP, DEVICE, Pair, envelope, parse, set, soap, transfer};
use soap_xmpp::{
    Action, AnswerError, Envelope, EnvelopeError, Fault, FaultCode, QName, Rejected, ResponderConfig,
    ResponderEvent, Rules, Understanding, Version,
};
use xmpp_core::stanza::{Iq, StanzaCondition, StanzaError};
use xmpp_core::time::Duration;
use xmpp_core::xml::{Element, ns};

const BODY: &str = "<s:Body><a xmlns='urn:a'/></s:Body>";

fn good() -> String {
    soap(Version::V12, BODY)
}

/// The one stanza that was sent: error, and the fault's code when it carries one.
fn refusal(sent: &[Element]) -> (StanzaError, Option<FaultCode>) {
    let [stanza] = sent else { panic!("{sent:?}") };
    let stanza = transfer(stanza);
    let iq = Iq::parse(stanza.root()).expect("a well-formed error stanza");
    assert_eq!((&*iq.id, iq.to.unwrap().as_str(), iq.from.unwrap().as_str()), ("1", APP, DEVICE));
    let fault =
        iq.payload.map(|payload| Envelope::read(payload, Rules::Strict).unwrap().fault().unwrap().code);
    (StanzaError::of_stanza(stanza.root()).expect("an error"), fault)
}

fn rejected(pair: &mut Pair) -> Rejected {
    match pair.events.pop() {
        Some(ResponderEvent::Rejected { from, reason }) => {
            assert_eq!(from.unwrap().as_str(), APP);
            reason
        }
        other => panic!("{other:?}"),
    }
}

/// SOP-02: only requests that hold an envelope are claimed; the rest is for somebody else to answer.
#[test]
fn other_stanzas_are_left_alone() {
    let mut pair = Pair::new();
    for xml in [
        "<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>".to_owned(),
        format!("<iq xmlns='jabber:client' type='result' id='1'>{}</iq>", good()),
        format!("<iq xmlns='jabber:client' type='set'>{}</iq>", good()),
        format!("<message xmlns='jabber:client' id='1'>{}</message>", good()),
        format!("<iq xmlns='jabber:server' type='set' id='1'>{}</iq>", good()),
        set("1", &format!("<deeper xmlns='urn:x'>{}</deeper>", good())),
    ] {
        assert!(!pair.responder.handle_stanza(pair.now, &parse(&xml)), "{xml}");
    }
    assert!(pair.responder.poll().is_none());
}

/// SOP-02, SOP-07: a call in a get is a bad request of the transport, unless the profile allows it.
#[test]
fn get_is_refused_unless_allowed() {
    let get = set("1", &good()).replace("type='set'", "type='get'");
    let mut pair = Pair::new();
    let (error, fault) = refusal(&pair.ask(&get));
    assert_eq!((error.condition, fault), (StanzaCondition::BadRequest, None));
    assert_eq!(rejected(&mut pair), Rejected::Get);

    let mut pair = Pair::with(ResponderConfig { accept_get: true, ..ResponderConfig::default() });
    assert!(pair.ask(&get).is_empty());
    assert_eq!(pair.call().from.unwrap().as_str(), APP);
}

/// SOP-09: an IQ carries the envelope and nothing else.
#[test]
fn one_payload_only() {
    let mut pair = Pair::new();
    let sent = pair.ask(&set("1", &format!("{}<x xmlns='jabber:x:oob'/>", good())));
    assert_eq!(refusal(&sent).0.condition, StanzaCondition::BadRequest);
    assert_eq!(rejected(&mut pair), Rejected::SeveralPayloads);
    let sent = pair.ask(&set("1", &format!("{0}{0}", good())));
    assert_eq!(refusal(&sent).0.condition, StanzaCondition::BadRequest);
}

/// SOP-15, SOP-05: a malformed envelope is answered with a Sender fault in its own version.
#[test]
fn malformed_envelopes_get_a_sender_fault() {
    for version in Version::ALL {
        let mut pair = Pair::new();
        let sent = pair.ask(&set("1", &soap(version, "<s:Header/>")));
        let (error, fault) = refusal(&sent);
        assert_eq!(fault, Some(FaultCode::Sender));
        assert_eq!(FaultCode::of_stanza_error(&error), Some(FaultCode::Sender));
        let sent = transfer(&sent[0]);
        let answer = sent.children().find(|child| child.name() == "Envelope").unwrap();
        assert_eq!(answer.ns(), version.ns());
        assert_eq!(rejected(&mut pair), Rejected::Envelope(EnvelopeError::NoBody));
    }
    // Strict rules are the caller's choice.
    let mut pair = Pair::with(ResponderConfig { rules: Rules::Strict, ..ResponderConfig::default() });
    assert_eq!(
        refusal(&pair.ask(&set("1", &soap(Version::V11, "<s:Body><a/></s:Body>")))).1,
        Some(FaultCode::Sender)
    );
}

/// SOP-17: an unknown version is answered with the best that is spoken; one that is known and not accepted, in itself.
#[test]
fn version_mismatch() {
    let unknown = "<e:Envelope xmlns:e='urn:soap-9'><e:Body/></e:Envelope>";
    let old = soap(Version::V11, BODY);
    for (versions, request, answer) in [
        (vec![Version::V12, Version::V11], unknown, ns::SOAP_12),
        (vec![Version::V11], unknown, ns::SOAP_11),
        (vec![Version::V12], &*old, ns::SOAP_11),
    ] {
        let mut pair =
            Pair::with(ResponderConfig { versions: versions.clone(), ..ResponderConfig::default() });
        let sent = pair.ask(&set("1", request));
        assert_eq!(refusal(&sent).1, Some(FaultCode::VersionMismatch));
        let sent = transfer(&sent[0]);
        let element = sent.children().find(|child| child.name() == "Envelope").unwrap();
        assert_eq!(element.ns(), answer);
        let envelope = Envelope::read(element, Rules::Strict).unwrap();
        let upgrade = envelope.header("Upgrade", ns::SOAP_12).unwrap();
        assert_eq!(upgrade.element().children().count(), versions.len());
        assert!(matches!(
            rejected(&mut pair),
            Rejected::Version(_) | Rejected::Envelope(EnvelopeError::Version(_))
        ));
    }
}

/// SOP-16: mandatory blocks are checked before anything else happens, by role and by name.
#[test]
fn mandatory_header_blocks() {
    let understands = Understanding::default().header(QName::new("urn:h", "known")).role("urn:role:cache");
    let role = |version| if version == Version::V11 { "actor" } else { "role" };
    for version in Version::ALL {
        let next = match version {
            Version::V11 => "http://schemas.xmlsoap.org/soap/actor/next",
            Version::V12 => "http://www.w3.org/2003/05/soap-envelope/role/next",
        };
        let mut cases = vec![
            ("<h:known xmlns:h='urn:h' s:mustUnderstand='1'/>".to_owned(), true),
            ("<h:other xmlns:h='urn:h' s:mustUnderstand='1'/>".to_owned(), false),
            ("<h:known xmlns:h='urn:else' s:mustUnderstand='1'/>".to_owned(), false),
            ("<h:other xmlns:h='urn:h' s:mustUnderstand='0'/>".to_owned(), true),
            ("<h:other xmlns:h='urn:h'/>".to_owned(), true),
            // An attribute without the namespace of SOAP says nothing.
            ("<h:other xmlns:h='urn:h' mustUnderstand='1'/>".to_owned(), true),
        ];
        for (uri, passes) in [(next, false), ("urn:role:cache", false), ("urn:role:other", true), ("", false)]
        {
            let role = role(version);
            cases.push((format!("<h:other xmlns:h='urn:h' s:{role}='{uri}' s:mustUnderstand='1'/>"), passes));
        }
        if version == Version::V12 {
            for (name, passes) in [("none", true), ("ultimateReceiver", false)] {
                cases.push((
                    format!(
                        "<h:o xmlns:h='urn:h' s:role='{}/role/{name}' s:mustUnderstand='true'/>",
                        ns::SOAP_12
                    ),
                    passes,
                ));
            }
        }
        for (block, passes) in cases {
            let config = ResponderConfig { understands: understands.clone(), ..ResponderConfig::default() };
            let mut pair = Pair::with(config);
            let request = soap(version, &format!("<s:Header>{block}</s:Header>{BODY}"));
            let sent = pair.ask(&set("1", &request));
            if passes {
                assert!(sent.is_empty(), "{block}");
                assert_eq!(pair.call().envelope.headers().count(), 1);
            } else {
                assert_eq!(refusal(&sent).1, Some(FaultCode::MustUnderstand), "{block}");
                assert!(matches!(rejected(&mut pair), Rejected::NotUnderstood(names) if names.len() == 1));
            }
        }
    }
}

/// SOP-03: every call is answered once: by the application, or for it when it takes too long.
#[test]
fn calls_that_nobody_answers() {
    let mut pair = Pair::new();
    assert!(pair.ask(&set("1", &good())).is_empty());
    let call = pair.call();
    let deadline = pair.responder.poll_timeout().unwrap();
    assert_eq!(deadline, pair.now + Duration::from_mins(5));

    pair.responder.handle_timeout(pair.now + Duration::from_secs(299));
    assert!(pair.responder.poll().is_none());
    pair.responder.handle_timeout(deadline);
    let Some(Action::Send(stanza)) = pair.responder.poll() else { panic!() };
    assert_eq!(refusal(&[stanza]).1, Some(FaultCode::Receiver));
    assert!(matches!(
        pair.responder.poll(),
        Some(Action::Event(ResponderEvent::Rejected { reason: Rejected::Unanswered, .. }))
    ));
    assert_eq!(pair.responder.poll_timeout(), None);
    let answer = pair.responder.reply(call.token, &envelope(Version::V12, "<b xmlns='urn:b'/>"));
    assert_eq!(answer, Err(AnswerError::Late));
    assert!(pair.responder.poll().is_none());
}

/// SOP-07: when too many calls wait, the transport says so.
#[test]
fn too_many_calls() {
    let mut pair = Pair::with(ResponderConfig { pending: 2, ..ResponderConfig::default() });
    for _ in 0..2 {
        assert!(pair.ask(&set("1", &good())).is_empty());
    }
    let (error, fault) = refusal(&pair.ask(&set("1", &good())));
    assert_eq!((error.condition, fault), (StanzaCondition::ResourceConstraint, None));
    assert_eq!(rejected(&mut pair), Rejected::Busy);
    // Room again, after one was answered.
    let call = pair.call();
    pair.responder.refuse(call.token, &StanzaError::new(StanzaCondition::NotAllowed)).unwrap();
    assert!(pair.responder.poll().is_some());
    assert!(pair.ask(&set("1", &good())).is_empty());
    assert_eq!(pair.responder.pending(), 2);
    pair.responder.handle_disconnect();
    assert_eq!((pair.responder.pending(), pair.responder.poll_timeout()), (0, None));
}

/// A fault that cannot be written still answers the call.
#[test]
fn unwritable_faults_answer_all_the_same() {
    let mut pair = Pair::new();
    pair.ask(&set("1", &good()));
    let call = pair.call();
    let result = pair.responder.fault(call.token, &Fault::new(FaultCode::Sender, "\u{0}"));
    assert!(matches!(result, Err(AnswerError::Build(_))));
    let Some(Action::Send(stanza)) = pair.responder.poll() else { panic!() };
    assert_eq!(refusal(&[stanza]).1, Some(FaultCode::Receiver));
}

/// A call cannot make the responder answer with thousands of times what it was sent.
#[test]
fn names_that_are_not_understood_do_not_multiply() {
    let soap = ns::SOAP_12;
    let (long, blocks) = ("u".repeat(20_000), "<p:a s:mustUnderstand='1'/>".repeat(2000));
    let call: Element = format!(
        "<iq xmlns='jabber:client' type='set' id='1' from='a@b/c' xmlns:p='{long}'><s:Envelope xmlns:s='{soap}'>\
         <s:Header>{blocks}</s:Header><s:Body/></s:Envelope></iq>"
    )
    .parse()
    .unwrap();
    let mut responder = soap_xmpp::Responder::new(ResponderConfig::default());
    assert!(responder.handle_stanza(common::start(), &call));
    let mut answers = Vec::new();
    while let Some(action) = responder.poll() {
        if let Action::Send(stanza) = action {
            answers.push(stanza.to_xml());
        }
    }
    assert_eq!(answers.len(), 1);
    assert!(answers[0].contains("NotUnderstood"), "one is named all the same");
    assert!(answers[0].len() < 100_000, "{} bytes", answers[0].len());
}
