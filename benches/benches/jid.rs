//! Addresses, against the crate `jid` of xmpp-rs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

use std::hint::black_box;

use jid::{Jid, JidRef};
use xmpp_benches::{
    contest::Run,
    paths::{ASCII, UNICODE},
};

fn parse(run: &mut Run) {
    let mut contest = run.contest("JID, 4 of ASCII, owned");
    contest.enter("ours", || ASCII.map(|a| Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("jid", || ASCII.map(|a| jid_peer::Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("ours, borrowed", || ASCII.map(|a| JidRef::new(black_box(a)).unwrap().as_str().len()));
    contest.measure(run);

    for address in UNICODE {
        let mut contest = run.contest(&format!("JID, {address}"));
        contest.enter("ours", || Jid::new(black_box(address)).unwrap().as_str().len());
        contest.enter("jid", || jid_peer::Jid::new(black_box(address)).unwrap().as_str().len());
        contest.measure(run);
    }
}

fn derive(run: &mut Run) {
    let ours = ASCII.map(|address| Jid::new(address).unwrap());
    let peers = ASCII.map(|address| jid_peer::Jid::new(address).unwrap());
    let mut contest = run.contest("JID, 4 to bare");
    contest.enter("ours", || ours.each_ref().map(|jid| jid.to_bare().as_str().len()));
    contest.enter("jid", || peers.each_ref().map(|jid| jid.to_bare().as_str().len()));
    contest.measure(run);

    let mut contest = run.contest("JID, 4 cloned");
    contest.enter("ours", || ours.each_ref().map(|jid| black_box(jid.clone()).as_str().len()));
    contest.enter("jid", || peers.each_ref().map(|jid| black_box(jid.clone()).as_str().len()));
    contest.measure(run);
}

fn main() {
    let mut run = Run::from_args();
    parse(&mut run);
    derive(&mut run);
}
