//! Escaping, exactly as much as needed (XML 1.0 §2.4, §3.3.3; RFC 6120 §11.1), and back.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::{Feature, Syntax, XmlErrorKind};

/// Whether XML 1.0 can carry this character at all (XML 1.0 §2.2).
pub const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether this is a name without colon (Namespaces in XML 1.0 §3, `NCName`).
pub fn is_name(s: &str) -> bool {
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
    escape(s, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        _ => None,
    })
}

/// The value as it stands between single or double quotes: also quotes, tabs and line ends are escaped, which a reader
/// would turn into spaces otherwise (XML 1.0 §3.3.3).
///
/// Characters that XML cannot carry ([`is_char`]) become U+FFFD.
pub fn attr(s: &str) -> Cow<'_, str> {
    escape(s, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\'' => Some("&apos;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        _ => None,
    })
}

fn escape(s: &str, special: impl Fn(u8) -> Option<&'static str>) -> Cow<'_, str> {
    let bytes = s.as_bytes();
    let mut done = 0;
    let mut out = String::new();
    for (i, &b) in bytes.iter().enumerate() {
        let (with, len) = match b {
            0xEF if is_noncharacter(bytes.get(i..)) => ("\u{FFFD}", 3),
            _ if is_control(b) => ("\u{FFFD}", 1),
            _ => match special(b) {
                Some(with) => (with, 1),
                None => continue,
            },
        };
        out.push_str(s.get(done..i).unwrap_or_default());
        out.push_str(with);
        done = i + len;
    }
    if done == 0 {
        return Cow::Borrowed(s);
    }
    out.push_str(s.get(done..).unwrap_or_default());
    Cow::Owned(out)
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
    let mut first = None;
    let mut ascii = true;
    for (i, block) in bytes.chunks(64).enumerate() {
        let (bad, high) = block.iter().fold((false, 0), |(bad, high), &b| (bad | is_control(b), high | b));
        ascii &= high < 0x80;
        if bad {
            first = block.iter().position(|&b| is_control(b)).map(|at| i * 64 + at);
            break;
        }
    }
    if ascii {
        return first;
    }
    let before = bytes.get(..first.unwrap_or(bytes.len())).unwrap_or(bytes);
    memchr_iter(0xEF, before).find(|&i| is_noncharacter(before.get(i..))).or(first)
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
