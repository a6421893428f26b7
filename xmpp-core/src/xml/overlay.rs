//! Attributes of a root that were set or removed after the element was read or built. They lie beside the text and its
//! nodes, which stay as they are and shared: what stamps each stanza that it routes copies none.

use std::sync::Arc;

use super::escape::{self, Put, is_name};
use super::make::{LARGEST, Maker};
use super::node::AttrNode;
use super::{BuildError, Context, Element, write};

/// Attributes without namespace, each name once: ` name='value'` as it stands in a tag, or ` name` when it is removed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edits<'a>(&'a str);

impl<'a> Edits<'a> {
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The raw value that the attribute of this name has now, `None` when it was removed; nothing when it is untouched.
    pub(super) fn find(mut self, name: &str) -> Option<Option<&'a str>> {
        self.find_map(|(edited, value)| (edited == name).then_some(value))
    }

    /// The same for an attribute whose name stands in `text`.
    pub(super) fn of(self, attr: &AttrNode, text: &str) -> Option<Option<&'a str>> {
        if self.0.is_empty() || attr.declares || attr.name.prefix != 0 {
            return None;
        }
        self.find(attr.name.raw().of(text))
    }
}

impl<'a> Iterator for Edits<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        // Neither names nor values hold what is looked for: values are escaped.
        let rest = self.0.strip_prefix(' ')?;
        let name = rest.bytes().position(|b| matches!(b, b' ' | b'=')).unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(name)?;
        let Some(rest) = rest.strip_prefix("='") else {
            self.0 = rest;
            return Some((name, None));
        };
        let (value, rest) = rest.split_once('\'')?;
        self.0 = rest;
        Some((name, Some(value)))
    }
}

impl Element {
    /// What was edited.
    pub(super) fn edits(&self) -> Edits<'_> {
        Edits(self.edits.as_deref().unwrap_or_default())
    }
}

/// Sets and removes attributes without namespace of the root.
pub(super) fn with_attrs(element: &Element, edits: &[(&str, Option<&str>)]) -> Result<Element, BuildError> {
    Maker::with_spare(|out| {
        collect(element, edits, out)?;
        Ok(Element { edits: Some(Arc::from(&**out)), ..element.clone() })
    })
}

/// Writes the element with these edits.
pub(super) fn write_with_attrs(
    element: &Element,
    edits: &[(&str, Option<&str>)],
    out: &mut Vec<u8>,
    context: &Context,
) -> Result<(), BuildError> {
    Maker::with_spare(|collected| {
        collect(element, edits, collected)?;
        write::write(element.root(), Edits(collected), out, context);
        Ok(())
    })
}

/// What was edited before, and the new edits: the last of a name counts, where the first of it stood.
fn collect(element: &Element, edits: &[(&str, Option<&str>)], out: &mut String) -> Result<(), BuildError> {
    let before = element.edits();
    let mut size = element.text.len().saturating_add(before.len());
    for (name, value) in edits {
        if !is_name(name) || *name == "xmlns" {
            return Err(BuildError::Name((*name).to_owned()));
        }
        size = size.saturating_add(name.len() + value.map_or(0, str::len));
    }
    if size > LARGEST {
        return Err(BuildError::TooLarge);
    }
    for (name, value) in before {
        match edits.iter().rev().find(|(edited, _)| *edited == name) {
            Some((_, value)) => push(out, name, *value)?,
            None => push_raw(out, name, value),
        }
    }
    for (i, (name, value)) in edits.iter().enumerate() {
        let later = edits.iter().skip(i + 1).any(|(again, _)| again == name);
        if !later && before.find(name).is_none() {
            push(out, name, *value)?;
        }
    }
    Ok(())
}

fn push(out: &mut String, name: &str, value: Option<&str>) -> Result<(), BuildError> {
    out.push(' ');
    out.push_str(name);
    if let Some(value) = value {
        out.push_str("='");
        if let Put::Bad(bad) = escape::push_attr(out, value) {
            return Err(BuildError::Char(bad));
        }
        out.push('\'');
    }
    Ok(())
}

fn push_raw(out: &mut String, name: &str, value: Option<&str>) {
    out.push(' ');
    out.push_str(name);
    if let Some(value) = value {
        for part in ["='", value, "'"] {
            out.push_str(part);
        }
    }
}
