//! XEP-0124 §7, §9, XEP-0206 §4: how a session is created.

use bosh_core::{Condition, SessionConfig, Type, Version};
use xmpp_core::{
    Item, Wire,
    stream::{StreamCondition, StreamError},
    wire::Channel,
};

use crate::{CREATE, Session, read};

/// BSH-17, XBH-01, XBH-03, XBH-06: terms, header and features share the answer to the creation.
#[test]
fn creation_answer() {
    let mut session = Session::new();
    let id = session.post(100, CREATE, "");
    let Ok(Some(Item::Open(header))) = session.wire.next_item(session.now) else { panic!() };
    assert_eq!((header.to.as_deref(), header.lang.as_deref()), (Some("example.org"), Some("en")));
    assert_eq!(header.version, Some((1, 0)));
    assert!(session.replies().is_empty(), "the speaker has not opened its side");
    session.open();
    let replies = session.replies();
    assert_eq!((replies.len(), replies[0].id), (1, id));
    let body = read(&replies[0]);
    assert_eq!(body.sid.as_deref(), Some("the-sid"));
    assert_eq!((body.wait, body.hold, body.requests), (Some(60), Some(1), Some(2)));
    assert_eq!(
        (body.inactivity, body.polling, body.ver),
        (Some(60), Some(2), Some(Version { major: 1, minor: 6 }))
    );
    assert_eq!(
        (body.from.as_deref(), body.xmpp_version, body.restartlogic),
        (Some("example.org"), Some((1, 0)), true)
    );
    assert_eq!((body.ack, body.payload[0].name()), (None, "features"));
    let text = String::from_utf8(replies[0].body.to_vec()).unwrap();
    assert!(text.contains("xmlns:stream=") && text.contains("<stream:features"), "{text}");
}

/// BSH-17, BSH-13: no more is granted than was asked for, nor than the configuration has.
#[test]
fn terms_are_bounded_by_both_sides() {
    for (asked, wait, hold, requests) in [
        ("wait='10' hold='1'", 10, 1, 2),
        ("wait='9999' hold='10'", 60, 1, 2),
        ("wait='60' hold='0'", 60, 0, 1),
        ("wait='0' hold='1'", 0, 0, 1),
        ("", 60, 1, 2),
    ] {
        let mut session = Session::new();
        session.post(100, asked, "");
        session.items();
        session.open();
        let body = read(&session.replies()[0]);
        assert_eq!(
            (body.wait, body.hold, body.requests),
            (Some(wait), Some(hold), Some(requests)),
            "{asked}"
        );
    }
}

/// BSH-33: a polling session may be silent for longer.
#[test]
fn polling_sessions_may_be_silent_longer() {
    let mut session = Session::new();
    session.post(100, "wait='0' hold='0'", "");
    session.items();
    session.open();
    assert_eq!(read(&session.replies()[0]).inactivity, Some(62));
}

/// BSH-12: the version is the lower one of the two, and none for who names none.
#[test]
fn version() {
    for (asked, told) in [
        ("ver='1.6'", Some((1, 6))),
        ("ver='1.10'", Some((1, 10))),
        ("ver='1.11'", Some((1, 11))),
        ("ver='1.12'", Some((1, 11))),
        ("ver='2.0'", Some((1, 11))),
        ("", None),
        ("ver='x'", None),
    ] {
        let mut session = Session::new();
        session.post(100, asked, "");
        session.items();
        session.open();
        let told = told.map(|(major, minor)| Version { major, minor });
        assert_eq!(read(&session.replies()[0]).ver, told, "{asked}");
    }
}

/// BSH-34, BSH-37: who acknowledges is acknowledged, and nobody else.
#[test]
fn acknowledgements() {
    let mut session = Session::new();
    session.post(100, "wait='60' hold='1' ack='1'", "");
    session.items();
    session.open();
    assert_eq!(read(&session.replies()[0]).ack, Some(100));
    session.post(101, "", "");
    assert!(session.replies().is_empty());
    session.post(102, "ack='100'", "");
    assert_eq!(read(&session.replies()[0]).ack, Some(102), "more was received than is answered");
    session.say(1);
    assert_eq!(read(&session.replies()[0]).ack, None, "left out where it says nothing");
}

/// XBH-02: a creation whose features come late is answered with the header; they follow in the next answer.
#[test]
fn late_features() {
    let mut session = Session::new();
    session.post(100, CREATE, "");
    session.items();
    session.wire.push(Item::Open(xmpp_core::Header::default()));
    assert!(read(&session.replies()[0]).payload.is_empty());
    session.post(101, "", "");
    assert!(session.replies().is_empty());
    session.wire.push(Item::Element(xmpp_core::stream::Features::default().to_element()));
    assert_eq!(read(&session.replies()[0]).payload[0].name(), "features");
}

/// Payload in the creation request is heard behind the header.
#[test]
fn payload_in_the_creation() {
    let mut session = Session::new();
    session.post(100, CREATE, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    assert_eq!(session.items(), ["open", "auth"]);
}

/// BSH-16: what clients leave out does no harm: without a version of XMPP it is 1.0.
#[test]
fn version_of_xmpp_may_be_left_out() {
    let mut session = Session::new();
    session.post(100, "to='example.org'", "");
    let Ok(Some(Item::Open(header))) = session.wire.next_item(session.now) else { panic!() };
    assert_eq!(header.version, Some((1, 0)));
}

/// BSH-47: a stream that is refused before it exists is refused with the condition of BOSH.
#[test]
fn refused_creation() {
    for (error, condition, payload) in [
        (StreamCondition::HostUnknown, Condition::HostUnknown, 0),
        (StreamCondition::HostGone, Condition::HostGone, 0),
        (StreamCondition::ImproperAddressing, Condition::ImproperAddressing, 0),
        (StreamCondition::PolicyViolation, Condition::RemoteStreamError, 1),
    ] {
        let mut session = Session::new();
        session.post(100, CREATE, "");
        session.items();
        session.wire.push(Item::Open(xmpp_core::Header::default()));
        session.wire.push(Item::Element(StreamError::new(error, "no").to_element()));
        session.wire.push(Item::CLOSE);
        let body = read(&session.replies()[0]);
        assert_eq!((body.kind, body.condition), (Some(Type::Terminate), Some(condition)));
        assert_eq!((body.payload.len(), body.sid), (payload, None));
        assert!(session.wire.is_over());
    }
}

/// BSH-11: the wish for a content type is granted where it is harmless.
#[test]
fn content_type() {
    for (asked, told) in [
        ("content='text/xml'", "text/xml"),
        ("content='text/plain; charset=UTF-8'", "text/plain; charset=UTF-8"),
        ("content='text/html'", "text/xml; charset=utf-8"),
        ("content='text/xml&#13;&#10;Set-Cookie: a=b'", "text/xml; charset=utf-8"),
        ("", "text/xml; charset=utf-8"),
    ] {
        let mut session = Session::new();
        session.post(100, asked, "");
        session.items();
        assert_eq!(session.wire.content_type(), told);
    }
}

/// BSH-60: what the machine says of TLS.
#[test]
fn channel() {
    for (secure, channel) in [(true, Channel::Secure), (false, Channel::ClearForGood)] {
        assert_eq!(bosh_core::BoshSession::new(SessionConfig::new("a", secure)).channel(), channel);
    }
}
