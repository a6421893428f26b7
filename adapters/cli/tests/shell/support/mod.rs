//! The built program as processes that talk to each other.

pub mod elsewhere;
pub mod nowhere;
pub mod peer;
pub mod process;
pub mod serve;

use std::{env, process::Command};

use process::{Ended, Process};

/// The program with these arguments. Nothing of the environment, nor of a configuration file, says who logs in.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xmpp"));
    command.args(arguments);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("XMPP_") {
            command.env_remove(name);
        }
    }
    command.env("XMPP_CONFIG", "/dev/null").env_remove("RUST_BACKTRACE");
    command
}

/// What becomes of it, with nothing on standard input.
#[track_caller]
pub fn run(command: Command) -> Ended {
    Process::start(command).end()
}

/// What becomes of it, with this on standard input.
#[track_caller]
pub fn run_with(command: Command, input: &str) -> Ended {
    Process::start_with(command, input).end()
}

/// The only line of some JSON.
#[track_caller]
pub fn json(text: &str) -> serde_json::Value {
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}
