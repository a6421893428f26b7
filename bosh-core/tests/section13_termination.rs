//! XEP-0124 §13, XEP-0206 §8: how a session ends on the client's side.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use bosh_core::{Body, BoshError, ClientConfig, Condition, Type};
use common::{CREATED, Scripted, body, header, message};
use xmpp_core::{Item, Wire};

/// BSH-45, BSH-26, XBH-16: the last stanzas and the end share a body, which may go beyond the window.
#[test]
fn last_words_share_the_terminate_body() {
    let (mut client, held) = Scripted::idle();
    client.wire.push(Item::Element(message(1)));
    let data = client.request();
    client.wire.push(Item::Element(message(2)));
    client.quiet();
    client.wire.push(Item::Element(common::element("<presence xmlns='jabber:client' type='unavailable'/>")));
    client.wire.push(Item::CLOSE);
    let last = client.request();
    let sent = Body::parse(&last.body).unwrap();
    assert_eq!((sent.kind, sent.payload.len()), (Some(Type::Terminate), 2));
    client.quiet();
    // What still arrives is delivered; then it is over.
    client.answer(&held, &body("", "<message xmlns='jabber:client'><body>3</body></message>"));
    client.answer(&data, &body("", ""));
    assert_eq!(client.items(), ["3"]);
    client
        .answer(&last, &body("type='terminate'", "<message xmlns='jabber:client'><body>4</body></message>"));
    assert_eq!(client.items(), ["4", "close"]);
    client.quiet();
    assert_eq!(client.wire.poll_timeout(), None);
}

/// BSH-45: what is too long for one body goes before it, if a request is free.
#[test]
fn long_last_words() {
    let mut config = ClientConfig::new(true);
    config.body_bytes = 100;
    let mut client = Scripted::created(config, CREATED);
    client.request();
    for number in 1..=4 {
        client.wire.push(Item::Element(message(number)));
    }
    client.wire.push(Item::CLOSE);
    let first = Body::parse(&client.request().body).unwrap();
    assert_eq!((first.kind, first.payload.len()), (None, 1));
    let last = Body::parse(&client.request().body).unwrap();
    assert_eq!((last.kind, last.payload.len()), (Some(Type::Terminate), 3));
}

/// BSH-45: an end that nobody acknowledges is an end all the same.
#[test]
fn end_without_an_answer() {
    let mut config = ClientConfig::new(true);
    config.retries = 0;
    let mut client = Scripted::created(config, CREATED);
    client.wire.push(Item::CLOSE);
    let last = client.request();
    client.fail(&last);
    assert_eq!(client.items(), ["close"]);
}

/// BSH-45, BSH-46: whatever the manager says to an end that was asked for, it is no error.
#[test]
fn end_that_crosses_another() {
    for attributes in ["type='terminate' condition='item-not-found'", "type='terminate'", ""] {
        let mut client = Scripted::created(ClientConfig::new(true), CREATED);
        client.wire.push(Item::CLOSE);
        let last = client.request();
        client.answer(&last, &body(attributes, ""));
        assert_eq!(client.items(), ["close"], "{attributes}");
    }
}

/// A session that is closed while it is being created is closed as soon as it exists.
#[test]
fn end_during_creation() {
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(header("example.org"));
    let create = client.request();
    client.wire.push(Item::CLOSE);
    client.quiet();
    client.answer(&create, &body(CREATED, ""));
    assert_eq!(Body::parse(&client.request().body).unwrap().kind, Some(Type::Terminate));
}

/// BSH-46: the manager ends the session: its payload first, then the end.
#[test]
fn manager_ends_the_session() {
    let stanza = "<message xmlns='jabber:client'><body>1</body></message>";
    let (mut client, held) = Scripted::idle();
    client.answer(&held, &body("type='terminate'", stanza));
    assert_eq!(client.items(), ["1", "close"]);

    let (mut client, held) = Scripted::idle();
    client.answer(&held, &body("type='terminate' condition='system-shutdown'", stanza));
    assert!(matches!(client.item(), Some(Item::Element(_))));
    let error = client.error();
    assert_eq!(error, BoshError::Terminated { condition: Condition::SystemShutdown, uri: None });
    assert_eq!(client.error(), error, "a dead machine says the same for ever");
    client.wire.push(Item::Element(message(2)));
    client.quiet();
}

/// BSH-47, XBH-09: a stream error comes as one, behind the stanzas before it.
#[test]
fn stream_error() {
    let (mut client, held) = Scripted::idle();
    let error = "<message xmlns='jabber:client'><body>1</body></message><stream:error><conflict \
                 xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    client.answer(&held, &body("type='terminate' condition='remote-stream-error'", error));
    assert_eq!(client.items(), ["1", "error", "close"]);

    let (mut client, held) = Scripted::idle();
    client.answer(&held, &body("type='terminate' condition='remote-stream-error'", ""));
    assert!(matches!(client.error(), BoshError::Terminated { condition: Condition::RemoteStreamError, .. }));
}

/// BSH-47, BSH-60: another address is told, but nobody is sent from https to http.
#[test]
fn see_other_uri() {
    for (secure, uri, followed) in [
        (true, "https://other.example/bosh", true),
        (false, "http://other.example/bosh", true),
        (false, "HTTPS://other.example/bosh", true),
        (true, "http://other.example/bosh", false),
        (true, "gopher://other.example", false),
    ] {
        let mut client = Scripted::created(ClientConfig::new(secure), CREATED);
        let held = client.request();
        client
            .answer(&held, &body("type='terminate' condition='see-other-uri'", &format!("<uri>{uri}</uri>")));
        if followed {
            assert_eq!(client.items(), [format!("close {uri}")]);
        } else {
            assert!(matches!(
                client.error(),
                BoshError::Terminated { condition: Condition::SeeOtherUri, .. }
            ));
        }
    }
}

/// BSH-24, BSH-46: an end that overtakes an earlier answer waits for it, and an answer that broke is not asked for again.
#[test]
fn end_overtakes() {
    let (mut client, held) = Scripted::idle();
    client.wire.push(Item::Element(message(1)));
    let data = client.request();
    client.answer(&data, &body("type='terminate' condition='policy-violation'", ""));
    assert_eq!(client.items(), Vec::<String>::new());
    client.fail(&held);
    assert!(matches!(client.error(), BoshError::Terminated { condition: Condition::PolicyViolation, .. }));
    client.quiet();
}
