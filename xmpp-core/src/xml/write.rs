//! An element at the place where it leaves.

use std::io::Write as _;

use super::make::Maker;
use super::node::{AttrNode, Node, Ns, Start, attrs};
use super::overlay::Edits;
use super::{BuildError, Context, ElementRef, escape, ns};

/// Appends the element as it must stand where `context` is in scope, with `edits` on its root; fails where those do.
///
/// Canonical elements are copied, only the root's tag is edited: it loses declarations that the context makes needless
/// and gets those that the element inherited and the context lacks. Others are made anew first.
pub(super) fn write(
    element: ElementRef<'_>,
    edits: Edits<'_>,
    out: &mut Vec<u8>,
    context: &Context,
) -> Result<(), BuildError> {
    if !element.meta().canonical {
        return write(Maker::anew(element).root(), edits, out, context);
    }
    let tag = Tag { text: element.text, start: element.start(), nodes: element.nodes, at: element.at };
    tag.write(edits, |ns| element.uri(ns), out, context)?;
    if needs_more(element, context) {
        declare_more(element, out, context);
    }
    tag.write_rest(out);
    Ok(())
}

/// The start tag of a canonical element: before each attribute stands one space, before its end none.
pub(super) struct Tag<'a> {
    pub(super) text: &'a str,
    pub(super) start: &'a Start,
    /// Where the element is the node `at`.
    pub(super) nodes: &'a [Node],
    pub(super) at: u32,
}

impl<'a> Tag<'a> {
    /// The tag without its end, so that more attributes may follow.
    pub(super) fn write(
        &self,
        edits: Edits<'_>,
        uri: impl Fn(Ns) -> &'a str,
        out: &mut Vec<u8>,
        context: &Context,
    ) -> Result<(), BuildError> {
        out.reserve((self.start.end as usize).saturating_sub(self.start.tag()));
        let mut from = self.start.tag();
        let mut found = 0;
        for attr in self.attrs() {
            let goes = if attr.declares {
                attr.ns == Ns::Xml || context.binds(attr.declared().of(self.text), uri(attr.ns))
            } else if let Some(edit) = edits.of(attr, self.text) {
                found += 1;
                let stays = edits.sets(edit).is_some();
                if stays {
                    self.copy(out, from, attr.value.start());
                    edits.put(edit, out)?;
                    from = attr.value.end();
                }
                !stays
            } else {
                false
            };
            if goes {
                self.copy(out, from, (attr.name.at as usize).saturating_sub(1));
                from = attr.raw().end();
            }
        }
        self.copy(out, from, self.rest());
        if found < edits.len() { self.write_new(edits, out) } else { Ok(()) }
    }

    /// What edits set and was not there.
    fn write_new(&self, edits: Edits<'_>, out: &mut Vec<u8>) -> Result<(), BuildError> {
        for edit in 0..edits.len() {
            if let Some(name) = edits.sets(edit)
                && !self.attrs().any(|attr| attr.is_named(name, self.text))
            {
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"='");
                edits.put(edit, out)?;
                out.push(b'\'');
            }
        }
        Ok(())
    }

    /// Everything from the tag's end on.
    pub(super) fn write_rest(&self, out: &mut Vec<u8>) {
        self.copy(out, self.rest(), self.start.end as usize);
    }

    fn copy(&self, out: &mut Vec<u8>, from: usize, to: usize) {
        out.extend_from_slice(self.text.as_bytes().get(from..to).unwrap_or_default());
    }

    fn rest(&self) -> usize {
        let closing = if self.start.open_end == self.start.end { "/>".len() } else { ">".len() };
        (self.start.open_end as usize).saturating_sub(closing)
    }

    fn attrs(&self) -> impl Iterator<Item = &'a AttrNode> + 'a {
        attrs(self.nodes, self.at, self.start)
    }
}

/// Whether the element may have to say more at its new place than it says itself. Seldom: most stanzas go from one stream
/// to another like it.
fn needs_more(element: ElementRef<'_>, context: &Context) -> bool {
    let (meta, scope) = (element.meta(), element.scope());
    element.is_inner()
        || meta.used_prefixes != 0
        || (meta.uses_default && !context.binds("", scope.default_ns()))
        || scope.lang() != context.lang.as_deref()
}

/// Declarations and the language that the element inherited and the context lacks.
fn declare_more(element: ElementRef<'_>, out: &mut Vec<u8>, context: &Context) {
    for (prefix, uri) in inherited(element) {
        if !context.binds(prefix, uri) {
            let (colon, uri) = (if prefix.is_empty() { "" } else { ":" }, escape::attr(uri));
            // Writing to a vector cannot fail.
            let _ = write!(out, " xmlns{colon}{prefix}='{uri}'");
        }
    }
    if let Some(lang) = inherited_lang(element)
        && context.lang.as_deref() != Some(&*lang)
    {
        let _ = write!(out, " xml:lang='{}'", escape::attr(&lang));
    }
}

/// What the element must declare again where it moves: what its names use of the stream's header, and everything that
/// is declared around it in the whole from which it was cut out, because `QName`s in its content may use that.
pub(super) fn inherited(element: ElementRef<'_>) -> Vec<(&str, &str)> {
    let meta = element.meta();
    let cut_out = element.is_inner();
    if !cut_out && !meta.uses_default && meta.used_prefixes == 0 {
        return Vec::new();
    }
    let own = |prefix: &str| element.declarations().any(|(p, _)| p == prefix);
    let mut found: Vec<(&str, &str)> = Vec::new();
    if (cut_out || meta.uses_default) && !own("") {
        found.push(("", element.resolve_prefix(None).unwrap_or_default()));
    }
    let around = element.parent().into_iter().flat_map(ElementRef::in_scope);
    let stream = element.scope().prefixes().iter().enumerate();
    let stream = stream.filter(|(i, _)| meta.uses_prefix(*i)).map(|(_, (prefix, uri))| (&**prefix, &**uri));
    for (prefix, uri) in around.chain(stream) {
        if !prefix.is_empty() && !own(prefix) && found.iter().all(|(p, _)| *p != prefix) {
            found.push((prefix, uri));
        }
    }
    found
}

/// `xml:lang` that the element does not say itself.
pub(super) fn inherited_lang(element: ElementRef<'_>) -> Option<String> {
    if element.attr_ns("lang", ns::XML).is_some() {
        return None;
    }
    element.lang().map(std::borrow::Cow::into_owned)
}
