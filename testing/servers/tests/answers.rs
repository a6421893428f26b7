//! Both servers start and answer: streams over TCP, BOSH over HTTP and HTTPS, with the asked-for policy.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

mod http;
mod talk;

use http::{CREATE, attribute, log_in, post, tls};
use talk::{HEADER, accounts, ask, connect, each};

#[test]
fn a_stream_over_tcp_offers_starttls_and_the_certificate_holds() {
    for server in each(|setup| setup) {
        let mut socket = connect(server.c2s_addr());
        let features = ask(&mut socket, HEADER, "</stream:features>");
        assert!(features.contains("urn:ietf:params:xml:ns:xmpp-tls"), "{features}");
        assert!(!features.contains("<mechanism>"), "TLS is required first: {features}");
        ask(&mut socket, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed");
        let features = ask(&mut tls(&server, socket), HEADER, "</stream:features>");
        for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
            assert!(
                features.contains(&format!("<mechanism>{mechanism}</mechanism>")),
                "{mechanism}: {features}"
            );
        }
    }
}

#[test]
fn without_required_tls_a_stream_offers_mechanisms_at_once() {
    for server in each(|setup| setup.tls_required(false)) {
        let features = ask(&mut connect(server.c2s_addr()), HEADER, "</stream:features>");
        assert!(features.contains("urn:ietf:params:xml:ns:xmpp-tls"), "{features}");
        assert!(features.contains("<mechanism>SCRAM-SHA-1</mechanism>"), "{features}");
    }
}

#[test]
fn every_account_can_log_in_over_plain_bosh_and_nobody_else() {
    for server in each(|setup| setup) {
        for path in server.bosh_paths() {
            let session = || {
                let (status, answer) = post(connect(server.http_addr()), path, CREATE);
                assert_eq!(status, 200, "{answer}");
                assert!(answer.contains("<mechanism>PLAIN</mechanism>"), "{answer}");
                attribute(&answer, "sid").to_owned()
            };
            for (name, password) in accounts().iter() {
                let answer = log_in(&server, path, &session(), name, password);
                assert!(answer.contains("<success"), "{name} on {}: {answer}", server.kind());
            }
            let answer = log_in(&server, path, &session(), "application", "a guess");
            assert!(answer.contains("not-authorized"), "{answer}");
        }
    }
}

#[test]
fn bosh_over_https_answers_with_the_same_certificate() {
    for server in each(|setup| setup) {
        for path in server.bosh_paths() {
            let (status, answer) = post(tls(&server, connect(server.https_addr())), path, CREATE);
            assert_eq!(status, 200, "{answer}");
            assert!(answer.contains("<mechanism>SCRAM-SHA-256</mechanism>"), "{answer}");
        }
    }
}

#[test]
fn plain_bosh_can_be_forbidden() {
    for server in each(|setup| setup.plain_bosh(false)) {
        let (status, answer) = post(connect(server.http_addr()), "/http-bind", CREATE);
        assert!(status == 404 || !answer.contains("<mechanism>"), "{status} {answer}");
        let (status, answer) = post(tls(&server, connect(server.https_addr())), "/http-bind", CREATE);
        assert!(status == 200 && answer.contains("<mechanism>"), "{status} {answer}");
    }
}

#[test]
fn the_bases_name_the_ports_and_the_hosts_of_the_certificate() {
    for server in each(|setup| setup) {
        assert_eq!(server.http_base(), format!("http://127.0.0.1:{}", server.http_addr().port()));
        assert_eq!(server.https_base(), format!("https://localhost:{}", server.https_addr().port()));
        assert_eq!(server.bosh_paths().first(), Some(&"/http-bind"));
    }
}
