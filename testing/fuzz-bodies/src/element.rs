//! Looking into a document.

use xmpp_core::xml::{Element, ElementRef, Limits, NodeRef, escape, masked, ns, pretty};

/// Whatever was accepted can be read in every way, and all ways tell the same.
pub fn element(data: &[u8]) {
    let Ok(element) = Element::parse(data) else { return };
    let text = element.to_xml();
    assert_eq!(element.to_string(), text);
    assert!(
        !format!("{element:?}").is_empty()
            && !masked(&element.root()).is_empty()
            && !pretty(&element.root()).is_empty()
    );
    assert_eq!(element, element.clone());
    let (mut depth, mut open) = (0, vec![vec![element.root()]]);
    while let Some(level) = open.last_mut() {
        match level.pop() {
            Some(this) => {
                look(this);
                depth = depth.max(open.len());
                open.push(this.children().collect());
            }
            None => drop(open.pop()),
        }
    }
    assert!(depth <= Limits::default().depth);
}

fn look(this: ElementRef<'_>) {
    assert!(escape::is_name(this.name()) && this.is(this.name(), this.ns()));
    assert!(this.prefix().is_none_or(escape::is_name));
    assert_eq!(this.resolve_prefix(this.prefix()), Some(this.ns()), "the prefix means the namespace");
    assert_eq!(this.prefix() == Some("xml"), this.ns() == ns::XML);
    attributes(this);
    content(this);
    for (prefix, uri) in this.declarations() {
        assert_eq!(this.resolve_prefix(Some(prefix).filter(|prefix| !prefix.is_empty())), Some(uri));
        assert!(prefix.is_empty() || (escape::is_name(prefix) && !uri.is_empty()));
        assert!(!matches!(prefix, "xml" | "xmlns") && !matches!(uri, ns::XML | ns::XMLNS));
        assert!(uri.chars().all(escape::is_char));
    }
    let own = this.to_element();
    assert_eq!(own.root(), this);
    assert_eq!((own.name(), own.ns(), own.lang()), (this.name(), this.ns(), this.lang()));
    assert!(this.resolve_qname(&this.text()).is_none_or(|(_, local)| escape::is_name(local)));
}

fn attributes(this: ElementRef<'_>) {
    let mut names = Vec::new();
    for attr in this.attrs() {
        assert_eq!(this.attr_ns(attr.name, attr.ns), Some(attr.value.clone()));
        assert!(escape::is_name(attr.name) && attr.value.chars().all(escape::is_char));
        assert_eq!(
            attr.prefix.is_none(),
            attr.ns.is_empty(),
            "an attribute has a namespace by its prefix only"
        );
        if let Some(prefix) = attr.prefix {
            assert_eq!(this.resolve_prefix(Some(prefix)), Some(attr.ns));
        } else {
            assert_eq!(this.attr(attr.name), Some(attr.value));
        }
        names.push((attr.ns, attr.name));
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "no attribute twice");
    if let Some(lang) = this.attr_ns("lang", ns::XML) {
        assert_eq!(this.lang(), Some(lang));
    }
}

fn content(this: ElementRef<'_>) {
    let (mut text, mut children) = (String::new(), Vec::new());
    for node in this.nodes() {
        match node {
            NodeRef::Text(part) => text.push_str(&part),
            NodeRef::Element(child) => children.push(child),
        }
    }
    assert!(text.chars().all(escape::is_char));
    assert_eq!(this.text(), text);
    assert!(this.children().eq(children.iter().copied()));
    assert_eq!(this.first_child(), children.first().copied());
    for child in children {
        let first = this.child(child.name(), child.ns()).expect("it is there");
        assert!(first.is(child.name(), child.ns()));
        assert!(
            child.attr_ns("lang", ns::XML).is_some() || child.lang() == this.lang(),
            "languages are inherited"
        );
    }
}
