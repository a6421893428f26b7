//! However readings are spread over messages, and whenever the answer comes: each reading is told once.

use proptest::prelude::*;
use xmpp_core::xep::iot_data::{News, Reading, ReadoutId, Report, Request, Spelling, Value};

use crate::support::{BOILER, Bench, message, reading, say};

fn fields(readout: ReadoutId, readings: &[Reading], done: bool) -> String {
    let report = Report { seqnr: readout.seqnr(), news: News::fields(readings, done) };
    report.to_element(Spelling::Spec).unwrap().to_xml()
}

/// How a device spreads what it has to say.
#[derive(Clone, Debug)]
struct Manner {
    /// How many readings each message has.
    parts: Vec<usize>,
    /// Which messages are sent twice.
    doubled: Vec<bool>,
    /// By what the messages before the last are sorted; all alike keeps their order.
    order: Vec<u8>,
    /// Before which message the answer arrives; beyond the last, after all.
    answer_before: usize,
    /// Whether the end is a message of its own.
    own_done: bool,
    /// Whether the application polls only when all has arrived.
    polls_late: bool,
}

prop_compose! {
    fn manner()(
        parts in prop::collection::vec(0_usize..6, 0..8),
        doubled in prop::collection::vec(any::<bool>(), 8),
        order in prop_oneof![Just(vec![0; 16]), prop::collection::vec(any::<u8>(), 16)],
        answer_before in 0_usize..10,
        own_done in any::<bool>(),
        polls_late in any::<bool>(),
    ) -> Manner {
        Manner { parts, doubled, order, answer_before, own_done, polls_late }
    }
}

/// The messages of a device that has these readings.
fn messages(readout: ReadoutId, readings: &[Reading], manner: &Manner) -> Vec<String> {
    let mut rest = readings;
    let mut parts = Vec::new();
    for size in &manner.parts {
        let (part, behind) = rest.split_at((*size).min(rest.len()));
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    let last = parts.len() - 1;
    let mut messages = Vec::new();
    let mut ending = say(readout, "done", "", "");
    for (nth, part) in parts.into_iter().enumerate() {
        if nth == last && !manner.own_done {
            ending = fields(readout, part, true);
            continue;
        }
        let text = fields(readout, part, false);
        if manner.doubled.get(nth) == Some(&true) {
            messages.push(text.clone());
        }
        messages.push(text);
    }
    let mut keyed: Vec<_> = manner.order.iter().cycle().zip(messages).collect();
    keyed.sort_by_key(|(key, _)| **key);
    keyed.into_iter().map(|(_, text)| text).chain([ending]).collect()
}

proptest! {
    /// IOT-04: nothing is lost, nothing doubled, and the order is that in which they came.
    #[test]
    fn every_reading_once(count in 0_usize..20, manner in manner()) {
        let (mut bench, readout) = Bench::asks(Request::momentary());
        let count = i32::try_from(count).unwrap();
        let readings: Vec<_> = (0..count).map(|value| reading("Flow", value)).collect();
        let ask = bench.asked[0].0;
        let accepted = format!(
            "<iq xmlns='jabber:client' type='result' id='1'>{}</iq>",
            say(readout, "accepted", "", "")
        );
        let answer = |bench: &mut Bench| {
            bench.reader.handle_answer(bench.now, ask, Ok(accepted.parse().unwrap()));
        };
        let messages = messages(readout, &readings, &manner);
        for (nth, text) in messages.iter().enumerate() {
            if nth == manner.answer_before {
                answer(&mut bench);
            }
            prop_assert!(bench.reader.handle_stanza(bench.now, &message(BOILER, text)));
            if !manner.polls_late {
                bench.drain();
            }
        }
        if manner.answer_before >= messages.len() {
            answer(&mut bench);
        }
        bench.drain();
        prop_assert_eq!(&bench.ended().outcome, &Ok(()));
        let mut read = bench.ended().data.readings.clone();
        if manner.order.iter().any(|key| *key != 0) {
            read.sort_by_key(|reading| match reading.field.value {
                Value::Int(value) => value,
                _ => -1,
            });
        }
        prop_assert_eq!(read, readings);
    }
}
