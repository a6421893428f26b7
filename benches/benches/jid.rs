//! Addresses, against the crate `jid` of xmpp-rs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

mod common;

use std::hint::black_box;

use common::Contest;
use criterion::{Criterion, criterion_group, criterion_main};
use jid::{Jid, JidRef};
use xmpp_benches::paths::{ASCII, UNICODE};

fn parse(criterion: &mut Criterion) {
    let mut contest = Contest::new(criterion, "JID, 4 of ASCII, owned");
    contest.enter("ours", || ASCII.map(|a| Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("jid", || ASCII.map(|a| jid_peer::Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("ours, borrowed", || ASCII.map(|a| JidRef::new(black_box(a)).unwrap().as_str().len()));
    drop(contest);

    for address in UNICODE {
        let mut contest = Contest::new(criterion, &format!("JID, {address}"));
        contest.enter("ours", || Jid::new(black_box(address)).unwrap().as_str().len());
        contest.enter("jid", || jid_peer::Jid::new(black_box(address)).unwrap().as_str().len());
    }
}

fn derive(criterion: &mut Criterion) {
    let ours = ASCII.map(|address| Jid::new(address).unwrap());
    let peers = ASCII.map(|address| jid_peer::Jid::new(address).unwrap());
    let mut contest = Contest::new(criterion, "JID, 4 to bare");
    contest.enter("ours", || ours.each_ref().map(|jid| jid.to_bare().as_str().len()));
    contest.enter("jid", || peers.each_ref().map(|jid| jid.to_bare().as_str().len()));
    drop(contest);

    let mut contest = Contest::new(criterion, "JID, 4 cloned");
    contest.enter("ours", || ours.each_ref().map(|jid| black_box(jid.clone()).as_str().len()));
    contest.enter("jid", || peers.each_ref().map(|jid| black_box(jid.clone()).as_str().len()));
}

criterion_group!(benches, parse, derive);
criterion_main!(benches);
