//! Tokens become nodes: names resolved, everything checked that a single tag cannot show.

use memchr::memmem;

use super::assemble::KEPT;
use super::escape::{check_references, decode_attr};
use super::frame::{Problem, Token};
use super::node::{
    AttrNode, Bindings, Meta, NONE, Name, Node, Ns, Scope, Span, Start, TextForm, TextNode, off, uri,
};
use super::tokenise::{self, QName, RawAttr, TagKind};
use super::{Element, LimitKind, Limits, NamespaceProblem, Syntax, XmlErrorKind, ns};

/// The element that is being read. Its memory is used again for the next.
pub(super) struct Index {
    nodes: Vec<Node>,
    open: Vec<u32>,
    bindings: Bindings,
    attrs: Vec<RawAttr>,
    /// Places of the attributes' nodes, for finding duplicates among many.
    order: Vec<usize>,
    /// Namespace names that had to be decoded.
    extra: String,
    meta: Meta,
}

impl Index {
    pub(super) fn new() -> Index {
        Index {
            nodes: Vec::new(),
            open: Vec::new(),
            bindings: Bindings::default(),
            attrs: Vec::new(),
            order: Vec::new(),
            extra: String::new(),
            meta: Meta::NEW,
        }
    }

    pub(super) fn clear(&mut self) {
        if self.nodes.capacity() * size_of::<Node>() > 2 * KEPT || self.extra.capacity() > KEPT {
            *self = Index::new();
            return;
        }
        self.nodes.clear();
        self.open.clear();
        self.bindings.clear();
        self.extra.clear();
        self.meta = Meta::NEW;
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The element that was read, from the text of exactly its frame.
    pub(super) fn finish(&mut self, text: &str, scope: &Scope) -> Element {
        let element = Element::assemble(text, &self.extra, &mut self.nodes, scope.clone(), self.meta);
        self.clear();
        element
    }

    /// The root of a stream as an element without content.
    pub(super) fn finish_header(&mut self, text: &str) -> Element {
        if self.depth() > 0 {
            self.leave(text.len());
        }
        if let Some(Node::Start(start)) = self.nodes.first_mut() {
            start.open_end = start.end;
        }
        self.finish(text, &Scope::default())
    }

    /// Takes in text or CDATA that stands at `at` in the frame.
    pub(super) fn text(&mut self, text: &str, at: usize, token: Token) -> Result<(), Problem> {
        if token == Token::Cdata {
            self.meta.canonical = false;
            let (start, end) = (at + "<![CDATA[".len(), at + text.len() - "]]>".len());
            if end > start {
                self.nodes.push(Node::Text(TextNode { span: Span::new(start, end), form: TextForm::Cdata }));
            }
            return Ok(());
        }
        if let Some(end) = memmem::find(text.as_bytes(), b"]]>") {
            return Err((at + end, XmlErrorKind::NotWellFormed(Syntax::CdataEnd)));
        }
        let numeric = check_references(text).map_err(|(i, kind)| (at + i, kind))?;
        let returns = text.contains('\r');
        self.meta.canonical &= !numeric && !returns;
        let form = if returns || text.contains('&') { TextForm::Escaped } else { TextForm::Plain };
        self.nodes.push(Node::Text(TextNode { span: Span::new(at, at + text.len()), form }));
        Ok(())
    }

    /// Takes in the tag that ends the frame so far.
    pub(super) fn tag(
        &mut self,
        frame: &str,
        at: usize,
        scope: &Scope,
        limits: &Limits,
    ) -> Result<TagKind, Problem> {
        let mut attrs = std::mem::take(&mut self.attrs);
        let tag = tokenise::tag(frame.get(at..).unwrap_or_default(), limits, &mut attrs);
        self.attrs = attrs;
        let tag = tag.map_err(|(i, kind)| (at + i, kind))?;
        self.meta.canonical &= tag.tidy;
        if tag.kind == TagKind::End {
            self.end(frame, at, &tag.name)?;
        } else {
            self.start(frame, at, &tag.name, scope, limits)?;
            if tag.kind == TagKind::Empty {
                self.leave(frame.len());
            }
        }
        Ok(tag.kind)
    }

    fn end(&mut self, frame: &str, at: usize, name: &QName) -> Result<(), Problem> {
        let mismatch = (at, XmlErrorKind::NotWellFormed(Syntax::EndTag));
        let Some(Node::Start(start)) = self.open.last().and_then(|&i| self.nodes.get(i as usize)) else {
            return Err(mismatch);
        };
        let raw = frame.get(at + name.range.start..at + name.range.end);
        if raw != Some(start.name.raw().of(frame)) {
            return Err(mismatch);
        }
        self.leave(frame.len());
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
        frame: &str,
        at: usize,
        name: &QName,
        scope: &Scope,
        limits: &Limits,
    ) -> Result<(), Problem> {
        if self.open.len() >= limits.depth {
            return Err((at, XmlErrorKind::Limit(LimitKind::Depth)));
        }
        let this = self.nodes.len();
        self.nodes.push(Node::Start(Start {
            tag: off(at),
            open_end: off(frame.len()),
            end: off(frame.len()),
            name: place(name, at),
            ns: Ns::None,
            parent: self.open.last().copied().unwrap_or(NONE),
            attrs: off(self.attrs.len()),
            next: off(this + 1),
        }));
        self.open.push(off(this));
        self.bindings.enter();
        let mut plain_attributes = 0;
        for i in 0..self.attrs.len() {
            let Some(raw) = self.attrs.get(i) else { break };
            let (name, value) = (place(&raw.name, at), Span::new(at + raw.value.start, at + raw.value.end));
            let mut node = AttrNode { name, value, ns: Ns::None, plain: true, declares: false };
            let text = value.of(frame);
            let numeric = check_references(text).map_err(|(i, kind)| (value.start() + i, kind))?;
            let odd = text.contains(['\t', '\n', '\r']);
            self.meta.canonical &= !numeric && !odd;
            node.plain = !odd && !text.contains('&');
            let prefix = name.prefix_span().of(frame);
            node.declares =
                prefix == "xmlns" || (prefix.is_empty() && name.local_span().of(frame) == "xmlns");
            if node.declares {
                self.declare(frame, &mut node)?;
                if self.bindings.len() > limits.namespace_declarations {
                    return Err((name.at as usize, XmlErrorKind::Limit(LimitKind::NamespaceDeclarations)));
                }
            } else {
                plain_attributes += 1;
                if plain_attributes > limits.attributes {
                    return Err((name.at as usize, XmlErrorKind::Limit(LimitKind::Attributes)));
                }
            }
            self.nodes.push(Node::Attr(node));
        }
        self.resolve_names(frame, this, scope)?;
        self.check_duplicates(frame, this + 1, scope)
    }

    /// What the declaration binds (Namespaces in XML 1.0 §3, §5).
    fn declare(&mut self, frame: &str, node: &mut AttrNode) -> Result<(), Problem> {
        let problem = |problem| Err((node.name.at as usize, XmlErrorKind::Namespace(problem)));
        let value = decode_attr(node.value.of(frame));
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
            let at = self.extra.len();
            self.extra.push_str(&value);
            Ns::Extra(Span::new(at, self.extra.len()))
        };
        self.bindings.bind(prefix, node.ns);
        Ok(())
    }

    /// The namespaces of the element and its attributes, now that all declarations are known.
    fn resolve_names(&mut self, frame: &str, this: usize, scope: &Scope) -> Result<(), Problem> {
        let Index { nodes, bindings, meta, extra, .. } = self;
        let mut resolve = |name: Name| {
            let prefix = name.prefix_span().of(frame);
            if prefix == "xml" {
                return Ok(Ns::Xml);
            }
            if prefix == "xmlns" {
                return Err((name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::Reserved)));
            }
            if let Some(ns) = bindings.lookup(|span| span.of(frame) == prefix) {
                return Ok(ns);
            }
            let unbound = (name.at as usize, XmlErrorKind::Namespace(NamespaceProblem::UnboundPrefix));
            let ns = scope.lookup(prefix).ok_or(unbound)?;
            meta.note(prefix, ns);
            Ok(ns)
        };
        let mut content_prefixed = false;
        for (i, node) in nodes.iter_mut().skip(this).enumerate() {
            match node {
                Node::Start(start) if i == 0 => {
                    start.ns = resolve(start.name)?;
                    content_prefixed =
                        start.name.prefix > 0 && is_content(uri(start.ns, frame, extra, scope));
                }
                Node::Attr(attr) if attr.name.prefix > 0 && !attr.declares => attr.ns = resolve(attr.name)?,
                _ => {}
            }
        }
        // RFC 6120 §4.8.5: names of the content namespace are never prefixed, so such an element is written anew.
        self.meta.canonical &= !content_prefixed;
        Ok(())
    }

    /// No attribute twice, by name as written (XML 1.0 §3.1) and by expanded name (Namespaces in XML 1.0 §6.3).
    fn check_duplicates(&mut self, frame: &str, first: usize, scope: &Scope) -> Result<(), Problem> {
        let Index { nodes, order, extra, .. } = self;
        let count = nodes.len() - first;
        if count < 2 {
            return Ok(());
        }
        let attr = |i: usize| match nodes.get(first + i) {
            Some(Node::Attr(attr)) => Some(*attr),
            _ => None,
        };
        // Equal keys are equal expanded names; a declaration's key is what it declares.
        let key = |i: usize| {
            attr(i).map(|a| {
                let space = if a.declares { ns::XMLNS } else { uri(a.ns, frame, extra, scope) };
                let local = if a.declares { a.declared() } else { a.name.local_span() };
                (local.of(frame), space)
            })
        };
        let mut second: Option<(usize, usize)> = None;
        if count <= 8 {
            'all: for i in 1..count {
                for j in 0..i {
                    if key(i) == key(j) {
                        second = Some((j, i));
                        break 'all;
                    }
                }
            }
        } else {
            order.clear();
            order.extend(0..count);
            order.sort_by_key(|&i| (key(i), i));
            for pair in order.windows(2) {
                if let [a, b] = *pair
                    && key(a) == key(b)
                    && second.is_none_or(|(_, first)| b < first)
                {
                    second = Some((a, b));
                }
            }
        }
        let Some((Some(a), Some(b))) = second.map(|(a, b)| (attr(a), attr(b))) else { return Ok(()) };
        Err((
            b.name.at as usize,
            if a.name.raw().of(frame) == b.name.raw().of(frame) {
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

fn place(name: &QName, at: usize) -> Name {
    let skip = if name.prefix == 0 { 0 } else { name.prefix + 1 };
    Name { at: off(at + name.range.start), prefix: off(name.prefix), local: off(name.range.len() - skip) }
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
