//! XEP-0124 §7: how a client creates a session.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use bosh_core::{Body, BoshError, ClientConfig, Condition, MAX_RID, Version};
use common::{CREATED, Scripted, body, header};
use xmpp_core::{Item, Wire, wire::Channel, xml::Element};

/// BSH-11, BSH-13, BSH-15, XBH-01: what the first request says, and that it names no session.
#[test]
fn creation_request() {
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(header("example.org"));
    let sent = Body::parse(&client.request().body).unwrap();
    assert_eq!((sent.to.as_deref(), sent.lang.as_deref()), (Some("example.org"), Some("en")));
    assert_eq!(
        (sent.wait, sent.hold, sent.ver, sent.ack),
        (Some(60), Some(1), Some(Version::CURRENT), Some(1))
    );
    assert_eq!((sent.xmpp_version, sent.sid, sent.restart), (Some((1, 0)), None, false));
    assert_eq!(sent.content.as_deref(), Some("text/xml; charset=utf-8"));
    assert!(sent.payload.is_empty());
}

/// BSH-14: the route is handed on as it is.
#[test]
fn route() {
    let mut config = ClientConfig::new(true);
    config.route = Some("xmpp:example.org:9999".into());
    let mut client = Scripted::new(config);
    client.wire.push(header("example.org"));
    assert_eq!(Body::parse(&client.request().body).unwrap().route.as_deref(), Some("xmpp:example.org:9999"));
}

/// BSH-23: the first rid is large, random, and leaves room for all that follow.
#[test]
fn first_rid() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..=255 {
        let mut wire = bosh_core::BoshClient::new(ClientConfig::new(true), [seed; 32]);
        wire.push(header("example.org"));
        let Some(bosh_core::ClientOutput::Request(request)) = wire.poll_output(common::start()) else {
            panic!()
        };
        let rid = Body::parse(&request.body).unwrap().rid.unwrap();
        assert!(rid > 0 && rid <= MAX_RID / 2 + 1, "{rid}");
        assert!(seen.insert(rid));
    }
    assert!(seen.iter().filter(|&&rid| rid > u64::from(u32::MAX)).count() > 250);
}

/// BSH-21: until the creation is answered nothing else is sent; what was said meanwhile follows in one body.
#[test]
fn one_request_until_there_is_a_session() {
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(header("example.org"));
    let create = client.request();
    client.wire.push(Item::Element(common::message(1)));
    client.wire.push(Item::Element(common::message(2)));
    client.quiet();
    client.answer(&create, &body(CREATED, ""));
    assert_eq!(Body::parse(&client.request().body).unwrap().payload.len(), 2);
    assert_eq!(client.items(), ["open"]);
}

/// BSH-17, BSH-19, BSH-20, XBH-02, XBH-10: the stream's header is made up from the answer; features come with it or later.
#[test]
fn opening_is_made_up_from_the_answer() {
    let features = "<stream:features/>";
    for (attributes, id, version) in [
        ("sid='a' authid='b' xmpp:version='1.0' secure='true'", Some("b"), (1, 0)),
        ("sid='a' xmpp:version='1.1'", None, (1, 1)),
        ("sid='a'", None, (1, 0)),
    ] {
        let mut client = Scripted::new(ClientConfig::new(true));
        client.wire.push(header("example.org"));
        let create = client.request();
        client.answer(&create, &body(&format!("{attributes} from='example.org' xml:lang='en'"), features));
        let Some(Item::Open(header)) = client.item() else { panic!() };
        assert_eq!((header.id.as_deref(), header.version), (id, Some(version)));
        assert_eq!((header.from.as_deref(), header.lang.as_deref()), (Some("example.org"), Some("en")));
        assert!(client.wire.has_undecoded());
        assert_eq!(client.items(), ["features"]);
        assert_eq!(client.wire.sid(), Some("a"));
    }
}

/// XBH-02: without features in the creation answer the client asks with an empty body.
#[test]
fn features_that_come_later_are_asked_for() {
    let (mut client, held) = Scripted::idle();
    assert!(Body::parse(&held.body).unwrap().payload.is_empty());
    client.answer(&held, &body("", "<stream:features/>"));
    assert_eq!(client.items(), ["features"]);
    // Now the client has the word: nothing empty goes before what it says.
    client.quiet();
    client
        .wire
        .push(Item::Element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".parse::<Element>().unwrap()));
    assert_eq!(Body::parse(&client.request().body).unwrap().payload[0].name(), "auth");
}

/// BSH-17: what is left out has a default.
#[test]
fn defaults_of_the_answer() {
    let mut client = Scripted::created(ClientConfig::new(true), "sid='a'");
    assert_eq!(client.wire.requests(), 2);
    let held = client.request();
    assert_eq!(held.deadline - client.now, common::secs(60 + 15));
}

/// BSH-17, BSH-31: a shorter wait is obeyed.
#[test]
fn granted_wait_is_obeyed() {
    let mut client = Scripted::created(ClientConfig::new(true), "sid='a' wait='10' requests='2' hold='1'");
    let held = client.request();
    assert_eq!(held.deadline - client.now, common::secs(10 + 15));
}

/// BSH-18: an answer that grants more than was asked for, or nothing, breaks the protocol.
#[test]
fn impossible_answers() {
    for attributes in
        ["", "sid=''", "sid='a' wait='61'", "sid='a' hold='2' requests='3'", "sid='a' requests='0'"]
    {
        let mut client = Scripted::new(ClientConfig::new(true));
        client.wire.push(header("example.org"));
        let create = client.request();
        client.answer(&create, &body(attributes, ""));
        assert!(matches!(client.error(), BoshError::Protocol(_)), "{attributes}");
        client.quiet();
        assert_eq!(client.wire.poll_timeout(), None);
    }
}

/// BSH-46, BSH-47: a creation that is refused says why.
#[test]
fn refused_creation() {
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(header("nowhere.example"));
    let create = client.request();
    client.answer(&create, &body("type='terminate' condition='host-unknown'", ""));
    let error = client.error();
    assert_eq!(error, BoshError::Terminated { condition: Condition::HostUnknown, uri: None });
    assert!(error.to_string().contains("host-unknown"), "{error}");
}

/// BSH-60: what the machine says of TLS.
#[test]
fn channel() {
    assert_eq!(Scripted::new(ClientConfig::new(true)).wire.channel(), Channel::Secure);
    assert_eq!(Scripted::new(ClientConfig::new(false)).wire.channel(), Channel::ClearForGood);
}

/// A link that is closed before it was polled says nothing at all.
#[test]
fn closed_before_it_began() {
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(Item::CLOSE);
    client.quiet();
    assert_eq!(client.items(), ["close"]);
}
