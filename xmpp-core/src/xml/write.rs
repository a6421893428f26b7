//! An element at the place where it leaves.

use std::io::Write as _;

use super::make::Maker;
use super::node::Ns;
use super::{Context, ElementRef, escape, ns};

/// Appends the element as it must stand where `context` is in scope.
///
/// Canonical elements are copied, only the root's tag is edited: it loses declarations that the context makes needless
/// and gets those that the element inherited and the context lacks. Others are made anew first.
pub(super) fn write(element: ElementRef<'_>, out: &mut Vec<u8>, context: &Context) {
    if !element.meta().canonical {
        return write(Maker::anew(element).root(), out, context);
    }
    let start = element.start();
    let text = element.text;
    let tag_end = element.start().name.raw().end();
    push(out, text.get(start.tag as usize..tag_end));
    for attr in element.attr_nodes() {
        let needless = attr.declares
            && (attr.ns == Ns::Xml || context.binds(attr.declared().of(text), element.uri(attr.ns)));
        if !needless {
            out.push(b' ');
            push(out, text.get(attr.raw().start()..attr.raw().end()));
        }
    }
    if needs_more(element, context) {
        declare_more(element, out, context);
    }
    let closing = if start.open_end == start.end { "/>".len() } else { ">".len() };
    push(out, text.get((start.open_end as usize).saturating_sub(closing)..start.end as usize));
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

fn push(out: &mut Vec<u8>, text: Option<&str>) {
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
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
    let around = element.ancestors().skip(1).flat_map(ElementRef::declarations);
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
