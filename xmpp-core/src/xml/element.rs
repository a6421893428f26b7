//! The element: one type for what was parsed and what was built.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::assemble::{Assembler, Found};
use super::input::View;
use super::node::{AttrNode, Meta, Node, Ns, Scope, Span, Start, off};
use super::overlay::Overlay;
use super::{
    Attr, BuildError, Builder, Context, ElementRef, Limits, NodeRef, XmlError, XmlErrorKind, overlay,
};

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
    /// The element as it was read or built. Behind its end stand namespace names that had to be decoded.
    pub(super) text: Arc<str>,
    pub(super) nodes: Arc<[Node]>,
    pub(super) scope: Scope,
    /// The node that this element is; another than the first when it was cut out of a whole.
    pub(super) at: u32,
    pub(super) meta: Meta,
    /// What of its attributes was edited since.
    pub(super) edits: Option<Arc<Overlay>>,
}

impl Element {
    /// Reads a whole document under the default [`Limits`]: strict as a stream is, an XML declaration allowed. What
    /// XMPP forbids (comments, processing instructions, a document type, a byte order mark) is refused here too.
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
        let mut assembler = Assembler::new(limits, true);
        let mut input = View::of(document);
        let whole = input.text;
        let truncated = XmlError { position: document.len() as u64, kind: XmlErrorKind::Truncated };
        let Some(Found::Element(len)) = assembler.advance(&mut input)? else { return Err(truncated) };
        let end = whole.len() - input.text.len();
        let element = assembler.element(whole.get(end - len..end).unwrap_or_default()).to_element();
        // Only white space may follow. A lone `<` would leave the assembler waiting.
        assembler.advance(&mut input)?;
        if input.text.is_empty() && input.behind.is_none() { Ok(element) } else { Err(truncated) }
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
        ElementRef::kept(self)
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

    /// See [`ElementRef::resolve_qname`].
    pub fn resolve_qname<'q>(&self, qname: &'q str) -> Option<(&str, &'q str)> {
        self.root().resolve_qname(qname)
    }

    /// The same element with attributes of the root set (`Some`) or removed (`None`). They are attributes without
    /// namespace, one that is there keeps its place. Nothing else is copied: both share it.
    ///
    /// # Errors
    /// [`BuildError`] for names that are none and characters that XML cannot carry.
    pub fn with_attrs(&self, edits: &[(&str, Option<&str>)]) -> Result<Element, BuildError> {
        overlay::with_attrs(self, edits)
    }

    /// See [`ElementRef::write_with_attrs`].
    ///
    /// # Errors
    /// As [`with_attrs`](Self::with_attrs); nothing is appended then.
    pub fn write_with_attrs(
        &self,
        edits: &[(&str, Option<&str>)],
        out: &mut Vec<u8>,
        context: &Context,
    ) -> Result<(), BuildError> {
        self.root().write_with_attrs(edits, out, context)
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

impl Element {
    /// Copies what was read or built. `extra` holds namespace names that do not stand in the text as they are.
    pub(super) fn assemble(text: &str, extra: &str, nodes: &[Node], scope: Scope, meta: Meta) -> Element {
        if extra.is_empty() {
            return Element { text: text.into(), nodes: nodes.into(), scope, at: 0, meta, edits: None };
        }
        // They go behind the element.
        let behind = |ns: Ns| match ns {
            Ns::Extra(span) => Ns::Text(Span { at: span.at + off(text.len()), len: span.len }),
            other => other,
        };
        let nodes = nodes.iter().map(|node| match *node {
            Node::Start(start) => Node::Start(Start { ns: behind(start.ns), ..start }),
            Node::Attr(attr) => Node::Attr(AttrNode { ns: behind(attr.ns), ..attr }),
            text @ Node::Text(_) => text,
        });
        Element {
            text: [text, extra].concat().into(),
            nodes: nodes.collect(),
            scope,
            at: 0,
            meta,
            edits: None,
        }
    }
}

impl FromStr for Element {
    type Err = XmlError;

    fn from_str(document: &str) -> Result<Element, XmlError> {
        Element::parse(document.as_bytes())
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Element) -> bool {
        self.root() == other.root()
    }
}

impl Eq for Element {}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root(), f)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.root(), f)
    }
}
