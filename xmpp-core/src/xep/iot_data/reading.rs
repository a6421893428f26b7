//! Named values with what they say about themselves, and where and when they were taken.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::super::iot::lexical;
use super::{DateTime, Kinds, Node, Quality, Spelling, Value, flags};
use crate::xml::{Builder, ElementRef, ns};

/// One named value, and what it says about itself.
///
/// ```
/// use xmpp_core::xep::iot_data::{Field, Kinds, Quality, Value};
///
/// let field = Field::new("Temperature", Value::numeric("21.50".parse()?, "°C"))
///     .kinds(Kinds::MOMENTARY)
///     .quality(Quality::AUTOMATIC_ESTIMATE);
/// assert_eq!(field.to_string(), "Temperature=21.50 °C");
/// # Ok::<(), xmpp_core::xep::iot_data::NotANumber>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name that the device knows it by.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Of what kinds it is. None leaves that open.
    pub kinds: Kinds,
    /// How good it is. Where a device says nothing it counts as read by the device (XEP-0323 §5.7), and is read as that.
    pub quality: Quality,
    /// Whether a parameter of this name can be set (XEP-0325); `None` leaves that open (XEP-0323 §5.10).
    pub writable: Option<bool>,
    /// The language module of [`string_ids`](Self::string_ids).
    pub module: Option<String>,
    /// How the name is put together of strings that can be translated (XEP-0323 §6.2), as it is written.
    pub string_ids: Option<String>,
}

impl Field {
    /// A value that the device has read, of no kind yet.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
            kinds: Kinds::NONE,
            quality: Quality::AUTOMATIC_READOUT,
            writable: None,
            module: None,
            string_ids: None,
        }
    }

    /// Of these kinds.
    #[must_use]
    pub fn kinds(self, kinds: Kinds) -> Self {
        Self { kinds, ..self }
    }

    /// As good as this.
    #[must_use]
    pub fn quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }

    /// Says whether a parameter of this name can be set.
    #[must_use]
    pub fn writable(self, writable: bool) -> Self {
        Self { writable: Some(writable), ..self }
    }

    /// `None` for an element that is no field of a known type.
    fn parse(element: ElementRef<'_>) -> Option<Result<Self, &'static str>> {
        let value = Value::parse(element)?;
        Some(value.and_then(|value| Self::around(value, element)))
    }

    fn around(value: Value, element: ElementRef<'_>) -> Result<Self, &'static str> {
        let attr = |name| element.attr(name).map(Cow::into_owned);
        let not_boolean = |_| "a flag is neither true nor false";
        let mut kinds = Kinds::parse(element).map_err(not_boolean)?;
        // Example 6 of the specification writes it like this, and so do devices.
        if flags::boolean(element, "identification").map_err(not_boolean)? {
            kinds |= Kinds::IDENTITY;
        }
        let quality = Quality::parse(element).map_err(not_boolean)?;
        let writable = flags::boolean(element, "writable").map_err(not_boolean)?;
        Ok(Self {
            name: attr("name").ok_or("the name is missing")?,
            value,
            kinds,
            quality: if quality.is_empty() { Quality::AUTOMATIC_READOUT } else { quality },
            writable: element.attr("writable").map(|_| writable),
            module: attr("module"),
            string_ids: attr("stringIds"),
        })
    }

    fn write(&self, builder: Builder, spelling: Spelling) -> Builder {
        let value = self.value.spelled(spelling);
        builder
            .open(value.type_name(), ns::IOT_SENSOR_DATA)
            .attr("name", &self.name)
            .with(|field| self.kinds.attrs(field))
            .with(|field| self.quality.attrs(field))
            .with(|field| value.attrs(field))
            .attr_opt("module", self.module.as_deref())
            .attr_opt("stringIds", self.string_ids.as_deref())
            .attr_opt("writable", self.writable.map(|yes| if yes { "true" } else { "false" }))
            .close()
    }

    fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.name.len() + self.value.bytes() + length(&self.module) + length(&self.string_ids)
    }
}

/// `name=value`, with the unit.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// A field of a node at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// Which thing it is of. The specification demands one; Smack sends none, and then it is the device itself.
    pub node: Option<Arc<Node>>,
    /// When it was taken.
    pub at: DateTime,
    /// The value.
    pub field: Field,
}

impl Reading {
    /// How many bytes it takes at most; what it shares with others is counted here too.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.node.as_deref().map_or(0, bytes_of)
            + self.at.as_str().len()
            + self.field.bytes()
    }
}

/// What stands in the place of a reading and is none. The device is to blame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BadReading {
    /// Which thing it is said of.
    pub node: Option<Arc<Node>>,
    /// The name of the field, if it has one.
    pub name: Option<String>,
    /// The value as it is written, if there is one.
    pub value: Option<String>,
    /// What is wrong, for people.
    pub problem: &'static str,
}

impl BadReading {
    fn of(node: Option<&Arc<Node>>, field: ElementRef<'_>, problem: &'static str) -> Self {
        let attr = |name| field.attr(name).map(Cow::into_owned);
        Self { node: node.cloned(), name: attr("name"), value: attr("value"), problem }
    }

    /// As [`Reading::bytes`].
    pub(super) fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        size_of::<Self>()
            + self.node.as_deref().map_or(0, bytes_of)
            + length(&self.name)
            + length(&self.value)
    }
}

impl fmt::Display for BadReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: &Option<String>| text.as_deref().unwrap_or("(none)").to_owned();
        write!(f, "{}={}: {}", or_none(&self.name), or_none(&self.value), self.problem)
    }
}

pub(super) fn bytes_of(node: &Node) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    size_of::<Node>() + node.id.len() + length(&node.source) + length(&node.cache)
}

/// The readings in a `<fields/>`, and what should have been some. What is not known is ignored.
pub(super) fn parse(fields: ElementRef<'_>) -> (Vec<Reading>, Vec<BadReading>) {
    let (mut readings, mut bad) = (Vec::new(), Vec::new());
    for node_element in ours(fields, "node") {
        let node = Node::parse(node_element).map(Arc::new);
        for timestamp in ours(node_element, "timestamp") {
            let at = timestamp
                .attr("value")
                .and_then(|value| value.trim_matches(lexical::SPACE).parse::<DateTime>().ok());
            for element in timestamp.children().filter(|child| child.ns() == ns::IOT_SENSOR_DATA) {
                match (Field::parse(element), &at) {
                    (Some(Ok(field)), Some(at)) => {
                        readings.push(Reading { node: node.clone(), at: at.clone(), field });
                    }
                    (Some(Ok(_)), None) => {
                        bad.push(BadReading::of(node.as_ref(), element, "the time is not of its type"));
                    }
                    (Some(Err(problem)), _) => bad.push(BadReading::of(node.as_ref(), element, problem)),
                    (None, _) => {}
                }
            }
        }
    }
    (readings, bad)
}

fn ours<'a>(element: ElementRef<'a>, name: &'static str) -> impl Iterator<Item = ElementRef<'a>> {
    element.children().filter(move |child| child.is(name, ns::IOT_SENSOR_DATA))
}

/// Adds readings to the `<fields/>` that is open; neighbours of the same node and time share their elements.
pub(super) fn write(mut builder: Builder, readings: &[Reading], spelling: Spelling) -> Builder {
    for of_node in readings.chunk_by(|a, b| a.node == b.node) {
        builder = builder.open("node", ns::IOT_SENSOR_DATA);
        if let Some(node) = of_node.first().and_then(|first| first.node.as_deref()) {
            builder = node.attrs(builder);
        }
        for of_time in of_node.chunk_by(|a, b| a.at == b.at) {
            builder = builder.open("timestamp", ns::IOT_SENSOR_DATA);
            if let Some(first) = of_time.first() {
                builder = builder.attr("value", first.at.as_str());
            }
            builder = of_time
                .iter()
                .fold(builder, |builder, reading| reading.field.write(builder, spelling))
                .close();
        }
        builder = builder.close();
    }
    builder
}
