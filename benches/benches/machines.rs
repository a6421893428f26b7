//! Both machines in memory: login, message, BOSH cycle, SOAP call. No peer has both sides.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

mod common;

use common::Contest;
use criterion::{Criterion, criterion_group, criterion_main};
use xmpp_benches::paths::{self, Nodes};
use xmpp_core::xml::{Context, Element};

fn streams(criterion: &mut Criterion) {
    for name in ["login over TCP, keys cached", "message over TCP", "BOSH cycle"] {
        let mut contest = Contest::new(criterion, name);
        contest.enter("ours", (paths::named(name).make)());
    }
}

fn soap(criterion: &mut Criterion) {
    let (iq, envelope) = paths::soap_iq();
    let document = iq.to_xml();
    let mut out = Vec::with_capacity(16 * 1024);
    let context = Context::none();
    let mut contest = Contest::new(criterion, "SOAP wrap and unwrap, 11 kB").with_bytes(document.len());
    contest.enter("ours", || _ = paths::wrap_and_unwrap(&envelope, &context, &mut out));
    contest.enter("parsing the element alone", || _ = Element::parse(document.as_bytes()).unwrap());
    drop(contest);

    let mut contest = Contest::new(criterion, "SOAP call, 1 kB");
    let mut nodes = Nodes::new();
    contest.enter("ours, one in flight", || {
        nodes.ask();
        nodes.answer();
    });
    let mut nodes = Nodes::new();
    for _ in 0..1000 {
        nodes.ask();
    }
    contest.enter("ours, 1,000 in flight", || {
        nodes.ask();
        nodes.answer();
    });
}

criterion_group!(benches, streams, soap);
criterion_main!(benches);
