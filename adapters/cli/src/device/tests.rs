//! The device as others meet it: stanzas in, stanzas out.

mod data;

use soap_xmpp::{
    Envelope, Fault, FaultCode, Rules, Version,
    smartserver::{self, Answer, Item, MESSAGE_NS, Value},
};
use xmpp_core::{
    jid::Jid,
    stanza::{Iq, StanzaCondition, StanzaError, message, presence},
    xep::iot_control::{Parameter, Refusal, Set, SetResponse, Spelling, parse_settings},
};

use super::*;

const APP: &str = "application@example.com/pc";
const DEVICE: &str = "08-00-00-1a-7c-62@example.com/ilon";
const PEER: &str = "08-00-00-1a-7c-63@example.com/ilon";
/// 2008-04-04T12:57:41.310Z
const WALL: Timestamp = Timestamp::from_unix_micros(1_207_313_861_310_000);

struct Bench {
    device: Device,
    now: Instant,
    events: Vec<DeviceEvent>,
}

impl Bench {
    fn new() -> Self {
        let binding = Binding { point: OUTPUT_2, peer: PEER.parse().unwrap(), peer_point: OUTPUT_1 };
        let device = Device::new(DEVICE.parse().unwrap(), vec![binding], [7; 32], WALL);
        Self { device, now: crate::clock::now(), events: Vec::new() }
    }

    /// What the device sends when `from` sends it this.
    fn say(&mut self, from: &str, stanza: &Element) -> Vec<Element> {
        let stanza = stanza.with_attrs(&[("from", Some(from)), ("to", Some(DEVICE))]).unwrap();
        self.device.handle_stanza(self.now, WALL, &stanza);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Element> {
        let mut sent = Vec::new();
        while let Some(action) = self.device.poll() {
            match action {
                Action::Send(stanza) => sent.push(stanza),
                Action::Event(event) => self.events.push(event),
            }
        }
        sent
    }

    /// The one answer to a call, which must be a result.
    fn call(&mut self, envelope: &Envelope) -> Answer {
        let answers = self.say(APP, &iq("set", envelope.element()));
        let [answer] = &answers[..] else { panic!("{answers:?}") };
        answer_in(answer)
    }

    fn value(&mut self, name: &str) -> String {
        self.call(&smartserver::read(&[name]).unwrap()).items[0].values[0].text.clone()
    }
}

fn iq(kind: &str, payload: &Element) -> Element {
    Element::build("iq", ns::CLIENT).attr("type", kind).attr("id", "q1").child(payload).finish().unwrap()
}

fn answer_in(stanza: &Element) -> Answer {
    let iq = Iq::parse(stanza.root()).unwrap();
    assert_eq!((iq.kind.name(), &*iq.id), ("result", "q1"), "{stanza:?}");
    Answer::of(&Envelope::read(iq.payload.unwrap(), Rules::Strict).unwrap()).unwrap()
}

fn write(name: &str, value: &str) -> Envelope {
    smartserver::write(&[Item::new(name).value(Value::new(value))]).unwrap()
}

#[test]
fn everybody_may_subscribe() {
    let mut bench = Bench::new();
    let device: Jid = DEVICE.parse().unwrap();
    let sent = bench.say("application@example.com", &presence::subscribe(&device));
    assert_eq!(sent, [presence::subscribed(&"application@example.com".parse::<Jid>().unwrap())]);
    assert_eq!(bench.say(APP, &presence::available()), []);
}

#[test]
fn every_statement_is_liked_once() {
    let mut bench = Bench::new();
    let to: Jid = DEVICE.parse().unwrap();
    let sent = bench.say(APP, &message::chat(&to, "It is warm in here.").unwrap());
    assert_eq!(sent, [message::chat(&APP.parse::<Jid>().unwrap(), "I like that statement.").unwrap()]);
    // Neither another device's answer nor an error is answered, nor a message without words.
    assert_eq!(bench.say(PEER, &message::chat(&to, STATEMENT).unwrap()), []);
    let error: Element = "<message xmlns='jabber:client' type='error'><body>x</body>\
        <error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        .parse()
        .unwrap();
    assert_eq!(bench.say(APP, &error), []);
    assert_eq!(bench.say(APP, &"<message xmlns='jabber:client'/>".parse().unwrap()), []);
}

/// SOP-22: the system's time, told with the header that these devices send.
#[test]
fn tells_the_time_that_it_is_told() {
    let mut bench = Bench::new();
    let sent = bench.say(APP, &iq("set", smartserver::read_info("SI_TIME").unwrap().element()));
    let answer = answer_in(&sent[0]);
    assert_eq!(answer.name, "SystemService_Read_InfoResponse");
    let field = |name: &str| answer.info.iter().find(|(field, _)| field == name).unwrap().1.clone();
    assert_eq!(field("UCPTsystemTime"), "2008-04-04T12:57:41");
    assert_eq!(field("UCPTtimeLastSynched"), "FRI APR 04 12:57:41 2008");

    let envelope = Envelope::read(sent[0].first_child().unwrap(), Rules::Strict).unwrap();
    let properties = envelope.header("messageProperties", MESSAGE_NS).unwrap().element();
    let property = |name| properties.child(name, MESSAGE_NS).unwrap().text();
    assert_eq!(property("UCPTtimeStamp"), "2008-04-04T12:57:41.310Z");
    assert_eq!(property("UCPTuniqueId"), "0800001A7C62");
}

/// SOP-22: what the device cannot tell is counted in an ordinary answer.
#[test]
fn application_faults_stand_in_ordinary_answers() {
    let mut bench = Bench::new();
    let code = |answer: &Answer| {
        assert_eq!(answer.fault_count, 1, "{answer:?}");
        answer.all_faults().next().unwrap().code
    };
    assert_eq!(
        code(&bench.call(&smartserver::read(&["Net/LON/iLON App/Room/nviNothing"]).unwrap())),
        Some(14)
    );
    assert_eq!(code(&bench.call(&smartserver::read(&["nothing"]).unwrap())), Some(6));
    assert_eq!(code(&bench.call(&smartserver::read(&[""]).unwrap())), Some(5));
    assert_eq!(code(&bench.call(&smartserver::read(&[]).unwrap())), Some(4));
    assert_eq!(code(&bench.call(&write(OUTPUT_1, "DIM"))), Some(11));
    assert_eq!(code(&bench.call(&smartserver::write(&[Item::new(OUTPUT_1)]).unwrap())), Some(4));
    assert_eq!(code(&bench.call(&smartserver::select("List", "//Item[").unwrap())), Some(3));
    assert_eq!(code(&bench.call(&smartserver::read_info("SI_WEATHER").unwrap())), Some(2));
    let answer = bench.call(&smartserver::read(&[OUTPUT_1, "nothing"]).unwrap());
    assert_eq!((answer.items[0].faults.len(), answer.items[1].faults.len()), (0, 1));
}

#[test]
fn reads_writes_and_lists() {
    let mut bench = Bench::new();
    assert_eq!(bench.value(OUTPUT_1), "OFF");
    let answer = bench.call(&write(OUTPUT_1, "ON"));
    assert_eq!((&*answer.name, answer.fault_count), ("WriteResponse", 0));
    let item = bench.call(&smartserver::read(&[OUTPUT_1]).unwrap()).items.remove(0);
    assert_eq!(item.kind.as_deref(), Some("Dp_Data"));
    assert_eq!(item.values, [Value::new("ON").format("UCPTvalueDef")]);
    assert_eq!((item.status.as_deref(), item.priority), (Some("AL_NUL"), Some(255)));
    assert_eq!(item.last_update.as_deref(), Some("2008-04-04T12:57:41.310Z"));

    let answer = bench.call(&smartserver::select("List", r#"//Item[contains(UCPTname,"Output")]"#).unwrap());
    let names: Vec<&str> = answer.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!((&*answer.name, names), ("ListResponse", vec![OUTPUT_1, OUTPUT_2]));
    assert!(answer.items.iter().all(|item| item.kind.as_deref() == Some("LON_Dp_Cfg")));
}

/// SOP-05, SOP-17: what cannot be processed at all is a SOAP fault, with an error that says the same to XMPP.
#[test]
fn soap_faults() {
    let mut bench = Bench::new();
    let mut fault = |envelope: &Element| -> Fault {
        let sent = bench.say(APP, &iq("set", envelope));
        let error = StanzaError::of_stanza(sent[0].root()).unwrap();
        assert_eq!(error.condition, StanzaCondition::UndefinedCondition);
        let envelope = sent[0].children().find(|child| child.name() == "Envelope").unwrap();
        Envelope::read(envelope, Rules::Strict).unwrap().fault().unwrap()
    };
    let unknown = fault(smartserver::call("Dance", &[]).unwrap().element());
    assert_eq!(
        (unknown.code.clone(), unknown.reason()),
        (FaultCode::Sender, "This device has no operation Dance")
    );
    let empty = fault(Envelope::build(Version::V11).finish().unwrap().element());
    assert_eq!(empty.code, FaultCode::Sender);
    let newer = fault(Envelope::build(Version::V12).finish().unwrap().element());
    assert_eq!(newer.code, FaultCode::VersionMismatch);
    let malformed: Element =
        format!("<e:Envelope xmlns:e='{}'><e:Header/></e:Envelope>", ns::SOAP_11).parse().unwrap();
    assert_eq!(fault(&malformed).code, FaultCode::Sender);
}

/// A bound point that is written is written to the other device too, whose answer is heard.
#[test]
fn web_connection() {
    let mut bench = Bench::new();
    let sent = bench.say(APP, &iq("set", write(OUTPUT_2, "ON").element()));
    let [answer, report] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(answer_in(answer).fault_count, 0);
    assert_eq!((report.attr("to").as_deref(), report.attr("type").as_deref()), (Some(PEER), Some("set")));

    // The other device takes it: it is the same program.
    let mut peer = Device::new(PEER.parse().unwrap(), Vec::new(), [8; 32], WALL);
    peer.handle_stanza(bench.now, WALL, &report.with_attrs(&[("from", Some(DEVICE))]).unwrap());
    let mut answers = std::iter::from_fn(|| peer.poll()).filter_map(|action| match action {
        Action::Send(stanza) => Some(stanza),
        Action::Event(_) => None,
    });
    let confirmed = answers.next().unwrap();
    assert_eq!(bench.say(PEER, &confirmed), []);
    let reported = DeviceEvent::Reported { to: PEER.parse().unwrap(), point: OUTPUT_2, outcome: Ok(()) };
    assert_eq!(bench.events.last(), Some(&reported));
    assert_eq!(peer.points.get(OUTPUT_1).unwrap().value().text, "ON");
}

/// A failing report is told, whatever went wrong; what the bound peer wrote itself is not reported back to it.
#[test]
fn web_connection_that_fails() {
    let mut bench = Bench::new();
    let ends = |bench: &mut Bench, answer: &dyn Fn(&mut Bench, &Element)| -> String {
        let sent = bench.say(APP, &iq("set", write(OUTPUT_2, "ON").element()));
        answer(bench, &sent[1]);
        match bench.events.pop() {
            Some(DeviceEvent::Reported { outcome: Err(why), .. }) => why,
            other => panic!("{other:?}"),
        }
    };
    let why = ends(&mut bench, &|bench, report| {
        let fault = smartserver::ItemFault::new(10, "held");
        let item = Item { faults: vec![fault], ..Item::new(OUTPUT_1) };
        let answer = smartserver::answer("Write", &[item], &[]).unwrap();
        let id = report.attr("id").unwrap();
        let answer = iq("result", answer.element()).with_attrs(&[("id", Some(&*id))]).unwrap();
        bench.say(PEER, &answer);
    });
    assert_eq!(why, "held (code 10)");
    let why = ends(&mut bench, &|bench, _| {
        bench.now = bench.device.poll_timeout().unwrap();
        while let Some(deadline) = bench.device.poll_timeout().filter(|deadline| *deadline <= bench.now) {
            bench.device.handle_timeout(deadline, WALL);
            bench.drain();
        }
    });
    assert_eq!(why, "no answer came in time");

    assert_eq!(bench.say(PEER, &iq("set", write(OUTPUT_2, "OFF").element())).len(), 1);
}

fn control(bench: &mut Bench, parameters: &[Parameter], spelling: Spelling) -> Result<(), Refusal> {
    let set = Set::new(parameters).to_element(spelling).unwrap();
    let sent = bench.say(APP, &iq("set", &set));
    let iq = Iq::parse(sent[0].root()).unwrap();
    if let Some(error) = iq.error() {
        return Err(Refusal::of(&error));
    }
    assert_eq!(SetResponse::parse(iq.payload.unwrap()), Some(SetResponse::default()));
    Ok(())
}

/// IOT-09: settings are made, in either spelling, and by a message too, which is not answered.
#[test]
fn control_requests() {
    let mut bench = Bench::new();
    for (settings, spelling) in [
        ("Setpoint=21.5;Fan=true;Level=3", Spelling::Spec),
        ("Setpoint=22;Fan=false;Level=0", Spelling::Smack),
    ] {
        control(&mut bench, &parse_settings(settings).unwrap(), spelling).unwrap();
        let state = [SETPOINT, FAN, LEVEL].map(|name| bench.value(name));
        let expected = if spelling == Spelling::Spec { ["21.5", "ON", "3"] } else { ["22.0", "OFF", "0"] };
        assert_eq!(state, expected);
    }
    let set = Set::new(parse_settings("Level=2").unwrap()).to_element(Spelling::Spec).unwrap();
    let message = Element::build("message", ns::CLIENT).child(&set).finish().unwrap();
    assert_eq!(bench.say(APP, &message), []);
    assert_eq!(bench.value(LEVEL), "2");
}

/// IOT-10, IOT-11: one wrong parameter is named, and nothing at all is carried out.
#[test]
fn no_partial_execution() {
    let mut bench = Bench::new();
    for (settings, blamed, condition) in [
        ("Setpoint=21.5;Fan=true;Level=4", "Level", StanzaCondition::BadRequest),
        ("Fan=true;Setpoint=true", "Setpoint", StanzaCondition::BadRequest),
        ("Fan=true;Level=2.5", "Level", StanzaCondition::BadRequest),
        ("Fan=true;Heating=true", "Heating", StanzaCondition::ItemNotFound),
    ] {
        let refusal = control(&mut bench, &parse_settings(settings).unwrap(), Spelling::Spec).unwrap_err();
        assert_eq!(
            (refusal.parameter.as_deref(), refusal.condition),
            (Some(blamed), condition),
            "{settings}"
        );
        assert_eq!([SETPOINT, FAN, LEVEL].map(|name| bench.value(name)), ["20.0", "OFF", "0"], "{settings}");
    }
    // Held by a higher priority.
    let held = Item { priority: Some(10), ..Item::new(FAN).value(Value::new("OFF")) };
    assert_eq!(bench.call(&smartserver::write(&[held]).unwrap()).fault_count, 0);
    let refusal =
        control(&mut bench, &parse_settings("Level=1;Fan=true").unwrap(), Spelling::Spec).unwrap_err();
    assert_eq!((refusal.parameter.as_deref(), refusal.condition), (Some("Fan"), StanzaCondition::Conflict));
    assert_eq!(bench.value(LEVEL), "0");
    assert!(control(&mut bench, &[], Spelling::Spec).is_err());
    let get: Element = "<getForm xmlns='urn:xmpp:iot:control'/>".parse().unwrap();
    let sent = bench.say(APP, &iq("get", &get));
    let error = StanzaError::of_stanza(sent[0].root()).unwrap();
    assert_eq!(error.condition, StanzaCondition::FeatureNotImplemented);
}
