//! A client makes its account on the way in (XEP-0077), against a scripted server.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::time::Duration;

use support::{HEADER, Scripted, attribute, client_config, features};
use xmpp_core::{
    Blame, Direction, Error, Phase, SessionConfig, TlsPolicy,
    sasl::{AuthError, Mechanism, Withheld},
    stanza::StanzaCondition,
    stream::{Registration, RegistrationError, StreamCondition},
    tls::{TlsError, TlsInfo},
};

const SCRAM: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
const PLAIN: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
const FEATURE: &str = "<register xmlns='http://jabber.org/features/iq-register'/>";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const FIELDS: &str = "<instructions>Choose.</instructions><username/><password/>";

fn config(tls: TlsPolicy) -> SessionConfig {
    let mut config = client_config("s3cret", tls);
    config.client.registration = Some(Registration::new().with("email", "juliet@capulet.example"));
    config
}

/// A client in clear that has read these features; what it says.
fn client(offered: &str) -> (Scripted, String) {
    let mut client = Scripted::new(config(TlsPolicy::Disabled));
    client.sent.clear();
    let said = client.hear(&format!("{HEADER}{}", features(offered)));
    (client, said)
}

/// A client that has asked what is demanded; the id of that request.
fn asking(offered: &str) -> (Scripted, String) {
    let (client, said) = client(offered);
    let id = attribute(&said, "id");
    assert_eq!(said, format!("<iq type='get' id='{id}'><query xmlns='jabber:iq:register'/></iq>"));
    (client, id)
}

/// A client that has said what was demanded; the id of that request.
fn submitting() -> (Scripted, String) {
    let (mut client, id) = asking(&format!("{FEATURE}{SCRAM}"));
    let said = client.hear(&offer(&id, FIELDS));
    let next = attribute(&said, "id");
    assert_ne!(id, next);
    assert_eq!(
        said,
        format!(
            "<iq type='set' id='{next}'><query xmlns='jabber:iq:register'><username>juliet</username>\
             <password>s3cret</password></query></iq>"
        )
    );
    (client, next)
}

fn offer(id: &str, content: &str) -> String {
    format!(
        "<iq type='result' id='{id}' from='example.org'><query xmlns='jabber:iq:register'>{content}</query></iq>"
    )
}

fn refusal(id: &str, kind: &str, condition: &str) -> String {
    format!(
        "<iq type='error' id='{id}'><query xmlns='jabber:iq:register'><username>juliet</username></query>\
         <error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>why</text></error></iq>"
    )
}

fn failure(mut client: Scripted) -> RegistrationError {
    assert_eq!(client.marks, ["Shutdown"]);
    let error = client.closed().unwrap_err();
    assert!(client.events.is_empty());
    let Error::Registration(inside) = error.clone() else { panic!("{error}") };
    assert_eq!(error.blame(), inside.blame());
    inside
}

/// XEP-0077 §3.1.1: asked, told, then the login on the same stream, up to the bound resource.
#[test]
fn account_is_made_and_used() {
    let (mut client, id) = submitting();
    let auth = client.hear(&format!("<iq type='result' id='{id}'/>"));
    assert!(auth.starts_with("<auth ") && auth.contains("mechanism='SCRAM-SHA-1'"), "{auth}");
}

/// XEP-0077 §8: the feature need not be announced.
#[test]
fn feature_is_not_needed() {
    asking(SCRAM);
    let (mut client, said) = client(&format!("{FEATURE}{PLAIN}"));
    assert!(!said.contains("<iq "), "nobody could log in to the account: {said}");
    let Err(Error::Auth(AuthError::NoMechanism { withheld, .. })) = client.closed() else { panic!() };
    assert_eq!(withheld, [(Mechanism::Plain, Withheld::InClear)]);
}

/// A login without the wish to register is as before, whatever is announced.
#[test]
fn nothing_is_registered_unasked() {
    let mut client = Scripted::new(client_config("s3cret", TlsPolicy::Disabled));
    client.sent.clear();
    assert!(
        client.hear(&format!("{HEADER}{}", features(&format!("{FEATURE}{SCRAM}")))).starts_with("<auth ")
    );
}

/// TLS-07, XEP-0077 §11: nothing is asked before TLS, and nothing goes in clear where that was not wished for.
#[test]
fn tls_comes_first() {
    for policy in [TlsPolicy::Required, TlsPolicy::IfPossible] {
        let mut client = Scripted::new(config(policy));
        client.sent.clear();
        let offered = features(&format!("{FEATURE}{SCRAM}{STARTTLS}"));
        assert_eq!(client.hear(&format!("{HEADER}{offered}")), STARTTLS);
        client.hear("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        client.tls(Ok(TlsInfo::default()));
        let said = client.hear(&format!("{HEADER}{}", features(&format!("{FEATURE}{SCRAM}"))));
        assert!(said.starts_with("<iq type='get' "), "{said}");
    }
    let in_clear = |config: SessionConfig| {
        let mut client = Scripted::new(config);
        client.sent.clear();
        let said = client.hear(&format!("{HEADER}{}", features(&format!("{FEATURE}{SCRAM}"))));
        (client, said)
    };
    let (client, said) = in_clear(config(TlsPolicy::IfPossible));
    assert_eq!(said, "</stream:stream>");
    let error = failure(client);
    assert_eq!((&error, error.blame()), (&RegistrationError::ClearText, Blame::Config));

    let (mut client, said) = in_clear(config(TlsPolicy::Required));
    assert_eq!(said, "</stream:stream>");
    assert!(matches!(client.closed(), Err(Error::Tls(TlsError::NotOffered))));

    let mut allowed = config(TlsPolicy::IfPossible);
    allowed.client.sasl = allowed.client.sasl.plain_without_tls(true);
    assert!(in_clear(allowed).1.starts_with("<iq type='get' "));
}

/// Fields that were given on top are told when they are demanded, also in the server's own form.
#[test]
fn further_fields() {
    let (mut client, id) = asking(SCRAM);
    let said = client.hear(&offer(&id, &format!("{FIELDS}<email/>")));
    assert!(
        said.contains("<password>s3cret</password><email>juliet@capulet.example</email></query>"),
        "{said}"
    );

    let (mut client, id) = asking(SCRAM);
    let form = "<x xmlns='jabber:x:data' type='form'><field var='username'/><field var='password' type='text-private'>\
        <required/></field><field var='email'><required/></field></x>";
    let said = client.hear(&offer(&id, &format!("{FIELDS}{form}")));
    assert!(
        said.contains("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>"),
        "{said}"
    );
    assert!(said.contains("var='email' type='text-single'><value>juliet@capulet.example</value>"), "{said}");
}

/// More is demanded than was given: the fields are named, with what a person can do.
#[test]
fn more_is_demanded() {
    let (mut client, id) = asking(SCRAM);
    let said = client
        .hear(&offer(&id, &format!("{FIELDS}<phone/><x xmlns='jabber:x:oob'><url>http://a/</url></x>")));
    assert_eq!(said, "</stream:stream>");
    let error = failure(client);
    let RegistrationError::Demands(demands) = &error else { panic!("{error}") };
    assert_eq!((&demands.fields[..], demands.url.as_deref()), (&["phone".to_owned()][..], Some("http://a/")));
    assert_eq!(
        error.to_string(),
        "the account is not made: more is demanded: phone, see http://a/ (Choose.)"
    );
    assert_eq!(error.blame(), Blame::Config);
}

/// XEP-0077 §3.1: the name is taken.
#[test]
fn conflict() {
    let (mut client, id) = submitting();
    assert_eq!(client.hear(&refusal(&id, "cancel", "conflict")), "</stream:stream>");
    let error = failure(client);
    assert_eq!((&error, error.blame()), (&RegistrationError::Conflict, Blame::Config));
}

/// Each refusal is told with the server's words; who can do better is to blame.
#[test]
fn refusals() {
    for (kind, condition, blame) in [
        ("wait", StanzaCondition::ResourceConstraint, Blame::Peer),
        ("modify", StanzaCondition::NotAcceptable, Blame::Config),
        ("auth", StanzaCondition::Forbidden, Blame::Peer),
    ] {
        let (mut client, id) = submitting();
        assert_eq!(client.hear(&refusal(&id, kind, condition.name())), "</stream:stream>");
        let error = failure(client);
        let RegistrationError::Refused(told) = &error else { panic!("{error}") };
        assert_eq!((told.condition, told.text.as_deref(), error.blame()), (condition, Some("why"), blame));
    }
    let (mut client, id) = asking(SCRAM);
    client.hear(&refusal(&id, "wait", "resource-constraint"));
    assert!(matches!(failure(client), RegistrationError::Refused(_)));
}

/// XEP-0077 §3.1: servers that make no accounts, those that answer and those that end the stream.
#[test]
fn not_offered() {
    for condition in ["service-unavailable", "not-allowed", "feature-not-implemented"] {
        let (mut client, id) = asking(SCRAM);
        client.hear(&refusal(&id, "cancel", condition));
        let RegistrationError::NotOffered(Some(error)) = failure(client) else { panic!("{condition}") };
        assert_eq!(error.condition.name(), condition);
    }
    let stream_error = |condition: &str| {
        format!("<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
    };
    let (mut client, _) = asking(SCRAM);
    client.hear(&stream_error("not-authorized"));
    assert_eq!(failure(client), RegistrationError::NotOffered(None));
    // Who announces it means something else by that, and so does who goes down.
    for (offered, condition) in
        [(FEATURE, StreamCondition::NotAuthorized), ("", StreamCondition::SystemShutdown)]
    {
        let (mut client, _) = asking(&format!("{offered}{SCRAM}"));
        client.hear(&stream_error(condition.name()));
        assert!(matches!(client.closed(), Err(Error::Stream(error)) if error.condition == condition));
    }
}

/// Answers that are none.
#[test]
fn malformed_answers() {
    for payload in ["", "<query xmlns='jabber:iq:auth'/>"] {
        let (mut client, id) = asking(SCRAM);
        assert_eq!(client.hear(&format!("<iq type='result' id='{id}'>{payload}</iq>")), "</stream:stream>");
        let error = failure(client);
        assert_eq!((&error, error.blame()), (&RegistrationError::Malformed, Blame::Peer));
    }
}

/// Only a response of that id answers; nothing else belongs here.
#[test]
fn what_is_no_answer() {
    for other in [
        offer("other", FIELDS),
        "<iq type='get' id='ID'><query xmlns='jabber:iq:register'/></iq>".to_owned(),
        "<message id='ID' type='result'/>".to_owned(),
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned(),
    ] {
        let (mut client, id) = asking(SCRAM);
        let last = client.hear(&other.replace("ID", &id));
        assert!(last.contains("<unsupported-stanza-type "), "{last}");
        assert!(matches!(client.closed(), Err(Error::Peer(_))), "{other}");
    }
}

/// STR-30: the peer leaves or is silent at either step.
#[test]
fn peer_leaves() {
    let steps: [fn() -> Scripted; 2] = [|| asking(SCRAM).0, || submitting().0];
    for step in steps {
        let mut silent = step();
        silent.sleep(Duration::from_secs(31));
        assert!(matches!(silent.closed(), Err(Error::Timeout(Phase::Registration))));
        let mut cut = step();
        cut.eof();
        assert!(matches!(cut.closed(), Err(Error::Eof(Phase::Registration))));
        let mut closed = step();
        assert_eq!(closed.hear("</stream:stream>"), "</stream:stream>");
        assert!(matches!(closed.closed(), Err(Error::ClosedEarly(Phase::Registration))));
    }
}

/// What XML cannot carry is not changed in silence.
#[test]
fn unsendable_field() {
    let mut config = config(TlsPolicy::Disabled);
    config.client.registration = Some(Registration::new().with("email", "juliet\u{7}"));
    let mut client = Scripted::new(config);
    client.sent.clear();
    let id = attribute(&client.hear(&format!("{HEADER}{}", features(SCRAM))), "id");
    assert_eq!(client.hear(&offer(&id, &format!("{FIELDS}<email/>"))), "</stream:stream>");
    let error = failure(client);
    assert!(matches!(error, RegistrationError::Unsendable(_)) && error.blame() == Blame::Config, "{error}");
}

/// SASL-20: neither trace nor `Debug` shows the password.
#[test]
fn password_is_not_shown() {
    let mut client = Scripted::new(config(TlsPolicy::Disabled));
    client.link.enable_trace();
    let said = client.hear(&format!("{HEADER}{}", features(SCRAM)));
    let id = said.rsplit("<iq ").next().unwrap().to_owned();
    let id = attribute(&format!(" {id}"), "id");
    assert!(client.hear(&offer(&id, FIELDS)).contains("s3cret"));
    let mut sets = 0;
    while let Some((direction, item)) = client.link.next_trace() {
        let shown = format!("{item} {item:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        sets += usize::from(direction == Direction::Out && shown.contains("<password>***</password>"));
    }
    assert_eq!(sets, 1);
    let shown = format!("{:?} {:?}", client.link, config(TlsPolicy::Disabled));
    assert!(!shown.contains("s3cret") && !shown.contains("capulet"), "{shown}");
}
