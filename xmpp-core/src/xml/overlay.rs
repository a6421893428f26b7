//! Attributes of a root that were set or removed after the element was read or built. They lie beside the text and its
//! nodes, which stay as they are and shared: what stamps each stanza that it routes copies none.

use std::borrow::Cow;
use std::sync::Arc;

use super::escape::{self, Put, decode_attr, is_name};
use super::make::LARGEST;
use super::node::{AttrNode, Span};
use super::{BuildError, Context, Element, ElementRef, write};

/// Names of attributes without namespace, and what they are set to; `None` removes one. The last of a name counts.
type Given<'a> = &'a [(&'a str, Option<&'a str>)];

/// Edits of attributes without namespace, each name once.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// Names and values, as they stand in a tag.
    text: String,
    list: Vec<Edit>,
}

#[derive(Debug, Clone, Copy)]
struct Edit {
    name: Span,
    value: Span,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Removed,
    /// Set to a value that stands as it is.
    Plain,
    Escaped,
}

/// What an attribute is now.
#[derive(Debug, Clone)]
pub(super) struct Edited<'a> {
    pub(super) name: &'a str,
    /// Nothing when it was removed.
    pub(super) value: Option<Cow<'a, str>>,
}

impl Overlay {
    #[cold]
    pub(super) fn get(&self, i: usize) -> Option<Edited<'_>> {
        self.list.get(i).map(|edit| self.edited(edit))
    }

    /// The attribute if it was edited.
    #[cold]
    pub(super) fn find_in(&self, name: &str, ns: &str) -> Option<Edited<'_>> {
        if ns.is_empty() { self.find(name) } else { None }
    }

    fn find(&self, name: &str) -> Option<Edited<'_>> {
        self.list.iter().find(|edit| edit.name.of(&self.text) == name).map(|edit| self.edited(edit))
    }

    /// The attribute whose name stands in `text`, if it was edited.
    #[cold]
    pub(super) fn of(&self, attr: &AttrNode, text: &str) -> Option<Edited<'_>> {
        self.get(self.position(attr, text)?)
    }

    fn position(&self, attr: &AttrNode, text: &str) -> Option<usize> {
        self.list.iter().position(|edit| {
            // By length first: the name need not be looked up then.
            edit.name.len == attr.name.local && attr.is_named(edit.name.of(&self.text), text)
        })
    }

    fn edited(&self, edit: &Edit) -> Edited<'_> {
        let raw = edit.value.of(&self.text);
        let value = match edit.kind {
            Kind::Removed => None,
            Kind::Plain => Some(Cow::Borrowed(raw)),
            Kind::Escaped => Some(decode_attr(raw)),
        };
        Edited { name: edit.name.of(&self.text), value }
    }

    fn push(&mut self, name: &str, value: Option<&str>) -> Result<(), BuildError> {
        let at = self.text.len();
        self.text.push_str(name);
        let name = Span::new(at, self.text.len());
        let kind = match value.map(|value| escape::push_attr(&mut self.text, value)) {
            None => Kind::Removed,
            Some(Put::Plain) => Kind::Plain,
            Some(Put::Escaped) => Kind::Escaped,
            Some(Put::Bad(bad)) => return Err(BuildError::Char(bad)),
        };
        self.list.push(Edit { name, value: Span::new(name.end(), self.text.len()), kind });
        Ok(())
    }
}

/// The element with these edits on its root.
pub(super) fn with_attrs(element: &Element, edits: Given<'_>) -> Result<Element, BuildError> {
    let added = check(element.root(), edits)?;
    let before = element.edits.as_deref();
    let (text, list) = before.map_or((0, 0), |before| (before.text.len(), before.list.len()));
    let mut overlay =
        Overlay { text: String::with_capacity(text + added), list: Vec::with_capacity(list + edits.len()) };
    // One that was edited before keeps its place.
    for old in (0..list).filter_map(|i| before?.get(i)) {
        let new = edits.iter().rev().find(|(name, _)| *name == old.name);
        overlay.push(old.name, new.map_or(old.value.as_deref(), |(_, value)| *value))?;
    }
    for (i, (name, value)) in edits.iter().enumerate() {
        if is_last(edits, i) && before.is_none_or(|before| before.find(name).is_none()) {
            overlay.push(name, *value)?;
        }
    }
    Ok(Element { edits: Some(Arc::new(overlay)), ..element.clone() })
}

/// Writes the element with these edits on its root.
pub(super) fn write_with_attrs(
    element: ElementRef<'_>,
    edits: Given<'_>,
    out: &mut Vec<u8>,
    context: &Context,
) -> Result<(), BuildError> {
    if element.edits().is_some() {
        with_attrs(&element.to_element(), edits)?.write(out, context);
        return Ok(());
    }
    check(element, edits)?;
    let before = out.len();
    let written = write::write(element, Edits::Given(edits), out, context);
    if written.is_err() {
        out.truncate(before);
    }
    written
}

/// How many bytes are added, if the names are names.
fn check(element: ElementRef<'_>, edits: Given<'_>) -> Result<usize, BuildError> {
    let mut added = 0_usize;
    for (name, value) in edits {
        if !is_name(name) || *name == "xmlns" {
            return Err(BuildError::Name((*name).to_owned()));
        }
        added = added.saturating_add(name.len() + value.map_or(0, str::len));
    }
    let before = element.edits().map_or(0, |before| before.text.len());
    let whole = element.text.len().saturating_add(before).saturating_add(added);
    if whole > LARGEST { Err(BuildError::TooLarge) } else { Ok(added) }
}

/// Whether no later edit has the name of this one.
fn is_last(edits: Given<'_>, i: usize) -> bool {
    let mut later = edits.iter().skip(i);
    later.next().is_some_and(|(name, _)| later.all(|(again, _)| again != name))
}

/// What is written in the place of attributes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edits<'a> {
    None,
    Kept(&'a Overlay),
    Given(Given<'a>),
}

impl<'a> Edits<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Edits::None => 0,
            Edits::Kept(overlay) => overlay.list.len(),
            Edits::Given(edits) => edits.len(),
        }
    }

    /// The edit of the attribute whose name stands in `text`.
    #[inline]
    pub(super) fn of(self, attr: &AttrNode, text: &str) -> Option<usize> {
        match self {
            Edits::None => None,
            Edits::Kept(overlay) => overlay.position(attr, text),
            Edits::Given(edits) => edits.iter().rposition(|(name, _)| attr.is_named(name, text)),
        }
    }

    /// The name that an edit sets; nothing when it removes one, or another edit counts.
    pub(super) fn sets(self, i: usize) -> Option<&'a str> {
        match self {
            Edits::None => None,
            Edits::Kept(overlay) => {
                let edit = overlay.list.get(i)?;
                (edit.kind != Kind::Removed).then(|| edit.name.of(&overlay.text))
            }
            Edits::Given(edits) => {
                let (name, value) = edits.get(i)?;
                (value.is_some() && is_last(edits, i)).then_some(*name)
            }
        }
    }

    /// Appends the value that an edit sets.
    pub(super) fn put(self, i: usize, out: &mut Vec<u8>) -> Result<(), BuildError> {
        match self {
            Edits::None => {}
            Edits::Kept(overlay) => {
                let value = overlay.list.get(i).map_or("", |edit| edit.value.of(&overlay.text));
                out.extend_from_slice(value.as_bytes());
            }
            Edits::Given(edits) => {
                let value = edits.get(i).and_then(|(_, value)| *value).unwrap_or_default();
                if let Put::Bad(bad) = escape::push_attr(out, value) {
                    return Err(BuildError::Char(bad));
                }
            }
        }
        Ok(())
    }
}
