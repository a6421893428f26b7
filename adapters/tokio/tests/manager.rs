//! The connection manager towards what is no BOSH client.
#![cfg(feature = "server")]

mod support;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use support::{Server, soon};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use xmpp_tokio::server::ThrowAway;

/// The whole answer to one request.
async fn http(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let stream = TcpStream::connect(address).await.expect("it listens");
    exchange(stream, method, path, body).await
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    body: &str,
) -> String {
    let exchange = async {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer of text");
        answer
    };
    soon(exchange).await
}

#[tokio::test]
async fn what_is_no_request_of_bosh() {
    let server = Server::start(|_| {}).await;
    let address = server.running.http_addr;
    for (method, path, body, status, part) in [
        ("GET", "/http-bind", "", "405", "connection manager"),
        ("GET", "/elsewhere", "", "404", "/http-bind"),
        ("OPTIONS", "/http-bind", "", "204", "access-control-allow-origin: *"),
        ("POST", "/http-bind", "this is no XML", "200", "bad-request"),
        ("POST", "/http-bind", "<body xmlns='http://jabber.org/protocol/httpbind'/>", "200", "bad-request"),
        (
            "POST",
            "/http-bind",
            "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' sid='nobody'/>",
            "200",
            "item-not-found",
        ),
    ] {
        let answer = http(address, method, path, body).await.to_lowercase();
        assert!(answer.starts_with(&format!("http/1.1 {status}")), "{method} {path}: {answer}");
        assert!(answer.contains(part), "{method} {path}: {answer}");
    }
    let large = " ".repeat(300 * 1024);
    let answer = http(address, "POST", "/http-bind", &large).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

/// A body that never comes to its end does not hold its connection for ever.
#[tokio::test]
async fn a_slow_body_is_given_up() {
    let server = Server::start(|_| {}).await;
    let mut stream = TcpStream::connect(server.running.http_addr).await.expect("it listens");
    let head = "POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n<body";
    stream.write_all(head.as_bytes()).await.expect("written");
    // It must have arrived before time flies.
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::time::pause();
    let mut answer = Vec::new();
    let end = tokio::time::timeout(Duration::from_mins(1), stream.read_to_end(&mut answer)).await;
    assert!(end.is_ok(), "the connection is still open");
}

/// XEP-0124 §19.1: what belongs to a session that began over TLS is not taken in clear, and the session goes on.
#[tokio::test]
async fn a_session_over_tls_stays_there() {
    const CREATE: &str = "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='example.org' wait='5' hold='1' \
        ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>";
    let made = ThrowAway::new(&["localhost"]).expect("a certificate");
    let server = Server::start(|config| config.tls = Some(made.tls)).await;
    let https = server.running.https_addr.expect("it listens");
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(made.ca_pem.as_bytes()).expect("PEM")).expect("an authority");
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(trusted)
            .with_no_client_auth();
    let tcp = TcpStream::connect(https).await.expect("it listens");
    let name = "localhost".try_into().expect("a name");
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("TLS");
    let created = exchange(tls, "POST", "/http-bind", CREATE).await;
    let sid = created.split("sid='").nth(1).and_then(|rest| rest.split('\'').next()).expect("a session");
    let next =
        format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='2' sid='{sid}' type='terminate'/>");
    let clear = http(server.running.http_addr, "POST", "/http-bind", &next).await;
    assert_eq!(clear, "", "taken in clear");
}
