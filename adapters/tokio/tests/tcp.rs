//! A whole login over TCP with STARTTLS and SCRAM, and what goes wrong in it.
#![cfg(feature = "server")]

mod support;

use support::{Server, is_wrong_password, soon, talk};
use xmpp_tokio::{
    Error, TlsSettings,
    xmpp_core::{
        self, TlsPolicy,
        tls::{TlsError, TlsFailure},
    },
};

/// TLS-01, TLS-06: STARTTLS, a new header, SCRAM, bind; then a message each way.
#[tokio::test]
async fn login_and_a_message_each_way() {
    let server = Server::start(|_| {}).await;
    let mut romeo = soon(server.tcp("romeo@example.org/orchard", "r0meo").connect()).await.expect("login");
    let mut juliet = soon(server.tcp("juliet@example.org/balcony", "jul1et").connect()).await.expect("login");
    assert_eq!(romeo.jid().to_string(), "romeo@example.org/orchard");
    talk(&romeo, &mut juliet, "hello").await;
    talk(&juliet, &mut romeo, "hello yourself").await;
    soon(romeo.close()).await;
    soon(juliet.close()).await;
    soon(server.running.shutdown()).await;
}

#[tokio::test]
async fn wrong_password() {
    let server = Server::start(|_| {}).await;
    for who in ["romeo@example.org", "nobody@example.org"] {
        let error = soon(server.tcp(who, "wrong").connect()).await.expect_err("it must fail");
        assert!(is_wrong_password(&error), "{error}");
        assert!(error.to_string().contains("example.org"), "{error}");
    }
}

fn certificate_failure(error: &Error) -> &TlsFailure {
    match error {
        Error::Stream { source: xmpp_core::Error::Tls(TlsError::Handshake(failure)), .. } => {
            assert!(failure.certificate, "{error}");
            failure
        }
        other => panic!("{other}"),
    }
}

/// STR-27: the certificate must be for the domain, and one for the host does not help.
#[tokio::test]
async fn certificate_of_another_name() {
    let server = Server::start_as(&["127.0.0.1", "localhost", "example.com"], |_| {}).await;
    for host in ["127.0.0.1", "localhost"] {
        let connector = server.tcp("romeo@example.org", "r0meo").host(host);
        let error = soon(connector.connect()).await.expect_err("it must fail");
        let reason = &certificate_failure(&error).reason;
        assert!(reason.contains("example.org") && reason.contains("example.com"), "{reason}");
    }
}

/// STR-27
#[tokio::test]
async fn authority_that_is_not_trusted() {
    let server = Server::start(|_| {}).await;
    for tls in [TlsSettings::default(), TlsSettings::none()] {
        let connector = server.tcp("romeo@example.org", "r0meo").tls(tls);
        let error = soon(connector.connect()).await.expect_err("it must fail");
        assert!(certificate_failure(&error).reason.contains("no trusted authority"), "{error}");
    }
}

/// TLS-07: in clear only where both sides say so, and never against the will of the server.
#[tokio::test]
async fn policies() {
    let clear = Server::start(|config| {
        config.policy = TlsPolicy::Disabled;
        config.tls = None;
    })
    .await;
    let strict = Server::start(|_| {}).await;
    for (server, policy, works) in [
        (&clear, TlsPolicy::Disabled, true),
        (&clear, TlsPolicy::IfPossible, true),
        (&clear, TlsPolicy::Required, false),
        (&strict, TlsPolicy::Disabled, false),
        (&strict, TlsPolicy::IfPossible, true),
    ] {
        let outcome = soon(server.tcp_as("romeo@example.org", "r0meo", policy).connect()).await;
        match outcome {
            Ok(client) if works => soon(client.close()).await,
            Err(Error::Stream { source: xmpp_core::Error::Tls(error), .. }) if !works => {
                let expected = if policy == TlsPolicy::Required {
                    TlsError::NotOffered
                } else {
                    TlsError::RequiredByPeer
                };
                assert_eq!(error, expected);
            }
            other => panic!("{policy:?}: {other:?}"),
        }
    }
}

/// A domain with letters outside of ASCII is certified under its ASCII form.
#[tokio::test]
async fn internationalised_domain() {
    let server =
        Server::start_as(&["bücher.example"], |config| config.domain = "bücher.example".to_owned()).await;
    let client = soon(server.tcp("romeo@bücher.example", "r0meo").connect()).await.expect("login");
    assert_eq!(client.jid().domain(), "bücher.example");
}
