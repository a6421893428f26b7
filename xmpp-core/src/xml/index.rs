//! Tokens become nodes: names resolved, everything checked that a single tag cannot show.

use std::borrow::Cow;

use memchr::{memchr3, memmem};

use super::assemble::KEPT;
use super::escape::{check_references, decode_attr};
use super::lex::{Problem, Tag, TagKind, TextKind};
use super::node::{
    AttrNode, Bindings, Meta, NONE, Name, Node, Ns, Scope, Span, TextForm, TextNode, off, uri,
};
use super::read::Shown;
use super::{Element, ElementRef, LimitKind, Limits, NamespaceProblem, Syntax, XmlErrorKind, ns};

/// The element that is being read. Its memory is used again for the next.
pub(super) struct Index {
    /// Those of a tag are made where it is taken apart.
    pub(super) nodes: Vec<Node>,
    /// The innermost element that is open, `NONE` outside.
    open: u32,
    depth: usize,
    /// The innermost attribute that holds where the element is that was begun last.
    holds: u32,
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
            open: NONE,
            depth: 0,
            holds: NONE,
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
        (self.open, self.depth) = (NONE, 0);
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
        self.depth
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

    /// The usual end tag of the innermost element: if it stands at `at`, the offset behind it.
    #[inline]
    pub(super) fn usual_end(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let Some(Node::Start(start)) = self.nodes.get(self.open as usize) else { return None };
        let name = start.name.raw();
        let rest = bytes.get(at..)?.strip_prefix(b"</")?;
        let len = name.len as usize;
        if rest.get(len) != Some(&b'>') || !same(rest.get(..len)?, name.of_bytes(bytes)) {
            return None;
        }
        let end = at + len + "</>".len();
        self.leave(end);
        Some(end)
    }

    /// Takes in a tag that begins at `at`. A start tag's nodes are there.
    pub(super) fn tag(&mut self, text: &str, at: usize, tag: &Tag, limits: &Limits) -> Result<(), Problem> {
        self.shown.meta.canonical &= tag.tidy;
        if tag.kind == TagKind::End {
            return self.end(text, at, tag);
        }
        self.start(text, at, tag, limits)?;
        if tag.kind == TagKind::Empty {
            self.leave(tag.end as usize);
        }
        Ok(())
    }

    fn end(&mut self, text: &str, at: usize, tag: &Tag) -> Result<(), Problem> {
        match self.nodes.get(self.open as usize) {
            Some(Node::Start(start)) if start.name.raw().of(text) == tag.name.raw().of(text) => {
                self.leave(tag.end as usize);
                Ok(())
            }
            _ => Err((at, XmlErrorKind::NotWellFormed(Syntax::EndTag))),
        }
    }

    /// The innermost element ends at `end`.
    fn leave(&mut self, end: usize) {
        let next = off(self.nodes.len());
        self.bindings.leave(self.depth);
        if let Some(Node::Start(start)) = self.nodes.get_mut(self.open as usize) {
            start.end = off(end);
            start.next = next;
            self.open = start.parent;
            self.depth -= 1;
        }
    }

    fn start(&mut self, text: &str, at: usize, tag: &Tag, limits: &Limits) -> Result<(), Problem> {
        if self.depth >= limits.depth {
            return Err((at, XmlErrorKind::Limit(LimitKind::Depth)));
        }
        self.depth += 1;
        self.holds = match self.nodes.get(self.open as usize) {
            Some(Node::Start(parent)) => parent.holds,
            _ => NONE,
        };
        let this = tag.node as usize;
        if tag.special {
            self.attributes(text, this, limits)?;
        }
        let next = off(self.nodes.len());
        if tag.name.prefix > 0 || tag.prefixed > 0 {
            self.resolve_prefixes(text, this)?;
        }
        if let Some(Node::Start(start)) = self.nodes.get_mut(this) {
            start.parent = self.open;
            start.next = next;
            start.holds = self.holds;
            if tag.name.prefix == 0 {
                start.ns = self.bindings.default.unwrap_or_else(|| {
                    self.shown.meta.uses_default = true;
                    self.shown.scope.unprefixed()
                });
            }
        }
        self.open = tag.node;
        // Different names with the same meaning need two prefixes.
        let prefixes = tag.prefixed > 1;
        if tag.twice || prefixes { self.check_duplicates(text, this + 1, prefixes) } else { Ok(()) }
    }

    /// Values with references, declarations, limits: one attribute after the other.
    fn attributes(&mut self, text: &str, this: usize, limits: &Limits) -> Result<(), Problem> {
        let mut others = 0;
        for i in this + 1..self.nodes.len() {
            let Some(&Node::Attr(node)) = self.nodes.get(i) else { continue };
            let value = node.value.start();
            if !node.plain {
                let raw = node.value.of(text);
                let numeric = check_references(raw).map_err(|(i, kind)| (value + i, kind))?;
                self.shown.meta.canonical &=
                    !numeric && memchr3(b'\t', b'\n', b'\r', raw.as_bytes()).is_none();
            }
            if node.value.len as usize > limits.text_bytes {
                return Err((value + limits.text_bytes, XmlErrorKind::Limit(LimitKind::TextBytes)));
            }
            if node.declares {
                let ns = self.declare(text, node)?;
                if let Some(Node::Attr(place)) = self.nodes.get_mut(i) {
                    (place.ns, place.outer) = (ns, self.holds);
                    self.holds = off(i);
                }
                if self.bindings.len() > limits.namespace_declarations {
                    let kind = XmlErrorKind::Limit(LimitKind::NamespaceDeclarations);
                    return Err((node.name.at as usize, kind));
                }
            } else {
                others += 1;
                if others > limits.attributes {
                    return Err((node.name.at as usize, XmlErrorKind::Limit(LimitKind::Attributes)));
                }
            }
        }
        Ok(())
    }

    /// What the declaration binds (Namespaces in XML 1.0 §3, §5).
    fn declare(&mut self, frame: &str, node: AttrNode) -> Result<Ns, Problem> {
        let problem = |problem| Err((node.name.at as usize, XmlErrorKind::Namespace(problem)));
        let raw = node.value.of(frame);
        let value = if node.plain { Cow::Borrowed(raw) } else { decode_attr(raw) };
        let prefix = node.declared();
        match (prefix.of(frame), &*value) {
            ("xml", ns::XML) => return Ok(Ns::Xml),
            ("xml" | "xmlns", _) | (_, ns::XML | ns::XMLNS) => return problem(NamespaceProblem::Reserved),
            ("", "") => {}
            (_, "") => return problem(NamespaceProblem::EmptyPrefixed),
            _ => {}
        }
        // RFC 6120 §4.8.5: names of the content namespace are never prefixed. Where one might be, all is written anew.
        self.shown.meta.canonical &= prefix.len == 0 || !is_content(&value);
        let ns = if value.is_empty() {
            Ns::None
        } else if node.plain {
            Ns::Text(node.value)
        } else {
            let at = self.shown.extra.len();
            self.shown.extra.push_str(&value);
            Ns::Extra(Span::new(at, self.shown.extra.len()))
        };
        self.bindings.bind(self.depth, prefix, ns);
        Ok(ns)
    }

    /// The namespaces of the element and its attributes as far as they have prefixes, now that all declarations are known.
    fn resolve_prefixes(&mut self, text: &str, this: usize) -> Result<(), Problem> {
        let Index { nodes, holds, bindings, shown: Shown { scope, meta, .. }, .. } = self;
        let bytes = text.as_bytes();
        let mut resolve = |name: Name| {
            let prefix = name.prefix_span().of_bytes(bytes);
            // None of them binds what is reserved.
            if let Some(ns) = bindings.lookup(|span| same(span.of_bytes(bytes), prefix)) {
                return Ok(ns);
            }
            if prefix == b"xml" {
                return Ok(Ns::Xml);
            }
            if prefix == b"xmlns" {
                return Err((name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::Reserved)));
            }
            let prefix = name.prefix_span().of(text);
            let unbound = (name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::UnboundPrefix));
            let ns = scope.lookup(prefix).ok_or(unbound)?;
            meta.note(prefix, ns);
            meta.canonical &= !is_content(uri(ns, text, "", scope));
            Ok(ns)
        };
        for (i, node) in nodes.iter_mut().enumerate().skip(this) {
            let (name, ns) = match node {
                Node::Start(start) => (start.name, &mut start.ns),
                Node::Attr(attr) if !attr.declares => (attr.name, &mut attr.ns),
                _ => continue,
            };
            if name.prefix > 0 {
                *ns = resolve(name)?;
                if *ns == Ns::Xml
                    && let Node::Attr(attr) = node
                    && attr.holds_inside(text)
                {
                    attr.outer = *holds;
                    *holds = off(i);
                }
            }
        }
        Ok(())
    }

    /// No attribute twice, by name as written (XML 1.0 §3.1) and by expanded name (Namespaces in XML 1.0 §6.3).
    fn check_duplicates(&mut self, text: &str, first: usize, prefixes: bool) -> Result<(), Problem> {
        let Index { nodes, order, shown: Shown { extra, scope, .. }, .. } = self;
        let attr = |i: usize| match nodes.get(first + i) {
            Some(Node::Attr(attr)) => Some(attr),
            _ => None,
        };
        let count = nodes.len() - first;
        if count <= 8 && !prefixes {
            let raw = |i: usize| attr(i).map(|attr| attr.name.raw().of(text));
            if !(1..count).any(|i| (0..i).any(|earlier| raw(i) == raw(earlier))) {
                return Ok(());
            }
        }
        // Equal keys are equal expanded names; a declaration's key is what it declares.
        let key = |i: usize| {
            attr(i).map(|a| {
                let space = if a.declares { ns::XMLNS } else { uri(a.ns, text, extra, scope) };
                let local = if a.declares { a.declared() } else { a.name.local_span() };
                (local.of(text), space)
            })
        };
        order.clear();
        order.extend(0..count);
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
