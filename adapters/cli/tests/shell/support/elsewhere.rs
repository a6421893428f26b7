//! The server of a domain with the certificate of another one, which `xmpp serve` does not make.

use std::{fs, sync::mpsc, thread};

use tempfile::TempDir;
use tokio::sync::oneshot;
use xmpp_tokio::server::{self, ServeConfig, ThrowAway};

/// Runs until it is dropped.
pub struct Elsewhere {
    pub tcp: String,
    dir: TempDir,
    _stop: oneshot::Sender<()>,
}

impl Elsewhere {
    pub fn start() -> Self {
        let certificate = ThrowAway::new(&["elsewhere.example"]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), &certificate.ca_pem).unwrap();
        let mut config = ServeConfig::new("localhost");
        config.tls = Some(certificate.tls);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let running = server::serve(config).await.unwrap();
                tell.send(running.tcp_addr.to_string()).unwrap();
                let _ = stopped.await;
            });
        });
        Self { tcp: told.recv().unwrap(), dir, _stop: stop }
    }

    pub fn ca(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }
}
