//! People with other clients, at `xmpp serve`.

use crate::{
    installed::{Strangers, has},
    place::Place,
    running::Running,
    terminal::Profanity,
};

/// TLS-01, TLS-06: how often somebody took STARTTLS, and how often somebody began SCRAM, as the server saw it.
fn logins(place: &Place) -> (usize, usize) {
    let trace = place.trace().printed();
    let count = |text: &str| trace.matches(text).count();
    (count("| <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'"), count("mechanism='SCRAM-SHA-"))
}

#[test]
fn slixmpp_asks_what_clients_ask() {
    let Some(strangers) = Strangers::find() else { return };
    let place = Place::ours();
    let mut asks = strangers.python("asks.py", &place, "alice@localhost/asks");
    let printed = Running::start("asks.py", &mut asks).succeeds();
    for answered in ["the roster", "discovery of localhost", "ping", "version", "presence and a probe"] {
        assert!(printed.contains(&format!("ok: {answered}\n")), "{answered}: {printed}");
    }
    assert_eq!(logins(&place), (1, 1));
}

/// Who does not trust the server's authority says no to it, and who has another password is told so.
#[test]
fn slixmpp_is_no_fool() {
    let Some(strangers) = Strangers::find() else { return };
    let (place, other) = (Place::ours(), Place::ours());
    let strange = other.ca.to_str().unwrap();
    for (option, value, why) in [
        ("--ca", strange, "no login: ['ssl_invalid_chain']"),
        ("--password", "another", "no login: ['failed_all_auth']"),
    ] {
        let mut asks = strangers.python("asks.py", &place, "alice@localhost");
        // What comes last counts.
        let (status, printed) = Running::start("asks.py", asks.args([option, value])).ended();
        assert_eq!(status.code(), Some(1), "{printed}");
        assert!(printed.contains(&format!("FAILED: {why}")), "{printed}");
    }
}

/// `xmpp send` says it and waits for the answer; `xmpp chat` does so with lines of a pipe.
#[test]
fn slixmpp_talks_to_our_clients() {
    let Some(strangers) = Strangers::find() else { return };
    let place = Place::ours();
    let talk = || {
        let mut talk = strangers.python("talk.py", &place, "alice@localhost/talk");
        let talk = Running::start("talk.py", talk.args(["--hears", "O <Romeo> & you", "--says", "Ay & me!"]));
        talk.wait_for("ok: here");
        talk
    };
    let alice = talk();
    let mut send = place.command("send", "bob");
    send.args(["alice@localhost", "O <Romeo> & you", "--wait", "20s"]);
    assert_eq!(Running::start("xmpp send", &mut send).succeeds(), "alice@localhost/talk: Ay & me!\n");
    alice.succeeds();

    let alice = talk();
    let mut chat = Running::start("xmpp chat", place.command("chat", "bob").arg("alice@localhost"));
    chat.reads("O <Romeo> & you");
    chat.wait_for("alice@localhost: Ay & me!");
    chat.succeeds();
    alice.succeeds();
    assert_eq!(logins(&place), (4, 4));
}

#[test]
fn profanity_talks_to_our_clients_and_to_a_device() {
    if !has("profanity") || !has("tmux") {
        return;
    }
    let place = Place::ours();
    let device = Running::start("xmpp device", &mut place.command("device", "08-00-00-1A-7C-62"));
    device.wait_for("is online");
    let bob = Profanity::start(&place, "bob", &place.ca);
    bob.shows("bob@localhost/profanity logged in successfully");
    bob.types("/msg 08-00-00-1a-7c-62@localhost I am <well> & you?");
    bob.shows("I like that statement.");
    device.wait_for("hears \"I am <well> & you?\" from bob@localhost/profanity");

    let mut chat = Running::start("xmpp chat", place.command("chat", "alice").arg("bob@localhost"));
    chat.reads("O <Romeo>");
    bob.types("/msg alice@localhost");
    bob.shows("O <Romeo>");
    bob.types("Ay & me!");
    chat.wait_for("bob@localhost: Ay & me!");
    chat.reads("Good night");
    bob.shows("Good night");
    chat.succeeds();
    assert_eq!(logins(&place), (3, 3));
}

#[test]
fn profanity_refuses_who_nobody_vouches_for() {
    if !has("profanity") || !has("tmux") {
        return;
    }
    let (place, other) = (Place::ours(), Place::ours());
    let bob = Profanity::start(&place, "bob", &other.ca);
    bob.shows("TLS certificate verification failed");
    assert_eq!(logins(&place), (1, 0));
}

#[test]
fn profanity_and_slixmpp_become_friends() {
    let Some(strangers) = Strangers::find() else { return };
    if !has("profanity") || !has("tmux") {
        return;
    }
    let place = Place::ours();
    let bob = Profanity::start(&place, "bob", &place.ca);
    bob.shows("logged in successfully");
    let mut alice = strangers.python("friend.py", &place, "alice@localhost/slixmpp");
    let alice = Running::start("friend.py", alice.args(["--peer", "bob@localhost"]));
    bob.shows("alice@localhost");
    bob.types("/sub allow alice@localhost");
    alice.wait_for("ok: sees bob@localhost/profanity");
    bob.types("/sub request alice@localhost");
    alice.wait_for("ok: is seen");
    bob.types("/msg alice@localhost I take thee at thy word");
    alice.wait_for("ok: they talk");
    bob.shows("O <Romeo> & you!");
    bob.types("/win 1");
    bob.shows("Wooing");
    bob.types("/quit");
    alice.succeeds();
    assert_eq!(logins(&place), (2, 2));
}
