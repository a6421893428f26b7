//! Control of actuators (XEP-0325): typed settings in a `<set/>`, and the answer.
//!
//! A message carries a `<set/>` that is never answered; an `<iq/>` of type set carries one that is answered with a
//! [`SetResponse`], or refused with a [`Refusal`]. A receiver checks everything before it acts on anything.

mod color;
mod refusal;
mod text;

use std::fmt;
use std::str::FromStr;

use super::iot::lexical;
use crate::{
    stanza::StanzaCondition,
    xml::{BuildError, Element, ElementRef, ns},
};

pub use super::iot::{Node, Spelling};
pub use color::{Color, NotAColor};
pub use refusal::Refusal;
pub use text::{TextError, TextProblem, parse_settings};

/// The value of a parameter, of one of the types of XEP-0325 §3.2.
///
/// Dates, times and durations are kept as they are written (XML Schema part 2): the device knows its calendar.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `boolean`, spelled `bool` by some.
    Boolean(bool),
    /// `int`: 32 bits.
    Int(i32),
    /// `long`: 64 bits.
    Long(i64),
    /// `double`: 64 bits, IEEE 754.
    Double(f64),
    /// `string`.
    String(String),
    /// `color`.
    Color(Color),
    /// `date`, such as `2013-05-01`.
    Date(String),
    /// `dateTime`, such as `2013-04-02T08:00:00`.
    DateTime(String),
    /// `duration`, such as `PT3M30S`.
    Duration(String),
    /// `time`, such as `08:00:00`.
    Time(String),
}

impl Value {
    /// The name of its element under a spelling.
    #[must_use]
    pub fn type_name(&self, spelling: Spelling) -> &'static str {
        match self {
            Self::Boolean(_) => match spelling {
                Spelling::Spec => "boolean",
                Spelling::Smack => "bool",
            },
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Color(_) => "color",
            Self::Date(_) => "date",
            Self::DateTime(_) => "dateTime",
            Self::Duration(_) => "duration",
            Self::Time(_) => "time",
        }
    }

    /// Reads a value of a type; the error is for people.
    fn parse(type_name: &str, value: &str) -> Result<Self, &'static str> {
        // Of these types, only a string may begin or end with white space that counts.
        let trimmed = value.trim_matches(lexical::SPACE);
        let kept = |check: fn(&str) -> bool, make: fn(String) -> Self| {
            check(trimmed).then(|| make(trimmed.to_owned()))
        };
        let value = match type_name {
            "boolean" | "bool" => lexical::boolean(trimmed).map(Self::Boolean),
            "int" => lexical::integer(trimmed).and_then(|n| i32::try_from(n).ok()).map(Self::Int),
            "long" => lexical::integer(trimmed).map(Self::Long),
            "double" => lexical::double(trimmed).map(Self::Double),
            "string" => Some(Self::String(value.to_owned())),
            "color" => Color::from_str(trimmed).ok().map(Self::Color),
            "date" => kept(lexical::is_date, Self::Date),
            "dateTime" => kept(lexical::is_date_time, Self::DateTime),
            "duration" => kept(lexical::is_duration, Self::Duration),
            "time" => kept(lexical::is_time, Self::Time),
            _ => return Err("Unknown parameter type."),
        };
        value.ok_or("Invalid parameter value.")
    }
}

/// As XML Schema writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Double(value) if value.is_infinite() => {
                f.write_str(if *value > 0.0 { "INF" } else { "-INF" })
            }
            // The shortest form that reads back as the same number, with an exponent where that is shorter.
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Color(value) => write!(f, "{value}"),
            Self::String(text)
            | Self::Date(text)
            | Self::DateTime(text)
            | Self::Duration(text)
            | Self::Time(text) => f.write_str(text),
        }
    }
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name that the device knows it by.
    pub name: String,
    /// The value to set.
    pub value: Value,
}

impl Parameter {
    /// A named value.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value }
    }
}

/// What is to be set, in this order: devices may depend on it (XEP-0325 §3.2.11).
///
/// ```
/// use xmpp_core::xep::iot_control::{Set, Spelling, parse_settings};
///
/// let set = Set::new(parse_settings("Setpoint=21.5;Fan=true;Level=3")?);
/// let payload = set.to_element(Spelling::Smack)?;
/// assert_eq!(
///     payload.to_xml(),
///     "<set xmlns='urn:xmpp:iot:control'><double name='Setpoint' value='21.5'/>\
///      <bool name='Fan' value='true'/><int name='Level' value='3'/></set>"
/// );
/// assert_eq!(Set::parse(payload.root())?, set);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// For which things behind the device; empty is the device itself.
    pub nodes: Vec<Node>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
}

impl Set {
    /// Settings of the device itself.
    pub fn new(parameters: impl Into<Vec<Parameter>>) -> Self {
        Self { nodes: Vec::new(), parameters: parameters.into() }
    }

    /// Reads a `<set/>` completely, in either spelling.
    ///
    /// # Errors
    /// [`Refusal`], which is the answer to the request: nothing of it may be carried out. `bad-request` names the
    /// parameter that is wrong; `feature-not-implemented` stands for a data form (§3.3.3), which is not understood here.
    pub fn parse(payload: ElementRef<'_>) -> Result<Self, Refusal> {
        if !payload.is("set", ns::IOT_CONTROL) {
            return Err(Refusal::new(StanzaCondition::BadRequest, "a set element is expected"));
        }
        let mut set = Self::default();
        for child in payload.children() {
            if child.is("x", ns::DATA_FORMS) {
                return Err(Refusal::new(
                    StanzaCondition::FeatureNotImplemented,
                    "settings as a data form are not understood",
                ));
            }
            if child.ns() != ns::IOT_CONTROL {
                continue;
            }
            if child.name() == "node" {
                let node = Node::parse(child)
                    .ok_or_else(|| Refusal::new(StanzaCondition::BadRequest, "a node has no nodeId"))?;
                set.nodes.push(node);
            } else {
                set.parameters.push(parameter(child)?);
            }
        }
        Ok(set)
    }

    /// The `<set/>`.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of a name or value.
    pub fn to_element(&self, spelling: Spelling) -> Result<Element, BuildError> {
        let mut set = Element::build("set", ns::IOT_CONTROL);
        for node in &self.nodes {
            set = node.write(set, ns::IOT_CONTROL);
        }
        for parameter in &self.parameters {
            set = set
                .open(parameter.value.type_name(spelling), ns::IOT_CONTROL)
                .attr("name", &parameter.name)
                .attr("value", &parameter.value.to_string())
                .close();
        }
        set.finish()
    }
}

fn parameter(element: ElementRef<'_>) -> Result<Parameter, Refusal> {
    let bad = |name: &str, why| Refusal::new(StanzaCondition::BadRequest, why).with_parameter(name);
    let Some(name) = element.attr("name") else {
        return Err(Refusal::new(StanzaCondition::BadRequest, "a parameter has no name"));
    };
    let value = element.attr("value").ok_or_else(|| bad(&name, "The value is missing."))?;
    match Value::parse(element.name(), &value) {
        Ok(value) => Ok(Parameter { name: name.into_owned(), value }),
        Err(why) => Err(bad(&name, why)),
    }
}

/// The settings were made. Empty: all of them; otherwise those that were (XEP-0325 §3.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetResponse {
    /// The nodes that were set, when not all were.
    pub nodes: Vec<Node>,
    /// The names of the parameters that were set, when not all were.
    pub parameters: Vec<String>,
}

impl SetResponse {
    /// Reads the payload of a result. What has no id or name is ignored.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if !payload.is("setResponse", ns::IOT_CONTROL) {
            return None;
        }
        let mut response = Self::default();
        for child in payload.children().filter(|child| child.ns() == ns::IOT_CONTROL) {
            match child.name() {
                "node" => response.nodes.extend(Node::parse(child)),
                "parameter" => {
                    response.parameters.extend(child.attr("name").map(std::borrow::Cow::into_owned));
                }
                _ => {}
            }
        }
        Some(response)
    }

    /// The payload of the result.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of an id or name.
    pub fn to_element(&self) -> Result<Element, BuildError> {
        let mut response = Element::build("setResponse", ns::IOT_CONTROL);
        for node in &self.nodes {
            response = node.write(response, ns::IOT_CONTROL);
        }
        for name in &self.parameters {
            response = response.open("parameter", ns::IOT_CONTROL).attr("name", name).close();
        }
        response.finish()
    }
}

/// The payload of the result that says: all was set.
#[must_use]
pub fn done() -> Element {
    Element::build("setResponse", ns::IOT_CONTROL).finish_lossy()
}
