use xmpp_core::xml::{Limits, Piece, StreamReader, Syntax, XmlErrorKind, ns};

use crate::{HEADER, elements, kind, read, refused};

/// XML-12: a piece is delivered with its last byte, not before, and nothing behind it is looked at.
#[test]
fn delivered_with_the_last_byte() {
    let stanza = b"<message><body>a &gt; b</body></message>";
    let mut reader = StreamReader::new(Limits::default());
    reader.push(HEADER.as_bytes());
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
    for byte in &stanza[..stanza.len() - 1] {
        reader.push(&[*byte]);
        assert_eq!(reader.next_piece(), Ok(None));
    }
    reader.push(b">\xff\xff<<<");
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Element(_)))));
    assert_eq!(reader.undecoded_len(), 5);
    assert_eq!(reader.next_piece().map_err(|e| e.kind), Err(XmlErrorKind::TextBetweenStanzas));
}

/// XML-12: `>` and `<` where they end nothing.
#[test]
fn markup_in_disguise() {
    let all = elements(
        "<a b='>' c=\"/>'>\"><d/>></a><e><![CDATA[</e><a>]]></e><f><f><f/></f></f><g\n>]</g\t><h a='1'\r\n/>",
    );
    let names: Vec<&str> = all.iter().map(xmpp_core::xml::Element::name).collect();
    assert_eq!(names, ["a", "e", "f", "g", "h"]);
    assert_eq!(all[0].attr("c").as_deref(), Some("/>'>"));
    assert_eq!(all[0].text(), ">");
    assert_eq!(all[1].text(), "</e><a>");
}

/// White space between first-level elements keeps connections alive (RFC 6120 §4.6.1); other text is an error.
#[test]
fn between_stanzas() {
    assert_eq!(elements(" \n<a/>\r\n\t <b/> ").len(), 2);
    assert_eq!(refused(" <a/> x"), (6, XmlErrorKind::TextBetweenStanzas));
    assert_eq!(kind("&#32;"), XmlErrorKind::TextBetweenStanzas);
    assert_eq!(kind("\u{A0}"), XmlErrorKind::TextBetweenStanzas);
}

/// White space is skipped only when the next piece is asked for, so that it counts as an injection before TLS.
#[test]
fn undecoded_white_space() {
    let mut reader = StreamReader::new(Limits::default());
    reader.push(HEADER.as_bytes());
    reader.push(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\n");
    assert!(reader.next_piece().unwrap().is_some());
    assert!(reader.next_piece().unwrap().is_some());
    assert!(reader.has_undecoded());
    assert_eq!(reader.next_piece(), Ok(None));
    assert!(!reader.has_undecoded());
    reader.push(b"<iq><query");
    assert_eq!(reader.next_piece(), Ok(None));
    assert_eq!(reader.undecoded_len(), 10);
}

/// The end of a stream; only white space may follow.
#[test]
fn close() {
    let (pieces, error) = read(&[HEADER.as_bytes(), b"<a/></stream:stream >\n "]);
    assert_eq!(error, None);
    assert!(matches!(&*pieces, [Piece::Open(_), Piece::Element(_), Piece::Close]));
    assert_eq!(kind("</stream:stream><a/>"), XmlErrorKind::NotWellFormed(Syntax::OutsideRoot));
    assert_eq!(kind("</stream:stream></stream:stream>"), XmlErrorKind::NotWellFormed(Syntax::OutsideRoot));
    assert_eq!(kind("</stream>"), XmlErrorKind::NotWellFormed(Syntax::EndTag));
    let (pieces, error) = read(&[b"<stream/>"]);
    assert!(matches!(&*pieces, [Piece::Open(_), Piece::Close]));
    assert_eq!(error, None);
}

/// XML-19: after a restart the old namespaces are gone, and undecoded bytes belong to the new stream.
#[test]
fn restart() {
    let mut reader = StreamReader::new(Limits::default());
    reader.push(b"<old:stream xmlns:old='urn:old' xmlns='urn:default' xml:lang='de'><success/>");
    reader.push(b"<?xml version='1.0'?><s xmlns='urn:new'><x/><old:y/>");
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Element(_)))));
    reader.restart();
    assert!(reader.has_undecoded());
    let Ok(Some(Piece::Open(open))) = reader.next_piece() else { panic!("a new header") };
    assert!(open.is("s", "urn:new"));
    let Ok(Some(Piece::Element(x))) = reader.next_piece() else { panic!("an element") };
    assert_eq!((x.ns(), x.lang()), ("urn:new", None));
    let error = reader.next_piece().unwrap_err();
    assert!(matches!(error.kind, XmlErrorKind::Namespace(_)));
    assert_eq!(error.position, 45, "positions count from the restart");
}

/// A restart in the middle of a piece gives its bytes to the new stream.
#[test]
fn restart_inside_a_piece() {
    let mut reader = StreamReader::new(Limits::default());
    reader.push(HEADER.as_bytes());
    assert!(reader.next_piece().unwrap().is_some());
    reader.push(b"<s xmlns='urn:new'><x>a");
    assert_eq!(reader.next_piece(), Ok(None));
    reader.restart();
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
    reader.push(b"</x>");
    let Ok(Some(Piece::Element(x))) = reader.next_piece() else { panic!("an element") };
    assert_eq!(x.text(), "a");
}

/// XML-21: `xml:lang` of the header is inherited by stanzas and their children.
#[test]
fn inherited_language() {
    let all = elements("<message><body/><body xml:lang='de'><i/></body></message><message xml:lang=''/>");
    let langs: Vec<_> = all[0].children().map(|body| body.lang().unwrap().into_owned()).collect();
    assert_eq!(langs, ["en", "de"]);
    assert_eq!(all[0].lang().as_deref(), Some("en"));
    assert_eq!(all[0].children().nth(1).unwrap().first_child().unwrap().lang().as_deref(), Some("de"));
    assert_eq!(all[1].lang().as_deref(), Some(""));
}

/// MSC-01: a component's stanzas are read as a client's, whether they inherit or declare their namespace.
#[test]
fn content_namespace_is_mapped() {
    let mut reader = StreamReader::new(Limits::default()).map_content(ns::COMPONENT_ACCEPT, ns::CLIENT);
    reader.push(
        b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    reader.push(
        b"<message id='1'><body>x</body><f xmlns='urn:f'><q xmlns='jabber:component:accept'/></f></message>",
    );
    reader.push(b"<message xmlns='jabber:component:accept' id='1'><body a='&#65;'>x</body></message>");
    reader.push(b"<message xmlns='jabber&#58;component:accept'><body/></message>");
    let Ok(Some(Piece::Open(open))) = reader.next_piece() else { panic!("a header") };
    assert_eq!(open.resolve_prefix(None), Some(ns::COMPONENT_ACCEPT));
    let Ok(Some(Piece::Element(first))) = reader.next_piece() else { panic!("an element") };
    assert!(first.is("message", ns::CLIENT));
    assert_eq!(first.child("body", ns::CLIENT).unwrap().text(), "x");
    let nested = first.child("f", "urn:f").unwrap().first_child().unwrap();
    assert_eq!(nested.ns(), ns::COMPONENT_ACCEPT, "only the top level is mapped");
    for _ in 0..2 {
        let Ok(Some(Piece::Element(declared))) = reader.next_piece() else { panic!("an element") };
        assert!(declared.is("message", ns::CLIENT), "{declared}");
        assert!(declared.child("body", ns::CLIENT).is_some(), "{declared}");
        assert_eq!(declared, declared.to_xml().parse().unwrap());
    }
}
