//! A server that is given: the project's own small one, in this process.

use std::{
    fs,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use tempfile::TempDir;
use tokio::sync::oneshot;
use xmpp_core::{Direction, Item};
use xmpp_tokio::server::{self, ServeConfig, ThrowAway};

use super::{ACCOUNTS, command};

/// People with an account, beside the devices and the application, and their passwords.
pub const PEOPLE: [(&str, &str); 2] = [("juliet", "fourth-Secret-j"), ("romeo", "fifth-Secret-r")];

/// A server in a thread of its own, until it is dropped.
pub struct Given {
    pub tcp: String,
    pub bosh: String,
    dir: TempDir,
    closed: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Given {
    pub fn start() -> Self {
        let certificate = ThrowAway::new(&["localhost"]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), &certificate.ca_pem).unwrap();
        let closed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&closed);
        let mut config = ServeConfig::new("localhost").trace(move |direction, item| {
            if direction == Direction::In && matches!(item, Item::Close { .. }) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let owned = |(user, password): (&str, &str)| (user.to_owned(), password.to_owned());
        config.accounts = ACCOUNTS.map(|(user, password, _)| (user, password)).map(owned).to_vec();
        config.accounts.extend(PEOPLE.map(owned));
        config.tls = Some(certificate.tls);
        config.clear_bosh = true;
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let running = server::serve(config).await.unwrap();
                tell.send((running.tcp_addr, running.http_addr)).unwrap();
                let _ = stopped.await;
                running.shutdown().await;
            });
        });
        let (tcp, http) = told.recv().unwrap();
        let bosh = format!("http://{http}/http-bind");
        Self { tcp: tcp.to_string(), bosh, dir, closed, stop: Some(stop), thread: Some(thread) }
    }

    pub fn ca(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }

    /// A folder for what belongs to this server.
    pub fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// How many streams clients have closed in good order.
    pub fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// The environment in which the program logs in as one of [`PEOPLE`].
    pub fn environment(&self, user: &str) -> Vec<(&'static str, String)> {
        let (_, password) = PEOPLE.iter().find(|(name, _)| *name == user).expect("one of the people");
        vec![
            ("XMPP_JID", format!("{user}@localhost/program")),
            ("XMPP_PASSWORD", (*password).to_owned()),
            ("XMPP_SERVER", self.tcp.clone()),
            ("XMPP_CA", self.ca()),
            ("XDG_STATE_HOME", self.folder().join("state").display().to_string()),
            ("XDG_CONFIG_HOME", self.folder().join("config").display().to_string()),
        ]
    }

    /// The program as one of [`PEOPLE`].
    pub fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.envs(self.environment(user));
        command
    }

    /// The server goes, and says so to its clients.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.stop();
    }
}
