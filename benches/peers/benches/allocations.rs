//! Allocations a stanza, a growing buffer included. Only peers in Rust use the allocator that counts.
#![allow(clippy::unwrap_used, reason = "a measurement")]

use allocation_counter::measure;
use xmpp_benches::{
    corpus::{self, Cut},
    paths,
};
use xmpp_benches_peers::{streams, typed};

const STANZAS: usize = 2000;
/// What ours may take at most, by the name of the contestant.
const FLOORS: [(&str, f64); 2] = [("ours, elements kept", 2.0), ("ours, every name and value read", 1.0)];
const GOALS: [(&str, f64); 2] = [("ours, elements kept", 2.0), ("ours, every name and value read", 0.0)];

fn main() {
    if std::env::args().skip(1).any(|arg| !arg.starts_with('-') && !"allocations".contains(&arg)) {
        return;
    }
    let corpus = corpus::mixed(STANZAS);
    println!(
        "| allocations, mixed, 16 KiB | a stanza | bytes a stanza | floor | goal |\n|---|---|---|---|---|"
    );
    let row = |name: &str, call: &dyn Fn()| {
        call();
        let info = measure(call);
        let count = info.count_total as f64 / STANZAS as f64;
        let of = |limits: &[(&str, f64)]| limits.iter().find(|(of, _)| *of == name).map(|(_, limit)| *limit);
        println!(
            "| {name} | {count:.2} | {} | {} | {} |",
            info.bytes_total / STANZAS as u64,
            verdict(count, of(&FLOORS)),
            verdict(count, of(&GOALS))
        );
    };
    let cut = Cut::Every(16 * 1024);
    for contestant in streams::all().into_iter().filter(|contestant| contestant.rust) {
        row(contestant.name, &|| assert_eq!((contestant.read)(&corpus, cut).stanzas, STANZAS));
    }
    row("ours, typed", &|| assert_ne!(paths::read_typed(&corpus, cut).payloads, 0));
    row("xso, typed", &|| assert_ne!(typed::xso(&corpus, cut).payloads, 0));
    row("tokio-xmpp XmlStream, typed", &|| assert_ne!(typed::xml_stream(&corpus, cut).payloads, 0));
    println!();
}

/// Whether there are few enough; a few in all, of buffers that grow, are none.
fn verdict(count: f64, limit: Option<f64>) -> String {
    match limit {
        None => String::new(),
        Some(limit) if count < limit + 0.05 => format!("{limit}: reached"),
        Some(limit) => format!("{limit}: **missed**"),
    }
}
