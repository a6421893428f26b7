//! Whatever clients say.

use proptest::prelude::*;
use xmpp_core::server::{ConnId, Server, ServerConfig, Verb};
use xmpp_core::stream::ReceiverEvent;
use xmpp_core::xml::Element;

const CLIENTS: [(&str, &str); 4] = [("a", "x"), ("a", "y"), ("b", "x"), ("c", "x")];
const ADDRESSES: [&str; 10] = [
    "",
    "to='a@example.com'",
    "to='a@example.com/x'",
    "to='b@example.com'",
    "to='b@example.com/x'",
    "to='b@example.com/gone'",
    "to='nobody@example.com'",
    "to='example.com'",
    "to='example.org'",
    "to='@'",
];
const STANZAS: [(&str, &[&str], &[&str]); 3] = [
    ("message", &["", "chat", "normal", "headline", "groupchat", "error"], &["", "<body>x</body>"]),
    (
        "presence",
        &[
            "",
            "",
            "unavailable",
            "subscribe",
            "subscribed",
            "unsubscribe",
            "unsubscribed",
            "probe",
            "error",
            "odd",
        ],
        &["", "<priority>-1</priority>"],
    ),
    (
        "iq",
        &["get", "set", "result", "error", "odd"],
        &[
            "",
            "<ping xmlns='urn:xmpp:ping'/>",
            "<query xmlns='jabber:iq:roster'/>",
            "<query xmlns='jabber:iq:roster'><item jid='b@example.com'/></query>",
            "<query xmlns='jabber:iq:roster'><item jid='b@example.com' subscription='remove'/></query>",
            "<error type='cancel'/>",
        ],
    ),
];

#[derive(Clone, Debug)]
enum Step {
    Say(usize, String),
    Reconnect(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let stanza = (0..CLIENTS.len(), 0..STANZAS.len(), any::<[prop::sample::Index; 3]>()).prop_map(
        |(client, stanza, [kind, address, content])| {
            let (name, kinds, contents) = STANZAS[stanza];
            let kind = match *kind.get(kinds) {
                "" => String::new(),
                kind => format!("type='{kind}'"),
            };
            let (to, content) = (address.get(&ADDRESSES), content.get(contents));
            Step::Say(client, format!("<{name} xmlns='jabber:client' id='i' {kind} {to}>{content}</{name}>"))
        },
    );
    prop_oneof![20 => stanza, 1 => (0..CLIENTS.len()).prop_map(Step::Reconnect)]
}

/// Runs a script; what every connection was told, step by step.
fn run(steps: &[Step]) -> Vec<Vec<(ConnId, String)>> {
    let mut config = ServerConfig::new("example.com").unwrap();
    config.iterations = 1;
    let mut server = Server::new(config, [3; 32]);
    for name in ["a", "b", "c"] {
        server.add_account(name, "secret").unwrap();
    }
    let mut conns: Vec<_> = CLIENTS.iter().map(|client| connect(&mut server, client)).collect();
    let mut told = Vec::new();
    for step in steps {
        match step {
            Step::Reconnect(client) => {
                server.closed(conns[*client]);
                told.push(drain(&mut server));
                conns[*client] = connect(&mut server, &CLIENTS[*client]);
            }
            Step::Say(client, xml) => {
                let (name, resource) = CLIENTS[*client];
                let stanza: Element = xml.parse().unwrap();
                let from = format!("{name}@example.com/{resource}");
                let stanza = stanza.with_attrs(&[("from", Some(&from))]).unwrap();
                server.handle(conns[*client], ReceiverEvent::Stanza(stanza.clone()));
                let out = drain(&mut server);
                check(conns[*client], &stanza, &out);
                told.push(out);
            }
        }
    }
    told
}

fn connect(server: &mut Server, (name, resource): &(&str, &str)) -> ConnId {
    let conn = server.connected();
    let account = format!("{name}@example.com").parse().unwrap();
    server.handle(conn, ReceiverEvent::Bind { account, resource: Some((*resource).to_owned()) });
    assert!(matches!(server.poll(), Some((_, Verb::Bind(Ok(_))))));
    conn
}

fn drain(server: &mut Server) -> Vec<(ConnId, String)> {
    std::iter::from_fn(|| server.poll())
        .map(|(conn, verb)| match verb {
            Verb::Send(stanza) => (conn, stanza.to_xml()),
            other => panic!("unexpected {other:?}"),
        })
        .collect()
}

/// What holds for every single stanza.
fn check(sender: ConnId, stanza: &Element, out: &[(ConnId, String)]) {
    let kind = stanza.attr("type").unwrap_or_default();
    let heard: Vec<(ConnId, Element)> = out.iter().map(|(conn, xml)| (*conn, xml.parse().unwrap())).collect();
    let answers = heard.iter().filter(|(conn, heard)| {
        *conn == sender
            && heard.attr("id").as_deref() == Some("i")
            && matches!(heard.attr("type").as_deref(), Some("result" | "error"))
            && heard != stanza
    });
    match (stanza.name(), &*kind) {
        (_, "error") | ("iq", "result") => assert_eq!(answers.count(), 0, "{stanza}"),
        ("iq", _) => {
            let passed = heard.iter().filter(|(_, heard)| heard == stanza).count();
            assert_eq!(answers.count() + passed, 1, "one answer or one reader: {stanza}");
        }
        _ => assert!(answers.count() <= 1, "{stanza}"),
    }
    for (_, heard) in &heard {
        assert!(heard.attr("from").is_none_or(|from| from != "@"), "{heard}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// STZ-03, STZ-08: whatever is said, each request has one answer or one reader, responses and errors none, and the
    /// same inputs give the same outputs.
    #[test]
    fn any_conversation(steps in prop::collection::vec(step(), 0..60)) {
        prop_assert_eq!(run(&steps), run(&steps));
    }
}
