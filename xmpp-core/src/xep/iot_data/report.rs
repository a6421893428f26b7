//! What a device says of a read-out.

use std::borrow::Cow;
use std::fmt;

use super::{BadReading, Node, Reading, Spelling, flags, reading, seqnr};
use crate::xml::{BuildError, Builder, Element, ElementRef, ns};

/// What a device says of a read-out: in the answer to the request, or in a message.
///
/// ```
/// use xmpp_core::xep::iot_data::{Field, News, Reading, Report, Spelling, Value};
///
/// let at = "2024-03-01T08:30:00Z".parse()?;
/// let field = Field::new("Power", Value::numeric("230.0".parse()?, "W"));
/// let report = Report { seqnr: 7, news: News::fields([Reading { node: None, at, field }], true) };
/// let payload = report.to_element(Spelling::Spec)?;
/// assert_eq!(
///     payload.to_xml(),
///     "<fields xmlns='urn:xmpp:iot:sensordata' seqnr='7' done='true'><node>\
///      <timestamp value='2024-03-01T08:30:00Z'>\
///      <numeric name='Power' automaticReadout='true' value='230.0' unit='W'/></timestamp></node></fields>"
/// );
/// assert_eq!(Report::parse(payload.root()), Some(report));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The read-out, by the number that the requester gave it.
    pub seqnr: i32,
    /// What is new.
    pub news: News,
}

/// What is new of a read-out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum News {
    /// `accepted`: the answer to a request.
    Accepted {
        /// It waits for its turn, and [`Started`](Self::Started) follows when that has come.
        queued: bool,
    },
    /// `started`: a request that was queued is being read.
    Started,
    /// `fields`: some readings.
    Fields {
        /// In their order.
        readings: Vec<Reading>,
        /// What is none of the readings that it should be. It is not written.
        bad: Vec<BadReading>,
        /// Nothing more follows.
        done: bool,
    },
    /// `failure`: something could not be read.
    Failure {
        /// What, and why.
        errors: Vec<NodeError>,
        /// Nothing more follows.
        done: bool,
    },
    /// `done`: nothing more follows.
    Done,
    /// `cancelled`: the answer to a request to cancel.
    Cancelled,
}

/// Why a thing could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeError {
    /// The thing. The specification demands one; `None` where a device names none.
    pub node: Option<Node>,
    /// When that was, as it is written: any text, by the schema.
    pub at: String,
    /// For people.
    pub text: String,
}

impl NodeError {
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.node.as_ref().map_or(0, reading::bytes_of) + self.at.len() + self.text.len()
    }
}

/// The thing, if one is named, and why.
impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Some(node) => write!(f, "{}: {}", node.id, self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl News {
    /// Some readings.
    pub fn fields(readings: impl Into<Vec<Reading>>, done: bool) -> Self {
        Self::Fields { readings: readings.into(), bad: Vec::new(), done }
    }
}

impl Report {
    /// Reads a payload; `None` when it is none of these, or has no number and so belongs to nothing.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if payload.ns() != ns::IOT_SENSOR_DATA {
            return None;
        }
        let seqnr = seqnr(payload)?;
        // A device that says something else than true or false has not said that it is done.
        let flag = |name| flags::boolean(payload, name).unwrap_or(false);
        let news = match payload.name() {
            "accepted" => News::Accepted { queued: flag("queued") },
            "started" => News::Started,
            "fields" => {
                let (readings, bad) = reading::parse(payload);
                News::Fields { readings, bad, done: flag("done") }
            }
            "failure" => {
                let errors = payload.children().filter(|child| child.is("error", ns::IOT_SENSOR_DATA));
                News::Failure { errors: errors.map(node_error).collect(), done: flag("done") }
            }
            "done" => News::Done,
            "cancelled" => News::Cancelled,
            _ => return None,
        };
        Some(Self { seqnr, news })
    }

    /// The payload.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of a name, value or text.
    pub fn to_element(&self, spelling: Spelling) -> Result<Element, BuildError> {
        let begin = |name| Element::build(name, ns::IOT_SENSOR_DATA).attr("seqnr", &self.seqnr.to_string());
        let flag = |builder: Builder, name, set| if set { builder.attr(name, "true") } else { builder };
        match &self.news {
            News::Accepted { queued } => flag(begin("accepted"), "queued", *queued),
            News::Started => begin("started"),
            News::Fields { readings, done, .. } => {
                reading::write(flag(begin("fields"), "done", *done), readings, spelling)
            }
            News::Failure { errors, done } => {
                errors.iter().fold(flag(begin("failure"), "done", *done), |failure, error| {
                    let open = failure.open("error", ns::IOT_SENSOR_DATA);
                    let open = if let Some(node) = &error.node { node.attrs(open) } else { open };
                    open.attr("timestamp", &error.at).text(&error.text).close()
                })
            }
            News::Done => begin("done"),
            News::Cancelled => begin("cancelled"),
        }
        .finish()
    }
}

fn node_error(element: ElementRef<'_>) -> NodeError {
    NodeError {
        node: Node::parse(element),
        at: element.attr("timestamp").map(Cow::into_owned).unwrap_or_default(),
        text: element.text().into_owned(),
    }
}
