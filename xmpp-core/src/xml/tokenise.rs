//! One complete tag taken apart: the only place that knows which tokeniser we use.
//!
//! quick-xml splits the attributes. It is lenient where XML is not, so everything is checked again here: names, white
//! space between attributes, what stands between name, `=` and quote.

use std::ops::Range;

use quick_xml::events::attributes::{AttrError, Attributes};

use super::escape::{is_name_char, is_name_start};
use super::frame::Problem;
use super::{LimitKind, Limits, NamespaceProblem, Syntax, XmlErrorKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    Start,
    Empty,
    End,
}

/// A tag; all ranges count from its `<`.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    pub(super) name: QName,
    /// It is written as our own writer would: one space before each attribute, none elsewhere.
    pub(super) tidy: bool,
}

/// A checked qualified name.
#[derive(Debug, Clone)]
pub(super) struct QName {
    pub(super) range: Range<usize>,
    /// Bytes of the prefix, 0 for none.
    pub(super) prefix: usize,
}

/// An attribute with a checked name. The value's references are not checked yet.
#[derive(Debug)]
pub(super) struct RawAttr {
    pub(super) name: QName,
    pub(super) value: Range<usize>,
}

fn tag_error<T>(at: usize, syntax: Syntax) -> Result<T, Problem> {
    Err((at, XmlErrorKind::NotWellFormed(syntax)))
}

/// Takes a tag apart, from its `<` to its `>`. Attributes go into `attrs`.
pub(super) fn tag(text: &str, limits: &Limits, attrs: &mut Vec<RawAttr>) -> Result<Tag, Problem> {
    attrs.clear();
    let bytes = text.as_bytes();
    let (kind, from) = match bytes {
        [b'<', b'/', ..] => (TagKind::End, 2),
        [.., b'/', b'>'] => (TagKind::Empty, 1),
        _ => (TagKind::Start, 1),
    };
    let to = bytes.len().saturating_sub(if kind == TagKind::Empty { 2 } else { 1 });
    let inner = text.get(from..to).unwrap_or_default();
    let name_len = inner.bytes().position(is_white).unwrap_or(inner.len());
    let name = name(text, from..from + name_len, limits)?;
    let behind = inner.get(name_len..).unwrap_or_default();
    if kind == TagKind::End {
        return match behind.bytes().position(|b| !is_white(b)) {
            Some(at) => tag_error(name.range.end + at, Syntax::Tag),
            None => Ok(Tag { kind, name, tidy: behind.is_empty() }),
        };
    }
    let tidy = attributes(text, name.range.end..to, limits, attrs)?;
    Ok(Tag { kind, name, tidy })
}

/// The pseudo-attributes of an XML declaration, from `<?xml` to `?>`: (version, encoding).
pub(super) fn declaration(text: &str) -> Result<(&str, Option<&str>), Problem> {
    let malformed = (0, XmlErrorKind::NotWellFormed(Syntax::Declaration));
    let inner = text.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).ok_or(malformed)?;
    let mut attrs = Vec::new();
    attributes(text, 5..5 + inner.len(), &Limits::default(), &mut attrs).map_err(|_| malformed)?;
    let mut rest =
        attrs.iter().map(|a| (text.get(a.name.range.clone()), text.get(a.value.clone()).unwrap_or("")));
    // The order is fixed: version, encoding, standalone (XML 1.0 §2.8, production 23).
    let mut next = rest.next();
    let Some((Some("version"), version)) = next else { return Err(malformed) };
    next = rest.next();
    let mut encoding = None;
    if let Some((Some("encoding"), value)) = next {
        encoding = Some(value);
        next = rest.next();
    }
    if let Some((Some("standalone"), "yes" | "no")) = next {
        next = rest.next();
    }
    if next.is_some() { Err(malformed) } else { Ok((version, encoding)) }
}

/// Splits the attributes in `range`; says whether they are tidy.
fn attributes(
    text: &str,
    range: Range<usize>,
    limits: &Limits,
    attrs: &mut Vec<RawAttr>,
) -> Result<bool, Problem> {
    let part = text.get(range.clone()).unwrap_or_default();
    let mut split = Attributes::new(part, 0);
    split.with_checks(false);
    let mut end = range.start;
    let mut tidy = true;
    let most = limits.attributes.saturating_add(limits.namespace_declarations);
    for attr in split {
        if attrs.len() > most {
            return Err((end, XmlErrorKind::Limit(LimitKind::Attributes)));
        }
        let attr = attr.map_err(|error| {
            let (AttrError::ExpectedEq(at)
            | AttrError::ExpectedValue(at)
            | AttrError::UnquotedValue(at)
            | AttrError::ExpectedQuote(at, _)
            | AttrError::Duplicated(at, _)) = error;
            (range.start + at, XmlErrorKind::NotWellFormed(Syntax::Attribute))
        })?;
        let key = attr.key.into_inner();
        // quick-xml borrows both from `text`, so the distance of the addresses is the offset in it.
        let key_at = key.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let value_at = attr.value.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let (key, value) = (key_at..key_at + key.len(), value_at..value_at + attr.value.len());
        // What it skipped before the name must be white space, and some.
        let gap = text.get(end..key.start).unwrap_or_default();
        if gap.is_empty() || !gap.bytes().all(is_white) {
            return tag_error(end, Syntax::Attribute);
        }
        let equals = text.get(key.end..value.start).unwrap_or_default();
        tidy &= gap == " " && equals.len() == 2;
        let name = name(text, key, limits)?;
        end = value.end + 1;
        attrs.push(RawAttr { name, value });
    }
    let gap = text.get(end..range.end).unwrap_or_default();
    match gap.bytes().position(|b| !is_white(b)) {
        Some(at) => tag_error(end + at, Syntax::Tag),
        None => Ok(tidy && gap.is_empty()),
    }
}

/// Checks a qualified name (Namespaces in XML 1.0 §4).
fn name(text: &str, range: Range<usize>, limits: &Limits) -> Result<QName, Problem> {
    let raw = text.get(range.clone()).unwrap_or_default();
    if raw.len() > limits.name_bytes {
        return Err((range.start, XmlErrorKind::Limit(LimitKind::NameBytes)));
    }
    let mut prefix = 0;
    let mut at_start = true;
    for (i, c) in raw.char_indices() {
        if c == ':' {
            if at_start || prefix > 0 {
                return Err((range.start + i, XmlErrorKind::Namespace(NamespaceProblem::Colon)));
            }
            prefix = i;
            at_start = true;
        } else if !(if at_start { is_name_start(c) } else { is_name_char(c) }) {
            return tag_error(range.start + i, Syntax::Name);
        } else {
            at_start = false;
        }
    }
    if at_start {
        let kind = XmlErrorKind::Namespace(NamespaceProblem::Colon);
        return Err((range.end, if prefix > 0 { kind } else { XmlErrorKind::NotWellFormed(Syntax::Name) }));
    }
    Ok(QName { range, prefix })
}

pub(super) const fn is_white(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}
