//! The element: one type for what was parsed and what was built.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{BuildError, Builder, Context, Limits, XmlError};

/// A complete, checked element with namespaces resolved. Cloning copies no text.
///
/// Equality is by meaning: expanded names, attributes as a set, text; prefixes, declarations, quotes and CDATA do not
/// count, nor what is inherited from outside. `Debug` masks what [`masked`](super::masked) does, `Display` and
/// [`to_xml`](Self::to_xml) show everything.
///
/// ```
/// use xmpp_core::xml::{Element, ns};
/// let a: Element = "<iq xmlns='jabber:client' id='1' type='get'><p:ping xmlns:p='urn:xmpp:ping'/></iq>".parse()?;
/// let b = Element::build("iq", ns::CLIENT).attr("type", "get").attr("id", "1").empty("ping", ns::PING).finish()?;
/// assert_eq!(a, b);
/// assert_eq!(a.attr("id").as_deref(), Some("1"));
/// assert!(a.first_child().unwrap().is("ping", ns::PING));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Element {
    text: Arc<str>,
}

/// A look into an [`Element`]: the element itself or one inside it. Reading allocates only where escapes are resolved.
#[derive(Clone, Copy)]
pub struct ElementRef<'a> {
    element: &'a Element,
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
#[derive(Debug, Clone, PartialEq)]
pub enum NodeRef<'a> {
    /// A child element.
    Element(ElementRef<'a>),
    /// Text, references resolved. Neighbouring texts may be split where CDATA begins or ends.
    Text(Cow<'a, str>),
}

impl Element {
    /// Reads a whole document under the default [`Limits`]: strict as a stream is, an XML declaration allowed.
    ///
    /// # Errors
    /// [`XmlError`], with [`Truncated`](super::XmlErrorKind::Truncated) when it ends early.
    pub fn parse(document: &[u8]) -> Result<Element, XmlError> {
        Element::parse_with(document, Limits::default())
    }

    /// Reads a whole document.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(document: &[u8], limits: Limits) -> Result<Element, XmlError> {
        let _ = (document, limits);
        todo!()
    }

    /// Begins an element; an empty `ns` is no namespace.
    pub fn build(name: &str, ns: &str) -> Builder {
        Builder::new("", name, ns)
    }

    /// Begins an element whose name has a prefix, such as `stream:features` or `soap:Envelope`.
    pub fn build_prefixed(prefix: &str, name: &str, ns: &str) -> Builder {
        Builder::new(prefix, name, ns)
    }

    /// The element as a reference, where all reading lives.
    pub fn root(&self) -> ElementRef<'_> {
        ElementRef { element: self }
    }

    /// See [`ElementRef::name`].
    pub fn name(&self) -> &str {
        self.root().name()
    }

    /// See [`ElementRef::ns`].
    pub fn ns(&self) -> &str {
        self.root().ns()
    }

    /// See [`ElementRef::prefix`].
    pub fn prefix(&self) -> Option<&str> {
        self.root().prefix()
    }

    /// See [`ElementRef::is`].
    pub fn is(&self, name: &str, ns: &str) -> bool {
        self.root().is(name, ns)
    }

    /// See [`ElementRef::attr`].
    pub fn attr(&self, name: &str) -> Option<Cow<'_, str>> {
        self.root().attr(name)
    }

    /// See [`ElementRef::attr_ns`].
    pub fn attr_ns(&self, name: &str, ns: &str) -> Option<Cow<'_, str>> {
        self.root().attr_ns(name, ns)
    }

    /// See [`ElementRef::attrs`].
    pub fn attrs(&self) -> impl Iterator<Item = Attr<'_>> + Clone + '_ {
        self.root().attrs()
    }

    /// See [`ElementRef::children`].
    pub fn children(&self) -> impl Iterator<Item = ElementRef<'_>> + Clone + '_ {
        self.root().children()
    }

    /// See [`ElementRef::child`].
    pub fn child(&self, name: &str, ns: &str) -> Option<ElementRef<'_>> {
        self.root().child(name, ns)
    }

    /// See [`ElementRef::first_child`].
    pub fn first_child(&self) -> Option<ElementRef<'_>> {
        self.root().first_child()
    }

    /// See [`ElementRef::nodes`].
    pub fn nodes(&self) -> impl Iterator<Item = NodeRef<'_>> + Clone + '_ {
        self.root().nodes()
    }

    /// See [`ElementRef::text`].
    pub fn text(&self) -> Cow<'_, str> {
        self.root().text()
    }

    /// See [`ElementRef::lang`].
    pub fn lang(&self) -> Option<Cow<'_, str>> {
        self.root().lang()
    }

    /// See [`ElementRef::resolve_prefix`].
    pub fn resolve_prefix(&self, prefix: Option<&str>) -> Option<&str> {
        self.root().resolve_prefix(prefix)
    }

    /// The same element with attributes of the root set (`Some`) or removed (`None`). They are attributes without
    /// namespace, one that is there keeps its place. The content is copied as it is.
    ///
    /// # Errors
    /// [`BuildError`] for names that are none and characters that XML cannot carry.
    pub fn with_attrs(&self, edits: &[(&str, Option<&str>)]) -> Result<Element, BuildError> {
        let _ = edits;
        todo!()
    }

    /// Appends the element as it must stand at a place where `context` is in scope.
    pub fn write(&self, out: &mut Vec<u8>, context: &Context) {
        self.root().write(out, context);
    }

    /// The element as a document of its own.
    pub fn to_xml(&self) -> String {
        self.root().to_xml()
    }
}

impl<'a> ElementRef<'a> {
    /// The local name.
    pub fn name(self) -> &'a str {
        &self.element.text
    }

    /// The namespace, empty for none.
    pub fn ns(self) -> &'a str {
        todo!()
    }

    /// The prefix as written. Nothing may depend on it (RFC 6120 §4.8.5).
    pub fn prefix(self) -> Option<&'a str> {
        todo!()
    }

    /// Whether the element has this local name and namespace.
    pub fn is(self, name: &str, ns: &str) -> bool {
        self.name() == name && self.ns() == ns
    }

    /// The value of an attribute without namespace.
    pub fn attr(self, name: &str) -> Option<Cow<'a, str>> {
        self.attr_ns(name, "")
    }

    /// The value of an attribute, such as `lang` in [`ns::XML`](super::ns::XML).
    pub fn attr_ns(self, name: &str, ns: &str) -> Option<Cow<'a, str>> {
        let _ = (name, ns);
        todo!()
    }

    /// All attributes in the order in which they were written; namespace declarations are none.
    pub fn attrs(self) -> impl Iterator<Item = Attr<'a>> + Clone + 'a {
        std::iter::empty()
    }

    /// The child elements.
    pub fn children(self) -> impl Iterator<Item = ElementRef<'a>> + Clone + 'a {
        std::iter::empty()
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
        std::iter::empty()
    }

    /// The element's own text, without that of its children; references and CDATA resolved.
    pub fn text(self) -> Cow<'a, str> {
        todo!()
    }

    /// `xml:lang` of the element, or what it inherits, from the stream header at last (RFC 6120 §8.1.5). Empty when it
    /// was undeclared.
    pub fn lang(self) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The namespace that a prefix means at this element; `None` is the default namespace, and no prefix at all then
    /// gives an empty string.
    pub fn resolve_prefix(self, prefix: Option<&str>) -> Option<&'a str> {
        let _ = prefix;
        todo!()
    }

    /// Namespace and local part of a QName that stands in a value or text, such as `soap:Client`. White space around
    /// it is ignored. `None` for an unbound prefix or what is no QName.
    pub fn resolve_qname<'q>(self, qname: &'q str) -> Option<(&'a str, &'q str)> {
        let _ = qname;
        todo!()
    }

    /// This element as one of its own, with all that is in scope here. It shares the storage of the whole.
    pub fn to_element(self) -> Element {
        todo!()
    }

    /// Appends the element as it must stand at a place where `context` is in scope.
    pub fn write(self, out: &mut Vec<u8>, context: &Context) {
        let _ = (out, context);
        todo!()
    }

    /// The element as a document of its own.
    pub fn to_xml(self) -> String {
        todo!()
    }
}

impl<'a> From<&'a Element> for ElementRef<'a> {
    fn from(element: &'a Element) -> ElementRef<'a> {
        element.root()
    }
}

impl FromStr for Element {
    type Err = XmlError;

    fn from_str(document: &str) -> Result<Element, XmlError> {
        Element::parse(document.as_bytes())
    }
}

impl PartialEq for ElementRef<'_> {
    fn eq(&self, other: &ElementRef<'_>) -> bool {
        let _ = other;
        todo!()
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Element) -> bool {
        self.root() == other.root()
    }
}

impl Eq for Element {}
impl Eq for ElementRef<'_> {}

impl fmt::Display for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_xml())
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root(), f)
    }
}

impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!()
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.root(), f)
    }
}
