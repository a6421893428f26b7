//! Text and nodes of an element made step by step. It cannot make anything that a reader would refuse: what is wrong is
//! noted, and mended or left out.

use std::borrow::Cow;
use std::fmt;

use super::escape::{self, first_bad, is_name, is_name_char, is_name_start};
use super::index::is_content;
use super::node::{
    AttrNode, Bindings, Meta, NONE, Name, Node, Ns, Scope, Span, Start, TextForm, TextNode, off, uri,
};
use super::read::Event;
use super::write::{inherited, inherited_lang};
use super::{BuildError, Element, ElementRef, ns};

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
    pub(super) error: Option<BuildError>,
}

impl Default for Maker {
    fn default() -> Maker {
        Maker {
            // A usual stanza fits, so that little is moved while one is made.
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
        }
    }
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
    /// The same element written canonically. What it inherits from a stream it goes on inheriting.
    pub(super) fn anew(element: ElementRef<'_>) -> Element {
        let mut maker = Maker { scope: element.scope().clone(), ..Maker::default() };
        maker.copy(element);
        maker.finish()
    }

    /// Begins an element that declares `declarations` (prefix, namespace) as far as they change anything, and what its
    /// own name needs.
    pub(super) fn start(&mut self, prefix: &str, name: &str, ns: &str, declarations: &[(&str, &str)]) {
        self.end_tag();
        let name = self.name(name);
        let (prefix, ns) = self.element_ns(prefix, ns);
        let tag = off(self.text.len());
        self.text.push('<');
        let name = push_name(&mut self.text, prefix, &name);
        self.nodes.push(Node::Start(Start {
            tag,
            open_end: tag,
            end: tag,
            name,
            ns: Ns::None,
            parent: self.open.last().copied().unwrap_or(NONE),
            attrs: 0,
            next: 0,
        }));
        self.open.push(off(self.nodes.len() - 1));
        self.in_tag = true;
        for (declared, uri) in declarations {
            if !self.means(declared, uri) {
                self.push_declaration(declared, uri);
            }
        }
        if !self.means(prefix, &ns) {
            self.push_declaration(prefix, &ns);
        }
        let ns = self.resolve(prefix);
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
        self.push_attr(prefix, name, value, ns, false);
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
        let plain = escape::push_text(&mut self.text, text);
        if !plain {
            self.note_bad(text);
        }
        let form = if plain { TextForm::Plain } else { TextForm::Escaped };
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
    pub(super) fn finish(mut self) -> Element {
        while !self.open.is_empty() {
            self.end();
        }
        Element::assemble(&self.text, &self.extra, &self.nodes, self.scope, self.meta)
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
        let mut lang = self.scope.lang().map(str::to_owned);
        for &open in &self.open {
            for node in self.nodes.iter().skip(open as usize + 1) {
                let Node::Attr(attr) = node else { break };
                if attr.ns == Ns::Xml && !attr.declares && attr.name.local_span().of(&self.text) == "lang" {
                    lang = Some(escape::decode_attr(attr.value.of(&self.text)).into_owned());
                }
            }
        }
        lang
    }

    fn push_declaration(&mut self, prefix: &str, uri: &str) {
        let (before, name) = if prefix.is_empty() { ("", "xmlns") } else { ("xmlns", prefix) };
        let (at, value, plain) = self.push_attr(before, name, uri, Ns::None, true);
        let ns = if uri.is_empty() {
            Ns::None
        } else if plain {
            Ns::Text(value)
        } else {
            let from = self.extra.len();
            self.extra.push_str(uri);
            Ns::Extra(Span::new(from, self.extra.len()))
        };
        if let Some(Node::Attr(attr)) = self.nodes.last_mut() {
            attr.ns = ns;
        }
        let prefix = Span { at, len: off(prefix.len()) };
        self.bindings.bind(self.open.len(), prefix, ns);
    }

    /// Returns where the local name begins, the value, and whether that stands as it is.
    fn push_attr(
        &mut self,
        prefix: &str,
        name: &str,
        value: &str,
        ns: Ns,
        declares: bool,
    ) -> (u32, Span, bool) {
        self.text.push(' ');
        let name = push_name(&mut self.text, prefix, name);
        self.text.push_str("='");
        let at = self.text.len();
        let plain = escape::push_attr(&mut self.text, value);
        if !plain {
            self.note_bad(value);
        }
        let value = Span::new(at, self.text.len());
        self.text.push('\'');
        self.nodes.push(Node::Attr(AttrNode { name, value, ns, plain, declares }));
        if let Some(start) = self.innermost() {
            start.attrs += 1;
        }
        (name.local_span().at, value, plain)
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
    fn element_ns<'n>(&mut self, prefix: &'n str, ns: &'n str) -> (&'n str, Cow<'n, str>) {
        if ns == ns::XMLNS || (ns == ns::XML && prefix != "xml") || (ns.is_empty() && !prefix.is_empty()) {
            self.wrong(BuildError::Namespace(ns.to_owned()));
            return ("", Cow::Borrowed(""));
        }
        let reserved = prefix == "xmlns" || (prefix == "xml" && ns != ns::XML);
        let prefix = if prefix.is_empty() || (is_name(prefix) && !reserved) {
            prefix
        } else {
            self.wrong(BuildError::Prefix(prefix.to_owned()));
            ""
        };
        let ns = self.characters(ns);
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

    /// Notes a character that XML cannot carry, if there is one. It was written as U+FFFD.
    fn note_bad(&mut self, s: &str) {
        if let Some(bad) = first_bad(s) {
            self.wrong(BuildError::Char(bad));
        }
    }

    /// What XML can carry of a namespace's name, and a note if that is not all.
    fn characters<'s>(&mut self, s: &'s str) -> Cow<'s, str> {
        let s = self.fitting(s).unwrap_or_default();
        let Some(bad) = first_bad(s) else { return Cow::Borrowed(s) };
        self.wrong(BuildError::Char(bad));
        let mend = |c| if escape::is_char(c) { c } else { char::REPLACEMENT_CHARACTER };
        Cow::Owned(s.chars().map(mend).collect())
    }
}

fn push_name(text: &mut String, prefix: &str, local: &str) -> Name {
    let at = off(text.len());
    text.push_str(prefix);
    if !prefix.is_empty() {
        text.push(':');
    }
    text.push_str(local);
    Name { at, prefix: off(prefix.len()), local: off(local.len()) }
}
