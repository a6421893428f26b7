//! The requester where the device takes its liberties, or does not answer.

use xmpp_core::RequestError;
use xmpp_core::stanza::{StanzaCondition, StanzaError};
use xmpp_core::xep::iot_data::{
    Kinds, Node, NotAsked, ReadError, Reader, ReaderConfig, ReaderEvent, Request,
};
use xmpp_core::xml::Element;

use crate::support::{APP, BOILER, Bench, PATIENCE, jid, message, payload, pump, say, texts};

const FLOW: &str = "<numeric name='Flow' momentary='true' value='12.5' unit='l/min'/>";

/// IOT-03: a device may leave out that it accepts, and send the data alone.
#[test]
fn accepted_may_be_missing() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.fail(RequestError::Timeout);
    assert!(bench.is_under_way());
    bench.told(&say(readout, "fields", "", &pump(FLOW)));
    bench.told(&say(readout, "done", "", ""));
    assert_eq!((texts(bench.ended()), &bench.ended().outcome), (vec!["Flow=12.5 l/min".to_owned()], &Ok(())));
}

/// IOT-03, IOT-04: data overtakes the answer; that comes to nobody then.
#[test]
fn data_may_overtake_the_answer() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.told(&say(readout, "fields", "done='true'", &pump(FLOW)));
    assert_eq!(bench.ended().outcome, Ok(()));
    bench.answer(&say(readout, "accepted", "", ""));
    assert_eq!(bench.events.len(), 1, "{:?}", bench.events);
}

/// IOT-03: an answer that says something else, or nothing, accepts; one that holds the data is as good as a message.
#[test]
fn answers_that_say_something_else() {
    for content in
        ["", "<odd xmlns='urn:odd'/>", "<accepted xmlns='urn:xmpp:iot:sensordata' seqnr='-1' queued='true'/>"]
    {
        let (mut bench, readout) = Bench::asks(Request::momentary());
        bench.answer(content);
        assert_eq!(bench.events, [ReaderEvent::Accepted { readout, queued: false }], "{content}");
    }
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.answer(&say(readout, "started", "", ""));
    assert_eq!(bench.events, [ReaderEvent::Started { readout }]);
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.answer(&say(readout, "fields", "done='true'", &pump(FLOW)));
    assert_eq!(texts(bench.ended()), ["Flow=12.5 l/min"]);
}

/// IOT-03: an answer that is none ends it; the data that came is not lost.
#[test]
fn malformed_answers() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.told(&say(readout, "fields", "", &pump(FLOW)));
    let answer: Element = "<iq xmlns='jabber:client' type='error' id='1'/>".parse().unwrap();
    bench.fail(RequestError::Malformed(answer));
    assert_eq!(bench.ended().outcome, Err(ReadError::BadAnswer));
    assert_eq!(texts(bench.ended()).len(), 1);
}

/// IOT-04: some things can be read and others not.
#[test]
fn readings_beside_failures() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.told(&say(
        readout,
        "failure",
        "",
        "<error nodeId='valve' timestamp='soon'>Stuck</error><error>Why</error>",
    ));
    assert!(bench.is_under_way());
    bench.told(&say(readout, "fields", "done='true'", &pump(FLOW)));
    let ended = bench.ended();
    assert_eq!((&ended.outcome, texts(ended).len()), (&Err(ReadError::Failed), 1));
    let told: Vec<_> = ended.data.errors.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["valve: Stuck", "Why"]);
}

/// IOT-04: it always ends, with what had come until then.
#[test]
fn times_out() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.answer(&say(readout, "accepted", "queued='true'", ""));
    bench.told(&say(readout, "fields", "", &pump(FLOW)));
    let deadline = bench.now + PATIENCE;
    assert_eq!(bench.reader.poll_timeout(), Some(deadline));
    bench.reader.handle_timeout(bench.now + PATIENCE / 2);
    bench.drain();
    assert!(bench.is_under_way());
    bench.reader.handle_timeout(deadline);
    bench.drain();
    assert_eq!((&bench.ended().outcome, texts(bench.ended()).len()), (&Err(ReadError::Timeout), 1));
    assert_eq!((bench.reader.poll_timeout(), bench.reader.in_flight()), (None, 0));
}

/// IOT-04: what comes after the end of the time is late, whether or not the timeout was handled.
#[test]
fn late_data_is_not_taken() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.now += PATIENCE;
    let late = say(readout, "fields", "done='true'", &pump(FLOW));
    bench.hear(BOILER, &late);
    assert_eq!((&bench.ended().outcome, texts(bench.ended()).len()), (&Err(ReadError::Timeout), 0));
    assert!(!bench.hear(BOILER, &late));
}

/// IOT-04: only who was asked answers.
#[test]
fn others_cannot_answer() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    let data = say(readout, "fields", "done='true'", &pump(FLOW));
    for other in ["eve@example.com/x", "boiler@example.com/attic", "boiler@example.com", "example.com"] {
        assert!(!bench.hear(other, &data), "{other}");
    }
    let from_nobody: Element = format!("<message xmlns='jabber:client'>{data}</message>").parse().unwrap();
    assert!(!bench.reader.handle_stanza(bench.now, &from_nobody));
    let returned = message(BOILER, &data).with_attrs(&[("type", Some("error"))]).unwrap();
    assert!(!bench.reader.handle_stanza(bench.now, &returned));
    assert!(bench.is_under_way());
    bench.told(&data);
    assert_eq!(bench.ended().outcome, Ok(()));
}

/// IOT-04: what went to an account is answered by one of its resources.
#[test]
fn resources_answer_for_their_account() {
    let mut bench = Bench::new(ReaderConfig::default());
    let readout = bench.read("gateway.example.com", Request::momentary());
    let data = say(readout, "fields", "done='true'", &pump(FLOW));
    assert!(!bench.hear("boiler@gateway.example.com", &data));
    assert!(bench.hear("gateway.example.com/7", &data));
    assert_eq!(bench.ended().outcome, Ok(()));
}

/// IOT-04: numbers tell read-outs of one device apart; those that are not asked for mean nothing.
#[test]
fn numbers_tell_readouts_apart() {
    let (mut bench, first) = Bench::asks(Request::momentary());
    let second = bench.read(BOILER, Request::momentary());
    assert_ne!(first, second);
    let unknown = "<done xmlns='urn:xmpp:iot:sensordata' seqnr='-7'/>";
    assert!(!bench.hear(BOILER, unknown));
    assert!(!bench.hear(BOILER, "<done xmlns='urn:xmpp:iot:sensordata'/>"));
    assert!(!bench.hear(BOILER, "<body xmlns='jabber:client'>done</body>"));
    bench.told(&say(second, "fields", "done='true'", &pump(FLOW)));
    assert_eq!((bench.ended().readout, bench.reader.in_flight()), (second, 1));
    // In one message, and neither is taken for the other.
    bench.told(&format!("{unknown}{}", say(first, "done", "", "")));
    let ends: Vec<_> = bench.events.iter().filter(|event| matches!(event, ReaderEvent::Ended(_))).collect();
    assert_eq!((ends.len(), bench.reader.in_flight()), (2, 0));
}

/// IOT-02: a program that starts again does not take for its own what was asked before.
#[test]
fn first_number_is_unpredictable() {
    let first = |seed| {
        let mut reader = Reader::new(ReaderConfig::default(), [seed; 32]);
        let now = Bench::new(ReaderConfig::default()).now;
        reader.read(now, &jid(BOILER), Request::momentary(), PATIENCE).unwrap().seqnr()
    };
    assert_ne!(first(1), first(2));
    assert!(first(1) > 0 && first(2) > 0);
}

/// IOT-05: devices may report more than was asked for, and may leave out of what kind it is.
#[test]
fn picks_what_was_asked_for() {
    let mut request = Request::of(Kinds::STATUS | Kinds::HISTORICAL_DAY);
    request.from = Some("2024-02-01".parse().unwrap());
    request.to = Some("2024-02-29T24:00:00Z".parse().unwrap());
    let (mut bench, readout) = Bench::asks(request);
    let at = |time: &str, fields: &str| {
        format!("<node nodeId='n'><timestamp value='{time}'>{fields}</timestamp></node>")
    };
    let int = |name: &str, kinds: &str| format!("<int name='{name}' {kinds} value='1'/>");
    let day = "historicalDay='true'";
    bench.told(&say(readout, "fields", "", &at("2024-01-31", &int("before", day))));
    bench.told(&say(readout, "fields", "", &at("2024-02-01", &int("first", day))));
    bench.told(&say(
        readout,
        "fields",
        "",
        &at("2024-02-15T00:00:00+01:00", &int("mid", "historicalMonth='true'")),
    ));
    bench.told(&say(readout, "fields", "", &at("2024-02-15", &int("hourly", "historicalHour='true'"))));
    // Its zone is not told, so it may lie within.
    bench.told(&say(readout, "fields", "", &at("2024-03-01T09:00:00", &int("perhaps", day))));
    bench.told(&say(readout, "fields", "", &at("2024-03-02T00:00:00Z", &int("after", day))));
    let now = [
        int("status", "status='true'"),
        int("momentary", "momentary='true'"),
        int("untold", ""),
        int("both", "momentary='true' historicalDay='true'"),
    ]
    .concat();
    bench.told(&say(readout, "fields", "", &at("2024-03-05T00:00:00Z", &now)));
    bench.told(&say(readout, "done", "", ""));
    assert_eq!(texts(bench.ended()), ["first=1", "mid=1", "perhaps=1", "status=1", "untold=1", "both=1"]);
}

/// IOT-05: a node that was asked for stands for those below it, which only the device knows.
#[test]
fn nodes_below_are_taken() {
    let (mut bench, readout) = Bench::asks(Request::momentary().node(Node::new("plant")));
    bench.told(&say(readout, "fields", "done='true'", &pump(FLOW)));
    assert_eq!(texts(bench.ended()).len(), 1);
}

/// IOT-04: a device that runs Smack. It names neither node nor kinds, its data overtakes its answer.
#[test]
fn reads_smack() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    let fields = "<node><timestamp value='2024-03-01T08:30:00.000+00:00'>\
        <int name='Level' value='50'/><boolean name='Output' value='true'/></timestamp></node>";
    bench.told(&say(readout, "fields", "done='true'", fields));
    bench.answer(&say(readout, "accepted", "", ""));
    let ended = bench.ended();
    assert_eq!(
        (texts(ended), &ended.outcome),
        (vec!["Level=50".to_owned(), "Output=true".to_owned()], &Ok(()))
    );
    assert!(ended.data.readings.iter().all(|reading| reading.node.is_none()));
}

/// IOT-07: a device that does not cancel may go on; its data counts.
#[test]
fn a_cancel_may_be_refused() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    assert!(bench.reader.cancel(readout) && bench.reader.cancel(readout));
    bench.drain();
    assert_eq!(bench.asked.len(), 2, "it is asked for once");
    assert!(payload(&bench.asked[1].1).starts_with("<cancel "));
    let error = StanzaError::new(StanzaCondition::ItemNotFound);
    bench.refuse(error.clone());
    assert_eq!(bench.events, [ReaderEvent::NotCancelled { readout, error: Box::new(error) }]);
    assert!(bench.reader.cancel(readout), "it may be asked for again");
    bench.drain();
    assert_eq!(bench.asked.len(), 3);
    bench.fail(RequestError::Timeout);
    bench.told(&say(readout, "cancelled", "", ""));
    assert!(bench.is_under_way(), "only the answer to the cancel counts");
    bench.told(&say(readout, "fields", "done='true'", &pump(FLOW)));
    assert_eq!(bench.ended().outcome, Ok(()));
    assert!(!bench.reader.cancel(readout));
}

/// The stream is lost: what was asked ends, and what was not said is not said any more.
#[test]
fn disconnected() {
    let (mut bench, _) = Bench::asks(Request::momentary());
    bench.reader.read(bench.now, &jid(APP), Request::momentary(), PATIENCE).unwrap();
    bench.reader.handle_disconnect();
    bench.drain();
    let lost = |event: &ReaderEvent| match event {
        ReaderEvent::Ended(ended) => ended.outcome == Err(ReadError::Disconnected),
        _ => false,
    };
    assert_eq!((bench.asked.len(), bench.events.len(), bench.events.iter().all(lost)), (1, 2, true));
    let (mut bench, _) = Bench::asks(Request::momentary());
    bench.fail(RequestError::Disconnected);
    assert_eq!(bench.ended().outcome, Err(ReadError::Disconnected));
}

/// What cannot be asked is refused, and nothing is said.
#[test]
fn not_asked() {
    let mut bench = Bench::new(ReaderConfig { in_flight: 1, ..ReaderConfig::default() });
    let device = jid(BOILER);
    let bad = Request::momentary().field("\u{0}");
    assert!(matches!(bench.reader.read(bench.now, &device, bad, PATIENCE), Err(NotAsked::Build(_))));
    assert_eq!((bench.reader.in_flight(), bench.reader.poll_timeout()), (0, None));
    bench.read(BOILER, Request::momentary());
    let second = bench.reader.read(bench.now, &device, Request::momentary(), PATIENCE);
    assert_eq!(second, Err(NotAsked::TooMany));
}
