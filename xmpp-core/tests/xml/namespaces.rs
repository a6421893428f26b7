use xmpp_core::xml::{Element, NamespaceProblem, XmlErrorKind, ns};

use crate::{attributes, document_kind, element, kind, read, refused};

fn problem(problem: NamespaceProblem) -> XmlErrorKind {
    XmlErrorKind::Namespace(problem)
}

/// XML-05: prefixes that nobody declared, on elements and attributes.
#[test]
fn unbound_prefix() {
    let unbound = problem(NamespaceProblem::UnboundPrefix);
    assert_eq!(refused("<a><p:b/></a>"), (4, unbound));
    assert_eq!(refused("<a p:b=''/>"), (3, unbound));
    assert_eq!(kind("<a><b xmlns:p='u'/><p:c/></a>"), unbound, "the scope of a sibling");
    assert_eq!(read(&[b"<stream:stream>"]).1.map(|e| (e.position, e.kind)), Some((1, unbound)));
}

/// XML-05: prefixes cannot be undeclared, reserved ones cannot be bound.
#[test]
fn forbidden_declarations() {
    assert_eq!(kind("<a xmlns:p=''/>"), problem(NamespaceProblem::EmptyPrefixed));
    for bad in [
        "xmlns:xml='urn:x'",
        "xmlns:xmlns='http://www.w3.org/2000/xmlns/'",
        "xmlns:xmlns='urn:x'",
        "xmlns='http://www.w3.org/2000/xmlns/'",
        "xmlns:p='http://www.w3.org/2000/xmlns/'",
        "xmlns='http://www.w3.org/XML/1998/namespace'",
        "xmlns:p='http://www.w3.org/XML/1998/namespace'",
        "xmlns:p='&#104;ttp://www.w3.org/XML/1998/namespace'",
    ] {
        assert_eq!(kind(format!("<a {bad}/>")), problem(NamespaceProblem::Reserved), "{bad}");
    }
    assert_eq!(kind("<xmlns:a/>"), problem(NamespaceProblem::Reserved));
    assert_eq!(kind("<a xmlns:xml=''/>"), problem(NamespaceProblem::Reserved));
    let e = element("<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='fr'/>");
    assert_eq!(e.lang().as_deref(), Some("fr"));
}

/// XML-05: colons only between prefix and name.
#[test]
fn colons() {
    for bad in ["a:b:c", ":a", "a:", ":", "a::b"] {
        assert_eq!(kind(format!("<{bad} xmlns:a='u'/>")), problem(NamespaceProblem::Colon), "{bad}");
        assert_eq!(kind(format!("<x xmlns:a='u' {bad}=''/>")), problem(NamespaceProblem::Colon), "{bad}");
    }
}

/// XML-06: two prefixes of one namespace on one name; declared before or behind.
#[test]
fn duplicate_expanded_names() {
    let twice = problem(NamespaceProblem::DuplicateAttribute);
    assert_eq!(refused("<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>"), (34, twice));
    assert_eq!(kind("<a p:x='' q:x='' xmlns:p='u&amp;' xmlns:q='u&#38;'/>"), twice);
    let many = attributes(20);
    assert_eq!(kind(format!("<a xmlns:p='u' xmlns:q='u'{many} p:x='' q:x=''/>")), twice);
    let e = element("<a xmlns:p='u' xmlns='u' p:x='1' x='2'/>");
    assert_eq!((e.attr_ns("x", "u").as_deref(), e.attr("x").as_deref()), (Some("1"), Some("2")));
}

/// XML-16: names are compared by namespace and local part, whatever the prefixes.
#[test]
fn prefixes_mean_nothing() {
    let with = element("<p:a xmlns:p='u' p:x='1' y='2'><q:b xmlns:q='u'/></p:a>");
    let without = element("<a xmlns='u' xmlns:z='u' y='2' z:x='1'><b></b></a>");
    assert_eq!(with, without);
    assert_ne!(with, element("<a xmlns='u' x='1' y='2'><b/></a>"));
    assert_ne!(with, element("<a xmlns='v' xmlns:z='u' y='2' z:x='1'><b xmlns='u'/></a>"));
}

/// Scopes open and close with their elements; declarations count for the whole tag.
#[test]
fn scopes() {
    let e: Element = "<p:a p:x='' xmlns:p='1' xmlns='2'><p:b xmlns:p='3'><c xmlns=''/></p:b><p:d/><e/></p:a>"
        .parse()
        .unwrap();
    assert_eq!(e.ns(), "1");
    assert!(e.attr_ns("x", "1").is_some());
    let b = e.child("b", "3").unwrap();
    assert_eq!(b.first_child().unwrap().ns(), "");
    assert!(e.child("d", "1").is_some() && e.child("e", "2").is_some());
    assert_eq!(b.resolve_prefix(Some("p")), Some("3"));
    assert_eq!(b.resolve_prefix(None), Some("2"));
    assert_eq!(b.first_child().unwrap().resolve_prefix(None), Some(""));
    assert_eq!(b.resolve_prefix(Some("q")), None);
    assert_eq!(b.resolve_prefix(Some("xml")), Some(ns::XML));
}

/// Namespace names with references are compared by what they mean.
#[test]
fn escaped_namespace_names() {
    let e: Element =
        "<a xmlns='u?a&amp;b' xmlns:p='u&#x3A;v'><p:b xmlns='u?a&#38;b'><c/></p:b></a>".parse().unwrap();
    assert_eq!(e.ns(), "u?a&b");
    let b = e.child("b", "u:v").unwrap();
    assert_eq!(b.first_child().unwrap().ns(), "u?a&b");
    let edited = e.with_attrs(&[("long", Some("a value that moves everything"))]).unwrap();
    assert_eq!(edited.child("b", "u:v").unwrap().first_child().unwrap().ns(), "u?a&b");
    assert_eq!(edited.to_xml().parse::<Element>().unwrap(), edited);
}

/// The same document, its errors without a stream.
#[test]
fn documents_are_as_strict() {
    assert_eq!(document_kind("<p:a/>"), problem(NamespaceProblem::UnboundPrefix));
    assert_eq!(document_kind("<a xmlns:p=''/>"), problem(NamespaceProblem::EmptyPrefixed));
}

/// `QName`s in content resolve where they stand.
#[test]
fn qnames_in_content() {
    let e = element("<a xmlns:x='urn:x'><b xmlns:x='urn:y' type=' x:T\n'/>x:T</a>");
    assert_eq!(e.resolve_qname(&e.text()), Some(("urn:x", "T")));
    let b = e.first_child().unwrap();
    assert_eq!(b.resolve_qname(&b.attr("type").unwrap()), Some(("urn:y", "T")));
    assert_eq!(b.resolve_qname("plain"), Some((ns::CLIENT, "plain")));
    assert_eq!(b.resolve_qname("stream:x"), Some((ns::STREAMS, "x")));
    for bad in ["q:T", ":T", "x:", "x:y:z", "", "a b", "x:1"] {
        assert_eq!(b.resolve_qname(bad), None, "{bad}");
    }
}
