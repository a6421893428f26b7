//! Shows what everybody reads in documents: `compare FILE..`.

use std::{env, fs, process::ExitCode};

use xmpp_xml_peers::{Mode, Peer, compare, read_ours};

fn main() -> ExitCode {
    let mut agreed = true;
    for file in env::args_os().skip(1) {
        let document = match fs::read(&file) {
            Ok(document) => document,
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        };
        for mode in [Mode::Stream, Mode::Document] {
            println!("{}: {mode:?}, ours: {:?}", file.display(), read_ours(mode, &document).end);
            for peer in Peer::all() {
                match compare(peer, mode, &document) {
                    Ok(None) => println!("{}: {mode:?}, {peer:?}: the same", file.display()),
                    Ok(Some(difference)) => {
                        println!("{}: {mode:?}, {peer:?}: {}", file.display(), difference.name);
                    }
                    Err(disagreement) => {
                        println!("{}: {disagreement}", file.display());
                        agreed = false;
                    }
                }
            }
        }
    }
    if agreed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
