//! XEP-0124 §8 to §12: when requests are answered.

use bosh_core::{Condition, SessionError, Type};
use xmpp_core::Wire;

use crate::{CREATE, Session, common, numbers, read};

/// BSH-27, BSH-32: a request is held until there is something to say.
#[test]
fn held_until_there_is_news() {
    let mut session = Session::created();
    let id = session.post(101, "", "");
    assert!(session.replies().is_empty());
    session.now += common::secs(30);
    assert!(session.replies().is_empty());
    session.say(1);
    session.say(2);
    let replies = session.replies();
    assert_eq!((replies.len(), replies[0].id), (1, id));
    assert_eq!(numbers(&replies[0]), [1, 2]);
}

/// BSH-31: no request is held longer than `wait`.
#[test]
fn wait_ends_with_an_empty_body() {
    let mut session = Session::new().create("wait='10' hold='1'");
    let id = session.post(101, "", "");
    assert!(session.replies().is_empty());
    let before = session.now;
    session.wait();
    assert_eq!(session.now - before, common::secs(10));
    let replies = session.replies();
    assert_eq!((replies[0].id, read(&replies[0]).payload.len()), (id, 0));
}

/// BSH-32, BSH-26: more requests than are held release the oldest one.
#[test]
fn a_second_request_releases_the_first() {
    let mut session = Session::created();
    let first = session.post(101, "", "");
    assert!(session.replies().is_empty());
    session.post(102, "", "");
    let replies = session.replies();
    assert_eq!((replies.len(), replies[0].id), (1, first));
}

/// BSH-30, BSH-32: what is said to several stanzas of one body shares an answer.
#[test]
fn answers_to_one_body_share_one() {
    let mut session = Session::created();
    session.post(101, "", "<iq xmlns='jabber:client'/><iq xmlns='jabber:client'/>");
    assert!(session.replies().is_empty());
    session.wire.next_item(session.now).unwrap();
    session.say(1);
    assert!(session.replies().is_empty(), "the second stanza has not been handled");
    session.wire.next_item(session.now).unwrap();
    session.say(2);
    assert_eq!(numbers(&session.replies()[0]), [1, 2]);
}

/// BSH-30: a response holds no more than its cap, but always one stanza; the rest takes the next one.
#[test]
fn responses_are_capped() {
    let mut session = Session::with(|config| {
        config.body_bytes = 100;
        config.backlog = 150;
    })
    .create(CREATE);
    for number in 1..=3 {
        assert!(session.wire.has_room());
        session.say(number);
    }
    assert!(!session.wire.has_room());
    session.post(101, "", "");
    assert_eq!(numbers(&session.replies()[0]), [1]);
    session.post(102, "", "");
    assert_eq!(numbers(&session.replies()[0]), [2]);
    assert!(session.wire.has_room());
}

/// BSH-33: a polling session is answered at once.
#[test]
fn polling_is_answered_at_once() {
    for terms in ["wait='60' hold='0'", "wait='0' hold='1'"] {
        let mut session = Session::new().create(terms);
        session.post(101, "", "");
        assert_eq!(session.replies().len(), 1);
        session.now += common::secs(2);
        session.say(1);
        session.post(102, "", "");
        assert_eq!(numbers(&session.replies()[0]), [1]);
        session.post(103, "", "");
        assert_eq!(session.replies().len(), 1, "at once after an answer that brought something");
    }
}

/// BSH-28, BSH-33: who polls too often is told so, and the session ends.
#[test]
fn polling_too_often() {
    let mut session = Session::new().create("wait='0' hold='0'");
    session.post(101, "", "");
    assert_eq!(session.replies().len(), 1);
    session.now += common::secs(2);
    session.post(102, "", "");
    assert_eq!(read(&session.replies()[0]).kind, None);
    session.post(103, "", "");
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::PolicyViolation));
    let error = common::session_error(session.wire.next_item(session.now).unwrap_err());
    assert!(matches!(error, SessionError::Refused { condition: Condition::PolicyViolation, .. }), "{error}");
    assert!(session.wire.is_over());
}

/// BSH-26: more requests than `requests` at a time end the session; one more that terminates it does not.
#[test]
fn too_many_requests() {
    let mut session = Session::created();
    // Nothing is answered while a stanza has not been handled.
    let ids = [
        session.post(101, "", "<iq xmlns='jabber:client'/>"),
        session.post(102, "", ""),
        session.post(103, "", ""),
    ];
    let replies = session.replies();
    assert_eq!(replies.iter().map(|reply| reply.id).collect::<Vec<_>>(), ids);
    assert!(replies.iter().all(|reply| read(reply).condition == Some(Condition::PolicyViolation)));

    let mut session = Session::created();
    session.post(101, "", "<iq xmlns='jabber:client'/>");
    session.post(102, "", "");
    session.post(103, "type='terminate'", "");
    assert!(session.replies().is_empty());
    assert_eq!(session.items(), ["iq", "close"]);
}

/// BSH-62: a client that is silent for too long has gone.
#[test]
fn inactivity() {
    let mut session = Session::created();
    assert!(session.items().is_empty());
    let before = session.now;
    session.wait();
    assert_eq!(session.now - before, common::secs(60));
    assert!(session.replies().is_empty());
    let error = common::session_error(session.wire.next_item(session.now).unwrap_err());
    assert_eq!(error, SessionError::Inactive { seconds: 60 });
    assert_eq!(session.wire.poll_timeout(), None);
    assert!(session.wire.is_over());
    session.post(101, "", "");
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::ItemNotFound));
}

/// BSH-62: a held request is activity, however long it is held, and one whose connection broke is none.
#[test]
fn held_requests_are_activity() {
    let mut session =
        Session::with(|config| (config.wait, config.inactivity) = (100, 30)).create("wait='100' hold='1'");
    let id = session.post(101, "", "");
    session.replies();
    session.now += common::secs(90);
    assert!(session.items().is_empty(), "alive");
    session.wire.handle_gone(id);
    assert!(session.items().is_empty());
    session.now += common::secs(29);
    assert!(session.items().is_empty(), "alive");
    session.now += common::secs(2);
    session.replies();
    assert!(session.wire.next_item(session.now).is_err());
}

/// BSH-62: each request begins the time anew.
#[test]
fn activity_begins_the_time_anew() {
    let mut session = Session::new().create("wait='0' hold='0'");
    for rid in 101..110 {
        session.now += common::secs(50);
        session.post(rid, "", "");
        assert_eq!(read(&session.replies()[0]).kind, None);
    }
}

/// BSH-53, BSH-57: what a manager without keys and several streams is asked does no harm.
#[test]
fn unused_attributes() {
    let mut session = Session::created();
    session.post(
        101,
        "key='a' newkey='b' stream='x' pause='3' secure='true'",
        "<message xmlns='jabber:client'/>",
    );
    assert_eq!(session.items(), ["message"]);
    assert_ne!(session.replies().first().map(|reply| read(reply).kind), Some(Some(Type::Terminate)));
}
