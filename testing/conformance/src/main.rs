//! `cargo run -p xmpp-conformance -- --write`: see the library.

use std::process::ExitCode;

use xmpp_conformance::{report, workspace};

fn main() -> ExitCode {
    let write = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--write" => true,
        _ => {
            eprintln!("usage: xmpp-conformance [--write]");
            return ExitCode::from(2);
        }
    };
    let root = workspace();
    let report = match report(&root).and_then(|report| {
        if write {
            report.write(&root)?;
        }
        Ok(report)
    }) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for hint in report.hints() {
        eprintln!("hint: {hint}");
    }
    let errors = report.errors();
    for error in &errors {
        eprintln!("error: {error}");
    }
    println!("{}", report.summary());
    if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
