//! The TCP wire: an XML stream as bytes (RFC 6120 §4 and §11).

use bytes::Bytes;

use super::{Channel, Wire, WireError};
use crate::{
    item::{Content, Header, Item},
    stream::StreamCondition,
    time::Instant,
    xml::{Context, ElementRef, Limits, Piece, StreamReader, escape, ns},
};

/// Bytes in, items out, and back. Both roles use it alike.
///
/// ```
/// use std::time::Instant;
/// use xmpp_core::{Item, Wire, wire::TcpWire, xml::Limits};
///
/// let mut wire = TcpWire::new(Limits::default());
/// wire.handle_input(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
/// let Ok(Some(Item::Open(header))) = wire.next_item(Instant::now()) else { panic!() };
/// assert_eq!(header.version, Some((1, 0)));
/// ```
#[derive(Debug)]
pub struct TcpWire {
    reader: StreamReader,
    /// What holds once the peer has proved who it is.
    limits: Limits,
    /// How much may lie undecoded before more input counts as a flood.
    backlog: usize,
    flooded: bool,
    out: Vec<u8>,
    context: Context,
    channel: Channel,
}

/// The longest element of a negotiation: more than any feature list or token in use, and not below the 10,000 bytes that
/// every stanza is granted (RFC 6120 §13.12).
const NEGOTIATION_BYTES: usize = 16 * 1024;

/// What a peer may send ahead on top of one stanza while it must wait: one read of an adapter.
const READ_AHEAD: usize = 64 * 1024;

impl TcpWire {
    /// A wire in clear, with these limits on what the peer may send. Until it has authenticated, a first-level element
    /// is held to 16 KiB (or less, if the limits say so).
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let backlog = limits.stanza_bytes.saturating_add(READ_AHEAD);
        Self {
            reader: StreamReader::new(Limits {
                stanza_bytes: limits.stanza_bytes.min(NEGOTIATION_BYTES),
                ..limits
            }),
            limits,
            backlog,
            flooded: false,
            out: Vec::new(),
            context: Context::client_stream(),
            channel: Channel::Clear,
        }
    }

    /// A wire over TLS from its first byte ("direct TLS", XEP-0368).
    #[must_use]
    pub fn secure(limits: Limits) -> Self {
        Self { channel: Channel::Secure, ..Self::new(limits) }
    }

    /// Stores what was read from the socket (after TLS, the plain text).
    pub fn handle_input(&mut self, bytes: &[u8]) {
        if self.reader.undecoded_len() > self.backlog {
            self.flooded = true;
        } else {
            self.reader.push(bytes);
        }
    }
}

impl Wire for TcpWire {
    type Output = Bytes;

    fn channel(&self) -> Channel {
        self.channel
    }

    fn push(&mut self, item: Item) {
        match item {
            Item::Open(header) => {
                write_header(&header, &mut self.out);
                self.context = Context::client_stream().lang(header.lang.as_deref());
            }
            Item::Element(element) => element.write(&mut self.out, &self.context),
            Item::Close { .. } => self.out.extend_from_slice(b"</stream:stream>"),
        }
    }

    fn restart(&mut self) {
        self.reader.restart();
    }

    fn trusted(&mut self) {
        self.reader.set_limits(self.limits);
    }

    fn secured(&mut self) {
        self.channel = Channel::Secure;
    }

    fn next_item(&mut self, _now: Instant) -> Result<Option<Item>, WireError> {
        if self.flooded {
            return Err(WireError::Flood);
        }
        Ok(match self.reader.next_piece().map_err(WireError::Xml)? {
            Some(Piece::Open(root)) => Some(Item::Open(read_header(root.root())?)),
            Some(Piece::Element(element)) => Some(Item::Element(element)),
            Some(Piece::Close) => Some(Item::CLOSE),
            None => None,
        })
    }

    fn has_undecoded(&self) -> bool {
        self.reader.has_undecoded()
    }

    fn poll_output(&mut self, _now: Instant) -> Option<Bytes> {
        (!self.out.is_empty()).then(|| Bytes::from(std::mem::take(&mut self.out)))
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// The XML declaration and the stream's start tag, as one piece (some servers want them in one segment).
fn write_header(header: &Header, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<?xml version='1.0'?><stream:stream xmlns='");
    out.extend_from_slice(header.content.ns().as_bytes());
    out.extend_from_slice(b"' xmlns:stream='http://etherx.jabber.org/streams'");
    let version = header.version.map(|(major, minor)| format!("{major}.{minor}"));
    for (name, value) in [
        ("to", &header.to),
        ("from", &header.from),
        ("id", &header.id),
        ("version", &version),
        ("xml:lang", &header.lang),
    ] {
        if let Some(value) = value {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"='");
            out.extend_from_slice(escape::attr(value).as_bytes());
            out.push(b'\'');
        }
    }
    out.push(b'>');
}

fn read_header(root: ElementRef<'_>) -> Result<Header, WireError> {
    let wrong = |condition, detail: String| WireError::Header { condition, detail };
    if root.ns() != ns::STREAMS {
        let detail = format!("the root element's namespace is {:?}", root.ns());
        return Err(wrong(StreamCondition::InvalidNamespace, detail));
    }
    if root.name() != "stream" {
        let detail = format!("the root element is named {:?}", root.name());
        return Err(wrong(StreamCondition::BadFormat, detail));
    }
    // A header without prefix makes the stream namespace the default; stanzas then declare their own (§4.8.5).
    match root.resolve_prefix(None) {
        Some(ns::CLIENT | ns::STREAMS) => {}
        other => {
            let detail = format!("the content namespace is {other:?}");
            return Err(wrong(StreamCondition::InvalidNamespace, detail));
        }
    }
    let version =
        match root.attr("version") {
            None => None,
            Some(text) => Some(read_version(&text).ok_or_else(|| {
                wrong(StreamCondition::UnsupportedVersion, format!("the version is {text:?}"))
            })?),
        };
    let text = |name| root.attr(name).map(std::borrow::Cow::into_owned);
    Ok(Header {
        to: text("to"),
        from: text("from"),
        id: text("id"),
        lang: root.attr_ns("lang", ns::XML).map(std::borrow::Cow::into_owned),
        version,
        content: Content::Client,
    })
}

/// Two integers and a dot; leading zeros are ignored (§4.7.5).
fn read_version(text: &str) -> Option<(u32, u32)> {
    let number = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let (major, minor) = text.split_once('.')?;
    Some((number(major)?, number(minor)?))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs one base instant")]
mod tests {
    use super::*;

    fn header(xml: &str) -> Result<Item, WireError> {
        let mut wire = TcpWire::new(Limits::default());
        wire.handle_input(xml.as_bytes());
        wire.next_item(Instant::now()).map(|item| item.expect("a whole header"))
    }

    fn condition(xml: &str) -> StreamCondition {
        header(xml).unwrap_err().condition().unwrap()
    }

    /// STR-01, STR-02: wrong root name, stream namespace or content namespace.
    #[test]
    fn wrong_headers_are_refused_with_their_condition() {
        for (xml, expected) in [
            ("<stream xmlns='jabber:client'>", StreamCondition::InvalidNamespace),
            (
                "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server'>",
                StreamCondition::InvalidNamespace,
            ),
            ("<s:stream xmlns:s='http://etherx.jabber.org/streams'>", StreamCondition::InvalidNamespace),
            (
                "<s:steam xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'>",
                StreamCondition::BadFormat,
            ),
        ] {
            assert_eq!(condition(xml), expected, "{xml}");
        }
    }

    /// STR-08: versions are two integers, compared as such.
    #[test]
    fn version_is_two_integers() {
        let versioned = |v: &str| {
            header(&format!(
                "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' version='{v}'>"
            ))
        };
        for (text, expected) in [("1.0", (1, 0)), ("1.10", (1, 10)), ("01.00", (1, 0)), ("2.5", (2, 5))] {
            let Ok(Item::Open(header)) = versioned(text) else { panic!("{text}") };
            assert_eq!(header.version, Some(expected));
        }
        for text in ["", "1", "1.", ".1", "1.0.0", "+1.0", "one", "99999999999.0"] {
            assert_eq!(
                versioned(text).unwrap_err().condition(),
                Some(StreamCondition::UnsupportedVersion),
                "{text}"
            );
        }
    }

    /// STR-28: any prefix, and none.
    #[test]
    fn prefix_of_the_header_is_free() {
        let Ok(Item::Open(header)) =
            header("<stream to='example.org' xml:lang='de' xmlns='http://etherx.jabber.org/streams' id='x'>")
        else {
            panic!()
        };
        assert_eq!((header.to.as_deref(), header.lang.as_deref()), (Some("example.org"), Some("de")));
        assert_eq!(header.version, None);
    }

    /// STR-07, XML-07, STR-29: the header is one buffer with a declaration, and what we write we read.
    #[test]
    fn header_round_trip() {
        let mut wire = TcpWire::new(Limits::default());
        let sent = Header {
            to: Some("a'b&c.example".into()),
            from: Some("u@example.org".into()),
            id: Some("<1>".into()),
            lang: Some("en".into()),
            version: Some((1, 0)),
            content: Content::Client,
        };
        wire.push(Item::Open(sent.clone()));
        let bytes = wire.poll_output(Instant::now()).unwrap();
        assert!(bytes.starts_with(b"<?xml version='1.0'?><stream:stream "));
        assert_eq!(wire.poll_output(Instant::now()), None);
        wire.handle_input(&bytes);
        assert_eq!(wire.next_item(Instant::now()).unwrap(), Some(Item::Open(sent)));
    }

    /// A peer that sends without end while nothing is decoded meets a bound.
    #[test]
    fn undecoded_input_is_bounded() {
        let mut wire = TcpWire::new(Limits::default());
        let mut given = 0;
        while !wire.flooded {
            wire.handle_input(&[b' '; 8192]);
            given += 8192;
            assert!(given < 4 << 20);
        }
        assert!(matches!(wire.next_item(Instant::now()), Err(WireError::Flood)));
    }

    /// A wire says how it is protected, from the start or from the handshake on.
    #[test]
    fn channel() {
        assert_eq!(TcpWire::secure(Limits::default()).channel(), Channel::Secure);
        let mut wire = TcpWire::new(Limits::default());
        assert_eq!(wire.channel(), Channel::Clear);
        wire.secured();
        assert_eq!(wire.channel(), Channel::Secure);
    }

    /// One stanza and one read more may wait, and not a read beyond.
    #[test]
    fn backlog() {
        let limits = Limits::default();
        let mut wire = TcpWire::new(limits);
        wire.handle_input(&vec![b' '; limits.stanza_bytes + 65_536]);
        wire.handle_input(b" ");
        assert!(!wire.flooded);
        wire.handle_input(b" ");
        assert!(wire.flooded);
    }
}
