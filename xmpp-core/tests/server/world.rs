//! A server and its clients, as seen behind their receivers.

use std::collections::BTreeMap;

use xmpp_core::jid::FullJid;
use xmpp_core::server::{ConnId, Server, ServerConfig, Verb};
use xmpp_core::stanza::{StanzaCondition, StanzaError};
use xmpp_core::stream::{ReceiverEvent, StreamCondition};
use xmpp_core::xml::Element;

/// A server with the accounts `a`, `b` and `c` of `example.com`. Clients are named by their full address without the
/// domain: `a/x`.
pub struct World {
    pub server: Server,
    conns: BTreeMap<String, (ConnId, FullJid)>,
    inbox: BTreeMap<ConnId, Vec<Element>>,
    pub closed: Vec<(ConnId, StreamCondition)>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::new("example.com").unwrap();
        config.iterations = 1;
        change(&mut config);
        let mut server = Server::new(config, [7; 32]);
        for name in ["a", "b", "c"] {
            server.add_account(name, "secret").unwrap();
        }
        Self { server, conns: BTreeMap::new(), inbox: BTreeMap::new(), closed: Vec::new() }
    }

    /// A client binds a resource and is silent.
    pub fn bind(&mut self, client: &str) -> ConnId {
        let (name, resource) = client.split_once('/').unwrap();
        let conn = self.server.connected();
        let account = format!("{name}@example.com").parse().unwrap();
        self.server.handle(conn, ReceiverEvent::Bind { account, resource: Some(resource.to_owned()) });
        let mut bound = None;
        while let Some((to, verb)) = self.server.poll() {
            match verb {
                Verb::Bind(outcome) => bound = Some(outcome.unwrap()),
                verb => self.apply(to, verb),
            }
        }
        self.conns.insert(client.to_owned(), (conn, bound.unwrap()));
        conn
    }

    /// A client binds a resource and sends its first presence, which everybody forgets.
    pub fn join(&mut self, client: &str) {
        self.bind(client);
        self.say(client, "<presence xmlns='jabber:client'/>");
        self.forget();
    }

    /// A client says something; `from` is what a receiver would set.
    pub fn say(&mut self, client: &str, xml: &str) {
        let (conn, jid) = self.conns[client].clone();
        let stanza: Element = xml.parse().unwrap();
        let stanza = stanza.with_attrs(&[("from", Some(jid.as_str()))]).unwrap();
        self.server.handle(conn, ReceiverEvent::Stanza(stanza));
        self.drain();
    }

    /// The connection of a client breaks.
    pub fn leave(&mut self, client: &str) {
        let (conn, _) = self.conns.remove(client).unwrap();
        self.server.closed(conn);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some((conn, verb)) = self.server.poll() {
            self.apply(conn, verb);
        }
    }

    fn apply(&mut self, conn: ConnId, verb: Verb) {
        match verb {
            Verb::Send(stanza) => self.inbox.entry(conn).or_default().push(stanza),
            Verb::Close(error) => self.closed.push((conn, error.condition)),
            other => panic!("unexpected {other:?}"),
        }
    }

    pub fn forget(&mut self) {
        self.inbox.clear();
    }

    /// What a client has heard since the last time.
    pub fn heard(&mut self, client: &str) -> Vec<Element> {
        self.inbox.remove(&self.conns[client].0).unwrap_or_default()
    }

    /// The same in a few words: `kind type from to`, each without the domain.
    pub fn brief(&mut self, client: &str) -> Vec<String> {
        self.heard(client).iter().map(brief).collect()
    }

    /// The only thing that a client has heard.
    pub fn only(&mut self, client: &str) -> Element {
        let mut heard = self.heard(client);
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }

    /// The only thing that a client has heard is an error.
    pub fn refusal(&mut self, client: &str) -> StanzaCondition {
        let stanza = self.only(client);
        assert_eq!(stanza.attr("type").as_deref(), Some("error"), "{stanza}");
        StanzaError::of_stanza(stanza.root()).unwrap().condition
    }

    pub fn silent(&mut self) -> bool {
        self.inbox.is_empty()
    }

    /// Both see each other.
    pub fn befriend(&mut self, one: &str, other: &str) {
        let name = |client: &str| client.split('/').next().unwrap().to_owned();
        for (from, to) in [(one, other), (other, one)] {
            for (speaker, listener, kind) in [(from, to, "subscribe"), (to, from, "subscribed")] {
                let listener = name(listener);
                self.say(
                    speaker,
                    &format!("<presence xmlns='jabber:client' type='{kind}' to='{listener}@example.com'/>"),
                );
            }
        }
        self.forget();
    }
}

pub fn brief(stanza: &Element) -> String {
    let short = |name| stanza.attr(name).map_or("-".to_owned(), |jid| jid.replace("@example.com", ""));
    let kind = stanza.attr("type").map_or("-".to_owned(), std::borrow::Cow::into_owned);
    format!("{} {kind} {} {}", stanza.name(), short("from"), short("to"))
}
