//! Tags taken apart: one look at each byte, by a table.
//!
//! Everything that one tag shows by itself is checked here: names, white space between attributes, quotes, characters
//! that a value cannot hold. References in values are found here and checked by the caller.

use memchr::{memchr, memchr3_iter};

use super::escape::{is_name_char, is_name_start};
use super::node::{AttrNode, NONE, Name, Node, Ns, Span, Start, off};
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
    pub(super) name: Name,
    /// A start tag's node.
    pub(super) node: u32,
    /// Behind its `>`.
    pub(super) end: u32,
    /// It is written as our own writer would: one space before each attribute, none elsewhere.
    pub(super) tidy: bool,
    /// Some attribute may be more than a name and a value of some characters that stand for themselves.
    pub(super) special: bool,
    /// How many attributes have a prefix, declarations not counted.
    pub(super) prefixed: u32,
    /// Two attributes may have the same name.
    pub(super) twice: bool,
}

/// What the bytes hold of a tag.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lexed {
    Tag(Tag),
    /// They end before the tag does: outside of quotes, or inside of these.
    Cut(Option<u8>),
}

/// What is left to do when the bytes end.
const CUT: Lexed = Lexed::Cut(None);

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

/// Takes a tag apart that begins at `at` with `<`, or `</` if `end`. A start tag and its attributes go into `nodes`, as
/// far as the tag shows by itself what they are.
///
/// A mistake may be told although the bytes end: whoever needs to know looks whether the tag is complete. The bytes are
/// UTF-8.
#[inline]
pub(super) fn tag(text: &str, at: usize, limits: &Limits, nodes: &mut Vec<Node>) -> Result<Lexed, Problem> {
    if text.as_bytes().get(at + 1) == Some(&b'/') {
        return end_tag(text, at, limits);
    }
    let before = nodes.len();
    let tag = start_tag(text, at, limits, nodes);
    if !matches!(tag, Ok(Lexed::Tag(_))) {
        nodes.truncate(before);
    }
    tag
}

fn start_tag(text: &str, at: usize, limits: &Limits, nodes: &mut Vec<Node>) -> Result<Lexed, Problem> {
    let bytes = text.as_bytes();
    let Some(name) = name(text, at + 1, limits)? else { return Ok(CUT) };
    let this = nodes.len();
    nodes.push(Node::Start(Start {
        open_end: 0,
        end: 0,
        name,
        ns: Ns::None,
        parent: NONE,
        attrs: 0,
        holds: NONE,
        next: 0,
    }));
    let mut i = name.raw().end();
    let (mut tidy, mut special, mut twice) = (true, false, false);
    let mut prefixed = 0;
    let mut seen = 0_u64;
    let mut count = 0;
    let most = limits.attributes.saturating_add(limits.namespace_declarations);
    let (kind, end) = loop {
        match bytes.get(i) {
            None => return Ok(CUT),
            Some(b'>') => break (TagKind::Start, i + 1),
            Some(b'/') => match bytes.get(i + 1) {
                None => return Ok(CUT),
                Some(b'>') => break (TagKind::Empty, i + 2),
                Some(_) => return Err((i, XmlErrorKind::NotWellFormed(Syntax::Tag))),
            },
            Some(b' ') if bytes.get(i + 1).is_some_and(|&b| class(b) & class::START != 0) => i += 1,
            Some(&b) if class(b) & class::WHITE != 0 => {
                let behind = skip_white(bytes, i + 1);
                tidy &= b == b' ' && behind == i + 1;
                i = behind;
                match bytes.get(i) {
                    None => return Ok(CUT),
                    Some(b'>' | b'/') => {
                        tidy = false;
                        continue;
                    }
                    Some(_) => {}
                }
            }
            // Behind the name something that is none; behind an attribute the next one without space between.
            Some(_) => {
                let syntax = if count == 0 { Syntax::Name } else { Syntax::Attribute };
                return Err((i, XmlErrorKind::NotWellFormed(syntax)));
            }
        }
        if count > most {
            return Err((i, XmlErrorKind::Limit(LimitKind::Attributes)));
        }
        let Some(name) = self::name(text, i, limits)? else { return Ok(CUT) };
        let name_end = name.raw().end();
        let next = bytes.get(name_end..).and_then(<[u8]>::first_chunk::<2>);
        let (value, quote) = if let Some(&[b'=', quote @ (b'\'' | b'"')]) = next {
            (name_end + 2, quote)
        } else {
            tidy = false;
            let Some(found) = value_start(bytes, name_end)? else { return Ok(CUT) };
            found
        };
        let Some((value_end, seen_in_value)) = value_end(bytes, value, quote)? else {
            return Ok(Lexed::Cut(Some(quote)));
        };
        let plain = seen_in_value & (class::AMP | class::ODD) == 0;
        let declares = declares(bytes, name);
        let value = Span::new(value, value_end);
        nodes.push(Node::Attr(AttrNode { name, value, ns: Ns::None, plain, declares, outer: NONE }));
        count += 1;
        i = value_end + 1;
        special |= !plain || declares;
        prefixed += u32::from(name.prefix > 0 && !declares);
        let bit = bit_of(bytes, name);
        twice |= seen & bit != 0;
        seen |= bit;
    };
    if let Some(Node::Start(start)) = nodes.get_mut(this) {
        (start.open_end, start.end) = (off(end), off(end));
        start.attrs = off(count);
    }
    special |= count > limits.attributes || end - at > limits.text_bytes;
    Ok(Lexed::Tag(Tag { kind, name, node: off(this), end: off(end), tidy, special, prefixed, twice }))
}

/// One bit of sixty-four for a name. Names that share it are compared.
#[inline]
fn bit_of(bytes: &[u8], name: Name) -> u64 {
    let first = bytes.get(name.local_span().start()..).and_then(<[u8]>::first_chunk::<2>);
    // Behind a name of one byte stands what is no part of it.
    let own = if name.local == 1 { 0xFF } else { 0xFFFF };
    let key = u32::from(u16::from_le_bytes(*first.unwrap_or(&[0, 0])) & own) ^ (name.local << 16);
    1 << (key.wrapping_mul(0x9E37_79B1) >> 26)
}

fn end_tag(text: &str, at: usize, limits: &Limits) -> Result<Lexed, Problem> {
    let bytes = text.as_bytes();
    let Some(name) = name(text, at + 2, limits)? else { return Ok(CUT) };
    let name_end = name.raw().end();
    let i = skip_white(bytes, name_end);
    let tidy = i == name_end;
    match bytes.get(i) {
        None => Ok(CUT),
        Some(b'>') => {
            let end = off(i + 1);
            Ok(Lexed::Tag(Tag {
                kind: TagKind::End,
                name,
                node: NONE,
                end,
                tidy,
                special: false,
                prefixed: 0,
                twice: false,
            }))
        }
        Some(_) if tidy => Err((i, XmlErrorKind::NotWellFormed(Syntax::Name))),
        Some(_) => Err((i, XmlErrorKind::NotWellFormed(Syntax::Tag))),
    }
}

/// Where the value begins whose name ends at `at`, and its quote. `None`: the bytes end before that.
fn value_start(bytes: &[u8], at: usize) -> Result<Option<(usize, u8)>, Problem> {
    let malformed = |at| (at, XmlErrorKind::NotWellFormed(Syntax::Attribute));
    let equals = skip_white(bytes, at);
    match bytes.get(equals) {
        None => return Ok(None),
        Some(b'=') => {}
        Some(_) if equals == at => return Err((equals, XmlErrorKind::NotWellFormed(Syntax::Name))),
        Some(_) => return Err(malformed(equals)),
    }
    let open = skip_white(bytes, equals + 1);
    match bytes.get(open) {
        None => Ok(None),
        Some(&quote @ (b'\'' | b'"')) => Ok(Some((open + 1, quote))),
        Some(_) => Err(malformed(open)),
    }
}

/// Where the value ends that begins at `at`, and the classes of what is special in it. `None`: the bytes end before it
/// does.
#[inline]
fn value_end(bytes: &[u8], at: usize, quote: u8) -> Result<Option<(usize, u8)>, Problem> {
    let stop = class(quote) | class::LESS;
    let mut seen = 0;
    let mut i = at;
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
        if class & class::LESS != 0 {
            return Err((i, XmlErrorKind::NotWellFormed(Syntax::LessThan)));
        }
        if class & stop != 0 {
            return Ok(Some((i, seen)));
        }
        // The other quote among them.
        seen |= class;
        i += 1;
    }
}

/// Whether a name is `xmlns` or has that prefix.
fn declares(bytes: &[u8], name: Name) -> bool {
    if name.prefix != 5 && (name.prefix != 0 || name.local != 5) {
        return false;
    }
    bytes.get(name.at as usize..).and_then(<[u8]>::first_chunk::<5>) == Some(b"xmlns")
}

fn skip_white(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&b| class(b) & class::WHITE != 0) {
        at += 1;
    }
    at
}

/// A qualified name (Namespaces in XML 1.0 §4). `None`: the bytes end before it does.
#[inline(always)]
#[expect(clippy::inline_always, reason = "measured: a tenth of all instructions on a stanza, at two places")]
fn name(text: &str, at: usize, limits: &Limits) -> Result<Option<Name>, Problem> {
    // The common case: the name is ASCII and complete.
    let bytes = text.as_bytes();
    if let Some(end) = plain_part(bytes, at) {
        match bytes.get(end) {
            Some(b':') => return prefixed_name(text, at, end, limits),
            Some(&b) if b < 0x80 && end - at <= limits.name_bytes => {
                return Ok(Some(Name { at: off(at), prefix: 0, local: off(end - at) }));
            }
            _ => {}
        }
    }
    any_name(text, at, limits)
}

#[inline(never)]
fn prefixed_name(text: &str, at: usize, colon: usize, limits: &Limits) -> Result<Option<Name>, Problem> {
    let bytes = text.as_bytes();
    let local = colon + 1;
    if let Some(end) = plain_part(bytes, local)
        && bytes.get(end).is_some_and(|&b| b != b':' && b < 0x80)
        && end - at <= limits.name_bytes
    {
        return Ok(Some(Name { at: off(at), prefix: off(colon - at), local: off(end - local) }));
    }
    any_name(text, at, limits)
}

/// Where the ASCII characters of a name without colon end that begins here.
#[inline]
fn plain_part(bytes: &[u8], at: usize) -> Option<usize> {
    if class(*bytes.get(at)?) & class::START == 0 {
        return None;
    }
    let mut end = at + 1;
    // In pieces of fixed size nobody has to look where the bytes end.
    while let Some(piece) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>) {
        match piece.iter().position(|&b| class(b) & class::NAME == 0) {
            Some(len) => return Some(end + len),
            None => end += piece.len(),
        }
    }
    while class(*bytes.get(end)?) & class::NAME != 0 {
        end += 1;
    }
    Some(end)
}

#[cold]
fn any_name(text: &str, at: usize, limits: &Limits) -> Result<Option<Name>, Problem> {
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
            Some(_) => {
                return Ok(Some(Name { at: off(at), prefix: off(prefix), local: off(end - part) }));
            }
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
    let mut nodes = Vec::new();
    match tag(&as_tag, 0, &Limits::default(), &mut nodes) {
        Ok(Lexed::Tag(Tag { kind: TagKind::Start, end, .. })) if end as usize == as_tag.len() => {}
        _ => return Err(malformed),
    }
    let shift = "<?xml".len() - "<xml".len();
    let part = |span: Span| text.get(span.start() + shift..span.end() + shift).unwrap_or_default();
    let mut rest = nodes.iter().filter_map(|node| match node {
        Node::Attr(attr) => Some((part(attr.name.raw()), part(attr.value))),
        _ => None,
    });
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
