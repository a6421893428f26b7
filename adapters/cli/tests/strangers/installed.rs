//! Whether the strangers are installed, and how their scripts are run.

use std::{
    env, fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use xmpp_test_servers::required;

use crate::{
    place::{PASSWORD, Place},
    running::bounded,
};

/// The folder of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Strangers that are there.
pub(crate) struct Strangers {
    folder: PathBuf,
}

impl Strangers {
    /// What `testing/strangers/install` has installed; `None` after saying that the test is skipped.
    pub(crate) fn find() -> Option<Self> {
        let folder = Path::new(ROOT).join("target/strangers");
        if folder.join("installed").exists() {
            return Some(Self { folder });
        }
        skipped("slixmpp, Strophe.js and StanzaJS are not installed (testing/strangers/install)");
        None
    }

    /// A script of `testing/strangers/python`, which logs in as `jid`.
    pub(crate) fn python(&self, script: &str, place: &Place, jid: &str) -> Command {
        let mut command = bounded(self.folder.join("python/bin/python"));
        command.arg("-B").arg(Path::new(ROOT).join("testing/strangers/python").join(script));
        command.args(["--server", &place.tcp, "--jid", jid, "--password", PASSWORD, "--ca"]).arg(&place.ca);
        command
    }

    /// A script of `testing/strangers/node`, which logs in as `jid` at this URL.
    pub(crate) fn node(&self, script: &str, place: &Place, url: &str, jid: &str) -> Command {
        let mut command = bounded("node");
        command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
        command.arg(self.folder.join("node").join(script)).env("NODE_EXTRA_CA_CERTS", &place.ca);
        command.args(["--bosh", url, "--jid", jid, "--password", PASSWORD]);
        command
    }
}

/// Whether a program is installed; if not, that was said.
pub(crate) fn has(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let executable = |path: PathBuf| {
        fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    let found = env::split_paths(&folders).any(|folder| executable(folder.join(program)));
    if !found {
        skipped(&format!("{program} is not installed (on Debian: apt-get install {program})"));
    }
    found
}

/// Says that a test is skipped, unless that is forbidden.
#[track_caller]
fn skipped(why: &str) {
    assert!(!required().unwrap(), "{why}, and XMPP_TEST_SERVERS=required");
    // Straight to standard error: what `eprintln!` says in a test that passes is never shown.
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}
