//! A server's process: started in a group of its own, watched, ended.

use std::fs::{self, File};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::{StartError, StopError};

/// The server's own log, inside its folder.
pub(crate) const LOG: &str = "server.log";
/// Where standard output and error go, inside the folder.
const OUTPUT: &str = "output.log";
/// How many lines of each file a failure shows.
const LINES_SHOWN: usize = 60;
/// How long a server may take to end in order.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at something that is awaited.
const TICK: Duration = Duration::from_millis(10);

/// Reads until the test program says a word or is gone. Gone without a word means that nobody has cleaned up.
const WATCH: &str = r#"read -r word && exit 0; kill -s KILL -- "-$1"; rm -rf -- "$2""#;

/// A running server and its folder. Dropping kills the whole process group and removes the folder.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The child was waited for, so that its number may belong to somebody else by now.
    reaped: bool,
    watch: Child,
    dir: TempDir,
}

impl Process {
    /// Runs the command inside the folder, with nothing inherited but `PATH` and what the command sets.
    pub(crate) fn start(mut command: Command, dir: TempDir) -> Result<Self, StartError> {
        let output =
            File::create(dir.path().join(OUTPUT)).map_err(StartError::io("create the output file"))?;
        let errors = output.try_clone().map_err(StartError::io("share the output file"))?;
        let mut child = command
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(StartError::io(format!("run {}", command.get_program().display())))?;
        // A test program that is killed, or that keeps a server in a static, drops nothing. The end of the pipe
        // tells the watcher, which has a group of its own so that it outlives a key stroke that ends the tests.
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(child.id().to_string())
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match watch {
            Ok(watch) => Ok(Self { child, reaped: false, watch, dir }),
            Err(source) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(StartError::Io { what: "run /bin/sh".to_owned(), source })
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the file `marker` is there and all ports accept. Only this server can listen on them.
    pub(crate) fn wait_until_ready(
        &mut self,
        ports: &[SocketAddr],
        marker: Option<&str>,
        within: Duration,
    ) -> Result<(), StartError> {
        let deadline = now() + within;
        loop {
            let missing_marker = marker.filter(|name| !self.dir.path().join(name).exists());
            let waiting_for = match missing_marker {
                Some(name) => format!("the file {name}"),
                None => match ports.iter().find(|port| TcpStream::connect(port).is_err()) {
                    Some(port) => format!("port {port}"),
                    None => return Ok(()),
                },
            };
            if let Some(status) = self.child.try_wait().map_err(StartError::io("wait for the server"))? {
                self.reaped = true;
                return Err(StartError::Exited { status, log: self.end_of_log() });
            }
            if now() >= deadline {
                return Err(StartError::NotReady { waiting_for, log: self.end_of_log() });
            }
            thread::sleep(TICK);
        }
    }

    pub(crate) fn log(&self) -> String {
        self.files().concat()
    }

    /// Asks the server to end, waits, and kills it if it does not.
    pub(crate) fn terminate(&mut self) -> Result<(), StopError> {
        if let Some(status) = self.child.try_wait().map_err(StopError::Io)? {
            self.reaped = true;
            return Err(StopError::HadEnded(status));
        }
        // To the leader alone: Erlang's helpers must outlive it for as long as it uses them.
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .map_err(|errno| StopError::Io(errno.into()))?;
        let deadline = now() + STOP_WITHIN;
        while now() < deadline {
            if self.child.try_wait().map_err(StopError::Io)?.is_some() {
                self.reaped = true;
                return Ok(());
            }
            thread::sleep(TICK);
        }
        self.kill();
        Err(StopError::Killed)
    }

    fn kill(&mut self) {
        if !self.reaped {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
            self.reaped = true;
        }
    }

    fn files(&self) -> [String; 2] {
        [OUTPUT, LOG].map(|name| {
            let bytes = fs::read(self.dir.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }

    fn end_of_log(&self) -> String {
        let mut text = String::new();
        for file in self.files() {
            let skipped = file.lines().count().saturating_sub(LINES_SHOWN);
            for line in file.lines().skip(skipped) {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- the end of the server's log\n{}\n---- end", self.end_of_log());
        }
        self.kill();
        if let Some(mut pipe) = self.watch.stdin.take() {
            let _ = ChildStdin::write_all(&mut pipe, b"done\n");
        }
        let _ = self.watch.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test support crate waits for real programs")]
fn now() -> Instant {
    Instant::now()
}
