//! A root tag rewritten, everything else copied.

use super::escape::{self, first_bad, is_name};
use super::make::Maker;
use super::node::{AttrNode, NONE, Name, Node, Ns, Span, Start, TextNode, off};
use super::{BuildError, Element, ElementRef};

/// Sets and removes attributes without namespace of the root.
pub(super) fn with_attrs(element: &Element, edits: &[(&str, Option<&str>)]) -> Result<Element, BuildError> {
    for (name, value) in edits {
        if !is_name(name) || *name == "xmlns" {
            return Err(BuildError::Name((*name).to_owned()));
        }
        if let Some(bad) = value.and_then(first_bad) {
            return Err(BuildError::Char(bad));
        }
    }
    let added: usize = edits.iter().map(|(name, value)| name.len() + value.map_or(0, str::len)).sum();
    if element.text.len().saturating_add(added) > super::make::LARGEST {
        return Err(BuildError::TooLarge);
    }
    Ok(edit(element, edits, None))
}

/// The element with the default namespace that it declares at its root changed, if that is `from`.
pub(super) fn with_default(element: ElementRef<'_>, from: &str, to: &str) -> Option<Element> {
    let declared = |a: &&AttrNode| a.declares && a.name.raw().of(element.text) == "xmlns";
    let declaration = element.attr_nodes().find(declared)?;
    if element.uri(declaration.ns) != from {
        return None;
    }
    // With escapes in it, the name that counts stands elsewhere.
    let plain = if declaration.plain { element.to_element() } else { Maker::anew(element) };
    Some(edit(&plain, &[], Some(to)))
}

fn edit(element: &Element, edits: &[(&str, Option<&str>)], default: Option<&str>) -> Element {
    if element.root().start().parent != NONE {
        return edit(&Maker::anew(element.root()), edits, default);
    }
    let old = &*element.text;
    let start = *element.root().start();
    let tail = (start.open_end - if start.open_end == start.end { 2 } else { 1 }) as usize;
    let mut text = String::with_capacity(old.len() + 64);
    text.push_str(old.get(..start.name.raw().end()).unwrap_or_default());
    let mut nodes = Vec::with_capacity(element.nodes.len() + edits.len());
    nodes.push(Node::Start(start));
    // Where the values of the root's declarations went: other nodes point at them.
    let mut moved: Vec<(u32, Span)> = Vec::new();

    for attr in element.root().attr_nodes() {
        let name = attr.name.raw().of(old);
        let edited = edits.iter().rev().find(|(edited, _)| *edited == name);
        match (edited, default.filter(|_| name == "xmlns")) {
            (Some((_, None)), _) => {}
            (Some((_, Some(value))), _) => nodes.push(Node::Attr(push_attr(&mut text, name, value))),
            (None, Some(uri)) => {
                let new = push_attr(&mut text, name, uri);
                moved.push((attr.value.at, new.value));
                nodes.push(Node::Attr(AttrNode { ns: attr.ns, declares: true, ..new }));
            }
            (None, None) => {
                text.push(' ');
                let at = off(text.len());
                text.push_str(attr.raw().of(old));
                let value = Span { at: attr.value.at - attr.name.at + at, ..attr.value };
                moved.push((attr.value.at, value));
                nodes.push(Node::Attr(AttrNode { name: Name { at, ..attr.name }, value, ..*attr }));
            }
        }
    }
    for (i, (name, value)) in edits.iter().enumerate() {
        let later = edits.iter().skip(i + 1).any(|(again, _)| again == name);
        let there = element.root().attr_nodes().any(|attr| attr.name.raw().of(old) == *name);
        if let Some(value) = value.filter(|_| !later && !there) {
            nodes.push(Node::Attr(push_attr(&mut text, name, value)));
        }
    }

    let attrs = off(nodes.len() - 1);
    let tail = off(tail);
    let moving = Moving { tail, by: off(text.len()).wrapping_sub(tail), moved: &moved };
    text.push_str(old.get(tail as usize..).unwrap_or_default());
    let renumber = |node: u32| if node == 0 { 0 } else { node - start.attrs + attrs };
    for node in &mut nodes {
        match node {
            Node::Start(root) => {
                root.ns = moving.ns(root.ns);
                root.open_end = moving.offset(root.open_end);
                root.end = moving.offset(root.end);
                root.attrs = attrs;
                root.next = renumber(root.next);
            }
            Node::Attr(attr) => attr.ns = moving.ns(attr.ns),
            Node::Text(_) => {}
        }
    }
    let content = element.nodes.get(1 + start.attrs as usize..).unwrap_or_default();
    nodes.extend(content.iter().map(|node| match *node {
        Node::Start(child) => Node::Start(Start {
            tag: moving.offset(child.tag),
            open_end: moving.offset(child.open_end),
            end: moving.offset(child.end),
            name: Name { at: moving.offset(child.name.at), ..child.name },
            ns: moving.ns(child.ns),
            parent: renumber(child.parent),
            attrs: child.attrs,
            next: renumber(child.next),
        }),
        Node::Attr(attr) => Node::Attr(AttrNode {
            name: Name { at: moving.offset(attr.name.at), ..attr.name },
            value: Span { at: moving.offset(attr.value.at), ..attr.value },
            ns: moving.ns(attr.ns),
            ..attr
        }),
        Node::Text(content) => Node::Text(TextNode {
            span: Span { at: moving.offset(content.span.at), ..content.span },
            ..content
        }),
    }));
    let Element { scope, meta, .. } = element.clone();
    Element { text: text.into(), nodes: nodes.into(), scope, at: 0, meta }
}

/// Everything behind the root's attributes moves by the same distance; what they declare was moved one by one.
struct Moving<'a> {
    tail: u32,
    by: u32,
    moved: &'a [(u32, Span)],
}

impl Moving<'_> {
    #[inline]
    fn offset(&self, at: u32) -> u32 {
        at.wrapping_add(self.by)
    }

    #[inline]
    fn ns(&self, ns: Ns) -> Ns {
        match ns {
            Ns::Text(span) if span.at >= self.tail => Ns::Text(Span { at: self.offset(span.at), ..span }),
            Ns::Text(span) => {
                let moved = self.moved.iter().find(|(at, _)| *at == span.at);
                Ns::Text(moved.map_or(span, |(_, new)| *new))
            }
            other => other,
        }
    }
}

/// An attribute without namespace at the end of `text`.
fn push_attr(text: &mut String, name: &str, value: &str) -> AttrNode {
    text.push(' ');
    let at = off(text.len());
    text.push_str(name);
    text.push_str("='");
    let from = text.len();
    let plain = escape::push_attr(text, value);
    let value = Span::new(from, text.len());
    text.push('\'');
    AttrNode {
        name: Name { at, prefix: 0, local: off(name.len()) },
        value,
        ns: Ns::None,
        plain,
        declares: false,
    }
}
