//! How the bytes of a stream were cut into pieces changes nothing (XML-12, RFC 6120 §8.1).

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use support::{Log, Pair};
use xmpp_core::{TlsPolicy, xml::Element};

/// A whole life: login, messages with all kinds of content, a request, a close.
fn life(password: &str, tls: TlsPolicy, cut: impl FnMut() -> usize) -> Log {
    live(Pair::new(password, tls), cut)
}

fn live(mut pair: Pair, mut cut: impl FnMut() -> usize) -> Log {
    pair.run(&mut cut);
    if pair.client.speaker().jid().is_some() {
        for body in ["hello", "a &lt; b &amp;amp; c", "<![CDATA[<raw>]]>", "Grüße \u{1f389}&#10;", "]]&gt;"]
        {
            let message: Element =
                format!("<message xmlns='jabber:client' to='romeo@example.org' type='chat'><body>{body}</body></message>").parse().unwrap();
            pair.client.send(pair.now, message).unwrap();
        }
        let ping: Element =
            "<iq xmlns='jabber:client' type='get' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>"
                .parse()
                .unwrap();
        pair.client.request(pair.now, ping, Duration::from_secs(10)).unwrap();
        pair.run(&mut cut);
        pair.client.close(pair.now);
        pair.run(&mut cut);
    }
    pair.log
}

/// The whole life ends well over each policy, and the wrong password is told as such.
#[test]
fn whole_buffers() {
    for tls in [TlsPolicy::Required, TlsPolicy::IfPossible, TlsPolicy::Disabled] {
        let log = life("secret", tls, || usize::MAX);
        assert_eq!(
            log.client.iter().filter(|event| event.starts_with("Stanza(")).count(),
            5,
            "{:#?}",
            log.client
        );
        assert!(log.client.iter().any(|event| event.starts_with("Response") && event.contains("Ok(")));
        assert_eq!(
            log.client.iter().filter(|mark| *mark == "StartTls").count(),
            usize::from(tls != TlsPolicy::Disabled)
        );
        assert_eq!(log.client.last().map(String::as_str), Some("Closed(Ok(()))"));
        assert_eq!(log.server.last().map(String::as_str), Some("Closed(Ok(()))"));
    }
    let log = life("wrong", TlsPolicy::Required, || usize::MAX);
    assert!(log.client.last().unwrap().contains("NotAuthorized"), "{:#?}", log.client);
}

/// SASL-05, STR-23: nobody writes white space between the elements of a negotiation.
#[test]
fn no_white_space_is_sent() {
    let log = life("secret", TlsPolicy::Disabled, || usize::MAX);
    for bytes in [&log.client_bytes, &log.server_bytes] {
        let text = String::from_utf8_lossy(bytes);
        let negotiation = text.split("</iq>").next().unwrap();
        assert!(!negotiation.contains("> ") && !negotiation.contains(">\n"), "{negotiation}");
    }
}

/// XEP-0077 §3.1.1: the same with an account that is made on the way.
#[test]
fn registration() {
    for tls in [TlsPolicy::Required, TlsPolicy::Disabled] {
        let log = live(Pair::registering("n3w", tls), || usize::MAX);
        assert!(log.server.iter().any(|event| event.starts_with("Register ")), "{:#?}", log.server);
        assert_eq!(log.client.last().map(String::as_str), Some("Closed(Ok(()))"));
        for cut in [1, 2, 7] {
            assert_eq!(live(Pair::registering("n3w", tls), || cut), log);
        }
    }
}

#[test]
fn one_byte_at_a_time() {
    for tls in [TlsPolicy::Required, TlsPolicy::Disabled] {
        assert_eq!(life("secret", tls, || 1), life("secret", tls, || usize::MAX));
    }
    assert_eq!(life("wrong", TlsPolicy::Required, || 1), life("wrong", TlsPolicy::Required, || usize::MAX));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// XML-12, STR-11: any cut gives the same events, the same bytes and the same end.
    #[test]
    fn any_cut(sizes in prop::collection::vec(1usize..90, 1..40), tls in 0usize..3) {
        let tls = [TlsPolicy::Required, TlsPolicy::IfPossible, TlsPolicy::Disabled][tls];
        let mut cycle = sizes.iter().copied().cycle();
        let cut = life("secret", tls, || cycle.next().unwrap());
        prop_assert_eq!(cut, life("secret", tls, || usize::MAX));
    }
}
