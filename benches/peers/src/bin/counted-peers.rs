//! Reads the same `chat` stream some times as one contestant, for a simulator that counts instructions:
//! `counted-peers NAME FACTOR`, or `counted-peers --list`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use xmpp_benches::corpus::{self, Cut};
use xmpp_benches_peers::streams;

const STANZAS: usize = 400;
const CALLS: usize = 2;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let contestants = streams::all();
    match (args.next().as_deref(), args.next().and_then(|factor| factor.parse::<usize>().ok())) {
        (Some("--list"), None) => {
            for contestant in contestants {
                println!("{}\t{}\tstanza", contestant.name, STANZAS * CALLS);
            }
        }
        (Some(name), Some(factor)) => {
            let Some(contestant) = contestants.iter().find(|contestant| contestant.name == name) else {
                eprintln!("nobody is called {name:?}");
                return ExitCode::FAILURE;
            };
            let corpus = corpus::chat(STANZAS);
            for _ in 0..CALLS * factor {
                assert_eq!((contestant.read)(&corpus, Cut::Every(16 * 1024)).stanzas, STANZAS);
            }
        }
        _ => {
            eprintln!("usage: counted-peers NAME FACTOR | --list");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
