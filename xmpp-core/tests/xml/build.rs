use xmpp_core::xml::{BuildError, Builder, Element, ns};

/// A finished element, which must be what a reader makes of it.
fn finish(builder: Builder) -> Element {
    let e = builder.finish().unwrap();
    assert_eq!(e.to_xml().parse::<Element>().unwrap(), e);
    e
}

#[test]
fn nested() {
    let e = finish(
        Element::build("iq", ns::CLIENT)
            .attr("type", "set")
            .attr_opt("id", Some("1"))
            .attr_opt("to", None)
            .lang("en")
            .open("query", ns::ROSTER)
            .open("item", ns::ROSTER)
            .attr("jid", "a@b")
            .leaf("group", ns::ROSTER, "Friends & Co")
            .close()
            .empty("item", ns::ROSTER)
            .close()
            .text("tail")
            .with(|b| if true { b.empty("x", "urn:x") } else { b }),
    );
    assert_eq!(
        e.to_xml(),
        "<iq xmlns='jabber:client' type='set' id='1' xml:lang='en'><query xmlns='jabber:iq:roster'>\
         <item jid='a@b'><group>Friends &amp; Co</group></item><item/></query>tail<x xmlns='urn:x'/></iq>"
    );
}

/// XML-17, XML-18: declarations stand where they are needed, prefixes only where asked for.
#[test]
fn prefixes() {
    let e = finish(
        Element::build_prefixed("soap", "Envelope", ns::SOAP_11)
            .declare("xsi", ns::XSI)
            .open_prefixed("soap", "Body", ns::SOAP_11)
            .attr_ns("xsi", ns::XSI, "type", "soap:Body")
            .attr_ns("enc", ns::SOAP_11_ENCODING, "arrayType", "x")
            .empty("plain", ""),
    );
    assert_eq!(
        e.to_xml(),
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/' \
         xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><soap:Body xsi:type='soap:Body' \
         xmlns:enc='http://schemas.xmlsoap.org/soap/encoding/' enc:arrayType='x'><plain/></soap:Body></soap:Envelope>"
    );
    let body = e.first_child().unwrap();
    assert_eq!(body.resolve_qname("soap:Fault"), Some((ns::SOAP_11, "Fault")));
}

/// Children that are inserted keep their prefixes and what they mean.
#[test]
fn inserted_children() {
    let child: Element =
        "<p:a xmlns:p='urn:p' xmlns='urn:d' t='p:T'><b/><c xmlns=''/></p:a>".parse().unwrap();
    let e = finish(
        Element::build("r", "urn:d").declare("p", "urn:other").child(&child).children(child.children()),
    );
    let a = e.first_child().unwrap();
    assert_eq!(a, child.root());
    assert_eq!(a.prefix(), Some("p"));
    assert_eq!(a.resolve_qname("p:T"), Some(("urn:p", "T")));
    assert_eq!(e.children().map(|c| c.ns().to_owned()).collect::<Vec<_>>(), ["urn:p", "urn:d", ""]);
    assert_eq!(e.child("b", "urn:d").unwrap().resolve_prefix(Some("p")), Some("urn:p"));
}

/// XML-14: characters that XML cannot carry are errors, or mended where asked.
#[test]
fn characters() {
    for build in [
        || Element::build("a", "").text("x\0y"),
        || Element::build("a", "").attr("b", "x\0y"),
        || Element::build("a", "").leaf("b", "", "x\u{0}"),
        || Element::build("a", "urn:\0"),
    ] {
        assert_eq!(build().finish(), Err(BuildError::Char('\0')));
        let mended = build().finish_lossy().to_xml();
        assert!(mended.contains('\u{FFFD}'), "{mended}");
        assert!(mended.parse::<Element>().is_ok(), "{mended}");
    }
}

/// XML-01, XML-05: whatever is asked for, nothing ill-formed is built.
#[test]
fn mistakes() {
    let a = || Element::build("a", "urn:a");
    let mistakes: Vec<(Builder, BuildError)> = vec![
        (Element::build("", ""), BuildError::Name(String::new())),
        (Element::build("1 a>", ""), BuildError::Name("1 a>".into())),
        (Element::build("a:b", ""), BuildError::Name("a:b".into())),
        (a().attr("", "x"), BuildError::Name(String::new())),
        (a().attr("xmlns", "x"), BuildError::Name("xmlns".into())),
        (a().attr("p:q", "x"), BuildError::Name("p:q".into())),
        (a().attr("b", "1").attr("b", "2"), BuildError::DuplicateAttribute("b".into())),
        (
            a().attr_ns("p", "u", "b", "1").attr_ns("q", "u", "b", "2"),
            BuildError::DuplicateAttribute("b".into()),
        ),
        (a().text("x").attr("b", "1"), BuildError::AfterContent("b".into())),
        (a().empty("x", "").declare("p", "u"), BuildError::AfterContent("p".into())),
        (a().close(), BuildError::NothingOpen),
        (a().declare("", "u"), BuildError::Prefix(String::new())),
        (a().declare("p", ""), BuildError::Namespace(String::new())),
        (a().declare("p", ns::XML), BuildError::Namespace(ns::XML.into())),
        (a().declare("xmlns", "u"), BuildError::Prefix("xmlns".into())),
        (a().declare("p", "1").declare("p", "2"), BuildError::Prefix("p".into())),
        (a().attr_ns("", "u", "b", "1"), BuildError::Prefix(String::new())),
        (a().attr_ns("xml", "u", "b", "1"), BuildError::Prefix("xml".into())),
        (a().attr_ns("p q", "u", "b", "1"), BuildError::Prefix("p q".into())),
        (Element::build_prefixed("p", "a", ""), BuildError::Namespace(String::new())),
        (Element::build_prefixed("xmlns", "a", "u"), BuildError::Prefix("xmlns".into())),
        (Element::build("a", ns::XMLNS), BuildError::Namespace(ns::XMLNS.into())),
        (Element::build_prefixed("p", "a", "1").attr_ns("p", "2", "b", ""), BuildError::Prefix("p".into())),
        (Element::build_prefixed("p", "a", "1").declare("p", "2"), BuildError::Prefix("p".into())),
    ];
    for (builder, error) in mistakes {
        assert_eq!(builder.finish(), Err(error));
    }
    let lossy =
        Element::build("1 a>", "").attr("b", "1").attr("b", "2").attr("c d", "3").text("x").attr("e", "4");
    assert_eq!(lossy.close().finish_lossy().to_xml(), "<_1_a_ b='1'>x</_1_a_>");
    assert_eq!(Element::build_prefixed("p", "a", "").finish_lossy().to_xml(), "<a/>");
}

/// A declaration of the same twice is no mistake, nor an attribute under a prefix that is there.
#[test]
fn harmless_repetition() {
    let e = finish(
        Element::build_prefixed("p", "a", "u")
            .declare("p", "u")
            .attr_ns("p", "u", "b", "1")
            .open("c", "v")
            .declare("p", "w"),
    );
    assert_eq!(e.to_xml(), "<p:a xmlns:p='u' p:b='1'><c xmlns='v' xmlns:p='w'/></p:a>");
}

/// Namespace names that need escapes.
#[test]
fn escaped_namespace_names() {
    let e = finish(Element::build("a", "u?a&b").attr_ns("p", "x<'y", "b", "1").empty("c", "u?a&b"));
    assert_eq!((e.ns(), e.first_child().unwrap().ns()), ("u?a&b", "u?a&b"));
    assert_eq!(e.attr_ns("b", "x<'y").as_deref(), Some("1"));
}
