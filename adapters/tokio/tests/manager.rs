//! The connection manager towards what is no BOSH client.
#![cfg(feature = "server")]

mod support;

use std::net::SocketAddr;

use support::{Server, soon};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The whole answer to one request.
async fn http(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
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
