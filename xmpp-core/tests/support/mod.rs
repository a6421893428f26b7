//! Both roles in memory, and one role against a script, under virtual time.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "each test file uses its part"
)]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use xmpp_core::{
    Action, ClientConfig, Event, Session, SessionConfig, TcpClient, TcpServer, TlsPolicy,
    sasl::{scram::StoredCredentials, server},
    stream::{Receiver, ReceiverConfig, ReceiverEvent, Registration},
    tls::{TlsFailure, TlsInfo},
    wire::TcpWire,
    xml::Limits,
};

pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' from='example.org' id='s1' version='1.0' xml:lang='en'>";

pub fn client_config(password: &str, tls: TlsPolicy) -> SessionConfig {
    let mut config = ClientConfig::new("juliet@example.org/balcony", password).unwrap();
    config.tls = tls;
    SessionConfig::new(config)
}

/// A client whose peer is the test itself.
pub struct Scripted {
    pub link: TcpClient,
    pub now: Instant,
    /// What the client wrote and the test has not looked at yet.
    pub sent: String,
    pub events: VecDeque<Event>,
    /// `StartTls` and `Shutdown` in the order in which they came.
    pub marks: Vec<&'static str>,
}

impl Scripted {
    pub fn new(config: SessionConfig) -> Self {
        let now = Instant::now();
        let session = Session::new(config, [7; 32], now.into());
        let link = TcpClient::new(session, TcpWire::new(Limits::default()), now);
        let mut scripted =
            Self { link, now, sent: String::new(), events: VecDeque::new(), marks: Vec::new() };
        scripted.drain();
        scripted
    }

    /// Everything that the machine wants, except for a TLS handshake, which the test answers.
    pub fn drain(&mut self) {
        while let Some(action) = self.link.poll() {
            match action {
                Action::Transport(bytes) => self.sent.push_str(std::str::from_utf8(&bytes).unwrap()),
                Action::StartTls => self.marks.push("StartTls"),
                Action::Shutdown => self.marks.push("Shutdown"),
                Action::Work(work) => self.link.handle_worked(self.now, work.run()),
                Action::Event(event) => self.events.push_back(event),
            }
        }
    }

    /// The peer says something; what the client writes in answer.
    pub fn hear(&mut self, xml: &str) -> String {
        self.link.input(self.now).handle_input(xml.as_bytes());
        self.drain();
        std::mem::take(&mut self.sent)
    }

    pub fn tls(&mut self, outcome: Result<TlsInfo, TlsFailure>) -> String {
        self.link.handle_tls(self.now, outcome);
        self.drain();
        std::mem::take(&mut self.sent)
    }

    pub fn eof(&mut self) {
        self.link.handle_eof(self.now);
        self.drain();
    }

    /// Time passes, with a call at each deadline on the way.
    pub fn sleep(&mut self, time: Duration) -> String {
        let until = self.now + time;
        while let Some(deadline) = self.link.poll_timeout().filter(|deadline| *deadline <= until) {
            self.now = deadline.max(self.now);
            self.link.handle_timeout(self.now);
            self.drain();
            assert!(
                self.link.poll_timeout().is_none_or(|next| next > self.now),
                "a deadline that does not pass"
            );
        }
        self.now = until;
        std::mem::take(&mut self.sent)
    }

    /// The only event, which ends the session.
    pub fn closed(&mut self) -> Result<(), xmpp_core::Error> {
        match self.events.pop_back() {
            Some(Event::Closed(result)) => result,
            other => panic!("not closed: {other:?}"),
        }
    }

    /// A client that is logged in, by PLAIN in clear.
    pub fn online() -> Self {
        Self::online_with(|_| ())
    }

    pub fn online_with(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let mut config = client_config("secret", TlsPolicy::Disabled);
        change(&mut config);
        config.client.sasl = config.client.sasl.plain_without_tls(true);
        let mut client = Self::new(config);
        client.sent.clear();
        let auth = client.hear(&format!("{HEADER}{}", features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>")));
        assert!(auth.contains("mechanism='PLAIN'"), "{auth}");
        client.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        let bind =
            client.hear(&format!("{HEADER}{}", features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")));
        let id = attribute(&bind, "id");
        client.hear(&format!(
            "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid> juliet@example.org/tower\n</jid></bind></iq>"
        ));
        assert!(
            matches!(client.events.pop_front(), Some(Event::Online(bound)) if bound.jid.as_str() == "juliet@example.org/tower")
        );
        client
    }
}

pub fn features(inner: &str) -> String {
    format!("<stream:features>{inner}</stream:features>")
}

/// The value of the first attribute of this name.
pub fn attribute(xml: &str, name: &str) -> String {
    let start =
        xml.find(&format!(" {name}='")).unwrap_or_else(|| panic!("no {name} in {xml}")) + name.len() + 3;
    xml[start..].split('\'').next().unwrap().to_owned()
}

/// A client and a server, joined in memory. The server knows one account and grants every resource.
pub struct Pair {
    pub now: Instant,
    pub client: TcpClient,
    pub server: TcpServer,
    pub log: Log,
    credentials: StoredCredentials,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

/// What was done, in an order that does not depend on how bytes were cut.
#[derive(Debug, Default, PartialEq)]
pub struct Log {
    pub client: Vec<String>,
    pub server: Vec<String>,
    pub client_bytes: Vec<u8>,
    pub server_bytes: Vec<u8>,
}

impl Pair {
    pub fn new(password: &str, tls: TlsPolicy) -> Self {
        Self::with(client_config(password, tls))
    }

    /// A client that makes the account, whatever its password was.
    pub fn registering(password: &str, tls: TlsPolicy) -> Self {
        let mut config = client_config(password, tls);
        config.client.registration = Some(Registration::new());
        Self::with(config)
    }

    fn with(client: SessionConfig) -> Self {
        let now = Instant::now();
        let tls = client.client.tls;
        let session = Session::new(client, [1; 32], now.into());
        let mut config = ReceiverConfig::new("example.org", server::Config::new([9; 32]));
        config.tls = tls;
        config.registration = true;
        let receiver = Receiver::new(config, [2; 32], now.into());
        Self {
            now,
            client: TcpClient::new(session, TcpWire::new(Limits::default()), now),
            server: TcpServer::new(receiver, TcpWire::new(Limits::default()), now),
            log: Log::default(),
            credentials: StoredCredentials::derive("secret", b"0123456789abcdef", 4096).unwrap(),
            to_server: Vec::new(),
            to_client: Vec::new(),
        }
    }

    fn drain_client(&mut self) -> bool {
        let mut busy = false;
        while let Some(action) = self.client.poll() {
            busy = true;
            match action {
                Action::Transport(bytes) => {
                    self.log.client_bytes.extend_from_slice(&bytes);
                    self.to_server.extend_from_slice(&bytes);
                }
                Action::StartTls => {
                    self.log.client.push("StartTls".into());
                    self.client.handle_tls(self.now, Ok(TlsInfo::default()));
                }
                Action::Shutdown => self.log.client.push("Shutdown".into()),
                Action::Work(work) => self.client.handle_worked(self.now, work.run()),
                Action::Event(event) => self.log.client.push(format!("{event:?}")),
            }
        }
        busy
    }

    fn drain_server(&mut self) -> bool {
        let mut busy = false;
        while let Some(action) = self.server.poll() {
            busy = true;
            match action {
                Action::Transport(bytes) => {
                    self.log.server_bytes.extend_from_slice(&bytes);
                    self.to_client.extend_from_slice(&bytes);
                }
                Action::StartTls => {
                    self.log.server.push("StartTls".into());
                    self.server.handle_tls(self.now, Ok(TlsInfo::default()));
                }
                Action::Shutdown => self.log.server.push("Shutdown".into()),
                Action::Work(work) => self.server.handle_worked(self.now, work.run()),
                Action::Event(event) => {
                    self.log.server.push(format!("{event:?}"));
                    self.answer(event);
                }
            }
        }
        busy
    }

    fn answer(&mut self, event: ReceiverEvent) {
        match event {
            ReceiverEvent::Lookup { username, .. } => {
                let found = (username == "juliet").then_some(&self.credentials);
                self.server.credentials(self.now, found).unwrap();
            }
            ReceiverEvent::Register { credentials, .. } => {
                self.credentials = credentials;
                self.server.registered(self.now, Ok(())).unwrap();
            }
            ReceiverEvent::Bind { account, resource } => {
                let jid =
                    account.with_resource(resource.as_deref().unwrap_or("made")).map_err(|_| unreachable!());
                self.server.bind(self.now, jid).unwrap();
            }
            ReceiverEvent::Stanza(stanza) => {
                let from = stanza.attr("from").unwrap().into_owned();
                if stanza.name() == "iq" {
                    let answer = stanza.with_attrs(&[
                        ("type", Some("result")),
                        ("to", Some(&from)),
                        ("from", Some("example.org")),
                    ]);
                    self.server.send(self.now, answer.unwrap()).unwrap();
                } else {
                    let echo = stanza.with_attrs(&[("to", Some(&from)), ("from", Some("example.org"))]);
                    self.server.send(self.now, echo.unwrap()).unwrap();
                }
            }
            _ => {}
        }
    }

    /// Carries bytes both ways until nobody has more to say. `cut` says how many bytes the next piece has.
    pub fn run(&mut self, mut cut: impl FnMut() -> usize) {
        loop {
            let busy = self.drain_client() | self.drain_server();
            let (to_server, to_client) =
                (std::mem::take(&mut self.to_server), std::mem::take(&mut self.to_client));
            if !busy && to_server.is_empty() && to_client.is_empty() {
                return;
            }
            let mut rest = &to_server[..];
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(cut().clamp(1, rest.len()));
                self.server.input(self.now).handle_input(piece);
                self.drain_server();
                rest = behind;
            }
            let mut rest = &to_client[..];
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(cut().clamp(1, rest.len()));
                self.client.input(self.now).handle_input(piece);
                self.drain_client();
                rest = behind;
            }
        }
    }
}
