//! Whatever the other side sends, in whatever order: no panic, no endless loop, no request answered twice.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use std::collections::BTreeSet;

use bosh_core::{
    Body, BoshClient, BoshSession, ClientConfig, ClientOutput, RequestId, SessionConfig, SessionOutput,
};
use common::{body, header, message, secs};
use proptest::prelude::*;
use xmpp_core::{Item, Wire};

#[derive(Clone, Debug)]
enum Move {
    Answer { which: usize, status: u16, bytes: Vec<u8> },
    Fail(usize),
    Request { rid: i64, attributes: String, content: String },
    Gone(usize),
    Say,
    Restart,
    Close,
    Wait(u64),
}

fn attributes() -> impl Strategy<Value = String> {
    let values = ["0", "1", "2", "60", "4294967295", "true", "terminate", "error", "item-not-found", "a", ""];
    let names = [
        "sid",
        "wait",
        "hold",
        "requests",
        "inactivity",
        "polling",
        "ver",
        "type",
        "condition",
        "ack",
        "pause",
        "key",
        "xmpp:restart",
        "xmpp:version",
        "from",
    ];
    let pair = (proptest::sample::select(names.to_vec()), proptest::sample::select(values.to_vec()));
    proptest::collection::btree_map(
        pair.clone().prop_map(|(name, _)| name),
        pair.prop_map(|(_, value)| value),
        0..5,
    )
    .prop_map(|pairs| pairs.iter().map(|(name, value)| [name, "='", value, "' "].concat()).collect())
}

fn content() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        String::new(),
        "<message xmlns='jabber:client'><body>1</body></message>".to_owned(),
        "<iq/>".to_owned(),
        "<stream:features/>".to_owned(),
        "<stream:error/>".to_owned(),
        "<uri>http://x</uri>".to_owned(),
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned(),
        "text".to_owned(),
    ])
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let bytes = prop_oneof![
        6 => (attributes(), content()).prop_map(|(attributes, content)| body(&attributes, &content).into_bytes()),
        2 => Just(body("sid='a' wait='60' hold='1' requests='2'", "").into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..60),
    ];
    let status = prop_oneof![8 => Just(200_u16), 2 => proptest::sample::select(vec![0, 204, 302, 400, 403, 404, 500, 503])];
    let one = prop_oneof![
        6 => (0..3_usize, status, bytes).prop_map(|(which, status, bytes)| Move::Answer { which, status, bytes }),
        1 => (0..3_usize).prop_map(Move::Fail),
        6 => (-1..4_i64, attributes(), content())
            .prop_map(|(rid, attributes, content)| Move::Request { rid, attributes, content }),
        1 => (0..3_usize).prop_map(Move::Gone),
        3 => Just(Move::Say),
        1 => Just(Move::Restart),
        1 => Just(Move::Close),
        2 => (0..100_u64).prop_map(Move::Wait),
    ];
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// BSH-41, BSH-46: a client in front of anything.
    #[test]
    fn client(moves in moves()) {
        let mut now = common::start();
        let mut wire = BoshClient::new(ClientConfig::new(true), [9; 32]);
        let mut open: Vec<RequestId> = Vec::new();
        wire.push(header("example.org"));
        for step in moves {
            match step {
                Move::Answer { which, status, bytes } => {
                    if let Some(&id) = open.get(which) {
                        wire.handle_response(id, status, &bytes);
                        // Sometimes handed in again: it stays among the open ones.
                        if which > 0 {
                            open.remove(which);
                        }
                    }
                }
                Move::Fail(which) => {
                    if let Some(&id) = open.get(which) {
                        wire.handle_failure(id, "gone");
                    }
                }
                Move::Say => wire.push(Item::Element(message(1))),
                Move::Restart => {
                    wire.restart();
                    wire.push(header("example.org"));
                }
                Move::Close => wire.push(Item::CLOSE),
                Move::Wait(seconds) => now += secs(seconds),
                Move::Request { .. } | Move::Gone(_) => {}
            }
            for round in 0.. {
                prop_assert!(round < 100, "it does not come to rest");
                match wire.poll_output(now) {
                    Some(ClientOutput::Request(request)) => open.insert(0, request.id),
                    Some(_) => {}
                    None => match wire.next_item(now) {
                        Ok(Some(_)) => {}
                        Ok(None) | Err(_) => break,
                    },
                }
            }
            prop_assert!(wire.poll_timeout().is_none_or(|deadline| deadline > now));
        }
    }

    /// BSH-14, BSH-25, BSH-26: a session in front of anything.
    #[test]
    fn session(moves in moves()) {
        let mut now = common::start();
        let mut wire = BoshSession::new(SessionConfig::new("a", true));
        let (mut ids, mut open, mut rid) = (0, BTreeSet::new(), 100_i64);
        for step in moves {
            match step {
                Move::Request { rid: ahead, attributes, content } => {
                    let text = body(&format!("rid='{}' {attributes}", rid + ahead), &content);
                    if let Ok(body) = Body::parse(text.as_bytes()) {
                        ids += 1;
                        rid += i64::from(ahead == 1);
                        open.insert(RequestId(ids));
                        wire.handle_request(RequestId(ids), body);
                    }
                }
                Move::Gone(which) => {
                    if let Some(&id) = open.iter().nth(which) {
                        wire.handle_gone(id);
                        open.remove(&id);
                    }
                }
                Move::Say => wire.push(Item::Element(message(1))),
                Move::Restart => wire.push(header("example.org")),
                Move::Close => wire.push(Item::CLOSE),
                Move::Wait(seconds) => now += secs(seconds),
                Move::Answer { .. } | Move::Fail(_) => {}
            }
            for round in 0.. {
                prop_assert!(round < 100, "it does not come to rest");
                match wire.poll_output(now) {
                    Some(SessionOutput::Reply(reply)) => {
                        prop_assert!(open.remove(&reply.id), "answered twice, or after it was gone");
                        prop_assert!(Body::parse(&reply.body).is_ok());
                    }
                    Some(_) => {}
                    None => match wire.next_item(now) {
                        Ok(Some(_)) => {}
                        Ok(None) | Err(_) => break,
                    },
                }
            }
            prop_assert!(wire.poll_timeout().is_none_or(|deadline| deadline > now));
        }
        let mut farewell = wire.farewell();
        while let Some(reply) = farewell.poll_output() {
            prop_assert!(open.remove(&reply.id));
        }
        prop_assert!(open.is_empty(), "every request has an answer in the end");
    }
}
