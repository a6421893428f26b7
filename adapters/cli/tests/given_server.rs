//! `xmpp demo` against a server that is given: the project's own small one, in this process.

mod support;

use std::net::TcpListener;

use support::{ACCOUNTS, Ended, command, demo, given::Given, run};

/// The demo with the right accounts and these arguments.
fn demo_at(given: &Given, arguments: &[&str]) -> Ended {
    run(demo(&given.tcp, &given.bosh).args(["--domain", "localhost", "--ca", &given.ca()]).args(arguments))
}

/// Run twice gives the same, though the subscription is there already.
#[test]
fn runs_again_and_again() {
    let given = Given::start();
    for _ in 0..3 {
        demo_at(&given, &[]).expect_success();
    }
}

/// What is shown with `-v` holds neither a password nor what one is proved with.
#[test]
fn verbose_shows_the_xml_without_secrets() {
    let given = Given::start();
    let ended = demo_at(&given, &["-v"]);
    ended.expect_success();
    let shown = &ended.stdout;
    for xml in [
        "device 1 -> server\n",
        "device 2 <- server\n",
        "application -> server\n",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>***</auth>",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<body>I like that statement.</body>",
        "<SOAP-ENV:Envelope",
        "<UCPTsystemInfoType>SI_TIME</UCPTsystemInfoType>",
        "messageProperties",
        "<boolean name='Fan' value='true'/>",
    ] {
        assert!(shown.contains(xml), "{xml:?} is not in\n{shown}");
    }
    for (_, password, _) in ACCOUNTS {
        assert!(!shown.contains(password));
    }
    // `n,,n=` in base64, with which every first message of SCRAM begins.
    assert!(!shown.contains("biwsbj"), "{shown}");
    let sasl = ["auth", "challenge", "response", "success"].map(|name| format!("</{name}>"));
    let payloads: Vec<&str> =
        shown.lines().filter(|line| sasl.iter().any(|end| line.ends_with(end))).collect();
    assert!(payloads.len() >= 12, "{payloads:?}");
    assert!(payloads.iter().all(|line| line.contains(">***</")), "{payloads:?}");
}

#[test]
fn a_wrong_password_is_told_as_that() {
    let given = Given::start();
    for (option, variable, who) in [
        ("--device", "XMPP_DEVICE_PASSWORD", "device 1"),
        ("--device2", "XMPP_DEVICE2_PASSWORD", "device 2"),
        ("--app", "XMPP_APP_PASSWORD", "the application"),
    ] {
        let mut command = demo(&given.tcp, &given.bosh);
        command.args(["--domain", "localhost", "--ca", &given.ca()]).env(variable, "wrong-Secret");
        let ended = run(&mut command);
        ended.expect_failure(&["\"login\"", who, "cannot log in", "not-authorized"]);
        assert!(!ended.stderr.contains("wrong-Secret"), "{option}: {}", ended.stderr);
    }
}

#[test]
fn a_missing_password_is_asked_for() {
    let arguments =
        ["demo", "--server", "h", "--bosh", "http://h/", "--device", "a", "--device2", "b:x", "--app", "c:x"];
    run(&mut command(&arguments)).expect_failure(&["XMPP_DEVICE_PASSWORD"]);
}

/// A server that no trusted authority vouches for gets no password.
#[test]
fn a_certificate_that_nobody_vouches_for() {
    let given = Given::start();
    let ended = run(demo(&given.tcp, &given.bosh).args(["--domain", "localhost"]));
    ended.expect_failure(&["\"login\"", "the application cannot log in", "no trusted authority vouches"]);
}

#[test]
fn places_where_no_server_is() {
    let given = Given::start();
    // A port of which it is certain that nobody listens there: it was just given back.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ca = given.ca();
    let with =
        |server: &str, bosh: &str| run(demo(server, bosh).args(["--domain", "localhost", "--ca", &ca]));
    with(&given.tcp, &format!("http://{free}/http-bind"))
        .expect_failure(&["device 1", "refused the connection"]);
    with(&free.to_string(), &given.bosh).expect_failure(&["the application", "refused the connection"]);
    with(&given.tcp, "http://no-such-host.invalid/").expect_failure(&[
        "device 1",
        "no-such-host.invalid",
        "unknown",
    ]);
    with("no-such-host.invalid", &given.bosh).expect_failure(&[
        "the application",
        "no-such-host.invalid",
        "unknown",
    ]);
    with(&given.tcp, "gopher://localhost/").expect_failure(&["device 1", "gopher://localhost/"]);
    with(&given.tcp, &given.bosh.replace("http-bind", "elsewhere")).expect_failure(&["device 1", "404"]);
    let ended = run(demo(&given.tcp, &given.bosh).args(["--ca", "/no/such/file.pem"]));
    ended.expect_failure(&["/no/such/file.pem"]);
}

/// A peer that accepts connections and says nothing is given up in time.
#[test]
fn a_silent_server() {
    let given = Given::start();
    // The system accepts for a listener that does not.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let ca = given.ca();
    let with =
        |server: &str, bosh: &str| run(demo(server, bosh).args(["--domain", "localhost", "--ca", &ca]));
    with(&address.to_string(), &given.bosh)
        .expect_failure(&["the application cannot log in", "no answer in time"]);
    with(&given.tcp, &format!("http://{address}/http-bind")).expect_failure(&["device 1 cannot log in"]);
    drop(silent);
}

/// An account that cannot be an address is refused before anything is sent.
#[test]
fn a_malformed_account() {
    let ended = run(command(&["demo", "--server", "127.0.0.1:1", "--bosh", "http://127.0.0.1:1/"]).args([
        "--device",
        "a@b:x",
        "--device2",
        "b:x",
        "--app",
        "c:x",
    ]));
    ended.expect_failure(&["a@b@127.0.0.1/ilon", "malformed address"]);
}
