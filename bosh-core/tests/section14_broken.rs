//! XEP-0124 §14 and §17, XEP-0206 §5: order, repetition and restart on the client's side.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use bosh_core::{Body, BoshError, ClientConfig, Condition, HttpRequest};
use common::{CREATED, Scripted, body, header, message, secs};
use xmpp_core::{Item, Wire};

fn stanza(number: u64) -> String {
    format!("<message xmlns='jabber:client'><body>{number}</body></message>")
}

/// Two requests on their way: the held one, and one with a stanza.
fn two() -> (Scripted, HttpRequest, HttpRequest) {
    let (mut client, held) = Scripted::idle();
    client.wire.push(Item::Element(message(1)));
    let data = client.request();
    (client, held, data)
}

/// The next request after the back-off.
fn repeated(client: &mut Scripted) -> HttpRequest {
    client.quiet();
    client.wait();
    client.request()
}

/// BSH-24: answers are taken in in the order of the requests.
#[test]
fn answers_out_of_order() {
    let (mut client, held, data) = two();
    client.answer(&data, &body("", &stanza(2)));
    assert!(client.items().is_empty());
    assert!(client.wire.has_undecoded());
    client.answer(&held, &body("", &stanza(1)));
    assert_eq!(client.items(), ["1", "2"]);
}

/// BSH-41: what comes twice, or for a request that was given up, is ignored.
#[test]
fn answers_that_come_twice() {
    let (mut client, held, _) = two();
    client.answer(&held, &body("", &stanza(1)));
    client.answer(&held, &body("", &stanza(1)));
    client.wire.handle_failure(held.id, "late");
    client.wire.handle_response(bosh_core::RequestId(99), 200, body("", &stanza(9)).as_bytes());
    assert_eq!(client.items(), ["1"]);
}

/// BSH-39, BSH-40: broken requests go again, the same bytes, in the order of their numbers, and nothing new before them.
#[test]
fn broken_requests_are_repeated() {
    let (mut client, held, data) = two();
    client.fail(&data);
    client.fail(&held);
    client.wire.push(Item::Element(message(2)));
    let first = repeated(&mut client);
    assert_eq!(first.body, held.body);
    let second = client.poll().unwrap_or_else(|| repeated(&mut client));
    assert_eq!(second.body, data.body);
    assert_ne!(first.id, held.id);
    client.quiet();
    client.answer(&first, &body("", &stanza(1)));
    client.answer(&second, &body("", ""));
    assert_eq!(client.items(), ["1"]);
}

/// BSH-40: nothing new goes while an earlier request waits to be repeated, although the window has room; the end does.
#[test]
fn nothing_new_before_a_repetition() {
    let (mut client, held) = Scripted::idle();
    client.fail(&held);
    client.wire.push(Item::Element(message(1)));
    client.quiet();
    client.wait();
    assert_eq!(client.request().body, held.body);
    assert_eq!(Body::parse(&client.request().body).unwrap().payload.len(), 1);

    let (mut client, held) = Scripted::idle();
    client.fail(&held);
    client.wire.push(Item::CLOSE);
    assert_eq!(Body::parse(&client.request().body).unwrap().kind, Some(bosh_core::Type::Terminate));
    client.wait();
    assert_eq!(client.request().body, held.body);
}

/// BSH-31, BSH-43: a request without an answer is broken off before it is repeated.
#[test]
fn silence_is_a_broken_connection() {
    let (mut client, held) = Scripted::idle();
    assert_eq!(client.wire.poll_timeout(), Some(held.deadline));
    client.wait();
    client.quiet();
    assert_eq!(client.aborted, [held.id]);
    client.wait();
    assert_eq!(client.request().body, held.body);
}

/// BSH-40: the time between two attempts grows, and ends.
#[test]
fn repetition_is_bounded() {
    let (mut client, mut request) = Scripted::idle();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        client.fail(&request);
        client.quiet();
        let before = client.now;
        client.wait();
        pauses.push((client.now - before).as_millis());
        request = client.request();
    }
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000]);
    client.fail(&request);
    let error = client.error();
    assert_eq!(error, BoshError::Lost { attempts: 7, reason: "connection reset".into() });
    assert!(error.to_string().contains("connection reset"));
}

/// BSH-44: a recoverable error repeats that request and all before it that were not answered.
#[test]
fn recoverable_error() {
    let (mut client, held, data) = two();
    client.answer(&data, &body("type='error'", ""));
    client.quiet();
    assert_eq!(client.aborted, [held.id]);
    client.wait();
    assert_eq!(client.request().body, held.body);
    assert_eq!(client.request().body, data.body);

    let (mut client, held, data) = two();
    client.answer(&held, &body("type='error'", ""));
    client.quiet();
    client.wait();
    assert_eq!(client.request().body, held.body);
    client.quiet();
    client.answer(&data, &body("", ""));
    assert!(client.aborted.is_empty(), "the later one goes on");
}

/// BSH-48: an old manager tells its conditions by the HTTP status.
#[test]
fn status_of_an_old_manager() {
    for (status, condition) in
        [(400, Condition::BadRequest), (403, Condition::PolicyViolation), (404, Condition::ItemNotFound)]
    {
        let mut client = Scripted::created(ClientConfig::new(true), "sid='a' requests='2' hold='1'");
        let held = client.request();
        client.status(&held, status, "");
        assert_eq!(client.error(), BoshError::Terminated { condition, uri: None });
    }
}

/// BSH-48, BSH-49: from others such a status is of somebody between, and the session may live.
#[test]
fn status_of_somebody_between() {
    for (status, content) in [(400, ""), (404, "<html/>"), (302, ""), (503, "busy"), (413, ""), (204, "")] {
        let (mut client, held) = Scripted::idle();
        client.status(&held, status, content);
        let again = repeated(&mut client);
        assert_eq!(again.body, held.body, "{status}");
        client.answer(&again, &body("", &stanza(1)));
        assert_eq!(client.items(), ["1"]);
    }
    let (mut client, held) = Scripted::idle();
    client.status(&held, 404, &body("type='terminate' condition='item-not-found'", ""));
    assert!(matches!(client.error(), BoshError::Terminated { condition: Condition::ItemNotFound, .. }));
}

/// A response that was cut is asked for again; one that is no body twice is the manager's fault.
#[test]
fn garbled_responses() {
    let (mut client, held) = Scripted::idle();
    client.answer(&held, "<body xmlns='http://jabber.org/protocol/httpbind'><messa");
    let again = repeated(&mut client);
    client.answer(&again, &body("", "text"));
    assert!(matches!(client.error(), BoshError::Malformed(_)));
}

/// A response beyond the limit ends the session, as it would come again. What came before it is delivered.
#[test]
fn large_responses() {
    let mut config = ClientConfig::new(true);
    config.limits.stanza_bytes = 1000;
    let mut client = Scripted::created(config, CREATED);
    let held = client.request();
    client.wire.push(Item::Element(message(1)));
    let data = client.request();
    client.answer(&data, &body("", &" ".repeat(1000)));
    client.answer(&held, &body("", &stanza(1)));
    assert!(matches!(client.item(), Some(Item::Element(_))));
    assert_eq!(client.error(), BoshError::TooLarge { limit: 1000 });
}

/// What is no connection manager is told from one that cannot be reached.
#[test]
fn wrong_addresses() {
    for (status, content) in [
        (404, "<html><title>Not Found</title>"),
        (200, "<!DOCTYPE html><html><body>Hello</body></html>"),
        (200, ""),
        (200, "{}"),
        (302, ""),
        (403, "forbidden"),
        (501, "<html><title>Unsupported method</title>"),
    ] {
        let mut client = Scripted::new(ClientConfig::new(true));
        client.wire.push(header("example.org"));
        let create = client.request();
        client.status(&create, status, content);
        let error = client.error();
        assert!(
            matches!(&error, BoshError::NotAConnectionManager { status: told, .. } if *told == status),
            "{status} {content}: {error}"
        );
        assert!(error.to_string().contains(&status.to_string()));
    }
    let mut client = Scripted::new(ClientConfig::new(true));
    client.wire.push(header("example.org"));
    for _ in 0..2 {
        let create = client.request();
        client.fail(&create);
        client.quiet();
        client.wait();
    }
    let create = client.request();
    client.status(&create, 502, "<html>Bad Gateway</html>");
    assert_eq!(client.error(), BoshError::Unreachable { attempts: 3, reason: "HTTP status 502".into() });
}

/// XBH-05, XBH-06: after the login the very next body restarts the stream, and nothing else goes with it or before it.
#[test]
fn restart_is_the_very_next_body() {
    let (mut client, held) = Scripted::idle();
    client.wire.push(Item::Element(common::element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")));
    let auth = client.request();
    client.answer(&held, &body("", ""));
    client.answer(&auth, &body("", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"));
    assert_eq!(client.items(), ["success"]);
    client.wire.restart();
    client.quiet();
    client.now += secs(10);
    client.quiet();
    client.validator.expect_restart();
    client.wire.push(header("example.org"));
    client.wire.push(Item::Element(message(1)));
    let restart = client.request();
    let sent = Body::parse(&restart.body).unwrap();
    assert!(sent.restart && sent.payload.is_empty());
    assert_eq!((sent.to.as_deref(), sent.lang.as_deref()), (Some("example.org"), Some("en")));
    client.request();
    client.answer(&restart, &body("authid='new'", "<stream:features/>"));
    let Some(Item::Open(opening)) = client.item() else { panic!() };
    assert_eq!((opening.id.as_deref(), opening.version), (Some("new"), Some((1, 0))));
    assert_eq!(client.items(), ["features"]);
}

/// XBH-05: an empty answer to the restart opens the stream; the features are asked for.
#[test]
fn features_after_the_restart() {
    let mut client = restarted();
    let restart = client.request();
    client.answer(&restart, &body("", ""));
    assert_eq!(client.items(), ["open"]);
    let poll = client.request();
    client.answer(&poll, &body("", "<stream:features/>"));
    assert_eq!(client.items(), ["features"]);
}

/// XBH-05: a manager may answer the restart on the request that it held before (Prosody does).
#[test]
fn features_on_an_older_request() {
    let (mut client, held) = Scripted::idle();
    client.wire.restart();
    client.validator.expect_restart();
    client.wire.push(header("example.org"));
    let restart = client.request();
    client.answer(&held, &body("", "<stream:features/>"));
    assert_eq!(client.items(), ["open", "features"]);
    client.answer(&restart, &body("", ""));
    assert!(client.items().is_empty());
    client.request();
}

/// XBH-05: a restart that got lost is repeated like everything else.
#[test]
fn lost_restart() {
    let mut client = restarted();
    let restart = client.request();
    client.fail(&restart);
    let again = repeated(&mut client);
    assert_eq!(again.body, restart.body);
    client.answer(&again, &body("", "<stream:features/>"));
    assert_eq!(client.items(), ["open", "features"]);
}

fn restarted() -> Scripted {
    let mut client = Scripted::created(ClientConfig::new(true), CREATED);
    client.wire.restart();
    client.validator.expect_restart();
    client.wire.push(header("example.org"));
    client
}

/// Waits that no clock can tell the end of mean "never", and panic nowhere.
#[test]
fn endless_waits() {
    let mut config = ClientConfig::new(true);
    let never = std::time::Duration::MAX;
    (config.margin, config.backoff, config.backoff_max, config.linger) = (never, never, never, never);
    let mut client = Scripted::new(config);
    client.wire.push(header("example.org"));
    let create = client.request();
    client.fail(&create);
    client.quiet();
    assert!(client.wire.poll_timeout().is_some_and(|at| at > client.now + secs(1_000_000)));
}
