//! One process: what it prints is awaited and not slept for, and it goes with the test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
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
    began: Instant,
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
    pub fn start(command: Command) -> Self {
        Self::start_with(command, None)
    }

    /// `input` is all that there is on standard input.
    #[track_caller]
    pub fn start_with(command: Command, input: Option<&str>) -> Self {
        Self::run(command, input, usize::MAX)
    }

    /// As in front of `head`: its output is read up to so many lines, then the pipe is closed.
    #[track_caller]
    pub fn head(command: Command, lines: usize) -> Self {
        Self::run(command, None, lines)
    }

    fn run(mut command: Command, input: Option<&str>, lines: usize) -> Self {
        let began = now();
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            let input = input.to_owned();
            // Who ends before it has read everything is not to blame.
            thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        let out = Lines::of(child.stdout.take().unwrap(), lines);
        let err = Lines::of(child.stderr.take().unwrap(), usize::MAX);
        Self { child, out, err, began }
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
