//! Devices that mean no good: nothing grows without end, nothing panics.

use proptest::prelude::*;
use xmpp_core::xep::iot_data::{ReadError, ReaderConfig, Request};

use crate::support::{BOILER, Bench, say, texts};

fn fields(count: usize, name: &str, value: &str) -> String {
    let fields: Vec<_> = (0..count).map(|nth| format!("<int name='{name}{nth}' value='{value}'/>")).collect();
    format!("<node nodeId='n'><timestamp value='2024-03-01'>{}</timestamp></node>", fields.concat())
}

fn small() -> Bench {
    Bench::new(ReaderConfig { bytes: 64 * 1024, ..ReaderConfig::default() })
}

/// IOT-04: a device that never stops is stopped, and what had come is told.
#[test]
fn endless_data() {
    let mut bench = small();
    let readout = bench.read(BOILER, Request::momentary());
    let mut messages = 0;
    while bench.is_under_way() {
        messages += 1;
        bench.told(&say(readout, "fields", "", &fields(50, &format!("f{messages}-"), "1")));
    }
    assert_eq!(bench.ended().outcome, Err(ReadError::TooMuch));
    assert!(messages < 20 && texts(bench.ended()).len() > 100, "{messages}");
    assert!(!bench.hear(BOILER, &say(readout, "done", "", "")));
}

/// IOT-04: the same readings again and again, wrong ones, and failures are bounded too; what was not asked for costs
/// nothing.
#[test]
fn endless_rubbish() {
    let repeated = fields(50, "f", "1");
    let wrong = fields(50, "f", "one");
    let errors = "<error nodeId='n' timestamp=''>No.</error>".repeat(50);
    for (name, content) in [("fields", &repeated), ("fields", &wrong), ("failure", &errors)] {
        let mut bench = small();
        let readout = bench.read(BOILER, Request::momentary());
        let mut messages = 0;
        while bench.is_under_way() && messages < 100 {
            messages += 1;
            bench.told(&say(readout, name, "", content));
        }
        assert!((2..20).contains(&messages), "{messages}: {content}");
        assert_eq!(bench.ended().outcome, Err(ReadError::TooMuch));
        assert!(texts(bench.ended()).len() <= 50, "each reading once");
    }
    let mut bench = small();
    let readout = bench.read(BOILER, Request::momentary().field("other"));
    for _ in 0..100 {
        bench.told(&say(readout, "fields", "", &repeated));
    }
    assert!(bench.is_under_way());
}

/// A long id counts for each reading that it stands at.
#[test]
fn long_ids_are_bounded() {
    let mut bench = small();
    let readout = bench.read(BOILER, Request::momentary());
    let content = fields(50, "f", "1").replace("nodeId='n'", &format!("nodeId='{}'", "n".repeat(10_000)));
    bench.told(&say(readout, "fields", "done='true'", &content));
    assert_eq!(bench.ended().outcome, Err(ReadError::TooMuch));
}

proptest! {
    /// IOT-04: whatever a device says, a read-out ends once, by word or by time.
    #[test]
    fn anything_ends(said in prop::collection::vec(
        (
            "(accepted|started|fields|failure|done|cancelled|req|x)",
            "((done|queued)='(true|1|no|)')?",
            "(<node( nodeId='n')?>(<timestamp( value='(2024-03-01|now)')?>\
             (<(int|numeric|enum|x)( name='a')?( value='(1|x|)')?( peak='(1|x)')?/>){0,3}</timestamp>)?</node>|<error>e</error>){0,3}",
            any::<bool>(),
        ),
        0..8,
    )) {
        let (mut bench, readout) = Bench::asks(Request::momentary());
        for (name, attributes, content, as_answer) in said {
            let said = say(readout, &name, &attributes, &content);
            if as_answer {
                bench.answer(&said);
            } else {
                bench.hear(BOILER, &said);
            }
        }
        if let Some(deadline) = bench.reader.poll_timeout() {
            bench.reader.handle_timeout(deadline);
            bench.drain();
        }
        prop_assert_eq!(bench.ended().readout, readout);
        prop_assert_eq!((bench.reader.in_flight(), bench.reader.poll_timeout()), (0, None));
    }
}
