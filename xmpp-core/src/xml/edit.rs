//! The default namespace of an element under another name.

use super::make::Maker;
use super::node::{AttrNode, Name, Node, Ns, Span, off};
use super::{Element, ElementRef, escape};

/// The element with the default namespace that it declares at its root changed, if that is `from`. The root tag is
/// rewritten, everything else copied.
pub(super) fn with_default(element: ElementRef<'_>, from: &str, to: &str) -> Option<Element> {
    let declared = |a: &&AttrNode| a.declares && a.is_named("xmlns", element.text);
    let declaration = element.attr_nodes().find(declared)?;
    if element.uri(declaration.ns) != from {
        return None;
    }
    // With escapes in it, the name that counts stands elsewhere.
    let plain = if declaration.plain { element.to_element() } else { Maker::anew(element) };
    Some(edit(&plain, to))
}

fn edit(element: &Element, default: &str) -> Element {
    let old = &*element.text;
    let start = *element.root().start();
    let tail = (start.open_end - if start.open_end == start.end { 2 } else { 1 }) as usize;
    let mut text = String::with_capacity(old.len() + default.len());
    text.push_str(old.get(..start.name.raw().end()).unwrap_or_default());
    let mut nodes = element.nodes.to_vec();
    // Where the values of the root's declarations went: other nodes point at them.
    let mut moved: Vec<(u32, Span)> = Vec::new();
    for node in nodes.iter_mut().skip(1).take(start.attrs as usize) {
        let Node::Attr(attr) = node else { continue };
        text.push(' ');
        let at = off(text.len());
        let value = if attr.declares && attr.is_named("xmlns", old) {
            text.push_str("xmlns='");
            let from = text.len();
            escape::push_attr(&mut text, default);
            let value = Span::new(from, text.len());
            text.push('\'');
            value
        } else {
            text.push_str(attr.raw().of(old));
            Span { at: attr.value.at - attr.name.at + at, ..attr.value }
        };
        moved.push((attr.value.at, value));
        *attr = AttrNode { name: Name { at, ..attr.name }, value, ..*attr };
    }
    let tail = off(tail);
    let moving = Moving { tail, by: off(text.len()).wrapping_sub(tail), moved: &moved };
    text.push_str(old.get(tail as usize..).unwrap_or_default());
    for (i, node) in nodes.iter_mut().enumerate() {
        let in_content = i > start.attrs as usize;
        match node {
            Node::Start(child) => {
                if in_content {
                    moving.offset(&mut child.name.at);
                }
                moving.offset(&mut child.open_end);
                moving.offset(&mut child.end);
                moving.ns(&mut child.ns);
            }
            Node::Attr(attr) => {
                if in_content {
                    moving.offset(&mut attr.name.at);
                    moving.offset(&mut attr.value.at);
                }
                moving.ns(&mut attr.ns);
            }
            Node::Text(content) => moving.offset(&mut content.span.at),
        }
    }
    Element { text: text.into(), nodes: nodes.into(), ..element.clone() }
}

/// Everything behind the root's attributes moves by the same distance; what they declare was moved one by one.
struct Moving<'a> {
    tail: u32,
    by: u32,
    moved: &'a [(u32, Span)],
}

impl Moving<'_> {
    fn offset(&self, at: &mut u32) {
        *at = at.wrapping_add(self.by);
    }

    fn ns(&self, ns: &mut Ns) {
        let Ns::Text(span) = ns else { return };
        if span.at >= self.tail {
            self.offset(&mut span.at);
        } else if let Some((_, new)) = self.moved.iter().find(|(at, _)| *at == span.at) {
            *span = *new;
        }
    }
}
