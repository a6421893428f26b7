//! Settings by control requests (XEP-0325): checked all together, then made all together.

use xmpp_core::{
    stanza::{Iq, IqKind, Message, StanzaCondition},
    time::Timestamp,
    xep::iot_control::{self, Parameter, Refusal, Set, Value},
    xml::{Element, ElementRef, ns},
};

use super::{Device, DeviceEvent, FAN, LEVEL, SETPOINT, points::LOWEST, refused::PointError};

/// The parameters that can be set by their names, and the points that they stand for.
pub(super) const PARAMETERS: [(&str, &str); 3] = [("Setpoint", SETPOINT), ("Fan", FAN), ("Level", LEVEL)];

impl Device {
    /// A request; says whether it is one of settings.
    pub(super) fn control_request(&mut self, wall: Timestamp, stanza: &Element) -> bool {
        // Malformed requests were answered by the session.
        let Ok(iq) = Iq::parse(stanza.root()) else { return false };
        let Some(payload) = iq.payload.filter(|payload| payload.ns() == ns::IOT_CONTROL) else {
            return false;
        };
        if !iq.kind.is_request() {
            return false;
        }
        let outcome = if iq.kind == IqKind::Set {
            self.control(wall, payload)
        } else {
            // The form of XEP-0325 §3.3 would be asked for like this.
            Err(Refusal::new(StanzaCondition::FeatureNotImplemented, "The device has no form"))
        };
        match &outcome {
            Ok(_) => self.send(iq.result(Some(&iot_control::done()))),
            Err(refusal) => self.send(iq.refuse(&refusal.to_error())),
        }
        let outcome = outcome.map_err(|refusal| refusal.to_string());
        self.tell(DeviceEvent::Controlled { from: iq.from, outcome });
        true
    }

    /// A message; says whether it holds settings. It is never answered (XEP-0325 §3.1).
    pub(super) fn control_message(&mut self, wall: Timestamp, message: &Message<'_>) -> bool {
        let Some(set) = message.payloads().find(|payload| payload.is("set", ns::IOT_CONTROL)) else {
            return false;
        };
        if message.error().is_none() {
            let outcome = self.control(wall, set).map_err(|refusal| refusal.to_string());
            self.tell(DeviceEvent::Controlled { from: message.from.clone(), outcome });
        }
        true
    }

    /// Makes settings, and says which; or changes nothing.
    fn control(&mut self, wall: Timestamp, payload: ElementRef<'_>) -> Result<String, Refusal> {
        let set = Set::parse(payload)?;
        if !set.nodes.is_empty() {
            return Err(Refusal::new(StanzaCondition::ItemNotFound, "There are no nodes behind this device"));
        }
        if set.parameters.is_empty() {
            return Err(Refusal::new(StanzaCondition::BadRequest, "There are no settings"));
        }
        let settings = set.parameters.iter().map(setting).collect::<Result<Vec<_>, _>>()?;
        for (parameter, (point, text)) in set.parameters.iter().zip(&settings) {
            self.points.check(point, text, LOWEST).map_err(|error| blame(parameter, &error))?;
        }
        for (parameter, (point, text)) in set.parameters.iter().zip(&settings) {
            // It was checked, and settings do not depend on each other.
            self.points.set(point, text, LOWEST, wall).map_err(|error| blame(parameter, &error))?;
        }
        let made = set.parameters.iter().map(|parameter| format!("{}={}", parameter.name, parameter.value));
        Ok(made.collect::<Vec<_>>().join("; "))
    }
}

/// The point that a parameter stands for, and the value in the point's words.
fn setting(parameter: &Parameter) -> Result<(&'static str, String), Refusal> {
    let Parameter { name, value } = parameter;
    let Some((_, point)) = PARAMETERS.iter().find(|(parameter, _)| parameter == name) else {
        let why = "There is no such parameter";
        return Err(Refusal::new(StanzaCondition::ItemNotFound, why).with_parameter(name));
    };
    let text = match (*point, value) {
        (FAN, Value::Boolean(on)) => if *on { "ON" } else { "OFF" }.to_owned(),
        (SETPOINT, Value::Double(_) | Value::Int(_) | Value::Long(_))
        | (LEVEL, Value::Int(_) | Value::Long(_)) => value.to_string(),
        _ => {
            let why = "The parameter is of another type";
            return Err(Refusal::new(StanzaCondition::BadRequest, why).with_parameter(name));
        }
    };
    Ok((*point, text))
}

fn blame(parameter: &Parameter, error: &PointError) -> Refusal {
    let condition = match error {
        PointError::NotSettable(_) => StanzaCondition::Conflict,
        _ => StanzaCondition::BadRequest,
    };
    Refusal::new(condition, error.to_string()).with_parameter(&parameter.name)
}
