//! Addresses, against the crate `jid` of xmpp-rs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

use std::hint::black_box;

use jid::{Jid, JidRef};
use xmpp_benches::{
    contest::{Run, Target},
    paths::{ASCII, CANONICAL, RULED, UNICODE},
};

fn parse(run: &mut Run) {
    let mut contest = run.contest("JID, 4 of ASCII, owned");
    contest.enter("ours", || ASCII.map(|a| Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("jid", || ASCII.map(|a| jid_peer::Jid::new(black_box(a)).unwrap().as_str().len()));
    contest.enter("ours, borrowed", || ASCII.map(|a| JidRef::new(black_box(a)).unwrap().as_str().len()));
    contest.measure(run);

    // Not those of letters from right to left: `jid` refuses a name of both directions.
    let mut contest = run.contest("JID, 3 of Unicode, canonical");
    let canonical = || CANONICAL.into_iter().take(3);
    contest
        .enter("ours", || canonical().map(|a| Jid::new(black_box(a)).unwrap().as_str().len()).sum::<usize>());
    contest
        .enter("jid", || canonical().map(|a| jid_peer::Jid::new(black_box(a)).unwrap().as_str().len()).sum());
    contest.enter("ours, borrowed", || {
        canonical().map(|a| JidRef::new(black_box(a)).unwrap().as_str().len()).sum()
    });
    contest.measure(run);

    for address in UNICODE.into_iter().chain(RULED) {
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

/// The ratios that matter: what `jid` takes to what we may take.
fn targets() -> Vec<Target> {
    let target = |what, contest, ours, floor, goal| Target {
        what,
        contest,
        ours,
        peer: "jid",
        floor: Some(floor),
        goal: Some(goal),
    };
    vec![
        target("ASCII full, owned", "JID, 4 of ASCII, owned", "ours", 1.04, 1.88),
        target("ASCII full, borrowed", "JID, 4 of ASCII, owned", "ours, borrowed", 2.35, 3.92),
        target("upper case", "JID, Juliet@Example.COM/Balcony", "ours", 2.4, 5.6),
        target("Latin", "JID, Jürgen@bücher.example/Küche", "ours", 2.4, 5.6),
        target("Cyrillic", "JID, Жук@пример.example/Дом", "ours", 2.4, 5.6),
        target("CJK", "JID, 山田@例え.example/部屋", "ours", 2.4, 5.6),
        target("to bare", "JID, 4 to bare", "ours", 3.33, 10.0),
        target("clone", "JID, 4 cloned", "ours", 0.63, 2.1),
    ]
}

fn main() {
    let mut run = Run::from_args();
    parse(&mut run);
    derive(&mut run);
    run.print(&targets());
}
