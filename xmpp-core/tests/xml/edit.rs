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

/// Written with edits is what the edited element writes, whatever is edited, wherever it goes.
#[test]
fn written_with_edits() {
    let inherits = element("<message to=\"a\" type='chat'><body>x</body></message>");
    let whole: Element =
        "<p:w xmlns:p='urn:p' xmlns='u'><a id='1' p:from='2' ><b/></a></p:w>".parse().unwrap();
    let elements = [
        inherits.clone(),
        inherits.with_attrs(&[("from", Some("b")), ("type", None), ("x", Some("\""))]).unwrap(),
        "<a b=\"1\"  id='7'><![CDATA[<]]></a>".parse().unwrap(),
        "<a xmlns='u' from='&apos;'/>".parse().unwrap(),
        whole.first_child().unwrap().to_element(),
    ];
    let edits: [&[(&str, Option<&str>)]; 6] = [
        &[],
        &[("from", Some("c'\"<&\n\u{E9}"))],
        &[("to", None), ("type", None), ("id", None), ("from", None), ("none", None)],
        &[("from", Some("1")), ("id", Some("2")), ("from", Some("3"))],
        &[("id", Some("2")), ("new", Some("3")), ("new", None), ("id", None)],
        &[("x", Some("")), ("b", Some("y"))],
    ];
    for (element, edits) in elements.iter().flat_map(|e| edits.map(|edits| (e, edits))) {
        let edited = element.with_attrs(edits).unwrap();
        for context in
            [Context::none(), Context::client_stream().lang(Some("en")), Context::with_default("u")]
        {
            let (mut one, mut two) = (Vec::new(), Vec::new());
            edited.write(&mut one, &context);
            element.write_with_attrs(edits, &mut two, &context).unwrap();
            assert_eq!(
                String::from_utf8(one).unwrap(),
                String::from_utf8(two).unwrap(),
                "{element} {edits:?}"
            );
        }
        for (name, _) in edits {
            let last = edits.iter().rev().find(|(again, _)| again == name).and_then(|(_, value)| *value);
            assert_eq!(edited.attr(name).as_deref(), last, "{element} {edits:?}");
            assert_eq!(
                edited.attrs().filter(|a| a.ns.is_empty() && a.name == *name).count(),
                last.iter().count()
            );
        }
        let read: Element = edited.to_xml().parse().unwrap();
        assert_eq!(Element::build("w", "").child(&edited).finish().unwrap().first_child(), Some(read.root()));
        assert_eq!(edited.root().to_element(), edited);
        assert_eq!(edited.with_attrs(&[]).unwrap(), edited);
    }
}

/// What is edited is the root and nothing inside it.
#[test]
fn inside_is_as_it_was() {
    let e: Element = "<a id='1'><a id='1'/></a>".parse().unwrap();
    let edited = e.with_attrs(&[("id", Some("2")), ("k", Some("v"))]).unwrap();
    assert_eq!(edited.to_xml(), "<a id='2' k='v'><a id='1'/></a>");
    let inside = edited.first_child().unwrap();
    assert_eq!((inside.attr("id").as_deref(), inside.attr("k")), (Some("1"), None));
    let inside = inside.to_element();
    assert_eq!(inside.to_xml(), "<a id='1'/>");
    assert_eq!(inside.with_attrs(&[("id", None)]).unwrap().to_xml(), "<a/>");
    assert_eq!(format!("{edited:?}"), edited.to_xml());
}

#[test]
fn mistakes() {
    let e = Element::build("a", ns::CLIENT).finish().unwrap();
    let mut out = b"before".to_vec();
    let bad = [("a", Some("fine")), ("b", Some("\u{1}"))];
    assert_eq!(e.with_attrs(&bad), Err(BuildError::Char('\u{1}')));
    assert_eq!(e.write_with_attrs(&bad, &mut out, &Context::none()), Err(BuildError::Char('\u{1}')));
    assert_eq!(out, b"before", "nothing was written");
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
