//! A root tag rewritten, everything else copied.

use std::fmt::Write as _;

use super::escape::{self, first_bad, is_name};
use super::make::Maker;
use super::node::{AttrNode, NONE, Name, Node, Ns, Span, off};
use super::{BuildError, Element};

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
pub(super) fn with_default(element: &Element, from: &str, to: &str) -> Option<Element> {
    let text = &element.text;
    let declared = |a: &&AttrNode| a.declares && a.name.raw().of(text) == "xmlns";
    let declaration = element.root().attr_nodes().find(declared)?;
    if element.root().uri(declaration.ns) != from {
        return None;
    }
    // With escapes in it, the name that counts stands elsewhere.
    let plain = if declaration.plain { element.clone() } else { Maker::anew(element.root()) };
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
    let new_tail = text.len();
    text.push_str(old.get(tail..).unwrap_or_default());
    let shift = |at: u32| at - off(tail) + off(new_tail);
    let renumber = |node: u32| if node == 0 { 0 } else { node - start.attrs + attrs };
    for node in element.nodes.iter().skip(1 + start.attrs as usize) {
        nodes.push(match *node {
            Node::Start(mut child) => {
                child.tag = shift(child.tag);
                child.open_end = shift(child.open_end);
                child.end = shift(child.end);
                child.name.at = shift(child.name.at);
                child.parent = renumber(child.parent);
                child.next = renumber(child.next);
                Node::Start(child)
            }
            Node::Attr(mut attr) => {
                attr.name.at = shift(attr.name.at);
                attr.value.at = shift(attr.value.at);
                Node::Attr(attr)
            }
            Node::Text(mut content) => {
                content.span.at = shift(content.span.at);
                Node::Text(content)
            }
        });
    }
    let follow = |ns: &mut Ns| {
        if let Ns::Text(span) = ns {
            match moved.iter().find(|(at, _)| *at == span.at) {
                Some((_, new)) => *span = *new,
                None => span.at = shift(span.at),
            }
        }
    };
    for (i, node) in nodes.iter_mut().enumerate() {
        match node {
            Node::Start(element) => {
                follow(&mut element.ns);
                if i == 0 {
                    element.open_end = shift(element.open_end);
                    element.end = shift(element.end);
                    element.attrs = attrs;
                    element.next = renumber(element.next);
                }
            }
            Node::Attr(attr) => follow(&mut attr.ns),
            Node::Text(_) => {}
        }
    }
    let Element { scope, meta, .. } = element.clone();
    Element { text: text.into(), nodes: nodes.into(), scope, at: 0, meta }
}

/// An attribute without namespace at the end of `text`.
fn push_attr(text: &mut String, name: &str, value: &str) -> AttrNode {
    let at = off(text.len() + 1);
    let escaped = escape::attr(value);
    // Writing to a string cannot fail.
    let _ = write!(text, " {name}='{escaped}'");
    let end = text.len() - 1;
    AttrNode {
        name: Name { at, prefix: 0, local: off(name.len()) },
        value: Span::new(end - escaped.len(), end),
        ns: Ns::None,
        plain: *escaped == *value,
        declares: false,
    }
}
