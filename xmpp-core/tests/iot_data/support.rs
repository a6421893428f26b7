//! What the tests share: a requester on a bench, and names for what it reads.

use std::sync::Arc;

use xmpp_core::RequestError;
use xmpp_core::jid::Jid;
use xmpp_core::stanza::{Iq, StanzaError, iq};
use xmpp_core::time::{Duration, Instant};
use xmpp_core::xep::iot_data::{
    AskId, Ended, Field, Kinds, Node, Reader, ReaderAction, ReaderConfig, ReaderEvent, Reading, ReadoutId,
    Request, Value,
};
use xmpp_core::xml::{Element, ns};

pub(crate) const APP: &str = "app@example.com/pc";
pub(crate) const BOILER: &str = "boiler@example.com/cellar";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A requester, the time, and what it said.
pub(crate) struct Bench {
    pub(crate) reader: Reader,
    pub(crate) now: Instant,
    pub(crate) asked: Vec<(AskId, Element)>,
    pub(crate) events: Vec<ReaderEvent>,
}

impl Bench {
    pub(crate) fn new(config: ReaderConfig) -> Self {
        #[allow(clippy::disallowed_methods)]
        let now = Instant::now();
        Self { reader: Reader::new(config, [5; 32]), now, asked: Vec::new(), events: Vec::new() }
    }

    /// A read-out that has been asked for.
    pub(crate) fn asks(request: Request) -> (Self, ReadoutId) {
        let mut bench = Self::new(ReaderConfig::default());
        let readout = bench.read(BOILER, request);
        (bench, readout)
    }

    pub(crate) fn read(&mut self, device: &str, request: Request) -> ReadoutId {
        let readout = self.reader.read(self.now, &device.parse().unwrap(), request, PATIENCE).unwrap();
        self.drain();
        readout
    }

    pub(crate) fn drain(&mut self) {
        while let Some(action) = self.reader.poll() {
            match action {
                ReaderAction::Ask { ask, iq } => self.asked.push((ask, iq)),
                ReaderAction::Event(event) => self.events.push(event),
            }
        }
    }

    /// The device answers the request that was asked last.
    pub(crate) fn answer(&mut self, content: &str) {
        let ask = self.asked.last().unwrap().0;
        let result = format!("<iq xmlns='jabber:client' type='result' id='1' from='{BOILER}'>{content}</iq>");
        self.reader.handle_answer(self.now, ask, Ok(result.parse().unwrap()));
        self.drain();
    }

    /// The request that was asked last did not get its result.
    pub(crate) fn fail(&mut self, error: RequestError) {
        let ask = self.asked.last().unwrap().0;
        self.reader.handle_answer(self.now, ask, Err(error));
        self.drain();
    }

    /// The device refuses the request that was asked last.
    pub(crate) fn refuse(&mut self, error: StanzaError) {
        let response = iq::error(&self.asked.last().unwrap().1, &error);
        self.fail(RequestError::Refused { error, response });
    }

    /// A message with this content arrives; says whether the reader takes it.
    pub(crate) fn hear(&mut self, from: &str, content: &str) -> bool {
        let taken = self.reader.handle_stanza(self.now, &message(from, content));
        self.drain();
        taken
    }

    /// The message that the device sends.
    pub(crate) fn told(&mut self, content: &str) {
        assert!(self.hear(BOILER, content), "{content}");
    }

    /// The one end that was told.
    pub(crate) fn ended(&self) -> &Ended {
        let ends = self.events.iter().filter_map(|event| match event {
            ReaderEvent::Ended(ended) => Some(ended),
            _ => None,
        });
        let [ended] = ends.collect::<Vec<_>>()[..] else { panic!("{:?}", self.events) };
        ended
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.reader.in_flight() == 1
            && !self.events.iter().any(|event| matches!(event, ReaderEvent::Ended(_)))
    }
}

pub(crate) fn message(from: &str, content: &str) -> Element {
    format!("<message xmlns='jabber:client' from='{from}'>{content}</message>").parse().unwrap()
}

/// A payload with the number of a read-out: `name attributes`, then content.
pub(crate) fn say(readout: ReadoutId, name: &str, attributes: &str, content: &str) -> String {
    let number = readout.seqnr();
    format!("<{name} xmlns='{}' seqnr='{number}' {attributes}>{content}</{name}>", ns::IOT_SENSOR_DATA)
}

/// Fields of the node `pump` at some time.
pub(crate) fn pump(fields: &str) -> String {
    format!("<node nodeId='pump'><timestamp value='2024-03-01T08:30:00Z'>{fields}</timestamp></node>")
}

pub(crate) fn reading(name: &str, value: i32) -> Reading {
    Reading {
        node: Some(Arc::new(Node::new("pump"))),
        at: "2024-03-01T08:30:00Z".parse().unwrap(),
        field: Field::new(name, Value::Int(value)).kinds(Kinds::MOMENTARY),
    }
}

/// `name=value` of each reading.
pub(crate) fn texts(ended: &Ended) -> Vec<String> {
    ended.data.readings.iter().map(|reading| reading.field.to_string()).collect()
}

/// A request as a device gets it: with an id, from the application.
pub(crate) fn arrived(iq: &Element) -> Element {
    iq.with_attrs(&[("id", Some("q1")), ("from", Some(APP))]).unwrap()
}

/// The payload of a request.
pub(crate) fn payload(request: &Element) -> String {
    Iq::parse(arrived(request).root()).unwrap().payload.unwrap().to_xml()
}

pub(crate) fn jid(text: &str) -> Jid {
    text.parse().unwrap()
}
