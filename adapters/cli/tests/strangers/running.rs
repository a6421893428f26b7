//! Programs that run beside a test: what they print, and their end, which comes with that of the test at the latest.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{place::PASSWORD, support::now};

/// How long anything that is awaited may take.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// A command that is ended after two minutes, even if the test is killed and cannot see to it.
pub(crate) fn bounded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "120"]).arg(program);
    command
}

/// `xmpp` with these arguments, and nothing of a person's configuration.
pub(crate) fn xmpp(arguments: &[&str]) -> Command {
    let mut command = bounded(env!("CARGO_BIN_EXE_xmpp"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("XMPP_PASSWORD", PASSWORD);
    command
}

/// A program that runs. When this is dropped it is killed, with all that it started.
pub(crate) struct Running {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    printed: Arc<Printed>,
    readers: Vec<JoinHandle<()>>,
}

/// What a program has printed, both streams in one.
#[derive(Default)]
struct Printed {
    text: Mutex<String>,
    more: Condvar,
}

impl Running {
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let printed = Arc::new(Printed::default());
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        let readers = streams.into_iter().flatten().map(|stream| {
            let printed = Arc::clone(&printed);
            thread::spawn(move || printed.read(stream))
        });
        let input = child.stdin.take();
        Self { name: name.to_owned(), readers: readers.collect(), child, input, printed }
    }

    /// Writes a line to its standard input.
    #[track_caller]
    pub(crate) fn reads(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its end was not awaited yet");
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{} does not read: {error}", self.name));
    }

    /// What was printed so far.
    pub(crate) fn printed(&self) -> String {
        self.printed.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the program has printed a line that holds the text, and gives that line.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let deadline = now() + WITHIN;
        let mut printed = self.printed.text.lock().unwrap();
        loop {
            if let Some(line) = printed.split_inclusive('\n').find(|line| line.contains(text)) {
                return line.trim_end().to_owned();
            }
            let left = deadline.saturating_duration_since(now());
            assert!(!left.is_zero(), "{} did not print {text:?}, but\n{printed}", self.name);
            printed = self.printed.more.wait_timeout(printed, left).unwrap().0;
        }
    }

    /// Ends its standard input, and waits until the program ends.
    #[track_caller]
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        drop(self.input.take());
        let deadline = now() + WITHIN;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(now() < deadline, "{} goes on and on\n{}", self.name, self.printed());
            thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        (status, self.printed())
    }

    /// The same, and the end must be a success; gives what it printed.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        let name = self.name.clone();
        let (status, printed) = self.ended();
        assert!(status.success(), "{name}: {status}\n{printed}");
        printed
    }
}

impl Printed {
    fn read(&self, stream: impl Read) {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            self.text
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&String::from_utf8_lossy(&line));
            self.more.notify_all();
            line.clear();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- {}\n{}---- end of {}", self.name, self.printed(), self.name);
        }
        // Not waited for yet, or else the number may be another's.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
