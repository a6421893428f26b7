//! A whole login over BOSH, and what goes wrong in it.
#![cfg(feature = "server")]

mod support;

use std::time::Duration;

use support::{Server, account, dead_port, is_wrong_password, peer, read_to, soon, talk, web};
use xmpp_tokio::{
    Client, Connector, Error,
    bosh_core::BoshError,
    xmpp_core::{self, TlsPolicy, tls::TlsError, wire::WireError},
};

async fn converse(a: &mut Client, b: &mut Client) {
    for round in 0..5 {
        talk(a, b, &format!("question {round}")).await;
        talk(b, a, &format!("answer {round}")).await;
    }
}

/// The device logs in over https, the application over TCP.
#[tokio::test]
async fn login_over_https_and_messages_each_way() {
    let server = Server::start(|_| {}).await;
    let mut application =
        soon(server.tcp("juliet@example.org/balcony", "jul1et").connect()).await.expect("login");
    let mut device = soon(server.https("08-00-00-1A-7C-62@example.org/ilon", "device")).await.expect("login");
    assert_eq!(device.jid().to_string(), "08-00-00-1a-7c-62@example.org/ilon");
    converse(&mut application, &mut device).await;
    soon(device.close()).await;
    soon(application.close()).await;
    soon(server.running.shutdown()).await;
}

/// The device that can only speak plain HTTP says so, and so does the server; every usual path leads there.
#[tokio::test]
async fn login_over_http_where_both_allow_it() {
    let server = Server::start(|config| config.clear_bosh = true).await;
    let mut devices = Vec::new();
    for path in ["http-bind", "httpbind", "bosh"] {
        let url = format!("http://{}/{path}", server.running.http_addr);
        let device = account(&format!("romeo@example.org/{path}"), "r0meo", TlsPolicy::Disabled);
        devices.push(soon(Client::bosh(device, &url)).await.expect("login"));
    }
    let [first, second, ..] = &mut devices[..] else { panic!("three") };
    converse(first, second).await;
}

/// TLS-07: `required` means https.
#[tokio::test]
async fn plain_http_under_required_sends_nothing() {
    let address = peer(|_stream| async { panic!("nothing may be sent") }).await;
    let error =
        soon(Client::bosh(account("a@example.org", "p", TlsPolicy::Required), &format!("http://{address}/")))
            .await
            .expect_err("it must fail");
    assert!(
        matches!(&error, Error::Stream { source: xmpp_core::Error::Tls(TlsError::ClearTransport), .. }),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_password() {
    let server = Server::start(|_| {}).await;
    let error = soon(server.https("romeo@example.org", "wrong")).await.expect_err("it must fail");
    assert!(is_wrong_password(&error), "{error}");
}

/// What the carrier says of an endpoint that is none.
async fn carrier_error(url: &str) -> BoshError {
    let login = Client::bosh(account("a@example.org", "p", TlsPolicy::Disabled), url);
    let error = soon(login).await.expect_err("it must fail");
    assert!(error.to_string().contains(url), "{error}");
    match error {
        Error::Stream { source: xmpp_core::Error::Wire(WireError::Carrier(inside)), .. } => {
            inside.downcast_ref::<BoshError>().expect("an error of BOSH").clone()
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn endpoint_that_answers_404() {
    let address = web("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot here.").await;
    let error = carrier_error(&format!("http://{address}/http-bind")).await;
    assert!(matches!(error, BoshError::NotAConnectionManager { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn endpoint_that_answers_html() {
    let address = web(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 40\r\n\r\n<!doctype html><title>It works!</title>\n",
    )
    .await;
    let error = carrier_error(&format!("http://{address}/http-bind")).await;
    assert!(matches!(error, BoshError::NotAConnectionManager { status: 200, .. }), "{error}");
}

#[tokio::test]
async fn endpoint_that_closes_without_an_answer() {
    let address = peer(|mut stream| async move {
        read_to(&mut stream, "/>").await;
    })
    .await;
    let error = carrier_error(&format!("http://{address}/http-bind")).await;
    assert!(matches!(error, BoshError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn endpoint_that_is_silent() {
    let address = peer(|mut stream| async move {
        read_to(&mut stream, "never").await;
    })
    .await;
    let mut config = account("a@example.org", "p", TlsPolicy::Disabled);
    config.client.negotiation_timeout = Duration::from_millis(500);
    let error = soon(Client::bosh(config, &format!("http://{address}/"))).await.expect_err("it must fail");
    assert!(matches!(&error, Error::Stream { source: xmpp_core::Error::Timeout(_), .. }), "{error}");
}

#[tokio::test]
async fn endpoint_that_answers_without_end() {
    let address = peer(|mut stream| async move {
        use tokio::io::AsyncWriteExt;
        read_to(&mut stream, "/>").await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<body xmlns='http://jabber.org/protocol/httpbind'>").await;
        while stream.write_all(&[b' '; 4096]).await.is_ok() {}
    })
    .await;
    let error = carrier_error(&format!("http://{address}/")).await;
    assert!(matches!(error, BoshError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn endpoint_that_is_not_there() {
    let error = carrier_error(&format!("http://{}/http-bind", dead_port().await)).await;
    assert!(matches!(&error, BoshError::Unreachable { reason, .. } if reason.contains("refused")), "{error}");
    let error = carrier_error("http://no-such-host.invalid/http-bind").await;
    assert!(
        matches!(&error, BoshError::Unreachable { reason, .. } if reason.contains("no-such-host.invalid")),
        "{error}"
    );
}

/// Over https the certificate is the URL's host's.
#[tokio::test]
async fn certificate_of_another_host() {
    let server = Server::start_as(&["example.org"], |_| {}).await;
    let error = soon(server.https("romeo@example.org", "r0meo")).await.expect_err("it must fail");
    let text = error.to_string();
    assert!(
        text.contains("certificate") && text.contains("localhost") && text.contains("example.org"),
        "{text}"
    );
}

#[tokio::test]
async fn urls_that_are_none() {
    for url in [
        "",
        "example.org",
        "ftp://example.org/",
        "http:///http-bind",
        "https://user@example.org/",
        "http://exa mple/",
    ] {
        let login = Connector::new(account("a@example.org", "p", TlsPolicy::Disabled)).bosh(url);
        let error = soon(login).await.expect_err("it must fail");
        assert!(matches!(&error, Error::Url { url: told, .. } if told == url), "{url:?}: {error}");
    }
}
