//! profanity, which needs a terminal.

use std::{fs, path::Path, thread};

use tempfile::TempDir;

use crate::{
    place::{PASSWORD, Place},
    support::screen::Screen,
};

/// profanity on a screen, and in a home of its own. When this is dropped, both are gone.
pub(crate) struct Profanity {
    screen: Screen,
    _home: TempDir,
}

impl Profanity {
    /// Comes in as `user`. TLS is a must, and profanity trusts the authorities in this file and no others.
    pub(crate) fn start(place: &Place, user: &str, ca: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let port = place.tcp.rsplit(':').next().unwrap_or_default();
        let account = format!(
            "[{user}]\nenabled=true\njid={user}@localhost\nserver=127.0.0.1\nport={port}\nresource=profanity\n\
             password={PASSWORD}\ntls.policy=force\n"
        );
        let mut environment = vec![("SSL_CERT_FILE", ca.display().to_string())];
        for (variable, folder, file, text) in [
            ("HOME", "home", "nothing", ""),
            ("XDG_CACHE_HOME", "cache", "nothing", ""),
            ("XDG_CONFIG_HOME", "config", "profrc", "[ui]\nsplash=false\n"),
            ("XDG_DATA_HOME", "data", "accounts", &account),
        ] {
            let folder = home.path().join(folder);
            fs::create_dir_all(folder.join("profanity")).unwrap();
            fs::write(folder.join("profanity").join(file), text).unwrap();
            environment.push((variable, folder.display().to_string()));
        }
        // It is ended after a while, even if the test is killed and cannot see to it.
        let screen = Screen::run(&format!("timeout --foreground 120 profanity -a {user}\n"), &environment);
        Self { screen, _home: home }
    }

    /// Types a line.
    pub(crate) fn types(&self, line: &str) {
        self.screen.types(line);
        self.screen.press("Enter");
    }

    /// Waits until the screen shows this.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.screen.wait_for(text);
    }
}

impl Drop for Profanity {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- profanity\n{}\n---- end of profanity", self.screen.text());
        }
    }
}
