//! The `<body/>` that wraps everything (XEP-0124 §6).

mod condition;
mod read;
mod write;

use std::{error, fmt};

use xmpp_core::xml::{Element, XmlError, masked};

pub use condition::Condition;
pub(crate) use write::{Payload, write_body};

/// A request or response body, attributes by type.
///
/// Attributes of durations are seconds. Attributes that nobody here needs (`secure`, `authid` is kept, unknown ones) are
/// read over. The payload holds complete elements in their order; `message`, `presence` and `iq` in the namespace of
/// the body itself count as `jabber:client`, as older software sends them (XEP-0206 §3), everything else in that
/// namespace is no payload and is left out.
///
/// ```
/// use bosh_core::{Body, Condition, Type};
/// let body = Body::parse(b"<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='host-gone'/>")?;
/// assert_eq!((body.kind, body.condition), (Some(Type::Terminate), Some(Condition::HostGone)));
///
/// let mut poll = Body::default();
/// (poll.rid, poll.sid) = (Some(1_573_741_821), Some("SomeSID".into()));
/// assert_eq!(&poll.to_bytes()[..], b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1573741821' sid='SomeSID'/>");
/// # Ok::<(), bosh_core::BodyError>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Body {
    /// The request's number (§14).
    pub rid: Option<u64>,
    /// The session (§7.2).
    pub sid: Option<String>,
    /// Whom the client wants to talk to (§7.1).
    pub to: Option<String>,
    /// Who speaks: the client in a creation request, the server in a response (§7.1, §7.2).
    pub from: Option<String>,
    /// `xml:lang` of what follows.
    pub lang: Option<String>,
    /// Where the manager should connect to: `protocol:host:port` (§7.1). No URI.
    pub route: Option<String>,
    /// The version of BOSH (§7.1).
    pub ver: Option<Version>,
    /// The longest time in seconds that a request is held (§7.1).
    pub wait: Option<u32>,
    /// How many requests the manager holds at most (§7.1).
    pub hold: Option<u32>,
    /// How many requests may be open at once (§7.2).
    pub requests: Option<u32>,
    /// The longest time in seconds without a request (§7.2).
    pub inactivity: Option<u32>,
    /// The shortest time in seconds between empty requests (§7.2).
    pub polling: Option<u32>,
    /// The longest pause in seconds that a client may ask for (§10).
    pub maxpause: Option<u32>,
    /// The pause in seconds that a client asks for (§10).
    pub pause: Option<u32>,
    /// The `Content-Type` that the client wants for responses (§7.1).
    pub content: Option<String>,
    /// The content codings that the manager takes (§7.2), separated by commas.
    pub accept: Option<String>,
    /// The character sets that the manager can send (§7.2), separated by spaces.
    pub charsets: Option<String>,
    /// The name of one of several streams (§16).
    pub stream: Option<String>,
    /// Everything up to this `rid` was received (§9).
    pub ack: Option<u64>,
    /// The `rid` whose response seems to be lost (§9.2).
    pub report: Option<u64>,
    /// How many milliseconds ago that response was sent (§9.2).
    pub time: Option<u64>,
    /// What the body does besides carrying its payload.
    pub kind: Option<Type>,
    /// Why the session is terminated (§17.2).
    pub condition: Option<Condition>,
    /// Where to go instead, with [`Condition::SeeOtherUri`].
    pub uri: Option<String>,
    /// The key of this request (§15). Read, and not checked.
    pub key: Option<String>,
    /// The first key of a new sequence (§15). Read, and not checked.
    pub newkey: Option<String>,
    /// The stream's identifier as some managers tell it.
    pub authid: Option<String>,
    /// The version of XMPP (XEP-0206 §4).
    pub xmpp_version: Option<(u32, u32)>,
    /// The client begins a new stream (XEP-0206 §5).
    pub restart: bool,
    /// The manager knows how to restart (XEP-0206 §5).
    pub restartlogic: bool,
    /// Complete elements.
    pub payload: Vec<Element>,
}

/// As XML, without what lets others into the session (`sid`, keys) and with the payload masked as
/// [`Item`](xmpp_core::Item) masks it.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hide = |secret: &Option<String>| secret.as_ref().map(|_| "..".to_owned());
        let shown = Self {
            sid: hide(&self.sid),
            key: hide(&self.key),
            newkey: hide(&self.newkey),
            authid: hide(&self.authid),
            payload: Vec::new(),
            ..self.clone()
        };
        f.write_str(&String::from_utf8_lossy(&shown.to_bytes()))?;
        self.payload.iter().try_for_each(|element| write!(f, " {}", masked(&element.root())))
    }
}

/// What a body does (XEP-0124 §13, §17.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// The session ends with this body.
    Terminate,
    /// A recoverable error: the client repeats this request and all earlier ones that were not answered.
    Error,
}

/// A version of BOSH: two integers, compared as such (XEP-0124 §7.1).
///
/// ```
/// use bosh_core::Version;
/// assert!(Version { major: 1, minor: 10 } > Version { major: 1, minor: 9 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Before the dot.
    pub major: u32,
    /// Behind the dot.
    pub minor: u32,
}

impl Version {
    /// The version of XEP-0124 that this crate follows.
    pub const CURRENT: Self = Self { major: 1, minor: 11 };
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What is no body. Who sent it is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// It is no XML, or XML that XMPP forbids (§6).
    Xml(XmlError),
    /// The root element is another one.
    NotABody {
        /// Its local name.
        name: String,
        /// Its namespace.
        ns: String,
    },
    /// There is text between the elements (§6).
    Text,
    /// Its elements inherit prefixes or a language that are far too long to be said again by each of them.
    Inherited,
    /// An attribute is not what it must be.
    Attribute {
        /// The attribute's name.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(error) => write!(f, "it is no acceptable XML: {error}"),
            Self::NotABody { name, ns } => write!(f, "its root is {name:?} in the namespace {ns:?}"),
            Self::Text => f.write_str("there is text between its elements"),
            Self::Inherited => f.write_str("its elements inherit too much from it"),
            Self::Attribute { name, value } => write!(f, "the attribute {name} is {value:?}"),
        }
    }
}

impl error::Error for BodyError {}
