//! The PRECIS profiles of the two outer parts: `UsernameCaseMapped` (RFC 8265 §3.3) and `OpaqueString` (§4.2).
//!
//! The string class is checked last, in the order of RFC 8264 §7, although RFC 8265 §3.3.2 would have it right after the
//! width mapping: so decomposed Hangul, which some input methods and file systems produce, and singletons such as
//! U+212B ANGSTROM SIGN become the letters that they stand for, as other implementations and servers have it.

use alloc::string::String;
use core::iter::once;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::class::{self, Class};
use crate::quiet::{self, Survey};
use crate::{JidError, Part, Reason, bidi};

/// The most octets that a part may have once enforced (RFC 7622 §3.2, §3.3, §3.4).
pub(crate) const MAX_PART: usize = 1023;

/// No rule shortens a string to less than a quarter (the worst is fullwidth letters with composing marks, 7 octets to
/// 2), so that what is longer than this need not be looked at.
pub(crate) const MAX_INPUT: usize = 4 * MAX_PART;

/// Appends a localpart in canonical form.
pub(crate) fn push_local(out: &mut String, local: &str) -> Result<(), JidError> {
    push(out, local, Part::Local, |out| {
        match quiet::survey(local, quiet::LOCAL) {
            Survey::Stays => out.push_str(local),
            Survey::Lowered => quiet::push_lowered(out, local, quiet::LOCAL),
            Survey::Unsure => ascii_fault(local, Part::Local).map_or_else(|| slow_local(out, local), Err)?,
        }
        Ok(())
    })
}

/// Appends a resourcepart in canonical form.
pub(crate) fn push_resource(out: &mut String, resource: &str) -> Result<(), JidError> {
    push(out, resource, Part::Resource, |out| {
        match quiet::survey(resource, quiet::RESOURCE) {
            Survey::Stays => out.push_str(resource),
            _ => ascii_fault(resource, Part::Resource).map_or_else(|| slow_resource(out, resource), Err)?,
        }
        Ok(())
    })
}

/// What is wrong with a text in ASCII that neither stays nor goes to lower case, found without the rules.
fn ascii_fault(text: &str, part: Part) -> Option<JidError> {
    let wrong = |byte: &u8| match part {
        Part::Local => !byte.is_ascii_graphic() || class::excluded(char::from(*byte)),
        _ => !matches!(byte, b' '..=b'~'),
    };
    let (position, byte) =
        text.bytes().enumerate().find(|(_, byte)| wrong(byte)).filter(|_| text.is_ascii())?;
    let c = char::from(byte);
    let excluded = part == Part::Local && class::excluded(c);
    Some(JidError::new(part, if excluded { Reason::Excluded(c) } else { Reason::Disallowed(c) }, position))
}

/// The limits of length around the rules of a part.
fn push(
    out: &mut String,
    text: &str,
    part: Part,
    rules: impl FnOnce(&mut String) -> Result<(), JidError>,
) -> Result<(), JidError> {
    if text.is_empty() {
        return Err(JidError::new(part, Reason::Empty, 0));
    }
    if text.len() > MAX_INPUT {
        return Err(JidError::new(part, Reason::TooLong, 0));
    }
    let start = out.len();
    rules(out)?;
    if out.len() - start > MAX_PART {
        return Err(JidError::new(part, Reason::TooLong, 0));
    }
    Ok(())
}

/// The rules for localparts as the RFCs state them, for any characters.
pub(crate) fn slow_local(out: &mut String, local: &str) -> Result<(), JidError> {
    until_stable(out, local, Part::Local, |text| {
        let wide: String = text.chars().map(width_mapped).collect();
        let enforced: String = wide.to_lowercase().nfc().collect();
        class::check(&enforced, Class::Local).map_err(|found| {
            let (reason, position) = class::locate(text, &enforced, found, |c, culprit| {
                width_mapped(c).to_lowercase().nfc().any(|c| c == culprit)
            });
            JidError::new(Part::Local, reason, position)
        })?;
        if bidi::has_rtl(&enforced) && !bidi::satisfies_rule(&enforced) {
            return Err(JidError::new(Part::Local, Reason::Bidi, 0));
        }
        Ok(enforced)
    })
}

/// The rules for resourceparts as the RFCs state them, for any characters.
pub(crate) fn slow_resource(out: &mut String, resource: &str) -> Result<(), JidError> {
    until_stable(out, resource, Part::Resource, |text| {
        let enforced: String = text.chars().map(space_mapped).nfc().collect();
        class::check(&enforced, Class::Resource).map_err(|found| {
            let (reason, position) = class::locate(text, &enforced, found, |c, culprit| {
                once(space_mapped(c)).nfc().any(|c| c == culprit)
            });
            JidError::new(Part::Resource, reason, position)
        })?;
        Ok(enforced)
    })
}

/// Applies rules until they change nothing, at most four times (RFC 8264 §7). A fault that shows only after the first
/// time has no place of its own in the string that was given: it points at the start.
fn until_stable(
    out: &mut String,
    text: &str,
    part: Part,
    rules: impl Fn(&str) -> Result<String, JidError>,
) -> Result<(), JidError> {
    let mut enforced = rules(text)?;
    if enforced == text {
        out.push_str(text);
        return Ok(());
    }
    for _ in 0..3 {
        let again = rules(&enforced).map_err(|error| JidError::new(part, error.reason(), 0))?;
        if again == enforced {
            out.push_str(&enforced);
            return Ok(());
        }
        enforced = again;
    }
    Err(JidError::new(part, Reason::Unstable, 0))
}

/// The width mapping of one character (RFC 8265 §3.3.1). It lives in the block of fullwidth and halfwidth forms, where
/// it is the compatibility decomposition. Where the two differ (halfwidth jamo, fullwidth macron) the character stays,
/// for an identifier may hold neither it nor what it maps to; so does the wide space outside of the block.
pub(crate) fn width_mapped(c: char) -> char {
    if !matches!(c, '\u{FF01}'..='\u{FF9F}' | '\u{FFE0}'..='\u{FFEE}') {
        return c;
    }
    let mut decomposed = once(c).nfkd();
    match (decomposed.next(), decomposed.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

/// Other spaces become the ASCII one (RFC 8265 §4.2.2).
pub(crate) fn space_mapped(c: char) -> char {
    if !c.is_ascii() && c.general_category() == GeneralCategory::SpaceSeparator { ' ' } else { c }
}
