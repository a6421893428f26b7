//! Logins that are refused: exit code 4, and the password in no message.

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use crate::support::{
    command,
    peer::Peer,
    run,
    serve::{Serve, Way},
};

const PLAIN: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";

fn ping(peer: &Peer, tls: &str) -> Command {
    let mut command = command(&["ping", "--jid=juliet@localhost", "--server", &peer.address, "--tls", tls]);
    command.env("XMPP_PASSWORD", "Secret-of-Juliet");
    command
}

#[test]
fn wrong_passwords_and_users() {
    let server = Serve::start();
    for way in Way::ALL {
        let mut wrong = server.user("juliet", way, &["ping"]);
        wrong.env("XMPP_PASSWORD", "not-her-Secret");
        let ended = run(wrong);
        ended.fails(4, &["login refused: not-authorized", "check the user name and the password"]);
        assert!(!ended.err.contains("not-her-Secret"), "{}", ended.err);
    }
    // Who guesses names learns nothing from the answer.
    run(server.juliet(&["ping", "--user=nobody"])).fails(4, &["login refused: not-authorized"]);
    server.end().well();
}

#[test]
fn every_command_that_logs_in_is_refused_alike() {
    let server = Serve::start();
    for arguments in [
        &["device"][..],
        &["send", "romeo@localhost", "hi"],
        &["soap", "romeo@localhost", "--time"],
        &["roster"],
        &["request", "--recipient=romeo", "--data=Level=1"],
        &["request", "--recipient=romeo", "--data=Level=1", "--every=1s", "--csv"],
    ] {
        let mut wrong = server.juliet(arguments);
        wrong.env("XMPP_PASSWORD", "not-her-Secret");
        run(wrong).fails(4, &["login refused: not-authorized"]);
    }
}

#[test]
fn no_mechanism_in_common() {
    let odd = Peer::features(
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>GSSAPI</mechanism>\
         <mechanism>X-EVIL&#x9b;2J&#10;xmpp: all is well</mechanism></mechanisms>",
        |_| (),
    );
    let ended = run(ping(&odd, "disabled"));
    ended.fails(
        4,
        &["no usable login mechanism; the server offers \"GSSAPI\"", "this program logs in with SCRAM"],
    );
    assert!(!ended.err.contains('\u{9b}'), "{:?}", ended.err);
}

/// PLAIN would hand the password to everybody on the way: nothing is said.
#[test]
fn plain_without_tls() {
    let said = Arc::new(Mutex::new(String::new()));
    let hears = Arc::clone(&said);
    let plain = Peer::features(PLAIN, move |talk| *hears.lock().unwrap() += &talk.hear());
    for tls in ["disabled", "if-possible"] {
        run(ping(&plain, tls)).fails(
            4,
            &[
                "the server offers \"PLAIN\"",
                "PLAIN is not used without encryption",
                "have the server offer TLS",
            ],
        );
    }
    assert!(!said.lock().unwrap().contains("<auth"), "{said:?}");
}

/// What the server says of a refusal is told, and no more of it than a line.
#[test]
fn conditions_of_the_server_are_told() {
    for (condition, told) in
        [("account-disabled", "account-disabled"), ("temporary-auth-failure", "temporary-auth-failure")]
    {
        let scram = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
        let peer = Peer::features(scram, move |talk| {
            talk.hear();
            talk.say(&format!(
                "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/><text>Ask\nthe &#x9b;porter</text></failure>"
            ));
        });
        let ended = run(ping(&peer, "disabled"));
        ended.fails(4, &[told]);
        assert!(!ended.err.contains('\u{9b}'), "{:?}", ended.err);
    }
}
