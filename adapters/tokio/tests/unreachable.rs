//! Hosts that cannot be reached, and peers that are no XMPP server: each a typed error that names the cause.

mod support;

use std::time::Duration;

use support::{account, connector, dead_port, offers, opening, peer, read_to, soon};
use tokio::{io::AsyncWriteExt, time::Instant};
use xmpp_tokio::{
    Client, Connector, Error,
    xmpp_core::{self, Phase, TlsPolicy, sasl::AuthError, tls::TlsError},
};

async fn fails(connector: Connector) -> Error {
    soon(connector.connect()).await.expect_err("it must fail")
}

async fn stream_error(connector: Connector) -> xmpp_core::Error {
    match fails(connector).await {
        Error::Stream { source, .. } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn unknown_host() {
    let connector =
        Connector::new(account("a@example.org", "p", TlsPolicy::Required)).host("no-such-host.invalid");
    let error = fails(connector).await;
    assert!(matches!(&error, Error::Resolve { host, .. } if host == "no-such-host.invalid"), "{error}");
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn refused_port() {
    let port = dead_port().await;
    let error = fails(connector("a@example.org", "p", TlsPolicy::Required, port)).await;
    assert!(matches!(&error, Error::Connect { peer, .. } if *peer == port.to_string()), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

/// The domain is where the connection goes unless a host is given.
#[tokio::test]
async fn the_domain_is_the_default_host() {
    let config = account("a@no-such-domain.invalid", "p", TlsPolicy::Required);
    let error = soon(Client::connect(config)).await.expect_err("there is no such domain");
    assert!(matches!(&error, Error::Resolve { host, .. } if host == "no-such-domain.invalid"), "{error}");
}

/// A full backlog leaves a connection attempt without any answer.
#[tokio::test]
async fn silent_host_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    let mut filling = Vec::new();
    // The backlog of std is bounded (128 or 4096); fill it until attempts hang.
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        filling.push(stream);
    }
    let start = Instant::now();
    let slow = connector("a@example.org", "p", TlsPolicy::Required, address);
    let error = fails(slow.connect_timeout(Duration::from_millis(500))).await;
    assert!(matches!(&error, Error::ConnectTimeout { .. }), "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// Accepts and says nothing.
#[tokio::test]
async fn silent_peer_is_given_up() {
    let address = peer(|mut stream| async move {
        read_to(&mut stream, "never").await;
    })
    .await;
    let mut config = account("a@example.org", "p", TlsPolicy::Required);
    config.client.negotiation_timeout = Duration::from_millis(300);
    let connector = Connector::new(config).host("127.0.0.1").port(address.port());
    assert!(matches!(stream_error(connector).await, xmpp_core::Error::Timeout(Phase::Opening)));
}

#[tokio::test]
async fn peer_that_closes_mid_login() {
    for (answer, phase) in [
        (String::new(), Phase::Opening),
        (
            opening(
                "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>",
            ),
            Phase::Authentication,
        ),
    ] {
        let address = peer(move |mut stream| {
            let answer = answer.clone();
            async move {
                read_to(&mut stream, "version=").await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if !answer.is_empty() {
                    read_to(&mut stream, "</auth>").await;
                }
            }
        })
        .await;
        let error = stream_error(connector("a@example.org", "p", TlsPolicy::Disabled, address)).await;
        assert!(matches!(error, xmpp_core::Error::Eof(at) if at == phase), "{error}");
    }
}

#[tokio::test]
async fn peer_that_speaks_another_protocol() {
    let address = peer(|mut stream| async move {
        let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n").await;
        read_to(&mut stream, "</stream").await;
    })
    .await;
    let error = stream_error(connector("a@example.org", "p", TlsPolicy::Required, address)).await;
    assert!(matches!(error, xmpp_core::Error::Wire(_)), "{error}");
}

/// TLS-07: required is required.
#[tokio::test]
async fn server_without_tls() {
    let address = offers(
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>",
    )
    .await;
    let error = stream_error(connector("a@example.org", "p", TlsPolicy::Required, address)).await;
    assert!(matches!(error, xmpp_core::Error::Tls(TlsError::NotOffered)), "{error}");
}

#[tokio::test]
async fn server_without_usable_mechanism() {
    let address = offers(
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>KERBEROS_V4</mechanism></mechanisms>",
    )
    .await;
    let error = stream_error(connector("a@example.org", "p", TlsPolicy::Disabled, address)).await;
    assert!(
        matches!(&error, xmpp_core::Error::Auth(AuthError::NoMechanism { offered, .. }) if *offered == ["KERBEROS_V4"]),
        "{error}"
    );
}

/// TLS-03: bytes in clear behind `<proceed/>`.
#[tokio::test]
async fn injected_clear_text() {
    let address = peer(|mut stream| async move {
        read_to(&mut stream, "version=").await;
        let _ =
            stream.write_all(opening("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").as_bytes()).await;
        read_to(&mut stream, "<starttls").await;
        let _ = stream.write_all(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>").await;
        read_to(&mut stream, "never").await;
    })
    .await;
    let error = stream_error(connector("a@example.org", "p", TlsPolicy::Required, address)).await;
    assert!(matches!(error, xmpp_core::Error::Tls(TlsError::Injection)), "{error}");
}

/// TLS-05: what follows `<proceed/>` is no TLS.
#[tokio::test]
async fn failed_handshake() {
    let address = peer(|mut stream| async move {
        read_to(&mut stream, "version=").await;
        let _ =
            stream.write_all(opening("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").as_bytes()).await;
        read_to(&mut stream, "<starttls").await;
        let _ = stream.write_all(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        let mut hello = [0; 16];
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
        let _ = stream.write_all(b"this is no TLS record").await;
        read_to(&mut stream, "never").await;
    })
    .await;
    let error = stream_error(connector("a@example.org", "p", TlsPolicy::Required, address)).await;
    assert!(
        matches!(&error, xmpp_core::Error::Tls(TlsError::Handshake(failure)) if !failure.certificate),
        "{error}"
    );
}

/// A password in a URL is of no use, and errors are read by others.
#[tokio::test]
async fn a_password_in_a_url_is_not_shown() {
    let config = account("romeo@example.org/a", "r0meo", TlsPolicy::Required);
    for url in ["https://romeo:pa55@example.org/http-bind", "ftp://romeo:pa55@example.org/"] {
        let error = Connector::new(config.clone()).bosh(url).await.expect_err("it is refused");
        assert!(!format!("{error} {error:?}").contains("pa55"), "{error}");
        assert!(error.to_string().contains("example.org"), "{error}");
    }
}
