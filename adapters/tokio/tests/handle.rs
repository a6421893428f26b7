//! What an application does with a client: requests, events, the end.
#![cfg(feature = "server")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use support::{Server, iq, message, soon};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use xmpp_tokio::{
    Client, Connector, Event, RequestError, SendError,
    xmpp_core::{
        self, ApiMisuse, Direction, Item, RequestError as Unanswered,
        stanza::{self, StanzaCondition},
        stream::StreamCondition,
        xml::Element,
    },
};

const TIMEOUT: Duration = Duration::from_secs(10);
const PING: (&str, &str) = ("ping", "urn:xmpp:ping");
const ECHO: &str = "urn:example:echo";

async fn romeo(server: &Server) -> Client {
    soon(server.tcp("romeo@example.org/orchard", "r0meo").connect()).await.expect("login")
}

/// Juliet claims `urn:example:echo`.
async fn juliet(server: &Server) -> Client {
    soon(server.claiming("juliet@example.org/balcony", "jul1et", ECHO).connect()).await.expect("login")
}

#[tokio::test]
async fn many_requests_at_the_same_time() {
    let server = Server::start(|_| {}).await;
    let client = romeo(&server).await;
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let handle = client.handle();
            tokio::spawn(
                async move { handle.request(iq("get", "example.org", PING.0, PING.1), TIMEOUT).await },
            )
        })
        .collect();
    for request in requests {
        let answer = soon(request).await.expect("no panic").expect("an answer");
        assert_eq!(answer.attr("type").as_deref(), Some("result"));
    }
}

/// The claimed namespace reaches the application, which answers; the session answers everything else.
#[tokio::test]
async fn a_request_that_another_client_answers() {
    let server = Server::start(|_| {}).await;
    let (romeo, mut juliet) = (romeo(&server).await, juliet(&server).await);
    let (asker, to) = (romeo.handle(), juliet.jid().to_string());
    let request = tokio::spawn(async move { asker.request(iq("set", &to, "say", ECHO), TIMEOUT).await });
    let Some(Event::Stanza(question)) = soon(juliet.next()).await else { panic!("a request") };
    let payload = Element::build("said", ECHO).finish().expect("a payload");
    let answer = stanza::iq::result(&question, Some(&payload));
    juliet.send(answer).await.expect("sent");
    let answer = soon(request).await.expect("no panic").expect("an answer");
    assert!(answer.child("said", ECHO).is_some(), "{}", answer.to_xml());

    let refused =
        soon(romeo.request(iq("get", juliet.jid().as_str(), "x", "urn:example:else"), TIMEOUT)).await;
    assert_eq!(condition(refused), StanzaCondition::ServiceUnavailable);
}

fn condition(outcome: Result<Element, RequestError>) -> StanzaCondition {
    match outcome {
        Err(RequestError::Failed(Unanswered::Refused { error, .. })) => error.condition,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn recipient_that_is_offline() {
    let server = Server::start(|_| {}).await;
    let mut romeo = romeo(&server).await;
    let request = romeo.request(iq("get", "juliet@example.org/balcony", PING.0, PING.1), TIMEOUT);
    assert_eq!(condition(soon(request).await), StanzaCondition::ServiceUnavailable);

    let to = "juliet@example.org/balcony".parse().expect("an address");
    romeo.send(message(&to, "anybody there?")).await.expect("sent");
    let Some(Event::Stanza(bounced)) = soon(romeo.next()).await else { panic!("the message comes back") };
    assert_eq!(bounced.attr("type").as_deref(), Some("error"));
}

#[tokio::test]
async fn reply_that_never_comes() {
    let server = Server::start(|_| {}).await;
    let (romeo, juliet) = (romeo(&server).await, juliet(&server).await);
    let start = Instant::now();
    let request = romeo.request(iq("get", juliet.jid().as_str(), "say", ECHO), Duration::from_millis(200));
    assert_eq!(soon(request).await, Err(RequestError::Failed(Unanswered::Timeout)));
    assert!((200..5000).contains(&start.elapsed().as_millis()));
    // The stream goes on.
    soon(romeo.request(iq("get", "example.org", PING.0, PING.1), TIMEOUT)).await.expect("an answer");
}

#[tokio::test]
async fn stream_that_ends_under_a_request() {
    let server = Server::start(|_| {}).await;
    let (mut romeo, mut juliet) = (romeo(&server).await, juliet(&server).await);
    let (asker, to) = (romeo.handle(), juliet.jid().to_string());
    let request = tokio::spawn(async move { asker.request(iq("get", &to, "say", ECHO), TIMEOUT).await });
    assert!(matches!(soon(juliet.next()).await, Some(Event::Stanza(_))));
    soon(server.running.shutdown()).await;
    assert_eq!(soon(request).await.expect("no panic"), Err(RequestError::Failed(Unanswered::Disconnected)));
    let Some(Event::Closed(Err(xmpp_core::Error::Stream(error)))) = soon(romeo.next()).await else {
        panic!("the server said why")
    };
    assert_eq!(error.condition, StreamCondition::SystemShutdown);
    assert!(soon(romeo.next()).await.is_none());
    let late = romeo.send(message(juliet.jid(), "too late")).await;
    assert_eq!(late, Err(SendError::Closed));
    let late = romeo.request(iq("get", "example.org", PING.0, PING.1), TIMEOUT).await;
    assert_eq!(late, Err(RequestError::NotSent(SendError::Closed)));
    soon(romeo.close()).await;
}

#[tokio::test]
async fn what_is_no_stanza_is_not_sent() {
    let server = Server::start(|_| {}).await;
    let client = romeo(&server).await;
    let odd = Element::build("starttls", "urn:ietf:params:xml:ns:xmpp-tls").finish().expect("an element");
    let outcome = client.send(odd.clone()).await;
    assert_eq!(outcome, Err(SendError::Refused(ApiMisuse::NotAStanza(Box::new(odd)))));
}

/// Raw elements leave as they are: an answer that nobody asked for reaches its addressee, a response to a request of one's
/// own comes as an event, and what is no stanza goes to the server, which is free to hang up (RFC 6120 §4.9.3.24).
#[tokio::test]
async fn anything_is_sent_raw() {
    let server = Server::start(|_| {}).await;
    let (mut romeo, mut juliet) = (romeo(&server).await, juliet(&server).await);
    let handle = romeo.handle();
    let unasked: Element = format!("<iq xmlns='jabber:client' type='result' id='x1' to='{}'/>", juliet.jid())
        .parse()
        .expect("an element");
    assert!(romeo.send(unasked.clone()).await.is_err(), "the checked verb refuses it");
    handle.send_raw(unasked).await.expect("sent");
    let Some(Event::Stanza(heard)) = soon(juliet.next()).await else { panic!("it arrives") };
    assert_eq!((heard.name(), heard.attr("id").as_deref()), ("iq", Some("x1")));

    let ping = iq("get", "example.org", PING.0, PING.1).with_attrs(&[("id", Some("p1"))]).expect("a request");
    handle.send_raw(ping).await.expect("sent");
    let Some(Event::Stanza(pong)) = soon(romeo.next()).await else { panic!("the response is an event") };
    assert_eq!(pong.attr("id").as_deref(), Some("p1"));

    handle.send_raw("<odd xmlns='urn:example:odd'/>".parse().expect("an element")).await.expect("sent");
    let Some(Event::Closed(Err(xmpp_core::Error::Stream(error)))) = soon(romeo.next()).await else {
        panic!("the server hangs up")
    };
    assert_eq!(error.condition, StreamCondition::UnsupportedStanzaType);
    let late = handle.send_raw("<odd xmlns='urn:example:odd'/>".parse().expect("an element")).await;
    assert_eq!(late, Err(SendError::Closed));
}

/// Every end of a client, seen from the server: `</stream>`, and nothing before it is lost.
#[tokio::test]
async fn dropping_everything_closes_the_stream() {
    let (closed, mut see_closed) = watch::channel(0);
    let server = Server::start(|config| {
        *config = config.clone().trace(move |direction, item| {
            if direction == Direction::In && matches!(item, Item::Close { .. }) {
                closed.send_modify(|closed| *closed += 1);
            }
        });
    })
    .await;
    let mut juliet = juliet(&server).await;
    let client = romeo(&server).await;
    let handle = client.handle();
    drop(client);
    // A handle that is left keeps the stream.
    handle.send(message(juliet.jid(), "still there")).await.expect("sent");
    assert!(matches!(soon(juliet.next()).await, Some(Event::Stanza(_))));
    assert_eq!(*see_closed.borrow(), 0);
    handle.send(message(juliet.jid(), "farewell")).await.expect("sent");
    drop(handle);
    assert!(matches!(soon(juliet.next()).await, Some(Event::Stanza(_))));
    soon(see_closed.wait_for(|closed| *closed == 1)).await.expect("the server runs");
    soon(juliet.close()).await;
    soon(see_closed.wait_for(|closed| *closed == 2)).await.expect("the server runs");
}

/// Whoever stops waiting for the login ends it.
#[tokio::test]
async fn dropping_the_login_ends_it() {
    let (gone, mut see_gone) = mpsc::unbounded_channel();
    let address = support::peer(move |mut stream| {
        let gone = gone.clone();
        async move {
            support::read_to(&mut stream, "never").await;
            let _ = gone.send(());
        }
    })
    .await;
    let mut config = support::account("a@example.org", "p", xmpp_core::TlsPolicy::Required);
    config.client.close_timeout = Duration::from_millis(200);
    let login = Connector::new(config).host("127.0.0.1").port(address.port()).connect();
    assert!(tokio::time::timeout(Duration::from_millis(300), login).await.is_err());
    assert_eq!(soon(see_gone.recv()).await, Some(()));
}

/// A peer that takes nothing holds up what is sent, and not the end.
#[tokio::test]
async fn close_is_bounded() {
    let server = Server::start(|_| {}).await;
    let mut slow = romeo(&server).await;
    let handle = slow.handle();
    let to = slow.jid().clone();
    // Everything comes back to him, and he takes nothing: both directions fill up.
    let flood = tokio::spawn(async move {
        let filler = "x".repeat(8 * 1024);
        while handle.send(message(&to, &filler)).await.is_ok() {}
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(soon(slow.next()).await, Some(Event::Stanza(_))));
    soon(slow.close()).await;
    soon(flood).await.expect("no panic");
}

/// SASL-20: the trace shows both directions, and no secret in them.
#[tokio::test]
async fn trace_masks_secrets() {
    let server = Server::start(|_| {}).await;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let connector = {
        let lines = Arc::clone(&lines);
        server.tcp("romeo@example.org/orchard", "r0meo").trace(move |direction, item| {
            lines.lock().expect("no panic").push(format!("{direction:?} {item}"));
        })
    };
    soon(soon(connector.connect()).await.expect("login").close()).await;
    let lines = lines.lock().expect("no panic").join("\n");
    for part in [
        "Out <stream",
        "In <stream",
        "<starttls",
        "<proceed",
        "<auth",
        "<challenge",
        "<success",
        "<bind",
        "Out </stream>",
    ] {
        assert!(lines.contains(part), "{part} in {lines}");
    }
    // SCRAM shows the user name and nonces as base64 of `n,,n=romeo,r=..` and `r=..`.
    for secret in ["r0meo", "biwsbj1yb21lbyxyPQ", "biws", "cj0"] {
        assert!(!lines.contains(secret), "{secret} in {lines}");
    }
}

/// A client that takes no events is read from no more; the server holds a bounded amount for it and cuts it off; what
/// it takes then is whole and in order. Nobody else is held up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_cut_off() {
    let server = Server::start(|_| {}).await;
    let (mut client, mut juliet) = (romeo(&server).await, juliet(&server).await);
    let romeo = client.handle();
    // What comes too late for her comes back to him.
    tokio::spawn(async move { while client.next().await.is_some() {} });
    let filler = "x".repeat(8 * 1024);
    for round in 0..4000 {
        soon(romeo.send(message(juliet.jid(), &format!("{round} {filler}")))).await.expect("sent");
    }
    soon(romeo.request(iq("get", "example.org", PING.0, PING.1), TIMEOUT))
        .await
        .expect("romeo is not held up");
    let mut expected = 0;
    let end = loop {
        match soon(juliet.next()).await {
            Some(Event::Stanza(heard)) => {
                let body =
                    heard.child("body", xmpp_core::xml::ns::CLIENT).expect("a body").text().into_owned();
                assert!(body.starts_with(&format!("{expected} ")), "{expected}: {body:.20}");
                expected += 1;
            }
            Some(Event::Closed(end)) => break end,
            other => panic!("{other:?}"),
        }
    };
    assert!((Client::EVENT_BACKLOG..4000).contains(&expected), "{expected}");
    let Err(xmpp_core::Error::Stream(error)) = end else { panic!("{end:?}") };
    assert_eq!(error.condition, StreamCondition::ResourceConstraint);
}
