//! The manager's session against scripted clients, one file a matter.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

#[path = "../common/mod.rs"]
mod common;

mod creation;
mod end;
mod held;
mod order;
mod restart;

use std::time::Instant;

use bosh_core::{Body, BoshSession, HttpReply, RequestId, SessionConfig, SessionOutput};
use xmpp_core::{Header, Item, Wire, stream::Features};

/// A session under a script. Request `rid`s count from 100.
struct Session {
    wire: BoshSession,
    now: Instant,
    ids: u64,
}

/// What most creations ask for.
const CREATE: &str = "to='example.org' xml:lang='en' wait='60' hold='1' ver='1.6' xmpp:version='1.0' content='text/xml; charset=utf-8'";

impl Session {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let mut config = SessionConfig::new("the-sid", true);
        change(&mut config);
        Self { wire: BoshSession::new(config), now: common::start(), ids: 0 }
    }

    /// A session that exists, its features told; the next `rid` is 101.
    fn created() -> Self {
        Self::new().create(CREATE)
    }

    fn create(mut self, attributes: &str) -> Self {
        self.post(100, attributes, "");
        assert_eq!(self.items(), ["open"]);
        self.open();
        assert_eq!(self.replies().len(), 1);
        self
    }

    /// What a receiver says to a header.
    fn open(&mut self) {
        let header = Header {
            from: Some("example.org".into()),
            id: Some("x".into()),
            lang: Some("en".into()),
            version: Some((1, 0)),
            ..Header::default()
        };
        self.wire.push(Item::Open(header));
        self.wire.push(Item::Element(Features::default().to_element()));
    }

    fn post(&mut self, rid: u64, attributes: &str, content: &str) -> RequestId {
        self.ids += 1;
        let xml = common::body(&format!("rid='{rid}' {attributes}"), content);
        self.wire.handle_request(RequestId(self.ids), Body::parse(xml.as_bytes()).unwrap());
        RequestId(self.ids)
    }

    /// What a link does: the wire's replies first, its items then.
    fn replies(&mut self) -> Vec<HttpReply> {
        std::iter::from_fn(|| self.wire.poll_output(self.now))
            .map(|output| match output {
                SessionOutput::Reply(reply) => reply,
                other => panic!("{other:?}"),
            })
            .inspect(|reply| assert_eq!(reply.status, 200))
            .collect()
    }

    fn items(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.wire.next_item(self.now).unwrap())
            .map(|item| common::words(&item))
            .collect()
    }

    fn say(&mut self, number: u64) {
        self.wire.push(Item::Element(common::message(number)));
    }

    fn wait(&mut self) {
        let deadline = self.wire.poll_timeout().expect("a deadline");
        assert!(deadline > self.now);
        self.now = deadline;
        self.wire.handle_timeout(deadline);
    }
}

fn read(reply: &HttpReply) -> Body {
    Body::parse(&reply.body).unwrap()
}

/// Numbers in the messages of a reply.
fn numbers(reply: &HttpReply) -> Vec<u64> {
    read(reply).payload.iter().filter_map(common::message_number).collect()
}
