//! What is asked of a device.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::{DateTime, Field, Kinds, Node, Reading, flags, refusal, seqnr};
use crate::{
    stanza::{StanzaCondition, StanzaError},
    time::{Duration, Timestamp},
    xml::{BuildError, Builder, Element, ElementRef, ns},
};

/// Which readings are wanted (XEP-0323 §3). All of it are hints to the device, which may report more: what is wanted is
/// [picked](Self::wants) from what comes.
///
/// ```
/// use xmpp_core::xep::iot_data::{Ask, Field, Request, Value};
///
/// let request = Request::momentary().field("Power").field("Energy");
/// assert!(request.wants_field(&Field::new("Power", Value::Int(4))));
/// assert!(!request.wants_field(&Field::new("Voltage", Value::Int(230))));
/// let payload = Ask::Read { seqnr: 7, request: request.clone() }.to_element()?;
/// assert_eq!(
///     payload.to_xml(),
///     "<req xmlns='urn:xmpp:iot:sensordata' seqnr='7' momentary='true'><field name='Power'/><field name='Energy'/></req>"
/// );
/// assert_eq!(Ask::parse(payload.root()), Ok(Ask::Read { seqnr: 7, request }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The kinds; none limits nothing.
    pub kinds: Kinds,
    /// Stored values from this moment on.
    pub from: Option<DateTime>,
    /// Stored values up to this moment.
    pub to: Option<DateTime>,
    /// When the device shall read.
    pub when: Option<DateTime>,
    /// Which things behind the device; empty means all.
    pub nodes: Vec<Node>,
    /// The names of the fields; empty means all.
    pub fields: Vec<String>,
    /// What a provisioning server gave the requester.
    pub tokens: Tokens,
}

/// Tokens of a provisioning server (XEP-0324), by which a device judges what the requester may read. Not shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of the service.
    pub service: Option<String>,
    /// Of the device that asks.
    pub device: Option<String>,
    /// Of the person who asks.
    pub user: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |token: &Option<String>| token.as_ref().map(|_| "..");
        f.debug_struct("Tokens")
            .field("service", &told(&self.service))
            .field("device", &told(&self.device))
            .field("user", &told(&self.user))
            .finish()
    }
}

impl Request {
    /// Everything of these kinds.
    #[must_use]
    pub fn of(kinds: Kinds) -> Self {
        Self { kinds, ..Self::default() }
    }

    /// What can be measured now. Smack answers no other request.
    #[must_use]
    pub fn momentary() -> Self {
        Self::of(Kinds::MOMENTARY)
    }

    /// Asks for a field too. Without any, all are wanted.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.fields.push(name.into());
        self
    }

    /// Asks for a thing behind the device too. Without any, all are wanted.
    #[must_use]
    pub fn node(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    /// Whether a field is wanted, by its name and its kinds.
    #[must_use]
    pub fn wants_field(&self, field: &Field) -> bool {
        (self.fields.is_empty() || self.fields.contains(&field.name)) && self.kinds.want(field.kinds)
    }

    /// Whether a reading is wanted (XEP-0323 §3: who asks picks what it asked for).
    ///
    /// The times limit what is stored only, and drop nothing where the time zone leaves it open. The nodes do not count:
    /// one that was asked for stands for all below it (§5.8), and only the device knows these.
    #[must_use]
    pub fn wants(&self, reading: &Reading) -> bool {
        let kinds = reading.field.kinds;
        let stored = kinds.intersects(Kinds::HISTORICAL) && !kinds.contains(Kinds::MOMENTARY);
        let is = |limit: &Option<DateTime>, out: Ordering| {
            limit.as_ref().is_some_and(|limit| reading.at.compare(limit) == Some(out))
        };
        let outside = stored && (is(&self.from, Ordering::Less) || is(&self.to, Ordering::Greater));
        !outside && self.wants_field(&reading.field)
    }

    /// How long a device has to wait until it shall read, when its wall clock says `wall`; `None` is now. A
    /// [time](Self::when) without a zone is `offset` minutes east of UTC, where the device stands.
    #[must_use]
    pub fn wait(&self, wall: Timestamp, offset: i16) -> Option<Duration> {
        let due = self.when.as_ref()?.timestamp(offset)?;
        let micros = due.unix_micros().checked_sub(wall.unix_micros())?;
        u64::try_from(micros).ok().filter(|micros| *micros > 0).map(Duration::from_micros)
    }

    fn parse(element: ElementRef<'_>) -> Result<Self, StanzaError> {
        let bad = |text: String| refusal(StanzaCondition::BadRequest, text);
        let flag = |name| format!("{name} is neither true nor false");
        let mut kinds = Kinds::parse(element).map_err(|name| bad(flag(name)))?;
        for (name, more) in [("historical", Kinds::HISTORICAL), ("all", Kinds::ALL)] {
            if flags::boolean(element, name).map_err(|name| bad(flag(name)))? {
                kinds |= more;
            }
        }
        let moment = |name: &str| {
            let read = element.attr(name).map(|value| value.trim().parse::<DateTime>());
            read.transpose().map_err(|error| bad(format!("{name}: {error}")))
        };
        let token = |name| element.attr(name).map(Cow::into_owned);
        let mut request = Self {
            kinds,
            from: moment("from")?,
            to: moment("to")?,
            when: moment("when")?,
            nodes: Vec::new(),
            fields: Vec::new(),
            tokens: Tokens {
                service: token("serviceToken"),
                device: token("deviceToken"),
                user: token("userToken"),
            },
        };
        for child in element.children().filter(|child| child.ns() == ns::IOT_SENSOR_DATA) {
            match child.name() {
                "node" => {
                    request
                        .nodes
                        .push(Node::parse(child).ok_or_else(|| bad("a node has no nodeId".to_owned()))?);
                }
                "field" => {
                    let name = child.attr("name").ok_or_else(|| bad("a field has no name".to_owned()))?;
                    request.fields.push(name.into_owned());
                }
                _ => {}
            }
        }
        Ok(request)
    }

    fn write(&self, req: Builder) -> Builder {
        let req = if self.kinds == Kinds::ALL {
            req.attr("all", "true")
        } else if self.kinds.contains(Kinds::HISTORICAL) {
            self.kinds.without(Kinds::HISTORICAL).attrs(req).attr("historical", "true")
        } else {
            self.kinds.attrs(req)
        };
        let mut req = req
            .attr_opt("from", self.from.as_ref().map(DateTime::as_str))
            .attr_opt("to", self.to.as_ref().map(DateTime::as_str))
            .attr_opt("when", self.when.as_ref().map(DateTime::as_str))
            .attr_opt("serviceToken", self.tokens.service.as_deref())
            .attr_opt("deviceToken", self.tokens.device.as_deref())
            .attr_opt("userToken", self.tokens.user.as_deref());
        for node in &self.nodes {
            req = node.write(req, ns::IOT_SENSOR_DATA);
        }
        for name in &self.fields {
            req = req.open("field", ns::IOT_SENSOR_DATA).attr("name", name).close();
        }
        req
    }
}

/// What a requester says to a device, in an `<iq/>` of type get. [`Request`] has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `req`: read.
    Read {
        /// Names the read-out; unique among those of the requester.
        seqnr: i32,
        /// What is wanted.
        request: Request,
    },
    /// `cancel`: read no more.
    Cancel {
        /// The read-out.
        seqnr: i32,
    },
}

impl Ask {
    /// The read-out.
    pub fn seqnr(&self) -> i32 {
        match self {
            Self::Read { seqnr, .. } | Self::Cancel { seqnr } => *seqnr,
        }
    }

    /// Reads the payload of a request. What is not known in it is ignored.
    ///
    /// # Errors
    /// The refusal that answers it, `bad-request`.
    pub fn parse(payload: ElementRef<'_>) -> Result<Self, StanzaError> {
        let bad = |text| refusal(StanzaCondition::BadRequest, text);
        let read = payload.is("req", ns::IOT_SENSOR_DATA);
        if !read && !payload.is("cancel", ns::IOT_SENSOR_DATA) {
            return Err(bad("a req or a cancel is expected"));
        }
        let seqnr = seqnr(payload).ok_or_else(|| bad("seqnr is missing or is no number of 32 bits"))?;
        Ok(if read {
            Self::Read { seqnr, request: Request::parse(payload)? }
        } else {
            Self::Cancel { seqnr }
        })
    }

    /// The payload of the request.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of a name, an id or a token.
    pub fn to_element(&self) -> Result<Element, BuildError> {
        let begin = |name| Element::build(name, ns::IOT_SENSOR_DATA).attr("seqnr", &self.seqnr().to_string());
        match self {
            Self::Read { request, .. } => request.write(begin("req")),
            Self::Cancel { .. } => begin("cancel"),
        }
        .finish()
    }
}
