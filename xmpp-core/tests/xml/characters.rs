use xmpp_core::xml::{Element, Piece, Syntax, XmlErrorKind};

use crate::{attributes, document_kind, element, kind, read, refused};

/// XML-09: what is no UTF-8 is found at its first byte, in text, values and names.
#[test]
fn invalid_utf8() {
    let bad: [&[u8]; 12] = [
        b"\x80",
        b"\xbf",
        b"\xc0\x80",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe2\x82",
    ];
    for bytes in bad {
        assert_eq!(refused([b"<a>x", bytes, b"</a>"].concat()), (4, XmlErrorKind::Utf8), "{bytes:x?}");
        assert_eq!(refused([b"<a b='", bytes, b"'/>"].concat()), (6, XmlErrorKind::Utf8), "{bytes:x?}");
        assert_eq!(refused([b"<a", bytes, b"/>"].concat()), (2, XmlErrorKind::Utf8), "{bytes:x?}");
        assert_eq!(refused([b"<a><![CDATA[", bytes, b"]]></a>"].concat()), (12, XmlErrorKind::Utf8));
    }
}

/// XML-09: bad bytes are refused at once, not when their element is complete.
#[test]
fn invalid_utf8_in_an_incomplete_element() {
    assert_eq!(refused(b"<a>x\xc0"), (4, XmlErrorKind::Utf8));
    assert_eq!(refused(b"<a b='\xff"), (6, XmlErrorKind::Utf8));
}

/// XML-04: characters that XML cannot carry, NUL first among them.
#[test]
fn forbidden_characters() {
    let wrong = XmlErrorKind::NotWellFormed(Syntax::Char);
    for c in ["\0", "\u{1}", "\u{8}", "\u{B}", "\u{C}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
        assert_eq!(refused(format!("<a>x{c}</a>")), (4, wrong), "{c:?}");
        assert_eq!(refused(format!("<a b='{c}'/>")), (6, wrong), "{c:?}");
        assert_eq!(refused(format!("<a><![CDATA[{c}]]></a>")), (12, wrong), "{c:?}");
        assert_eq!(refused(format!("<a {c}/>")), (3, wrong), "{c:?}");
    }
    assert_eq!(kind("\0"), wrong);
    let far = format!("<a>{}\u{1}</a>", "x".repeat(1000));
    assert_eq!(refused(far), (1003, wrong));
}

/// XML-04: characters at the edges of what XML carries are kept.
#[test]
fn allowed_characters() {
    let text = "\t\n ~\u{7F}\u{80}\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}";
    assert_eq!(element(&format!("<a>{text}</a>")).text(), text);
}

/// XML-13: line ends in text and CDATA become LF, but referenced ones stay.
#[test]
fn line_ends() {
    assert_eq!(element("<a>1\r\n2\r3\n4\r\r\n5&#13;6&#xD;\n</a>").text(), "1\n2\n3\n4\n\n5\r6\r\n");
    assert_eq!(element("<a><![CDATA[1\r\n2\r3&#13;]]></a>").text(), "1\n2\n3&#13;");
}

/// XML-13: white space in values becomes spaces, but referenced stays.
#[test]
fn attribute_normalisation() {
    let e = element("<a b=' 1\t2\n3\r\n4\r5&#9;6&#10;7&#13;8 '/>");
    assert_eq!(e.attr("b").as_deref(), Some(" 1 2 3 4 5\t6\n7\r8 "));
}

/// XML-15: CDATA is text; markup in it is none.
#[test]
fn cdata() {
    let e = element("<a>1<![CDATA[<b>&lt;]]>]]&gt;<![CDATA[]]]]><![CDATA[>]]></a>");
    assert_eq!(e.text(), "1<b>&lt;]]>]]>");
    assert_eq!(element("<a><![CDATA[]]></a>"), element("<a/>"));
    assert_eq!(element("<a>x<![CDATA[<]]></a>"), element("<a>x&lt;</a>"));
}

/// XML-04: `]]>` in text, and CDATA where no text may be.
#[test]
fn misplaced_cdata_ends() {
    assert_eq!(refused("<a>x]]></a>"), (4, XmlErrorKind::NotWellFormed(Syntax::CdataEnd)));
    assert_eq!(element("<a>]] ></a>").text(), "]] >");
    assert_eq!(refused("<![CDATA[x]]>"), (0, XmlErrorKind::TextBetweenStanzas));
    assert_eq!(refused("<![CDATA["), (0, XmlErrorKind::TextBetweenStanzas), "with its first bytes");
    assert_eq!(document_kind("<![CDATA[x]]>"), XmlErrorKind::NotWellFormed(Syntax::OutsideRoot));
}

/// XML-04: names.
#[test]
fn names() {
    for good in ["a", "_", "é", "a-b", "a.1", "名", "a·b", "\u{10000}"] {
        assert_eq!(element(&format!("<{good} {good}='1'/>")).name(), good);
    }
    for bad in ["1", "-a", ".a", "a%", "a,b", "×", "a\u{2028}", "\u{300}a", "a\u{37E}"] {
        let wrong = XmlErrorKind::NotWellFormed(Syntax::Name);
        assert_eq!(kind(format!("<{bad}/>")), wrong, "{bad}");
        assert_eq!(kind(format!("<a {bad}='1'/>")), wrong, "{bad}");
    }
}

/// XML-04: tags and attributes that are malformed.
#[test]
fn malformed_tags() {
    for bad in [
        "< a/>",
        "<a / >",
        "<a/ >",
        "<a b/>",
        "<a b=/>",
        "<a b=c/>",
        "<a b='1'c='2'/>",
        "<a 'b'/>",
        "<a b = />",
        "<a ='1'/>",
        "<a b='1' / >",
        "<a b='1'/c='2'>",
        "<>",
        "</>",
        "</ a>",
        "<a></a b='1'>",
        "<a></a/>",
        "<//>",
        "<a <b/>/>",
        "<a b='<'/>",
        "<a b='>'' />",
        "<a \"\"/>",
        "<!>",
        "<![cdata[]]>",
        "<!-a>",
        "<!a>",
        "<a b=\"1'/>\"",
    ] {
        let content = format!("<r>{bad}</r>");
        assert!(matches!(kind(&content), XmlErrorKind::NotWellFormed(_)), "{content} {:?}", kind(&content));
    }
}

/// XML-04: tags must nest, and match as written.
#[test]
fn mismatched_tags() {
    let wrong = XmlErrorKind::NotWellFormed(Syntax::EndTag);
    assert_eq!(refused("<a><b></a></b>"), (6, wrong));
    assert_eq!(kind("<a></A>"), wrong);
    assert_eq!(kind("<p:a xmlns:p='u' xmlns:q='u'></q:a>"), wrong);
    assert_eq!(kind("</a>"), wrong);
    assert_eq!(document_kind("</a>"), wrong);
}

/// XML-06: an attribute twice.
#[test]
fn duplicate_attributes() {
    let wrong = XmlErrorKind::NotWellFormed(Syntax::DuplicateAttribute);
    assert_eq!(refused("<a b='1' c='' b='1'/>"), (14, wrong));
    assert_eq!(kind("<a xmlns='u' xmlns='u'/>"), wrong);
    for name in ["b", "bc", "b:c", "\u{E9}", "xmlns:b"] {
        for (first, second) in [("='u'", "='u'"), ("='u'", " ='v'"), ("\t='u'", "= 'v'")] {
            let doubled = format!("<a {name}{first} {name}{second}/>");
            let twice =
                kind(if name == "b:c" { format!("<x xmlns:b='w'>{doubled}</x>") } else { doubled.clone() });
            assert_eq!(twice, wrong, "{doubled}");
        }
    }
    let many = attributes(50);
    assert_eq!(element(&format!("<a{many}/>")).attrs().count(), 50);
    assert_eq!(refused(format!("<a{many} a7='x' a3='x'/>")), (2 + many.len() + 1, wrong));
}

/// XML-04: whole documents hold one root, and end.
#[test]
fn documents() {
    let outside = XmlErrorKind::NotWellFormed(Syntax::OutsideRoot);
    for bad in ["x<a/>", "<a/>x", "<a/><b/>", "<a/></a>", "<a/>&#32;", "<a/><![CDATA[]]>"] {
        assert_eq!(document_kind(bad), outside, "{bad}");
    }
    for cut in [
        "",
        " ",
        "<",
        "<a",
        "<a>",
        "<a b='",
        "<a>x",
        "<a></a",
        "<a/><",
        "<?xml version='1.0'?>",
        "<a><![CDATA[x]]",
    ] {
        assert_eq!(document_kind(cut), XmlErrorKind::Truncated, "{cut}");
    }
    assert!(Element::parse(b" \r\n<a/>\t\n ").is_ok());
}

/// XML-11: nothing is checked against a schema.
#[test]
fn no_schema() {
    let e = element("<presence unknown='1'><thing xmlns='urn:example:nobody'/></presence>");
    assert_eq!(e.attr("unknown").as_deref(), Some("1"));
    assert!(e.child("thing", "urn:example:nobody").is_some());
}

/// XML-21: the prefix `xml` is always there.
#[test]
fn xml_prefix() {
    let (pieces, error) = read(&[b"<a xml:lang='de' xml:space='preserve' xml:id='x'>"]);
    assert_eq!(error, None);
    let [Piece::Open(open)] = &*pieces else { panic!("{pieces:?}") };
    assert_eq!(open.attr_ns("space", xmpp_core::xml::ns::XML).as_deref(), Some("preserve"));
}
