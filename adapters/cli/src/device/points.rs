//! The data points of a device: typed values under path names, and who may set them.

use soap_xmpp::smartserver::{Item, Value};
use xmpp_core::time::Timestamp;

use super::{calendar, refused::PointError};

/// A priority that gives way to every other one. 0 is the highest.
pub(crate) const LOWEST: u8 = 255;

/// The temperature that a room has.
pub(crate) const SPACE_TEMP: &str = "Net/LON/iLON App/Room/nvoSpaceTemp";
/// What was used since the meter was made.
pub(crate) const ENERGY: &str = "Net/LON/iLON App/Meter/nvoEnergy";

/// What a point takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A number.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// How many digits are kept behind the point.
        decimals: usize,
    },
}

/// One data point.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    name: &'static str,
    kind: Kind,
    /// How the value is to be read (`LonFormat`).
    format: &'static str,
    unit: Option<&'static str>,
    writable: bool,
    value: String,
    priority: u8,
    updated: Timestamp,
}

/// The points of one device, in the order in which they are listed.
#[derive(Clone, Debug)]
pub(crate) struct Points(Vec<Point>);

impl Point {
    fn new(name: &'static str, kind: Kind, format: &'static str, value: &str, updated: Timestamp) -> Self {
        let value = value.to_owned();
        Self { name, kind, format, unit: None, writable: true, value, priority: LOWEST, updated }
    }

    fn unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    fn read_only(self) -> Self {
        Self { writable: false, ..self }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn value(&self) -> Value {
        let value = Value::new(&*self.value).format(self.format);
        Value { unit: self.unit.map(str::to_owned), ..value }
    }

    /// The type in a `Read` answer is this one; in a `List` answer it is [`CONFIGURATION`](Self::CONFIGURATION).
    pub(crate) const DATA: &str = "Dp_Data";
    pub(crate) const CONFIGURATION: &str = "LON_Dp_Cfg";

    /// As a `Read` answers it.
    pub(crate) fn data(&self) -> Item {
        Item {
            last_update: Some(calendar::stamp(self.updated)),
            status: Some("AL_NUL".to_owned()),
            priority: Some(self.priority),
            ..Item::new(self.name).kind(Self::DATA).value(self.value())
        }
    }

    /// As a `List` answers it.
    pub(crate) fn configuration(&self) -> Item {
        Item::new(self.name).kind(Self::CONFIGURATION)
    }

    /// What would be stored, or why nothing would be.
    fn accept(&self, text: &str, priority: u8) -> Result<String, PointError> {
        if !self.writable {
            return Err(PointError::NotSettable("The data point is an output of the device".to_owned()));
        }
        if priority > self.priority {
            let why = format!("The data point is held with priority {}", self.priority);
            return Err(PointError::NotSettable(why));
        }
        let text = text.trim();
        match self.kind {
            Kind::Words(words) => match words.iter().find(|word| **word == text) {
                Some(word) => Ok((*word).to_owned()),
                None => Err(PointError::Format(format!("The value is none of {}", words.join(", ")))),
            },
            Kind::Number { min, max, decimals } => match text.parse::<f64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(format!("{number:.decimals$}")),
                Ok(_) => Err(PointError::Format(format!("The value is not between {min} and {max}"))),
                Err(_) => Err(PointError::Format("The value is no number".to_owned())),
            },
        }
    }
}

impl Points {
    /// An output block for switching, a room and a meter.
    pub(crate) fn example(now: Timestamp) -> Self {
        let switch = Kind::Words(&["OFF", "ON"]);
        let degrees = Kind::Number { min: 5.0, max: 35.0, decimals: 1 };
        let level = Kind::Number { min: 0.0, max: 3.0, decimals: 0 };
        let energy = Kind::Number { min: 0.0, max: f64::MAX, decimals: 1 };
        Self(vec![
            Point::new(super::OUTPUT_1, switch.clone(), "UCPTvalueDef", "OFF", now),
            Point::new(super::OUTPUT_2, switch.clone(), "UCPTvalueDef", "OFF", now),
            Point::new(super::SETPOINT, degrees.clone(), "#0000000000000000[0].SNVT_temp_p", "20.0", now)
                .unit("°C"),
            Point::new(super::FAN, switch, "UCPTvalueDef", "OFF", now),
            Point::new(super::LEVEL, level, "#0000000000000000[0].SNVT_count", "0", now),
            Point::new(SPACE_TEMP, degrees, "#0000000000000000[0].SNVT_temp_p", "21.4", now)
                .unit("°C")
                .read_only(),
            Point::new(ENERGY, energy, "#0000000000000000[0].SNVT_elec_kwh", "1730.5", now)
                .unit("kWh")
                .read_only(),
        ])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Point> {
        self.0.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Point, PointError> {
        let at = self.find(name)?;
        Ok(&self.0[at])
    }

    /// Whether [`set`](Self::set) would take it. Nothing changes.
    pub(crate) fn check(&self, name: &str, text: &str, priority: u8) -> Result<(), PointError> {
        self.get(name)?.accept(text, priority).map(drop)
    }

    /// Sets a point. From then on only a writer of the same or a higher priority can.
    pub(crate) fn set(
        &mut self,
        name: &str,
        text: &str,
        priority: u8,
        now: Timestamp,
    ) -> Result<&Point, PointError> {
        let at = self.find(name)?;
        let point = &mut self.0[at];
        point.value = point.accept(text, priority)?;
        point.priority = priority;
        point.updated = now;
        Ok(point)
    }

    /// The place of a point, which is within the list.
    fn find(&self, name: &str) -> Result<usize, PointError> {
        if name.is_empty() {
            return Err(PointError::NameMissing);
        }
        self.0.iter().position(|point| point.name == name).ok_or_else(|| {
            let block = name.rsplit_once('/').map(|(block, _)| block);
            let known = self.0.iter().any(|point| point.name.rsplit_once('/').map(|(of, _)| of) == block);
            if known { PointError::PointUnknown } else { PointError::NameUnknown }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OUTPUT_1, SETPOINT};
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_micros(0);

    /// 0 before 255: a writer with a lower priority than the last one is refused.
    #[test]
    fn priorities() {
        let mut points = Points::example(NOW);
        assert!(points.set(OUTPUT_1, "ON", 100, NOW).is_ok());
        let refused = points.set(OUTPUT_1, "OFF", 101, NOW).unwrap_err();
        assert_eq!((refused.code(), &*refused.to_string()), (10, "The data point is held with priority 100"));
        assert_eq!(points.get(OUTPUT_1).unwrap().value().text, "ON");
        assert!(points.set(OUTPUT_1, "OFF", 100, NOW).is_ok());
        assert!(points.set(OUTPUT_1, "ON", 0, NOW).is_ok());
    }

    #[test]
    fn values_are_checked_and_brought_into_form() {
        let mut points = Points::example(NOW);
        assert_eq!(points.set(SETPOINT, " 21.54 ", LOWEST, NOW).unwrap().value().text, "21.5");
        for wrong in ["35.1", "NaN", "inf", "-1e300", "warm", ""] {
            assert_eq!(points.set(SETPOINT, wrong, LOWEST, NOW).unwrap_err().code(), 11, "{wrong}");
        }
        assert_eq!(points.set(OUTPUT_1, "on", LOWEST, NOW).unwrap_err().code(), 11);
        assert_eq!(points.set(ENERGY, "0", 0, NOW).unwrap_err().code(), 10);
    }

    #[test]
    fn unknown_names_say_how_far_they_are_known() {
        let points = Points::example(NOW);
        let code = |name| points.get(name).unwrap_err().code();
        assert_eq!(code("Net/LON/iLON App/Digital Output 1/nviNothing"), 14);
        assert_eq!(code("Net/LON/iLON App/Cellar/nviClaValue_1"), 6);
        assert_eq!((code("nonsense"), code("")), (6, 5));
    }
}
