//! Both machines in memory: login, message, BOSH cycle, SOAP call. No peer has both sides.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

use xmpp_benches::{
    contest::Run,
    paths::{self, Nodes},
};
use xmpp_core::xml::{Context, Element};

fn streams(run: &mut Run) {
    for name in ["login over TCP, keys cached", "message over TCP", "BOSH cycle"] {
        let mut contest = run.contest(name);
        contest.enter("ours", (paths::named(name).make)());
        contest.measure(run);
    }
}

fn soap(run: &mut Run) {
    let (iq, envelope) = paths::soap_iq();
    let document = iq.to_xml();
    let mut out = Vec::with_capacity(16 * 1024);
    let context = Context::none();
    let mut contest = run.contest("SOAP wrap and unwrap, 11 kB").with_bytes(document.len());
    contest.enter("ours", || _ = paths::wrap_and_unwrap(&envelope, &context, &mut out));
    contest.enter("parsing the element alone", || _ = Element::parse(document.as_bytes()).unwrap());
    contest.measure(run);

    let mut contest = run.contest("SOAP call, 1 kB");
    let mut nodes = Nodes::new();
    contest.enter("ours, one in flight", move || {
        nodes.ask();
        nodes.answer();
    });
    let mut nodes = Nodes::new();
    for _ in 0..1000 {
        nodes.ask();
    }
    contest.enter("ours, 1,000 in flight", move || {
        nodes.ask();
        nodes.answer();
    });
    contest.measure(run);
}

fn main() {
    let mut run = Run::from_args();
    streams(&mut run);
    soap(&mut run);
}
