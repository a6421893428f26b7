//! XEP-0124 §5, §14, §17: what a connection manager answers without a session.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

use bosh_core::{
    Body, Condition, Type,
    manager::{self, Addressed},
};
use xmpp_core::xml::Limits;

const CREATE: &[u8] = b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='example.org'/>";

fn condition(answer: &manager::Answer) -> Condition {
    assert_eq!((answer.status, answer.content_type()), (200, "text/xml; charset=utf-8"));
    let body = Body::parse(&answer.body).unwrap();
    assert_eq!(body.kind, Some(Type::Terminate));
    body.condition.unwrap()
}

/// BSH-11, BSH-22: a request without sid creates a session, one with a sid belongs to it.
#[test]
fn what_a_request_is_for() {
    let body = manager::read("POST", CREATE).unwrap();
    assert_eq!(manager::addressed(&body), Addressed::New);
    let body = b"<body xmlns='http://jabber.org/protocol/httpbind' rid='2' sid='abc'/>";
    assert_eq!(manager::addressed(&manager::read("POST", body).unwrap()), Addressed::Session("abc"));
}

/// BSH-16, BSH-47, BSH-49: what is no body, or has no number, is a bad request.
#[test]
fn bad_requests() {
    for bytes in [
        &b""[..],
        b"not xml",
        b"\xff\xfe",
        b"<body/>",
        b"<body xmlns='http://jabber.org/protocol/httpbind'/>",
        b"<body xmlns='http://jabber.org/protocol/httpbind' rid='-1'/>",
        b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' wait='soon'/>",
        b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1'>text</body>",
    ] {
        assert_eq!(condition(&manager::read("POST", bytes).unwrap_err()), Condition::BadRequest);
    }
    let limits = Limits { stanza_bytes: 50, ..Limits::default() };
    assert_eq!(condition(&manager::read_with("POST", CREATE, limits).unwrap_err()), Condition::BadRequest);
}

/// BSH-62: an unknown session.
#[test]
fn unknown_session() {
    assert_eq!(condition(&manager::unknown_session()), Condition::ItemNotFound);
    for &each in Condition::ALL {
        assert_eq!(condition(&manager::terminate(each)), each);
    }
}

/// BSH-01: POST only. A browser that asks whether it may post is told that it may.
#[test]
fn other_methods() {
    for method in ["GET", "PUT", "HEAD", "post"] {
        let answer = manager::read(method, CREATE).unwrap_err();
        assert_eq!(answer.status, 405);
        assert!(answer.headers.contains(&("Allow", "POST, OPTIONS")));
    }
    let answer = manager::read("OPTIONS", b"").unwrap_err();
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(answer.headers.iter().any(|(name, _)| *name == "Access-Control-Allow-Origin"));
}
