//! Percent-encoding (RFC 3986 §2.1), by the sets of RFC 5122 §2.2.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::{Text, UriError};

/// Where a text stands, which decides what it may hold as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// `inodeid`
    Local,
    /// `ihost`
    Domain,
    /// `iresid`
    Resource,
    /// `iquerytype`, `ikey`, `ivalue`
    Query,
    /// `ifragment`
    Fragment,
}

impl Kept {
    /// What is written as it is, besides `unreserved`.
    fn written(self, c: char) -> bool {
        match self {
            Self::Local => matches!(c, '!' | '$' | '('..=',' | ';' | '='),
            Self::Resource => matches!(c, '!' | '$' | '&'..=',' | ':' | ';' | '='),
            Self::Domain | Self::Query => false,
            Self::Fragment => matches!(c, '!' | '$' | '&'..=',' | ':' | ';' | '=' | '@' | '/' | '?'),
        }
    }

    /// What is read as it is, besides that and what RFC 3987 allows beyond ASCII.
    fn read(self, c: char) -> bool {
        match self {
            Self::Local => matches!(c, '&' | '\''),
            // An address in brackets.
            Self::Domain => matches!(c, '!' | '$' | '&'..=',' | ';' | '=' | '[' | ':' | ']'),
            Self::Resource => matches!(c, '@' | '/'),
            // A `;` divides.
            Self::Query => matches!(c, '!' | '$' | '&'..=',' | ':' | '=' | '@' | '/' | '?'),
            Self::Fragment => false,
        }
    }
}

fn unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

/// Decodes a piece. What was percent-encoded and what was not mean the same.
pub(super) fn decode(piece: Text<'_>, kept: Kept) -> Result<Cow<'_, str>, UriError> {
    let Text { text, start } = piece;
    let mut octets = Vec::new();
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        // The two digits behind come next, pass as unreserved, and lie before `copied`.
        if c == '%' {
            let octet =
                text.get(at + 1..at + 3).and_then(octet).ok_or(UriError::Percent { position: start + at })?;
            octets.extend_from_slice(text.get(copied..at).unwrap_or_default().as_bytes());
            octets.push(octet);
            copied = at + 3;
        } else if !(unreserved(c) || !c.is_ascii() || kept.written(c) || kept.read(c)) {
            return Err(UriError::Character { found: c, position: start + at });
        }
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(text));
    }
    octets.extend_from_slice(text.get(copied..).unwrap_or_default().as_bytes());
    String::from_utf8(octets)
        .map(Cow::Owned)
        .map_err(|_| UriError::Percent { position: start + text.find('%').unwrap_or(0) })
}

/// The octet that two hexadecimal digits stand for.
fn octet(digits: &str) -> Option<u8> {
    // `from_str_radix` would take a sign.
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// Writes a text so that [`decode`] reads it. In an IRI, letters beyond ASCII stay.
pub(super) fn encode(out: &mut fmt::Formatter<'_>, text: &str, kept: Kept, iri: bool) -> fmt::Result {
    for c in text.chars() {
        if unreserved(c) || kept.written(c) || iri && in_iri(c) {
            out.write_char(c)?;
        } else {
            for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                let digit = |value: u8| {
                    char::from_digit(value.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
                };
                out.write_char('%')?;
                out.write_char(digit(octet >> 4))?;
                out.write_char(digit(octet & 15))?;
            }
        }
    }
    Ok(())
}

/// `ucschar` (RFC 3987 §2.2) without what nobody sees: noncharacters, tags, and the marks of direction (§4.1).
fn in_iri(c: char) -> bool {
    match c {
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => false,
        '\u{A0}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFEF}' => true,
        '\u{10000}'..='\u{DFFFD}' | '\u{E1000}'..='\u{EFFFD}' => u32::from(c) & 0xffff < 0xfffe,
        _ => false,
    }
}
