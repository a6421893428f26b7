//! The answering side, alone and with the requester.

use std::str::FromStr;

use xmpp_core::RequestError;
use xmpp_core::stanza::{ErrorType, Iq, NotTracked, StanzaCondition, StanzaError, iq};
use xmpp_core::time::Duration;
use xmpp_core::xep::iot_data::{
    Ask, DateTime, Inquiry, News, Node, NodeError, ReadError, ReaderEvent, Reading, Request, Schedule,
    Spelling, refusal,
};
use xmpp_core::xml::Element;

use crate::support::{APP, BOILER, Bench, arrived, jid, reading, texts};

fn inquiry(request: &Element) -> Inquiry {
    Inquiry::of(&Iq::parse(arrived(request).root()).unwrap()).unwrap()
}

/// Hands what a device says to the requester, as a server does.
fn deliver(bench: &mut Bench, stanzas: &[Element]) {
    for stanza in stanzas {
        let stanza: Element = stanza.to_xml().parse().unwrap();
        if stanza.name() == "iq" {
            let iq = Iq::parse(stanza.root()).unwrap();
            assert_eq!(
                (&*iq.id, iq.to.as_ref(), iq.from.as_ref()),
                ("q1", Some(&jid(APP)), Some(&jid(BOILER)))
            );
            let answer = match iq.error() {
                Some(error) => Err(RequestError::Refused { error, response: stanza.clone() }),
                None => Ok(stanza.clone()),
            };
            let ask = bench.asked.last().unwrap().0;
            bench.reader.handle_answer(bench.now, ask, answer);
        } else {
            assert_eq!(stanza.attr("to").as_deref(), Some(APP));
            assert!(bench.reader.handle_stanza(bench.now, &stanza), "{stanza:?}");
        }
        bench.drain();
    }
}

/// IOT-03, IOT-04: both sides together, in one message or in many.
#[test]
fn both_sides_together() {
    for count in [0, 1, 100, 101, 350] {
        for spelling in [Spelling::Spec, Spelling::Smack] {
            let (mut bench, readout) = Bench::asks(Request::momentary());
            let inquiry = inquiry(&bench.asked[0].1);
            assert_eq!(inquiry.ask, Ok(Ask::Read { seqnr: readout.seqnr(), request: Request::momentary() }));
            let readings: Vec<Reading> = (0..count).map(|value| reading("Flow", value)).collect();
            let stanzas = inquiry.answer(&readings, spelling).unwrap();
            let messages = readings.len().div_ceil(Inquiry::PER_MESSAGE).max(1);
            assert_eq!(stanzas.len(), 1 + messages);
            deliver(&mut bench, &stanzas);
            assert_eq!((&bench.ended().data.readings, &bench.ended().outcome), (&readings, &Ok(())));
        }
    }
}

/// IOT-03: a request that waits for its turn.
#[test]
fn queued_and_started() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    let inquiry = inquiry(&bench.asked[0].1);
    deliver(&mut bench, &[inquiry.accept(true)]);
    assert_eq!(bench.events, [ReaderEvent::Accepted { readout, queued: true }]);
    deliver(&mut bench, &inquiry.answer_queued(&[reading("Flow", 3)], Spelling::Spec).unwrap());
    assert_eq!(bench.events[1], ReaderEvent::Started { readout });
    assert_eq!(texts(bench.ended()), ["Flow=3"]);
}

/// IOT-04: what could not be read is told thing by thing.
#[test]
fn failures_reach_the_requester() {
    let (mut bench, _) = Bench::asks(Request::momentary());
    let inquiry = inquiry(&bench.asked[0].1);
    let node = Node { id: "valve".into(), source: Some("attic".into()), cache: None };
    let errors = vec![NodeError { node: Some(node), at: "2024-03-01".into(), text: "Stuck <&>".into() }];
    let failure =
        inquiry.message(News::Failure { errors: errors.clone(), done: true }, Spelling::Spec).unwrap();
    deliver(&mut bench, &[inquiry.accept(false), failure]);
    assert_eq!((&bench.ended().outcome, &bench.ended().data.errors), (&Err(ReadError::Failed), &errors));
}

/// IOT-03: refusals have the types that the specification recommends.
#[test]
fn refusals_reach_the_requester() {
    for (condition, kind) in [
        (StanzaCondition::Forbidden, ErrorType::Cancel),
        (StanzaCondition::ItemNotFound, ErrorType::Cancel),
        (StanzaCondition::BadRequest, ErrorType::Modify),
    ] {
        let (mut bench, _) = Bench::asks(Request::momentary());
        let error = refusal(condition, "No.");
        assert_eq!((error.kind, error.text.as_deref()), (kind, Some("No.")));
        let refused = inquiry(&bench.asked[0].1).refuse(&error);
        deliver(&mut bench, &[refused]);
        assert_eq!(bench.ended().outcome, Err(ReadError::Refused(Box::new(error))));
    }
}

/// IOT-07: a cancel is told from a request, and answered.
#[test]
fn cancels_reach_the_device() {
    let (mut bench, readout) = Bench::asks(Request::momentary());
    bench.reader.cancel(readout);
    bench.drain();
    let cancel = inquiry(&bench.asked[1].1);
    assert_eq!(cancel.ask, Ok(Ask::Cancel { seqnr: readout.seqnr() }));
    deliver(&mut bench, &[cancel.cancelled()]);
    assert_eq!(bench.ended().outcome, Err(ReadError::Cancelled));
}

/// IOT-02: what is no request for sensor data is somebody else's; what is a bad one has its refusal.
#[test]
fn which_requests_are_ours() {
    let of = |kind: &str, payload: &str| {
        let iq = format!("<iq xmlns='jabber:client' type='{kind}' id='1'>{payload}</iq>");
        let iq: Element = iq.parse().unwrap();
        Inquiry::of(&Iq::parse(iq.root()).unwrap())
    };
    let req = "<req xmlns='urn:xmpp:iot:sensordata' seqnr='1'/>";
    assert!(of("result", req).is_none());
    assert!(of("get", "<ping xmlns='urn:xmpp:ping'/>").is_none());
    for (kind, payload) in [
        ("set", req),
        ("get", "<req xmlns='urn:xmpp:iot:sensordata'/>"),
        ("get", "<x xmlns='urn:xmpp:iot:sensordata'/>"),
    ] {
        let inquiry = of(kind, payload).unwrap();
        let error = inquiry.ask.clone().unwrap_err();
        assert_eq!(error.condition, StanzaCondition::BadRequest, "{payload}");
        let refused = inquiry.refuse(&error);
        assert_eq!(StanzaError::of_stanza(refused.root()).unwrap().condition, StanzaCondition::BadRequest);
    }
    // From the own account, which needs no address.
    let own = of("get", req).unwrap();
    assert_eq!(own.from, None);
    assert_eq!(own.messages(&[], Spelling::Spec).unwrap()[0].attr("to"), None);
}

/// IOT-02, IOT-08: the time to read at, on the clock of who reads where no zone is told.
#[test]
fn how_long_a_request_waits() {
    let wall = DateTime::from_str("2024-03-01T12:00:00Z").unwrap().timestamp(0).unwrap();
    for (when, offset, seconds) in [
        ("2024-03-01T12:00:01Z", 60, Some(1)),
        ("2024-03-01T13:00:01", 60, Some(1)),
        ("2024-03-01T13:00:01+02:00", 0, None),
        ("2024-03-01T12:00:00", 0, None),
        ("999999999-01-01", 0, None),
    ] {
        let request = Request { when: Some(when.parse().unwrap()), ..Request::momentary() };
        assert_eq!(request.wait(wall, offset), seconds.map(Duration::from_secs), "{when}");
    }
    assert_eq!(Request::momentary().wait(wall, 0), None);
}

fn waiting(from: &str, seqnr: i32) -> Inquiry {
    let payload = Ask::Read { seqnr, request: Request::momentary() }.to_element().unwrap();
    let request = iq::get(None, &payload).with_attrs(&[("id", Some("q1")), ("from", Some(from))]).unwrap();
    Inquiry::of(&Iq::parse(request.root()).unwrap()).unwrap()
}

/// IOT-07: a number is its requester's only, and nobody else cancels it.
#[test]
fn schedule_tells_requesters_apart() {
    let now = Bench::new(xmpp_core::xep::iot_data::ReaderConfig::default()).now;
    let mut schedule = Schedule::new(8);
    schedule.add(now, waiting("a@example.com/x", 1)).unwrap();
    schedule.add(now, waiting("b@example.com/x", 1)).unwrap();
    assert!(matches!(schedule.add(now, waiting("a@example.com/x", 1)), Err(NotTracked::Duplicate(_))));
    let a = jid("a@example.com/x");
    assert_eq!(schedule.cancel(Some(a.view()), 2), None);
    assert_eq!(schedule.cancel(Some(jid("a@example.com").view()), 1), None);
    assert_eq!(schedule.cancel(Some(a.view()), 1), Some(waiting("a@example.com/x", 1)));
    assert_eq!(schedule.cancel(Some(a.view()), 1), None);
    assert_eq!(schedule.due(now), Some(waiting("b@example.com/x", 1)));
    assert_eq!((schedule.due(now), schedule.poll_timeout()), (None, None));
}

/// IOT-03: requests are due in the order of their times, and there is room for so many.
#[test]
fn schedule_keeps_the_order() {
    let now = Bench::new(xmpp_core::xep::iot_data::ReaderConfig::default()).now;
    let later = |seconds| now + Duration::from_secs(seconds);
    let mut schedule = Schedule::new(3);
    for (seconds, seqnr) in [(9, 1), (5, 2), (5, 3)] {
        schedule.add(later(seconds), waiting(APP, seqnr)).unwrap();
    }
    let refused = schedule.add(later(1), waiting(APP, 4)).unwrap_err();
    assert_eq!(refused, NotTracked::Full(Box::new(waiting(APP, 4))));
    assert_eq!((schedule.poll_timeout(), schedule.due(later(4))), (Some(later(5)), None));
    let due: Vec<_> =
        std::iter::from_fn(|| schedule.due(later(9))).map(|inquiry| inquiry.ask.unwrap().seqnr()).collect();
    assert_eq!(due, [2, 3, 1]);
}
