//! Tags taken apart: one look at each byte, by a table.
//!
//! Everything that one tag shows by itself is checked here: names, white space between attributes, quotes, characters
//! that a value cannot hold. References in values are found here and checked by the caller.

use memchr::{memchr, memchr3_iter};

use super::escape::{is_name_char, is_name_start};
use super::{LimitKind, Limits, NamespaceProblem, Syntax, XmlErrorKind, words};

/// An offset in the bytes that were looked at, and what is wrong there.
pub(super) type Problem = (usize, XmlErrorKind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    Start,
    Empty,
    End,
}

/// A tag; all offsets count from the first byte that was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    pub(super) name: QName,
    /// It is written as our own writer would: one space before each attribute, none elsewhere.
    pub(super) tidy: bool,
    /// Behind its `>`.
    pub(super) end: usize,
}

/// A checked qualified name.
#[derive(Debug, Clone, Copy)]
pub(super) struct QName {
    pub(super) at: usize,
    /// Bytes of the prefix, 0 for none.
    pub(super) prefix: usize,
    pub(super) end: usize,
}

/// An attribute with a checked name.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawAttr {
    pub(super) name: QName,
    pub(super) value: usize,
    pub(super) value_end: usize,
    /// The value holds `&`. Whether that begins a reference is not checked yet.
    pub(super) references: bool,
    /// The value holds tabs or line ends, which are normalised (XML 1.0 §3.3.3).
    pub(super) odd_space: bool,
}

/// Classes of bytes, one bit each.
pub(super) mod class {
    /// May stand in a name, without colon; ASCII only.
    pub(in super::super) const NAME: u8 = 1;
    /// May begin a name, without colon; ASCII only.
    pub(in super::super) const START: u8 = 2;
    /// Space, tab, line feed, carriage return.
    pub(super) const WHITE: u8 = 4;
    /// Tab, line feed, carriage return.
    pub(super) const ODD: u8 = 8;
    pub(super) const AMP: u8 = 16;
    pub(super) const LESS: u8 = 32;
    pub(super) const SINGLE: u8 = 64;
    pub(super) const DOUBLE: u8 = 128;
}

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut b = 0_u8;
    while b < 128 {
        table[b as usize] = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => class::NAME | class::START,
            b'0'..=b'9' | b'-' | b'.' => class::NAME,
            b' ' => class::WHITE,
            b'\t' | b'\n' | b'\r' => class::WHITE | class::ODD,
            b'&' => class::AMP,
            b'<' => class::LESS,
            b'\'' => class::SINGLE,
            b'"' => class::DOUBLE,
            _ => 0,
        };
        b += 1;
    }
    table
}

pub(super) fn class(b: u8) -> u8 {
    CLASS[usize::from(b)] // of 256
}

pub(super) const fn is_white(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// Takes a tag apart that begins at `at` with `<`, or `</` if `end`. Attributes go into `attrs`. `None`: the bytes end
/// before the tag does.
///
/// A mistake may be told although the bytes end: whoever needs to know looks whether the tag is complete. The bytes are
/// UTF-8.
pub(super) fn tag(
    text: &str,
    at: usize,
    limits: &Limits,
    attrs: &mut Vec<RawAttr>,
) -> Result<Option<Tag>, Problem> {
    attrs.clear();
    let bytes = text.as_bytes();
    if bytes.get(at + 1) == Some(&b'/') {
        return end_tag(text, at, limits);
    }
    let Some(name) = name(text, at + 1, limits)? else { return Ok(None) };
    let mut i = name.end;
    let mut tidy = true;
    let most = limits.attributes.saturating_add(limits.namespace_declarations);
    loop {
        match bytes.get(i) {
            None => return Ok(None),
            Some(b'>') => return Ok(Some(Tag { kind: TagKind::Start, name, tidy, end: i + 1 })),
            Some(b'/') => return empty(bytes, i, name, tidy),
            Some(&b) if class(b) & class::WHITE != 0 => {
                let behind = skip_white(bytes, i + 1);
                tidy &= b == b' ' && behind == i + 1;
                i = behind;
                match bytes.get(i) {
                    None => return Ok(None),
                    Some(b'>') => {
                        return Ok(Some(Tag { kind: TagKind::Start, name, tidy: false, end: i + 1 }));
                    }
                    Some(b'/') => return empty(bytes, i, name, false),
                    Some(_) => {}
                }
            }
            // Behind the name something that is none; behind an attribute the next one without space between.
            Some(_) => {
                let syntax = if attrs.is_empty() { Syntax::Name } else { Syntax::Attribute };
                return Err((i, XmlErrorKind::NotWellFormed(syntax)));
            }
        }
        if attrs.len() > most {
            return Err((i, XmlErrorKind::Limit(LimitKind::Attributes)));
        }
        let Some((attr, is_tidy)) = attribute(text, i, limits)? else { return Ok(None) };
        tidy &= is_tidy;
        i = attr.value_end + 1;
        attrs.push(attr);
    }
}

fn empty(bytes: &[u8], at: usize, name: QName, tidy: bool) -> Result<Option<Tag>, Problem> {
    match bytes.get(at + 1) {
        None => Ok(None),
        Some(b'>') => Ok(Some(Tag { kind: TagKind::Empty, name, tidy, end: at + 2 })),
        Some(_) => Err((at, XmlErrorKind::NotWellFormed(Syntax::Tag))),
    }
}

fn end_tag(text: &str, at: usize, limits: &Limits) -> Result<Option<Tag>, Problem> {
    let bytes = text.as_bytes();
    let Some(name) = name(text, at + 2, limits)? else { return Ok(None) };
    let i = skip_white(bytes, name.end);
    match bytes.get(i) {
        None => Ok(None),
        Some(b'>') => Ok(Some(Tag { kind: TagKind::End, name, tidy: i == name.end, end: i + 1 })),
        Some(_) if i == name.end => Err((i, XmlErrorKind::NotWellFormed(Syntax::Name))),
        Some(_) => Err((i, XmlErrorKind::NotWellFormed(Syntax::Tag))),
    }
}

/// An attribute, and whether nothing but `=` stands between its name and its value.
fn attribute(text: &str, at: usize, limits: &Limits) -> Result<Option<(RawAttr, bool)>, Problem> {
    let malformed = |at| (at, XmlErrorKind::NotWellFormed(Syntax::Attribute));
    let bytes = text.as_bytes();
    let Some(name) = name(text, at, limits)? else { return Ok(None) };
    let equals = skip_white(bytes, name.end);
    match bytes.get(equals) {
        None => return Ok(None),
        Some(b'=') => {}
        Some(_) if equals == name.end => return Err((equals, XmlErrorKind::NotWellFormed(Syntax::Name))),
        Some(_) => return Err(malformed(equals)),
    }
    let open = skip_white(bytes, equals + 1);
    let stop = match bytes.get(open) {
        None => return Ok(None),
        Some(b'\'') => class::SINGLE | class::LESS,
        Some(b'"') => class::DOUBLE | class::LESS,
        Some(_) => return Err(malformed(open)),
    };
    let value = open + 1;
    let mut seen = 0;
    let mut i = value;
    loop {
        // Quotes, `&`, tabs and line ends are below `(`; what else is there is looked at below.
        i = words::find(
            bytes,
            i,
            |word| words::below(word, b'(') | words::equal(word, b'<'),
            |b| class(b) & (class::SINGLE | class::DOUBLE | class::AMP | class::LESS | class::ODD) != 0,
        );
        let Some(&b) = bytes.get(i) else { return Ok(None) };
        let class = class(b);
        if class & stop == 0 {
            // The other quote among them.
            seen |= class;
            i += 1;
            continue;
        }
        if class & class::LESS != 0 {
            return Err((i, XmlErrorKind::NotWellFormed(Syntax::LessThan)));
        }
        let attr = RawAttr {
            name,
            value,
            value_end: i,
            references: seen & class::AMP != 0,
            odd_space: seen & class::ODD != 0,
        };
        return Ok(Some((attr, equals == name.end && open == equals + 1)));
    }
}

fn skip_white(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&b| class(b) & class::WHITE != 0) {
        at += 1;
    }
    at
}

/// A qualified name (Namespaces in XML 1.0 §4). `None`: the bytes end before it does.
#[inline]
fn name(text: &str, at: usize, limits: &Limits) -> Result<Option<QName>, Problem> {
    let end = plain_name(text.as_bytes(), at);
    if end > at && end - at <= limits.name_bytes {
        return Ok(Some(QName { at, prefix: 0, end }));
    }
    any_name(text, at, limits)
}

/// The common case: where the name ends that begins here, if it is ASCII, has no prefix and is complete; otherwise `at`.
#[inline]
fn plain_name(bytes: &[u8], at: usize) -> usize {
    let Some(rest) = bytes.get(at..) else { return at };
    if rest.first().is_none_or(|&b| class(b) & class::START == 0) {
        return at;
    }
    match rest.iter().position(|&b| class(b) & class::NAME == 0) {
        Some(len) if rest.get(len).is_some_and(|&b| b != b':' && b < 0x80) => at + len,
        _ => at,
    }
}

fn any_name(text: &str, at: usize, limits: &Limits) -> Result<Option<QName>, Problem> {
    let bytes = text.as_bytes();
    let mut prefix = 0;
    let mut part = at;
    loop {
        let Some(end) = ncname(text, part)? else { return Ok(None) };
        if end - at > limits.name_bytes {
            return Err((at, XmlErrorKind::Limit(LimitKind::NameBytes)));
        }
        match bytes.get(end) {
            None => return Ok(None),
            Some(b':') if end == part || prefix > 0 => {
                return Err((end, XmlErrorKind::Namespace(NamespaceProblem::Colon)));
            }
            Some(b':') => {
                prefix = end - at;
                part = end + 1;
            }
            Some(_) if end == part => {
                let colon = XmlErrorKind::Namespace(NamespaceProblem::Colon);
                let none = XmlErrorKind::NotWellFormed(Syntax::Name);
                return Err((end, if prefix > 0 { colon } else { none }));
            }
            Some(_) => return Ok(Some(QName { at, prefix, end })),
        }
    }
}

/// Where the name without colon ends that begins here; the same place if there is none.
fn ncname(text: &str, at: usize) -> Result<Option<usize>, Problem> {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        None => return Ok(None),
        Some(&b) if class(b) & class::START == 0 && b < 0x80 => return Ok(Some(at)),
        Some(_) => {}
    }
    let mut i = at;
    while let Some(&b) = bytes.get(i) {
        if class(b) & class::NAME != 0 {
            i += 1;
        } else if b < 0x80 {
            return Ok(Some(i));
        } else {
            return international(text, at);
        }
    }
    Ok(None)
}

/// The same for names that are not ASCII alone.
fn international(text: &str, at: usize) -> Result<Option<usize>, Problem> {
    for (i, c) in text.get(at..).unwrap_or_default().char_indices() {
        let fits = if i == 0 { is_name_start(c) } else { is_name_char(c) };
        match (fits, c.is_ascii()) {
            (true, _) => {}
            (false, true) => return Ok(Some(at + i)),
            (false, false) => return Err((at + i, XmlErrorKind::NotWellFormed(Syntax::Name))),
        }
    }
    Ok(None)
}

/// The pseudo-attributes of an XML declaration, from `<?xml` to `?>`: (version, encoding).
pub(super) fn declaration(text: &str) -> Result<(&str, Option<&str>), Problem> {
    let malformed = (0, XmlErrorKind::NotWellFormed(Syntax::Declaration));
    let inner = text.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).ok_or(malformed)?;
    // Taken apart as the tag that it looks like.
    let as_tag = format!("<xml{inner}>");
    let mut attrs = Vec::new();
    match tag(&as_tag, 0, &Limits::default(), &mut attrs) {
        Ok(Some(Tag { kind: TagKind::Start, end, .. })) if end == as_tag.len() => {}
        _ => return Err(malformed),
    }
    let shift = "<?xml".len() - "<xml".len();
    let part = |from: usize, to: usize| text.get(from + shift..to + shift).unwrap_or_default();
    let mut rest = attrs.iter().map(|a| (part(a.name.at, a.name.end), part(a.value, a.value_end)));
    // The order is fixed: version, encoding, standalone (XML 1.0 §2.8, production 23).
    let mut next = rest.next();
    let Some(("version", version)) = next else { return Err(malformed) };
    next = rest.next();
    let mut encoding = None;
    if let Some(("encoding", value)) = next {
        encoding = Some(value);
        next = rest.next();
    }
    if let Some(("standalone", "yes" | "no")) = next {
        next = rest.next();
    }
    if next.is_some() { Err(malformed) } else { Ok((version, encoding)) }
}

/// What stands in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextKind {
    /// `&`. Whether that begins a reference is not checked yet.
    pub(super) references: bool,
    /// Carriage returns, which are normalised (XML 1.0 §2.11).
    pub(super) returns: bool,
    /// `]`, which may begin what must not stand in text.
    pub(super) brackets: bool,
}

/// From here on a search that is written for long texts is faster.
const SHORT: usize = 64;

/// Where the text ends that begins at `at`: before the next `<`. Bytes before `from` hold none.
pub(super) fn text(bytes: &[u8], at: usize, from: usize) -> Option<(usize, TextKind)> {
    let mut kind = TextKind::default();
    if from == at {
        let near = bytes.get(..bytes.len().min(at + SHORT)).unwrap_or_default();
        let mut i = at;
        loop {
            let may =
                |word| [b'<', b'&', b'\r', b']'].iter().fold(0, |marks, &b| marks | words::equal(word, b));
            i = words::find(near, i, may, |b| matches!(b, b'<' | b'&' | b'\r' | b']'));
            match near.get(i) {
                None => break,
                Some(b'<') => return Some((i, kind)),
                Some(b'&') => kind.references = true,
                Some(b'\r') => kind.returns = true,
                Some(_) => kind.brackets = true,
            }
            i += 1;
        }
    }
    let from = if from == at { bytes.len().min(at + SHORT) } else { from };
    let end = from + memchr(b'<', bytes.get(from..).unwrap_or_default())?;
    let mut special = memchr3_iter(b'&', b'\r', b']', bytes.get(at..end).unwrap_or_default());
    while let Some(&b) = special.next().and_then(|i| bytes.get(at + i)) {
        kind.references |= b == b'&';
        kind.returns |= b == b'\r';
        kind.brackets |= b == b']';
        if kind.references && kind.returns && kind.brackets {
            break;
        }
    }
    Some((end, kind))
}
