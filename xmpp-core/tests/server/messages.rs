//! Where messages go (RFC 6121 §8).

use xmpp_core::stanza::StanzaCondition;

use crate::world::World;

fn message(kind: &str, to: &str) -> String {
    format!("<message xmlns='jabber:client' type='{kind}' to='{to}' id='m'><body>hi</body></message>")
}

fn priority(world: &mut World, client: &str, priority: i8) {
    world.join(client);
    world.say(client, &format!("<presence xmlns='jabber:client'><priority>{priority}</priority></presence>"));
    world.forget();
}

/// RFC 6121 §8.5.2.1.1: the most available resources, for headlines all, never those of negative priority.
#[test]
fn to_an_account() {
    let mut world = World::new();
    world.join("a/x");
    for (client, number) in [("b/low", 1), ("b/high", 5), ("b/too", 5), ("b/never", -1)] {
        priority(&mut world, client, number);
    }
    world.bind("b/silent");
    for (kind, readers) in [
        ("chat", &["b/high", "b/too"][..]),
        ("normal", &["b/high", "b/too"]),
        ("headline", &["b/low", "b/high", "b/too"]),
    ] {
        world.say("a/x", &message(kind, "b@example.com"));
        for client in ["b/low", "b/high", "b/too", "b/never", "b/silent"] {
            let expected =
                if readers.contains(&client) { vec![format!("message {kind} a/x b")] } else { vec![] };
            assert_eq!(world.brief(client), expected, "{client}");
        }
        assert!(world.silent());
    }
    world.say("a/x", &message("groupchat", "b@example.com"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    world.say("a/x", &message("error", "b@example.com"));
    assert!(world.silent());
}

/// STZ-08; RFC 6121 §8.5.1, §8.5.2.2: nobody is there, and nobody can tell whether the account exists.
#[test]
fn to_an_account_without_readers() {
    for to in ["b@example.com", "nobody@example.com"] {
        let mut world = World::new();
        world.join("a/x");
        priority(&mut world, "b/never", -1);
        for (kind, refused) in
            [("chat", true), ("normal", true), ("groupchat", true), ("headline", false), ("error", false)]
        {
            world.say("a/x", &message(kind, to));
            if refused {
                assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable, "{kind}");
            }
            assert!(world.silent(), "{kind}");
        }
    }
}

/// RFC 6121 §8.5.3: the session itself, available or not; of what misses it, chat goes on to the others.
#[test]
fn to_a_session() {
    let mut world = World::new();
    world.join("a/x");
    world.bind("b/silent");
    for kind in ["chat", "normal", "headline", "groupchat", "error"] {
        world.say("a/x", &message(kind, "b@example.com/silent"));
        assert_eq!(world.brief("b/silent"), [format!("message {kind} a/x b/silent")]);
    }
    for kind in ["chat", "normal", "groupchat"] {
        world.say("a/x", &message(kind, "b@example.com/gone"));
        assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    }
    world.join("b/there");
    world.say("a/x", &message("chat", "b@example.com/gone"));
    assert_eq!(world.brief("b/there"), ["message chat a/x b/gone"], "the address is not rewritten");
    world.say("a/x", &message("normal", "b@example.com/gone"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ServiceUnavailable);
    for kind in ["headline", "error"] {
        world.say("a/x", &message(kind, "b@example.com/gone"));
        assert!(world.silent());
    }
}

/// STZ-06: without an address it is for the own account.
#[test]
fn to_nobody_in_particular() {
    let mut world = World::new();
    world.join("a/x");
    world.say("a/x", "<message xmlns='jabber:client'><body>note</body></message>");
    assert_eq!(world.brief("a/x"), ["message - a/x -"]);
}

/// STZ-03, STZ-04, STZ-08: other domains, the domain itself, and what is no address.
#[test]
fn to_elsewhere() {
    let mut world = World::new();
    world.join("a/x");
    for (to, condition) in [
        ("b@example.org", StanzaCondition::RemoteServerNotFound),
        ("conference.example.com", StanzaCondition::RemoteServerNotFound),
        ("example.com", StanzaCondition::ServiceUnavailable),
        ("@example.com", StanzaCondition::JidMalformed),
    ] {
        world.say("a/x", &message("chat", to));
        assert_eq!(world.refusal("a/x"), condition, "{to}");
        world.say("a/x", &message("error", to));
        assert!(world.silent(), "an error is never answered");
    }
    world.say("a/x", &message("chat", "@example.com"));
    let refusal = world.only("a/x");
    assert_eq!(refusal.attr("from").as_deref(), Some("example.com"), "what is no address does not come back");
    assert_eq!(refusal.attr("id").as_deref(), Some("m"));
}

/// STZ-13: stanzas of one sender arrive in their order, their content as it was.
#[test]
fn in_order_and_unchanged() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    for number in 0..5 {
        world.say(
            "a/x",
            &format!(
                "<message xmlns='jabber:client' to='b@example.com/x' id='{number}' xml:lang='de'>\
                 <p:q xmlns:p='urn:p' p:r='1'><![CDATA[<>]]></p:q></message>"
            ),
        );
    }
    let heard = world.heard("b/x");
    let ids: Vec<_> = heard.iter().map(|stanza| stanza.attr("id").unwrap().into_owned()).collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4"]);
    let inner = heard[0].child("q", "urn:p").unwrap();
    assert_eq!((inner.attr_ns("r", "urn:p").as_deref(), &*inner.text()), (Some("1"), "<>"));
    assert_eq!(heard[0].lang().as_deref(), Some("de"));
}
