//! The question for a password, at a terminal that `script` makes.

use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    command,
    process::now,
    serve::{ACCOUNTS, Serve},
};

const PROMPT: &str = "Password of juliet@localhost: ";

/// A shell that runs the program at a terminal, then tells its exit code and whether the terminal echoes.
struct Terminal {
    script: Child,
    keys: ChildStdin,
    coming: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// `None`: there is no `script` of util-linux here.
    fn start(arguments: &[&str]) -> Option<Self> {
        let version = Command::new("script").arg("--version").stdin(Stdio::null()).output().ok()?;
        if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
            eprintln!("skipped: there is no script of util-linux");
            return None;
        }
        let program = command(arguments);
        let mut line: Vec<String> = vec![quoted(&program.get_program().to_string_lossy())];
        line.extend(program.get_args().map(|argument| quoted(&argument.to_string_lossy())));
        let line = format!(
            "trap : INT TERM; {}; echo code $?; stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo | sed 's/^/terminal: /'",
            line.join(" ")
        );
        let mut command = Command::new("script");
        command.args(["--quiet", "--command", &line, "/dev/null"]).env("SHELL", "/bin/sh");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut script =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let keys = script.stdin.take().unwrap();
        let mut screen = script.stdout.take().unwrap();
        let (tell, coming) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = screen.read(&mut buffer) {
                if tell.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Some(Self { script, keys, coming, seen: String::new() })
    }

    #[track_caller]
    fn shows(&mut self, text: &str) {
        let deadline = now() + Duration::from_secs(30);
        while !self.seen.contains(text) {
            let left = deadline.saturating_duration_since(now());
            match self.coming.recv_timeout(left) {
                Ok(bytes) => self.seen += &String::from_utf8_lossy(&bytes),
                Err(error) => panic!("{text:?} is not shown, {error}: {}", self.seen),
            }
        }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// How the program ended; the terminal is as it was.
    #[track_caller]
    fn ended(mut self, code: i32, told: &str) {
        self.shows(&format!("code {code}\r\n"));
        self.shows("terminal: echo\r\n");
        assert!(self.seen.contains(told), "{}", self.seen);
        for (_, password) in ACCOUNTS {
            assert!(!self.seen.contains(password), "{}", self.seen);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The end of the terminal ends what runs in it.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

fn quoted(argument: &str) -> String {
    format!("'{argument}'")
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let server = Serve::start();
    let arguments = ["ping", "--jid=juliet@localhost", "--server", &server.tcp, "--ca", &server.ca];
    let Some(mut terminal) = Terminal::start(&arguments) else { return };
    terminal.shows(PROMPT);
    terminal.types(ACCOUNTS[0].1);
    terminal.types("\n");
    terminal.ended(0, "localhost answers in ");
}

/// Whatever is pressed at the prompt, the terminal gets its echo back.
#[test]
fn who_gives_no_password_leaves_in_order() {
    for (keys, code, told) in [
        ("\u{3}", 130, "xmpp: interrupted"),
        ("typed\u{3}", 130, "xmpp: interrupted"),
        ("\n", 2, "xmpp: the password for juliet@localhost is empty"),
        ("\u{4}", 2, "xmpp: the password was not read"),
    ] {
        let Some(mut terminal) = Terminal::start(&["ping", "--jid=juliet@localhost"]) else { return };
        terminal.shows(PROMPT);
        terminal.types(keys);
        terminal.ended(code, told);
    }
}

/// A signal that comes from elsewhere ends the question too.
#[test]
fn who_is_ended_at_the_question_leaves_in_order() {
    for signal in [Signal::INT, Signal::TERM] {
        let Some(mut terminal) = Terminal::start(&["ping", "--jid=juliet@localhost"]) else { return };
        terminal.shows(PROMPT);
        let shell = Pid::from_child(&terminal.script);
        // The shell that `script` runs, and the program that the shell runs.
        let child = |of: &str| {
            let found = Command::new("pgrep").args(["-P", of]).output();
            found.ok().and_then(|found| Some(String::from_utf8(found.stdout).ok()?.trim().to_owned()))
        };
        let program = child(&shell.as_raw_nonzero().to_string()).and_then(|shell| child(&shell));
        let Some(program) = program.and_then(|id| Pid::from_raw(id.parse().ok()?)) else {
            eprintln!("skipped: there is no pgrep");
            return;
        };
        kill_process(program, signal).unwrap();
        terminal.ended(130, "xmpp: interrupted");
    }
}

/// What is wrong with the account is told first.
#[test]
fn nobody_is_asked_in_vain() {
    let Some(terminal) = Terminal::start(&["ping", "--jid=ju liet@localhost"]) else { return };
    terminal.ended(2, "malformed address");
}
