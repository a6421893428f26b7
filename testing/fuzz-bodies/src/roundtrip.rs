//! A document, read, written, edited, built anew and forwarded.

use xmpp_core::xml::{Builder, Context, Element, ElementRef, Limits, NodeRef, Piece, StreamReader, pretty};

use crate::moved::{assert_moved, content as nodes};

/// Wide, for what grows by the declarations that it takes along.
const WIDE: Limits = Limits {
    stanza_bytes: 8 << 20,
    header_bytes: 64 << 10,
    depth: 1024,
    attributes: 1024,
    namespace_declarations: 1024,
    text_bytes: 8 << 20,
    name_bytes: 64 << 10,
};

/// What was read and is written is read as the same element again: alone, in a stream, in a BOSH body; also after edits
/// of its root, as a part of its own, and built anew.
pub fn roundtrip(data: &[u8]) {
    let Ok(element) = Element::parse(data) else { return };
    let text = same_again(&element);
    assert_eq!(parse(&text).to_xml(), text, "what was written once does not change");
    parse(&pretty(&element.root()));
    edited(&element);
    for part in element.children() {
        parts(part, 3);
    }
    assert_eq!(rebuilt(element.root()), element, "{text}");
    let inherits = forwarded(&text);
    in_body(&element);
    in_body(&inherits);
}

fn parse(text: &str) -> Element {
    Element::parse_with(text.as_bytes(), WIDE).unwrap_or_else(|error| panic!("{error:?} in {text}"))
}

fn same_again(element: &Element) -> String {
    let text = element.to_xml();
    let again = parse(&text);
    assert_moved(element, &again, &text);
    text
}

fn edited(element: &Element) {
    let value = "a'b\"<&>\t\r\n]]>\u{e9}\u{10ffff}";
    let edits = [("to", Some(value)), ("id", None), ("from", Some("")), ("to", Some(value))];
    let edited = element.with_attrs(&edits).expect("the names are names, the characters are those of XML");
    assert_eq!(edited.attr("to").as_deref(), Some(value));
    assert_eq!((edited.attr("id"), edited.attr("from").as_deref()), (None, Some("")));
    let others = |e: &Element| {
        let kept = |a: &(String, String, String)| !a.0.is_empty() || !["to", "id", "from"].contains(&&*a.1);
        let owned = |a: xmpp_core::xml::Attr<'_>| (a.ns.to_owned(), a.name.to_owned(), a.value.into_owned());
        e.attrs().map(owned).filter(kept).collect::<Vec<_>>()
    };
    assert_eq!(others(&edited), others(element));
    assert!(edited.is(element.name(), element.ns()) && nodes(&edited) == nodes(element));
    let text = same_again(&edited);
    let mut out = Vec::new();
    element.write_with_attrs(&edits, &mut out, &Context::none()).expect("as before");
    assert_eq!(out, text.into_bytes(), "at once as by an element");
    let back: Vec<_> = edits.map(|(name, _)| (name, element.attr(name))).into();
    let back: Vec<_> = back.iter().map(|(name, value)| (*name, value.as_deref())).collect();
    assert_eq!(&edited.with_attrs(&back).expect("values that were there"), element, "edited back");
}

/// A part that is cut out is the same element, and its prefixes mean what they meant.
fn parts(part: ElementRef<'_>, depth: u8) {
    let own = part.to_element();
    assert_eq!(own.root(), part);
    let text = same_again(&own);
    let again = parse(&text);
    let value = part.text();
    if value.contains(':') {
        assert_eq!(again.root().resolve_qname(&value), part.resolve_qname(&value), "{text}");
    }
    assert_eq!(rebuilt(part), own);
    if depth > 0 {
        for inner in part.children().take(4) {
            parts(inner, depth - 1);
        }
    }
}

fn rebuilt(element: ElementRef<'_>) -> Element {
    let builder = || {
        let prefix = element.prefix().unwrap_or_default();
        content(Element::build_prefixed(prefix, element.name(), element.ns()), element)
    };
    let built = builder().finish().expect("what was read can be built");
    let text = same_again(&built);
    let mut out = Vec::new();
    builder().write(&mut out, &Context::none()).expect("as before");
    assert_eq!(out, text.into_bytes(), "at once as by an element");
    built
}

fn content(mut builder: Builder, element: ElementRef<'_>) -> Builder {
    for attr in element.attrs() {
        builder = match attr.prefix {
            Some(prefix) => builder.attr_ns(prefix, attr.ns, attr.name, &attr.value),
            None => builder.attr(attr.name, &attr.value),
        };
    }
    for node in element.nodes() {
        builder = match node {
            NodeRef::Text(text) => builder.text(&text),
            NodeRef::Element(child) => {
                let prefix = child.prefix().unwrap_or_default();
                content(builder.open_prefixed(prefix, child.name(), child.ns()), child).close()
            }
        };
    }
    builder
}

/// Out of one stream and into another, which declares other things.
fn forwarded(document: &str) -> Element {
    let mut from = StreamReader::new(WIDE);
    from.push(b"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' ");
    from.push(b"xmlns:p='urn:p' xmlns:x='urn:x' xml:lang='de'>");
    from.push(document.as_bytes());
    assert!(matches!(from.next_piece(), Ok(Some(Piece::Open(_)))));
    let Ok(Some(Piece::Element(element))) = from.next_piece() else { panic!("{document}") };

    let mut bytes = b"<stream:stream xmlns='jabber:client' xmlns:p='urn:other' \
        xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'>"
        .to_vec();
    let context = Context::client_stream().prefix("p", "urn:other").lang(Some("en"));
    element.write(&mut bytes, &context);
    let mut to = StreamReader::new(WIDE);
    to.push(&bytes);
    assert!(matches!(to.next_piece(), Ok(Some(Piece::Open(_)))));
    let Ok(Some(Piece::Element(arrived))) = to.next_piece() else { panic!("{}", bytes.escape_ascii()) };
    assert_moved(&element, &arrived, &bytes.escape_ascii().to_string());
    element
}

/// In the body of an HTTP request (XEP-0124 §6), which declares other things again.
fn in_body(element: &Element) {
    let mut bytes =
        b"<body xmlns='http://jabber.org/protocol/httpbind' xmlns:p='urn:mine' xml:lang='xx'>".to_vec();
    element.write(&mut bytes, &Context::body().prefix("p", "urn:mine").lang(Some("xx")));
    bytes.extend_from_slice(b"</body>");
    let body =
        Element::parse_with(&bytes, WIDE).unwrap_or_else(|e| panic!("{e:?} in {}", bytes.escape_ascii()));
    let inside = body.first_child().expect("it was put there").to_element();
    let text = bytes.escape_ascii().to_string();
    if element.lang().is_some() {
        assert_moved(element, &inside, &text);
    } else {
        // What has no language gets that of the place.
        assert_eq!((&inside, inside.lang().as_deref()), (element, Some("xx")), "{text}");
    }
}
