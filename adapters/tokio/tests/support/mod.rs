//! Peers and helpers for tests on real sockets.
#![allow(dead_code, unreachable_pub, unused_imports, reason = "every test file uses its own part")]

use std::{future::Future, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use xmpp_tokio::{
    Client, ClientConfig, Connector, Error, Event, SessionConfig,
    xmpp_core::{
        TlsPolicy,
        jid::FullJid,
        sasl::{AuthError, Condition},
        xml::{Element, ns},
    },
};

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

/// A chat message from the one to the other, who takes other events on the way.
pub async fn talk(from: &Client, to: &mut Client, words: &str) {
    let message = Element::build("message", ns::CLIENT)
        .attr("to", to.jid().as_str())
        .attr("type", "chat")
        .leaf("body", ns::CLIENT, words);
    from.send(message.finish().expect("a message")).await.expect("sent");
    loop {
        match soon(to.next()).await {
            Some(Event::Stanza(heard)) if heard.name() == "message" => {
                // Servers may keep capitals that the canonical form does not have.
                let told = FullJid::new(&heard.attr("from").expect("an address")).expect("an address");
                assert_eq!(told, *from.jid());
                assert_eq!(heard.child("body", ns::CLIENT).expect("a body").text(), words);
                return;
            }
            Some(Event::Stanza(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Whether the server refused the name or the password.
pub fn is_wrong_password(error: &Error) -> bool {
    matches!(
        error,
        Error::Stream {
            source: xmpp_core::Error::Auth(AuthError::Rejected { condition: Condition::NotAuthorized, .. }),
            ..
        }
    )
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
        while read_to(&mut stream, "/>").await {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await
}

#[cfg(feature = "server")]
pub use embedded::*;

#[cfg(feature = "server")]
mod embedded {
    use xmpp_tokio::{
        Client, Connector, Error, TlsSettings,
        server::{Running, ServeConfig, ThrowAway, serve},
        xmpp_core::{
            TlsPolicy,
            jid::FullJid,
            xml::{Element, ns},
        },
    };

    /// The project's own server for `example.org` with Romeo and Juliet, and what its clients must trust.
    pub struct Server {
        pub running: Running,
        pub tls: TlsSettings,
    }

    impl Server {
        pub async fn start(change: impl FnOnce(&mut ServeConfig)) -> Self {
            Self::start_as(&["example.org", "localhost"], change).await
        }

        /// With a certificate for these names.
        pub async fn start_as(names: &[&str], change: impl FnOnce(&mut ServeConfig)) -> Self {
            let made = ThrowAway::new(names).expect("a certificate");
            let mut config = ServeConfig::new("example.org");
            config.accounts = vec![
                ("romeo".to_owned(), "r0meo".to_owned()),
                ("juliet".to_owned(), "jul1et".to_owned()),
                ("08-00-00-1A-7C-62".to_owned(), "device".to_owned()),
            ];
            config.tls = Some(made.tls);
            config.https = Some(([127, 0, 0, 1], 0).into());
            change(&mut config);
            if config.tls.is_none() {
                config.https = None;
            }
            let tls = TlsSettings::none().with_ca_pem(made.ca_pem.as_bytes()).expect("it was just made");
            Self { running: serve(config).await.expect("it runs"), tls }
        }

        pub fn tcp(&self, address: &str, password: &str) -> Connector {
            self.tcp_as(address, password, TlsPolicy::Required)
        }

        /// By BOSH, under the name that the certificate is for.
        pub async fn https(&self, address: &str, password: &str) -> Result<Client, Error> {
            let https = self.running.https_addr.expect("it listens");
            let url = format!("https://localhost:{}/http-bind", https.port());
            let config = super::account(address, password, TlsPolicy::Required);
            Connector::new(config).tls(self.tls.clone()).bosh(&url).await
        }

        /// Over TCP; the application answers requests of this namespace.
        pub fn claiming(&self, address: &str, password: &str, ns: &str) -> Connector {
            let mut config = super::account(address, password, TlsPolicy::Required);
            config.claims.push(ns.to_owned());
            let tcp = self.running.tcp_addr;
            Connector::new(config).host(tcp.ip().to_string()).port(tcp.port()).tls(self.tls.clone())
        }

        pub fn tcp_as(&self, address: &str, password: &str, policy: TlsPolicy) -> Connector {
            super::connector(address, password, policy, self.running.tcp_addr).tls(self.tls.clone())
        }
    }

    /// A request with this payload.
    pub fn iq(kind: &str, to: &str, name: &str, ns: &str) -> Element {
        Element::build("iq", ns::CLIENT)
            .attr("type", kind)
            .attr("to", to)
            .empty(name, ns)
            .finish()
            .expect("a request")
    }

    pub fn message(to: &FullJid, body: &str) -> Element {
        Element::build("message", ns::CLIENT)
            .attr("to", to.as_str())
            .attr("type", "chat")
            .leaf("body", ns::CLIENT, body)
            .finish()
            .expect("a message")
    }
}
