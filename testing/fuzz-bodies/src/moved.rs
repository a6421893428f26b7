//! Whether an element came through a move.

use xmpp_core::xml::{Attr, Element, ElementRef, NodeRef, ns};

/// Panics unless both mean the same. Where an element moves it states the language that it inherited, so that one
/// attribute may be new; the language itself must be the same.
pub(crate) fn assert_moved(from: &Element, to: &Element, text: &str) {
    assert!(to.is(from.name(), from.ns()), "{text}");
    assert_eq!(attributes(to), attributes(from), "{text}");
    assert!(content(to) == content(from), "{text}");
    assert_eq!(to.lang(), from.lang(), "{text}");
}

/// Children and the texts before each; nodes alone are split where CDATA begins or ends.
pub(crate) fn content(element: &Element) -> Vec<(String, Option<ElementRef<'_>>)> {
    let mut all = vec![(String::new(), None)];
    for node in element.nodes() {
        if let Some(last) = all.last_mut() {
            match node {
                NodeRef::Text(text) => last.0.push_str(&text),
                NodeRef::Element(child) => {
                    last.1 = Some(child);
                    all.push((String::new(), None));
                }
            }
        }
    }
    all
}

fn attributes(element: &Element) -> Vec<(String, String, String)> {
    let kept = |a: &Attr<'_>| (a.name, a.ns) != ("lang", ns::XML);
    let owned = |a: Attr<'_>| (a.ns.to_owned(), a.name.to_owned(), a.value.into_owned());
    let mut all: Vec<_> = element.attrs().filter(kept).map(owned).collect();
    all.sort();
    all
}
