//! Escaping, exactly as much as needed (XML 1.0 §2.4, §3.3.3; RFC 6120 §11.1), and back.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::lex::class;
use super::{Feature, Syntax, XmlErrorKind};

/// Whether XML 1.0 can carry this character at all (XML 1.0 §2.2).
pub const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether this is a name without colon (Namespaces in XML 1.0 §3, `NCName`).
pub fn is_name(s: &str) -> bool {
    let bytes = s.as_bytes();
    if let [first, rest @ ..] = bytes
        && class(*first) & class::START != 0
        && rest.iter().all(|&b| class(b) & class::NAME != 0)
    {
        return true;
    }
    is_unusual_name(s)
}

#[cold]
fn is_unusual_name(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

pub(super) const fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

pub(super) const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The text as it stands between tags: `&`, `<`, `>` and carriage returns escaped. Borrowed when nothing had to be.
///
/// Characters that XML cannot carry ([`is_char`]) become U+FFFD.
///
/// ```
/// assert_eq!(xmpp_core::xml::escape::text("1 < 2 ]]>"), "1 &lt; 2 ]]&gt;");
/// ```
pub fn text(s: &str) -> Cow<'_, str> {
    escaped::<TEXT>(s)
}

/// The value as it stands between single or double quotes: also quotes, tabs and line ends are escaped, which a reader
/// would turn into spaces otherwise (XML 1.0 §3.3.3).
///
/// Characters that XML cannot carry ([`is_char`]) become U+FFFD.
pub fn attr(s: &str) -> Cow<'_, str> {
    escaped::<VALUE>(s)
}

fn escaped<const PLACE: bool>(s: &str) -> Cow<'_, str> {
    if special::<PLACE>(s.as_bytes(), 0) == s.len() {
        return Cow::Borrowed(s);
    }
    let mut out = String::with_capacity(s.len() + 16);
    push::<PLACE>(&mut out, s);
    Cow::Owned(out)
}

/// What XML is written to.
pub(super) trait Out {
    fn put(&mut self, s: &str);
}

impl Out for String {
    #[inline]
    fn put(&mut self, s: &str) {
        self.push_str(s);
    }
}

impl Out for Vec<u8> {
    #[inline]
    fn put(&mut self, s: &str) {
        self.extend_from_slice(s.as_bytes());
    }
}

/// What became of a string that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// It stands as it is.
    Plain,
    Escaped,
    /// It held a character that XML cannot carry, this one first.
    Bad(char),
}

/// Appends what [`text`] gives.
pub(super) fn push_text(out: &mut impl Out, s: &str) -> Put {
    push::<TEXT>(out, s)
}

/// Appends what [`attr`] gives.
pub(super) fn push_attr(out: &mut impl Out, s: &str) -> Put {
    push::<VALUE>(out, s)
}

/// Whether the value stands between quotes as it is.
pub(super) fn is_plain_value(s: &str) -> bool {
    special::<VALUE>(s.as_bytes(), 0) == s.len()
}

/// Where a string is to stand: between tags.
const TEXT: bool = false;
/// Between quotes.
const VALUE: bool = true;

fn push<const PLACE: bool>(out: &mut impl Out, s: &str) -> Put {
    let bytes = s.as_bytes();
    let mut at = special::<PLACE>(bytes, 0);
    if at == bytes.len() {
        out.put(s);
        return Put::Plain;
    }
    let mut put = Put::Escaped;
    let mut done = 0;
    while let Some(&b) = bytes.get(at) {
        out.put(s.get(done..at).unwrap_or_default());
        let (with, len) = match replacement(b, PLACE) {
            Some(with) => (with, 1),
            // U+FFFE, U+FFFF
            None => (REPLACED, REPLACED.len()),
        };
        if with == REPLACED && put == Put::Escaped {
            put = s.get(at..).and_then(|rest| rest.chars().next()).map_or(put, Put::Bad);
        }
        out.put(with);
        done = at + len;
        at = special::<PLACE>(bytes, done);
    }
    out.put(s.get(done..).unwrap_or_default());
    put
}

/// Stands for what XML cannot carry: U+FFFD, as long in UTF-8 as U+FFFE and U+FFFF.
const REPLACED: &str = "\u{FFFD}";

/// What a byte is replaced by, if it is.
const fn replacement(b: u8, place: bool) -> Option<&'static str> {
    match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        b'\'' if place == VALUE => Some("&apos;"),
        b'"' if place == VALUE => Some("&quot;"),
        b'\t' if place == VALUE => Some("&#9;"),
        b'\n' if place == VALUE => Some("&#10;"),
        b if is_control(b) => Some(REPLACED),
        _ => None,
    }
}

/// Which bytes do not stand for themselves, or begin what may not: one bit for each place.
static SPECIAL: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0_u8;
    while b < 0xF0 {
        let text = replacement(b, TEXT).is_some() || b == 0xEF;
        let value = replacement(b, VALUE).is_some() || b == 0xEF;
        table[b as usize] = (text as u8) | ((value as u8) << 1);
        b += 1;
    }
    table
};

#[inline]
fn is_special<const PLACE: bool>(b: u8) -> bool {
    SPECIAL[usize::from(b)] & (1 << u8::from(PLACE)) != 0 // of 256
}

/// The first byte from `from` on that does not stand for itself, or the end. Bad characters are found by the way: the
/// bytes are UTF-8.
#[inline]
fn special<const PLACE: bool>(bytes: &[u8], mut from: usize) -> usize {
    loop {
        let at = candidate::<PLACE>(bytes, from);
        if bytes.get(at) == Some(&0xEF) && !is_noncharacter(bytes.get(at..)) {
            from = at + 1;
        } else {
            return at;
        }
    }
}

/// The first special byte from `from` on, or the end.
#[inline]
fn candidate<const PLACE: bool>(bytes: &[u8], mut from: usize) -> usize {
    while let Some(block) = bytes.get(from..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        if may_be_special::<PLACE>(block) {
            let at = look_for::<PLACE>(bytes, from, from + BLOCK);
            if at < from + BLOCK {
                return at;
            }
        }
        from += BLOCK;
    }
    if from == bytes.len() {
        return from;
    }
    // What is left lies in one block that begins earlier, or is short.
    match bytes.last_chunk::<BLOCK>() {
        Some(block) if !may_be_special::<PLACE>(block) => bytes.len(),
        _ => look_for::<PLACE>(bytes, from, bytes.len()),
    }
}

/// The first special byte, byte by byte, or `to`.
#[inline]
fn look_for<const PLACE: bool>(bytes: &[u8], at: usize, to: usize) -> usize {
    let special = |bytes: &[u8]| bytes.iter().position(|&b| is_special::<PLACE>(b));
    bytes.get(at..to).and_then(special).map_or(to, |found| at + found)
}

/// How many bytes are looked at together.
const BLOCK: usize = 16;

/// Whether special bytes may be among these; never `false` when there are. The least of what is zero for one that is
/// special: without a branch and without a table, so that compilers make vector instructions of it.
#[inline]
fn may_be_special<const PLACE: bool>(block: &[u8; BLOCK]) -> bool {
    let least = block.iter().fold(u8::MAX, |least, &b| {
        // `<` and `>`, `&` and `'` differ by one bit.
        let quotes = if PLACE == VALUE { (b ^ b'"').min((b | 1) ^ b'\'') } else { b ^ b'&' };
        least.min(b.saturating_sub(b' ' - 1)).min((b | 2) ^ b'>').min(b ^ 0xEF).min(quotes)
    });
    least == 0
}

const fn is_control(b: u8) -> bool {
    b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')
}

/// Whether U+FFFE or U+FFFF comes next.
fn is_noncharacter(bytes: Option<&[u8]>) -> bool {
    matches!(bytes, Some([0xEF, 0xBF, 0xBE | 0xBF, ..]))
}

/// The first character that XML cannot carry.
pub(super) fn first_bad(s: &str) -> Option<char> {
    let at = first_bad_char(s.as_bytes())?;
    s.get(at..)?.chars().next()
}

/// The first character that XML cannot carry, in valid UTF-8: controls, U+FFFE, U+FFFF (XML 1.0 §2.2).
pub(super) fn first_bad_char(bytes: &[u8]) -> Option<usize> {
    // Whole blocks without leaving early, which compilers turn into vector instructions.
    let (blocks, rest) = bytes.as_chunks::<128>();
    let mut first = None;
    let mut ascii = true;
    let mut at = 0;
    for block in blocks.iter().map(<[u8; 128]>::as_slice).chain([rest]) {
        // Compilers unroll what has a fixed size.
        let (lowest, all) = match <&[u8; 128]>::try_from(block) {
            Ok(block) => extent(block),
            Err(_) => extent(block),
        };
        ascii &= all < 0x80;
        if lowest < b' '
            && let Some(i) = block.iter().position(|&b| is_control(b))
        {
            first = Some(at + i);
            break;
        }
        at += block.len();
    }
    if ascii {
        return first;
    }
    let before = bytes.get(..first.unwrap_or(bytes.len())).unwrap_or(bytes);
    memchr_iter(0xEF, before).find(|&i| is_noncharacter(before.get(i..))).or(first)
}

/// The lowest byte and the bits of all.
#[inline]
fn extent(bytes: &[u8]) -> (u8, u8) {
    bytes.iter().fold((u8::MAX, 0), |(low, all), &b| (low.min(b), all | b))
}

/// Text with references resolved and line ends normalised (XML 1.0 §2.11). The references were checked before.
pub(super) fn decode_text(raw: &str) -> Cow<'_, str> {
    if memchr2(b'&', b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(decode(raw, true, |c| c))
}

/// CDATA with line ends normalised.
pub(super) fn decode_cdata(raw: &str) -> Cow<'_, str> {
    if memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(decode(raw, false, |c| c))
}

/// A value with references resolved and white space normalised (XML 1.0 §3.3.3). The references were checked before.
pub(super) fn decode_attr(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    if memchr(b'&', bytes).is_none() && memchr3(b'\t', b'\n', b'\r', bytes).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(decode(raw, true, |c| if matches!(c, '\t' | '\n') { ' ' } else { c }))
}

fn decode(raw: &str, references: bool, literal: impl Fn(char) -> char) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '&' if references => match rest.split_once(';') {
                Some((name, behind)) => {
                    out.push(resolve(name).unwrap_or(char::REPLACEMENT_CHARACTER));
                    rest = behind;
                }
                None => out.push(c),
            },
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                out.push(literal('\n'));
            }
            c => out.push(literal(c)),
        }
    }
    out
}

/// Checks every reference in text or a value; says whether one was numeric. Errors carry their offset.
pub(super) fn check_references(raw: &str) -> Result<bool, (usize, XmlErrorKind)> {
    let mut numeric = false;
    let mut from = 0;
    while let Some(found) = raw.get(from..).and_then(|rest| memchr(b'&', rest.as_bytes())) {
        let at = from + found;
        let rest = raw.get(at + 1..).unwrap_or_default();
        let malformed = (at, XmlErrorKind::NotWellFormed(Syntax::Reference));
        let end = memchr2(b';', b'&', rest.as_bytes()).ok_or(malformed)?;
        let name = rest.get(..end).unwrap_or_default();
        if rest.as_bytes().get(end) != Some(&b';') {
            return Err(malformed);
        }
        if let Some(number) = name.strip_prefix('#') {
            let hex = number.strip_prefix('x');
            let digits = hex.unwrap_or(number);
            let fits = |c: char| if hex.is_some() { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
            if digits.is_empty() || !digits.chars().all(fits) {
                return Err(malformed);
            }
            numeric = true;
            resolve(name).ok_or((at, XmlErrorKind::NotWellFormed(Syntax::CharReference)))?;
        } else if resolve(name).is_none() {
            // A name of an entity may hold colons by XML 1.0; that it is not one of the five is what counts.
            let entity = name.split(':').all(|part| part.is_empty() || part.chars().all(is_name_char))
                && name.chars().next().is_some_and(|c| c == ':' || is_name_start(c));
            return Err(if entity {
                (at, XmlErrorKind::Restricted(Feature::EntityReference))
            } else {
                malformed
            });
        }
        from = at + 1 + end + 1;
    }
    Ok(numeric)
}

/// What stands between `&` and `;`.
fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32).filter(|&c| is_char(c))
        }
    }
}
