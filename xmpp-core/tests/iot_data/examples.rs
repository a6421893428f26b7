//! The conversations of the specification, with other things and values: one test each.

use xmpp_core::stanza::{Iq, StanzaCondition, StanzaError};
use xmpp_core::xep::iot_data::{Kinds, Node, Quality, ReadError, ReaderEvent, Request};

use crate::support::{Bench, payload, say, texts};

const STAMPED: &str = "<timestamp value='2024-03-01T08:30:00'>";

fn numeric(name: &str, kinds: &str, value: &str, unit: &str) -> String {
    format!("<numeric name='{name}' {kinds} automaticReadout='true' value='{value}' unit='{unit}'/>")
}

/// IOT-02, IOT-03, IOT-04: XEP-0323 §3.1.
#[test]
fn momentary_values() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    let sent = payload(&bench.asked[0].1);
    assert_eq!(
        sent,
        format!("<req xmlns='urn:xmpp:iot:sensordata' seqnr='{}' momentary='true'/>", readout.seqnr())
    );
    let asked = Iq::parse(bench.asked[0].1.root());
    assert!(asked.is_err(), "a session gives it its id");

    bench.answer(&say(readout, "accepted", "", ""));
    assert_eq!(bench.events, [ReaderEvent::Accepted { readout, queued: false }]);
    let field = numeric("Flow", "momentary='true'", "12.50", "l/min");
    let node = format!("<node nodeId='Pump07'>{STAMPED}{field}</timestamp></node>");
    bench.told(&say(readout, "fields", "done='true'", &node));

    let ended = bench.ended();
    assert_eq!((ended.readout, &ended.outcome), (readout, &Ok(())));
    let [reading] = &ended.data.readings[..] else { panic!("{ended:?}") };
    assert_eq!(
        (&*reading.field.to_string(), reading.at.as_str()),
        ("Flow=12.50 l/min", "2024-03-01T08:30:00")
    );
    assert_eq!(reading.node.as_deref(), Some(&Node::new("Pump07")));
    assert_eq!((reading.field.kinds, reading.field.quality), (Kinds::MOMENTARY, Quality::AUTOMATIC_READOUT));
    assert_eq!(bench.reader.in_flight(), 0);
}

/// IOT-04: XEP-0323 §3.2.
#[test]
fn failure() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.answer(&say(readout, "accepted", "", ""));
    let error = "<error nodeId='Pump07' timestamp='2024-03-01T08:31:00'>The sensor is silent.</error>";
    bench.told(&say(readout, "failure", "done='true'", error));
    let ended = bench.ended();
    assert_eq!(ended.outcome, Err(ReadError::Failed));
    let [error] = &ended.data.errors[..] else { panic!("{ended:?}") };
    assert_eq!((error.node.as_ref(), &*error.at), (Some(&Node::new("Pump07")), "2024-03-01T08:31:00"));
    assert_eq!(error.to_string(), "Pump07: The sensor is silent.");
}

/// IOT-03: XEP-0323 §3.3.
#[test]
fn rejection() {
    for condition in [StanzaCondition::Forbidden, StanzaCondition::ItemNotFound, StanzaCondition::BadRequest]
    {
        let (mut bench, _) = Bench::asks(Request::momentary());
        let error = StanzaError::new(condition).with_text("Not for you.");
        bench.refuse(error.clone());
        assert_eq!(bench.ended().outcome, Err(ReadError::Refused(Box::new(error))));
    }
}

/// IOT-02, IOT-03, IOT-04: XEP-0323 §3.4, in several messages, with a done of its own.
#[test]
fn all_values_later() {
    let mut request = Request::of(Kinds::ALL);
    request.when = Some("2024-03-01T12:00:00".parse().unwrap());
    let (mut bench, readout) = Bench::asks(request);
    assert!(payload(&bench.asked[0].1).contains(" all='true' when='2024-03-01T12:00:00'"));
    bench.answer(&say(readout, "accepted", "queued='true'", ""));
    bench.told(&say(readout, "started", "", ""));
    assert_eq!(
        bench.events,
        [ReaderEvent::Accepted { readout, queued: true }, ReaderEvent::Started { readout }]
    );
    let now = [
        numeric("Flow", "momentary='true'", "12.5", "l/min"),
        numeric("Hours", "status='true'", "812", "h"),
        "<string name='Serial' identification='true' automaticReadout='true' value='P-07'/>".to_owned(),
    ];
    let extremes = [
        numeric("Flow, Max", "peak='true'", "14.0", "l/min"),
        numeric("Flow, Mean", "computed='true'", "11.9", "l/min"),
    ];
    let part = |fields: &str| {
        format!("<node nodeId='Pump07'><timestamp value='2024-03-01T12:00:00'>{fields}</timestamp></node>")
    };
    bench.told(&say(readout, "fields", "", &part(&now.concat())));
    bench.told(&say(readout, "fields", "", &part(&extremes.concat())));
    let stored = ["11:00:00", "10:00:00", "00:00:00"].map(|hour| {
        let field = numeric("Flow", "historicalHour='true' historicalDay='true'", "12.1", "l/min");
        format!("<timestamp value='2024-03-01T{hour}'>{field}</timestamp>")
    });
    bench.told(&say(readout, "fields", "", &format!("<node nodeId='Pump07'>{}</node>", stored.concat())));
    assert!(bench.is_under_way());
    bench.told(&say(readout, "done", "", ""));

    let ended = bench.ended();
    assert_eq!(ended.outcome, Ok(()));
    let hour = "Flow=12.1 l/min";
    assert_eq!(
        texts(ended),
        [
            "Flow=12.5 l/min",
            "Hours=812 h",
            "Serial=P-07",
            "Flow, Max=14.0 l/min",
            "Flow, Mean=11.9 l/min",
            hour,
            hour,
            hour
        ]
    );
}

/// IOT-02, IOT-04: XEP-0323 §3.5.
#[test]
fn several_nodes() {
    let request = Request::momentary().node(Node::new("Pump08")).node(Node::new("Pump09"));
    let (mut bench, readout) = Bench::asks(request);
    assert!(payload(&bench.asked[0].1).ends_with("<node nodeId='Pump08'/><node nodeId='Pump09'/></req>"));
    for (id, done) in [("Pump08", ""), ("Pump09", "done='true'")] {
        let field = numeric("Flow", "momentary='true'", "3.0", "l/min");
        bench.told(&say(
            readout,
            "fields",
            done,
            &format!("<node nodeId='{id}'>{STAMPED}{field}</timestamp></node>"),
        ));
    }
    let nodes: Vec<_> =
        bench.ended().data.readings.iter().map(|reading| &*reading.node.as_ref().unwrap().id).collect();
    assert_eq!(nodes, ["Pump08", "Pump09"]);
}

/// IOT-02, IOT-05: XEP-0323 §3.6; the device keeps to the names or not.
#[test]
fn some_fields() {
    let (mut bench, readout) =
        Bench::asks(Request::momentary().node(Node::new("Pump08")).field("Flow").field("Volume"));
    assert!(payload(&bench.asked[0].1).ends_with("<field name='Flow'/><field name='Volume'/></req>"));
    let fields = ["Volume", "Pressure", "Flow"].map(|name| numeric(name, "momentary='true'", "1.25", ""));
    let node = format!("<node nodeId='Pump08'>{STAMPED}{}</timestamp></node>", fields.concat());
    bench.told(&say(readout, "fields", "done='true'", &node));
    assert_eq!(texts(bench.ended()), ["Volume=1.25", "Flow=1.25"]);
}

/// IOT-07: XEP-0323 §3.7.
#[test]
fn cancelled_while_it_is_queued() {
    let mut request = Request::of(Kinds::ALL);
    request.when = Some("2024-03-02T23:30:00".parse().unwrap());
    let (mut bench, readout) = Bench::asks(request);
    bench.answer(&say(readout, "accepted", "queued='true'", ""));
    assert!(bench.reader.cancel(readout));
    bench.drain();
    let sent = payload(&bench.asked[1].1);
    assert_eq!(sent, format!("<cancel xmlns='urn:xmpp:iot:sensordata' seqnr='{}'/>", readout.seqnr()));
    bench.answer(&say(readout, "cancelled", "", ""));
    assert_eq!(bench.ended().outcome, Err(ReadError::Cancelled));
}

/// IOT-06: XEP-0323 §6.2; what a name is made of is kept for who translates it.
#[test]
fn names_that_can_be_translated() {
    let (mut bench, readout) = Bench::asks(Request::of(Kinds::ALL));
    let field = "<numeric name='Flow, Max' peak='true' value='14.0' unit='l/min' module='Pumps' stringIds='4,2|Common'/>";
    bench.told(&say(
        readout,
        "fields",
        "done='true'",
        &format!("<node nodeId='a'>{STAMPED}{field}</timestamp></node>"),
    ));
    let field = &bench.ended().data.readings[0].field;
    assert_eq!((field.module.as_deref(), field.string_ids.as_deref()), (Some("Pumps"), Some("4,2|Common")));
}
