//! What the tests share: a fixed time, and two machines joined in memory.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::new_without_default)] // each test file uses a part of it

use jid::{FullJid, Jid};
use soap_xmpp::{
    Action, Answered, Envelope, EnvelopeError, Requester, RequesterConfig, Responder, ResponderConfig,
    ResponderEvent, Rules, Version,
};
use xmpp_core::time::Instant;
use xmpp_core::xml::{Context, Element, Limits, Piece, StreamReader, ns};

pub const APP: &str = "app@example.com/pc";
pub const DEVICE: &str = "08-00-00-1a-7c-62@example.com/ilon";

/// Some moment; the tests add to it.
pub fn start() -> Instant {
    #[allow(clippy::disallowed_methods)]
    Instant::now()
}

pub fn device() -> Jid {
    DEVICE.parse().unwrap()
}

pub fn parse(xml: &str) -> Element {
    xml.parse().unwrap_or_else(|error| panic!("{error} in {xml}"))
}

pub fn read(xml: &str, rules: Rules) -> Result<Envelope, EnvelopeError> {
    Envelope::read(&parse(xml), rules)
}

/// An envelope with one body child.
pub fn envelope(version: Version, xml: &str) -> Envelope {
    Envelope::build(version).body(&parse(xml)).finish().unwrap()
}

/// `<s:Envelope/>` of a version, with this inside.
pub fn soap(version: Version, inside: &str) -> String {
    format!("<s:Envelope xmlns:s='{}'>{inside}</s:Envelope>", version.ns())
}

/// What arrives at the other end of a client's stream.
pub fn transfer(stanza: &Element) -> Element {
    let mut bytes =
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>".to_vec();
    stanza.write(&mut bytes, &Context::client_stream());
    let mut reader = StreamReader::new(Limits::default());
    reader.push(&bytes);
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
    match reader.next_piece() {
        Ok(Some(Piece::Element(element))) => element,
        other => panic!("{other:?} from {}", String::from_utf8_lossy(&bytes)),
    }
}

/// As the server of the sender does.
pub fn stamp(stanza: &Element, from: &str) -> Element {
    stanza.with_attrs(&[("from", Some(from))]).unwrap()
}

pub fn requester(config: RequesterConfig) -> Requester {
    Requester::new(config, [7; 32], FullJid::new(APP).unwrap())
}

/// A requester at [`APP`], a responder at [`DEVICE`], and a server between them.
pub struct Pair {
    pub now: Instant,
    pub requester: Requester,
    pub responder: Responder,
    pub answered: Vec<Answered>,
    pub events: Vec<ResponderEvent>,
    /// Every stanza that went over the wire, as it arrived.
    pub wire: Vec<Element>,
}

impl Pair {
    pub fn new() -> Self {
        Self::with(ResponderConfig::default())
    }

    pub fn with(config: ResponderConfig) -> Self {
        Self {
            now: start(),
            requester: requester(RequesterConfig::default()),
            responder: Responder::new(config),
            answered: Vec::new(),
            events: Vec::new(),
            wire: Vec::new(),
        }
    }

    /// Carries stanzas until nobody has anything to say.
    pub fn run(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(action) = self.requester.poll() {
                quiet = false;
                match action {
                    Action::Send(stanza) => {
                        let stanza = transfer(&stamp(&stanza, APP));
                        assert_eq!(stanza.attr("to").as_deref(), Some(DEVICE));
                        assert!(self.responder.handle_stanza(self.now, &stanza));
                        self.wire.push(stanza);
                    }
                    Action::Event(event) => self.answered.push(event),
                }
            }
            while let Some(action) = self.responder.poll() {
                quiet = false;
                match action {
                    Action::Send(stanza) => {
                        let stanza = transfer(&stamp(&stanza, DEVICE));
                        assert_eq!(stanza.attr("to").as_deref(), Some(APP));
                        assert!(self.requester.handle_stanza(self.now, &stanza));
                        self.wire.push(stanza);
                    }
                    Action::Event(event) => self.events.push(event),
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// Puts a request on the responder's side as `from` sent it, and gives what it sends.
    pub fn ask(&mut self, stanza: &str) -> Vec<Element> {
        self.responder.handle_stanza(self.now, &parse(stanza));
        let mut sent = Vec::new();
        while let Some(action) = self.responder.poll() {
            match action {
                Action::Send(stanza) => sent.push(stanza),
                Action::Event(event) => self.events.push(event),
            }
        }
        sent
    }

    /// The only call that reached the application.
    pub fn call(&mut self) -> soap_xmpp::Call {
        match self.events.pop() {
            Some(ResponderEvent::Call(call)) => call,
            other => panic!("{other:?}"),
        }
    }

    /// How the only call ended.
    pub fn outcome(&mut self) -> Result<Envelope, soap_xmpp::CallError> {
        let answered = self.answered.pop().expect("an answer");
        assert!(self.answered.is_empty());
        answered.outcome
    }
}

/// An IQ of type set from [`APP`].
pub fn set(id: &str, inside: &str) -> String {
    format!("<iq xmlns='{}' type='set' id='{id}' from='{APP}' to='{DEVICE}'>{inside}</iq>", ns::CLIENT)
}
