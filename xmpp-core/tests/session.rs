//! A logged-in client: requests and responses, answers it owes, the end (RFC 6120 §8, §4.4).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::time::Duration;

use support::{Scripted, attribute};
use xmpp_core::{
    ApiMisuse, Error, Event, Phase, RequestError, RequestId,
    stanza::{StanzaCondition, iq},
    stream::StreamCondition,
    xml::Element,
};

const TIMEOUT: Duration = Duration::from_secs(10);

fn element(xml: &str) -> Element {
    xml.parse().unwrap()
}

/// Sends a request and gives its key and the id on the wire.
fn ask(client: &mut Scripted, to: Option<&str>) -> (RequestId, String) {
    let to = to.map(|to| format!(" to='{to}'")).unwrap_or_default();
    let request =
        element(&format!("<iq xmlns='jabber:client' type='get'{to}><ping xmlns='urn:xmpp:ping'/></iq>"));
    let key = client.link.request(client.now, request, TIMEOUT).unwrap();
    let sent = client.hear("");
    (key, attribute(&sent, "id"))
}

fn result(id: &str, from: Option<&str>) -> String {
    let from = from.map(|from| format!(" from='{from}'")).unwrap_or_default();
    format!("<iq type='result' id='{id}'{from}/>")
}

fn is_answered(client: &mut Scripted, key: RequestId) -> bool {
    matches!(client.events.pop_front(), Some(Event::Response { id, outcome: Ok(_) }) if id == key)
}

/// STZ-07: id and sender must both match; what does not is a stanza like any other.
#[test]
fn responses_match_by_id_and_sender() {
    let mut client = Scripted::online();
    let (key, id) = ask(&mut client, Some("romeo@example.net/orchard"));
    for from in [None, Some("romeo@example.net"), Some("mallory@example.net/orchard"), Some("example.org")] {
        client.hear(&result(&id, from));
        assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))), "{from:?}");
    }
    client.hear(&result("other", Some("romeo@example.net/orchard")));
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
    // The kind must match as well: a message of that id and sender is no response.
    client.hear(&format!("<message id='{id}' from='romeo@example.net/orchard'/>"));
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
    client.hear(&result(&id, Some("romeo@example.net/orchard")));
    assert!(is_answered(&mut client, key));
    client.hear(&result(&id, Some("romeo@example.net/orchard")));
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))), "a second response is unsolicited");
}

/// STZ-07, BND-06: a request to the own account is answered under any of the names that servers use for it.
#[test]
fn own_account_answers_under_several_names() {
    for from in [None, Some("juliet@example.org"), Some("juliet@example.org/tower"), Some("example.org")] {
        let mut client = Scripted::online();
        let (key, id) = ask(&mut client, None);
        client.hear(&result(&id, Some("romeo@example.net")));
        assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
        client.hear(&result(&id, from));
        assert!(is_answered(&mut client, key), "{from:?}");
    }
}

/// STZ-08: an error response is told with its condition, and the recipient being offline is one.
#[test]
fn offline_recipient() {
    let mut client = Scripted::online();
    let (key, id) = ask(&mut client, Some("romeo@example.net/orchard"));
    client.hear(&format!(
        "<iq type='error' id='{id}' from='romeo@example.net/orchard'><ping xmlns='urn:xmpp:ping'/><error type='cancel'>\
         <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    ));
    let Some(Event::Response { id, outcome: Err(RequestError::Refused { error, response }) }) =
        client.events.pop_front()
    else {
        panic!()
    };
    assert_eq!((id, error.condition), (key, StanzaCondition::ServiceUnavailable));
    assert!(response.child("ping", "urn:xmpp:ping").is_some());
}

/// STZ-19: a reply that never comes ends at its deadline, and one that comes later does not answer.
#[test]
fn reply_that_never_comes() {
    let mut client = Scripted::online();
    let (key, id) = ask(&mut client, Some("example.org"));
    client.sleep(Duration::from_millis(9_999));
    assert!(client.events.is_empty());
    client.sleep(Duration::from_millis(1));
    assert!(
        matches!(client.events.pop_front(), Some(Event::Response { id, outcome: Err(RequestError::Timeout) }) if id == key)
    );
    client.hear(&result(&id, Some("example.org")));
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
    assert_eq!(client.link.speaker().pending_requests(), 0);
}

/// STR-30, STZ-19: the end of the stream ends every request, in order, before `Closed`.
#[test]
fn requests_end_with_the_stream() {
    let mut client = Scripted::online();
    let keys = [ask(&mut client, None).0, ask(&mut client, Some("example.org")).0];
    client.eof();
    for key in keys {
        assert!(
            matches!(client.events.pop_front(), Some(Event::Response { id, outcome: Err(RequestError::Disconnected) }) if id == key)
        );
    }
    assert!(matches!(client.closed(), Err(Error::Eof(Phase::Established))));
    let late = element("<message xmlns='jabber:client'/>");
    assert_eq!(client.link.send(client.now, late), Err(ApiMisuse::Closed));
}

/// STZ-02: a response that breaks the rules ends its request too.
#[test]
fn malformed_response() {
    let mut client = Scripted::online();
    let (key, id) = ask(&mut client, Some("example.org"));
    client.hear(&format!("<iq type='result' id='{id}' from='example.org'><a xmlns='x'/><b xmlns='x'/></iq>"));
    assert!(
        matches!(client.events.pop_front(), Some(Event::Response { id, outcome: Err(RequestError::Malformed(_)) }) if id == key)
    );
}

/// STZ-03, STZ-04: requests that nobody claims are answered once, responses and errors never.
#[test]
fn unclaimed_requests() {
    let mut client = Scripted::online();
    let answer = client.hear(
        "<iq type='get' id='1' from='romeo@example.net/orchard'><query xmlns='urn:example:unknown'/></iq>",
    );
    assert!(answer.contains("type='error'") && answer.contains("<service-unavailable "), "{answer}");
    assert!(answer.contains("id='1'") && answer.contains("to='romeo@example.net/orchard'"), "{answer}");
    for bad in [
        "<iq type='set' id='2' from='a@example.net'/>",
        "<iq type='get' id='3' from='a@example.net'><a xmlns='x'/><b xmlns='x'/></iq>",
        "<iq type='odd' id='4' from='a@example.net'><a xmlns='x'/></iq>",
        "<iq id='5' from='a@example.net'><a xmlns='x'/></iq>",
    ] {
        let answer = client.hear(bad);
        assert!(answer.contains("<bad-request "), "{bad}: {answer}");
    }
    for quiet in [
        "<iq type='result' id='6' from='a@example.net'/>",
        "<iq type='error' id='7' from='a@example.net'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        "<iq type='error' id='8' from='a@example.net'/>",
        "<iq type='result' id='9' from='a@example.net'><a xmlns='x'/><b xmlns='x'/></iq>",
    ] {
        assert_eq!(client.hear(quiet), "", "{quiet}");
    }
}

fn claiming() -> Scripted {
    let mut client = Scripted::online_with(|config| config.claims.push("urn:example:app".into()));
    assert_eq!(
        client.hear(
            "<iq type='set' id='1' from='romeo@example.net/orchard'><do xmlns='urn:example:app'/></iq>"
        ),
        ""
    );
    client
}

/// STZ-03: a claimed request is the application's to answer, once.
#[test]
fn claimed_request_is_answered_once() {
    let mut client = claiming();
    let Some(Event::Stanza(request)) = client.events.pop_front() else { panic!() };
    let answer = iq::result(&request, None);
    client.link.send(client.now, answer.clone()).unwrap();
    assert!(client.hear("").contains("type='result'"));
    assert!(matches!(client.link.send(client.now, answer), Err(ApiMisuse::NotRequested(_))));
    assert_eq!(client.sleep(Duration::from_mins(2)), "");
}

/// STZ-03: a request that the application forgets is answered for it.
#[test]
fn forgotten_request_is_answered() {
    let mut client = claiming();
    let answer = client.sleep(Duration::from_secs(61));
    assert!(answer.contains("<internal-server-error ") && answer.contains("id='1'"), "{answer}");
    let Some(Event::Stanza(request)) = client.events.pop_front() else { panic!() };
    assert!(matches!(
        client.link.send(client.now, iq::result(&request, None)),
        Err(ApiMisuse::NotRequested(_))
    ));
}

/// What is no stanza is not sent; what cannot be taken comes back.
#[test]
fn verbs_check_what_they_are_given() {
    let mut client = Scripted::online();
    for no_stanza in [
        "<message xmlns='urn:example'/>",
        "<iq xmlns='jabber:client' type='get' id='1'/>",
        "<stanza xmlns='jabber:client'/>",
    ] {
        assert!(
            matches!(client.link.send(client.now, element(no_stanza)), Err(ApiMisuse::NotAStanza(_))),
            "{no_stanza}"
        );
    }
    let mut unborn = Scripted::new(support::client_config("secret", xmpp_core::TlsPolicy::Required));
    assert_eq!(
        unborn.link.send(unborn.now, element("<message xmlns='jabber:client'/>")),
        Err(ApiMisuse::NotReady)
    );
}

/// A console sends what it likes: no stanzas, broken ones, answers to nobody. The stream must stand for it all the same.
#[test]
fn anything_can_be_sent_raw() {
    let mut client = Scripted::online();
    for (xml, sent) in [
        ("<r xmlns='urn:xmpp:sm:3'/>", "<r xmlns='urn:xmpp:sm:3'/>"),
        ("<stanza xmlns='jabber:client'/>", "<stanza/>"),
        ("<iq xmlns='jabber:client' type='get'/>", "<iq type='get'/>"),
        (
            "<iq xmlns='jabber:client' type='result' id='1' to='a@b/c'/>",
            "<iq type='result' id='1' to='a@b/c'/>",
        ),
    ] {
        client.link.send_raw(client.now, element(xml)).unwrap();
        assert_eq!(client.hear(""), sent);
    }
    client.hear("<iq type='result' id='9' from='example.org'/>");
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))), "nothing is tracked");
    client.link.close(client.now);
    client.hear("</stream:stream>");
    assert_eq!(client.link.send_raw(client.now, element("<r xmlns='urn:x'/>")), Err(ApiMisuse::Closed));
    let mut unborn = Scripted::new(support::client_config("secret", xmpp_core::TlsPolicy::Required));
    assert_eq!(unborn.link.send_raw(unborn.now, element("<r xmlns='urn:x'/>")), Err(ApiMisuse::NotReady));
}

/// STZ-03: an answer that was sent raw is the one answer.
#[test]
fn a_raw_answer_is_the_answer() {
    let mut client = claiming();
    let Some(Event::Stanza(request)) = client.events.pop_front() else { panic!() };
    client.link.send_raw(client.now, iq::result(&request, None)).unwrap();
    assert!(client.hear("").contains("type='result'"));
    assert_eq!(client.sleep(Duration::from_mins(2)), "");
}

/// STR-14, STR-15: our close waits for the peer's, stanzas on the way are delivered, and `</stream>` is said once.
#[test]
fn close_in_good_order() {
    let mut client = Scripted::online();
    client.link.close(client.now);
    client.link.close(client.now);
    assert_eq!(client.hear(""), "</stream:stream>");
    assert_eq!(client.hear("<message from='a@example.net'><body>last</body></message>"), "");
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
    assert_eq!(client.hear("</stream:stream>"), "");
    assert_eq!(client.marks, ["Shutdown"]);
    assert!(matches!(client.closed(), Ok(())));
}

/// STR-14: a peer that does not answer our close is not waited for for ever.
#[test]
fn close_without_answer() {
    let mut client = Scripted::online();
    client.link.close(client.now);
    client.sleep(Duration::from_secs(4));
    assert!(client.events.is_empty() && client.marks.is_empty(), "it waits for a while");
    client.sleep(Duration::from_secs(2));
    assert_eq!(client.marks, ["Shutdown"]);
    assert!(matches!(client.closed(), Ok(())));
    assert_eq!(client.link.poll_timeout(), None);
}

/// STR-14: the peer's close is answered.
#[test]
fn peer_closes() {
    let mut client = Scripted::online();
    assert_eq!(client.hear("</stream:stream>"), "</stream:stream>");
    assert!(matches!(client.closed(), Ok(())));
}

/// STR-20: replaced by another session of the same name.
#[test]
fn conflict() {
    let mut client = Scripted::online();
    let last =
        client.hear("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
    assert_eq!(last, "</stream:stream>");
    assert!(
        matches!(client.closed(), Err(Error::Stream(error)) if error.condition == StreamCondition::Conflict)
    );
}

/// XML-02, XML-20, STR-16: what XMPP forbids ends the stream with its condition, and nothing is said after.
#[test]
fn forbidden_xml_on_the_established_stream() {
    for (bytes, condition) in [
        ("<message><!-- no --></message>", "restricted-xml"),
        ("<message>&unknown;</message>", "restricted-xml"),
        ("<message></presence>", "not-well-formed"),
        ("text", "bad-format"),
    ] {
        let mut client = Scripted::online();
        let last = client.hear(bytes);
        assert!(last.starts_with("<stream:error>") && last.contains(condition), "{bytes}: {last}");
        assert!(last.ends_with("</stream:error></stream:stream>"), "{last}");
        assert!(matches!(client.closed(), Err(Error::Wire(_))));
        assert_eq!(client.hear("<message/>"), "");
    }
}

/// MSC-03, MSC-04: what every client answers, on the wire.
#[test]
fn standard_requests() {
    let mut client = Scripted::online_with(|config| config.features.push("urn:example:app".into()));
    let mut ask = |payload: &str| {
        client.hear(&format!(
            "<iq type='get' id='q' from='example.org' to='juliet@example.org/tower'>{payload}</iq>"
        ))
    };
    assert_eq!(
        ask("<ping xmlns='urn:xmpp:ping'/>"),
        "<iq type='result' id='q' from='juliet@example.org/tower' to='example.org'/>"
    );
    let info = ask("<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>");
    assert!(info.contains("type='error'") && info.contains("<item-not-found "), "no such node: {info}");
    let info = ask("<query xmlns='http://jabber.org/protocol/disco#info'/>");
    for part in [
        "<identity category='client'",
        "var='urn:example:app'",
        "var='urn:xmpp:ping'",
        "var='jabber:iq:version'",
    ] {
        assert!(info.contains(part), "{part} in {info}");
    }
    let version = ask("<query xmlns='jabber:iq:version'/>");
    assert!(
        version.contains("<name>")
            && version.contains(&format!("<version>{}</version>", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
}

/// STZ-03: several open requests, of which each is known by who asked and by the id, in whatever order they are answered.
#[test]
fn open_requests_do_not_mix() {
    let mut client = Scripted::online_with(|config| {
        config.claims.push("urn:example:app".into());
        config.max_owed = 3;
    });
    let ask = |id: &str, from: &str| {
        format!("<iq type='set' id='{id}' from='{from}'><do xmlns='urn:example:app'/></iq>")
    };
    let mut requests = Vec::new();
    for (id, from) in [("1", "a@example.net/x"), ("1", "b@example.net/x"), ("2", "a@example.net/x")] {
        assert_eq!(client.hear(&ask(id, from)), "");
        let Some(Event::Stanza(request)) = client.events.pop_front() else { panic!("{id} {from}") };
        requests.push(request);
        client.sleep(Duration::from_secs(10));
    }
    let refusal = client.hear(&ask("3", "c@example.net/x"));
    assert!(refusal.contains("<resource-constraint ") && client.events.is_empty(), "{refusal}");
    for answered in [1, 2] {
        client.link.send(client.now, iq::result(&requests[answered], None)).unwrap();
        let again = client.link.send(client.now, iq::result(&requests[answered], None));
        assert!(matches!(again, Err(ApiMisuse::NotRequested(_))));
    }
    client.hear("");
    assert_eq!(client.hear(&ask("3", "c@example.net/x")), "", "there is room again");
    // The first was given a minute, of which half is left.
    assert_eq!(client.sleep(Duration::from_secs(29)), "");
    let forgotten = client.sleep(Duration::from_secs(2));
    assert!(forgotten.contains("id='1'") && forgotten.contains("to='a@example.net/x'"), "{forgotten}");
    assert!(!forgotten.contains("c@example.net"), "{forgotten}");
    let forgotten = client.sleep(Duration::from_secs(30));
    assert!(forgotten.contains("id='3'") && forgotten.contains("to='c@example.net/x'"), "{forgotten}");
}
