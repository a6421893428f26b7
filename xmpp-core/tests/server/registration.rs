//! Accounts that are made, changed and removed in band (XEP-0077).

use xmpp_core::sasl::Mechanism;
use xmpp_core::sasl::scram::{Hash, StoredCredentials};
use xmpp_core::server::{ConnId, Server, Verb};
use xmpp_core::stanza::StanzaCondition;
use xmpp_core::stream::{ReceiverEvent, StreamCondition};
use xmpp_core::xep::disco::Info;
use xmpp_core::xep::register::Offer;
use xmpp_core::xml::ns;

use crate::world::World;

fn open() -> World {
    World::with(|config| config.registration = true)
}

fn keys(password: &str) -> StoredCredentials {
    StoredCredentials::derive(password, b"0123456789abcdef", 1).unwrap()
}

fn outcome(server: &mut Server, conn: ConnId) -> Result<(), StanzaCondition> {
    match server.poll() {
        Some((to, Verb::Registered(outcome))) if to == conn => outcome.map_err(|error| error.condition),
        other => panic!("{other:?}"),
    }
}

fn register(server: &mut Server, name: &str, password: &str) -> Result<(), StanzaCondition> {
    let conn = server.connected();
    let account = format!("{name}@example.com").parse().unwrap();
    server.handle(conn, ReceiverEvent::Register { account, credentials: keys(password) });
    outcome(server, conn)
}

/// The key that the server holds of somebody.
fn stored(server: &mut Server, name: &str) -> Option<Vec<u8>> {
    let conn = server.connected();
    lookup(server, conn, name)
}

fn lookup(server: &mut Server, conn: ConnId, name: &str) -> Option<Vec<u8>> {
    let username = name.to_owned();
    server.handle(conn, ReceiverEvent::Lookup { username, mechanism: Mechanism::ScramSha256 });
    match server.poll() {
        Some((_, Verb::Credentials(found))) => Some(found?.keys(Hash::Sha256)?.stored_key().to_vec()),
        other => panic!("{other:?}"),
    }
}

fn key(password: &str) -> Option<Vec<u8>> {
    Some(keys(password).keys(Hash::Sha256)?.stored_key().to_vec())
}

const REMOVE: &str =
    "<iq xmlns='jabber:client' type='set' id='r'><query xmlns='jabber:iq:register'><remove/></query></iq>";

/// XEP-0077 §3.1: made once, in any spelling; the first keys stay.
#[test]
fn made_once() {
    let mut world = open();
    assert_eq!(register(&mut world.server, "new", "one"), Ok(()));
    assert_eq!(register(&mut world.server, "NEW", "two"), Err(StanzaCondition::Conflict));
    assert_eq!(
        register(&mut world.server, "a", "two"),
        Err(StanzaCondition::Conflict),
        "made by the operator"
    );
    assert_eq!(stored(&mut world.server, "new"), key("one"));
    world.join("new/x");
}

/// As many accounts as the operator allows; those that are removed count no more.
#[test]
fn accounts_are_counted() {
    let mut world = World::with(|config| (config.registration, config.max_registered) = (true, 2));
    assert_eq!(register(&mut world.server, "one", "p"), Ok(()));
    assert_eq!(register(&mut world.server, "two", "p"), Ok(()));
    assert_eq!(register(&mut world.server, "three", "p"), Err(StanzaCondition::ResourceConstraint));
    for (client, left) in [("a/x", Err(StanzaCondition::ResourceConstraint)), ("two/x", Ok(()))] {
        world.join(client);
        world.say(client, REMOVE);
        assert_eq!(register(&mut world.server, "three", "p"), left, "{client}");
    }
}

/// XEP-0077 §3.3
#[test]
fn password_is_changed() {
    let mut world = open();
    world.join("a/x");
    let conn = world.server.connected();
    let account = "a@example.com".parse().unwrap();
    world.server.handle(conn, ReceiverEvent::ChangePassword { account, credentials: keys("new") });
    assert_eq!(outcome(&mut world.server, conn), Ok(()));
    assert_eq!(stored(&mut world.server, "a"), key("new"));
    assert_eq!(world.server.sessions().count(), 1);
    let account = "nobody@example.com".parse().unwrap();
    world.server.handle(conn, ReceiverEvent::ChangePassword { account, credentials: keys("new") });
    assert_eq!(outcome(&mut world.server, conn), Err(StanzaCondition::ItemNotFound));
}

/// XEP-0077 §3.1, §10: who has an account is told so; discovery tells that there is registration.
#[test]
fn registered_already() {
    let mut world = open();
    world.join("a/x");
    for to in ["", "to='example.com'", "to='a@example.com'"] {
        world.say(
            "a/x",
            &format!(
                "<iq xmlns='jabber:client' type='get' id='g' {to}><query xmlns='jabber:iq:register'/></iq>"
            ),
        );
        let answer = world.only("a/x");
        let offer = Offer::parse(answer.child("query", ns::REGISTER).unwrap()).unwrap();
        assert!(offer.registered);
        assert_eq!(offer.fields[0].value.as_deref(), Some("a"));
    }
    world.say("a/x", "<iq xmlns='jabber:client' type='get' id='d' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    assert!(Info::parse(world.only("a/x").first_child().unwrap()).unwrap().has_feature(ns::REGISTER));
}

/// XEP-0077 §3.2, RFC 6121 §4.5, §3: answered, all streams ended, the contacts told, and nothing is left of it.
#[test]
fn account_is_removed() {
    let mut world = open();
    world.join("a/x");
    world.join("b/x");
    world.befriend("a/x", "b/x");
    world.say("a/x", "<presence xmlns='jabber:client' type='subscribe' to='c@example.com'/>");
    let here = world.bind("a/z");
    // One that has bound nothing, and one that is still to prove its password.
    let unbound = world.server.connected();
    assert!(lookup(&mut world.server, unbound, "a").is_some());
    let stranger = world.server.connected();
    assert!(lookup(&mut world.server, stranger, "b").is_some());
    world.forget();

    world.say("a/z", REMOVE);
    assert_eq!(world.brief("a/z"), ["iq result - a/z"]);
    let mut closed: Vec<ConnId> = world
        .closed
        .drain(..)
        .map(|(conn, condition)| {
            assert_eq!(condition, StreamCondition::NotAuthorized);
            conn
        })
        .collect();
    closed.sort_unstable();
    assert_eq!(closed.len(), 3);
    assert!(closed.contains(&here) && closed.contains(&unbound) && !closed.contains(&stranger));
    let told = world.brief("b/x");
    assert_eq!(told, ["presence unavailable a/x b", "presence unsubscribed a b", "presence unsubscribe a b"]);

    // Nothing of the old one is left for who takes the name.
    assert_eq!(stored(&mut world.server, "a"), None);
    assert_eq!(register(&mut world.server, "a", "another"), Ok(()));
    let account = "a@example.com".parse().unwrap();
    world.server.handle(unbound, ReceiverEvent::Bind { account, resource: Some("old".to_owned()) });
    world.server.handle(here, ReceiverEvent::Stanza(REMOVE.parse().unwrap()));
    world.server.closed(unbound);
    assert!(world.server.poll().is_none(), "the old streams are heard no more");
    assert_eq!(stored(&mut world.server, "a"), key("another"));
    world.join("a/new");
    world.say("a/new", "<iq xmlns='jabber:client' type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    assert_eq!(world.only("a/new").first_child().unwrap().children().count(), 0);
    world.say("b/x", "<iq xmlns='jabber:client' type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    let roster = world.only("b/x");
    let item = roster.first_child().unwrap().first_child().unwrap();
    assert_eq!(item.attr("subscription").as_deref(), Some("none"), "{roster}");
    world.join("c/x");
    world.say("c/x", "<presence xmlns='jabber:client'/>");
    assert!(!world.brief("c/x").iter().any(|heard| heard.contains("subscribe ")), "the request is gone");
}

/// XEP-0077 §3.2: requests that are none, and those about somebody else.
#[test]
fn refused_requests() {
    let mut world = open();
    world.join("a/x");
    world.join("b/x");
    world.befriend("a/x", "b/x");
    for (to, content, condition) in [
        ("", "<remove/><username>a</username>", StanzaCondition::BadRequest),
        ("to='b@example.com'", "<remove/>", StanzaCondition::ServiceUnavailable),
        ("to='nobody@example.com'", "<remove/>", StanzaCondition::ServiceUnavailable),
        ("", "<username>a</username><password>b</password>", StanzaCondition::NotAllowed),
    ] {
        world.say(
            "a/x",
            &format!("<iq xmlns='jabber:client' type='set' id='1' {to}><query xmlns='jabber:iq:register'>{content}</query></iq>"),
        );
        assert_eq!(world.refusal("a/x"), condition, "{to} {content}");
    }
    assert!(world.closed.is_empty());
    assert_eq!(world.server.sessions().count(), 2);
}

/// XEP-0077 §3.1: where it is switched off there is none.
#[test]
fn switched_off() {
    let mut world = World::new();
    world.join("a/x");
    for to in ["", "to='example.com'"] {
        world.say("a/x", &REMOVE.replace("id='r'", &format!("id='r' {to}")));
        assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    }
    assert_eq!(register(&mut world.server, "new", "p"), Err(StanzaCondition::NotAllowed));
    assert_eq!(stored(&mut world.server, "new"), None);
    world.say("a/x", "<iq xmlns='jabber:client' type='get' id='d' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    assert!(!world.only("a/x").to_xml().contains(ns::REGISTER));
}
