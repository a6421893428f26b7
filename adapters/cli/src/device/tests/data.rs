//! The device as who reads it meets it.

use xmpp_core::RequestError;
use xmpp_core::time::Duration;
use xmpp_core::xep::iot_data::{
    Ask, Ended, Inquiry, Kinds, Node, ReadError, Reader, ReaderAction, ReaderConfig, ReaderEvent, ReadoutId,
    Request,
};

use super::*;

/// A device and who reads it.
struct Pair {
    bench: Bench,
    reader: Reader,
    events: Vec<ReaderEvent>,
}

impl Pair {
    fn new() -> Self {
        let reader = Reader::new(ReaderConfig::default(), [9; 32]);
        Self { bench: Bench::new(), reader, events: Vec::new() }
    }

    fn begin(&mut self, request: Request) -> ReadoutId {
        let device = DEVICE.parse().unwrap();
        let day = Duration::from_hours(24);
        let readout = self.reader.read(self.bench.now, &device, request, day).unwrap();
        self.exchange();
        readout
    }

    /// Carries stanzas in both directions until nobody has anything to say.
    fn exchange(&mut self) {
        while let Some(action) = self.reader.poll() {
            match action {
                ReaderAction::Event(event) => self.events.push(event),
                ReaderAction::Ask { ask, iq } => {
                    let asked = iq.with_attrs(&[("id", Some("q1"))]).unwrap();
                    let [answer, messages @ ..] = &self.bench.say(APP, &asked)[..] else {
                        panic!("no answer")
                    };
                    let error = Iq::parse(answer.root()).unwrap().error();
                    let outcome = error.map_or_else(
                        || Ok(answer.clone()),
                        |error| Err(RequestError::Refused { error, response: answer.clone() }),
                    );
                    self.reader.handle_answer(self.bench.now, ask, outcome);
                    self.hear(messages);
                }
            }
        }
    }

    fn hear(&mut self, messages: &[Element]) {
        for message in messages {
            let stamped = message.with_attrs(&[("from", Some(DEVICE))]).unwrap();
            assert!(self.reader.handle_stanza(self.bench.now, &stamped), "{message:?}");
        }
    }

    fn ended(&mut self) -> Ended {
        match self.events.pop() {
            Some(ReaderEvent::Ended(ended)) => ended,
            other => panic!("{other:?}"),
        }
    }

    /// `name=value` of all that comes of a request.
    fn read(&mut self, request: Request) -> Vec<String> {
        self.begin(request);
        let Ended { data, outcome, .. } = self.ended();
        assert_eq!((outcome, data.bad.len()), (Ok(()), 0));
        data.readings.iter().map(|reading| reading.field.to_string()).collect()
    }

    fn refused(&mut self, request: Request) -> StanzaCondition {
        self.begin(request);
        match self.ended().outcome {
            Err(ReadError::Refused(error)) => error.condition,
            other => panic!("{other:?}"),
        }
    }
}

/// IOT-01: both extensions are announced, and their requests come to the device.
#[test]
fn announces_what_it_understands() {
    let client = xmpp_core::ClientConfig::new(DEVICE, "secret").unwrap();
    let mut session = SessionConfig::new(client);
    Device::describe(&mut session);
    for namespace in [ns::IOT_SENSOR_DATA, ns::IOT_CONTROL] {
        assert!(session.features.iter().any(|feature| feature == namespace), "{namespace}");
        assert!(session.claims.iter().any(|claim| claim == namespace), "{namespace}");
    }
}

/// IOT-02, IOT-06: everything, of every type that the device has, under the names that settings have.
#[test]
fn tells_all_it_knows() {
    let mut pair = Pair::new();
    let all = [
        "Setpoint=20.0 °C",
        "Fan=false",
        "Level=0",
        "SpaceTemp=21.4 °C",
        "Energy=1730.5 kWh",
        "Output1=false",
        "Output2=false",
        "Device=08-00-00-1a-7c-62",
    ];
    assert_eq!(pair.read(Request::of(Kinds::ALL)), all);
    assert_eq!(pair.read(Request::default()), all, "a request that names no kinds");
    pair.begin(Request::of(Kinds::ALL));
    let first = pair.ended().data.readings.remove(0);
    assert_eq!(first.node.as_deref(), Some(&Node::new("08-00-00-1a-7c-62")));
    assert_eq!((first.at.as_str(), first.field.writable), ("2008-04-04T12:57:41.310Z", Some(true)));
}

/// IOT-02: what was set is what is read.
#[test]
fn settings_can_be_read() {
    let mut pair = Pair::new();
    let settings = parse_settings("Setpoint=21.5;Fan=true;Level=3").unwrap();
    control(&mut pair.bench, &settings, Spelling::Smack).unwrap();
    assert_eq!(pair.read(Request::of(Kinds::STATUS)), ["Setpoint=21.5 °C", "Fan=true", "Level=3"]);
}

/// IOT-02: names and kinds limit what is told, in both senses together.
#[test]
fn tells_what_is_asked_for() {
    let mut pair = Pair::new();
    let some = Request::momentary().field("Energy").field("Fan").field("Device");
    assert_eq!(pair.read(some), ["Fan=false", "Energy=1730.5 kWh"]);
    assert_eq!(pair.read(Request::of(Kinds::IDENTITY)), ["Device=08-00-00-1a-7c-62"]);
    assert_eq!(pair.read(Request::of(Kinds::HISTORICAL)), [""; 0]);
    assert_eq!(pair.read(Request::momentary().field("Nothing")), [""; 0]);
}

/// IOT-03: a node that does not exist, a malformed request.
#[test]
fn refuses_what_it_cannot_read() {
    let mut pair = Pair::new();
    let own = Request::momentary().node(Node::new("08-00-00-1a-7c-62")).field("Level");
    assert_eq!(pair.read(own.clone()), ["Level=0"]);
    assert_eq!(pair.refused(own.node(Node::new("cellar"))), StanzaCondition::ItemNotFound);
    let malformed: Element = "<req xmlns='urn:xmpp:iot:sensordata'/>".parse().unwrap();
    let sent = pair.bench.say(APP, &iq("get", &malformed));
    assert_eq!(StanzaError::of_stanza(sent[0].root()).unwrap().condition, StanzaCondition::BadRequest);
    let event = pair.bench.events.pop().unwrap().to_string();
    assert!(event.starts_with("refuses the reading of application@example.com/pc: bad-request"), "{event}");
}

/// Some two hours after the time of the bench.
fn later() -> Request {
    Request {
        when: Some("2008-04-04T15:00:00+00:00".parse().unwrap()),
        ..Request::momentary().field("Level")
    }
}

/// IOT-03, IOT-04: a request for later is queued, and read when its time has come.
#[test]
fn reads_later() {
    let mut pair = Pair::new();
    let readout = pair.begin(later());
    assert_eq!(pair.events, [ReaderEvent::Accepted { readout, queued: true }]);
    control(&mut pair.bench, &parse_settings("Level=2").unwrap(), Spelling::Spec).unwrap();

    let due = pair.bench.device.poll_timeout().unwrap();
    let wait = Duration::from_millis(2 * 3_600_000 + 138_690);
    assert_eq!(due, pair.bench.now + wait);
    pair.bench.now = due;
    pair.bench.device.handle_timeout(due, WALL);
    let sent = pair.bench.drain();
    pair.hear(&sent);
    pair.exchange();
    let ended = pair.ended();
    assert_eq!(pair.events.last(), Some(&ReaderEvent::Started { readout }));
    assert_eq!((ended.data.readings[0].field.to_string().as_str(), ended.outcome), ("Level=2", Ok(())));
    assert_eq!(pair.bench.device.poll_timeout(), None);
}

/// IOT-03: a time that is over is now.
#[test]
fn reads_at_once_what_is_late() {
    let when = Some("2008-04-04T12:00:00".parse().unwrap());
    let mut pair = Pair::new();
    assert_eq!(pair.read(Request { when, ..Request::momentary().field("Level") }), ["Level=0"]);
}

/// IOT-07: what is queued can be cancelled by who asked for it; what is done cannot.
#[test]
fn cancels_what_is_queued() {
    let mut pair = Pair::new();
    let readout = pair.begin(later());
    let cancel = Ask::Cancel { seqnr: readout.seqnr() }.to_element().unwrap();
    let sent = pair.bench.say(PEER, &iq("get", &cancel));
    assert_eq!(StanzaError::of_stanza(sent[0].root()).unwrap().condition, StanzaCondition::ItemNotFound);
    pair.reader.cancel(readout);
    pair.exchange();
    assert_eq!(pair.ended().outcome, Err(ReadError::Cancelled));
    assert_eq!(pair.bench.device.poll_timeout(), None);
    let sent = pair.bench.say(APP, &iq("get", &cancel));
    assert_eq!(StanzaError::of_stanza(sent[0].root()).unwrap().condition, StanzaCondition::ItemNotFound);
}

/// IOT-02, IOT-03: a number is used once, and there is room for so many.
#[test]
fn room_for_queued_requests() {
    let mut pair = Pair::new();
    let mut ask = |seqnr| {
        let payload = Ask::Read { seqnr, request: later() }.to_element().unwrap();
        let sent = pair.bench.say(APP, &iq("get", &payload));
        StanzaError::of_stanza(sent[0].root()).map(|error| error.condition)
    };
    assert_eq!((ask(1), ask(1)), (None, Some(StanzaCondition::Conflict)));
    let rest = i32::try_from(QUEUED_READOUTS).unwrap();
    assert!((2..=rest).all(|seqnr| ask(seqnr).is_none()));
    assert_eq!(ask(rest + 1), Some(StanzaCondition::ResourceConstraint));
}

/// IOT-03: the answer goes back to who asked, in one message that says that it is the last.
#[test]
fn one_answer_and_one_message() {
    let mut bench = Bench::new();
    let payload = Ask::Read { seqnr: 7, request: Request::momentary() }.to_element().unwrap();
    let sent = bench.say(APP, &iq("get", &payload));
    let [answer, message] = &sent[..] else { panic!("{sent:?}") };
    assert!(Inquiry::of(&Iq::parse(answer.root()).unwrap()).is_none());
    assert!(answer.to_xml().contains("<accepted xmlns='urn:xmpp:iot:sensordata' seqnr='7'/>"));
    assert_eq!(message.attr("to").as_deref(), Some(APP));
    let fields = message.first_child().unwrap();
    assert!(fields.is("fields", ns::IOT_SENSOR_DATA));
    assert_eq!((fields.attr("seqnr").as_deref(), fields.attr("done").as_deref()), (Some("7"), Some("true")));
    let event = bench.events.pop().unwrap().to_string();
    assert!(event.starts_with("tells application@example.com/pc Setpoint=20.0 °C; Fan=false"), "{event}");
}
