//! What the device answers to calls.

use soap_xmpp::{
    Call, Envelope, Fault, FaultCode, Version,
    smartserver::{self, Answer, Item, ItemFault, MESSAGE_NS, Request},
};
use xmpp_core::{
    time::{Instant, Timestamp},
    xml::{BuildError, Element, ns},
};

use super::{
    Device, DeviceEvent, calendar,
    points::{LOWEST, Point},
    refused::PointError,
    select::Selector,
};

/// What a call leads to.
struct Outcome {
    answer: Result<Envelope, BuildError>,
    /// The points that were written.
    written: Vec<String>,
}

impl Device {
    pub(super) fn call(&mut self, now: Instant, wall: Timestamp, call: Call) {
        let Call { token, from, envelope, .. } = call;
        let Some(request) = Request::of(&envelope) else {
            let fault = Fault::new(FaultCode::Sender, "The body holds no call");
            // It can only be late, and then the caller has an answer already.
            let _ = self.responder.fault(token, &fault);
            return self.tell(DeviceEvent::Refused { from, why: fault.reason().to_owned() });
        };
        let answer = self.perform(wall, &request).and_then(|Outcome { answer, written }| {
            let answer = answer.and_then(|answer| self.with_properties(&answer, wall));
            let unwritable = |_| Fault::new(FaultCode::Receiver, "The answer cannot be written as XML");
            Ok((answer.map_err(unwritable)?, written))
        });
        match answer {
            Ok((answer, written)) => {
                let faults = Answer::of(&answer).map_or(0, |answer| answer.fault_count);
                let _ = self.responder.reply(token, &answer);
                self.tell(DeviceEvent::Answered { from: from.clone(), verb: request.verb, faults });
                self.report(now, wall, &written, from.as_ref());
            }
            Err(fault) => {
                let _ = self.responder.fault(token, &fault);
                self.tell(DeviceEvent::Refused { from, why: fault.reason().to_owned() });
            }
        }
    }

    /// A failure of the whole call as SOAP sees it is an error here; what the device's own rules do not allow is part
    /// of an ordinary answer.
    fn perform(&mut self, wall: Timestamp, request: &Request) -> Result<Outcome, Fault> {
        let verb = request.verb.as_str();
        match verb {
            "SystemService_Read_Info" => Ok(Outcome::of(info(verb, request.info.as_deref(), wall))),
            "Read" => Ok(Outcome::of(self.items(request, Point::data))),
            "List" => Ok(Outcome::of(self.items(request, Point::configuration))),
            "Write" => Ok(self.write(request, wall)),
            _ => Err(Fault::new(FaultCode::Sender, format!("This device has no operation {verb}"))),
        }
    }

    /// The points that are named or selected, each shown by `show`.
    fn items(&self, request: &Request, show: fn(&Point) -> Item) -> Result<Envelope, BuildError> {
        let verb = request.verb.as_str();
        if let Some(selector) = &request.select {
            return match Selector::parse(selector) {
                Some(selector) => {
                    let chosen = selector.choose(self.points.iter());
                    smartserver::answer(verb, &chosen.into_iter().map(show).collect::<Vec<_>>(), &[])
                }
                None => {
                    smartserver::answer(verb, &[], &[ItemFault::new(3, "The xSelect cannot be evaluated")])
                }
            };
        }
        if request.items.is_empty() {
            return nothing_named(verb);
        }
        let items: Vec<Item> = request
            .items
            .iter()
            .map(|item| match self.points.get(&item.name) {
                Ok(point) => show(point),
                Err(error) => failed(&item.name, &error),
            })
            .collect();
        smartserver::answer(verb, &items, &[])
    }

    fn write(&mut self, request: &Request, wall: Timestamp) -> Outcome {
        if request.items.is_empty() {
            return Outcome::of(nothing_named(&request.verb));
        }
        let mut written = Vec::new();
        let mut items = Vec::new();
        for item in &request.items {
            let set = match item.values.first() {
                None => Err(PointError::ValueMissing),
                Some(value) => {
                    self.points.set(&item.name, &value.text, item.priority.unwrap_or(LOWEST), wall).map(drop)
                }
            };
            match set {
                Ok(()) => {
                    written.push(item.name.clone());
                    items.push(Item::new(&item.name));
                }
                Err(error) => items.push(failed(&item.name, &error)),
            }
        }
        Outcome { answer: smartserver::answer(&request.verb, &items, &[]), written }
    }

    /// The same envelope with the header that devices put on what they say.
    pub(super) fn with_properties(
        &self,
        envelope: &Envelope,
        wall: Timestamp,
    ) -> Result<Envelope, BuildError> {
        let leaf = |builder: xmpp_core::xml::Builder, name: &str, text: &str| {
            builder.open_prefixed("p", name, MESSAGE_NS).text(text).close()
        };
        let stamp = calendar::stamp(wall);
        let mut properties = Element::build_prefixed("p", "messageProperties", MESSAGE_NS);
        properties = leaf(properties, "UCPTtimeStamp", &stamp);
        properties = leaf(properties, "UCPTuniqueId", &unique_id(self.own.local().unwrap_or_default()));
        properties = leaf(properties, "UCPTlastUpdate", &stamp);
        let mut dressed = Envelope::build(Version::V11)
            .prefix("SOAP-ENV")
            .encoding_style(ns::SOAP_11_ENCODING)
            .declare("xsi", ns::XSI)
            .declare("xsd", ns::XSD)
            .header(&properties.finish()?);
        if let Some(payload) = envelope.payload() {
            dressed = dressed.body(&payload.to_element());
        }
        dressed.finish()
    }
}

impl Outcome {
    fn of(answer: Result<Envelope, BuildError>) -> Self {
        Self { answer, written: Vec::new() }
    }
}

/// Twelve hexadecimal digits, made from the user name, which is the address of the network card.
fn unique_id(name: &str) -> String {
    let digits = name.chars().filter(char::is_ascii_hexdigit);
    format!("{:0>12}", digits.take(12).collect::<String>().to_uppercase())
}

fn info(verb: &str, kind: Option<&str>, wall: Timestamp) -> Result<Envelope, BuildError> {
    match kind {
        Some("SI_TIME") => {
            let (synched, now) = (calendar::words(wall), calendar::local(wall));
            let fields = [
                ("UCPTtimeServer1", "192.0.2.1"),
                ("UCPTtimeServer2", ""),
                ("UCPTtimeLastSynched", &*synched),
                ("UCPTsystemTime", &*now),
                ("UCPTtimeZone", "(GMT+0000) UTC:0:0"),
            ];
            smartserver::info_answer(verb, "TIME", &fields)
        }
        Some(other) => {
            let fault = ItemFault::new(2, format!("There is no information of the type {other}"));
            smartserver::answer(verb, &[], &[fault])
        }
        None => smartserver::answer(verb, &[], &[ItemFault::new(4, "UCPTsystemInfoType is missing")]),
    }
}

fn nothing_named(verb: &str) -> Result<Envelope, BuildError> {
    smartserver::answer(verb, &[], &[ItemFault::new(4, "Neither items nor an xSelect were given")])
}

fn failed(name: &str, error: &PointError) -> Item {
    Item { faults: vec![error.to_fault()], ..Item::new(name) }
}
