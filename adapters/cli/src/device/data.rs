//! The data points as sensor data (XEP-0323): read at once, or at the time that the requester names.

use std::sync::Arc;

use xmpp_core::{
    stanza::{Iq, NotTracked, StanzaCondition, StanzaError},
    time::{Instant, Timestamp, after},
    xep::iot_data::{Ask, DateTime, Field, Inquiry, Kinds, Node, Reading, Request, Spelling, Value, refusal},
    xml::Element,
};

use super::{
    Device, DeviceEvent, OUTPUT_1, OUTPUT_2,
    control::PARAMETERS,
    points::{ENERGY, Point, SPACE_TEMP},
};

/// What can be read and not set by the names that sensor data has, and the points that stand for it.
const SENSORS: [(&str, &str); 4] =
    [("SpaceTemp", SPACE_TEMP), ("Energy", ENERGY), ("Output1", OUTPUT_1), ("Output2", OUTPUT_2)];

impl Device {
    /// A request; says whether it is one for sensor data.
    pub(super) fn data_request(&mut self, now: Instant, wall: Timestamp, stanza: &Element) -> bool {
        // Malformed requests were answered by the session.
        let Ok(iq) = Iq::parse(stanza.root()) else { return false };
        let Some(inquiry) = Inquiry::of(&iq) else { return false };
        let outcome = match inquiry.ask.clone() {
            Ok(Ask::Read { request, .. }) => self.read(now, wall, &inquiry, &request),
            Ok(Ask::Cancel { seqnr }) => self.cancel_readout(&inquiry, seqnr),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            self.send(inquiry.refuse(&error));
            self.tell(DeviceEvent::Read { from: inquiry.from, outcome: Err(error.to_string()) });
        }
        true
    }

    /// Reads what has waited for its time.
    pub(super) fn due_readouts(&mut self, now: Instant, wall: Timestamp) {
        while let Some(inquiry) = self.readouts.due(now) {
            let Ok(Ask::Read { request, .. }) = inquiry.ask.clone() else { continue };
            let readings = self.readings(wall, &request);
            // The values are the device's own, and XML can carry them.
            let Ok(answer) = inquiry.answer_queued(&readings, Spelling::Spec) else { continue };
            self.tell_readings(inquiry, answer, &readings);
        }
    }

    fn read(
        &mut self,
        now: Instant,
        wall: Timestamp,
        inquiry: &Inquiry,
        request: &Request,
    ) -> Result<(), StanzaError> {
        if request.nodes.iter().any(|node| node.id != self.node_id()) {
            let why = "There is no such node behind this device";
            return Err(refusal(StanzaCondition::ItemNotFound, why));
        }
        // Its clock shows UTC.
        if let Some(wait) = request.wait(wall, 0) {
            self.readouts.add(after(now, wait), inquiry.clone()).map_err(|error| match error {
                NotTracked::Full(_) => refusal(StanzaCondition::ResourceConstraint, "Too many requests wait"),
                NotTracked::Duplicate(_) => {
                    refusal(StanzaCondition::Conflict, "A request of this number waits already")
                }
            })?;
            self.send(inquiry.accept(true));
            self.tell(DeviceEvent::ReadLater { from: inquiry.from.clone() });
            return Ok(());
        }
        let readings = self.readings(wall, request);
        let answer = inquiry
            .answer(&readings, Spelling::Spec)
            .map_err(|error| refusal(StanzaCondition::InternalServerError, error.to_string()))?;
        self.tell_readings(inquiry.clone(), answer, &readings);
        Ok(())
    }

    fn cancel_readout(&mut self, inquiry: &Inquiry, seqnr: i32) -> Result<(), StanzaError> {
        let from = inquiry.from.as_ref().map(xmpp_core::jid::Jid::view);
        if self.readouts.cancel(from, seqnr).is_none() {
            return Err(refusal(StanzaCondition::ItemNotFound, "No request of this number waits"));
        }
        self.send(inquiry.cancelled());
        self.tell(DeviceEvent::ReadCancelled { from: inquiry.from.clone() });
        Ok(())
    }

    fn tell_readings(&mut self, inquiry: Inquiry, stanzas: Vec<Element>, readings: &[Reading]) {
        for stanza in stanzas {
            self.send(stanza);
        }
        let values: Vec<_> = readings.iter().map(|reading| reading.field.to_string()).collect();
        self.tell(DeviceEvent::Read { from: inquiry.from, outcome: Ok(values.join("; ")) });
    }

    /// The only thing behind the address is the device itself, which is called as its account is.
    fn node_id(&self) -> &str {
        self.own.local().unwrap_or(self.own.domain())
    }

    /// What is wanted of all that can be read.
    fn readings(&self, wall: Timestamp, request: &Request) -> Vec<Reading> {
        let node = Arc::new(Node::new(self.node_id()));
        let at = DateTime::from(wall);
        let field = |name, point, writable| {
            let point = self.points.get(point).ok()?;
            Some(Field::new(name, value(point)).kinds(Kinds::MOMENTARY).writable(writable))
        };
        // What can be set is a status too (XEP-0323 §5.10).
        let parameters = PARAMETERS
            .iter()
            .filter_map(|(name, point)| field(*name, point, true))
            .map(|field| field.kinds(Kinds::MOMENTARY | Kinds::STATUS));
        let sensors = SENSORS.iter().filter_map(|(name, point)| field(*name, point, false));
        let identity = Field::new("Device", Value::String(self.node_id().to_owned())).kinds(Kinds::IDENTITY);
        parameters
            .chain(sensors)
            .chain([identity])
            .map(|field| Reading { node: Some(Arc::clone(&node)), at: at.clone(), field })
            .filter(|reading| request.wants(reading))
            .collect()
    }
}

/// Words that switch are booleans, counts are whole numbers as they are in settings (XEP-0323 §5.5), and all that is
/// measured has its decimals and its unit.
fn value(point: &Point) -> Value {
    let written = point.value();
    match (&*written.text, written.unit) {
        ("ON", _) => Value::Boolean(true),
        ("OFF", _) => Value::Boolean(false),
        (text, unit) => match (unit, text.parse(), text.parse()) {
            (None, Ok(count), _) => Value::Int(count),
            (unit, _, Ok(number)) => Value::numeric(number, unit.unwrap_or_default()),
            _ => Value::String(written.text),
        },
    }
}
