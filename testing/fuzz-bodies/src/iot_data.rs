//! Sensor data: what requesters and devices say.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use xmpp_core::stanza::{MessageKind, message};
use xmpp_core::xep::iot_data::{
    Ask, DateTime, News, Reader, ReaderAction, ReaderConfig, ReaderEvent, Report, Request, Spelling,
};
use xmpp_core::xml::Element;

/// What is read and written is read as the same again, and a read-out ends exactly once, whatever is said in it.
pub fn iot_data(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        moment(text);
    }
    let Ok(element) = Element::parse(data) else { return };
    if let Ok(ask) = Ask::parse(element.root()) {
        let written = again(&ask.to_element().expect("its characters are those of XML"));
        assert_eq!(Ask::parse(written.root()), Ok(ask));
    }
    if let Some(report) = Report::parse(element.root()) {
        told(report);
    }
    readout(&element);
}

fn again(element: &Element) -> Element {
    let text = element.to_xml();
    text.parse().unwrap_or_else(|error| panic!("{error:?} in {text}"))
}

fn moment(text: &str) {
    let Ok(moment) = text.parse::<DateTime>() else { return };
    assert_eq!((moment.as_str(), moment.compare(&moment)), (text, Some(Ordering::Equal)));
    if let Some(timestamp) = moment.timestamp(0) {
        let utc = DateTime::from(timestamp);
        assert!(utc.as_str().parse::<DateTime>() == Ok(utc.clone()), "{utc}");
        assert_ne!(utc.compare(&moment), Some(Ordering::Greater), "only digits are cut off: {utc}");
    }
}

fn told(mut report: Report) {
    if let News::Fields { bad, .. } = &mut report.news {
        bad.clear();
    }
    for spelling in [Spelling::Spec, Spelling::Smack] {
        let written = again(&report.to_element(spelling).expect("its characters are those of XML"));
        let read = Report::parse(written.root()).expect("it was written as a report");
        match (&read.news, &report.news) {
            (News::Fields { readings, bad, done }, News::Fields { readings: all, done: end, .. })
                if spelling == Spelling::Smack =>
            {
                assert_eq!((readings.len(), bad.len(), done), (all.len(), 0, end));
                assert!(readings.iter().zip(all).all(|(a, b)| (&a.node, &a.at) == (&b.node, &b.at)));
            }
            _ => assert_eq!(read, report),
        }
    }
}

/// A device says this, and says it twice.
fn readout(said: &Element) {
    let now = base();
    let device = "d@example.com/r".parse().expect("it is an address");
    let config = ReaderConfig { bytes: 16 * 1024, ..ReaderConfig::default() };
    let mut reader = Reader::new(config, [3; 32]);
    let second = Duration::from_secs(1);
    let readout = reader.read(now, &device, Request::momentary(), second).expect("there is room");
    let Ok(said) = said.with_attrs(&[("seqnr", Some(&*readout.seqnr().to_string()))]) else { return };
    let message = message::build(MessageKind::Normal, None).attr("from", device.as_str()).child(&said);
    let message = message.finish().expect("it was read");
    reader.handle_stanza(now, &message);
    reader.handle_stanza(now, &message);
    reader.handle_timeout(now + second);
    let mut ends = 0;
    while let Some(action) = reader.poll() {
        if let ReaderAction::Event(ReaderEvent::Ended(ended)) = action {
            assert_eq!(ended.readout, readout);
            ends += 1;
        }
    }
    assert_eq!((ends, reader.in_flight(), reader.poll_timeout()), (1, 0, None));
}

/// Some moment: only differences matter.
#[expect(clippy::disallowed_methods, reason = "a fuzz body is its own host")]
fn base() -> Instant {
    Instant::now()
}
