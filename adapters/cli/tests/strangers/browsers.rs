//! The libraries of web pages, over BOSH.

use crate::{installed::Strangers, place::Place, running::Running};

/// Logs in over http and over https, and does what the script does.
fn comes_in(script: &str, jid: &str, behaviours: &[&str]) {
    let Some(strangers) = Strangers::find() else { return };
    let place = Place::ours();
    let device = Running::start("xmpp device", &mut place.command("device", "08-00-00-1A-7C-62"));
    device.wait_for("is online");
    for (count, url) in [(1, &place.http), (2, &place.https)] {
        let mut command = strangers.node(script, &place, url, jid);
        command.args(["--device", "08-00-00-1a-7c-62@localhost/ilon"]);
        let printed = Running::start(script, &mut command).succeeds();
        for behaviour in behaviours {
            assert!(printed.contains(&format!("ok: {behaviour}\n")), "{behaviour}: {printed}");
        }
        // The device, and each time the page.
        let trace = place.trace().printed();
        let logins = trace.matches("mechanism='SCRAM-SHA-").count();
        assert_eq!(logins, 1 + count, "{trace}");
    }
}

#[test]
fn strophe_comes_in() {
    let behaviours = [
        "alice@localhost/page is in",
        "chat",
        "ping to localhost",
        "ping to 08-00-00-1a-7c-62@localhost/ilon",
        "disconnected",
    ];
    comes_in("strophe.mjs", "alice@localhost/page", &behaviours);
}

#[test]
fn stanza_comes_in() {
    comes_in("stanza.mjs", "alice@localhost", &["chat", "ping", "discovery", "disconnected"]);
}
