//! Rosters (RFC 6121 §2).

use xmpp_core::stanza::{Iq, StanzaCondition};
use xmpp_core::xep::roster::{Change, Roster, Subscription};
use xmpp_core::xml::Element;

use crate::world::World;

fn set(item: &str) -> String {
    format!("<iq xmlns='jabber:client' type='set' id='s'><query xmlns='jabber:iq:roster'>{item}</query></iq>")
}

/// The roster; whoever asks gets pushes from now on.
fn get(world: &mut World, client: &str) -> Roster {
    world.say(client, "<iq xmlns='jabber:client' type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>");
    let answer = world.only(client);
    Roster::parse(answer.first_child().unwrap()).unwrap()
}

fn push(stanza: &Element, account: &str) -> Change {
    Change::of_push(&Iq::parse(stanza.root()).unwrap(), &account.parse().unwrap()).unwrap()
}

/// A push in a few words: address, subscription, whether it is asked for.
fn pushed(stanza: &Element, account: &str) -> (String, Option<Subscription>, bool) {
    match push(stanza, account) {
        Change::Put(item) => (item.jid.to_string(), Some(item.subscription), item.ask),
        Change::Remove(jid) => (jid.to_string(), None, false),
    }
}

/// STZ-15, STZ-16; RFC 6121 §2.3: what is set is pushed to every session that asked for the roster, and kept.
#[test]
fn contact_is_added_and_changed() {
    let mut world = World::new();
    for client in ["a/x", "a/y", "a/z"] {
        world.join(client);
    }
    assert_eq!(get(&mut world, "a/x"), Roster::default());
    assert_eq!(get(&mut world, "a/y"), Roster::default());
    world
        .say("a/x", &set("<item jid='b@example.com' name='Bee' subscription='both'><group>G</group></item>"));
    let heard = world.heard("a/x");
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[1].attr("type").as_deref(), Some("result"));
    let Change::Put(item) = push(&heard[0], "a@example.com") else { panic!() };
    assert_eq!((item.name.as_deref(), &item.groups[..]), (Some("Bee"), &["G".to_owned()][..]));
    assert_eq!(item.subscription, Subscription::None, "only presence changes it");
    assert_eq!(push(&world.only("a/y"), "a@example.com"), Change::Put(item.clone()));
    assert!(world.silent(), "a/z did not ask");
    assert_eq!(get(&mut world, "a/z").items, [item]);

    world.say("a/x", &set("<item jid='b@example.com'/>"));
    world.forget();
    assert_eq!(get(&mut world, "a/x").items[0].name, None);
}

/// RFC 6121 §3: every change of a subscription is pushed, and nothing else is.
#[test]
fn subscriptions_are_pushed() {
    let mut world = World::new();
    for client in ["a/x", "b/x"] {
        world.join(client);
        get(&mut world, client);
    }
    let presence =
        |kind, to| format!("<presence xmlns='jabber:client' type='{kind}' to='{to}@example.com'/>");
    let pushes = |world: &mut World, client: &str, account| -> Vec<_> {
        let heard = world.heard(client);
        heard.iter().filter(|stanza| stanza.name() == "iq").map(|stanza| pushed(stanza, account)).collect()
    };
    let (a, b) = ("a@example.com", "b@example.com");
    for (speaker, kind, to, of_a, of_b) in [
        ("a/x", "subscribe", "b", Some((Subscription::None, true)), None),
        ("a/x", "subscribe", "b", None, None),
        ("b/x", "subscribed", "a", Some((Subscription::To, false)), Some((Subscription::From, false))),
        ("b/x", "subscribed", "a", None, None),
        ("b/x", "subscribe", "a", None, Some((Subscription::From, true))),
        ("a/x", "subscribed", "b", Some((Subscription::Both, false)), Some((Subscription::Both, false))),
        ("a/x", "unsubscribe", "b", Some((Subscription::From, false)), Some((Subscription::To, false))),
        ("a/x", "unsubscribed", "b", Some((Subscription::None, false)), Some((Subscription::None, false))),
    ] {
        world.say(speaker, &presence(kind, to));
        let expected = |state: Option<(Subscription, bool)>, other: &str| -> Vec<_> {
            state.into_iter().map(|(state, ask)| (other.to_owned(), Some(state), ask)).collect()
        };
        assert_eq!(pushes(&mut world, "a/x", a), expected(of_a, b), "{speaker} {kind}");
        assert_eq!(pushes(&mut world, "b/x", b), expected(of_b, a), "{speaker} {kind}");
    }
}

/// RFC 6121 §2.5: with the contact go both subscriptions.
#[test]
fn contact_is_removed() {
    let mut world = World::new();
    for client in ["a/x", "b/x"] {
        world.join(client);
        get(&mut world, client);
    }
    world.befriend("a/x", "b/x");
    world.say("a/x", &set("<item jid='b@example.com' subscription='remove'/>"));
    let heard = world.heard("b/x");
    let kinds: Vec<_> = heard.iter().map(crate::world::brief).collect();
    assert!(kinds.contains(&"presence unavailable a/x b".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"presence unsubscribe a b".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"presence unsubscribed a b".to_owned()), "{kinds:?}");
    let last = heard.iter().rfind(|stanza| stanza.name() == "iq").unwrap();
    assert_eq!(pushed(last, "b@example.com"), ("a@example.com".into(), Some(Subscription::None), false));

    let heard = world.heard("a/x");
    let pushes: Vec<_> =
        heard.iter().filter(|stanza| stanza.attr("type").as_deref() == Some("set")).collect();
    assert_eq!(pushes.len(), 1, "no state in between");
    assert_eq!(pushed(pushes[0], "a@example.com"), ("b@example.com".into(), None, false));
    assert_eq!(get(&mut world, "a/x"), Roster::default());
    world.say("b/x", "<presence xmlns='jabber:client'/>");
    assert!(world.heard("a/x").is_empty());
}

/// RFC 6121 §2.3.3, §2.5.3: what is wrong with a set.
#[test]
fn refused_sets() {
    let mut world = World::with(|config| config.max_contacts = 1);
    world.join("a/x");
    let long = "x".repeat(1024);
    for (item, condition) in [
        ("", StanzaCondition::BadRequest),
        ("<item jid='b@example.com'/><item jid='c@example.com'/>", StanzaCondition::BadRequest),
        ("<item jid='b@example.com/x'/>", StanzaCondition::BadRequest),
        ("<item/>", StanzaCondition::BadRequest),
        ("<item jid='a@example.com'/>", StanzaCondition::NotAllowed),
        ("<item jid='b@example.com' subscription='remove'/>", StanzaCondition::ItemNotFound),
        (&format!("<item jid='b@example.com' name='{long}'/>"), StanzaCondition::NotAcceptable),
        (&format!("<item jid='b@example.com'><group>{long}</group></item>"), StanzaCondition::NotAcceptable),
        ("<item jid='b@example.com'><group/></item>", StanzaCondition::NotAcceptable),
        ("<item jid='b@example.com'><group>A</group><group>A</group></item>", StanzaCondition::BadRequest),
    ] {
        world.say("a/x", &set(item));
        assert_eq!(world.refusal("a/x"), condition, "{item}");
    }
    world.say("a/x", &set("<item jid='b@example.com'/>"));
    world.forget();
    world.say("a/x", &set("<item jid='c@example.com'/>"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ResourceConstraint);
    world.say("a/x", "<presence xmlns='jabber:client' type='subscribe' to='c@example.com'/>");
    assert_eq!(world.refusal("a/x"), StanzaCondition::ResourceConstraint);
    world.join("c/x");
    world.say("c/x", "<presence xmlns='jabber:client' type='subscribe' to='a@example.com'/>");
    assert!(world.silent(), "requests of others are bounded as well");
}
