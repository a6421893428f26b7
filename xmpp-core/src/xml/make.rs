//! Text and nodes of an element made step by step. It cannot make anything that a reader would refuse: what is wrong is
//! noted, and mended or left out.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use super::assemble::KEPT;
use super::escape::{self, Put, first_bad, is_name, is_name_char, is_name_start};
use super::index::is_content;
use super::node::{
    AttrNode, Bindings, Meta, NONE, Name, Node, Ns, Scope, Span, Start, TextForm, TextNode, off, uri,
};
use super::overlay::Edits;
use super::read::Event;
use super::write::{self, inherited, inherited_lang};
use super::{BuildError, Context, Element, ElementRef, ns};

/// How many bytes copies may declare again in all. What somebody else wrote, a long name declared once and thousands of
/// children that inherit it, would otherwise multiply when the children are copied one by one.
const REDECLARED: usize = 1 << 20;

/// Bytes of the largest element, so that offsets fit in 32 bits with room to spare.
pub(super) const LARGEST: usize = 1 << 30;

pub(super) struct Maker {
    text: String,
    /// Namespace names that stand escaped in the text.
    extra: String,
    nodes: Vec<Node>,
    open: Vec<u32>,
    bindings: Bindings,
    scope: Scope,
    meta: Meta,
    /// The start tag of the innermost element is not ended yet.
    in_tag: bool,
    /// Bytes of what copies inherited where they came from and declare again.
    redeclared: usize,
    /// The first mistake.
    error: Option<BuildError>,
}

thread_local! {
    /// The one that this thread used last, so that usual elements are made without memory of their own.
    static SPARE: Cell<Option<Box<Maker>>> = const { Cell::new(None) };
}

/// Shows no content: there may be a password in it.
impl fmt::Debug for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maker")
            .field("bytes", &self.text.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl Maker {
    pub(super) fn new() -> Box<Maker> {
        // While a thread ends there is none.
        SPARE.try_with(Cell::take).ok().flatten().unwrap_or_else(|| {
            Box::new(Maker {
                text: String::with_capacity(512),
                extra: String::new(),
                nodes: Vec::with_capacity(16),
                open: Vec::with_capacity(4),
                bindings: Bindings::default(),
                scope: Scope::default(),
                meta: Meta::NEW,
                in_tag: false,
                redeclared: 0,
                error: None,
            })
        })
    }

    /// Leaves the memory to the next one, unless it has become large.
    fn leave(mut self: Box<Self>) {
        let texts = self.text.capacity() + self.extra.capacity();
        if texts > KEPT || self.nodes.capacity() * size_of::<Node>() > 2 * KEPT {
            return;
        }
        self.text.clear();
        self.extra.clear();
        self.nodes.clear();
        self.open.clear();
        self.bindings.clear();
        self.scope = Scope::default();
        self.meta = Meta::NEW;
        self.in_tag = false;
        self.redeclared = 0;
        self.error = None;
        // While a thread ends it is dropped.
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    /// The same element written canonically. What it inherits from a stream it goes on inheriting.
    pub(super) fn anew(element: ElementRef<'_>) -> Element {
        let mut maker = Maker::new();
        maker.scope = element.scope().clone();
        maker.copy(element);
        maker.finish()
    }

    /// Begins an element that declares `declarations` (prefix, namespace) as far as they change anything, and what its
    /// own name needs.
    pub(super) fn start(&mut self, prefix: &str, name: &str, ns: &str, declarations: &[(&str, &str)]) {
        self.end_tag();
        let name = self.name(name);
        let (prefix, ns) = self.element_ns(prefix, ns);
        let holds = self.innermost().map_or(NONE, |parent| parent.holds);
        self.text.push('<');
        let name = push_name(&mut self.text, prefix, &name);
        self.nodes.push(Node::Start(Start {
            open_end: name.at,
            end: name.at,
            name,
            ns: Ns::None,
            parent: self.open.last().copied().unwrap_or(NONE),
            attrs: 0,
            holds,
            next: 0,
        }));
        self.open.push(off(self.nodes.len() - 1));
        self.in_tag = true;
        for (declared, uri) in declarations {
            if !self.means(declared, uri) {
                self.push_declaration(declared, uri);
            }
        }
        let ns = match self.lookup(prefix) {
            Some((there, is_inherited)) if self.uri(there) == ns => {
                if is_inherited {
                    self.meta.note(prefix, there);
                }
                there
            }
            _ if escape::is_plain_value(ns) => self.push_plain_declaration(prefix, ns),
            _ => {
                let ns = self.characters(ns);
                if self.means(prefix, &ns) {
                    self.resolve(prefix)
                } else {
                    self.push_declaration(prefix, &ns)
                }
            }
        };
        if let Some(start) = self.innermost() {
            start.ns = ns;
        }
    }

    /// An attribute of the element that was begun last. The prefix is declared when needed.
    pub(super) fn attr(&mut self, prefix: &str, ns: &str, name: &str, value: &str) {
        if !self.in_tag {
            return self.wrong(BuildError::AfterContent(name.to_owned()));
        }
        if !is_name(name) || (ns.is_empty() && name == "xmlns") {
            return self.wrong(BuildError::Name(name.to_owned()));
        }
        let prefix = if ns == ns::XML { "xml" } else { prefix };
        if prefix.is_empty() != ns.is_empty() {
            return self.wrong(BuildError::Prefix(prefix.to_owned()));
        }
        if !prefix.is_empty() && !self.means(prefix, ns) {
            self.declare(prefix, ns);
            if !self.means(prefix, ns) {
                return;
            }
        }
        let this = self.open.last().copied().unwrap_or(0) as usize;
        let there = self
            .nodes
            .iter()
            .skip(this + 1)
            .any(|node| matches!(node, Node::Attr(a) if a.is(name, ns, &self.text, |ns| self.uri(ns))));
        if there {
            return self.wrong(BuildError::DuplicateAttribute(name.to_owned()));
        }
        let Some(value) = self.fitting(value) else { return };
        let ns = if prefix.is_empty() { Ns::None } else { self.resolve(prefix) };
        self.push_attr(prefix, name, value, ns);
    }

    /// Declares a prefix on the element that was begun last.
    pub(super) fn declare(&mut self, prefix: &str, uri: &str) {
        if !self.in_tag {
            return self.wrong(BuildError::AfterContent(prefix.to_owned()));
        }
        if uri.is_empty() || matches!(uri, ns::XML | ns::XMLNS) {
            return self.wrong(BuildError::Namespace(uri.to_owned()));
        }
        if !is_name(prefix) || matches!(prefix, "xml" | "xmlns") || self.tag_uses(prefix, uri) {
            return self.wrong(BuildError::Prefix(prefix.to_owned()));
        }
        let uri = self.characters(uri);
        if !self.declares(prefix) {
            self.push_declaration(prefix, &uri);
        }
    }

    /// Declares on the element that was begun last what prefixes mean at `from`, as far as they are free here.
    pub(super) fn inherit(&mut self, from: ElementRef<'_>) {
        if !self.in_tag {
            return self.wrong(BuildError::AfterContent("xmlns".to_owned()));
        }
        for (prefix, uri) in from.declarations().chain(inherited(from)) {
            if !prefix.is_empty() && !self.means(prefix, uri) && !self.tag_uses(prefix, uri) {
                self.push_declaration(prefix, uri);
            }
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.end_tag();
        let Some(text) = self.fitting(text) else { return };
        let at = self.text.len();
        let put = escape::push_text(&mut self.text, text);
        let form = if self.noted(put) { TextForm::Plain } else { TextForm::Escaped };
        self.nodes.push(Node::Text(TextNode { span: Span::new(at, self.text.len()), form }));
    }

    /// Ends the child that was begun last.
    pub(super) fn close(&mut self) {
        if self.open.len() > 1 { self.end() } else { self.wrong(BuildError::NothingOpen) }
    }

    /// A copy of a whole element, with what it inherits where it stands.
    pub(super) fn copy(&mut self, element: ElementRef<'_>) {
        if self.text.len().saturating_add(element.span().len as usize) > LARGEST {
            return self.wrong(BuildError::TooLarge);
        }
        let mut first = true;
        for event in element.events() {
            match event {
                Event::Start(child) => {
                    self.copy_tag(child, first);
                    first = false;
                }
                Event::Text(text) => self.text(&text),
                Event::End => self.end(),
            }
        }
    }

    /// The element. What is open is ended.
    pub(super) fn finish(mut self: Box<Self>) -> Element {
        self.end_all();
        let scope = std::mem::take(&mut self.scope);
        let element = Element::assemble(&self.text, &self.extra, &self.nodes, scope, self.meta);
        self.leave();
        element
    }

    /// Appends the element as it must stand where `context` is in scope. What is open is ended.
    pub(super) fn write(mut self: Box<Self>, out: &mut Vec<u8>, context: &Context) {
        self.end_all();
        if let Some(Node::Start(start)) = self.nodes.first() {
            let tag = write::Tag { text: &self.text, start, nodes: &self.nodes, at: 0 };
            // Without edits it cannot fail.
            let _ = tag.write(Edits::None, |ns| self.uri(ns), out, context);
            // One that is made inherits nothing but that there is no default namespace.
            if self.meta.uses_default && !context.binds("", "") {
                out.extend_from_slice(b" xmlns=''");
            }
            tag.write_rest(out);
        }
        self.leave();
    }

    /// The first mistake if there is one.
    pub(super) fn checked(mut self: Box<Self>) -> Result<Box<Self>, BuildError> {
        let Some(error) = self.error.take() else { return Ok(self) };
        self.leave();
        Err(error)
    }

    fn end_all(&mut self) {
        while !self.open.is_empty() {
            self.end();
        }
    }

    fn copy_tag(&mut self, element: ElementRef<'_>, is_top: bool) {
        let mut declarations: Vec<(&str, &str)> = element.declarations().collect();
        if is_top {
            let again = inherited(element);
            let new = again.iter().filter(|(prefix, uri)| !self.means(prefix, uri));
            self.redeclared += new.map(|(prefix, uri)| prefix.len() + uri.len()).sum::<usize>();
            if self.redeclared > REDECLARED {
                self.wrong(BuildError::TooLarge);
            } else {
                declarations.extend(again);
            }
        }
        let mut prefix = element.prefix().unwrap_or_default();
        if is_content(element.ns()) && !prefix.is_empty() {
            // Names of the content namespace have no prefix (RFC 6120 §4.8.5).
            prefix = "";
            declarations.retain(|(declared, _)| !declared.is_empty());
        }
        self.start(prefix, element.name(), element.ns(), &declarations);
        if is_top
            && let Some(lang) = inherited_lang(element)
            && self.lang().as_deref() != Some(&*lang)
        {
            self.attr("xml", ns::XML, "lang", &lang);
        }
        for attr in element.attrs() {
            self.attr(attr.prefix.unwrap_or_default(), attr.ns, attr.name, &attr.value);
        }
    }

    fn wrong(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// Ends the start tag before content.
    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.text.push('>');
            let end = off(self.text.len());
            if let Some(start) = self.innermost() {
                start.open_end = end;
            }
        }
    }

    fn end(&mut self) {
        let empty = std::mem::take(&mut self.in_tag);
        if empty {
            self.text.push_str("/>");
        } else if let Some(start) = self.innermost() {
            let name = start.name.raw();
            self.text.push_str("</");
            self.text.extend_from_within(name.start()..name.end());
            self.text.push('>');
        }
        let (end, next) = (off(self.text.len()), off(self.nodes.len()));
        if let Some(start) = self.innermost() {
            start.end = end;
            start.next = next;
            if empty {
                start.open_end = end;
            }
        }
        self.bindings.leave(self.open.len());
        self.open.pop();
    }

    #[inline]
    fn innermost(&mut self) -> Option<&mut Start> {
        match self.nodes.get_mut(*self.open.last()? as usize)? {
            Node::Start(start) => Some(start),
            _ => None,
        }
    }

    /// The attribute nodes of the tag that is not ended, declarations among them.
    fn tag_attrs(&self) -> impl Iterator<Item = &AttrNode> {
        let this = self.open.last().copied().unwrap_or(0) as usize;
        self.nodes.iter().skip(this + 1).filter_map(|node| match node {
            Node::Attr(attr) => Some(attr),
            _ => None,
        })
    }

    /// Whether this very tag declares the prefix.
    fn declares(&self, prefix: &str) -> bool {
        self.tag_attrs().any(|a| a.declares && a.declared().of(&self.text) == prefix)
    }

    /// Whether a declaration of the prefix on this tag would change what names in the tag mean.
    fn tag_uses(&self, prefix: &str, uri: &str) -> bool {
        if self.means(prefix, uri) {
            return false;
        }
        let own = match self.open.last().and_then(|&i| self.nodes.get(i as usize)) {
            Some(Node::Start(start)) => start.name.prefix_span().of(&self.text) == prefix,
            _ => false,
        };
        own || self.declares(prefix)
            || self.tag_attrs().any(|a| !a.declares && a.name.prefix_span().of(&self.text) == prefix)
    }

    fn uri(&self, ns: Ns) -> &str {
        uri(ns, &self.text, &self.extra, &self.scope)
    }

    fn lookup(&self, prefix: &str) -> Option<(Ns, bool)> {
        if prefix.is_empty()
            && let Some(ns) = self.bindings.default
        {
            return Some((ns, false));
        }
        if prefix == "xml" {
            return Some((Ns::Xml, false));
        }
        let bound = self.bindings.lookup(|span| span.of(&self.text) == prefix).map(|ns| (ns, false));
        bound.or_else(|| self.scope.lookup(prefix).map(|ns| (ns, true)))
    }

    fn means(&self, prefix: &str, uri: &str) -> bool {
        self.lookup(prefix).is_some_and(|(ns, _)| self.uri(ns) == uri)
    }

    /// The namespace of a name with this prefix, noting when it is inherited.
    fn resolve(&mut self, prefix: &str) -> Ns {
        let (ns, is_inherited) = self.lookup(prefix).unwrap_or((Ns::None, false));
        if is_inherited {
            self.meta.note(prefix, ns);
        }
        ns
    }

    fn lang(&self) -> Option<String> {
        let mut at = match self.open.last().and_then(|&open| self.nodes.get(open as usize)) {
            Some(Node::Start(start)) => start.holds,
            _ => NONE,
        };
        while let Some(Node::Attr(attr)) = self.nodes.get(at as usize) {
            if !attr.declares {
                return Some(escape::decode_attr(attr.value.of(&self.text)).into_owned());
            }
            at = attr.outer;
        }
        self.scope.lang().map(str::to_owned)
    }

    /// Returns what the prefix means now. XML can carry what `uri` holds.
    fn push_declaration(&mut self, prefix: &str, uri: &str) -> Ns {
        if escape::is_plain_value(uri) {
            return self.push_plain_declaration(prefix, uri);
        }
        let from = self.extra.len();
        self.extra.push_str(uri);
        let ns = Ns::Extra(Span::new(from, self.extra.len()));
        self.bind(prefix, &escape::attr(uri), |_| ns, false)
    }

    /// The same for what stands between quotes as it is.
    fn push_plain_declaration(&mut self, prefix: &str, uri: &str) -> Ns {
        self.bind(prefix, uri, |value| if value.len == 0 { Ns::None } else { Ns::Text(value) }, true)
    }

    fn bind(&mut self, prefix: &str, raw: &str, ns: impl FnOnce(Span) -> Ns, plain: bool) -> Ns {
        let (before, name) = if prefix.is_empty() { ("", "xmlns") } else { ("xmlns", prefix) };
        let name = self.begin_attr(before, name);
        let at = self.text.len();
        self.text.push_str(raw);
        let value = Span::new(at, self.text.len());
        let ns = ns(value);
        self.end_attr(AttrNode { name, value, ns, plain, declares: true, outer: NONE });
        self.bindings.bind(self.open.len(), Span { at: name.local_span().at, len: off(prefix.len()) }, ns);
        ns
    }

    fn push_attr(&mut self, prefix: &str, name: &str, value: &str, ns: Ns) {
        let name = self.begin_attr(prefix, name);
        let at = self.text.len();
        let put = escape::push_attr(&mut self.text, value);
        let value = Span::new(at, self.text.len());
        let plain = self.noted(put);
        self.end_attr(AttrNode { name, value, ns, plain, declares: false, outer: NONE });
    }

    /// Up to the quote before the value.
    #[inline]
    fn begin_attr(&mut self, prefix: &str, name: &str) -> Name {
        self.text.push(' ');
        let name = push_name(&mut self.text, prefix, name);
        self.text.push_str("='");
        name
    }

    #[inline]
    fn end_attr(&mut self, mut attr: AttrNode) {
        self.text.push('\'');
        let holds = attr.holds_inside(&self.text).then_some(off(self.nodes.len()));
        if let Some(start) = self.innermost() {
            start.attrs += 1;
            if let Some(this) = holds {
                attr.outer = std::mem::replace(&mut start.holds, this);
            }
        }
        self.nodes.push(Node::Attr(attr));
    }

    /// A usable name, and a note if it was none.
    fn name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        let fits = self.text.len().saturating_add(name.len()) <= LARGEST;
        if is_name(name) && fits {
            return Cow::Borrowed(name);
        }
        self.wrong(if fits { BuildError::Name(name.to_owned()) } else { BuildError::TooLarge });
        let name = if fits { name } else { "" };
        let mut usable: String = name.chars().map(|c| if is_name_char(c) { c } else { '_' }).collect();
        if !usable.starts_with(is_name_start) {
            usable.insert(0, '_');
        }
        Cow::Owned(usable)
    }

    /// A usable prefix and namespace of an element, and a note if they were none.
    fn element_ns<'n>(&mut self, prefix: &'n str, ns: &'n str) -> (&'n str, &'n str) {
        let ns = self.fitting(ns).unwrap_or_default();
        if ns == ns::XMLNS || (ns == ns::XML && prefix != "xml") || (ns.is_empty() && !prefix.is_empty()) {
            self.wrong(BuildError::Namespace(ns.to_owned()));
            return ("", "");
        }
        let reserved = prefix == "xmlns" || (prefix == "xml" && ns != ns::XML);
        let prefix = if prefix.is_empty() || (is_name(prefix) && !reserved) {
            prefix
        } else {
            self.wrong(BuildError::Prefix(prefix.to_owned()));
            ""
        };
        (if ns.is_empty() { "" } else { prefix }, ns)
    }

    /// The string, unless the element would become too large by it.
    fn fitting<'s>(&mut self, s: &'s str) -> Option<&'s str> {
        if self.text.len().saturating_add(s.len()) > LARGEST {
            self.wrong(BuildError::TooLarge);
            return None;
        }
        Some(s)
    }

    /// Whether the string stands as it is. A character that XML cannot carry is noted; it was written as U+FFFD.
    fn noted(&mut self, put: Put) -> bool {
        if let Put::Bad(bad) = put {
            self.wrong(BuildError::Char(bad));
        }
        put == Put::Plain
    }

    /// What XML can carry of a namespace's name, and a note if that is not all.
    fn characters<'s>(&mut self, s: &'s str) -> Cow<'s, str> {
        let s = self.fitting(s).unwrap_or_default();
        if escape::is_plain_value(s) {
            return Cow::Borrowed(s);
        }
        let Some(bad) = first_bad(s) else { return Cow::Borrowed(s) };
        self.wrong(BuildError::Char(bad));
        let mend = |c| if escape::is_char(c) { c } else { char::REPLACEMENT_CHARACTER };
        Cow::Owned(s.chars().map(mend).collect())
    }
}

#[inline]
fn push_name(text: &mut String, prefix: &str, local: &str) -> Name {
    let at = off(text.len());
    if !prefix.is_empty() {
        text.push_str(prefix);
        text.push(':');
    }
    text.push_str(local);
    Name { at, prefix: off(prefix.len()), local: off(local.len()) }
}
