//! XEP-0124 §13, §17, XEP-0206 §8: how a session ends at the manager.

use bosh_core::{Condition, Type};
use xmpp_core::{
    Item, Wire,
    stream::{StreamCondition, StreamError},
};

use crate::{CREATE, Session, common, numbers, read};

/// BSH-45, XBH-16: the client's last payload is heard before the end; the oldest request is answered with what waits.
#[test]
fn client_terminates() {
    let mut session = Session::created();
    let held = session.post(101, "", "");
    assert!(session.replies().is_empty());
    let last = session.post(102, "type='terminate'", "<presence xmlns='jabber:client' type='unavailable'/>");
    assert!(session.replies().is_empty());
    assert_eq!(session.items(), ["presence", "close"]);
    session.say(1);
    session.wire.push(Item::CLOSE);
    let replies = session.replies();
    assert_eq!((replies[0].id, replies[1].id), (held, last));
    assert_eq!((numbers(&replies[0]), numbers(&replies[1])), (vec![1], vec![]));
    assert!(replies.iter().all(|reply| read(reply).kind == Some(Type::Terminate)));
    assert!(replies.iter().all(|reply| read(reply).condition.is_none()));
    assert!(session.wire.is_over());
    assert!(session.items().is_empty());
}

/// BSH-45: a terminate that overtook another request waits for it.
#[test]
fn terminate_that_overtakes() {
    let mut session = Session::new().create("wait='60' hold='0'");
    session.post(102, "type='terminate'", "");
    assert!(session.replies().is_empty());
    session.post(101, "", "<message xmlns='jabber:client'/>");
    assert_eq!(session.items(), ["message", "close"]);
    assert_eq!(session.replies().len(), 2);
}

/// BSH-46: what the speaker closes ends with its last words, and nothing more is heard.
#[test]
fn manager_terminates() {
    let mut session = Session::created();
    session.post(101, "", "");
    session.say(1);
    session.wire.push(Item::CLOSE);
    session.say(2);
    let replies = session.replies();
    assert_eq!(
        (replies.len(), numbers(&replies[0]), read(&replies[0]).kind),
        (1, vec![1], Some(Type::Terminate))
    );
    assert_eq!(session.items(), ["close"], "who closed first hears that it is done");
    session.post(102, "", "<message xmlns='jabber:client'/>");
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::ItemNotFound));
    assert!(session.items().is_empty());
}

/// BSH-47, XBH-09: a stream error ends the session as one, behind the stanzas before it.
#[test]
fn stream_error() {
    let mut session = Session::created();
    session.post(101, "", "");
    session.say(1);
    session.wire.push(Item::Element(StreamError::new(StreamCondition::Conflict, "replaced").to_element()));
    session.wire.push(Item::CLOSE);
    let replies = session.replies();
    let body = read(&replies[0]);
    assert_eq!((body.kind, body.condition), (Some(Type::Terminate), Some(Condition::RemoteStreamError)));
    assert_eq!(body.payload.len(), 2);
    assert_eq!(StreamError::parse(body.payload[1].root()).unwrap().condition, StreamCondition::Conflict);
    let text = String::from_utf8(replies[0].body.to_vec()).unwrap();
    assert!(text.contains("<stream:error"), "{text}");
}

/// BSH-47: another address.
#[test]
fn see_other_uri() {
    let mut session = Session::created();
    session.post(101, "", "");
    session.wire.push(Item::Close { see_other: Some("https://other.example/bosh?a&b".into()) });
    let body = read(&session.replies()[0]);
    assert_eq!(body.condition, Some(Condition::SeeOtherUri));
    assert_eq!(body.uri.as_deref(), Some("https://other.example/bosh?a&b"));
}

/// BSH-46: where no request is open the end waits for one.
#[test]
fn end_waits_for_a_request() {
    let mut session = Session::created();
    session.say(1);
    session.wire.push(Item::CLOSE);
    assert!(session.replies().is_empty());
    assert!(!session.wire.is_over());
    session.post(101, "", "");
    let replies = session.replies();
    assert_eq!((numbers(&replies[0]), read(&replies[0]).kind), (vec![1], Some(Type::Terminate)));
}

/// BSH-39, BSH-46: after the link has shut down the last word is still told, once, and repeated to who lost it.
#[test]
fn farewell() {
    let mut session = Session::created();
    session.post(101, "", "");
    session.say(1);
    let told = session.replies().remove(0);
    session.say(2);
    session.wire.push(Item::Element(StreamError::new(StreamCondition::SystemShutdown, "bye").to_element()));
    session.wire.push(Item::CLOSE);
    assert!(session.replies().is_empty());
    let mut farewell = session.wire.farewell();
    assert_eq!(farewell.seconds(), 60);
    assert!(farewell.poll_output().is_none());

    let mut ask = |rid: u64| {
        let xml = common::body(&format!("rid='{rid}' sid='the-sid'"), "");
        farewell.reply(bosh_core::RequestId(rid), &bosh_core::Body::parse(xml.as_bytes()).unwrap())
    };
    assert_eq!(ask(101).body, told.body, "an answer that got lost");
    let last = ask(102);
    assert_eq!(numbers(&last), [2]);
    assert_eq!(read(&last).condition, Some(Condition::RemoteStreamError));
    assert_eq!(ask(102).body, last.body);
    assert_eq!(read(&ask(103)).condition, Some(Condition::ItemNotFound));
}

/// A link that ends without a word leaves no request without an answer.
#[test]
fn farewell_answers_what_is_open() {
    let mut session = Session::created();
    let held = session.post(101, "", "");
    session.replies();
    let early = session.post(103, "", "");
    session.replies();
    let unread = session.post(102, "", "");
    let mut farewell = session.wire.farewell();
    let replies: Vec<_> = std::iter::from_fn(|| farewell.poll_output()).collect();
    assert_eq!(replies.iter().map(|reply| reply.id).collect::<Vec<_>>(), [held, early, unread]);
    assert!(replies.iter().all(|reply| read(reply).kind == Some(Type::Terminate)));
    assert_eq!(read(&replies[0]).condition, Some(Condition::UndefinedCondition));
}

/// BSH-45: what the client says after its end is heard no more.
#[test]
fn requests_after_the_end() {
    let mut session = Session::new().create(CREATE);
    session.post(101, "type='terminate'", "");
    assert_eq!(session.items(), ["close"]);
    let last = session.replies().remove(0);
    session.post(102, "", "<message xmlns='jabber:client'/>");
    assert!(session.items().is_empty());
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::ItemNotFound));
    session.post(101, "type='terminate'", "");
    assert_eq!(session.replies()[0].body, last.body, "the end itself can be asked for again");
}
