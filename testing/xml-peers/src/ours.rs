//! What we read.

use xmpp_core::xml::{Element, ElementRef, Limits, NodeRef, Piece, StreamReader, XmlErrorKind};

use crate::{End, Event, Mode, Name, Reading, Tag};

/// Wider than any document here: limits are ours alone, and are tested elsewhere.
const WIDE: Limits = Limits {
    stanza_bytes: 1 << 28,
    header_bytes: 1 << 28,
    depth: 1 << 20,
    attributes: 1 << 20,
    namespace_declarations: 1 << 20,
    text_bytes: 1 << 30,
    name_bytes: 60_000,
};

/// What we read.
pub fn read(mode: Mode, document: &[u8]) -> Reading {
    match mode {
        Mode::Stream => stream(document),
        Mode::Document => match Element::parse_with(document, WIDE) {
            Ok(element) => Reading { pieces: vec![events(element.root())], end: End::Complete },
            Err(error) if error.kind == XmlErrorKind::Truncated => {
                Reading { pieces: Vec::new(), end: End::Incomplete }
            }
            Err(error) => Reading { pieces: Vec::new(), end: End::Ours(error) },
        },
    }
}

fn stream(document: &[u8]) -> Reading {
    let mut reader = StreamReader::new(WIDE);
    reader.push(document);
    let mut pieces = Vec::new();
    let mut closed = false;
    let end = loop {
        match reader.next_piece() {
            Ok(Some(Piece::Open(header))) => pieces.push(vec![Event::Start(tag(header.root()))]),
            Ok(Some(Piece::Element(element))) => pieces.push(events(element.root())),
            Ok(Some(Piece::Close)) => closed = true,
            Ok(None) if closed && !reader.has_undecoded() => break End::Complete,
            Ok(None) => break End::Incomplete,
            Err(error) => break End::Ours(error),
        }
    };
    Reading { pieces, end }
}

fn tag(element: ElementRef<'_>) -> Tag {
    let attrs = element.attrs().map(|a| (Name::new(a.ns, a.name), a.value.into_owned()));
    Tag { name: Name::new(element.ns(), element.name()), attrs: attrs.collect() }
}

/// Without recursion, for elements that are deep.
fn events(root: ElementRef<'_>) -> Vec<Event> {
    let mut events = vec![Event::Start(tag(root))];
    let mut open = vec![root.nodes()];
    while let Some(innermost) = open.last_mut() {
        match (innermost.next(), events.last_mut()) {
            (Some(NodeRef::Element(child)), _) => {
                events.push(Event::Start(tag(child)));
                open.push(child.nodes());
            }
            (Some(NodeRef::Text(text)), Some(Event::Text(before))) => before.push_str(&text),
            (Some(NodeRef::Text(text)), _) if !text.is_empty() => events.push(Event::Text(text.into_owned())),
            (Some(NodeRef::Text(_)), _) => {}
            (None, _) => {
                events.push(Event::End);
                open.pop();
            }
        }
    }
    events
}
