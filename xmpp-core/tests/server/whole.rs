//! Everything joined: clients and their server, from the first byte to the last.
#![allow(clippy::disallowed_methods, reason = "the one base instant")]

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use xmpp_core::sasl::server::Config;
use xmpp_core::server::{ConnId, Server, ServerConfig, Verb};
use xmpp_core::stanza::{Iq, Message, StanzaCondition, iq, message, presence};
use xmpp_core::stream::{Receiver, ReceiverConfig, Registration, RegistrationError, StreamCondition};
use xmpp_core::wire::TcpWire;
use xmpp_core::xep::iot_control::{self, Set, Spelling, parse_settings};
use xmpp_core::xep::register;
use xmpp_core::xml::{Element, Limits, ns};
use xmpp_core::{
    Action, ClientConfig, Error, Event, RequestError, Session, SessionConfig, TcpClient, TcpServer, TlsPolicy,
};

struct Line {
    client: TcpClient,
    receiver: TcpServer,
    events: VecDeque<Event>,
}

/// Carries bytes, events and verbs, as an adapter does.
struct Network {
    now: Instant,
    server: Server,
    lines: BTreeMap<ConnId, Line>,
}

impl Network {
    fn new() -> Self {
        let mut config = ServerConfig::new("example.com").unwrap();
        config.registration = true;
        let mut server = Server::new(config, [1; 32]);
        server.add_account("08-00-00-1A-7C-62", "device's").unwrap();
        server.add_account("app", "app's").unwrap();
        Self { now: Instant::now(), server, lines: BTreeMap::new() }
    }

    /// Somebody connects and logs in.
    fn connect(&mut self, address: &str, password: &str, claims: &[&str]) -> ConnId {
        self.start(address, password, claims, None)
    }

    /// Somebody connects, makes an account and logs in.
    fn register(&mut self, address: &str, password: &str) -> ConnId {
        self.start(address, password, &[], Some(Registration::new()))
    }

    fn start(
        &mut self,
        address: &str,
        password: &str,
        claims: &[&str],
        registration: Option<Registration>,
    ) -> ConnId {
        let conn = self.server.connected();
        let seed = u8::try_from(self.lines.len()).unwrap();
        let mut client = ClientConfig::new(address, password).unwrap();
        client.tls = TlsPolicy::Disabled;
        client.registration = registration;
        let mut config = SessionConfig::new(client);
        config.claims = claims.iter().map(|claim| (*claim).to_owned()).collect();
        let session = Session::new(config, [10 + seed; 32], self.now.into());
        let mut config = ReceiverConfig::new("example.com", Config::new([9; 32]));
        config.tls = TlsPolicy::Disabled;
        config.registration = true;
        let receiver = Receiver::new(config, [100 + seed; 32], self.now.into());
        let wire = || TcpWire::new(Limits::default());
        let line = Line {
            client: TcpClient::new(session, wire(), self.now),
            receiver: TcpServer::new(receiver, wire(), self.now),
            events: VecDeque::new(),
        };
        self.lines.insert(conn, line);
        self.run();
        conn
    }

    /// Until nobody has more to say.
    fn run(&mut self) {
        let now = self.now;
        let mut busy = true;
        while std::mem::take(&mut busy) {
            for (conn, Line { client, receiver, events }) in &mut self.lines {
                while let Some(action) = client.poll() {
                    busy = true;
                    match action {
                        Action::Transport(bytes) => receiver.input(now).handle_input(&bytes),
                        Action::Shutdown => receiver.handle_eof(now),
                        Action::Work(work) => client.handle_worked(now, work.run()),
                        Action::Event(event) => events.push_back(event),
                        Action::StartTls => panic!("not asked for"),
                    }
                }
                while let Some(action) = receiver.poll() {
                    busy = true;
                    match action {
                        Action::Transport(bytes) => client.input(now).handle_input(&bytes),
                        Action::Shutdown => client.handle_eof(now),
                        Action::Work(work) => receiver.handle_worked(now, work.run()),
                        Action::Event(event) => self.server.handle(*conn, event),
                        Action::StartTls => panic!("not asked for"),
                    }
                }
            }
            while let Some((conn, verb)) = self.server.poll() {
                busy = true;
                let receiver = &mut self.lines.get_mut(&conn).unwrap().receiver;
                match verb {
                    Verb::Credentials(found) => receiver.credentials(now, found.as_ref()).unwrap(),
                    Verb::Token(verdict) => receiver.token(now, verdict).unwrap(),
                    Verb::Bind(outcome) => receiver.bind(now, outcome).unwrap(),
                    Verb::Registered(outcome) => receiver.registered(now, outcome).unwrap(),
                    Verb::Send(stanza) => receiver.send(now, stanza).unwrap(),
                    Verb::Close(error) => receiver.close(now, Some(error)),
                }
            }
        }
    }

    fn client(&mut self, conn: ConnId) -> &mut TcpClient {
        &mut self.lines.get_mut(&conn).unwrap().client
    }

    fn event(&mut self, conn: ConnId) -> Event {
        self.lines.get_mut(&conn).unwrap().events.pop_front().expect("an event")
    }

    fn stanza(&mut self, conn: ConnId) -> Element {
        match self.event(conn) {
            Event::Stanza(stanza) => stanza,
            other => panic!("no stanza: {other:?}"),
        }
    }

    fn forget(&mut self) {
        self.lines.values_mut().for_each(|line| line.events.clear());
    }
}

/// The road of a device and an application: log in, presence, a chat, settings and their answer, a goodbye.
/// SASL-13, STR-13, IOT-09.
#[test]
fn device_and_application() {
    let mut network = Network::new();
    let device = network.connect("08-00-00-1A-7C-62@example.com/ilon", "device's", &[ns::IOT_CONTROL]);
    let Event::Online(bound) = network.event(device) else { panic!() };
    assert_eq!(bound.jid, "08-00-00-1a-7c-62@example.com/ilon");
    let app = network.connect("app@example.com/pc", "app's", &[]);
    assert!(matches!(network.event(app), Event::Online(_)));
    let now = network.now;

    for conn in [device, app] {
        network.client(conn).send(now, presence::available()).unwrap();
    }
    network.run();
    network.forget();
    network.client(app).send(now, message::chat(&bound.jid, "Hello").unwrap()).unwrap();
    network.run();
    let heard = network.stanza(device);
    let answer = Message::parse(heard.root()).unwrap().reply("I like that statement.").unwrap();
    network.client(device).send(now, answer).unwrap();
    network.run();
    let heard = network.stanza(app);
    assert_eq!(Message::parse(heard.root()).unwrap().body().as_deref(), Some("I like that statement."));

    let set = Set::new(parse_settings("Setpoint=21.5;Fan=true;Level=3").unwrap());
    let request = iq::set(Some(bound.jid.view()), &set.to_element(Spelling::Smack).unwrap());
    let id = network.client(app).request(now, request, Duration::from_secs(5)).unwrap();
    network.run();
    let heard = network.stanza(device);
    let asked = Iq::parse(heard.root()).unwrap();
    assert_eq!(Set::parse(asked.payload.unwrap()).unwrap(), set);
    network.client(device).send(now, asked.result(Some(&iot_control::done()))).unwrap();
    network.run();
    match network.event(app) {
        Event::Response { id: answered, outcome: Ok(_) } => assert_eq!(answered, id),
        other => panic!("{other:?}"),
    }

    network.client(device).close(now);
    network.run();
    assert!(matches!(network.event(device), Event::Closed(Ok(()))));
    let request = iq::set(Some(bound.jid.view()), &set.to_element(Spelling::Smack).unwrap());
    network.client(app).request(now, request, Duration::from_secs(5)).unwrap();
    network.run();
    match network.event(app) {
        Event::Response { outcome: Err(RequestError::Refused { error, .. }), .. } => {
            assert_eq!(error.condition, StanzaCondition::ServiceUnavailable);
        }
        other => panic!("{other:?}"),
    }
}

/// STR-20: a second stream takes the resource over, the first one learns why it ends.
#[test]
fn second_stream_takes_over() {
    let mut network = Network::new();
    let first = network.connect("app@example.com/pc", "app's", &[]);
    network.forget();
    let second = network.connect("app@example.com/pc", "app's", &[]);
    assert!(matches!(network.event(second), Event::Online(_)));
    match network.event(first) {
        Event::Closed(Err(error)) => assert!(error.to_string().contains("conflict"), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(network.server.sessions().count(), 1);
}

#[test]
fn wrong_password_and_unknown_user_look_alike() {
    let mut network = Network::new();
    let wrong = network.connect("app@example.com/pc", "device's", &[]);
    let nobody = network.connect("nobody@example.com/pc", "app's", &[]);
    let ends = [wrong, nobody].map(|conn| match network.event(conn) {
        Event::Closed(Err(error)) => error.to_string(),
        other => panic!("{other:?}"),
    });
    assert_eq!(ends[0], ends[1]);
    assert_eq!(network.server.sessions().count(), 0);
}

/// XEP-0077 §3: an account is made, used, given another password, and removed.
#[test]
fn life_of_an_account() {
    let mut network = Network::new();
    let now = network.now;
    let ask = |network: &mut Network, conn, payload: &Element| {
        network.client(conn).request(now, iq::set(None, payload), Duration::from_secs(5)).unwrap();
        network.run();
        network.event(conn)
    };
    let first = network.register("08-00-00-AA@example.com/ilon", "one");
    assert!(
        matches!(network.event(first), Event::Online(bound) if bound.jid == "08-00-00-aa@example.com/ilon")
    );
    let again = network.register("08-00-00-aa@example.com/other", "two");
    let Event::Closed(Err(error)) = network.event(again) else { panic!() };
    assert!(matches!(error, Error::Registration(RegistrationError::Conflict)), "{error}");

    let change = register::change_password("08-00-00-AA", "three").unwrap();
    assert!(matches!(ask(&mut network, first, &change), Event::Response { outcome: Ok(_), .. }));
    let old = network.connect("08-00-00-aa@example.com/old", "one", &[]);
    assert!(matches!(network.event(old), Event::Closed(Err(Error::Auth(_)))));
    let second = network.connect("08-00-00-aa@example.com/new", "three", &[]);
    assert!(matches!(network.event(second), Event::Online(_)));

    assert!(matches!(
        ask(&mut network, second, &register::removal()),
        Event::Response { outcome: Ok(_), .. }
    ));
    for conn in [first, second] {
        let Event::Closed(Err(Error::Stream(error))) = network.event(conn) else { panic!() };
        assert_eq!(error.condition, StreamCondition::NotAuthorized);
    }
    let gone = network.connect("08-00-00-aa@example.com/new", "three", &[]);
    assert!(matches!(network.event(gone), Event::Closed(Err(Error::Auth(_)))));
}
