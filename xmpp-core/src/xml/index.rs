//! Tokens become nodes: names resolved, everything checked that a single tag cannot show.

use std::borrow::Cow;

use memchr::memmem;

use super::assemble::KEPT;
use super::escape::{check_references, decode_attr};
use super::lex::{Problem, QName, RawAttr, Tag, TagKind, TextKind};
use super::node::{
    AttrNode, Bindings, Meta, NONE, Name, Node, Ns, Scope, Span, Start, TextForm, TextNode, off, uri,
};
use super::read::Shown;
use super::{Element, ElementRef, LimitKind, Limits, NamespaceProblem, Syntax, XmlErrorKind, ns};

/// The element that is being read. Its memory is used again for the next.
pub(super) struct Index {
    nodes: Vec<Node>,
    open: Vec<u32>,
    bindings: Bindings,
    /// Places of the attributes' nodes, for finding duplicates among many.
    order: Vec<usize>,
    /// Its scope is that of the stream.
    shown: Shown,
}

impl Index {
    pub(super) fn new() -> Index {
        Index {
            nodes: Vec::new(),
            open: Vec::new(),
            bindings: Bindings::default(),
            order: Vec::new(),
            shown: Shown { extra: String::new(), scope: Scope::default(), meta: Meta::NEW },
        }
    }

    /// Forgets the element, not the scope.
    pub(super) fn clear(&mut self) {
        if self.nodes.capacity() * size_of::<Node>() > 2 * KEPT || self.shown.extra.capacity() > KEPT {
            let scope = std::mem::take(&mut self.shown.scope);
            *self = Index::new();
            self.shown.scope = scope;
            return;
        }
        self.nodes.clear();
        self.open.clear();
        self.bindings.clear();
        self.shown.extra.clear();
        self.shown.meta = Meta::NEW;
    }

    /// What all elements from now on inherit.
    pub(super) fn set_scope(&mut self, scope: Scope) {
        self.shown.scope = scope;
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The element that was read, in the text of exactly its frame.
    pub(super) fn element<'a>(&'a self, text: &'a str) -> ElementRef<'a> {
        ElementRef::shown(text, &self.nodes, &self.shown)
    }

    /// The root of a stream as an element without content.
    pub(super) fn header(&mut self, text: &str) -> Element {
        if self.depth() > 0 {
            self.leave(text.len());
        }
        if let Some(Node::Start(start)) = self.nodes.first_mut() {
            start.open_end = start.end;
        }
        self.element(text).to_element()
    }

    /// Takes in the text from `at` to `end`.
    pub(super) fn text(&mut self, text: &str, at: usize, end: usize, kind: TextKind) -> Result<(), Problem> {
        let mut form = TextForm::Plain;
        if kind.references || kind.returns || kind.brackets {
            let raw = text.get(at..end).unwrap_or_default();
            if kind.brackets
                && let Some(found) = memmem::find(raw.as_bytes(), b"]]>")
            {
                return Err((at + found, XmlErrorKind::NotWellFormed(Syntax::CdataEnd)));
            }
            let numeric = kind.references && check_references(raw).map_err(|(i, kind)| (at + i, kind))?;
            self.shown.meta.canonical &= !numeric && !kind.returns;
            if kind.references || kind.returns {
                form = TextForm::Escaped;
            }
        }
        self.nodes.push(Node::Text(TextNode { span: Span::new(at, end), form }));
        Ok(())
    }

    /// Takes in the CDATA from `at` to `end`.
    pub(super) fn cdata(&mut self, at: usize, end: usize) {
        self.shown.meta.canonical = false;
        let (start, end) = (at + "<![CDATA[".len(), end - "]]>".len());
        if end > start {
            self.nodes.push(Node::Text(TextNode { span: Span::new(start, end), form: TextForm::Cdata }));
        }
    }

    /// Takes in a tag that begins at `at`.
    pub(super) fn tag(
        &mut self,
        text: &str,
        at: usize,
        tag: &Tag,
        attrs: &[RawAttr],
        limits: &Limits,
    ) -> Result<(), Problem> {
        self.shown.meta.canonical &= tag.tidy;
        if tag.kind == TagKind::End {
            return self.end(text.as_bytes(), at, tag);
        }
        self.start(text, at, tag, attrs, limits)?;
        if tag.kind == TagKind::Empty {
            self.leave(tag.end);
        }
        Ok(())
    }

    fn end(&mut self, bytes: &[u8], at: usize, tag: &Tag) -> Result<(), Problem> {
        let mismatch = (at, XmlErrorKind::NotWellFormed(Syntax::EndTag));
        let Some(Node::Start(start)) = self.open.last().and_then(|&i| self.nodes.get(i as usize)) else {
            return Err(mismatch);
        };
        let opened = start.name.raw();
        let same = same(
            bytes.get(tag.name.at..tag.name.end).unwrap_or_default(),
            bytes.get(opened.start()..opened.end()).unwrap_or_default(),
        );
        if !same {
            return Err(mismatch);
        }
        self.leave(tag.end);
        Ok(())
    }

    /// The element that was opened last ends at `end`.
    fn leave(&mut self, end: usize) {
        let next = off(self.nodes.len());
        let open = self.open.pop();
        if let Some(Node::Start(start)) = open.and_then(|i| self.nodes.get_mut(i as usize)) {
            start.end = off(end);
            start.next = next;
        }
        self.bindings.leave();
    }

    fn start(
        &mut self,
        text: &str,
        at: usize,
        tag: &Tag,
        attrs: &[RawAttr],
        limits: &Limits,
    ) -> Result<(), Problem> {
        if self.open.len() >= limits.depth {
            return Err((at, XmlErrorKind::Limit(LimitKind::Depth)));
        }
        let this = self.nodes.len();
        self.nodes.reserve(1 + attrs.len());
        self.nodes.push(Node::Start(Start {
            tag: off(at),
            open_end: off(tag.end),
            end: off(tag.end),
            name: place(&tag.name),
            ns: Ns::None,
            parent: self.open.last().copied().unwrap_or(NONE),
            attrs: off(attrs.len()),
            next: off(this + 1),
        }));
        self.open.push(off(this));
        self.bindings.enter();
        let mut prefixed = 0;
        let mut declarations = 0;
        for raw in attrs {
            let mut node = AttrNode {
                name: place(&raw.name),
                value: Span::new(raw.value, raw.value_end),
                ns: Ns::None,
                plain: !raw.references && !raw.odd_space,
                declares: false,
            };
            if !node.plain {
                let numeric = raw.references
                    && check_references(node.value.of(text)).map_err(|(i, kind)| (raw.value + i, kind))?;
                self.shown.meta.canonical &= !numeric && !raw.odd_space;
            }
            if raw.value_end - raw.value > limits.text_bytes {
                return Err((raw.value + limits.text_bytes, XmlErrorKind::Limit(LimitKind::TextBytes)));
            }
            node.declares = declares(text.as_bytes(), &raw.name);
            if node.declares {
                declarations += 1;
                self.declare(text, &mut node)?;
                if self.bindings.len() > limits.namespace_declarations {
                    return Err((raw.name.at, XmlErrorKind::Limit(LimitKind::NamespaceDeclarations)));
                }
            } else {
                prefixed += usize::from(raw.name.prefix > 0);
                if self.nodes.len() - this - declarations > limits.attributes {
                    return Err((raw.name.at, XmlErrorKind::Limit(LimitKind::Attributes)));
                }
            }
            self.nodes.push(Node::Attr(node));
        }
        self.resolve_names(text, this, prefixed > 0)?;
        self.check_duplicates(text, this + 1, attrs, prefixed)
    }

    /// What the declaration binds (Namespaces in XML 1.0 §3, §5).
    fn declare(&mut self, frame: &str, node: &mut AttrNode) -> Result<(), Problem> {
        let problem = |problem| Err((node.name.at as usize, XmlErrorKind::Namespace(problem)));
        let raw = node.value.of(frame);
        let value = if node.plain { Cow::Borrowed(raw) } else { decode_attr(raw) };
        let prefix = node.declared();
        match (prefix.of(frame), &*value) {
            ("xml", ns::XML) => {
                node.ns = Ns::Xml;
                return Ok(());
            }
            ("xml" | "xmlns", _) | (_, ns::XML | ns::XMLNS) => return problem(NamespaceProblem::Reserved),
            ("", "") => {}
            (_, "") => return problem(NamespaceProblem::EmptyPrefixed),
            _ => {}
        }
        node.ns = if value.is_empty() {
            Ns::None
        } else if node.plain {
            Ns::Text(node.value)
        } else {
            let at = self.shown.extra.len();
            self.shown.extra.push_str(&value);
            Ns::Extra(Span::new(at, self.shown.extra.len()))
        };
        self.bindings.bind(prefix, node.ns);
        Ok(())
    }

    /// The namespaces of the element and its attributes, now that all declarations are known.
    fn resolve_names(
        &mut self,
        text: &str,
        this: usize,
        prefixed: bool,
    ) -> Result<(), Problem> {
        let Index { nodes, bindings, shown: Shown { extra, scope, meta }, .. } = self;
        let bytes = text.as_bytes();
        let mut resolve = |name: Name| {
            if name.prefix == 0
                && let Some(ns) = bindings.default
            {
                return Ok(ns);
            }
            let prefix = name.prefix_span().of_bytes(bytes);
            if prefix == b"xml" {
                return Ok(Ns::Xml);
            }
            if prefix == b"xmlns" {
                return Err((name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::Reserved)));
            }
            if let Some(ns) = bindings.lookup(|span| same(span.of_bytes(bytes), prefix)) {
                return Ok(ns);
            }
            let prefix = name.prefix_span().of(text);
            let unbound = (name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::UnboundPrefix));
            let ns = scope.lookup(prefix).ok_or(unbound)?;
            meta.note(prefix, ns);
            Ok(ns)
        };
        let mut content_prefixed = false;
        if let Some(Node::Start(start)) = nodes.get_mut(this) {
            start.ns = resolve(start.name)?;
            content_prefixed = start.name.prefix > 0 && is_content(uri(start.ns, text, extra, scope));
        }
        if prefixed {
            for node in nodes.iter_mut().skip(this + 1) {
                match node {
                    Node::Attr(attr) if attr.name.prefix > 0 && !attr.declares => {
                        attr.ns = resolve(attr.name)?;
                    }
                    _ => {}
                }
            }
        }
        // RFC 6120 §4.8.5: names of the content namespace are never prefixed, so such an element is written anew.
        self.shown.meta.canonical &= !content_prefixed;
        Ok(())
    }

    /// No attribute twice, by name as written (XML 1.0 §3.1) and by expanded name (Namespaces in XML 1.0 §6.3).
    fn check_duplicates(
        &mut self,
        text: &str,
        first: usize,
        attrs: &[RawAttr],
        prefixed: usize,
    ) -> Result<(), Problem> {
        if attrs.len() < 2 {
            return Ok(());
        }
        let bytes = text.as_bytes();
        let raw = |attr: &RawAttr| bytes.get(attr.name.at..attr.name.end).unwrap_or_default();
        let few = attrs.len() <= 8;
        let twice = few
            && attrs.iter().enumerate().any(|(i, a)| {
                let len = a.name.end - a.name.at;
                let earlier = attrs.get(..i).unwrap_or_default();
                earlier.iter().any(|b| b.name.end - b.name.at == len && same(raw(a), raw(b)))
            });
        // Different names with the same meaning need two prefixes.
        if few && !twice && prefixed < 2 {
            return Ok(());
        }
        let Index { nodes, order, shown: Shown { extra, scope, .. }, .. } = self;
        let attr = |i: usize| match nodes.get(first + i) {
            Some(Node::Attr(attr)) => Some(*attr),
            _ => None,
        };
        // Equal keys are equal expanded names; a declaration's key is what it declares.
        let key = |i: usize| {
            attr(i).map(|a| {
                let space = if a.declares { ns::XMLNS } else { uri(a.ns, text, extra, scope) };
                let local = if a.declares { a.declared() } else { a.name.local_span() };
                (local.of(text), space)
            })
        };
        order.clear();
        order.extend(0..attrs.len());
        order.sort_by_key(|&i| (key(i), i));
        let mut second: Option<(usize, usize)> = None;
        for pair in order.windows(2) {
            if let [a, b] = *pair
                && key(a) == key(b)
                && second.is_none_or(|(_, first)| b < first)
            {
                second = Some((a, b));
            }
        }
        let Some((Some(a), Some(b))) = second.map(|(a, b)| (attr(a), attr(b))) else { return Ok(()) };
        Err((
            b.name.at as usize,
            if a.name.raw().of(text) == b.name.raw().of(text) {
                XmlErrorKind::NotWellFormed(Syntax::DuplicateAttribute)
            } else {
                XmlErrorKind::Namespace(NamespaceProblem::DuplicateAttribute)
            },
        ))
    }
}

/// Whether stanzas live in this namespace, so that their names must not have prefixes.
pub(super) fn is_content(ns: &str) -> bool {
    matches!(ns, ns::CLIENT | ns::SERVER | ns::COMPONENT_ACCEPT)
}

fn place(name: &QName) -> Name {
    let local = if name.prefix == 0 { name.at } else { name.at + name.prefix + 1 };
    Name { at: off(name.at), prefix: off(name.prefix), local: off(name.end - local) }
}

/// Whether a name is `xmlns` or has that prefix.
fn declares(bytes: &[u8], name: &QName) -> bool {
    let is_xmlns = |end: usize| bytes.get(name.at..end) == Some(b"xmlns");
    match name.prefix {
        0 => name.end - name.at == 5 && is_xmlns(name.end),
        5 => is_xmlns(name.at + 5),
        _ => false,
    }
}

/// Whether two names are the same. They are short, and a call to compare memory costs more than that.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XML-20: what the documentation of the limits says about memory.
    #[test]
    fn nodes_are_small() {
        assert!(2 * size_of::<Node>() <= 22 * "x<a/>".len());
    }
}
