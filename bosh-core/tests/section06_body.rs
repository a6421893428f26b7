//! XEP-0124 §6, §8: the body that wraps everything.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

use bosh_core::{Body, BodyError, Condition, MAX_RID, Type, Version};
use proptest::prelude::*;
use xmpp_core::xml::{Element, Limits, ns};

fn parse(xml: &str) -> Result<Body, BodyError> {
    Body::parse(xml.as_bytes())
}

fn with(attributes: &str) -> Result<Body, BodyError> {
    parse(&format!("<body xmlns='http://jabber.org/protocol/httpbind' {attributes}/>"))
}

fn holding(content: &str) -> Result<Body, BodyError> {
    parse(&format!("<body xmlns='http://jabber.org/protocol/httpbind'>{content}</body>"))
}

/// BSH-07: a well-formed document whose root is a body of BOSH, under any prefix; nothing that XMPP forbids.
#[test]
fn only_a_body_is_a_body() {
    assert!(parse("<b:body xmlns:b='http://jabber.org/protocol/httpbind' rid='1'/>").is_ok());
    for xml in [
        "<body/>",
        "<body xmlns='jabber:client'/>",
        "<html xmlns='http://jabber.org/protocol/httpbind'/>",
        "<html><body>404</body></html>",
    ] {
        assert!(matches!(parse(xml), Err(BodyError::NotABody { .. })), "{xml}");
    }
    for xml in [
        "",
        "not xml",
        "<body xmlns='http://jabber.org/protocol/httpbind'>",
        "<body xmlns='http://jabber.org/protocol/httpbind'/><body xmlns='http://jabber.org/protocol/httpbind'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind'><foo xmlns='urn:x'><part></foo></body>",
        "<body xmlns='http://jabber.org/protocol/httpbind'><!-- no --></body>",
        "<body xmlns='http://jabber.org/protocol/httpbind'><?no no?></body>",
        "<!DOCTYPE body><body xmlns='http://jabber.org/protocol/httpbind'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind'>&copy;</body>",
    ] {
        assert!(matches!(parse(xml), Err(BodyError::Xml(_))), "{xml}");
    }
}

/// BSH-08: no text in the body; white space is borne.
#[test]
fn text_is_refused_and_white_space_is_not() {
    assert_eq!(holding("text"), Err(BodyError::Text));
    assert_eq!(holding("<a xmlns='urn:x'/> . <b xmlns='urn:x'/>"), Err(BodyError::Text));
    assert_eq!(holding("<![CDATA[x]]>"), Err(BodyError::Text));
    assert_eq!(holding("\r\n\t <a xmlns='urn:x'/> \n").unwrap().payload.len(), 1);
}

/// BSH-09, BSH-10: any number of children in any namespace, behind an XML declaration.
#[test]
fn children_of_every_namespace() {
    let body = parse(
        "<?xml version='1.0' encoding='utf-8'?><body xmlns='http://jabber.org/protocol/httpbind'>\
         <message xmlns='jabber:client'/><x xmlns='urn:x'><y/></x><none xmlns=''/></body>",
    )
    .unwrap();
    let names: Vec<_> = body.payload.iter().map(|element| (element.name(), element.ns())).collect();
    assert_eq!(names, [("message", ns::CLIENT), ("x", "urn:x"), ("none", "")]);
}

/// XBH-04: a stanza that inherits the namespace of the body is one of jabber:client all the way down; what else is in
/// that namespace is no payload.
#[test]
fn stanzas_of_old_software() {
    let body = holding(
        "<message to='a@b' xml:lang='de'><body>1 &lt; 2</body><x xmlns='urn:x'><body/></x></message><presence/><iq/>\
         <text>left out</text>",
    )
    .unwrap();
    let message: Element = "<message xmlns='jabber:client' to='a@b' xml:lang='de'><body>1 &lt; 2</body>\
         <x xmlns='urn:x'><body/></x></message>"
        .parse()
        .unwrap();
    assert_eq!(body.payload[0], message);
    assert_eq!(body.payload.len(), 3);
    assert!(body.payload.iter().all(|stanza| stanza.ns() == ns::CLIENT));
}

/// XBH-03, XBH-04: what is written declares jabber:client on each stanza, and the prefix `stream` on the body where it is used.
#[test]
fn namespaces_are_declared() {
    let features = xmpp_core::stream::Features::default().to_element();
    let message: Element = "<message xmlns='jabber:client'><body>x</body></message>".parse().unwrap();
    let body = Body { payload: vec![features, message], ..Body::default() };
    assert_eq!(
        std::str::from_utf8(&body.to_bytes()).unwrap(),
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:stream='http://etherx.jabber.org/streams'>\
          <stream:features/><message xmlns='jabber:client'><body>x</body></message></body>"
    );
}

/// BSH-12: versions are two integers, and what is none is no version.
#[test]
fn versions_are_integers() {
    let version = |text: &str| with(&format!("ver='{text}'")).unwrap().ver;
    assert!(version("1.10") > version("1.9"));
    assert_eq!(version("1.11"), Some(Version::CURRENT));
    for text in ["", "1", "one.two", "1.", "-1.0", "1.6.1"] {
        assert_eq!(version(text), None, "{text}");
    }
}

/// BSH-13, BSH-16, BSH-23: numbers are digits within their range.
#[test]
fn numbers() {
    assert_eq!(with(&format!("rid='{MAX_RID}'")).unwrap().rid, Some(MAX_RID));
    assert_eq!(with("wait=' 60 '").unwrap().wait, Some(60));
    assert_eq!(with("wait='99999999999'").unwrap().wait, Some(u32::MAX));
    for attribute in [
        "rid='9007199254740992'",
        "rid='-1'",
        "rid='0'",
        "rid='x'",
        "rid=''",
        "rid='1.5'",
        "wait='-1'",
        "hold='+1'",
        "requests='two'",
    ] {
        assert!(matches!(with(attribute), Err(BodyError::Attribute { .. })), "{attribute}");
    }
}

/// BSH-37, BSH-20: what real clients and servers send and nobody here needs does no harm.
#[test]
fn odd_attributes_are_read_over() {
    let body = with(
        "rid='3' ack='notanumber' report='-1' secure='false' foo='bar' xmlns:y='urn:y' y:z='1' type='set' to='a' ack2=''",
    );
    let body = body.unwrap();
    assert_eq!((body.rid, body.ack, body.report, body.kind), (Some(3), None, None, None));
    let body = with("ack='0' xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='1' xmpp:restartlogic='true'").unwrap();
    assert_eq!((body.ack, body.restart, body.restartlogic), (Some(0), true, true));
    assert!(!with("restart='true'").unwrap().restart, "the attribute has a namespace");
}

/// BSH-47: all 13 conditions; an unknown one is undefined-condition.
#[test]
fn conditions() {
    assert_eq!(Condition::ALL.len(), 13);
    for &condition in Condition::ALL {
        let body = with(&format!("type='terminate' condition='{}'", condition.name())).unwrap();
        assert_eq!((body.kind, body.condition), (Some(Type::Terminate), Some(condition)));
        assert!(condition.to_string().starts_with(condition.name()));
    }
    assert_eq!(with("condition='new-one'").unwrap().condition, Some(Condition::UndefinedCondition));
    assert_eq!(with("type='error'").unwrap().kind, Some(Type::Error));
    let body = holding("<uri> https://other.example/bosh?a&amp;b </uri>").unwrap();
    assert_eq!(body.uri.as_deref(), Some("https://other.example/bosh?a&b"));
}

/// The whole body counts against the limit, before any of it is looked at.
#[test]
fn size_is_limited() {
    let limits = Limits { stanza_bytes: 100, ..Limits::default() };
    let long = format!("<body xmlns='http://jabber.org/protocol/httpbind'>{}</body>", " ".repeat(100));
    assert!(matches!(Body::parse_with(long.as_bytes(), limits), Err(BodyError::Xml(_))));
}

/// SASL-20: what lets others into a session, and what is said, does not show.
#[test]
fn debug_shows_no_secret() {
    let body = parse(
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' sid='TOKEN' key='TOKEN' newkey='TOKEN' authid='TOKEN'>\
         <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>TOKEN</auth></body>",
    )
    .unwrap();
    let shown = format!("{body:?}");
    assert!(shown.contains("rid='7'") && !shown.contains("TOKEN"), "{shown}");
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[ -~äé\u{1F600}]{0,12}")
}

prop_compose! {
    fn any_body()(
        texts in proptest::collection::vec(text(), 12),
        numbers in proptest::collection::vec(proptest::option::of(any::<u32>()), 7),
        (rid, ack, report) in (proptest::option::of(1..=MAX_RID), proptest::option::of(0..=MAX_RID), proptest::option::of(0..=MAX_RID)),
        ver in proptest::option::of((any::<u32>(), any::<u32>())),
        (kind, condition, restart) in (0..3_usize, 0..14_usize, any::<bool>()),
        stanzas in proptest::collection::vec("[ -~]{0,20}", 0..4),
    ) -> Body {
        let text = |at: usize| texts[at].clone();
        Body {
            rid, ack, report,
            sid: text(0), to: text(1), from: text(2), lang: text(3), route: text(4), content: text(5),
            accept: text(6), charsets: text(7), stream: text(8), key: text(9), newkey: text(10), authid: text(11),
            ver: ver.map(|(major, minor)| Version { major, minor }),
            xmpp_version: ver,
            wait: numbers[0], hold: numbers[1], requests: numbers[2], inactivity: numbers[3],
            polling: numbers[4], maxpause: numbers[5], pause: numbers[6],
            kind: [None, Some(Type::Terminate), Some(Type::Error)][kind],
            condition: Condition::ALL.get(condition).copied(),
            restart, restartlogic: !restart,
            payload: stanzas
                .iter()
                .map(|text| Element::build("message", ns::CLIENT).leaf("body", ns::CLIENT, text).finish().unwrap())
                .collect(),
            ..Body::default()
        }
    }
}

/// A body may not make its reader hold, or write, thousands of times what arrived: each element that goes on says again
/// what it inherited.
#[test]
fn what_is_inherited_does_not_multiply() {
    let long = "u".repeat(20_000);
    let foreign = format!("xmlns:p='{long}'");
    let lang = format!("xml:lang='{long}'");
    for (attributes, content) in [
        (&foreign, "<p:a/>".repeat(5000)),
        (&lang, "<a xmlns='urn:x'/>".repeat(5000)),
        (&lang, "<iq/>".repeat(5000)),
        (&foreign, format!("<iq>{}</iq>", "<p:a/>".repeat(5000))),
        (&foreign, format!("<iq>{}</iq>", "<a p:x=''/>".repeat(5000))),
        (&String::new(), format!("<iq {foreign}>{}</iq>", "<p:a/>".repeat(5000))),
    ] {
        let xml = format!("<body xmlns='http://jabber.org/protocol/httpbind' {attributes}>{content}</body>");
        assert_eq!(parse(&xml), Err(BodyError::Inherited), "{}", &content[..12]);
    }
    // What real ones inherit is no matter, however many elements there are.
    let content = "<presence/><message xmlns='jabber:client'/><stream:features/>".repeat(1000);
    let usual = "xmlns:xmpp='urn:xmpp:xbosh' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'";
    let xml = format!("<body xmlns='http://jabber.org/protocol/httpbind' {usual}>{content}</body>");
    assert_eq!(parse(&xml).unwrap().payload.len(), 3000);
}

proptest! {
    /// BSH-07: whatever arrives, reading it ends in a body or an error.
    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Body::parse(&bytes);
    }

    #[test]
    fn arbitrary_xml_does_no_harm(content in "[<>/='\" a-c&;]{0,60}", attributes in "[ a-e='\"0-9]{0,40}") {
        let _ = with(&attributes);
        let _ = holding(&content);
    }

    #[test]
    fn what_is_written_is_read(body in any_body()) {
        prop_assert_eq!(Body::parse(&body.to_bytes()).unwrap(), body);
    }
}
