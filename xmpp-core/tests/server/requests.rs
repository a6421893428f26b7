//! Requests and who answers them (RFC 6120 §8.2.3, RFC 6121 §8).

use xmpp_core::stanza::StanzaCondition;
use xmpp_core::xep::disco::{Info, Items};
use xmpp_core::xep::version::Version;
use xmpp_core::xml::{Element, ElementRef, ns};

use crate::world::World;

fn request(kind: &str, to: &str, payload: &str) -> String {
    format!("<iq xmlns='jabber:client' type='{kind}' id='q' {to}>{payload}</iq>")
}

const PING: &str = "<ping xmlns='urn:xmpp:ping'/>";
const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

fn result(world: &mut World, client: &str) -> Option<Element> {
    let answer = world.only(client);
    assert_eq!(answer.attr("type").as_deref(), Some("result"), "{answer}");
    assert_eq!(answer.attr("id").as_deref(), Some("q"));
    answer.first_child().map(ElementRef::to_element)
}

/// MSC-03, MSC-04: the domain answers discovery, ping and version.
#[test]
fn the_domain_answers() {
    let mut world = World::new();
    world.join("a/x");
    let to = "to='example.com'";
    world.say("a/x", &request("get", to, INFO));
    let info = Info::parse(result(&mut world, "a/x").unwrap().root()).unwrap();
    assert_eq!((&*info.identities[0].category, &*info.identities[0].kind), ("server", "im"));
    assert!(info.has_feature(ns::PING) && info.has_feature(ns::DISCO_INFO));
    world.say("a/x", &request("get", to, "<query xmlns='http://jabber.org/protocol/disco#items'/>"));
    assert_eq!(Items::parse(result(&mut world, "a/x").unwrap().root()), Some(Items::default()));
    world.say("a/x", &request("get", to, PING));
    assert_eq!(result(&mut world, "a/x"), None);
    world.say("a/x", &request("get", to, "<query xmlns='jabber:iq:version'/>"));
    assert!(Version::parse(result(&mut world, "a/x").unwrap().root()).is_some());
    world.say("a/x", &request("get", to, "<odd xmlns='urn:odd'/>"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
}

/// STZ-06; RFC 6121 §8.5.2.1.3: the server answers for the own account, with or without its address.
#[test]
fn the_own_account_answers() {
    let mut world = World::new();
    world.join("a/x");
    for to in ["", "to='a@example.com'"] {
        world.say("a/x", &request("get", to, INFO));
        let info = Info::parse(result(&mut world, "a/x").unwrap().root()).unwrap();
        assert_eq!(&*info.identities[0].category, "account");
        world.say("a/x", &request("get", to, PING));
        assert_eq!(result(&mut world, "a/x"), None);
        world.say("a/x", &request("set", to, "<odd xmlns='urn:odd'/>"));
        assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    }
}

/// RFC 6121 §8.5.1, §11: who sees no presence learns nothing of an account, not even whether it exists.
#[test]
fn other_accounts_answer_friends_only() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    let (known, unknown) = ("to='b@example.com'", "to='nobody@example.com'");
    let mut refusals = Vec::new();
    for to in [known, unknown] {
        for payload in [INFO, PING, "<query xmlns='jabber:iq:roster'/>"] {
            world.say("a/x", &request("get", to, payload));
            refusals.push(world.refusal("a/x"));
        }
    }
    assert_eq!(refusals, [StanzaCondition::ServiceUnavailable; 6]);
    world.befriend("a/x", "b/x");
    world.say("a/x", &request("get", known, INFO));
    assert!(result(&mut world, "a/x").is_some());
    world.say("a/x", &request("get", known, "<query xmlns='jabber:iq:roster'/>"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable, "a roster is its owner's");
    assert!(world.silent(), "nothing reached the session");
}

/// RFC 6121 §8.5.3: sessions get their requests and responses; who is gone is unavailable.
#[test]
fn sessions_answer_themselves() {
    let mut world = World::new();
    world.join("a/x");
    world.bind("b/x");
    world.say("a/x", &request("set", "to='b@example.com/x'", "<odd xmlns='urn:odd'/>"));
    assert_eq!(world.brief("b/x"), ["iq set a/x b/x"]);
    world.say("b/x", &request("result", "to='a@example.com/x'", ""));
    assert_eq!(world.brief("a/x"), ["iq result b/x a/x"]);
    for to in ["to='b@example.com/gone'", "to='nobody@example.com/x'"] {
        world.say("a/x", &request("get", to, PING));
        assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    }
    world.say("a/x", &request("get", "to='b@example.org/x'", PING));
    assert_eq!(world.refusal("a/x"), StanzaCondition::RemoteServerNotFound);
}

/// STZ-03: responses are never answered, wherever they go.
#[test]
fn responses_are_not_answered() {
    let mut world = World::new();
    world.join("a/x");
    for to in [
        "",
        "to='example.com'",
        "to='b@example.com'",
        "to='b@example.com/gone'",
        "to='b@example.org'",
        "to='@'",
    ] {
        world.say("a/x", &request("result", to, ""));
        world.say("a/x", &request("error", to, "<error type='cancel'/>"));
        world.say("a/x", &request("error", to, ""));
        assert!(world.silent(), "{to}");
    }
}

/// STZ-02, STZ-04: what breaks the rules is refused by the server and reaches nobody.
#[test]
fn malformed_requests_are_refused() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    let two = format!("{PING}{PING}");
    for (kind, payload) in [("get", ""), ("set", &*two), ("odd", PING)] {
        world.say("a/x", &request(kind, "to='b@example.com/x'", payload));
        assert_eq!(world.refusal("a/x"), StanzaCondition::BadRequest);
    }
    world.say("a/x", &request("get", "to='b@'", PING));
    assert_eq!(world.refusal("a/x"), StanzaCondition::JidMalformed);
    assert!(world.silent());
}
