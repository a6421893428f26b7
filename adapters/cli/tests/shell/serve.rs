//! `xmpp serve`.

use std::{fs, net::TcpListener, path::Path, process::Command};

use rustix::process::Signal;

use crate::support::{
    command, json,
    process::Process,
    run,
    serve::{Serve, Way},
};

fn serve(options: &[&str]) -> Command {
    let mut command = command(&["serve", "--port=0", "--http-port=0", "--https-port=0"]);
    command.args(options);
    command
}

/// What a person has to know to come in stands there; what was given is not repeated.
#[test]
fn it_tells_how_to_come_in() {
    let mut server = Process::start(serve(&["--account=juliet", "--account=romeo:hidden"]));
    server.tells("Serving localhost until Ctrl-C.");
    server.tells("TCP       127.0.0.1:");
    server.tells("BOSH      https://127.0.0.1:");
    let http = server.tells("BOSH      http://127.0.0.1:");
    assert!(http.ends_with("/http-bind (--tls disabled)\n"), "{http}");
    let ca = server.tells("CA  ");
    let ca = ca.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    let made_up = server.tells("Account   juliet@localhost, password ");
    let password = made_up.trim().rsplit(' ').next().unwrap().to_owned();
    server.tells("Accounts  1 with the password that was given");
    server.tells("Try it from another terminal:");
    // It works as it stands there.
    let line = server.tells("xmpp ping --jid juliet@localhost --server 127.0.0.1:");
    let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
    let mut ping = command(&arguments);
    ping.env("XMPP_PASSWORD", &password);
    run(ping).well();
    server.signal(Signal::TERM);
    assert!(!server.end().well().contains("hidden"));
    assert!(!Path::new(&ca).exists(), "the file goes with the server");
}

#[test]
fn it_tells_programs_too() {
    let mut server =
        Process::start(serve(&["--account=juliet", "--account=romeo:hidden", "--json", "--https-only"]));
    let told = json(&server.tells("{"));
    assert_eq!((&told["domain"], &told["http"]), (&"localhost".into(), &serde_json::Value::Null));
    assert_eq!(told["passwords"]["juliet"].as_str().map(str::len), Some(32));
    assert_eq!(told["passwords"]["romeo"], serde_json::Value::Null);
    server.signal(Signal::INT);
    assert_eq!(server.end().well().lines().count(), 1);
}

/// MEC-03, MEC-05: on request anybody may come in, and whoever shows a certificate; who has a password sees no difference.
#[test]
fn guests_and_certificates() {
    let elsewhere = Serve::start();
    let server = Serve::with(&["--anonymous", "--client-ca", &elsewhere.ca]);
    let ended = run(server.juliet(&["ping", "-v"]));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for told in [", PLAIN, ANONYMOUS", "authenticates with SCRAM-SHA-512-PLUS\n"] {
        assert!(ended.err.contains(told), "{told:?} is not in\n{}", ended.err);
    }
    assert!(!ended.err.contains("EXTERNAL"), "no certificate was shown: {}", ended.err);
    let plain = run(elsewhere.juliet(&["ping", "-v"]));
    assert!(!plain.err.contains("ANONYMOUS"), "{}", plain.err);

    let mut told = Process::start(serve(&["--anonymous", "--client-ca", &elsewhere.ca]));
    told.tells("Accounts  none is needed (ANONYMOUS)");
    told.tells("Accounts  by certificates of ");
    run(serve(&["--client-ca", "Cargo.toml"]))
        .fails(2, &["the certificate cannot be used", "see --client-ca"]);
}

/// --https-only lets nobody in over http.
#[test]
fn https_only() {
    let server = Serve::with(&["--https-only"]);
    assert_eq!(server.http, "");
    run(server.user("juliet", Way::Https, &["ping"])).well();
}

#[test]
fn accounts_from_a_file_and_a_domain_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    let people = dir.path().join("people");
    fs::write(&people, "# ours\nnurse:Secret:of-nurse\n").unwrap();
    let server = Serve::with(&["--accounts", &people.display().to_string(), "--domain=verona.example"]);
    let ping = |jid: &str, password: &str| {
        let mut ping = command(&["ping", "--jid", jid, "--server", &server.tcp, "--ca", &server.ca]);
        ping.env("XMPP_PASSWORD", password);
        run(ping)
    };
    assert!(ping("nurse@verona.example", "Secret:of-nurse").well().starts_with("verona.example answers"));
    ping("juliet@localhost", "Secret-of-Juliet").fails(3, &["host-unknown"]);
}

/// TLS that is not demanded, or not there.
#[test]
fn tls_policies() {
    let lax = Serve::with(&["--tls=if-possible"]);
    for tls in ["required", "if-possible", "disabled"] {
        let mut ping = lax.juliet(&["ping", "--tls", tls, "-v"]);
        ping.env("XMPP_TLS", "required");
        let ended = run(ping);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.err.contains("shakes hands"), tls != "disabled", "{ended:?}");
    }
    let clear = Serve::with(&["--tls=disabled"]);
    run(clear.juliet(&["ping", "--tls=if-possible"])).well();
    run(clear.juliet(&["ping"])).fails(3, &["TLS is required and the server does not offer it"]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for option in ["--port", "--http-port", "--https-port"] {
        let mut serve = command(&["serve"]);
        for other in ["--port", "--http-port", "--https-port"] {
            serve.args([other, &if other == option { port.to_string() } else { "0".to_owned() }]);
        }
        run(serve).fails(
            2,
            &[&format!("cannot listen at 127.0.0.1:{port}"), "another port, or 0 for any that is free"],
        );
    }
}

/// With -v it tells who comes.
#[test]
fn who_logs_in_is_told() {
    let mut server = Serve::with(&["-v"]);
    run(server.juliet(&["ping"])).well();
    server.process.tells_aside("xmpp: juliet@localhost/desk logs in");
    server.process.signal(Signal::TERM);
    server.process.tells_aside("xmpp: says goodbye to its clients");
}
