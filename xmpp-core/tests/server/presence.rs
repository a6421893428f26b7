//! Presence and subscriptions (RFC 6121 §3 and §4).

use xmpp_core::stanza::StanzaCondition;

use crate::world::{World, brief};

const AVAILABLE: &str = "<presence xmlns='jabber:client'/>";
const UNAVAILABLE: &str = "<presence xmlns='jabber:client' type='unavailable'/>";

fn to(kind: &str, to: &str) -> String {
    format!("<presence xmlns='jabber:client' {kind} to='{to}'/>")
}

/// RFC 6121 §3.1: asked, granted; each step reaches whom it concerns, from bare address to bare address.
#[test]
fn subscription_is_asked_and_granted() {
    let mut world = World::new();
    for client in ["a/x", "b/x", "b/y"] {
        world.join(client);
    }
    world.say("a/x", &to("type='subscribe'", "b@example.com/x"));
    for client in ["b/x", "b/y"] {
        assert_eq!(world.brief(client), ["presence subscribe a b"]);
    }
    assert!(world.silent());
    world.say("b/x", &to("type='subscribed'", "a@example.com"));
    assert_eq!(
        world.brief("a/x"),
        ["presence subscribed b a", "presence - b/x a", "presence - b/y a"],
        "and at once what is to be seen"
    );
    assert!(world.silent());
    world.say("b/y", UNAVAILABLE);
    assert_eq!(world.brief("a/x"), ["presence unavailable b/y a"]);
    world.forget();
    world.say("a/x", "<presence xmlns='jabber:client'><show>dnd</show></presence>");
    assert_eq!(world.brief("a/x"), ["presence - a/x a"]);
    assert!(world.silent(), "b does not see a");
}

/// RFC 6121 §3.1.6, §3.2.3, §3.3.3: who has asked for the roster learns why it changes before it does, available or not.
#[test]
fn who_keeps_a_roster_learns_why_it_changes() {
    let mut world = World::new();
    world.bind("a/x");
    world.say("a/x", "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    world.join("b/x");
    world.say("a/x", &to("type='subscribe'", "b@example.com"));
    world.forget();
    for kind in ["subscribed", "unsubscribed"] {
        world.say("b/x", &to(&format!("type='{kind}'"), "a@example.com"));
        assert_eq!(world.brief("a/x"), [format!("presence {kind} b a"), "iq set - a/x".to_owned()]);
    }
}

/// RFC 6121 §3.1.3: a request waits until it is answered, and is shown to each new resource.
#[test]
fn request_waits_for_an_answer() {
    let mut world = World::new();
    world.join("a/x");
    world.say(
        "a/x",
        "<presence xmlns='jabber:client' type='subscribe' to='b@example.com'><status>me</status></presence>",
    );
    assert!(world.silent());
    for client in ["b/x", "b/y"] {
        world.bind(client);
        world.say(client, AVAILABLE);
        let heard = world.heard(client);
        let request =
            heard.iter().find(|stanza| stanza.attr("type").as_deref() == Some("subscribe")).unwrap();
        assert_eq!(request.child("status", "jabber:client").unwrap().text(), "me", "in full");
    }
    world.forget();
    world.say("b/x", &to("type='unsubscribed'", "a@example.com"));
    assert_eq!(world.brief("a/x"), ["presence unsubscribed b a"]);
    world.bind("b/z");
    world.say("b/z", AVAILABLE);
    assert!(world.brief("b/z").iter().all(|stanza| !stanza.contains("subscribe")));
}

/// RFC 6121 §4.2, §4.3: who comes learns who is there, and all learn of it.
#[test]
fn who_comes_learns_who_is_there() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    world.befriend("a/x", "b/x");
    world.say("b/x", "<presence xmlns='jabber:client'><status>here</status></presence>");
    world.forget();
    world.bind("a/y");
    world.say("a/y", AVAILABLE);
    assert_eq!(world.brief("a/x"), ["presence - a/y a"]);
    assert_eq!(world.brief("b/x"), ["presence - a/y b"]);
    let heard = world.heard("a/y");
    let heard_brief: Vec<_> = heard.iter().map(brief).collect();
    assert_eq!(heard_brief, ["presence - a/y a", "presence - a/x a/y", "presence - b/x a/y"]);
    assert_eq!(heard[2].child("status", "jabber:client").unwrap().text(), "here", "in full");
    world.say("a/y", AVAILABLE);
    assert_eq!(world.brief("a/y"), ["presence - a/y a"], "only the first presence asks");
}

/// RFC 6121 §4.5: who goes is gone for all who saw it, said or unsaid.
#[test]
fn who_goes_is_gone_for_all() {
    let mut world = World::new();
    for client in ["a/x", "a/y", "b/x", "c/x"] {
        world.join(client);
    }
    world.befriend("a/x", "b/x");
    world.say("a/x", UNAVAILABLE);
    assert_eq!(world.brief("a/x"), ["presence unavailable a/x a/x"]);
    assert_eq!(world.brief("a/y"), ["presence unavailable a/x a"]);
    assert_eq!(world.brief("b/x"), ["presence unavailable a/x b"]);
    assert!(world.silent());
    world.say("a/x", UNAVAILABLE);
    world.leave("a/x");
    assert!(world.silent(), "once is enough");
    world.leave("a/y");
    assert_eq!(world.brief("b/x"), ["presence unavailable a/y b"]);
    assert!(world.silent());
}

/// RFC 6121 §4.6: who was told in person learns of the end, once, and only while it matters.
#[test]
fn directed_presence() {
    let mut world = World::with(|config| config.max_directed = 2);
    for client in ["a/x", "b/x", "c/x"] {
        world.join(client);
    }
    world.befriend("a/x", "b/x");
    for address in ["b@example.com/x", "c@example.com/x"] {
        world.say("a/x", &to("", address));
    }
    assert_eq!(world.brief("c/x"), ["presence - a/x c/x"]);
    assert_eq!(world.brief("b/x"), ["presence - a/x b/x"]);
    world.say("a/x", &to("", "c@example.com"));
    assert_eq!(world.refusal("a/x"), StanzaCondition::ResourceConstraint);
    world.leave("a/x");
    assert_eq!(world.brief("b/x"), ["presence unavailable a/x b"]);
    assert_eq!(world.brief("c/x"), ["presence unavailable a/x c/x"]);

    world.bind("a/z");
    world.say("a/z", &to("", "c@example.com/x"));
    world.say("a/z", &to("type='unavailable'", "c@example.com/x"));
    assert_eq!(world.brief("c/x"), ["presence - a/z c/x", "presence unavailable a/z c/x"]);
    world.leave("a/z");
    assert!(world.silent());
}

/// RFC 6121 §3.2, §3.3: given up or taken back, the other one is gone from sight.
#[test]
fn subscription_ends_from_either_side() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    world.befriend("a/x", "b/x");
    world.say("a/x", &to("type='unsubscribed'", "b@example.com"));
    assert_eq!(world.brief("b/x"), ["presence unavailable a/x b", "presence unsubscribed a b"]);
    world.say("a/x", AVAILABLE);
    assert_eq!(world.brief("b/x"), Vec::<String>::new());
    world.forget();
    world.say("a/x", &to("type='unsubscribe'", "b@example.com"));
    assert_eq!(world.brief("b/x"), ["presence unsubscribe a b"]);
    assert_eq!(world.brief("a/x"), ["presence unavailable b/x a"]);
    world.say("b/x", AVAILABLE);
    assert_eq!(world.brief("a/x"), Vec::<String>::new());
}

/// STZ-14, STZ-17: what makes no sense is refused or ignored.
#[test]
fn what_makes_no_sense() {
    let mut world = World::new();
    world.join("a/x");
    for (stanza, condition) in [
        ("<presence xmlns='jabber:client' type='odd'/>", StanzaCondition::BadRequest),
        ("<presence xmlns='jabber:client' type='subscribe'/>", StanzaCondition::BadRequest),
        (&to("type='subscribe'", "a@example.com"), StanzaCondition::NotAllowed),
        (&to("type='subscribe'", "example.com"), StanzaCondition::NotAllowed),
        (&to("type='subscribe'", "b@example.org"), StanzaCondition::RemoteServerNotFound),
        (&to("", "b@"), StanzaCondition::JidMalformed),
    ] {
        world.say("a/x", stanza);
        assert_eq!(world.refusal("a/x"), condition, "{stanza}");
    }
    for stanza in [
        &to("type='subscribe'", "nobody@example.com"),
        &to("type='subscribed'", "b@example.com"),
        &to("type='unsubscribed'", "b@example.com"),
        &to("type='probe'", "example.com"),
        &to("type='error'", "b@example.com"),
        &to("", "b@example.com/gone"),
        &to("", "example.com"),
    ] {
        world.say("a/x", stanza);
        assert!(world.silent(), "{stanza}");
    }
}

fn probe(to: &str) -> String {
    format!("<presence xmlns='jabber:client' type='probe' id='p' to='{to}@example.com'/>")
}

/// RFC 6121 §4.3.2, rule 1, and §8.5.1: who sees nothing is told so, whether there is such an account or not.
#[test]
fn probe_of_a_stranger() {
    let mut world = World::new();
    world.join("a/x");
    world.join("b/x");
    for stranger in ["b", "nobody"] {
        world.say("a/x", &probe(stranger));
        let answer = world.only("a/x");
        assert_eq!(brief(&answer), format!("presence unsubscribed {stranger} a/x"));
        assert_eq!(answer.attr("id").as_deref(), Some("p"), "§4.3.2.1");
    }
    for asked in ["b", "nobody"] {
        world.say("a/x", &to("type='subscribe'", &format!("{asked}@example.com")));
        world.forget();
        world.say("a/x", &probe(asked));
        assert!(world.silent(), "{asked} has not refused");
    }
}

/// RFC 6121 §4.3.2, rules 3 and 4: a probe shows what the asker sees anyway.
#[test]
fn probe_of_a_friend() {
    let mut world = World::new();
    for client in ["a/x", "b/x", "b/y"] {
        world.join(client);
    }
    world.befriend("a/x", "b/x");
    world.say("b/y", "<presence xmlns='jabber:client' id='b'><show>away</show></presence>");
    world.forget();
    world.say("a/x", &to("type='probe'", "b@example.com"));
    let heard = world.heard("a/x");
    assert_eq!(heard.iter().map(brief).collect::<Vec<_>>(), ["presence - b/x a/x", "presence - b/y a/x"]);
    assert_eq!(heard[1].child("show", "jabber:client").unwrap().text(), "away", "in full");
    assert_eq!(heard[1].attr("id").as_deref(), Some("b"), "§4.3.2.1");
    for client in ["b/x", "b/y"] {
        world.say(client, UNAVAILABLE);
    }
    world.forget();
    world.say("a/x", &probe("b"));
    assert_eq!(world.brief("a/x"), ["presence unavailable b a/x"]);
}

/// RFC 6121 §4.3.2: a probe of one resource learns of that one only, and only whether it is there.
#[test]
fn probe_of_one_resource() {
    let mut world = World::new();
    for client in ["a/x", "b/x", "b/y"] {
        world.join(client);
    }
    world.befriend("a/x", "b/x");
    world.say("b/y", "<presence xmlns='jabber:client'><show>away</show></presence>");
    world.forget();
    world.say("a/x", &to("type='probe'", "b@example.com/y"));
    let answer = world.only("a/x");
    assert_eq!(brief(&answer), "presence - b/y a/x");
    assert_eq!(answer.children().count(), 0);
    world.say("a/x", &to("type='probe'", "b@example.com/gone"));
    assert_eq!(world.brief("a/x"), ["presence unavailable b/gone a/x"]);
}

/// RFC 6121 §4.6.6: presence that was told in person may be asked for again.
#[test]
fn probe_of_who_sent_directed_presence() {
    let mut world = World::new();
    for client in ["a/x", "b/x", "b/y"] {
        world.join(client);
    }
    world.say("b/x", &to("", "a@example.com/x"));
    world.forget();
    world.say("a/x", &probe("b"));
    assert_eq!(world.brief("a/x"), ["presence - b/x a/x"]);
    world.say("a/x", &to("type='probe'", "b@example.com/y"));
    assert_eq!(world.brief("a/x"), ["presence unsubscribed b a/x"]);
    world.say("b/x", &to("type='unavailable'", "a@example.com/x"));
    world.forget();
    world.say("a/x", &probe("b"));
    assert_eq!(world.brief("a/x"), ["presence unsubscribed b a/x"]);
}
