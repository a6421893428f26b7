//! How an element is stored: flat nodes that point into its text.

use std::sync::Arc;

use super::ns;

/// Offsets and node numbers are 32 bits wide: reader and builder keep texts far below 4 GiB, so nothing is cut off.
#[expect(clippy::cast_possible_truncation, reason = "see above")]
pub(super) const fn off(n: usize) -> u32 {
    n as u32
}

/// A piece of the element's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: u32,
    pub(super) len: u32,
}

impl Span {
    pub(super) fn new(at: usize, end: usize) -> Span {
        Span { at: off(at), len: off(end.saturating_sub(at)) }
    }

    pub(super) fn start(self) -> usize {
        self.at as usize
    }

    pub(super) fn end(self) -> usize {
        self.start() + self.len as usize
    }

    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or_default()
    }

    pub(super) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start()..self.end()).unwrap_or_default()
    }
}

/// Where the URI of a namespace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    None,
    Xml,
    /// The default namespace of the stream.
    Default,
    /// A prefix of the stream.
    Prefix(u32),
    /// In the element's text: the value of the declaration, or behind the element if the value had escapes.
    Text(Span),
    /// In the text that will be put behind the element. Only while one is made.
    Extra(Span),
}

/// One node in document order: an element, then its attributes, then its content.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    Start(Start),
    Attr(AttrNode),
    Text(TextNode),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Behind the `>` of the start tag.
    pub(super) open_end: u32,
    /// Behind the `>` of the end tag; the same as `open_end` for `<a/>`.
    pub(super) end: u32,
    pub(super) name: Name,
    pub(super) ns: Ns,
    /// The node of the parent, `NONE` at the top.
    pub(super) parent: u32,
    /// How many attribute nodes follow.
    pub(super) attrs: u32,
    /// The innermost attribute, of this element or around it, that holds for what is inside as well; `NONE` for none.
    pub(super) holds: u32,
    /// The node behind the whole subtree.
    pub(super) next: u32,
}

impl Start {
    /// Where its `<` is.
    pub(super) fn tag(&self) -> usize {
        self.name.at.saturating_sub(1) as usize
    }
}

pub(super) const NONE: u32 = u32::MAX;

/// A qualified name in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) at: u32,
    /// Without the colon; 0 for none.
    pub(super) prefix: u32,
    pub(super) local: u32,
}

impl Name {
    pub(super) fn prefix_span(self) -> Span {
        Span { at: self.at, len: self.prefix }
    }

    pub(super) fn local_span(self) -> Span {
        let skip = if self.prefix == 0 { 0 } else { self.prefix + 1 };
        Span { at: self.at + skip, len: self.local }
    }

    pub(super) fn raw(self) -> Span {
        Span { at: self.at, len: self.local_span().at - self.at + self.local }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct AttrNode {
    pub(super) name: Name,
    pub(super) value: Span,
    /// The attribute's namespace, or what a declaration binds.
    pub(super) ns: Ns,
    /// The value stands as it is, without escapes or white space to normalise.
    pub(super) plain: bool,
    /// `xmlns` or `xmlns:p`.
    pub(super) declares: bool,
    /// The next one outwards that holds for what is inside, if this one does.
    pub(super) outer: u32,
}

impl AttrNode {
    /// Whether it is no declaration and has this local name and namespace, where `text` holds its name and `uri` tells
    /// what its namespace is.
    pub(super) fn is<'a>(&self, name: &str, ns: &str, text: &str, uri: impl FnOnce(Ns) -> &'a str) -> bool {
        // By length first: the name need not be looked up then.
        if self.declares
            || self.name.local as usize != name.len()
            || self.name.local_span().of_bytes(text.as_bytes()) != name.as_bytes()
        {
            return false;
        }
        // Nothing is looked for most of the time.
        if ns.is_empty() { self.ns == Ns::None } else { uri(self.ns) == ns }
    }

    /// Whether it holds for what is inside of its element as well: a declaration, or `xml:lang`.
    pub(super) fn holds_inside(&self, text: &str) -> bool {
        self.declares || (self.ns == Ns::Xml && self.name.local_span().of(text) == "lang")
    }

    /// Whether it has this name and no prefix, where `text` holds its name.
    pub(super) fn is_named(&self, name: &str, text: &str) -> bool {
        self.name.prefix == 0
            && self.name.local as usize == name.len()
            && self.name.raw().of_bytes(text.as_bytes()) == name.as_bytes()
    }

    /// The prefix that it declares, empty for the default namespace.
    pub(super) fn declared(self) -> Span {
        if self.name.prefix == 0 { self.name.prefix_span() } else { self.name.local_span() }
    }

    /// Name, `=`, quotes and value, as they stand in a tidy tag.
    pub(super) fn raw(self) -> Span {
        Span::new(self.name.at as usize, self.value.end() + 1)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TextNode {
    pub(super) span: Span,
    pub(super) form: TextForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextForm {
    /// Stands as it is.
    Plain,
    /// Holds references or carriage returns.
    Escaped,
    /// Inside CDATA, where only carriage returns count.
    Cdata,
}

/// What a stream's header puts into the scope of all its elements.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope(pub(super) Option<Arc<Inherited>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Inherited {
    pub(super) default: String,
    pub(super) prefixes: Vec<(String, String)>,
    pub(super) lang: Option<String>,
}

impl Scope {
    pub(super) fn default_ns(&self) -> &str {
        self.0.as_ref().map_or("", |inherited| &inherited.default)
    }

    pub(super) fn prefixes(&self) -> &[(String, String)] {
        self.0.as_ref().map_or(&[], |inherited| &inherited.prefixes)
    }

    pub(super) fn lang(&self) -> Option<&str> {
        self.0.as_ref().and_then(|inherited| inherited.lang.as_deref())
    }

    /// What no prefix means for who declares nothing.
    pub(super) fn unprefixed(&self) -> Ns {
        if self.default_ns().is_empty() { Ns::None } else { Ns::Default }
    }

    /// What a prefix (empty: none) means for who declares nothing, and the namespace of it.
    pub(super) fn lookup(&self, prefix: &str) -> Option<Ns> {
        if prefix.is_empty() {
            return Some(self.unprefixed());
        }
        let found = self.prefixes().iter().position(|(p, _)| p == prefix)?;
        Some(Ns::Prefix(off(found)))
    }
}

/// What the whole element needs to be known for forwarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    /// It can be copied as it stands: no CDATA, no numeric references, tidy tags, no prefix on the content namespace.
    pub(super) canonical: bool,
    /// Some name depends on the default namespace that was inherited.
    pub(super) uses_default: bool,
    /// Which inherited prefixes names depend on, one bit each, the last for all from 63 on.
    pub(super) used_prefixes: u64,
}

impl Meta {
    pub(super) const NEW: Meta = Meta { canonical: true, uses_default: false, used_prefixes: 0 };

    /// Notes that a name was resolved by something inherited.
    pub(super) fn note(&mut self, prefix: &str, ns: Ns) {
        match ns {
            Ns::None | Ns::Default if prefix.is_empty() => self.uses_default = true,
            Ns::Prefix(i) => self.used_prefixes |= 1 << i.min(63),
            _ => {}
        }
    }

    pub(super) fn uses_prefix(self, i: usize) -> bool {
        self.used_prefixes & (1 << i.min(63)) != 0
    }
}

/// The declarations that are in scope while an element is made, innermost last.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    list: Vec<(Span, Ns)>,
    /// What names without prefix mean, as far as an element says so.
    pub(super) default: Option<Ns>,
    /// Of each open element that declares anything, outermost first.
    marks: Vec<Mark>,
}

/// How it was before an element.
#[derive(Debug)]
struct Mark {
    depth: usize,
    len: usize,
    default: Option<Ns>,
}

impl Bindings {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.marks.clear();
        self.default = None;
    }

    /// The element at `depth` ends.
    pub(super) fn leave(&mut self, depth: usize) {
        if self.marks.last().is_some_and(|mark| mark.depth == depth)
            && let Some(Mark { len, default, .. }) = self.marks.pop()
        {
            self.list.truncate(len);
            self.default = default;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The innermost element, at `depth`, declares something.
    pub(super) fn bind(&mut self, depth: usize, prefix: Span, ns: Ns) {
        if self.marks.last().is_none_or(|mark| mark.depth != depth) {
            self.marks.push(Mark { depth, len: self.list.len(), default: self.default });
        }
        self.list.push((prefix, ns));
        if prefix.len == 0 {
            self.default = Some(ns);
        }
    }

    /// What a prefix (empty: none) means; `same` says whether a span of the text is that prefix.
    pub(super) fn lookup(&self, same: impl Fn(Span) -> bool) -> Option<Ns> {
        self.list.iter().rev().find(|(span, _)| same(*span)).map(|(_, ns)| *ns)
    }
}

/// The attribute nodes of the element that is the node `at`.
pub(super) fn attrs<'a>(
    nodes: &'a [Node],
    at: u32,
    start: &Start,
) -> impl Iterator<Item = &'a AttrNode> + Clone + use<'a> {
    let from = at as usize + 1;
    let to = from + start.attrs as usize;
    nodes.get(from..to).unwrap_or_default().iter().filter_map(|node| match node {
        Node::Attr(attr) => Some(attr),
        _ => None,
    })
}

/// The URI of a namespace, from the texts that it may stand in.
pub(super) fn uri<'a>(ns: Ns, text: &'a str, extra: &'a str, scope: &'a Scope) -> &'a str {
    match ns {
        Ns::None => "",
        Ns::Xml => ns::XML,
        Ns::Default => scope.default_ns(),
        Ns::Prefix(i) => scope.prefixes().get(i as usize).map_or("", |(_, uri)| uri),
        Ns::Text(span) => span.of(text),
        Ns::Extra(span) => span.of(extra),
    }
}
