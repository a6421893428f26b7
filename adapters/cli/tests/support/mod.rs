//! The built program as a process.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]

pub mod given;
pub mod person;
#[cfg(unix)]
pub mod screen;

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The three accounts, by their passwords' variables.
pub const ACCOUNTS: [(&str, &str, &str); 3] = [
    ("08-00-00-1A-7C-62", "first-Secret-62", "XMPP_DEVICE_PASSWORD"),
    ("08-00-00-1A-7C-63", "second-Secret-63", "XMPP_DEVICE2_PASSWORD"),
    ("application", "third-Secret-app", "XMPP_APP_PASSWORD"),
];

/// The titles of the steps, in their order.
pub const STEPS: [&str; 11] = [
    " 1. Login",
    " 2. Presence",
    " 3. Chat",
    " 4. Discovery",
    " 5. SOAP",
    " 6. Read",
    " 7. Write",
    " 8. A SOAP fault",
    " 9. An application fault",
    "10. A Web connection",
    "11. A control request",
];

/// What became of the program.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Ended {
    fn new(output: Output, took: Duration) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), took }
    }

    /// Every step was made, in time.
    #[track_caller]
    pub fn expect_success(&self) {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{}", self.stdout);
        let titles: Vec<&str> = self.stdout.lines().filter(|line| line.get(2..4) == Some(". ")).collect();
        assert_eq!(titles.len(), STEPS.len(), "{titles:?}");
        for (title, step) in titles.iter().zip(STEPS) {
            assert!(title.starts_with(step), "{title} is not {step}");
        }
        assert!(self.stdout.ends_with("\nEvery step went well.\n"), "{}", self.stdout);
        self.expect_in_time();
    }

    /// It failed with one line that holds all of these.
    #[track_caller]
    pub fn expect_failure(&self, holds: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        assert!(self.stderr.starts_with("xmpp: "), "{}", self.stderr);
        for part in holds {
            assert!(self.stderr.contains(part), "{part:?} is not in {}", self.stderr);
        }
        assert!(!self.stdout.contains("Every step went well"), "{}", self.stdout);
        self.expect_in_time();
    }

    #[track_caller]
    fn expect_in_time(&self) {
        assert!(self.took < Duration::from_secs(10), "{:?}", self.took);
    }
}

/// The program with these arguments, and nothing of the demo's in its environment.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xmpp"));
    command.args(arguments).stdin(Stdio::null());
    for (_, _, variable) in ACCOUNTS {
        command.env_remove(variable);
    }
    command
}

/// Runs it with these lines on standard input.
pub fn run_with(command: &mut Command, input: &str) -> Ended {
    let began = now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // Whoever ends before it has read everything is not to blame.
    let _ = child.stdin.take().expect("it has an input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    Ended::new(output, now() - began)
}

pub fn run(command: &mut Command) -> Ended {
    let began = now();
    let output = command.output().expect("the program starts");
    Ended::new(output, now() - began)
}

#[expect(clippy::disallowed_methods, reason = "how long a process takes is what is measured")]
pub fn now() -> Instant {
    Instant::now()
}

/// `xmpp demo` against a server, with the passwords in the environment.
pub fn demo(server: &str, bosh: &str) -> Command {
    let [device, device2, app] = ACCOUNTS.map(|(user, _, _)| user);
    let mut command = command(&["demo", "--server", server, "--bosh", bosh]);
    command.args(["--device", device, "--device2", device2, "--app", app]);
    for (_, password, variable) in ACCOUNTS {
        command.env(variable, password);
    }
    command
}
