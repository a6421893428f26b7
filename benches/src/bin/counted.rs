//! Runs one path some times, for a simulator that counts instructions: `counted NAME FACTOR`, or `counted --list`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use xmpp_benches::paths;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next().and_then(|factor| factor.parse::<usize>().ok())) {
        (Some("--list"), None) => {
            for path in paths::all() {
                println!("{}\t{}\t{}", path.name, path.units * path.calls, path.unit);
            }
        }
        (Some(name), Some(factor)) => {
            let path = paths::named(name);
            let mut call = (path.make)();
            for _ in 0..path.calls * factor {
                call();
            }
        }
        _ => {
            eprintln!("usage: counted NAME FACTOR | --list");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
