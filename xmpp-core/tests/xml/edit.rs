use xmpp_core::xml::{BuildError, Context, Element, ns};

use crate::element;

/// Attributes that are there keep their place, new ones come last, everything else is copied.
#[test]
fn set_and_remove() {
    let e = element("<iq id='1' to=\"a\" xml:lang='de'><q xmlns='urn:q'>x</q></iq>");
    let edited = e
        .with_attrs(&[("to", None), ("from", Some("b'<")), ("id", Some("long & longer")), ("none", None)])
        .unwrap();
    let mut out = Vec::new();
    edited.write(&mut out, &Context::client_stream());
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "<iq id='long &amp; longer' xml:lang='de' from='b&apos;&lt;'><q xmlns='urn:q'>x</q></iq>"
    );
    assert_eq!(edited.attr("from").as_deref(), Some("b'<"));
    assert_eq!(edited.child("q", "urn:q").unwrap().text(), "x");
    assert_eq!(e.attr("to").as_deref(), Some("a"), "the original is as it was");
}

/// Names that resolve by declarations of the root still do when those have moved.
#[test]
fn moved_declarations() {
    let e: Element =
        "<p:a b='1' xmlns:p='urn:p' p:c='2' xmlns='urn:d' ><p:d p:e='3'>x<f/>y</p:d></p:a>".parse().unwrap();
    for edits in [
        &[("b", None)][..],
        &[("b", Some("12345678"))],
        &[("b", Some("")), ("z", Some("1")), ("y", Some("2"))],
        &[],
    ] {
        let edited = e.with_attrs(edits).unwrap();
        assert_eq!(edited.to_xml().parse::<Element>().unwrap(), edited);
        assert!(edited.is("a", "urn:p"));
        let d = edited.child("d", "urn:p").unwrap();
        assert_eq!(d, e.child("d", "urn:p").unwrap());
        assert_eq!(d.attr_ns("e", "urn:p").as_deref(), Some("3"));
        assert_eq!(d.child("f", "urn:d").unwrap().resolve_prefix(None), Some("urn:d"));
    }
}

/// Edits that name an attribute twice: the last counts. An attribute with a namespace is another one.
#[test]
fn which_attribute() {
    let e: Element = "<a xmlns:p='u' p:b='1'/>".parse().unwrap();
    let edited = e.with_attrs(&[("b", Some("2")), ("b", Some("3"))]).unwrap();
    assert_eq!(edited.to_xml(), "<a xmlns:p='u' p:b='1' b='3'/>");
}

#[test]
fn mistakes() {
    let e = Element::build("a", ns::CLIENT).finish().unwrap();
    assert_eq!(e.with_attrs(&[("b", Some("\u{1}"))]), Err(BuildError::Char('\u{1}')));
    for name in ["", "a b", "p:b", "xmlns", "1"] {
        assert_eq!(e.with_attrs(&[(name, Some(""))]), Err(BuildError::Name(name.into())));
    }
}

/// Reading an element in all ways.
#[test]
fn reading() {
    let e: Element = "<a xmlns='u' x='1'>one<b/>two<c/><b k='v'/>three</a>".parse().unwrap();
    assert_eq!(e.text(), "onetwothree");
    assert_eq!(e.children().map(|c| c.name().to_owned()).collect::<String>(), "bcb");
    assert_eq!(e.nodes().count(), 6);
    assert_eq!(e.first_child().unwrap().name(), "b");
    assert!(e.child("b", "u").unwrap().attr("k").is_none());
    assert!(e.child("b", "other").is_none());
    let attr = e.attrs().next().unwrap();
    assert_eq!((attr.ns, attr.prefix, attr.name, &*attr.value), ("", None, "x", "1"));
    assert_eq!(e.root().to_element(), e);
    let c = e.children().nth(2).unwrap().to_element();
    assert_eq!(c.attr("k").as_deref(), Some("v"));
    assert_eq!(c.to_string(), "<b k='v' xmlns='u'/>");
}
