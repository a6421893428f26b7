//! Accounts and resources (RFC 6120 §6.4, §7).

use xmpp_core::sasl::Mechanism;
use xmpp_core::server::{AccountError, ConnId, Server, ServerConfig, Verb};
use xmpp_core::stanza::{ErrorType, StanzaCondition};
use xmpp_core::stream::{BindOutcome, ReceiverEvent, StreamCondition};

use crate::world::World;

fn bind(server: &mut Server, conn: ConnId, account: &str, resource: Option<&str>) -> BindOutcome {
    let resource = resource.map(str::to_owned);
    server.handle(conn, ReceiverEvent::Bind { account: account.parse().unwrap(), resource });
    match server.poll() {
        Some((to, Verb::Bind(outcome))) if to == conn => outcome,
        other => panic!("no answer to bind: {other:?}"),
    }
}

#[test]
fn credentials_are_found_in_any_spelling_of_the_name() {
    let mut server = Server::new(ServerConfig::new("example.com").unwrap(), [1; 32]);
    let jid = server.add_account("08-00-00-1A-7C-62", "secret").unwrap();
    assert_eq!(jid, "08-00-00-1a-7c-62@example.com");
    let conn = server.connected();
    for (username, known) in [
        ("08-00-00-1A-7C-62", true),
        ("08-00-00-1a-7c-62", true),
        ("08-00-00-1A-7C-63", false),
        ("a b", false),
        ("", false),
    ] {
        let username = username.to_owned();
        server.handle(conn, ReceiverEvent::Lookup { username, mechanism: Mechanism::ScramSha256 });
        match server.poll() {
            Some((_, Verb::Credentials(found))) => assert_eq!(found.is_some(), known),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(server.add_account("a@b", "secret"), Err(AccountError::Name(_))));
    assert!(matches!(server.add_account("a", ""), Err(AccountError::Keys(_))));
    assert!(!format!("{server:?}").contains("secret"));
    assert!(ServerConfig::new("a@b").is_err());
}

/// BND-02, BND-03: the server makes a resource when none is asked for, and refuses what is none.
#[test]
fn resources() {
    let mut server = World::with(|config| config.max_resources = 2).server;
    let conns: Vec<_> = (0..5).map(|_| server.connected()).collect();
    assert_eq!(bind(&mut server, conns[0], "a@example.com", Some("x")).unwrap(), "a@example.com/x");
    let made = bind(&mut server, conns[1], "a@example.com", None).unwrap();
    assert_eq!(made.resource().len(), 22, "nobody can guess it");
    let full = bind(&mut server, conns[2], "a@example.com", Some("y")).unwrap_err();
    assert_eq!((full.condition, full.kind), (StanzaCondition::ResourceConstraint, ErrorType::Wait));
    let bad = bind(&mut server, conns[2], "a@example.com", Some("\u{7}")).unwrap_err();
    assert_eq!(bad.condition, StanzaCondition::BadRequest);
    let nobody = bind(&mut server, conns[3], "nobody@example.com", Some("x")).unwrap_err();
    assert_eq!(nobody.condition, StanzaCondition::NotAllowed);
    let second = bind(&mut server, conns[0], "a@example.com", Some("z")).unwrap_err();
    assert_eq!(second.condition, StanzaCondition::NotAllowed);
    assert_eq!(server.sessions().count(), 2);
    server.closed(conns[1]);
    assert!(server.poll().is_none());
    assert!(bind(&mut server, conns[2], "a@example.com", Some("y")).is_ok(), "there is room again");
}

/// STR-20, BND-03: the newest stream gets the resource, the old one ends with conflict and is heard no more.
#[test]
fn newest_stream_wins_a_conflict() {
    let mut world = World::new();
    world.join("b/x");
    world.join("a/x");
    world.befriend("a/x", "b/x");
    let old = world.bind("a/y");
    world.say("a/y", "<presence xmlns='jabber:client'/>");
    world.forget();

    let new = world.bind("a/y");
    assert_ne!(old, new);
    assert_eq!(world.closed, [(old, StreamCondition::Conflict)]);
    assert_eq!(world.brief("b/x"), ["presence unavailable a/y b"]);
    world.forget();

    let stanza = "<message xmlns='jabber:client' to='b@example.com' from='a@example.com/y'><body/></message>";
    world.server.handle(old, ReceiverEvent::Stanza(stanza.parse().unwrap()));
    assert!(world.server.poll().is_none(), "the old stream is heard no more");
    world.server.closed(old);
    assert!(world.server.poll().is_none(), "its end concerns nobody");
    world.say("b/x", "<message xmlns='jabber:client' to='a@example.com/y'/>");
    assert_eq!(world.brief("a/y"), ["message - b/x a/y"]);
}

#[test]
fn events_of_unknown_connections_are_ignored() {
    let mut world = World::new();
    let conn = world.bind("a/x");
    world.server.closed(conn);
    world.server.closed(conn);
    let account = "a@example.com".parse().unwrap();
    world.server.handle(conn, ReceiverEvent::Bind { account, resource: None });
    assert!(world.server.poll().is_none());
    assert_eq!(world.server.sessions().count(), 0);
}
