//! What people are told: each error names its cause and who is to blame.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use xmpp_core::{
    ApiMisuse, Blame, Error, Phase, RequestError,
    sasl::{AuthError, Condition},
    stanza::{StanzaCondition, StanzaError},
    stream::{StreamCondition, StreamError},
    tls::{TlsError, TlsFailure},
    wire::WireError,
    xml::{Element, XmlError, XmlErrorKind},
};

/// Everything that ends a stream: the words that a person needs, and the blame.
#[test]
fn ends_of_streams() {
    let handshake = |certificate| {
        let failure = TlsFailure { certificate, reason: "not valid for example.org".into() };
        Error::Tls(TlsError::Handshake(failure))
    };
    let xml = XmlError { position: 7, kind: XmlErrorKind::Utf8 };
    let header = WireError::Header { condition: StreamCondition::BadFormat, detail: "no stream".into() };
    let carrier = WireError::Carrier(Arc::new(std::io::Error::other("the session is gone")));
    let rejected = AuthError::Rejected { condition: Condition::NotAuthorized, text: None };
    for (error, words, blame) in [
        (
            Error::Stream(StreamError::new(StreamCondition::Conflict, "replaced")),
            "conflict (replaced)",
            Blame::Peer,
        ),
        (
            Error::Peer(StreamError::new(StreamCondition::InvalidXml, "odd")),
            "broke the protocol: invalid-xml",
            Blame::Peer,
        ),
        (Error::Wire(WireError::Xml(xml)), "at byte 7", Blame::Peer),
        (Error::Wire(header), "no stream", Blame::Peer),
        (Error::Wire(WireError::Flood), "must wait", Blame::Peer),
        (Error::Wire(carrier), "the session is gone", Blame::Transport),
        (Error::Tls(TlsError::NotOffered), "does not offer it", Blame::Peer),
        (Error::Tls(TlsError::ClearTransport), "https or wss", Blame::Config),
        (Error::Tls(TlsError::RequiredByPeer), "the server requires it", Blame::Config),
        (Error::Tls(TlsError::Refused), "refused", Blame::Peer),
        (Error::Tls(TlsError::Injection), "injects", Blame::Peer),
        (handshake(true), "certificate is not accepted: not valid", Blame::Peer),
        (handshake(false), "handshake failed: not valid", Blame::Peer),
        (Error::Auth(rejected), "not-authorized", Blame::Config),
        (Error::Auth(AuthError::ServerSignature), "server", Blame::Peer),
        (
            Error::Bind(StanzaError::new(StanzaCondition::Conflict)),
            "refused the resource: conflict",
            Blame::Peer,
        ),
        (Error::OldPeer, "before version 1.0", Blame::Peer),
        (Error::FeatureMissing("resource binding"), "does not offer resource binding", Blame::Peer),
        (Error::Timeout(Phase::Tls), "no answer in time while TLS", Blame::Transport),
        (Error::Eof(Phase::Authentication), "cut during authentication", Blame::Transport),
        (Error::ClosedEarly(Phase::Binding), "closed the stream while the resource was bound", Blame::Peer),
    ] {
        let told = error.to_string();
        assert!(told.contains(words), "{words:?} in {told:?}");
        assert_eq!(error.blame(), blame, "{told}");
    }
}

/// Each phase has words of its own.
#[test]
fn phases() {
    let phases = [
        Phase::Opening,
        Phase::Tls,
        Phase::Authentication,
        Phase::Binding,
        Phase::Established,
        Phase::Closing,
    ];
    let told: std::collections::BTreeSet<_> = phases.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), phases.len());
}

/// Misuse and failed requests.
#[test]
fn verbs_and_requests() {
    let element = || Box::new("<message xmlns='jabber:client'/>".parse::<Element>().unwrap());
    for (error, words) in [
        (ApiMisuse::NotReady, "not established"),
        (ApiMisuse::Closed, "closed"),
        (ApiMisuse::NotAStanza(element()), "no complete stanza"),
        (ApiMisuse::NotRequested(element()), "no request awaits"),
        (ApiMisuse::Full(element()), "too much"),
        (ApiMisuse::TooManyRequests(element()), "too many requests"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let refused = RequestError::Refused {
        error: StanzaError::new(StanzaCondition::ServiceUnavailable).with_text("nobody there"),
        response: *element(),
    };
    assert!(refused.to_string().ends_with("service-unavailable (nobody there)"), "{refused}");
    assert!(RequestError::Timeout.to_string().contains("in time"));
    assert!(RequestError::Disconnected.to_string().contains("ended"));
    assert!(RequestError::Malformed(*element()).to_string().contains("malformed"));
}
