//! A terminal with a program in it: tmux, which has a screen to look at and keys to press.

use std::{
    env, fmt, fs,
    io::Write,
    process::{Command, id},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{now, person::PATIENCE};

/// A screen of 100 columns and 30 lines, until it is dropped.
pub struct Screen {
    /// The socket, which no other tmux uses.
    socket: String,
    /// Holds the script that runs.
    _dir: TempDir,
}

impl Screen {
    /// A screen on which the program runs with these arguments; what became of it is told at its end: its exit code, and
    /// whether the terminal is as it was. `None` when tmux is not installed and need not be, after saying so.
    pub fn start(arguments: &str, environment: &[(&'static str, String)]) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert_ne!(env::var("XMPP_TEST_SERVERS").as_deref(), Ok("required"), "tmux is not installed");
            // Straight to standard error: what `eprintln!` says in a test that passes is never shown.
            let line = "skipped: tmux is not installed (on Debian: apt-get install tmux)\n";
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
        let script = format!(
            "before=$(stty -g)\n'{}' {arguments}\ncode=$?\n\
             [ \"$before\" = \"$(stty -g)\" ] && state=sane || state=broken\n\
             echo \"code $code, terminal $state\"\nsleep 100\n",
            env!("CARGO_BIN_EXE_xmpp"),
        );
        Some(Self::run(&script, environment))
    }

    /// A screen on which the shell runs this script. tmux must be installed.
    pub fn run(script: &str, environment: &[(&'static str, String)]) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let dir = tempfile::tempdir().unwrap();
        let exports: Vec<String> =
            environment.iter().map(|(name, value)| format!("export {name}='{value}'")).collect();
        let file = dir.path().join("script");
        fs::write(&file, format!("{}\n{script}", exports.join("\n"))).unwrap();
        let socket = format!("xmpp-test-{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let screen = Self { socket, _dir: dir };
        let size = ["-x", "100", "-y", "30"];
        let shell = format!("sh '{}'", file.display());
        screen.tmux(&[&["-f", "/dev/null", "new-session", "-d"][..], &size, &[&shell]].concat());
        screen
    }

    /// Types a text.
    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses a key by tmux's name of it.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// What stands on the screen, without the white space at the ends of lines.
    pub fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    /// Waits until it stands on the screen as it should, and gives that.
    #[track_caller]
    pub fn wait(&self, what: impl fmt::Display, good: impl Fn(&str) -> bool) -> String {
        let end = now() + PATIENCE;
        loop {
            let text = self.text();
            if good(&text) {
                return text;
            }
            assert!(now() < end, "{what} does not come:\n{text}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until something stands there.
    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        self.wait(part, |text| text.contains(part))
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.socket])
            .args(arguments)
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect("tmux starts");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
