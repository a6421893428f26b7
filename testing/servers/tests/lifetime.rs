//! Servers run side by side, and leave nothing behind however they end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

mod talk;

use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use talk::{HEADER, ask, connect, each};
use xmpp_test_servers::{Accounts, Kind, Server, Setup, StartError, StopError};

/// What must be gone after the end: the folder, the ports, and every process that ran in the folder.
struct Traces {
    dir: PathBuf,
    ports: [SocketAddr; 3],
}

impl Traces {
    fn of(server: &Server) -> Self {
        let dir = server.ca_pem_path().parent().unwrap().to_owned();
        Self { dir, ports: [server.c2s_addr(), server.http_addr(), server.https_addr()] }
    }

    /// Helpers of Erlang end a moment after it, when they see their pipe closed.
    fn assert_gone(&self) {
        let mut left = String::new();
        for _ in 0..200 {
            left = self.left();
            if left.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("left behind: {left}");
    }

    fn left(&self) -> String {
        let listening =
            self.ports.iter().filter(|port| TcpStream::connect(port).is_ok()).map(ToString::to_string);
        let folder = self.dir.exists().then(|| self.dir.display().to_string());
        listening.chain(folder).chain(processes_in(&self.dir)).collect::<Vec<_>>().join(", ")
    }
}

/// The processes whose home is the folder.
fn processes_in(dir: &Path) -> Vec<String> {
    let home = format!("HOME={}", dir.display());
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|path| {
        let environment = fs::read(path.join("environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == home.as_bytes())
    })
    .map(|path| path.display().to_string())
    .collect()
}

#[test]
fn servers_run_side_by_side() {
    let servers: Vec<Server> = each(|setup| setup).chain(each(|setup| setup)).collect();
    for server in &servers {
        ask(&mut connect(server.c2s_addr()), HEADER, "</stream:features>");
        assert_eq!(servers.iter().filter(|other| other.pid() == server.pid()).count(), 1);
    }
}

#[test]
fn a_dropped_server_leaves_nothing() {
    for server in each(|setup| setup) {
        let traces = Traces::of(&server);
        assert!(!processes_in(&traces.dir).is_empty(), "the search finds the server while it runs");
        drop(server);
        traces.assert_gone();
    }
}

#[test]
fn a_stopped_server_ends_its_streams_and_leaves_nothing() {
    for server in each(|setup| setup) {
        let traces = Traces::of(&server);
        let kind = server.kind();
        let mut socket = connect(server.c2s_addr());
        ask(&mut socket, HEADER, "</stream:features>");
        server.stop().unwrap_or_else(|error| panic!("{kind}: {error}"));
        // Whether a goodbye is still written depends on the server and the moment; the end is certain.
        let end = socket.read_to_end(&mut Vec::new());
        let open =
            end.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        assert!(!open, "{kind} left the stream open");
        traces.assert_gone();
    }
}

#[test]
fn a_panic_of_the_test_ends_the_server() {
    for server in each(|setup| setup) {
        let traces = Traces::of(&server);
        let result = catch_unwind(AssertUnwindSafe(move || {
            let _server = server;
            panic!("on purpose");
        }));
        assert!(result.is_err());
        traces.assert_gone();
    }
}

/// The test program runs itself as a child that keeps a server in a static, and kills the child.
#[test]
fn a_killed_test_program_ends_the_server() {
    if let Ok(report) = std::env::var("REPORT_AND_WAIT") {
        return report_and_wait(Path::new(&report));
    }
    for kind in Kind::ALL {
        let dir = tempfile::tempdir().unwrap();
        let report = dir.path().join("report");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_killed_test_program_ends_the_server"])
            .env("REPORT_AND_WAIT", &report)
            .env("KIND", kind.name())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let text = loop {
            match fs::read_to_string(&report) {
                Ok(text) if text.ends_with('\n') => break text,
                _ => thread::sleep(Duration::from_millis(20)),
            }
            assert!(child.try_wait().unwrap().is_none(), "the child ended early");
        };
        child.kill().unwrap();
        child.wait().unwrap();
        let mut words = text.split_whitespace();
        let Some(folder) = words.next() else { continue };
        let ports: Vec<SocketAddr> = words.map(|port| port.parse().unwrap()).collect();
        Traces { dir: folder.into(), ports: ports.try_into().unwrap() }.assert_gone();
    }
}

fn report_and_wait(report: &Path) {
    let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name().to_owned()) == std::env::var("KIND").ok());
    let server = Server::start(kind.unwrap(), &Setup::new(Accounts::new())).unwrap();
    let text = server.as_ref().map_or(String::new(), |server| {
        let Traces { dir, ports: [c2s, http, https] } = Traces::of(server);
        format!("{} {c2s} {http} {https}", dir.display())
    });
    fs::write(report, text + "\n").unwrap();
    loop {
        thread::sleep(Duration::from_mins(1));
    }
}

#[test]
fn a_server_that_ended_by_itself_is_reported() {
    for server in each(|setup| setup) {
        let traces = Traces::of(&server);
        let status = Command::new("/bin/kill").args(["-KILL", &server.pid().to_string()]).status().unwrap();
        assert!(status.success());
        while TcpStream::connect(server.c2s_addr()).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(200));
        assert!(matches!(server.stop(), Err(StopError::HadEnded(_))));
        traces.assert_gone();
    }
}

#[test]
fn a_server_that_refuses_an_account_is_an_error_that_says_so() {
    for kind in Kind::ALL {
        match Server::start(kind, &Setup::new(Accounts::new().with("not an address", "secret"))) {
            Ok(None) => {}
            Ok(Some(_)) => panic!("{kind} took a name with spaces"),
            Err(error @ (StartError::Register { .. } | StartError::Exited { .. })) => {
                println!("{error}");
                assert!(error.to_string().to_lowercase().contains("invalid"), "{kind}: {error}");
            }
            Err(error) => panic!("{kind}: {error}"),
        }
    }
}
