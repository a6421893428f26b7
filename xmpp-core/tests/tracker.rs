//! Requests and the responses that belong to them.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use xmpp_core::jid::{FullJid, Jid};
use xmpp_core::stanza::{Iq, NotTracked, StanzaKind, Tracker};
use xmpp_core::xml::Element;

#[allow(clippy::disallowed_methods)] // the one base instant that everything is added to
fn base() -> Instant {
    Instant::now()
}

fn own() -> FullJid {
    "me@example.com/pc".parse().unwrap()
}

fn jid(address: &str) -> Jid {
    address.parse().unwrap()
}

fn response(tracker: &mut Tracker<u32>, kind: &str, id: &str, from: Option<&str>) -> Option<u32> {
    let from = from.map(|from| format!("from='{from}'")).unwrap_or_default();
    let content = match kind {
        "result" => "",
        "error" => "<error type='cancel'/>",
        _ => "<x xmlns='urn:x'/>",
    };
    let xml = format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' {from}>{content}</iq>");
    let element: Element = xml.parse().unwrap();
    tracker.take(&Iq::parse(element.root()).unwrap(), &own())
}

const SENDERS: [Option<&str>; 7] = [
    None,
    Some("me@example.com"),
    Some("me@example.com/pc"),
    Some("example.com"),
    Some("device@example.com"),
    Some("device@example.com/ilon"),
    Some("me@example.com/other"),
];

/// STZ-06, STZ-07: who may answer a request that went to whom.
#[test]
fn only_the_recipient_may_answer() {
    for (to, accepted) in [
        (None, &[None, Some("me@example.com"), Some("me@example.com/pc"), Some("example.com")][..]),
        (Some("me@example.com"), &[None, Some("me@example.com")]),
        (Some("me@example.com/pc"), &[Some("me@example.com/pc")]),
        (Some("example.com"), &[Some("example.com")]),
        (Some("device@example.com"), &[Some("device@example.com")]),
        (Some("device@example.com/ilon"), &[Some("device@example.com/ilon")]),
    ] {
        for from in SENDERS {
            for kind in ["result", "error"] {
                let mut tracker = Tracker::new(10);
                tracker.track(StanzaKind::Iq, "1", to.map(jid), base(), 7).unwrap();
                let taken = response(&mut tracker, kind, "1", from);
                assert_eq!(taken.is_some(), accepted.contains(&from), "{to:?} answered by {from:?}");
                assert_eq!(tracker.len(), usize::from(taken.is_none()), "a forged answer ends nothing");
            }
        }
    }
}

/// STZ-07: the spelling of an address does not matter, the rest of it does.
#[test]
fn addresses_are_compared_in_canonical_form() {
    let mut tracker = Tracker::new(10);
    tracker.track(StanzaKind::Iq, "1", Some(jid("08-00-00-1A-7C-62@Example.com/ilon")), base(), 1).unwrap();
    assert_eq!(response(&mut tracker, "result", "1", Some("08-00-00-1a-7c-62@example.com/ILON")), None);
    assert_eq!(response(&mut tracker, "result", "1", Some("08-00-00-1A-7C-62@EXAMPLE.com/ilon")), Some(1));
}

/// STZ-07: an answer of another kind, another id, or what is no answer at all.
#[test]
fn kind_and_id_must_match() {
    let mut tracker = Tracker::new(10);
    tracker.track(StanzaKind::Iq, "1", None, base(), 1).unwrap();
    assert_eq!(response(&mut tracker, "result", "2", None), None);
    assert_eq!(response(&mut tracker, "get", "1", None), None);
    assert_eq!(tracker.take_from(StanzaKind::Message, "1", None, &own()), None);
    assert_eq!(tracker.take_from(StanzaKind::Presence, "1", None, &own()), None);
    tracker.track(StanzaKind::Message, "1", None, base(), 2).unwrap();
    assert_eq!(tracker.take_from(StanzaKind::Message, "1", None, &own()), Some(2));
    assert_eq!(response(&mut tracker, "result", "1", None), Some(1));
    assert_eq!(response(&mut tracker, "result", "1", None), None, "a second answer is unsolicited");
}

/// STZ-18, STZ-19: an id is in use once, the number is bounded, and deadlines come in their order.
#[test]
fn bounds_and_deadlines() {
    let start = base();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut tracker = Tracker::new(3);
    assert_eq!(tracker.poll_timeout(), None);
    tracker.track(StanzaKind::Iq, "a", None, after(3), 1).unwrap();
    tracker.track(StanzaKind::Iq, "b", None, after(1), 2).unwrap();
    assert_eq!(tracker.track(StanzaKind::Iq, "a", None, after(0), 9), Err(NotTracked::Duplicate(9)));
    tracker.track(StanzaKind::Iq, "c", None, after(1), 3).unwrap();
    assert_eq!(tracker.track(StanzaKind::Iq, "d", None, after(0), 9), Err(NotTracked::Full(9)));
    assert_eq!(tracker.poll_timeout(), Some(after(1)));
    assert_eq!(tracker.expire(start), None);
    assert_eq!(tracker.expire(after(1)), Some(2));
    assert_eq!(tracker.expire(after(1)), Some(3), "in the order of asking");
    assert_eq!(tracker.expire(after(1)), None);
    assert_eq!(tracker.poll_timeout(), Some(after(3)));
    assert!(tracker.contains(StanzaKind::Iq, "a") && !tracker.contains(StanzaKind::Iq, "b"));
    assert_eq!(tracker.cancel(StanzaKind::Iq, "b"), None);
    assert_eq!(tracker.pop(), Some(1));
    assert!(tracker.is_empty() && tracker.poll_timeout().is_none() && tracker.pop().is_none());
}

#[derive(Clone, Debug)]
enum Step {
    Track(u8, Option<u8>, u64),
    Response(u8, u8),
    Cancel(u8),
    Expire(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6u8, prop::option::of(0..7u8), 0..20u64).prop_map(|(id, to, at)| Step::Track(id, to, at)),
        3 => (0..6u8, 0..7u8).prop_map(|(id, from)| Step::Response(id, from)),
        1 => (0..6u8).prop_map(Step::Cancel),
        1 => (0..20u64).prop_map(Step::Expire),
    ]
}

proptest! {
    /// STZ-07, STZ-19: any sequence of steps does what a plain list would do.
    #[test]
    fn behaves_as_a_plain_list(steps in prop::collection::vec(step(), 0..60)) {
        let start = base();
        let mut tracker = Tracker::new(4);
        let mut list: Vec<(u8, Option<&str>, u64, u32)> = Vec::new();
        for (number, step) in (0u32..).zip(steps) {
            match step {
                Step::Track(id, to, at) => {
                    let to = to.and_then(|to| SENDERS[usize::from(to)]);
                    let tracked = tracker.track(
                        StanzaKind::Iq, &id.to_string(), to.map(jid), start + Duration::from_secs(at), number,
                    );
                    let expected = if list.iter().any(|entry| entry.0 == id) {
                        Err(NotTracked::Duplicate(number))
                    } else if list.len() == 4 {
                        Err(NotTracked::Full(number))
                    } else {
                        list.push((id, to, at, number));
                        Ok(())
                    };
                    prop_assert_eq!(tracked, expected);
                }
                Step::Response(id, from) => {
                    let from = SENDERS[usize::from(from)];
                    let found = list.iter().position(|(waiting, to, ..)| {
                        *waiting == id && match to {
                            None => [None, Some("me@example.com"), Some("me@example.com/pc"), Some("example.com")].contains(&from),
                            Some("me@example.com") => from.is_none() || from == *to,
                            Some(_) => from == *to,
                        }
                    });
                    let expected = found.map(|at| list.remove(at).3);
                    prop_assert_eq!(response(&mut tracker, "result", &id.to_string(), from), expected);
                }
                Step::Cancel(id) => {
                    let expected = list.iter().position(|entry| entry.0 == id).map(|at| list.remove(at).3);
                    prop_assert_eq!(tracker.cancel(StanzaKind::Iq, &id.to_string()), expected);
                }
                Step::Expire(at) => {
                    let mut expected: Vec<_> = list.iter().filter(|entry| entry.2 <= at).map(|e| (e.2, e.3)).collect();
                    expected.sort_unstable();
                    list.retain(|entry| entry.2 > at);
                    for (_, key) in expected {
                        prop_assert_eq!(tracker.expire(start + Duration::from_secs(at)), Some(key));
                    }
                    prop_assert_eq!(tracker.expire(start + Duration::from_secs(at)), None);
                }
            }
            prop_assert_eq!(tracker.len(), list.len());
            let next = list.iter().map(|entry| entry.2).min().map(|at| start + Duration::from_secs(at));
            prop_assert_eq!(tracker.poll_timeout(), next);
        }
    }
}
