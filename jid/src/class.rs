//! Which characters a part may hold: the string classes of RFC 8264 §4 and §9, the labels of RFC 5892, and the
//! contextual rules of RFC 5892 appendix A that they share.

use core::iter::once;

use idna_adapter::{Adapter, LEFT_OR_DUAL_JOINING_MASK, RIGHT_OR_DUAL_JOINING_MASK};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_properties::{GeneralCategory as Gc, GeneralCategoryGroup as Group, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use crate::Reason;

/// A repertoire of characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// `IdentifierClass` (RFC 8264 §4.2) without what RFC 7622 §3.3.1 takes away.
    Local,
    /// `FreeformClass` (RFC 8264 §4.3).
    Resource,
    /// A label as IDNA2008 knows it (RFC 5892 §3), after the mapping of UTS 46.
    Label,
}

/// The derived property of a code point (RFC 8264 §8), reduced to what decides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Property {
    /// `PVALID`
    Valid,
    /// `FREE_PVAL`, which is `ID_DIS`
    Free,
    /// `CONTEXTJ`, `CONTEXTO`
    Context,
    /// `DISALLOWED`, `UNASSIGNED`
    Disallowed,
}

/// Checks every character; the error comes with its byte position.
pub(crate) fn check(text: &str, class: Class) -> Result<(), (Reason, usize)> {
    let mut rules = WholeText::default();
    for (position, c) in text.char_indices() {
        let reason = match property(c) {
            Property::Valid if class == Class::Local && excluded(c) => Reason::Excluded(c),
            Property::Valid if class == Class::Label && !in_label(c) => Reason::Disallowed(c),
            Property::Free if class != Class::Resource => Reason::Disallowed(c),
            Property::Valid | Property::Free => continue,
            Property::Context if in_context(text, position, c, &mut rules) => continue,
            Property::Context => Reason::Context(c),
            Property::Disallowed => Reason::Disallowed(c),
        };
        return Err((reason, position));
    }
    Ok(())
}

/// Whether a character may stand in a part whatever its neighbours are.
#[cfg(test)]
pub(crate) fn is_free(c: char, class: Class) -> bool {
    let free = match property(c) {
        Property::Valid => true,
        Property::Free => class == Class::Resource,
        Property::Context | Property::Disallowed => false,
    };
    free && check(c.encode_utf8(&mut [0; 4]), class).is_ok()
}

/// Points at the character of `given` from which a fault in its mapped form arose: the one whose own mapping `yields` the
/// culprit, counting those that passed before. A character that only composition made is not found, and the error
/// points at the start.
pub(crate) fn locate(
    given: &str,
    mapped: &str,
    (reason, at): (Reason, usize),
    yields: impl Fn(char, char) -> bool,
) -> (Reason, usize) {
    let Some(culprit) = mapped.get(at..).and_then(|rest| rest.chars().next()) else { return (reason, 0) };
    let passed = mapped.get(..at).unwrap_or_default().chars().filter(|&c| c == culprit).count();
    let origin = given.char_indices().filter(|(_, c)| yields(*c, culprit)).nth(passed);
    match (reason, origin) {
        (Reason::Disallowed(_), Some((position, c))) => (Reason::Disallowed(c), position),
        (_, Some((position, _))) => (reason, position),
        (_, None) => (reason, 0),
    }
}

/// What a localpart may not hold although usernames may (RFC 7622 §3.3.1).
pub(crate) const fn excluded(c: char) -> bool {
    matches!(c, '"' | '&' | '\'' | '/' | ':' | '<' | '>' | '@')
}

/// What RFC 5892 forbids in labels and PRECIS allows in identifiers: ASCII besides LDH, and the blocks of §2.4. Its
/// unstable characters (§2.2) never reach this point, for UTS 46 maps or refuses them.
fn in_label(c: char) -> bool {
    match c {
        '\0'..='\x7f' => matches!(c, 'a'..='z' | '0'..='9' | '-'),
        '\u{20D0}'..='\u{20FF}' | '\u{1D100}'..='\u{1D24F}' => false,
        _ => true,
    }
}

/// RFC 8264 §8, in the order given there.
fn property(c: char) -> Property {
    match c {
        // ASCII7 (§9.11), and exceptions (RFC 5892 §2.6)
        '!'..='~' | '\u{DF}' | '\u{3C2}' | '\u{6FD}' | '\u{6FE}' | '\u{F0B}' | '\u{3007}' => {
            return Property::Valid;
        }
        '\u{640}' | '\u{7FA}' | '\u{302E}' | '\u{302F}' | '\u{3031}'..='\u{3035}' | '\u{303B}' => {
            return Property::Disallowed;
        }
        // Exceptions and JoinControl (§2.8)
        '\u{B7}'
        | '\u{375}'
        | '\u{5F3}'
        | '\u{5F4}'
        | '\u{30FB}'
        | '\u{200C}'
        | '\u{200D}'
        | '\u{660}'..='\u{669}'
        | '\u{6F0}'..='\u{6F9}' => {
            return Property::Context;
        }
        _ if old_hangul_jamo(c) || default_ignorable(c) => return Property::Disallowed,
        _ => {}
    }
    match c.general_category() {
        // LetterDigits (RFC 5892 §2.1), unless a compatibility form (§9.17)
        Gc::UppercaseLetter
        | Gc::LowercaseLetter
        | Gc::ModifierLetter
        | Gc::OtherLetter
        | Gc::NonspacingMark
        | Gc::SpacingMark
        | Gc::DecimalNumber => {
            let compatible = match is_nfkc_quick(once(c)) {
                IsNormalized::Yes => false,
                IsNormalized::No => true,
                IsNormalized::Maybe => !once(c).nfkc().eq(once(c)),
            };
            if compatible { Property::Free } else { Property::Valid }
        }
        // The lines are in none of the categories.
        Gc::LineSeparator | Gc::ParagraphSeparator => Property::Disallowed,
        _ => match c.general_category_group() {
            // Controls, unassigned, noncharacters (§9.10, §9.12, §9.13), formats, private use
            Group::Other => Property::Disallowed,
            // Spaces, Symbols, Punctuation, OtherLetterDigits (§9.14 to §9.16, §9.18)
            _ => Property::Free,
        },
    }
}

/// `Hangul_Syllable_Type` L, V or T (RFC 5892 §2.9).
fn old_hangul_jamo(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7C6}' | '\u{D7CB}'..='\u{D7FB}')
}

/// `Default_Ignorable_Code_Point` (RFC 8264 §9.13) without the joiners, which come first. Unicode never moves an
/// assigned character into or out of it, and unassigned ones are disallowed in any case.
fn default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// What the rules ask of the whole text, looked for once: a peer may send a thousand such characters in one address.
#[derive(Default)]
struct WholeText {
    japanese: Option<bool>,
    arabic_digits: Option<bool>,
    extended_digits: Option<bool>,
}

/// The rules of RFC 5892 appendix A. The whole string counts as the label.
fn in_context(text: &str, position: usize, c: char, rules: &mut WholeText) -> bool {
    // `position` is where `c` stands, so both cuts fall on character boundaries.
    let before = text.get(..position).unwrap_or_default();
    let after = text.get(position + c.len_utf8()..).unwrap_or_default();
    let last = before.chars().next_back();
    let next = after.chars().next();
    let adapter = Adapter::new();
    match c {
        // A.1, zero width non-joiner
        '\u{200C}' => {
            let joining = |c: &char| {
                let kind = adapter.joining_type(*c);
                (!kind.is_transparent()).then(|| kind.to_mask())
            };
            last.is_some_and(|c| adapter.is_virama(c))
                || (before.chars().rev().find_map(|c| joining(&c)))
                    .is_some_and(|mask| mask.intersects(LEFT_OR_DUAL_JOINING_MASK))
                    && (after.chars().find_map(|c| joining(&c)))
                        .is_some_and(|mask| mask.intersects(RIGHT_OR_DUAL_JOINING_MASK))
        }
        // A.2, zero width joiner
        '\u{200D}' => last.is_some_and(|c| adapter.is_virama(c)),
        // A.3, middle dot, as in Catalan
        '\u{B7}' => last == Some('l') && next == Some('l'),
        // A.4, Greek keraia
        '\u{375}' => next.is_some_and(|c| c.script() == Script::Greek),
        // A.5 and A.6, Hebrew geresh and gershayim
        '\u{5F3}' | '\u{5F4}' => last.is_some_and(|c| c.script() == Script::Hebrew),
        // A.7, katakana middle dot
        '\u{30FB}' => *rules.japanese.get_or_insert_with(|| {
            text.chars().any(|c| matches!(c.script(), Script::Hiragana | Script::Katakana | Script::Han))
        }),
        // A.8 and A.9: the two sets of Arabic digits do not mix
        '\u{660}'..='\u{669}' => !*rules
            .extended_digits
            .get_or_insert_with(|| text.contains(|c| matches!(c, '\u{6F0}'..='\u{6F9}'))),
        '\u{6F0}'..='\u{6F9}' => {
            !*rules.arabic_digits.get_or_insert_with(|| text.contains(|c| matches!(c, '\u{660}'..='\u{669}')))
        }
        _ => false,
    }
}
