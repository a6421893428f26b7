//! Anonymous accounts: they come and go with their stream.

use xmpp_core::jid::BareJid;
use xmpp_core::sasl::{
    Mechanism,
    bearer::{Bearer, TokenError},
};
use xmpp_core::server::{Server, ServerConfig, Verb};
use xmpp_core::stream::ReceiverEvent;

/// MEC-04: a guest binds and is reachable, and nothing of it is left when its stream ends, bound or not.
#[test]
fn guests_leave_nothing() {
    let mut server = Server::new(ServerConfig::new("example.org").unwrap(), [1; 32]);
    let account = BareJid::new("0123abcd@example.org").unwrap();
    for binds in [true, false] {
        let conn = server.connected();
        let mechanism = Mechanism::Anonymous;
        server.handle(conn, ReceiverEvent::Authenticated { account: account.clone(), mechanism });
        assert!(server.poll().is_none());
        if binds {
            server.handle(conn, ReceiverEvent::Bind { account: account.clone(), resource: None });
            assert!(matches!(server.poll(), Some((to, Verb::Bind(Ok(_)))) if to == conn));
            assert_eq!(server.sessions().count(), 1);
        }
        server.handle(conn, ReceiverEvent::Closed(Ok(())));
        while server.poll().is_some() {}
        assert_eq!(server.sessions().count(), 0);
        // Whoever comes later by a password finds no such account.
        let later = server.connected();
        let username = account.local().unwrap().to_owned();
        server.handle(later, ReceiverEvent::Lookup { username, mechanism: Mechanism::ScramSha1 });
        assert!(matches!(server.poll(), Some((_, Verb::Credentials(None)))));
        server.closed(later);
        while server.poll().is_some() {}
    }
}

/// MEC-21: this server gives out no tokens, so none is good.
#[test]
fn no_token_is_good() {
    let mut server = Server::new(ServerConfig::new("example.org").unwrap(), [1; 32]);
    let conn = server.connected();
    server.handle(conn, ReceiverEvent::Token(Bearer::new("abc")));
    assert!(matches!(server.poll(), Some((_, Verb::Token(Err(TokenError::InvalidToken))))));
}
