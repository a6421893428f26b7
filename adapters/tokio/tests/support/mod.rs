//! Peers and helpers for tests on real sockets.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its own part")]

use std::{future::Future, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use xmpp_tokio::{ClientConfig, Connector, SessionConfig, xmpp_core::TlsPolicy};

/// Nothing in these tests may take longer.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it must not hang")
}

pub fn account(address: &str, password: &str, tls: TlsPolicy) -> SessionConfig {
    let mut client = ClientConfig::new(address, password).expect("a valid address");
    client.tls = tls;
    SessionConfig::new(client)
}

pub fn connector(address: &str, password: &str, tls: TlsPolicy, tcp: SocketAddr) -> Connector {
    Connector::new(account(address, password, tls)).host(tcp.ip().to_string()).port(tcp.port())
}

/// A port on which nothing listens: it was free a moment ago.
pub async fn dead_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    listener.local_addr().expect("it is bound")
}

/// A peer that treats every connection alike.
pub async fn peer<F, Fut>(serve: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Reads until what came contains `end`; `false` when the other side closes first.
pub async fn read_to(stream: &mut TcpStream, end: &str) -> bool {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return false,
            Ok(len) => seen.extend_from_slice(&chunk[..len]),
        }
        if String::from_utf8_lossy(&seen).contains(end) {
            return true;
        }
    }
}

/// The server's header and these features.
pub fn opening(features: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         id='1' from='example.org' version='1.0'><stream:features>{features}</stream:features>"
    )
}

/// A peer that answers the header with these features and then goes silent.
pub async fn offers(features: &'static str) -> SocketAddr {
    peer(move |mut stream| async move {
        if read_to(&mut stream, "version=").await {
            let _ = stream.write_all(opening(features).as_bytes()).await;
            read_to(&mut stream, "never").await;
        }
    })
    .await
}

/// A web server that gives every request this answer.
pub async fn web(answer: &'static str) -> SocketAddr {
    peer(move |mut stream| async move {
        while read_to(&mut stream, "</body>").await || read_to(&mut stream, "/>").await {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await
}
