//! XEP-0124 §14: order, window and repetition at the manager.

use bosh_core::{Condition, SessionError, Type};
use xmpp_core::Wire;

use crate::{CREATE, Session, common, numbers, read};

const ONE: &str = "<message xmlns='jabber:client'><body>1</body></message>";
const TWO: &str = "<message xmlns='jabber:client'><body>2</body></message>";

/// BSH-24, BSH-32: requests that overtake each other are heard and answered in the order of their numbers.
#[test]
fn requests_out_of_order() {
    let mut session = Session::created();
    let second = session.post(102, "", TWO);
    assert!(session.items().is_empty());
    assert!(session.replies().is_empty());
    let first = session.post(101, "", ONE);
    assert_eq!(session.items(), ["1", "2"]);
    session.say(3);
    let replies = session.replies();
    assert_eq!((replies.len(), replies[0].id), (1, first));
    session.say(4);
    let replies = session.replies();
    assert_eq!((replies[0].id, numbers(&replies[0])), (second, vec![4]));
}

/// BSH-25: a number beyond the window ends the session; the window is as wide as `requests`.
#[test]
fn window() {
    let mut session = Session::created();
    session.post(102, "", "");
    assert!(session.replies().is_empty());

    let mut session = Session::created();
    let held = session.post(101, "", "");
    let beyond = session.post(104, "", "");
    let replies = session.replies();
    assert_eq!(replies.iter().map(|reply| reply.id).collect::<Vec<_>>(), [held, beyond]);
    assert!(replies.iter().all(|reply| read(reply).condition == Some(Condition::ItemNotFound)));
    let error = common::session_error(session.wire.next_item(session.now).unwrap_err());
    assert!(matches!(error, SessionError::Refused { condition: Condition::ItemNotFound, .. }));
}

/// BSH-39: a number that was answered gets the same bytes again, and its payload is not heard twice.
#[test]
fn answered_requests_are_answered_the_same() {
    let mut session = Session::created();
    session.post(101, "", ONE);
    assert_eq!(session.items(), ["1"]);
    session.say(7);
    let first = session.replies().remove(0);
    for attributes in ["", "to='example.org'"] {
        let again = session.post(101, attributes, TWO);
        assert!(session.items().is_empty());
        let replies = session.replies();
        assert_eq!((replies.len(), replies[0].id, &replies[0].body), (1, again, &first.body));
    }
    session.post(102, "", TWO);
    assert_eq!(session.items(), ["2"], "the session goes on");
    let again = session.post(101, "", ONE);
    assert!(session.replies().iter().any(|reply| reply.id == again && reply.body == first.body));
}

/// BSH-39, BSH-44: the older copy of a request that is held is told to repeat; the newer one gets the answer.
#[test]
fn held_requests_move_to_the_newer_connection() {
    let mut session = Session::created();
    let old = session.post(101, "", "");
    let new = session.post(101, "", "");
    let replies = session.replies();
    assert_eq!((replies.len(), replies[0].id), (1, old));
    assert_eq!((read(&replies[0]).kind, read(&replies[0]).condition), (Some(Type::Error), None));
    session.say(1);
    assert_eq!(session.replies()[0].id, new);
    // The same for one that overtook another.
    let old = session.post(103, "", "");
    session.post(103, "", "");
    assert_eq!(session.replies()[0].id, old);
}

/// BSH-39: an answer whose connection is gone is kept for the request to be repeated.
#[test]
fn answers_wait_for_a_repetition() {
    let mut session = Session::created();
    let gone = session.post(101, "", "");
    assert!(session.replies().is_empty());
    session.wire.handle_gone(gone);
    session.say(1);
    assert!(session.replies().is_empty());
    let again = session.post(101, "", "");
    let replies = session.replies();
    assert_eq!((replies[0].id, numbers(&replies[0])), (again, vec![1]));
}

/// BSH-24, BSH-62: a request that overtook one which never comes keeps the session as long as a held one would. Its
/// client may be gone without a trace.
#[test]
fn early_requests_do_not_keep_the_session_for_ever() {
    let mut session = Session::new().create(CREATE);
    let start = session.now;
    session.post(102, "", "");
    assert!(session.replies().is_empty());
    session.wait();
    assert!(session.replies().is_empty());
    assert!(session.items().is_empty(), "the session lives for `inactivity` after `wait`");
    session.wait();
    let error = common::session_error(session.wire.next_item(session.now).unwrap_err());
    assert_eq!(error, SessionError::Inactive { seconds: 60 });
    assert_eq!(session.now - start, common::secs(120));
}

/// BSH-38, BSH-39: what is too old, or was acknowledged, is known no more; that copy alone is told so.
#[test]
fn old_requests() {
    let mut session = Session::new().create("wait='60' hold='0'");
    for rid in 101..110 {
        session.post(rid, "", ONE);
        assert_eq!(session.items(), ["1"]);
        assert_eq!(session.replies().len(), 1);
    }
    let old = session.post(101, "", ONE);
    let replies = session.replies();
    assert_eq!((replies[0].id, read(&replies[0]).condition), (old, Some(Condition::ItemNotFound)));
    for kept in 106..110 {
        session.post(kept, "", ONE);
        assert_eq!(read(&session.replies()[0]).condition, None, "twice the window and two are kept");
    }
    session.post(110, "", ONE);
    assert_eq!(session.items(), ["1"], "the session goes on");

    let mut session = Session::new().create("wait='60' hold='0' ack='1'");
    session.post(101, "", ONE);
    session.items();
    session.replies();
    session.post(101, "", ONE);
    assert_eq!(read(&session.replies()[0]).condition, None);
    session.post(102, "", "");
    session.replies();
    session.post(101, "", ONE);
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::ItemNotFound));
}

/// BSH-22: a request without a number is wrong by itself, and no matter of the session.
#[test]
fn request_without_a_number() {
    let mut session = Session::new().create(CREATE);
    let body = bosh_core::Body { sid: Some("the-sid".into()), ..bosh_core::Body::default() };
    session.wire.handle_request(bosh_core::RequestId(1000), body);
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::BadRequest));
    session.post(101, "", ONE);
    assert_eq!(session.items(), ["1"]);
}

/// BSH-23: the largest number is the last one, and does no harm.
#[test]
fn largest_number() {
    let mut session = Session::new();
    session.post(bosh_core::MAX_RID, CREATE, "");
    session.items();
    session.open();
    assert_eq!(session.replies().len(), 1);
    session.post(1, "", "");
    assert_eq!(read(&session.replies()[0]).condition, Some(Condition::ItemNotFound));
}

/// XBH-05: a restart opens the stream anew, and its answer tells the new header.
#[test]
fn restart() {
    let mut session = Session::created();
    session.post(101, "xmpp:restart='true' to='example.org' xml:lang='de'", "");
    let Ok(Some(xmpp_core::Item::Open(header))) = session.wire.next_item(session.now) else { panic!() };
    assert_eq!((header.to.as_deref(), header.lang.as_deref()), (Some("example.org"), Some("de")));
    session.open();
    let body = read(&session.replies()[0]);
    assert_eq!((body.xmpp_version, body.payload[0].name()), (Some((1, 0)), "features"));
    assert_eq!((body.sid, body.requests), (None, None), "the terms are told once");
}

/// A request whose predecessor never comes does not keep the session for ever, however long its connection stays.
#[test]
fn a_gap_that_stays_ends_the_session() {
    let mut session = Session::created();
    session.post(102, "", ONE);
    assert!(session.items().is_empty());
    assert!(session.replies().is_empty());
    let begin = session.now;
    let error = loop {
        session.wait();
        match session.wire.next_item(session.now) {
            Ok(item) => assert_eq!(item, None),
            Err(error) => break common::session_error(error),
        }
    };
    let waited = (session.now - begin).as_secs();
    assert_eq!(waited, 60 + 60, "`wait`, after which it is repeated, and `inactivity`");
    assert_eq!(error, SessionError::Inactive { seconds: 60 });
}
