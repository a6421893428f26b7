//! Servers that cannot be reached, are none, or are not who they should be: exit code 3, or 6 when nothing comes at all.

use std::{
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{
    command,
    elsewhere::Elsewhere,
    nowhere::Nowhere,
    peer::{HEADER, Peer},
    run,
    serve::{Serve, Way},
};

fn ping(options: &[&str]) -> Command {
    let mut command = command(&["ping", "--jid=juliet@localhost"]);
    command.args(options).env("XMPP_PASSWORD", "Secret-of-Juliet");
    command
}

fn bosh(url: &str) -> Command {
    ping(&["--bosh", url, "--tls=disabled"])
}

#[test]
fn hosts_and_ports_where_nothing_is() {
    run(command_for("juliet@no-such-host.invalid")).fails(
        3,
        &["the host \"no-such-host.invalid\" is unknown", "check the domain, or name the host with --server"],
    );
    run(bosh("http://no-such-host.invalid/http-bind"))
        .fails(3, &["no-such-host.invalid", "is unknown", "check the URL"]);
    let nowhere = Nowhere::new();
    let free = &nowhere.address;
    run(ping(&["--server", free])).fails(3, &[free, "nothing listens there", "check --server and --port"]);
    let (host, port) = free.split_once(':').unwrap();
    run(ping(&["--server", host, "--port", port])).fails(3, &[free, "nothing listens there"]);
    run(bosh(&format!("http://{free}/"))).fails(3, &[free, "nothing listens there", "check the URL"]);
}

fn command_for(jid: &str) -> Command {
    let mut command = command(&["ping", "--jid", jid]);
    command.env("XMPP_PASSWORD", "x");
    command
}

/// A peer that accepts and says nothing is given up when --connect-timeout is over.
#[test]
fn peers_that_say_nothing() {
    // The system accepts for a listener that does not.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    for command in [ping(&["--server", &address]), bosh(&format!("http://{address}/"))] {
        let mut command = command;
        let ended = run({
            command.arg("--connect-timeout=300ms");
            command
        });
        ended.fails(6, &["no answer in time while the stream was opened"]);
        assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    }
}

#[test]
fn connections_that_are_cut() {
    let at_once = Peer::start(|talk| drop(talk.hear()));
    run(ping(&["--server", &at_once.address]))
        .fails(3, &["the connection was cut while the stream was opened"]);
    run(bosh(&format!("http://{}/", at_once.address))).fails(3, &["connection closed", "check the URL"]);
    let scram = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
    let closing = Peer::features(scram, |talk| {
        talk.hear();
        talk.say("</stream:stream>");
    });
    run(ping(&["--server", &closing.address, "--tls=disabled"]))
        .fails(3, &["the peer closed the stream during authentication"]);
    let during_tls = Peer::features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", |talk| {
        talk.hear();
        talk.say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        talk.hear();
        talk.say("this is no TLS");
    });
    run(ping(&["--server", &during_tls.address])).fails(3, &["TLS"]);
}

/// Ports of something else than XMPP.
#[test]
fn servers_of_another_kind() {
    let web = Peer::start(|talk| {
        talk.hear();
        talk.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        talk.wait();
    });
    run(ping(&["--server", &web.address]))
        .fails(3, &["the peer sent XML that is not allowed", "check that --server and --port"]);
    for (peer, told) in [
        (Peer::http("404 Not Found", "nothing here"), "it answers with HTTP 404 and \"nothing here\""),
        (
            Peer::http("200 OK", "<html>a<br>welcome</html>"),
            "it answers with HTTP 200 and \"<html>a<br>welcome</html>\"",
        ),
        (Peer::http("301 Moved", ""), "it answers with HTTP 301"),
        (Peer::http("500 Oops", ""), "HTTP status 500"),
    ] {
        run(bosh(&format!("http://{}/http-bind", peer.address))).fails(3, &[told, "check the URL"]);
    }
}

#[test]
fn servers_of_another_domain() {
    let other = Peer::start(|talk| {
        talk.hear();
        talk.say(HEADER);
        talk.say("<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        talk.wait();
    });
    run(ping(&["--server", &other.address])).fails(3, &["host-unknown", "check the domain of the account"]);
}

/// Nothing of an account is told to who does not prove to be its server, or under less protection than was asked for.
#[test]
fn protection_that_is_missing() {
    let scram = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
    let clear = Peer::features(scram, |_| ());
    run(ping(&["--server", &clear.address]))
        .fails(3, &["TLS is required and the server does not offer it", "--tls if-possible"]);
    let heard = Arc::new(Mutex::new(String::new()));
    let said = Arc::clone(&heard);
    let plain_http = Peer::start(move |talk| *said.lock().unwrap() += &talk.hear());
    run(ping(&["--bosh", &format!("http://{}/", plain_http.address)]))
        .fails(3, &["TLS is required, and this is plain HTTP", "give an https URL, or --tls disabled"]);
    assert_eq!(*heard.lock().unwrap(), "", "before anything was sent");
    let server = Serve::start();
    run(ping(&["--server", &server.tcp, "--tls=disabled"]))
        .fails(3, &["TLS is disabled and the server requires it", "leave out --tls disabled"]);
}

#[test]
fn certificates_that_prove_nothing() {
    let server = Serve::start();
    for way in [Way::Tcp, Way::Https] {
        let mut options = server.way(way);
        options.truncate(2);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        run(ping(&options)).fails(3, &["no trusted authority vouches for it", "needs --ca FILE"]);
    }
    // The certificate is for the domain and for localhost; here the URL names an address.
    let other = Serve::with(&["--listen", "0.0.0.0"]);
    let port = other.https.rsplit_once(':').unwrap().1;
    run(ping(&["--bosh", &format!("https://127.0.0.1:{port}"), "--ca", &other.ca]))
        .fails(3, &["the certificate is not accepted", "not valid for name"]);
}

/// Over TCP the certificate must be for the domain of the account, whatever host is connected to.
#[test]
fn a_certificate_of_another_domain() {
    let elsewhere = Elsewhere::start();
    run(ping(&["--server", &elsewhere.tcp, "--ca", &elsewhere.ca()]))
        .fails(3, &["the server's certificate is not accepted", "not valid for name \"localhost\""]);
}
