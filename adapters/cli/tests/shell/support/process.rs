//! One process: what it prints is awaited and not slept for, and it goes with the test.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take that is awaited, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at a process that has closed its output.
const TICK: Duration = Duration::from_millis(2);

/// A process that is killed when it is dropped, which a test that panics does too.
pub struct Process {
    child: Child,
    out: Lines,
    err: Lines,
    /// Its output, when nobody reads it.
    held: Option<ChildStdout>,
    began: Instant,
}

/// Where the output of a process goes.
enum Output {
    /// So many lines are read, then the pipe is closed.
    Read(usize),
    /// Into a pipe that nobody reads.
    Held,
    File(File),
}

/// What became of a process.
#[derive(Debug)]
pub struct Ended {
    /// `None`: a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Process {
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        Self::run(command, Output::Read(usize::MAX))
    }

    /// `input` is all that there is on standard input.
    #[track_caller]
    pub fn start_with(command: Command, input: &str) -> Self {
        let (process, mut stdin) = Self::start_open(command);
        let input = input.to_owned();
        // Who ends before it has read everything is not to blame.
        thread::spawn(move || stdin.write_all(input.as_bytes()));
        process
    }

    /// Standard input stays open until it is dropped.
    #[track_caller]
    pub fn start_open(mut command: Command) -> (Self, ChildStdin) {
        command.stdin(Stdio::piped());
        let mut process = Self::run(command, Output::Read(usize::MAX));
        let stdin = process.child.stdin.take().unwrap();
        (process, stdin)
    }

    /// As in front of `head`: its output is read up to so many lines, then the pipe is closed.
    #[track_caller]
    pub fn head(mut command: Command, lines: usize) -> Self {
        command.stdin(Stdio::null());
        Self::run(command, Output::Read(lines))
    }

    /// In front of a reader that takes nothing, and a pipe that holds little.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn unread(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        let process = Self::run(command, Output::Held);
        rustix::pipe::fcntl_setpipe_size(process.held.as_ref().unwrap(), 4096).unwrap();
        process
    }

    /// With its output in a file.
    #[track_caller]
    pub fn into_file(mut command: Command, file: File) -> Self {
        command.stdin(Stdio::null());
        Self::run(command, Output::File(file))
    }

    #[track_caller]
    fn run(mut command: Command, output: Output) -> Self {
        let began = now();
        let (stdout, lines) = match output {
            Output::Read(lines) => (Stdio::piped(), Some(lines)),
            Output::Held => (Stdio::piped(), None),
            Output::File(file) => (file.into(), None),
        };
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let err = Lines::of(child.stderr.take().unwrap(), usize::MAX);
        let (out, held) = match (child.stdout.take(), lines) {
            (Some(stdout), Some(lines)) => (Lines::of(stdout, lines), None),
            (held, _) => (Lines::of(io::empty(), 0), held),
        };
        Self { child, out, err, held, began }
    }

    /// The next line of standard output that holds this.
    #[track_caller]
    pub fn tells(&mut self, part: &str) -> String {
        self.out.next(part).unwrap_or_else(|| panic!("{part:?} was not told: {self:?}"))
    }

    /// The next line of standard error that holds this.
    #[track_caller]
    pub fn tells_aside(&mut self, part: &str) -> String {
        self.err.next(part).unwrap_or_else(|| panic!("{part:?} was not told: {self:?}"))
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends it again and again, as somebody who is impatient, until it ends.
    #[track_caller]
    pub fn signal_until_it_ends(mut self, signal: Signal) -> Ended {
        let deadline = now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(now() < deadline, "it does not end: {self:?}");
            self.signal(signal);
            thread::sleep(10 * TICK);
        }
        self.end()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let deadline = now() + PATIENCE;
        let in_time = self.out.rest(deadline) && self.err.rest(deadline);
        assert!(in_time, "it does not end: {self:?}");
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(now() < deadline, "it does not end: {self:?}"),
            }
            thread::sleep(TICK);
        };
        let (out, err) = (std::mem::take(&mut self.out.seen), std::mem::take(&mut self.err.seen));
        Ended { code: status.code(), out, err, took: now() - self.began }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n-- standard output\n{}\n-- standard error\n{}", self.out.seen, self.err.seen)
    }
}

/// What a process prints, line by line.
struct Lines {
    coming: Receiver<String>,
    seen: String,
}

impl Lines {
    fn of(source: impl Read + Send + 'static, most: usize) -> Self {
        let (tell, coming) = mpsc::channel();
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            for _ in 0..most {
                let mut line = Vec::new();
                if source.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                    break;
                }
                let line = String::from_utf8(line).expect("it prints UTF-8");
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Self { coming, seen: String::new() }
    }

    fn next(&mut self, part: &str) -> Option<String> {
        let deadline = now() + PATIENCE;
        while let Ok(line) = self.coming.recv_timeout(deadline.saturating_duration_since(now())) {
            self.seen += &line;
            if line.contains(part) {
                return Some(line);
            }
        }
        None
    }

    /// Whether it came to an end in time.
    fn rest(&mut self, deadline: Instant) -> bool {
        loop {
            match self.coming.recv_timeout(deadline.saturating_duration_since(now())) {
                Ok(line) => self.seen += &line,
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

impl Ended {
    /// It went well and had nothing to say beside its output, which comes back.
    #[track_caller]
    pub fn well(&self) -> &str {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        &self.out
    }

    /// It ended with this code, one line that holds these parts, and no output.
    #[track_caller]
    pub fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.out, "", "{self:?}");
        self.fails_after_output(code, parts);
    }

    /// The same after it has printed something.
    #[track_caller]
    pub fn fails_after_output(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(self.err.starts_with("xmpp: ") && self.err.ends_with('\n'), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in {}", self.err);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "processes live in real time")]
pub fn now() -> Instant {
    Instant::now()
}
