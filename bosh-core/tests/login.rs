//! A client that logs in over BOSH and the server that it logs in to, both real, in memory (XEP-0206).
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;
#[path = "login/registration.rs"]
mod registration;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::OnceLock,
    time::{Duration, Instant},
};

use bosh_core::{
    Body, BoshClient, BoshError, BoshSession, ClientConfig, ClientOutput, Condition, HttpRequest, RequestId,
    SessionConfig, SessionError, SessionOutput,
    manager::{self, Addressed},
};
use common::Validator;
use xmpp_core::{
    Action, Error, Event, Link, Session, TlsPolicy,
    jid::FullJid,
    sasl::{scram::StoredCredentials, server},
    stanza::StanzaCondition,
    stream::{Receiver, ReceiverConfig, ReceiverEvent, StreamCondition, StreamError},
    tls::TlsError,
    wire::WireError,
    xml::{Element, ns},
};

type Client = Link<Session, BoshClient>;
type Server = Link<Receiver, BoshSession>;

fn credentials() -> &'static StoredCredentials {
    static STORED: OnceLock<StoredCredentials> = OnceLock::new();
    STORED.get_or_init(|| StoredCredentials::derive("secret", b"16 random bytes.", 4096).unwrap())
}

/// Everything between the two, and what both have heard.
struct World {
    now: Instant,
    client: Client,
    servers: BTreeMap<String, Server>,
    /// Requests on their way, and those that the manager has.
    posts: VecDeque<HttpRequest>,
    ids: u64,
    routes: BTreeMap<RequestId, RequestId>,
    validator: Validator,
    /// Every so many answers one gets lost; zero: none.
    lossy: u64,
    answers: u64,
    client_heard: Vec<String>,
    server_heard: Vec<String>,
    client_end: Option<Result<(), Error>>,
    server_end: Option<Result<(), Error>>,
    /// The client's requests are swallowed from here on.
    cut: bool,
    /// Accounts that were made over BOSH.
    made: BTreeMap<String, StoredCredentials>,
}

impl World {
    fn new(secure: bool, change: impl FnOnce(&mut xmpp_core::ClientConfig, &mut ClientConfig)) -> Self {
        let now = common::start();
        let mut login = xmpp_core::ClientConfig::new("08-00-00-1A-7C-62@example.org/ilon", "secret").unwrap();
        let mut config = ClientConfig::new(secure);
        change(&mut login, &mut config);
        let session = Session::new(xmpp_core::SessionConfig::new(login), [1; 32], now.into());
        Self {
            now,
            client: Link::new(session, BoshClient::new(config, [2; 32]), now),
            servers: BTreeMap::new(),
            posts: VecDeque::new(),
            ids: 0,
            routes: BTreeMap::new(),
            validator: Validator::default(),
            lossy: 0,
            answers: 0,
            client_heard: Vec::new(),
            server_heard: Vec::new(),
            client_end: None,
            server_end: None,
            cut: false,
            made: BTreeMap::new(),
        }
    }

    fn serve(&mut self, sid: &str) -> Server {
        let mut config = ReceiverConfig::new("example.org", server::Config::new([3; 32]));
        config.clear_transports = true;
        config.registration = true;
        let receiver = Receiver::new(config, [4; 32], self.now.into());
        let mut session = SessionConfig::new(sid, true);
        session.inactivity = 600;
        Link::new(receiver, BoshSession::new(session), self.now)
    }

    fn client_acts(&mut self) {
        while let Some(action) = self.client.poll() {
            match action {
                Action::Transport(ClientOutput::Request(request)) => {
                    self.validator.request(&request);
                    // SASL-20: no password, no name of a session, in what is logged.
                    let shown = format!("{request:?} {:?}", self.client.wire());
                    assert!(!shown.contains("sid0") && !shown.contains("<auth"), "{shown}");
                    self.posts.push_back(request);
                }
                Action::Transport(ClientOutput::Abort(id)) => self.validator.abort(id),
                Action::Transport(other) => panic!("{other:?}"),
                Action::Work(work) => self.client.handle_worked(self.now, work.run()),
                Action::StartTls => panic!("there is no STARTTLS over HTTP"),
                Action::Shutdown => {}
                Action::Event(Event::Online(bound)) => {
                    self.client_heard.push(format!("online {}", bound.jid));
                }
                Action::Event(Event::Stanza(stanza)) => self.client_heard.push(stanza.text_of_body()),
                Action::Event(Event::Closed(result)) => self.client_end = Some(result),
                Action::Event(other) => panic!("{other:?}"),
            }
        }
    }

    fn server_acts(&mut self, sid: &str) {
        while let Some(action) = self.servers.get_mut(sid).and_then(Link::poll) {
            let link = self.servers.get_mut(sid).unwrap();
            match action {
                Action::Transport(SessionOutput::Reply(reply)) => {
                    let shown = format!("{reply:?} {:?}", link.wire());
                    assert!(!shown.contains("sid0"), "{shown}");
                    let id = self.routes.remove(&reply.id).expect("one answer for each request");
                    self.answers += 1;
                    if self.lossy != 0 && self.answers.is_multiple_of(self.lossy) {
                        self.validator.abort(id);
                        self.client.input(self.now).handle_failure(id, "reset");
                    } else {
                        self.validator.answer(id, &reply.body);
                        let body = Body::parse(&reply.body).unwrap();
                        if body.payload.iter().any(|element| element.is("success", ns::SASL)) {
                            self.validator.expect_restart();
                        }
                        self.client.input(self.now).handle_response(id, reply.status, &reply.body);
                    }
                }
                Action::Transport(other) => panic!("{other:?}"),
                Action::Work(work) => link.handle_worked(self.now, work.run()),
                Action::StartTls => panic!("there is no STARTTLS over HTTP"),
                Action::Shutdown | Action::Event(ReceiverEvent::Authenticated { .. }) => {}
                Action::Event(ReceiverEvent::Lookup { username, .. }) => {
                    let known = username.eq_ignore_ascii_case("08-00-00-1a-7c-62");
                    let found = self.made.get(&format!("{username}@example.org"));
                    link.credentials(self.now, found.or(known.then(credentials))).unwrap();
                }
                Action::Event(ReceiverEvent::Register { account, credentials }) => {
                    let taken = account.as_str() == "08-00-00-1a-7c-62@example.org";
                    self.made.insert(account.to_string(), credentials);
                    let outcome = if taken { Err(StanzaCondition::Conflict.into()) } else { Ok(()) };
                    link.registered(self.now, outcome).unwrap();
                }
                Action::Event(ReceiverEvent::Bind { account, resource }) => {
                    let jid =
                        FullJid::new(&format!("{account}/{}", resource.as_deref().unwrap_or("x"))).unwrap();
                    link.bind(self.now, Ok(jid)).unwrap();
                }
                Action::Event(ReceiverEvent::Stanza(stanza)) => self.server_heard.push(stanza.text_of_body()),
                Action::Event(ReceiverEvent::Closed(result)) => self.server_end = Some(result),
                Action::Event(other) => panic!("{other:?}"),
            }
        }
    }

    fn manager_acts(&mut self, request: &HttpRequest) {
        let body: Body = manager::read("POST", &request.body).unwrap();
        let sid = match manager::addressed(&body) {
            Addressed::New => {
                let sid = format!("sid{}", self.servers.len());
                let server = self.serve(&sid);
                self.servers.insert(sid.clone(), server);
                sid
            }
            Addressed::Session(sid) => sid.to_owned(),
        };
        self.ids += 1;
        let id = RequestId(self.ids);
        self.routes.insert(id, request.id);
        self.servers.get_mut(&sid).unwrap().input(self.now).handle_request(id, body);
    }

    /// Until nothing is left to do now.
    fn settle(&mut self) {
        loop {
            self.client_acts();
            let sids: Vec<_> = self.servers.keys().cloned().collect();
            for sid in sids {
                self.server_acts(&sid);
            }
            self.client_acts();
            match self.posts.pop_front() {
                Some(_) if self.cut => {}
                Some(request) => self.manager_acts(&request),
                None => return,
            }
        }
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            let timers =
                self.servers.values().filter_map(Link::poll_timeout).chain(self.client.poll_timeout());
            match timers.min() {
                Some(timer) if timer <= end => {
                    assert!(timer > self.now, "a deadline that has passed makes the caller spin");
                    self.now = timer;
                }
                _ => break,
            }
            self.client.handle_timeout(self.now);
            for server in self.servers.values_mut() {
                server.handle_timeout(self.now);
            }
        }
        self.now = end;
    }

    fn online(change: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut world = Self::new(true, |_, config| change(config));
        // Until the client has a request open, as it has nothing to say.
        world.pass(Duration::from_millis(100));
        assert_eq!(world.client_heard, ["online 08-00-00-1a-7c-62@example.org/ilon"]);
        world.client_heard.clear();
        world
    }

    fn server(&mut self) -> &mut Server {
        self.servers.values_mut().last().unwrap()
    }
}

trait TextOfBody {
    fn text_of_body(&self) -> String;
}

impl TextOfBody for Element {
    fn text_of_body(&self) -> String {
        match self.child("body", ns::CLIENT) {
            Some(body) => body.text().into_owned(),
            None => self.name().to_owned(),
        }
    }
}

fn chat(text: &str) -> Element {
    Element::build("message", ns::CLIENT)
        .attr("type", "chat")
        .leaf("body", ns::CLIENT, text)
        .finish()
        .unwrap()
}

/// XBH-01, XBH-02, XBH-05, XBH-15: login, stanzas both ways at once, a day of silence, the end in good order.
#[test]
fn whole_session() {
    let mut world = World::online(|_| {});
    let now = world.now;
    for text in ["a", "b", "c"] {
        world.client.send(now, chat(text)).unwrap();
        world.server().send(now, chat(&text.to_uppercase())).unwrap();
    }
    world.settle();
    assert_eq!(world.server_heard, ["a", "b", "c"]);
    assert_eq!(world.client_heard, ["A", "B", "C"]);

    world.pass(Duration::from_hours(24));
    assert!(world.client_end.is_none() && world.server_end.is_none());
    let now = world.now;
    world
        .client
        .send(now, Element::build("presence", ns::CLIENT).attr("type", "unavailable").finish().unwrap())
        .unwrap();
    world.client.close(now);
    world.settle();
    assert_eq!(world.server_heard.last().unwrap(), "presence");
    assert!(matches!(world.client_end, Some(Ok(()))));
    assert!(matches!(world.server_end, Some(Ok(()))));
    assert!(world.server().wire().is_over());
    assert_eq!(world.client.poll_timeout(), None);
    assert!(world.routes.is_empty(), "no request is left without an answer");
}

/// BSH-33: the same in a polling session.
#[test]
fn polling_session() {
    let mut world = World::new(true, |_, config| config.hold = 0);
    world.pass(Duration::from_secs(10));
    let now = world.now;
    world.client.send(now, chat("a")).unwrap();
    world.server().send(now, chat("A")).unwrap();
    world.pass(Duration::from_mins(10));
    assert_eq!(
        (world.server_heard, world.client_heard.last()),
        (vec!["a".to_owned()], Some(&"A".to_owned()))
    );
    assert!(world.client_end.is_none() && world.server_end.is_none());
}

/// BSH-39: the same over a network that loses answers.
#[test]
fn lossy_session() {
    for lossy in 2..8 {
        let mut world = World::new(true, |_, _| {});
        world.lossy = lossy;
        world.pass(Duration::from_secs(30));
        let mut texts = Vec::new();
        for number in 0..20 {
            let text = number.to_string();
            let now = world.now;
            world.client.send(now, chat(&text)).unwrap();
            world.server().send(now, chat(&text)).unwrap();
            world.pass(Duration::from_millis(700));
            texts.push(text);
        }
        world.pass(Duration::from_secs(30));
        assert_eq!(world.server_heard, texts, "one answer of {lossy} lost");
        assert_eq!(world.client_heard[1..], texts, "one answer of {lossy} lost");
        world.client.close(world.now);
        world.pass(Duration::from_secs(30));
        assert!(matches!(world.client_end, Some(Ok(()))));
    }
}

/// TLS-02: https is what `required` means over HTTP; over http nothing is sent.
#[test]
fn clear_text_is_refused() {
    let mut world = World::new(false, |_, _| {});
    world.settle();
    assert!(matches!(world.client_end, Some(Err(Error::Tls(TlsError::ClearTransport)))));
    assert!(world.servers.is_empty(), "nothing was sent");

    let mut world = World::new(false, |login, _| login.tls = TlsPolicy::Disabled);
    world.settle();
    assert_eq!(world.client_heard.len(), 1);
}

/// XBH-09: the server ends the stream with an error, and the client hears which.
#[test]
fn stream_error() {
    let mut world = World::online(|_| {});
    let now = world.now;
    world.server().send(now, chat("last")).unwrap();
    world.server().close(now, Some(StreamError::new(StreamCondition::Conflict, "replaced")));
    world.settle();
    assert_eq!(world.client_heard, ["last"]);
    let Some(Err(Error::Stream(error))) = &world.client_end else { panic!("{:?}", world.client_end) };
    assert_eq!(error.condition, StreamCondition::Conflict);
}

/// XBH-09, BSH-47: a domain that is not served here.
#[test]
fn unknown_host() {
    let now = common::start();
    let login = xmpp_core::ClientConfig::new("a@other.example", "secret").unwrap();
    let mut world = World::new(true, |_, _| {});
    let session = Session::new(xmpp_core::SessionConfig::new(login), [1; 32], now.into());
    world.client = Link::new(session, BoshClient::new(ClientConfig::new(true), [2; 32]), now);
    world.settle();
    let Some(Err(Error::Wire(WireError::Carrier(error)))) = &world.client_end else {
        panic!("{:?}", world.client_end)
    };
    let error = error.downcast_ref::<BoshError>().unwrap();
    assert!(matches!(error, BoshError::Terminated { condition: Condition::HostUnknown, .. }), "{error}");
}

/// XBH-05: a wrong password ends in a typed error on both sides, and no session stays behind.
#[test]
fn wrong_password() {
    let mut world = World::new(true, |login, _| {
        *login = xmpp_core::ClientConfig::new("08-00-00-1A-7C-62@example.org/ilon", "wrong").unwrap();
    });
    world.pass(Duration::from_mins(2));
    assert!(matches!(world.client_end, Some(Err(Error::Auth(_)))), "{:?}", world.client_end);
    assert!(world.server_end.is_some());
}

/// BSH-62, BSH-40: a network that is cut ends both sides, each with its own reason.
#[test]
fn cut_network() {
    let mut world = World::online(|config| config.retries = 2);
    world.cut = true;
    world.pass(Duration::from_hours(1));
    let Some(Err(Error::Wire(WireError::Carrier(error)))) = &world.client_end else {
        panic!("{:?}", world.client_end)
    };
    assert!(matches!(error.downcast_ref(), Some(BoshError::Lost { attempts: 3, .. })), "{error}");
    let Some(Err(Error::Wire(WireError::Carrier(error)))) = &world.server_end else {
        panic!("{:?}", world.server_end)
    };
    assert_eq!(error.downcast_ref(), Some(&SessionError::Inactive { seconds: 600 }));
}
