use xmpp_core::xml::{Element, Feature, Syntax, XmlErrorKind};

use crate::{document_kind, element, kind, read, refused};

const DTD: XmlErrorKind = XmlErrorKind::Restricted(Feature::Dtd);
const ENTITY: XmlErrorKind = XmlErrorKind::Restricted(Feature::EntityReference);

/// XML-02: a comment, between stanzas, inside one, and in a document.
#[test]
fn comment() {
    let comment = XmlErrorKind::Restricted(Feature::Comment);
    assert_eq!(refused("<!-- hello -->"), (0, comment));
    assert_eq!(refused("<message><body>a<!-- hello --></body></message>"), (16, comment));
    assert_eq!(document_kind("<!-- hello --><a/>"), comment);
    assert_eq!(document_kind("<a/><!-- hello -->"), comment);
}

/// XML-02: a comment is refused when it begins, although it never ends.
#[test]
fn refused_at_once() {
    assert_eq!(kind("<message><!--"), XmlErrorKind::Restricted(Feature::Comment));
    assert_eq!(kind("<?p"), XmlErrorKind::Restricted(Feature::ProcessingInstruction));
}

/// XML-02: a processing instruction.
#[test]
fn processing_instruction() {
    let instruction = XmlErrorKind::Restricted(Feature::ProcessingInstruction);
    assert_eq!(refused("<?xml-stylesheet href='a'?>"), (0, instruction));
    assert_eq!(kind("<a><?php echo ?></a>"), instruction);
    assert_eq!(document_kind("<?go?><a/>"), instruction);
}

/// XML-02: internal and external DTD, general and parameter entities.
#[test]
fn document_type() {
    assert_eq!(document_kind("<!DOCTYPE a [<!ELEMENT a ANY>]><a/>"), DTD);
    assert_eq!(document_kind("<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><a/>"), DTD);
    assert_eq!(document_kind("<!DOCTYPE a [<!ENTITY e 'v'>]><a>&e;</a>"), DTD);
    assert_eq!(document_kind("<!DOCTYPE a [<!ENTITY % p 'v'>%p;]><a/>"), DTD);
    assert_eq!(kind("<!DOCTYPE a>"), DTD);
    assert_eq!(kind("<a><!ENTITY e 'v'></a>"), DTD);
    let (_, error) = read(&[b"<?xml version='1.0'?><!DOCTYPE stream SYSTEM 'a.dtd'>"]);
    assert_eq!(error.map(|e| (e.position, e.kind)), Some((21, DTD)));
}

/// XML-02: exponential entities never get as far as being expanded.
#[test]
fn entity_bomb() {
    let mut bomb = String::from("<!DOCTYPE a [<!ENTITY e0 'boom'>");
    for i in 1..30 {
        let half = format!("&e{};", i - 1);
        bomb.extend(["<!ENTITY e", &i.to_string(), " '", &half, &half, "'>"]);
    }
    bomb += "]><a>&e29;</a>";
    assert_eq!(document_kind(&bomb), DTD);
    assert_eq!(kind(&bomb), DTD);
}

/// XML-02: a reference to an entity that nobody defined, in text and in a value.
#[test]
fn undefined_entity() {
    assert_eq!(refused("<a>&nbsp;</a>"), (3, ENTITY));
    assert_eq!(refused("<a b='x&foo;'/>"), (7, ENTITY));
    assert_eq!(kind("<a>&LT;</a>"), ENTITY);
}

/// XML-02, XML-03: the five predefined entities and numeric references are fine.
#[test]
fn allowed_references() {
    let e = element(
        "<a b='&lt;&gt;&amp;&apos;&quot;&#x41;&#66;&#10;'>&lt;&gt;&amp;&apos;&quot;&#x41;&#x0000042;</a>",
    );
    assert_eq!(e.text(), "<>&'\"AB");
    assert_eq!(e.attr("b").as_deref(), Some("<>&'\"AB\n"));
}

/// XML-03: references to what is no character of XML.
#[test]
fn forbidden_characters_by_reference() {
    for code in
        ["0", "x0", "8", "x8", "x1F", "xD800", "xDFFF", "xFFFE", "xFFFF", "x110000", "99999999999999999999"]
    {
        let wrong = XmlErrorKind::NotWellFormed(Syntax::CharReference);
        assert_eq!(kind(format!("<a>&#{code};</a>")), wrong, "{code}");
        assert_eq!(kind(format!("<a b='&#{code};'/>")), wrong, "{code}");
    }
}

/// XML-04: `&` that begins no reference.
#[test]
fn malformed_references() {
    for reference in
        ["&", "& ", "&;", "&#;", "&#x;", "&#xG;", "&#X41;", "&#4A;", "&#+65;", "&lt", "&1;", "&a b;", "&&lt;"]
    {
        let wrong = XmlErrorKind::NotWellFormed(Syntax::Reference);
        assert_eq!(kind(format!("<a>{reference}</a>")), wrong, "{reference}");
        assert_eq!(kind(format!("<a b='{reference}'/>")), wrong, "{reference}");
    }
}

/// XML-07, XML-08: a declaration at the very start and nowhere else; standalone is ignored.
#[test]
fn declaration() {
    let declaration = XmlErrorKind::NotWellFormed(Syntax::Declaration);
    for good in [
        "<?xml version='1.0'?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<?xml version='1.0' encoding='utf-8' standalone='no' ?>",
        "<?xml\tversion = '1.0' standalone='yes'?>",
    ] {
        assert!(Element::parse(format!("{good}<a/>").as_bytes()).is_ok(), "{good}");
        assert_eq!(read(&[format!("{good}{}", crate::HEADER).as_bytes()]).0.len(), 1, "{good}");
    }
    for bad in [
        " <?xml version='1.0'?>",
        "<?xml?>",
        "<?xml ?>",
        "<?xml encoding='UTF-8'?>",
        "<?xml encoding='UTF-8' version='1.0'?>",
        "<?xml version='1.0'encoding='UTF-8'?>",
        "<?xml version='1.0' standalone='maybe'?>",
        "<?xml version='1.0' extra='1'?>",
        "<?xml version='1.0' version='1.0'?>",
        "<?xml version='1.0'>",
        "<?xml version='2'?>",
        "<?xml version='1.0'?><?xml version='1.0'?>",
    ] {
        assert_eq!(document_kind(format!("{bad}<a/>")), declaration, "{bad}");
        let (_, error) = read(&[bad.as_bytes(), crate::HEADER.as_bytes()]);
        assert_eq!(error.map(|e| e.kind), Some(declaration), "{bad}");
    }
    assert_eq!(refused("<?xml version='1.0'?>"), (0, declaration));
    assert_eq!(kind("<a><?xml version='1.0'?></a>"), declaration);
}

/// XML-08: XML 1.1 and later are told apart.
#[test]
fn other_versions() {
    assert_eq!(document_kind("<?xml version='1.1'?><a/>"), XmlErrorKind::UnsupportedVersion);
    assert_eq!(
        read(&[b"<?xml version='1.1'?><a>"]).1.map(|e| e.kind),
        Some(XmlErrorKind::UnsupportedVersion)
    );
}

/// XML-09: other encodings, declared or visible.
#[test]
fn other_encodings() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for document in [
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>".as_slice(),
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"\xff\xfe<\0a\0",
        b"\xfe\xff\0<\0a",
        &utf16,
        &utf16_be,
    ] {
        assert_eq!(document_kind(document), XmlErrorKind::UnsupportedEncoding, "{document:?}");
        assert_eq!(
            read(&[document]).1.map(|e| e.kind),
            Some(XmlErrorKind::UnsupportedEncoding),
            "{document:?}"
        );
    }
}

/// XML-10: a byte order mark is text before the root; inside text it is a character like others.
#[test]
fn byte_order_mark() {
    let outside = XmlErrorKind::NotWellFormed(Syntax::OutsideRoot);
    assert_eq!(document_kind("\u{FEFF}<a/>"), outside);
    assert_eq!(read(&["\u{FEFF}<a>".as_bytes()]).1.map(|e| (e.position, e.kind)), Some((0, outside)));
    assert_eq!(element("<a b='\u{FEFF}'>\u{FEFF}x</a>").text(), "\u{FEFF}x");
}
