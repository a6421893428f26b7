//! `xmpp register`, on a server that lets clients make accounts, and on one that does not.

use std::{fs, process::Command};

use crate::support::{
    command, json, run,
    serve::{ACCOUNTS, Serve, Way},
};

/// The program as somebody who may have no account yet.
fn nurse(server: &Serve, way: Way, password: &str, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.arg("--jid=nurse@localhost").args(server.way(way)).env("XMPP_PASSWORD", password);
    command
}

#[test]
fn an_account_from_its_beginning_to_its_end() {
    let server = Serve::with(&["--register"]);
    let nurse = |password: &str, arguments: &[&str]| run(nurse(&server, Way::Tcp, password, arguments));
    nurse("first-Secret", &["ping"]).fails(4, &["login refused: not-authorized"]);
    assert_eq!(nurse("first-Secret", &["register"]).well(), "nurse@localhost is registered, and logs in.\n");
    nurse("first-Secret", &["ping"]).well();
    nurse("first-Secret", &["register"]).fails(5, &["the account exists already", "choose another name"]);

    let mut change = command(&["register", "--change-password", "--jid=nurse@localhost"]);
    change.args(server.way(Way::Tcp));
    change.env("XMPP_PASSWORD", "first-Secret").env("XMPP_NEW_PASSWORD", "second-Secret");
    assert_eq!(run(change).well(), "nurse@localhost has a new password.\n");
    nurse("first-Secret", &["ping"]).fails(4, &["not-authorized"]);

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "third-Secret\n").unwrap();
    let path = file.path().display().to_string();
    let changed =
        nurse("second-Secret", &["register", "--change-password", "--new-password-file", &path, "--json"]);
    let expected = serde_json::json!({ "account": "nurse@localhost", "outcome": "password-changed" });
    assert_eq!(json(changed.well()), expected);

    assert_eq!(nurse("third-Secret", &["register", "--remove"]).well(), "nurse@localhost is removed.\n");
    nurse("third-Secret", &["ping"]).fails(4, &["not-authorized"]);
}

/// Over BOSH as well; in clear only for who says so, and never shown.
#[test]
fn over_bosh() {
    let server = Serve::with(&["--register"]);
    let made = run(nurse(&server, Way::Https, "Secret-of-Nurse", &["register", "--json", "-vv"]));
    assert_eq!(made.code, Some(0), "{}", made.err);
    let expected = serde_json::json!({ "account": "nurse@localhost", "outcome": "registered" });
    assert_eq!(json(&made.out), expected);
    assert!(
        made.err.contains("<password>***</password>") && !made.err.contains("Secret-of-Nurse"),
        "{}",
        made.err
    );
    run(nurse(&server, Way::Https, "Secret-of-Nurse", &["register", "--remove"])).well();

    let clear = run(nurse(&server, Way::Http, "Secret-of-Nurse", &["register"]));
    clear.fails(2, &["the password of the new account would be sent in clear", "--in-clear"]);
    run(nurse(&server, Way::Http, "Secret-of-Nurse", &["register", "--in-clear"])).well();
}

/// What is not offered, and what makes no sense, is told as that.
#[test]
fn refusals() {
    let server = Serve::start();
    run(nurse(&server, Way::Tcp, "Secret-of-Nurse", &["register"]))
        .fails(5, &["the server makes no accounts here", "whoever runs the server makes accounts there"]);
    let removal = run(server.juliet(&["register", "--remove"]));
    assert_eq!((removal.code, &*removal.out), (Some(5), ""), "{}", removal.err);
    run(server.juliet(&["ping"])).well();
    for arguments in [
        &["register", "--remove", "--change-password"][..],
        &["register", "--field", "email"],
        &["register", "--new-password-file", "f"],
    ] {
        run(server.juliet(arguments)).fails(2, &["(see: xmpp register --help)"]);
    }
    let mut nobody = server.juliet(&["register", "--change-password"]);
    nobody.env("XMPP_PASSWORD", ACCOUNTS[0].1);
    run(nobody).fails(2, &["there is no password for the new one of juliet@localhost"]);
}
