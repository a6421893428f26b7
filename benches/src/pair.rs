//! A client and a server in memory, over TCP or over BOSH. Time stands still: no deadline passes.

use std::time::Instant;

use bosh_core::{BoshClient, BoshSession, ClientOutput, SessionOutput, manager};
use xmpp_core::{
    Action, ClientConfig, Event, Link, Session, SessionConfig, TcpClient, TcpServer, TlsPolicy,
    entropy::Entropy,
    sasl::{
        client::{self, Credentials, Negotiation, Reply},
        scram::{Keys, StoredCredentials},
        server::{self, Step},
    },
    speaker::Speaker,
    stream::{Receiver, ReceiverConfig, ReceiverEvent},
    wire::TcpWire,
    xml::{Element, Limits},
};

const PASSWORD: &str = "secret";

/// What both sides keep of an account, so that a login derives nothing.
pub struct Account {
    stored: StoredCredentials,
    keys: Keys,
}

impl Account {
    /// The account of this password after so many rounds.
    pub fn new(rounds: u32) -> Self {
        let stored = StoredCredentials::derive(PASSWORD, b"0123456789abcdef", rounds).unwrap();
        let mut server = server::Negotiation::new(server::Config::new([9; 32]), true, Entropy::new([4; 32]));
        let mut client = Negotiation::new(Self::sasl(None), true, Entropy::new([5; 32]));
        let start = client.start(&server.offer()).unwrap();
        let step = server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        assert!(matches!(step, Step::Lookup { .. }));
        let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
        let Ok(Reply::Work(work)) = client.challenge(&challenge) else { panic!() };
        let Ok(Reply::Respond(response)) = client.worked(work.run()) else { panic!() };
        let Ok(Step::Success { data, .. }) = server.response(&response) else { panic!() };
        client.success(data.as_deref()).unwrap();
        Self { stored, keys: client.keys().unwrap() }
    }

    fn sasl(keys: Option<Keys>) -> client::Config {
        client::Config::new(Credentials::new("juliet", PASSWORD)).iterations(1..=10_000).keys(keys)
    }

    fn client(&self) -> SessionConfig {
        let mut config = ClientConfig::new("juliet@example.org/balcony", PASSWORD).unwrap();
        config.tls = TlsPolicy::Disabled;
        config.sasl = Self::sasl(Some(self.keys.clone()));
        SessionConfig::new(config)
    }

    fn server() -> ReceiverConfig {
        let mut config = ReceiverConfig::new("example.org", server::Config::new([9; 32]));
        config.tls = TlsPolicy::Disabled;
        config.clear_transports = true;
        config
    }

    fn session(&self, now: Instant) -> Session {
        Session::new(self.client(), [1; 32], now.into())
    }

    fn receiver(now: Instant) -> Receiver {
        Receiver::new(Self::server(), [2; 32], now.into())
    }
}

/// A transport in memory: carries what one side wants sent to the other one.
pub trait Carry {
    /// The client's wire.
    type Client: xmpp_core::Wire;
    /// The server's wire.
    type Server: xmpp_core::Wire;
    /// To the server.
    fn up(output: <Self::Client as xmpp_core::Wire>::Output, server: &mut Self::Server);
    /// To the client.
    fn down(output: <Self::Server as xmpp_core::Wire>::Output, client: &mut Self::Client);
}

/// Bytes.
pub struct Tcp;

impl Carry for Tcp {
    type Client = TcpWire;
    type Server = TcpWire;

    fn up(bytes: bytes::Bytes, server: &mut TcpWire) {
        server.handle_input(&bytes);
    }

    fn down(bytes: bytes::Bytes, client: &mut TcpWire) {
        client.handle_input(&bytes);
    }
}

/// HTTP requests and responses.
pub struct Bosh;

impl Carry for Bosh {
    type Client = BoshClient;
    type Server = BoshSession;

    fn up(output: ClientOutput, server: &mut BoshSession) {
        if let ClientOutput::Request(request) = output {
            server.handle_request(request.id, manager::read("POST", &request.body).unwrap());
        }
    }

    fn down(output: SessionOutput, client: &mut BoshClient) {
        if let SessionOutput::Reply(reply) = output {
            client.handle_response(reply.id, reply.status, &reply.body);
        }
    }
}

/// Both machines.
pub struct Pair<'a, C: Carry> {
    now: Instant,
    client: Link<Session, C::Client>,
    server: Link<Receiver, C::Server>,
    account: &'a Account,
    online: bool,
    /// How many stanzas the server, and the client, have received.
    pub received: (usize, usize),
}

impl<'a> Pair<'a, Tcp> {
    /// Before the first byte.
    pub fn new(account: &'a Account) -> Self {
        let now = Instant::now();
        let client = TcpClient::new(account.session(now), TcpWire::new(Limits::default()), now);
        let server = TcpServer::new(Account::receiver(now), TcpWire::new(Limits::default()), now);
        Self { now, client, server, account, online: false, received: (0, 0) }
    }
}

impl<'a> Pair<'a, Bosh> {
    /// Before the first request.
    pub fn new(account: &'a Account) -> Self {
        let now = Instant::now();
        let wire = BoshClient::new(bosh_core::ClientConfig::new(false), [3; 32]);
        let client = Link::new(account.session(now), wire, now);
        let wire = BoshSession::new(bosh_core::SessionConfig::new("an-unguessable-sid", false));
        let server = Link::new(Account::receiver(now), wire, now);
        Self { now, client, server, account, online: false, received: (0, 0) }
    }
}

impl<C: Carry> Pair<'_, C>
where
    Session: Speaker<Event = Event>,
{
    /// The whole login.
    pub fn login(&mut self) {
        self.run();
        assert!(self.online);
    }

    /// A stanza from the client to the server.
    pub fn up(&mut self, stanza: Element) {
        self.client.send(self.now, stanza).unwrap();
        self.run();
    }

    /// A stanza from the server to the client.
    pub fn down(&mut self, stanza: Element) {
        self.server.send(self.now, stanza).unwrap();
        self.run();
    }

    /// Until nobody has more to say.
    fn run(&mut self) {
        let mut busy = true;
        while busy {
            busy = false;
            while let Some(action) = self.client.poll() {
                busy = true;
                match action {
                    Action::Transport(output) => C::up(output, self.server.input(self.now)),
                    Action::Event(Event::Online(_)) => self.online = true,
                    Action::Event(Event::Stanza(_)) => self.received.1 += 1,
                    Action::Event(Event::Closed(end)) => panic!("closed: {end:?}"),
                    Action::Work(_) => panic!("the keys are there"),
                    Action::Event(_) | Action::StartTls | Action::Shutdown => {}
                }
            }
            while let Some(action) = self.server.poll() {
                busy = true;
                match action {
                    Action::Transport(output) => C::down(output, self.client.input(self.now)),
                    Action::Event(ReceiverEvent::Lookup { .. }) => {
                        self.server.credentials(self.now, Some(&self.account.stored)).unwrap();
                    }
                    Action::Event(ReceiverEvent::Bind { account, resource }) => {
                        let jid = account.with_resource(resource.as_deref().unwrap_or("made")).unwrap();
                        self.server.bind(self.now, Ok(jid)).unwrap();
                    }
                    Action::Event(ReceiverEvent::Stanza(_)) => self.received.0 += 1,
                    Action::Event(ReceiverEvent::Closed(end)) => panic!("closed: {end:?}"),
                    Action::Work(_) => panic!("SCRAM derives nothing here"),
                    Action::Event(_) | Action::StartTls | Action::Shutdown => {}
                }
            }
        }
    }
}
