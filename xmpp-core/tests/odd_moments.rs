//! Closes and deadlines while something else is awaited: nothing is said that must not be said, and what was closed stays
//! closed.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::time::{Duration, Instant};

use support::{HEADER, Scripted, attribute, client_config, features};
use xmpp_core::{
    Action, Error, Event, Phase, TcpServer, TlsPolicy,
    sasl::{scram::StoredCredentials, server},
    stanza::iq,
    stream::{Receiver, ReceiverConfig, ReceiverEvent, StreamCondition, StreamError},
    tls::TlsInfo,
    wire::TcpWire,
    work::Work,
    xep::ping,
    xml::Limits,
};

const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PLAIN: &str =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABzZWNyZXQ=</auth>";

/// A client whose adapter is shaking hands.
fn client_in_handshake() -> Scripted {
    let mut client = Scripted::new(client_config("secret", TlsPolicy::Required));
    client.hear(&format!("{HEADER}{}", features(STARTTLS)));
    client.hear("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    assert_eq!(client.marks, ["StartTls"]);
    client
}

/// TLS-05: between clear text and TLS nothing can be said, and a handshake that succeeds afterwards opens nothing.
#[test]
fn client_closed_in_the_handshake() {
    let mut client = client_in_handshake();
    client.link.close(client.now);
    assert_eq!(client.hear(""), "");
    assert_eq!(client.marks, ["StartTls", "Shutdown"]);
    assert!(client.closed().is_ok());
    assert_eq!(client.tls(Ok(TlsInfo::default())), "");
    assert!(client.events.is_empty() && client.link.poll_timeout().is_none());
}

#[test]
fn client_deadline_in_the_handshake() {
    let mut client = client_in_handshake();
    assert_eq!(client.sleep(Duration::from_mins(2)), "");
    assert!(matches!(client.closed(), Err(Error::Timeout(Phase::Tls))));
}

/// What comes before the login and after our `</stream>` is from nobody, and never reaches the application.
#[test]
fn nothing_is_delivered_of_a_login_that_was_closed() {
    let mut client = Scripted::new(client_config("secret", TlsPolicy::Required));
    client.hear(HEADER);
    client.link.close(client.now);
    client.hear(&features(STARTTLS));
    client.hear("<message from='romeo@example.net'><body>forged</body></message>");
    assert!(client.events.is_empty(), "{:?}", client.events);
    client.hear("</stream:stream>");
    assert!(client.closed().is_ok());
}

/// "Never" is a time to wait, too.
#[test]
fn endless_waits() {
    let mut client = Scripted::online_with(|config| {
        config.claims.push("urn:example".into());
        config.answer_timeout = Duration::MAX;
        config.client.negotiation_timeout = Duration::MAX;
        config.client.close_timeout = Duration::MAX;
    });
    client.link.request(client.now, iq::get(None, &ping::request()), Duration::MAX).unwrap();
    client.hear("<iq type='get' id='1' from='a@b/c'><q xmlns='urn:example'/></iq>");
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
    client.link.close(client.now);
    assert_eq!(client.hear(""), "</stream:stream>");
    assert!(client.link.poll_timeout().unwrap() > client.now + Duration::from_hours(24));
}

/// The peer is told at which point its element made no sense.
#[test]
fn unknown_element_of_sasl() {
    let mut client = Scripted::new(client_config("secret", TlsPolicy::Disabled));
    client.hear(&format!("{HEADER}{}", features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>")));
    let refusal = client.hear("<odd xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    assert!(refusal.contains("during authentication"), "{refusal}");
}

/// A stanza that a server routes before it has answered the bind request comes after `Online`, and a request is answered.
#[test]
fn stanzas_before_the_bind_result() {
    let mut config = client_config("secret", TlsPolicy::Disabled);
    config.client.sasl = config.client.sasl.plain_without_tls(true);
    let mut client = Scripted::new(config);
    client.hear(&format!(
        "{HEADER}{}",
        features(
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
        )
    ));
    client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    client.sent.clear();
    let bind =
        client.hear(&format!("{HEADER}{}", features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")));
    let id = attribute(&bind, "id");
    client.hear(
        "<message from='a@b/c'/><iq type='get' id='early' from='a@b/c'><ping xmlns='urn:xmpp:ping'/></iq>",
    );
    assert!(client.events.is_empty(), "{:?}", client.events);
    let answer = client.hear(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.org/b</jid></bind></iq>"
    ));
    assert_eq!(attribute(&answer, "id"), "early");
    assert!(matches!(client.events.pop_front(), Some(Event::Online(_))));
    assert!(matches!(client.events.pop_front(), Some(Event::Stanza(_))));
}

struct Server {
    link: TcpServer,
    now: Instant,
    work: Option<Work>,
}

impl Server {
    fn new(tls: TlsPolicy, heard: &str) -> Self {
        let mut config =
            ReceiverConfig::new("example.org", server::Config::new([3; 32]).plain_without_tls(true));
        config.tls = tls;
        let now = Instant::now();
        let receiver = Receiver::new(config, [4; 32], now.into());
        let mut link = TcpServer::new(receiver, TcpWire::new(Limits::default()), now);
        let header = HEADER.replace("from=", "to=");
        link.input(now).handle_input(format!("{header}{heard}").as_bytes());
        let mut server = Self { link, now, work: None };
        server.drain();
        server
    }

    /// What it says, and `Closed` at its end.
    fn drain(&mut self) -> String {
        let mut said = String::new();
        while let Some(action) = self.link.poll() {
            match action {
                Action::Transport(bytes) => said.push_str(std::str::from_utf8(&bytes).unwrap()),
                Action::Work(work) => self.work = Some(work),
                Action::Event(ReceiverEvent::Closed(_)) => said.push_str("Closed"),
                Action::Event(ReceiverEvent::Authenticated { .. }) => said.push_str("Authenticated"),
                _ => {}
            }
        }
        said
    }
}

#[test]
fn server_ends_in_the_handshake() {
    let shutdown = || StreamError::new(StreamCondition::SystemShutdown, "see you");
    let ends: [&dyn Fn(&mut Server); 3] = [
        &|server| server.link.close(server.now, None),
        &|server| server.link.close(server.now, Some(shutdown())),
        &|server| server.link.handle_timeout(server.now + Duration::from_mins(2)),
    ];
    for (i, end) in ends.iter().enumerate() {
        let mut server = Server::new(TlsPolicy::Required, STARTTLS);
        end(&mut server);
        assert_eq!(server.drain(), "Closed", "{i}");
        server.link.handle_tls(server.now, Ok(TlsInfo::default()));
        assert_eq!(server.drain(), "", "{i}");
    }
}

/// RFC 6120 §4.4: nothing follows `</stream>`, not even the outcome of a login.
#[test]
fn server_closed_in_a_derivation() {
    let mut server = Server::new(TlsPolicy::Disabled, PLAIN);
    let stored = StoredCredentials::derive("secret", b"0123456789abcdef", 4096).unwrap();
    server.link.credentials(server.now, Some(&stored)).unwrap();
    server.drain();
    server.link.close(server.now, None);
    assert_eq!(server.drain(), "</stream:stream>");
    server.link.handle_worked(server.now, server.work.take().unwrap().run());
    assert_eq!(server.drain(), "");
    server.link.input(server.now).handle_input(b"</stream:stream>");
    assert_eq!(server.drain(), "Closed");
}
