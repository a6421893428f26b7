//! Writing a body.

use std::fmt;

use bytes::Bytes;
use xmpp_core::xml::{Context, Element, escape, ns};

use super::{Body, Type};

impl Body {
    /// The body as it goes over HTTP.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut payload = Payload::default();
        for element in &self.payload {
            payload.push(element);
        }
        write_body(self, &payload)
    }
}

/// Elements as bytes that fit into any body: written when they are queued, so that their size is known.
#[derive(Clone, Default)]
pub(crate) struct Payload {
    pub(crate) bytes: Vec<u8>,
    /// Whether the prefix `stream` is used (XEP-0206 §3: the body declares it).
    pub(crate) stream: bool,
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

impl Payload {
    pub(crate) fn push(&mut self, element: &Element) {
        let context = Context::body().prefix("stream", ns::STREAMS);
        element.write(&mut self.bytes, &context);
        self.stream |= element.ns() == ns::STREAMS;
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.stream |= other.stream;
    }
}

/// The attributes of `body` around `payload`; `body.payload` is not looked at.
pub(crate) fn write_body(body: &Body, payload: &Payload) -> Bytes {
    let mut out = Vec::with_capacity(256 + payload.bytes.len());
    out.extend_from_slice(b"<body xmlns='http://jabber.org/protocol/httpbind'");
    if body.xmpp_version.is_some() || body.restart || body.restartlogic {
        out.extend_from_slice(b" xmlns:xmpp='urn:xmpp:xbosh'");
    }
    if payload.stream {
        out.extend_from_slice(b" xmlns:stream='http://etherx.jabber.org/streams'");
    }
    let small = |value: Option<u32>| value.map(u64::from);
    attr_number(&mut out, "rid", body.rid);
    attr(&mut out, "sid", body.sid.as_deref());
    attr(&mut out, "to", body.to.as_deref());
    attr(&mut out, "from", body.from.as_deref());
    attr(&mut out, "xml:lang", body.lang.as_deref());
    attr(&mut out, "route", body.route.as_deref());
    attr(&mut out, "ver", body.ver.map(|ver| ver.to_string()).as_deref());
    for (name, value) in [
        ("wait", small(body.wait)),
        ("hold", small(body.hold)),
        ("requests", small(body.requests)),
        ("inactivity", small(body.inactivity)),
        ("polling", small(body.polling)),
        ("maxpause", small(body.maxpause)),
        ("pause", small(body.pause)),
        ("ack", body.ack),
        ("report", body.report),
        ("time", body.time),
    ] {
        attr_number(&mut out, name, value);
    }
    let kind = body.kind.map(|kind| match kind {
        Type::Terminate => "terminate",
        Type::Error => "error",
    });
    let version = body.xmpp_version.map(|(major, minor)| format!("{major}.{minor}"));
    for (name, value) in [
        ("content", body.content.as_deref()),
        ("accept", body.accept.as_deref()),
        ("charsets", body.charsets.as_deref()),
        ("stream", body.stream.as_deref()),
        ("type", kind),
        ("condition", body.condition.map(super::Condition::name)),
        ("key", body.key.as_deref()),
        ("newkey", body.newkey.as_deref()),
        ("authid", body.authid.as_deref()),
        ("xmpp:version", version.as_deref()),
        ("xmpp:restart", body.restart.then_some("true")),
        ("xmpp:restartlogic", body.restartlogic.then_some("true")),
    ] {
        attr(&mut out, name, value);
    }
    if payload.bytes.is_empty() && body.uri.is_none() {
        out.extend_from_slice(b"/>");
        return Bytes::from(out);
    }
    out.push(b'>');
    if let Some(uri) = &body.uri {
        out.extend_from_slice(b"<uri>");
        out.extend_from_slice(escape::text(uri).as_bytes());
        out.extend_from_slice(b"</uri>");
    }
    out.extend_from_slice(&payload.bytes);
    out.extend_from_slice(b"</body>");
    Bytes::from(out)
}

fn attr(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"='");
        out.extend_from_slice(escape::attr(value).as_bytes());
        out.push(b'\'');
    }
}

fn attr_number(out: &mut Vec<u8>, name: &str, value: Option<u64>) {
    attr(out, name, value.map(|number| number.to_string()).as_deref());
}
