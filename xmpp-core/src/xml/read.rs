//! Looking into an element.

use std::borrow::Cow;
use std::fmt;

use super::escape::{decode_attr, decode_cdata, decode_text, is_name};
use super::node::{AttrNode, Meta, NONE, Name, Node, Ns, Scope, Span, Start, TextForm, TextNode, attrs, uri};
use super::overlay::{self, Edited, Edits, Overlay};
use super::pretty::{Style, render};
use super::{BuildError, Context, Element, ns, write};

/// A look into an element or one inside it, be it an [`Element`] or what a reader [shows](super::PieceRef). Reading
/// allocates only where escapes are resolved.
#[derive(Clone, Copy)]
pub struct ElementRef<'a> {
    /// What all offsets count in.
    pub(super) text: &'a str,
    pub(super) nodes: &'a [Node],
    store: Store<'a>,
    pub(super) at: u32,
}

/// Whose storage is looked at.
#[derive(Clone, Copy)]
enum Store<'a> {
    Kept(&'a Element),
    Shown(&'a Shown),
}

/// What belongs to an element that is only shown, besides its text and nodes.
#[derive(Debug)]
pub(super) struct Shown {
    /// Namespace names that had to be decoded.
    pub(super) extra: String,
    pub(super) scope: Scope,
    pub(super) meta: Meta,
}

/// An attribute; namespace declarations are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attr<'a> {
    /// The namespace, empty for an attribute without prefix.
    pub ns: &'a str,
    /// The prefix as written.
    pub prefix: Option<&'a str>,
    /// The local name.
    pub name: &'a str,
    /// The normalised value.
    pub value: Cow<'a, str>,
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeRef<'a> {
    /// A child element.
    Element(ElementRef<'a>),
    /// Text, references resolved. Neighbouring texts may be split where CDATA begins or ends.
    Text(Cow<'a, str>),
}

impl<'a> ElementRef<'a> {
    /// The local name.
    pub fn name(self) -> &'a str {
        self.start().name.local_span().of(self.text)
    }

    /// The namespace, empty for none.
    pub fn ns(self) -> &'a str {
        self.uri(self.start().ns)
    }

    /// The prefix as written. Nothing may depend on it (RFC 6120 §4.8.5).
    pub fn prefix(self) -> Option<&'a str> {
        self.prefix_of(self.start().name)
    }

    /// Whether the element has this local name and namespace.
    pub fn is(self, name: &str, ns: &str) -> bool {
        self.name() == name && self.ns() == ns
    }

    /// The value of an attribute without namespace.
    pub fn attr(self, name: &str) -> Option<Cow<'a, str>> {
        self.attr_ns(name, "")
    }

    /// The value of an attribute, such as `lang` in [`ns::XML`].
    pub fn attr_ns(self, name: &str, ns: &str) -> Option<Cow<'a, str>> {
        if let Some(edited) = self.edits().and_then(|edits| edits.find_in(name, ns)) {
            return edited.value;
        }
        self.attr_nodes().find(|a| a.is(name, ns, self.text, |ns| self.uri(ns))).map(|a| self.value(a))
    }

    /// All attributes in the order in which they were written; namespace declarations are none.
    pub fn attrs(self) -> impl Iterator<Item = Attr<'a>> + Clone + 'a {
        let (edits, mut new) = (self.edits(), 0);
        let mut nodes = self.attr_nodes().filter(|a| !a.declares);
        std::iter::from_fn(move || {
            for a in nodes.by_ref() {
                let value = match edits.and_then(|edits| edits.of(a, self.text)) {
                    None => self.value(a),
                    Some(Edited { value: Some(value), .. }) => value,
                    Some(_) => continue,
                };
                let name = a.name.local_span().of(self.text);
                return Some(Attr { ns: self.uri(a.ns), prefix: self.prefix_of(a.name), name, value });
            }
            let edits = edits?;
            loop {
                let Edited { name, value } = edits.get(new)?;
                new += 1;
                if let Some(value) = value
                    && !self.attr_nodes().any(|a| a.is_named(name, self.text))
                {
                    return Some(Attr { ns: "", prefix: None, name, value });
                }
            }
        })
    }

    /// The child elements.
    pub fn children(self) -> impl Iterator<Item = ElementRef<'a>> + Clone + 'a {
        self.content().filter_map(|content| match content {
            Content::Element(child) => Some(child),
            Content::Text(_) => None,
        })
    }

    /// The first child element of this name and namespace.
    pub fn child(self, name: &str, ns: &str) -> Option<ElementRef<'a>> {
        self.children().find(|child| child.is(name, ns))
    }

    /// The first child element.
    pub fn first_child(self) -> Option<ElementRef<'a>> {
        self.children().next()
    }

    /// Child elements and texts in their order.
    pub fn nodes(self) -> impl Iterator<Item = NodeRef<'a>> + Clone + 'a {
        self.content().map(move |content| match content {
            Content::Element(child) => NodeRef::Element(child),
            Content::Text(text) => NodeRef::Text(self.decoded(text)),
        })
    }

    /// The element's own text, without that of its children; references and CDATA resolved.
    pub fn text(self) -> Cow<'a, str> {
        let mut texts = self.content().filter_map(|content| match content {
            Content::Text(text) => Some(self.decoded(text)),
            Content::Element(_) => None,
        });
        let Some(mut text) = texts.next() else { return Cow::Borrowed("") };
        for more in texts {
            text.to_mut().push_str(&more);
        }
        text
    }

    /// `xml:lang` of the element, or what it inherits, from the stream header at last (RFC 6120 §8.1.5). Empty when it
    /// was undeclared.
    pub fn lang(self) -> Option<Cow<'a, str>> {
        self.holding()
            .find(|attr| !attr.declares)
            .map(|attr| self.value(attr))
            .or_else(|| self.scope().lang().map(Cow::Borrowed))
    }

    /// The namespace that a prefix means at this element; `None` is the default namespace, and where there is none that
    /// gives an empty string.
    pub fn resolve_prefix(self, prefix: Option<&str>) -> Option<&'a str> {
        let prefix = prefix.unwrap_or_default();
        if prefix == "xml" {
            return Some(ns::XML);
        }
        let declared = self.in_scope().find(|(declared, _)| *declared == prefix).map(|(_, uri)| uri);
        declared.or_else(|| self.scope().lookup(prefix).map(|ns| self.uri(ns)))
    }

    /// Namespace and local part of a `QName` that stands in a value or text, such as `soap:Client`. White space around
    /// it is ignored. `None` for an unbound prefix or what is no `QName`.
    ///
    /// ```
    /// use xmpp_core::xml::{Element, ns};
    /// let fault: Element = "<s:Fault xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
    ///                       <faultcode>s:Client</faultcode></s:Fault>".parse()?;
    /// let code = fault.child("faultcode", "").unwrap();
    /// assert_eq!(code.resolve_qname(&code.text()), Some((ns::SOAP_11, "Client")));
    /// # Ok::<(), xmpp_core::xml::XmlError>(())
    /// ```
    pub fn resolve_qname<'q>(self, qname: &'q str) -> Option<(&'a str, &'q str)> {
        let qname = qname.trim_matches([' ', '\t', '\n', '\r']);
        let (prefix, local) = match qname.split_once(':') {
            Some((prefix, local)) if is_name(prefix) => (Some(prefix), local),
            Some(_) => return None,
            None => (None, qname),
        };
        if is_name(local) { Some((self.resolve_prefix(prefix)?, local)) } else { None }
    }

    /// This element as one of its own, with all that is in scope here; what is in scope is declared again where it is
    /// written. It shares the storage of the whole, so nothing is copied, unless a reader [shows](super::PieceRef) that.
    pub fn to_element(self) -> Element {
        match self.store {
            Store::Kept(element) => {
                let edits = element.edits.clone().filter(|_| self.at == element.at);
                Element { at: self.at, edits, ..element.clone() }
            }
            Store::Shown(Shown { extra, scope, meta }) => {
                let element = Element::assemble(self.text, extra, self.nodes, scope.clone(), *meta);
                Element { at: self.at, ..element }
            }
        }
    }

    /// Appends the element as it must stand at a place where `context` is in scope.
    pub fn write(self, out: &mut Vec<u8>, context: &Context) {
        let edits = self.edits().map_or(Edits::None, Edits::Kept);
        // What was kept can be written.
        let _ = write::write(self, edits, out, context);
    }

    /// Appends it with attributes of its own set (`Some`) or removed (`None`), as [`Element::with_attrs`] would make it.
    ///
    /// ```
    /// use xmpp_core::xml::{Context, Element};
    /// let iq: Element = "<iq xmlns='jabber:client' id='1' to='b'/>".parse()?;
    /// let mut out = Vec::new();
    /// iq.root().write_with_attrs(&[("from", Some("a")), ("to", None)], &mut out, &Context::client_stream())?;
    /// assert_eq!(out, b"<iq id='1' from='a'/>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Element::with_attrs`]; nothing is appended then.
    pub fn write_with_attrs(
        self,
        edits: &[(&str, Option<&str>)],
        out: &mut Vec<u8>,
        context: &Context,
    ) -> Result<(), BuildError> {
        overlay::write_with_attrs(self, edits, out, context)
    }

    /// The element as a document of its own.
    pub fn to_xml(self) -> String {
        let mut out = Vec::with_capacity(self.span().len as usize + 32);
        self.write(&mut out, &Context::none());
        // Nothing but whole strings is written, so this loses nothing.
        String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// Everything in an element, in document order; neighbouring texts are joined.
#[derive(Debug, Clone)]
pub(super) enum Event<'a> {
    Start(ElementRef<'a>),
    Text(Cow<'a, str>),
    End,
}

/// A child, or a text not yet decoded.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Element(ElementRef<'a>),
    Text(&'a TextNode),
}

/// What a damaged index would show. The reader and the builder make none.
const NOTHING: &Start = &Start {
    open_end: 0,
    end: 0,
    name: Name { at: 0, prefix: 0, local: 0 },
    ns: Ns::None,
    parent: NONE,
    attrs: 0,
    holds: NONE,
    next: 0,
};

impl<'a> ElementRef<'a> {
    pub(super) fn kept(element: &'a Element) -> ElementRef<'a> {
        ElementRef { text: &element.text, nodes: &element.nodes, store: Store::Kept(element), at: element.at }
    }

    pub(super) fn shown(text: &'a str, nodes: &'a [Node], shown: &'a Shown) -> ElementRef<'a> {
        ElementRef { text, nodes, store: Store::Shown(shown), at: 0 }
    }

    pub(super) fn start(self) -> &'a Start {
        match self.nodes.get(self.at as usize) {
            Some(Node::Start(start)) => start,
            _ => NOTHING,
        }
    }

    /// Whether it stands in a whole, not by itself.
    pub(super) fn is_inner(self) -> bool {
        self.start().parent != NONE
    }

    pub(super) fn scope(self) -> &'a Scope {
        match self.store {
            Store::Kept(Element { scope, .. }) | Store::Shown(Shown { scope, .. }) => scope,
        }
    }

    /// Of the whole.
    pub(super) fn meta(self) -> Meta {
        match self.store {
            Store::Kept(Element { meta, .. }) | Store::Shown(Shown { meta, .. }) => *meta,
        }
    }

    pub(super) fn uri(self, ns: Ns) -> &'a str {
        let extra = match self.store {
            Store::Kept(_) => "",
            Store::Shown(shown) => &shown.extra,
        };
        uri(ns, self.text, extra, self.scope())
    }

    /// The name as it is written.
    pub(super) fn raw_name(self) -> &'a str {
        self.start().name.raw().of(self.text)
    }

    fn prefix_of(self, name: Name) -> Option<&'a str> {
        Some(name.prefix_span().of(self.text)).filter(|prefix| !prefix.is_empty())
    }

    fn value(self, attr: &AttrNode) -> Cow<'a, str> {
        let raw = attr.value.of(self.text);
        if attr.plain { Cow::Borrowed(raw) } else { decode_attr(raw) }
    }

    fn decoded(self, node: &TextNode) -> Cow<'a, str> {
        let raw = node.span.of(self.text);
        match node.form {
            TextForm::Plain => Cow::Borrowed(raw),
            TextForm::Escaped => decode_text(raw),
            TextForm::Cdata => decode_cdata(raw),
        }
    }

    pub(super) fn attr_nodes(self) -> impl Iterator<Item = &'a AttrNode> + Clone + 'a {
        attrs(self.nodes, self.at, self.start())
    }

    /// What of its attributes was edited since it was read or built.
    #[inline]
    pub(super) fn edits(self) -> Option<&'a Overlay> {
        match self.store {
            Store::Kept(Element { edits: Some(edits), at, .. }) if *at == self.at => Some(edits),
            _ => None,
        }
    }

    /// The prefixes (empty: the default namespace) that this very element declares, and what they mean.
    pub fn declarations(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone + 'a {
        self.attr_nodes().filter_map(move |attr| self.declaration(attr))
    }

    /// The same of this element and all around it in the whole, innermost first.
    pub(super) fn in_scope(self) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.holding().filter_map(move |attr| self.declaration(attr))
    }

    fn declaration(self, attr: &AttrNode) -> Option<(&'a str, &'a str)> {
        (attr.declares && attr.ns != Ns::Xml).then(|| (attr.declared().of(self.text), self.uri(attr.ns)))
    }

    /// What holds here, innermost first. There is no more of it than limits allow at one place, so that looking it up
    /// does not depend on how many attributes there are around.
    fn holding(self) -> impl Iterator<Item = &'a AttrNode> + 'a {
        let attr = move |at: u32| match self.nodes.get(at as usize) {
            Some(Node::Attr(attr)) => Some(attr),
            _ => None,
        };
        std::iter::successors(attr(self.start().holds), move |inner| attr(inner.outer))
    }

    /// The element around this one.
    pub(super) fn parent(self) -> Option<ElementRef<'a>> {
        let at = self.start().parent;
        (at != NONE).then_some(ElementRef { at, ..self })
    }

    fn content(self) -> impl Iterator<Item = Content<'a>> + Clone + 'a {
        let start = self.start();
        let mut at = self.at + 1 + start.attrs;
        std::iter::from_fn(move || {
            if at >= start.next {
                return None;
            }
            let this = at;
            match self.nodes.get(this as usize)? {
                Node::Start(child) => {
                    at = child.next.max(this + 1);
                    Some(Content::Element(ElementRef { at: this, ..self }))
                }
                Node::Text(text) => {
                    at += 1;
                    Some(Content::Text(text))
                }
                Node::Attr(_) => None,
            }
        })
    }

    /// The subtree flat, so that no depth can exhaust the stack.
    pub(super) fn events(self) -> Events<'a> {
        Events { next: self, ends: Vec::new(), done: false }
    }

    /// The element's own tag and content as they stand in the text.
    pub(super) fn span(self) -> Span {
        Span::new(self.start().tag(), self.start().end as usize)
    }
}

#[derive(Debug)]
pub(super) struct Events<'a> {
    /// At the next node.
    next: ElementRef<'a>,
    /// Where the open elements end.
    ends: Vec<u32>,
    done: bool,
}

impl Events<'_> {
    /// Goes on at the end of the element that was just begun.
    pub(super) fn skip_content(&mut self) {
        if let Some(end) = self.ends.last() {
            self.next.at = *end;
        }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if self.done {
            return None;
        }
        if self.ends.last().is_some_and(|&end| self.next.at >= end) {
            self.ends.pop();
            self.done = self.ends.is_empty();
            return Some(Event::End);
        }
        let this = self.next;
        match this.nodes.get(this.at as usize)? {
            Node::Start(start) => {
                self.ends.push(start.next);
                self.next.at += 1 + start.attrs;
                Some(Event::Start(this))
            }
            Node::Attr(_) => None,
            Node::Text(first) => {
                self.next.at += 1;
                let mut text = this.decoded(first);
                while let Some(Node::Text(more)) = this.nodes.get(self.next.at as usize)
                    && self.ends.last().is_some_and(|&end| self.next.at < end)
                {
                    text.to_mut().push_str(&this.decoded(more));
                    self.next.at += 1;
                }
                Some(Event::Text(text))
            }
        }
    }
}

impl<'a> From<&'a Element> for ElementRef<'a> {
    fn from(element: &'a Element) -> ElementRef<'a> {
        element.root()
    }
}

impl PartialEq for ElementRef<'_> {
    fn eq(&self, other: &ElementRef<'_>) -> bool {
        let (mut left, mut right) = (self.events(), other.events());
        loop {
            match (left.next(), right.next()) {
                (None, None) => return true,
                (Some(Event::End), Some(Event::End)) => {}
                (Some(Event::Text(a)), Some(Event::Text(b))) if a == b => {}
                (Some(Event::Start(a)), Some(Event::Start(b))) if same_tag(a, b) => {}
                _ => return false,
            }
        }
    }
}

impl Eq for ElementRef<'_> {}

fn same_tag(a: ElementRef<'_>, b: ElementRef<'_>) -> bool {
    // Names are unique in a tag, so as many and all found is the same set.
    a.is(b.name(), b.ns())
        && a.attrs().count() == b.attrs().count()
        && a.attrs().all(|attr| b.attr_ns(attr.name, attr.ns).is_some_and(|value| value == attr.value))
}

impl fmt::Display for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_xml())
    }
}

impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(*self, Style { indent: false, mask: true }))
    }
}
