use xmpp_core::xml::{Element, LimitKind, Limits, Piece, XmlErrorKind};

use crate::{HEADER, attributes, read, read_with};

fn limit(limits: Limits, content: &[u8]) -> Option<(u64, LimitKind)> {
    let (_, error) = read_with(limits, &[HEADER.as_bytes(), content]);
    error.map(|error| match error.kind {
        XmlErrorKind::Limit(kind) => (error.position - HEADER.len() as u64, kind),
        other => panic!("{other:?}"),
    })
}

/// XML-20: a stanza is refused at the byte that passes the limit, complete or not.
#[test]
fn stanza_bytes() {
    let limits = Limits { stanza_bytes: 20, ..Limits::default() };
    assert_eq!(limit(limits, b" <a>3456789 12345</a> <a/>"), None);
    let passed = Some((21, LimitKind::StanzaBytes));
    assert_eq!(limit(limits, b" <a>3456789 123456</a> <a/>"), passed);
    assert_eq!(limit(limits, b" <a>3456789 1234567890"), passed);
    assert_eq!(limit(limits, b" <a b='6789 1234567890"), passed);
    assert_eq!(limit(limits, b" <a><b/><c/><d/><e/>fg"), passed);
    assert_eq!(limit(limits, b" <a>3456789 123456789"), None, "there may still be room");
}

/// XML-20: white space between stanzas counts for nothing.
#[test]
fn keep_alives_count_not() {
    let limits = Limits { stanza_bytes: 10, ..Limits::default() };
    assert_eq!(limit(limits, " ".repeat(10_000).as_bytes()), None);
}

/// XML-20: the default leaves room for what a server must accept.
#[test]
fn default_accepts_ten_thousand_bytes() {
    assert!(Limits::default().stanza_bytes >= 10_000);
    let stanza = format!("<message><body>{}</body></message>", "x".repeat(9_968));
    assert_eq!(stanza.len(), 10_000);
    assert_eq!(limit(Limits::default(), stanza.as_bytes()), None);
}

/// XML-20: a header without end, by attributes, white space or declaration.
#[test]
fn header_bytes() {
    let limits = Limits { header_bytes: 100, ..Limits::default() };
    for start in ["", "<stream a='", "<?xml version='1.0'", "<?xml version='1.0'?>", "<stream"] {
        let (_, error) = read_with(limits, &[start.as_bytes(), " ".repeat(200).as_bytes()]);
        let error = error.expect(start);
        assert_eq!(
            (error.position, error.kind),
            (100, XmlErrorKind::Limit(LimitKind::HeaderBytes)),
            "{start}"
        );
    }
    let (pieces, error) = read_with(limits, &[format!("{:<99}>", "<stream").as_bytes()]);
    assert!(matches!(&*pieces, [Piece::Open(_)]), "{error:?}");
}

/// XML-20: depth, counted from the first-level element.
#[test]
fn depth() {
    let limits = Limits { depth: 3, ..Limits::default() };
    assert_eq!(limit(limits, b"<a><a><a/><a></a></a></a>"), None);
    assert_eq!(limit(limits, b"<a><a><a><a"), None);
    assert_eq!(limit(limits, b"<a><a><a><a/>"), Some((9, LimitKind::Depth)));
    let deep = "<a>".repeat(80_000);
    let (_, error) = read(&[HEADER.as_bytes(), deep.as_bytes()]);
    assert_eq!(error.unwrap().kind, XmlErrorKind::Limit(LimitKind::Depth));
    assert_eq!(Element::parse(deep.as_bytes()).unwrap_err().kind, XmlErrorKind::Limit(LimitKind::Depth));
}

/// No depth that limits allow exhausts the stack, in whatever is done with the element.
#[test]
fn very_deep_elements() {
    let limits = Limits { depth: usize::MAX, stanza_bytes: usize::MAX, ..Limits::default() };
    let depth = 20_000;
    let deep = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let e = Element::parse_with(deep.as_bytes(), limits).unwrap();
    assert_eq!(e, e.clone());
    assert_eq!(e.to_xml(), deep);
    assert!(format!("{e:?}").len() >= deep.len() - 4);
    let copy = Element::build("r", "").child(&e).finish().unwrap();
    assert_eq!(copy.first_child(), Some(e.root()));
}

/// XML-20: attributes, names and declarations.
#[test]
fn numbers() {
    let limits = Limits { attributes: 2, name_bytes: 13, namespace_declarations: 2, ..Limits::default() };
    assert_eq!(limit(limits, b"<a b='' c='' xmlns:p='p' xmlns:q='q'><d/></a>"), None);
    assert_eq!(limit(limits, b"<a b='' c='' d=''/>"), Some((13, LimitKind::Attributes)));
    assert_eq!(limit(limits, b"<abcdefghijklm/><abcdefghijklmn/>"), Some((17, LimitKind::NameBytes)));
    assert_eq!(limit(limits, b"<a abcdefghijklmn=''/>"), Some((3, LimitKind::NameBytes)));
    assert_eq!(limit(limits, b"<a xmlns='a'><b xmlns='b'/><b xmlns='b'/></a>"), None);
    let nested = b"<a xmlns='a'><b xmlns='b'><c xmlns='c'/></b></a>";
    assert_eq!(limit(limits, nested), Some((29, LimitKind::NamespaceDeclarations)));
}

/// XML-20: texts, CDATA and values, complete or not. A value is told with its tag.
#[test]
fn text_bytes() {
    // The header's own values fit.
    let limits = Limits { text_bytes: 40, ..Limits::default() };
    let (fits, long) = ("x".repeat(40), "x".repeat(41));
    let limit = |content: String| limit(limits, content.as_bytes());
    let passed = |at| Some((at, LimitKind::TextBytes));
    assert_eq!(limit(format!("<a b='{fits}'>{fits}</a>")), None);
    assert_eq!(limit(format!("<a>{long}</a>")), passed(43));
    assert_eq!(limit(format!("<a>{long}")), passed(43));
    assert_eq!(limit(format!("<a><![CDATA[{}]]>{fits}</a>", "x".repeat(28))), None);
    assert_eq!(limit(format!("<a><![CDATA[{}]]></a>", "x".repeat(29))), passed(43));
    assert_eq!(limit(format!("<a><![CDATA[{}", "x".repeat(32))), passed(43));
    assert_eq!(limit(format!("<a b='{long}'/>")), passed(46));
    assert_eq!(limit(format!("<a b='{long}")), None);
}

/// XML-20: a million attributes end at the limit, even when the bytes would be allowed.
#[test]
fn a_million_attributes() {
    let attributes = attributes(1_000_000);
    let stanza = format!("<a{attributes}/>");
    let limits = Limits { stanza_bytes: usize::MAX, ..Limits::default() };
    assert_eq!(limit(limits, stanza.as_bytes()).map(|(_, kind)| kind), Some(LimitKind::Attributes));
    assert_eq!(
        limit(Limits::default(), stanza.as_bytes()).map(|(_, kind)| kind),
        Some(LimitKind::StanzaBytes)
    );
}

/// XML-20: with every limit lifted, many attributes still cost little more than their number.
#[test]
fn many_attributes_are_not_quadratic() {
    let attributes = attributes(100_000);
    let limits = Limits { stanza_bytes: usize::MAX, attributes: usize::MAX, ..Limits::default() };
    let e = Element::parse_with(format!("<a{attributes}/>").as_bytes(), limits).unwrap();
    assert_eq!(e.attrs().count(), 100_000);
}
