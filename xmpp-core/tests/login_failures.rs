//! Every way in which a login can fail ends with one typed error, and with the right last words.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::time::Duration;

use support::{HEADER, Scripted, client_config, features};
use xmpp_core::{
    ClientConfig, Error, Phase, SessionConfig, TlsPolicy,
    sasl::{AuthError, Condition, Mechanism, Withheld},
    stanza::StanzaCondition,
    stream::StreamCondition,
    tls::{TlsError, TlsFailure, TlsInfo},
    wire::WireError,
};

const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PLAIN: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
const SCRAM: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";

fn client(tls: TlsPolicy) -> Scripted {
    let mut config = client_config("secret", tls);
    config.client.sasl = config.client.sasl.plain_without_tls(true);
    let mut client = Scripted::new(config);
    client.sent.clear();
    client
}

/// A client that has sent `<auth/>` for the one mechanism of these features.
fn authenticating(mechanisms: &str) -> Scripted {
    let mut client = client(TlsPolicy::Disabled);
    assert!(client.hear(&format!("{HEADER}{}", features(mechanisms))).starts_with("<auth "));
    client
}

fn binding() -> Scripted {
    let mut client = authenticating(PLAIN);
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    assert!(client.hear(&format!("{HEADER}{}", features(BIND))).starts_with("<iq "));
    client
}

/// SASL-07: a wrong password is an authentication error, and the list being exhausted the stream is closed.
#[test]
fn wrong_password() {
    let mut client = authenticating(PLAIN);
    let last = client
        .hear("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>no</text></failure>");
    assert_eq!(last, "</stream:stream>");
    assert_eq!(client.marks, ["Shutdown"]);
    let Err(Error::Auth(AuthError::Rejected { condition, text })) = client.closed() else { panic!() };
    assert_eq!((condition, text.as_deref()), (Condition::NotAuthorized, Some("no")));
}

/// SASL-01, SASL-03: nothing that is offered may be used.
#[test]
fn no_usable_mechanism() {
    for offered in [
        "",
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>GSSAPI</mechanism></mechanisms>",
    ] {
        let mut client = client(TlsPolicy::Disabled);
        assert_eq!(client.hear(&format!("{HEADER}{}", features(offered))), "</stream:stream>");
        assert!(matches!(client.closed(), Err(Error::Auth(AuthError::NoMechanism { .. }))));
    }
}

/// SASL-14: PLAIN is not used in clear unless the caller says so.
#[test]
fn plain_is_withheld_in_clear() {
    let mut client = Scripted::new(client_config("secret", TlsPolicy::Disabled));
    client.sent.clear();
    assert_eq!(client.hear(&format!("{HEADER}{}", features(PLAIN))), "</stream:stream>");
    let Err(Error::Auth(AuthError::NoMechanism { withheld, .. })) = client.closed() else { panic!() };
    assert_eq!(withheld, [(Mechanism::Plain, Withheld::InClear)]);
}

/// SASL-06, SASL-04, MEC-08: a server that breaks the mechanism is told, and nothing else is tried with it.
#[test]
fn broken_challenge_is_aborted() {
    for challenge in ["cj1mb3JnZWQscz1BQUFBLGk9NDA5Ng==", "not base64!", ""] {
        let mut client = authenticating(SCRAM);
        let last = client
            .hear(&format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>"));
        assert_eq!(last, "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:stream>", "{challenge}");
        assert!(matches!(client.closed(), Err(Error::Auth(AuthError::Nonce | AuthError::Malformed(_)))));
    }
}

/// SASL-11: success before the server has proved anything is no success.
#[test]
fn success_without_signature() {
    let mut client = authenticating(SCRAM);
    assert_eq!(client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), "</stream:stream>");
    assert!(matches!(client.closed(), Err(Error::Auth(AuthError::SuccessTooEarly))));
}

/// TLS-07: the policy against what the server offers.
#[test]
fn tls_policies() {
    let mut required = client(TlsPolicy::Required);
    assert_eq!(required.hear(&format!("{HEADER}{}", features(PLAIN))), "</stream:stream>");
    assert!(matches!(required.closed(), Err(Error::Tls(TlsError::NotOffered))));

    let mut disabled = client(TlsPolicy::Disabled);
    assert_eq!(disabled.hear(&format!("{HEADER}{}", features(STARTTLS))), "</stream:stream>");
    assert!(matches!(disabled.closed(), Err(Error::Tls(TlsError::RequiredByPeer))));

    let mut if_possible = client(TlsPolicy::IfPossible);
    assert!(if_possible.hear(&format!("{HEADER}{}", features(PLAIN))).starts_with("<auth "));
    let mut if_possible = client(TlsPolicy::IfPossible);
    let starttls = if_possible.hear(&format!("{HEADER}{}", features(&format!("{STARTTLS}{PLAIN}"))));
    assert!(starttls.starts_with("<starttls "), "{starttls}");
}

/// TLS-02: a refusal of what was offered.
#[test]
fn starttls_refused() {
    let mut client = client(TlsPolicy::Required);
    client.hear(&format!("{HEADER}{}", features(STARTTLS)));
    assert_eq!(client.hear("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), "</stream:stream>");
    assert!(matches!(client.closed(), Err(Error::Tls(TlsError::Refused))));
}

/// TLS-03: clear text behind `<proceed/>`, in the same piece or before the handshake is over. Not a word is said.
#[test]
fn injected_clear_text() {
    for injected in ["\n", "<", "<message/>", "x"] {
        let mut together = client(TlsPolicy::Required);
        together.hear(&format!("{HEADER}{}", features(STARTTLS)));
        assert_eq!(together.hear(&format!("{PROCEED}{injected}")), "");
        assert_eq!(together.marks, ["Shutdown"]);
        assert!(matches!(together.closed(), Err(Error::Tls(TlsError::Injection))));

        let mut later = client(TlsPolicy::Required);
        later.hear(&format!("{HEADER}{}", features(STARTTLS)));
        later.hear(PROCEED);
        assert_eq!(later.hear(injected), "");
        assert_eq!(later.tls(Ok(TlsInfo::default())), "");
        assert_eq!(later.marks, ["StartTls", "Shutdown"]);
        assert!(matches!(later.closed(), Err(Error::Tls(TlsError::Injection))));
    }
}

/// TLS-05: after a failed handshake nothing is said.
#[test]
fn certificate_of_another_name() {
    let mut client = client(TlsPolicy::Required);
    client.hear(&format!("{HEADER}{}", features(STARTTLS)));
    client.hear(PROCEED);
    let failure = TlsFailure { certificate: true, reason: "not valid for example.org".into() };
    assert_eq!(client.tls(Err(failure.clone())), "");
    let error = client.closed().unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(matches!(error, Error::Tls(TlsError::Handshake(f)) if f == failure));
}

/// TLS-04, TLS-06, STR-05: after TLS all begins anew, now with our address; STARTTLS offered again is ignored.
#[test]
fn after_tls_a_new_stream() {
    let mut client = client(TlsPolicy::Required);
    client.hear(&format!("{HEADER}{}", features(STARTTLS)));
    client.hear(PROCEED);
    let header = client.tls(Ok(TlsInfo::default()));
    assert!(header.starts_with("<?xml version='1.0'?><stream:stream "), "{header}");
    assert!(header.contains(" from='juliet@example.org'"), "{header}");
    assert!(
        client.hear(&format!("{HEADER}{}", features(&format!("{STARTTLS}{PLAIN}")))).starts_with("<auth ")
    );
}

/// STR-03, STR-04, STR-05: before TLS the header names the domain only.
#[test]
fn header_in_clear_does_not_tell_who_we_are() {
    let client = Scripted::new(client_config("secret", TlsPolicy::Required));
    assert!(
        client.sent.contains(" to='example.org'") && client.sent.contains(" version='1.0'"),
        "{}",
        client.sent
    );
    assert!(client.sent.contains(" xmlns='jabber:client'"), "{}", client.sent);
    assert!(!client.sent.contains("juliet") && !client.sent.contains(" id="), "{}", client.sent);
}

/// STR-16: a stream error of the server is reported and the stream closed.
#[test]
fn unknown_host() {
    let mut client = client(TlsPolicy::Required);
    let error = "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    assert_eq!(client.hear(&format!("{HEADER}{error}")), "</stream:stream>");
    let Err(Error::Stream(error)) = client.closed() else { panic!() };
    assert_eq!(error.condition, StreamCondition::HostUnknown);
}

/// STR-08: a server from before XMPP 1.0.
#[test]
fn old_server() {
    let mut client = client(TlsPolicy::Required);
    let header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1'>";
    assert_eq!(client.hear(header), "</stream:stream>");
    assert!(matches!(client.closed(), Err(Error::OldPeer)));
}

/// XML-04, STR-16: what is no XML is answered with its condition.
#[test]
fn a_peer_that_is_no_xmpp_server() {
    for (bytes, condition) in [
        ("HTTP/1.1 400 Bad Request\r\n", "not-well-formed"),
        ("<html><body>", "invalid-namespace"),
        ("<?xml version='1.0'?><!DOCTYPE x><x/>", "restricted-xml"),
    ] {
        let mut client = client(TlsPolicy::Required);
        let last = client.hear(bytes);
        assert!(last.contains(condition), "{bytes}: {last}");
        assert!(last.ends_with("</stream:stream>"), "{last}");
        assert!(matches!(client.closed(), Err(Error::Wire(WireError::Xml(_) | WireError::Header { .. }))));
    }
}

/// STR-30: the peer leaves at each step of the login: told with the step, never a hang.
#[test]
fn peer_leaves_mid_login() {
    let starttls = || {
        let mut client = client(TlsPolicy::Required);
        client.hear(&format!("{HEADER}{}", features(STARTTLS)));
        client
    };
    let header = || {
        let mut client = client(TlsPolicy::Required);
        client.hear(HEADER);
        client
    };
    let steps: [(fn() -> Scripted, Phase); 3] = [
        (|| client(TlsPolicy::Required), Phase::Opening),
        (|| authenticating(SCRAM), Phase::Authentication),
        (binding, Phase::Binding),
    ];
    for (step, phase) in steps {
        let mut cut = step();
        cut.eof();
        assert!(matches!(cut.closed(), Err(Error::Eof(at)) if at == phase), "{phase}");
        let mut silent = step();
        silent.sleep(Duration::from_secs(31));
        assert!(matches!(silent.closed(), Err(Error::Timeout(at)) if at == phase), "{phase}");
    }
    for (mut client, phase) in [
        (header(), Phase::Opening),
        (starttls(), Phase::Tls),
        (authenticating(SCRAM), Phase::Authentication),
        (binding(), Phase::Binding),
    ] {
        assert_eq!(client.hear("</stream:stream>"), "</stream:stream>");
        assert!(matches!(client.closed(), Err(Error::ClosedEarly(at)) if at == phase), "{phase}");
    }
}

/// BND-03: the server refuses the resource.
#[test]
fn bind_refused() {
    let mut client = authenticating(PLAIN);
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    let bind = client.hear(&format!("{HEADER}{}", features(BIND)));
    let id = support::attribute(&bind, "id");
    client.hear(&format!("<iq type='error' id='{id}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"));
    let Err(Error::Bind(error)) = client.closed() else { panic!() };
    assert_eq!(error.condition, StanzaCondition::ResourceConstraint);
}

/// BND-05: a conflict is known by its condition, whichever type servers give it.
#[test]
fn resource_in_use() {
    for kind in ["modify", "cancel"] {
        let mut client = authenticating(PLAIN);
        client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        let id = support::attribute(&client.hear(&format!("{HEADER}{}", features(BIND))), "id");
        client.hear(&format!("<iq type='error' id='{id}'><error type='{kind}'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"));
        assert!(
            matches!(client.closed(), Err(Error::Bind(error)) if error.condition == StanzaCondition::Conflict),
            "{kind}"
        );
    }
}

/// STR-10, MSC-07: features that nobody knows, compression among them, are left alone, and the order is TLS, SASL, bind.
#[test]
fn unknown_features_are_left_alone() {
    const ODD: &str = "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>\
        <odd xmlns='urn:example:odd'><required/></odd>";
    let mut client = client(TlsPolicy::Required);
    let starttls = client.hear(&format!("{HEADER}{}", features(&format!("{ODD}{BIND}{PLAIN}{STARTTLS}"))));
    assert!(starttls.starts_with("<starttls ") && starttls.ends_with("/>"), "{starttls}");
    client.hear(PROCEED);
    client.tls(Ok(TlsInfo::default()));
    let auth = client.hear(&format!("{HEADER}{}", features(&format!("{ODD}{BIND}{PLAIN}"))));
    assert!(auth.starts_with("<auth ") && auth.ends_with("</auth>"), "{auth}");
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    let bind = client.hear(&format!("{HEADER}{}", features(&format!("{ODD}{BIND}"))));
    assert!(bind.starts_with("<iq ") && bind.ends_with("</iq>"), "{bind}");
}

/// BND-07, BND-08: the session request where a server insists on it; white space around the bound address is no part of it.
#[test]
fn legacy_session_is_requested() {
    let mut client = authenticating(PLAIN);
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    let session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>";
    let bind = client.hear(&format!("{HEADER}{}", features(&format!("{BIND}{session}"))));
    let id = support::attribute(&bind, "id");
    let request = client.hear(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>\n juliet@example.org/x\n</jid></bind></iq>"
    ));
    assert!(request.contains(session) && client.events.is_empty(), "{request}");
    let id = support::attribute(&request, "id");
    client.hear(&format!("<iq type='result' id='{id}'/>"));
    assert!(
        matches!(client.events.pop_front(), Some(xmpp_core::Event::Online(bound)) if bound.jid.as_str() == "juliet@example.org/x")
    );
}

/// BND-06: only an iq of that id answers, and what is routed early is kept for later.
#[test]
fn what_does_not_answer_the_bind_request() {
    let mut client = authenticating(PLAIN);
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    let id = support::attribute(&client.hear(&format!("{HEADER}{}", features(BIND))), "id");
    let jid = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.org/x</jid></bind>";
    for other in [
        format!("<message id='{id}' type='result'>{jid}</message>"),
        format!("<iq id='other' type='result'>{jid}</iq>"),
        format!("<iq id='{id}' type='get'>{jid}</iq>"),
    ] {
        client.hear(&other);
        assert!(client.link.speaker().jid().is_none(), "{other}");
    }
    client.hear(&format!("<iq id='{id}' type='result'>{jid}</iq>"));
    assert_eq!(client.link.speaker().jid().unwrap().as_str(), "juliet@example.org/x");
}

/// BND-01: no bind feature after authentication.
#[test]
fn nothing_to_bind() {
    let mut client = authenticating(PLAIN);
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    client.hear(&format!("{HEADER}{}", features("")));
    assert!(matches!(client.closed(), Err(Error::FeatureMissing(_))));
}

/// STR-22, STR-12: what does not belong into a negotiation.
#[test]
fn unexpected_elements() {
    let mut client = client(TlsPolicy::Required);
    let last = client.hear(&format!("{HEADER}<message><body>hi</body></message>"));
    assert!(last.contains("<unsupported-stanza-type "), "{last}");
    assert!(matches!(client.closed(), Err(Error::Peer(_))));
}

/// A malformed address never reaches the wire.
#[test]
fn malformed_addresses() {
    for address in [
        "",
        "@example.org",
        "juliet@",
        "juliet@exa mple",
        "juliet@example.org/",
        "example.org",
        "a b@example.org",
    ] {
        assert!(ClientConfig::new(address, "secret").is_err(), "{address:?}");
    }
    assert_eq!(ClientConfig::new("Juliet@example.org", "secret").unwrap().username(), "Juliet");
    let shown =
        format!("{:?}", SessionConfig::new(ClientConfig::new("juliet@example.org", "s3cr3t").unwrap()));
    assert!(!shown.contains("s3cr3t"), "SASL-20: {shown}");
}

/// STR-15: closed by ourselves in the middle of a login, the stream ends in good order all the same.
#[test]
fn closed_during_login() {
    let mut client = authenticating(SCRAM);
    client.link.close(client.now);
    assert_eq!(client.hear(""), "</stream:stream>");
    assert_eq!(client.hear("</stream:stream>"), "");
    assert_eq!(client.marks, ["Shutdown"]);
    assert!(matches!(client.closed(), Ok(())));
}
