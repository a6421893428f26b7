//! Attributes of a root that were set or removed after the element was read or built. They lie beside the text and its
//! nodes, which stay as they are and shared: what stamps each stanza that it routes copies none.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use super::assemble::KEPT;
use super::escape::{self, Put, decode_attr, is_name};
use super::make::LARGEST;
use super::node::{AttrNode, Span};
use super::{BuildError, Context, Element, write};

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
    /// Removed, or set to a value that stands as it is, or to one that holds escapes.
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Removed,
    Plain,
    Escaped,
}

/// What was edited, if anything was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edits<'a>(pub(super) Option<&'a Overlay>);

/// What an attribute is now: nothing when it was removed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edited<'a> {
    pub(super) name: &'a str,
    raw: Option<&'a str>,
    plain: bool,
}

impl<'a> Edited<'a> {
    /// As it stands in a tag.
    pub(super) fn raw(self) -> Option<&'a str> {
        self.raw
    }

    pub(super) fn value(self) -> Option<Cow<'a, str>> {
        self.raw.map(|raw| if self.plain { Cow::Borrowed(raw) } else { decode_attr(raw) })
    }
}

impl<'a> Edits<'a> {
    /// About how many bytes they add.
    pub(super) fn len(self) -> usize {
        self.0.map_or(0, |overlay| overlay.text.len() + overlay.list.len() * " =''".len())
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Edited<'a>> + Clone + use<'a> {
        let list = self.0.map_or(&[][..], |overlay| &overlay.list);
        list.iter().filter_map(move |edit| Some(self.0?.edited(edit)))
    }

    /// The attribute of this name without namespace, if it was edited.
    pub(super) fn find(self, name: &str) -> Option<Edited<'a>> {
        self.0?.find(name)
    }

    /// The attribute whose name stands in `text`, if it was edited.
    #[inline]
    pub(super) fn of(self, attr: &AttrNode, text: &str) -> Option<Edited<'a>> {
        let overlay = self.0?;
        for edit in &overlay.list {
            // By length first: the name need not be looked up then.
            if edit.name.len == attr.name.local
                && !attr.declares
                && attr.is_named(edit.name.of(&overlay.text), text)
            {
                return Some(overlay.edited(edit));
            }
        }
        None
    }
}

impl Overlay {
    fn find(&self, name: &str) -> Option<Edited<'_>> {
        let found = |edit: &&Edit| edit.name.len as usize == name.len() && edit.name.of(&self.text) == name;
        self.list.iter().find(found).map(|edit| self.edited(edit))
    }

    fn edited(&self, edit: &Edit) -> Edited<'_> {
        Edited {
            name: edit.name.of(&self.text),
            raw: (edit.kind != Kind::Removed).then(|| edit.value.of(&self.text)),
            plain: edit.kind == Kind::Plain,
        }
    }

    /// Takes in what was edited before, and new edits: the last of a name counts, where the first of it stood.
    fn collect(&mut self, element: &Element, edits: &[(&str, Option<&str>)]) -> Result<(), BuildError> {
        let before = element.edits();
        let mut size = before.len();
        for (name, value) in edits {
            if !is_name(name) || *name == "xmlns" {
                return Err(BuildError::Name((*name).to_owned()));
            }
            size = size.saturating_add(name.len() + value.map_or(0, str::len));
        }
        if element.text.len().saturating_add(size) > LARGEST {
            return Err(BuildError::TooLarge);
        }
        self.text.reserve(size);
        self.list.reserve(edits.len() + before.0.map_or(0, |overlay| overlay.list.len()));
        for old in before.iter() {
            let value = old.value();
            let value = edits.iter().rev().find(|(name, _)| *name == old.name).map_or(value.as_deref(), |(_, v)| *v);
            self.push(old.name, value)?;
        }
        for (i, (name, value)) in edits.iter().enumerate() {
            let later = edits.iter().skip(i + 1).any(|(again, _)| again == name);
            if !later && before.find(name).is_none() {
                self.push(name, *value)?;
            }
        }
        Ok(())
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

thread_local! {
    /// Room for edits that are written at once.
    static SPARE: Cell<Overlay> = const { Cell::new(Overlay { text: String::new(), list: Vec::new() }) };
}

impl Element {
    /// What was edited.
    #[inline]
    pub(super) fn edits(&self) -> Edits<'_> {
        Edits(self.edits.as_deref())
    }
}

/// Sets and removes attributes without namespace of the root.
pub(super) fn with_attrs(element: &Element, edits: &[(&str, Option<&str>)]) -> Result<Element, BuildError> {
    let mut overlay = Overlay::default();
    overlay.collect(element, edits)?;
    Ok(Element { edits: Some(Arc::new(overlay)), ..element.clone() })
}

/// Writes the element with these edits.
pub(super) fn write_with_attrs(
    element: &Element,
    edits: &[(&str, Option<&str>)],
    out: &mut Vec<u8>,
    context: &Context,
) -> Result<(), BuildError> {
    // While a thread ends there is no spare one.
    let mut overlay = SPARE.try_with(Cell::take).unwrap_or_default();
    overlay.text.clear();
    overlay.list.clear();
    let collected = overlay.collect(element, edits);
    if collected.is_ok() {
        write::write(element.root(), Edits(Some(&overlay)), out, context);
    }
    if overlay.text.capacity() <= KEPT && overlay.list.capacity() * size_of::<Edit>() <= KEPT {
        let _ = SPARE.try_with(|spare| spare.set(overlay));
    }
    collected
}
