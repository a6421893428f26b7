//! Client and session joined by a network that loses, doubles, delays and reorders (XEP-0124 §14): every stanza arrives
//! exactly once and in order.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    time::{Duration, Instant},
};

use bosh_core::{
    Body, BoshClient, BoshSession, ClientConfig, ClientOutput, RequestId, SessionConfig, SessionOutput,
    manager::{self, Addressed},
};
use bytes::Bytes;
use common::{Dice, Validator, element, header, message, message_number, start};
use xmpp_core::{Header, Item, Wire, xml::ns};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Request { client: RequestId },
    Response { client: RequestId, status: u16, body: Bytes },
    Broken { client: RequestId },
    Gone { session: usize, server: RequestId },
    Says { client: bool },
}

/// The far end of one session.
struct Server {
    wire: BoshSession,
    streams: u32,
    heard: Vec<u64>,
    closed: bool,
}

struct World {
    dice: Dice,
    now: Instant,
    /// How bad the network is, in percent.
    loss: u64,
    events: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    count: u64,
    validator: Validator,
    client: BoshClient,
    open: BTreeSet<RequestId>,
    /// What the client's requests carry.
    bodies: BTreeMap<RequestId, Body>,
    /// Manager's number of a request, to the session and the client's number.
    routes: BTreeMap<RequestId, (usize, RequestId)>,
    servers: Vec<Server>,
    heard: Vec<u64>,
    /// How many stanzas the server and the client have said.
    said: [u64; 2],
    streams: u32,
    ready: bool,
    closed: bool,
    /// What happened, for a seed that failed.
    trace: Option<Vec<String>>,
}

const STANZAS: u64 = 6;

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let now = start();
        let mut config = ClientConfig::new(true);
        config.wait = dice.of(&[60, 60, 5, 0]);
        config.hold = dice.of(&[1, 1, 2, 0]);
        config.body_bytes = dice.of(&[64 * 1024, 100]);
        (config.retries, config.create_retries) = (1000, 1000);
        config.backoff_max = Duration::from_secs(2);
        let loss = dice.of(&[0, 5, 20, 35]);
        let client = BoshClient::new(config, [seed.to_be_bytes()[7]; 32]);
        Self {
            dice,
            now,
            loss,
            events: BinaryHeap::new(),
            count: 0,
            validator: Validator::default(),
            client,
            open: BTreeSet::new(),
            bodies: BTreeMap::new(),
            routes: BTreeMap::new(),
            servers: Vec::new(),
            heard: Vec::new(),
            said: [0; 2],
            streams: 0,
            ready: false,
            closed: false,
            trace: None,
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line());
        }
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.count += 1;
        self.events.push(Reverse((self.now + after, self.count, event)));
    }

    /// A hop of the network.
    fn delay(&mut self) -> Duration {
        let most = if self.dice.percent(self.loss) { 3000 } else { 60 };
        self.dice.millis(most)
    }

    /// The connection of a request breaks: mostly the client notices.
    fn lose(&mut self, client: RequestId) {
        if self.dice.percent(80) {
            let after = self.delay();
            self.later(after, Event::Broken { client });
        }
    }

    fn drain_client(&mut self) {
        loop {
            match self.client.poll_output(self.now) {
                Some(ClientOutput::Request(request)) => {
                    self.bodies.insert(request.id, self.validator.request(&request));
                    self.open.insert(request.id);
                    let (client, body) = (request.id, request.body);
                    self.note(|| format!("-> {client} {}", String::from_utf8_lossy(&body)));
                    if self.dice.percent(self.loss) {
                        self.lose(client);
                        continue;
                    }
                    let copies = 1 + u64::from(self.dice.percent(self.loss / 2));
                    for _ in 0..copies {
                        let after = self.delay();
                        self.later(after, Event::Request { client });
                    }
                }
                Some(ClientOutput::Abort(id)) => {
                    self.validator.abort(id);
                    self.open.remove(&id);
                    self.note(|| format!("abort {id}"));
                    let gone: Vec<_> = self.routes.iter().filter(|(_, (_, client))| *client == id).collect();
                    let gone: Vec<_> =
                        gone.into_iter().map(|(server, (session, _))| (*session, *server)).collect();
                    for (session, server) in gone {
                        let after = self.delay();
                        self.later(after, Event::Gone { session, server });
                    }
                }
                Some(other) => panic!("{other:?}"),
                None => match self.client.next_item(self.now) {
                    Ok(Some(item)) => self.client_hears(item),
                    Ok(None) => return,
                    Err(error) => panic!("the client gave up: {error}"),
                },
            }
        }
    }

    fn client_hears(&mut self, item: Item) {
        self.note(|| format!("client hears {}", common::words(&item)));
        match item {
            Item::Open(_) => self.streams += 1,
            Item::Close { see_other: None } => self.closed = true,
            Item::Close { .. } => panic!("nobody sends us elsewhere"),
            Item::Element(element) => match element.name() {
                "features" if self.streams == 1 => self
                    .client
                    .push(Item::Element(common::element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))),
                "success" => {
                    self.client.restart();
                    self.validator.expect_restart();
                    self.client.push(header("example.org"));
                }
                "features" => {
                    assert_eq!(self.streams, 2);
                    self.ready = true;
                    self.later(Duration::ZERO, Event::Says { client: true });
                }
                "message" => self.heard.push(message_number(&element).unwrap()),
                other => panic!("{other}"),
            },
        }
    }

    fn drain_server(&mut self, session: usize) {
        loop {
            let now = self.now;
            let server = &mut self.servers[session];
            match server.wire.poll_output(now) {
                Some(SessionOutput::Reply(reply)) => {
                    let (_, client) =
                        self.routes.remove(&reply.id).expect("each request is answered once at most");
                    self.note(|| format!("<- {client} {}", String::from_utf8_lossy(&reply.body)));
                    if self.dice.percent(self.loss) {
                        self.lose(client);
                    } else {
                        let after = self.delay();
                        // Something between answers in place of the manager.
                        let proxy = self.dice.percent(self.loss / 4);
                        let (status, body) = if proxy {
                            (502, Bytes::from_static(b"<html>"))
                        } else {
                            (reply.status, reply.body)
                        };
                        self.later(after, Event::Response { client, status, body });
                    }
                }
                Some(other) => panic!("{other:?}"),
                None => match server.wire.next_item(now) {
                    Ok(Some(item)) => self.server_hears(session, item),
                    Ok(None) => return,
                    Err(error) => {
                        assert!(server.closed || server.streams < 2, "the session gave up: {error}");
                        return;
                    }
                },
            }
        }
    }

    fn server_hears(&mut self, session: usize, item: Item) {
        self.note(|| format!("server {session} hears {}", common::words(&item)));
        let server = &mut self.servers[session];
        match item {
            Item::Open(_) => {
                server.streams += 1;
                let header =
                    Header { from: Some("example.org".into()), version: Some((1, 0)), ..Header::default() };
                server.wire.push(Item::Open(header));
                let features = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>";
                server.wire.push(Item::Element(element(features)));
                if server.streams == 2 {
                    self.later(Duration::ZERO, Event::Says { client: false });
                }
            }
            Item::Element(stanza) if stanza.ns() == ns::SASL => {
                server
                    .wire
                    .push(Item::Element(element("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")));
            }
            Item::Element(stanza) => server.heard.push(message_number(&stanza).unwrap()),
            Item::Close { .. } => {
                server.closed = true;
                server.wire.push(Item::CLOSE);
            }
        }
    }

    fn step(&mut self) {
        let wires = self.servers.iter().filter(|server| !server.closed);
        let timers = wires.filter_map(|server| server.wire.poll_timeout()).chain(self.client.poll_timeout());
        let timer = timers.min();
        let event = self.events.peek().map(|Reverse((at, ..))| *at);
        match (event, timer) {
            (Some(at), timer) if timer.is_none_or(|timer| at <= timer) => {
                let Some(Reverse((at, _, event))) = self.events.pop() else { unreachable!() };
                self.now = self.now.max(at);
                self.happens(event);
            }
            (_, Some(timer)) => {
                assert!(timer > self.now, "a deadline that has passed makes the caller spin");
                self.now = timer;
                self.client.handle_timeout(timer);
            }
            (_, None) => panic!("nothing is left to happen"),
        }
        self.drain_client();
        for session in 0..self.servers.len() {
            self.drain_server(session);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Request { client } => {
                self.count += 1;
                let server = RequestId(self.count);
                let body = self.bodies[&client].clone();
                let session = match manager::addressed(&body) {
                    Addressed::New => {
                        let mut config = SessionConfig::new(format!("s{}", self.servers.len()), true);
                        config.inactivity = 100_000;
                        config.hold = 2;
                        config.polling = 0;
                        let wire = BoshSession::new(config);
                        self.servers.push(Server { wire, streams: 0, heard: Vec::new(), closed: false });
                        self.servers.len() - 1
                    }
                    Addressed::Session(sid) => sid[1..].parse().unwrap(),
                };
                self.routes.insert(server, (session, client));
                self.servers[session].wire.handle_request(server, body);
            }
            Event::Response { client, status, body } => {
                // A copy whose request was broken off is handed in all the same: the client must not mind.
                if self.open.remove(&client) {
                    self.validator.answer(client, if status == 200 { &body } else { b"" });
                }
                self.client.handle_response(client, status, &body);
            }
            Event::Broken { client } => {
                if self.open.remove(&client) {
                    self.validator.abort(client);
                    self.client.handle_failure(client, "reset");
                }
            }
            Event::Gone { session, server } => {
                if self.routes.contains_key(&server) {
                    self.servers[session].wire.handle_gone(server);
                }
            }
            Event::Says { client } => {
                let side = usize::from(client);
                for _ in 0..=self.dice.below(3) {
                    if self.said[side] < STANZAS {
                        let stanza = Item::Element(message(self.said[side]));
                        self.said[side] += 1;
                        match self.servers.iter_mut().find(|server| server.streams == 2) {
                            Some(server) if !client => server.wire.push(stanza),
                            _ => self.client.push(stanza),
                        }
                    }
                }
                if self.said[side] < STANZAS {
                    let after = self.dice.millis(1500);
                    self.later(after, Event::Says { client });
                }
            }
        }
    }

    fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        self.drain_client();
        for _ in 0..20_000 {
            if done(self) {
                return;
            }
            self.step();
        }
        panic!("it does not end");
    }

    fn run(&mut self) {
        self.client.push(header("example.org"));
        self.run_until(|world| {
            world.heard.len() as u64 == STANZAS
                && world.servers.iter().map(|server| server.heard.len() as u64).sum::<u64>() == STANZAS
        });
        // The last stanza shares the body that ends the session.
        self.client.push(Item::Element(message(STANZAS)));
        self.client.push(Item::CLOSE);
        self.run_until(|world| world.closed);
        let all = |count| (0..count).collect::<Vec<_>>();
        assert_eq!(self.heard, all(STANZAS));
        let server = self.servers.iter().find(|server| server.streams == 2).expect("one session was used");
        assert_eq!(server.heard, all(STANZAS + 1));
        assert!(server.closed);
    }
}

/// BSH-24, BSH-25, BSH-32, BSH-39, BSH-40, BSH-41, BSH-43, BSH-44, BSH-45, XBH-05, XBH-16: what one side says, the other
/// hears once and in order, whatever the network does. `BOSH_SEEDS` sets the number of runs, `BOSH_SEED` repeats one.
#[test]
fn every_stanza_arrives_once_and_in_order() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("BOSH_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("BOSH_SEEDS").unwrap_or(10_000),
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let share = seeds.clone().skip(first).step_by(threads);
            scope.spawn(move || share.for_each(run));
        }
    });
}

fn run(seed: u64) {
    let run = |world: &mut World| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.run()));
    if run(&mut World::new(seed)).is_ok() {
        return;
    }
    let mut again = World::new(seed);
    again.trace = Some(Vec::new());
    let outcome = run(&mut again);
    let trace = again.trace.unwrap_or_default();
    let last = trace.len().saturating_sub(60);
    panic!("seed {seed}, loss {} %: {outcome:?}\n{}", again.loss, trace[last..].join("\n"));
}
