//! Elements for people.

use super::read::Event;
use super::write::{inherited, inherited_lang};
use super::{ElementRef, escape, ns};

/// The element indented, one tag a line. Mixed content and text stay as they are; elements that hold only elements are
/// indented.
///
/// ```
/// use xmpp_core::xml::{Element, pretty};
/// let iq: Element = "<iq><query><item/></query></iq>".parse()?;
/// assert_eq!(pretty(&iq.root()), "<iq>\n  <query>\n    <item/>\n  </query>\n</iq>");
/// # Ok::<(), xmpp_core::xml::XmlError>(())
/// ```
pub fn pretty(element: &ElementRef<'_>) -> String {
    render(*element, Style { indent: true, mask: false })
}

/// As [`pretty`], with `***` in place of secrets: what SASL elements (`auth`, `response`, `challenge`, `success`;
/// RFC 6120 §6, XEP-0388), passwords (XEP-0077, XEP-0078), private fields of forms (XEP-0004) and a component's `handshake`
/// (XEP-0114) hold.
///
/// ```
/// use xmpp_core::xml::{Element, masked};
/// let auth: Element = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>".parse()?;
/// assert!(masked(&auth.root()).ends_with("mechanism='PLAIN'>***</auth>"));
/// # Ok::<(), xmpp_core::xml::XmlError>(())
/// ```
pub fn masked(element: &ElementRef<'_>) -> String {
    render(*element, Style { indent: true, mask: true })
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) indent: bool,
    pub(super) mask: bool,
}

fn is_secret(element: ElementRef<'_>, parent: Option<ElementRef<'_>>) -> bool {
    match element.ns() {
        ns::SASL => matches!(element.name(), "auth" | "response" | "challenge" | "success"),
        ns::SASL2 => {
            matches!(element.name(), "initial-response" | "response" | "challenge" | "additional-data")
        }
        ns::REGISTER => element.name() == "password",
        ns::AUTH => matches!(element.name(), "password" | "digest"),
        ns::DATA_FORMS => element.name() == "value" && parent.is_some_and(is_private_field),
        ns::COMPONENT_ACCEPT | ns::CLIENT => element.name() == "handshake",
        _ => false,
    }
}

/// A field of a form that nobody may look at. One that is submitted need not say its type, so the names of XEP-0077 §13.4
/// count as well.
fn is_private_field(field: ElementRef<'_>) -> bool {
    field.is("field", ns::DATA_FORMS)
        && (field.attr("type").as_deref() == Some("text-private")
            || matches!(field.attr("var").as_deref(), Some("password" | "old_password")))
}

/// An element that is open while rendering.
struct Open<'a> {
    element: ElementRef<'a>,
    /// Its content is indented.
    spread: bool,
}

pub(super) fn render(element: ElementRef<'_>, style: Style) -> String {
    let mut out = String::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut events = element.events();
    while let Some(event) = events.next() {
        let spread = open.last().is_some_and(|parent| parent.spread);
        match event {
            Event::Start(child) => {
                if spread {
                    new_line(&mut out, open.len());
                }
                tag(&mut out, child, open.is_empty());
                let empty = child.nodes().next().is_none();
                out.push_str(if empty { "/>" } else { ">" });
                if style.mask && !empty && is_secret(child, open.last().map(|parent| parent.element)) {
                    out.push_str("***");
                    events.skip_content();
                }
                let spread = style.indent && (spread || open.is_empty()) && holds_only_elements(child);
                open.push(Open { element: child, spread });
            }
            Event::Text(text) => {
                if !spread {
                    out.push_str(&escape::text(&text));
                }
            }
            Event::End => {
                let Some(Open { element, spread }) = open.pop() else { break };
                if element.nodes().next().is_some() {
                    if spread && !out.ends_with("***") {
                        new_line(&mut out, open.len());
                    }
                    out.push_str("</");
                    out.push_str(element.raw_name());
                    out.push('>');
                }
            }
        }
    }
    out
}

/// Whether white space in it means nothing.
fn holds_only_elements(element: ElementRef<'_>) -> bool {
    element.first_child().is_some()
        && element.text().chars().all(|c| c.is_ascii_whitespace())
        && element.attr_ns("space", ns::XML).as_deref() != Some("preserve")
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The start tag without its end.
fn tag(out: &mut String, element: ElementRef<'_>, is_root: bool) {
    out.push('<');
    out.push_str(element.raw_name());
    let mut push = |name: &[&str], value: &str| {
        out.push(' ');
        out.extend(name.iter().copied());
        out.push_str("='");
        out.push_str(&escape::attr(value));
        out.push('\'');
    };
    let mut declare = |prefix: &str, uri: &str| {
        if prefix.is_empty() { push(&["xmlns"], uri) } else { push(&["xmlns:", prefix], uri) }
    };
    for (prefix, uri) in element.declarations() {
        declare(prefix, uri);
    }
    if is_root {
        for (prefix, uri) in inherited(element) {
            if !(prefix.is_empty() && uri.is_empty()) {
                declare(prefix, uri);
            }
        }
        if let Some(lang) = inherited_lang(element) {
            push(&["xml:lang"], &lang);
        }
    }
    for attr in element.attrs() {
        match attr.prefix {
            Some(prefix) => push(&[prefix, ":", attr.name], &attr.value),
            None => push(&[attr.name], &attr.value),
        }
    }
}
