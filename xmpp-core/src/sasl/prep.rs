//! User names and passwords in the form in which they are compared: SASLprep (RFC 4013), a profile of RFC 3454.

use std::borrow::Cow;

use stringprep::tables;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What happens to characters that Unicode 3.2 had not assigned (RFC 3454 §7). Emoji are among them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unassigned {
    Allow,
    Refuse,
}

/// A user name for a login: a query string (RFC 5802 §5.1). `None` if it is empty or has a prohibited character.
pub(crate) fn username(username: &str) -> Option<Cow<'_, str>> {
    saslprep(username, Unassigned::Allow)
}

/// A password for a login. RFC 5802 §2.2 would have it refused when a character is younger than Unicode 3.2 (2002).
/// But a server that took such a password when the account was made compares it unchanged, and refusing it here would
/// only lock its user out.
pub(super) fn password(password: &str) -> Option<Zeroizing<String>> {
    saslprep(password, Unassigned::Allow).map(wiped)
}

/// A password for a new account: a stored string, so characters younger than Unicode 3.2 are refused.
pub(super) fn new_password(password: &str) -> Option<Zeroizing<String>> {
    saslprep(password, Unassigned::Refuse).map(wiped)
}

fn wiped(text: Cow<'_, str>) -> Zeroizing<String> {
    Zeroizing::new(text.into_owned())
}

fn saslprep(text: &str, unassigned: Unassigned) -> Option<Cow<'_, str>> {
    if text.is_empty() {
        return None;
    }
    if text.is_ascii() {
        return (!text.contains(tables::ascii_control_character)).then_some(Cow::Borrowed(text));
    }
    // §2.1: C.1.2 becomes a space, B.1 disappears. ZERO WIDTH SPACE is in both tables; the first one wins, as in the
    // other implementations.
    let prepared: String = text
        .chars()
        .map(|c| if tables::non_ascii_space_character(c) { ' ' } else { c })
        .filter(|&c| !tables::commonly_mapped_to_nothing(c))
        .nfkc()
        .collect();
    let refuse = |c| prohibited(c) || (unassigned == Unassigned::Refuse && tables::unassigned_code_point(c));
    if prepared.is_empty() || prepared.contains(refuse) || !directions_fit(&prepared) {
        drop(Zeroizing::new(prepared)); // it may be a password
        return None;
    }
    Some(Cow::Owned(prepared))
}

/// §2.3: tables C.1.2 to C.9 (surrogates, C.5, cannot occur in a `str`).
fn prohibited(c: char) -> bool {
    tables::non_ascii_space_character(c)
        || tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::inappropriate_for_canonical_representation(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
}

/// RFC 3454 §6: text with a right-to-left character begins and ends with one and has no left-to-right character.
fn directions_fit(text: &str) -> bool {
    !text.contains(tables::bidi_r_or_al)
        || (!text.contains(tables::bidi_l)
            && text.starts_with(tables::bidi_r_or_al)
            && text.ends_with(tables::bidi_r_or_al))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MEC-06, MEC-07: mapping, normalization, prohibited characters and directions (RFC 4013 §3 shows these kinds).
    #[test]
    fn prepares() {
        let cases = [
            ("juliet", Some("juliet")),
            ("Juliet", Some("Juliet")),
            ("two words", Some("two words")),
            ("soft\u{ad}hyphen", Some("softhyphen")),
            ("no\u{a0}break", Some("no break")),
            ("\u{aa}", Some("a")),
            ("\u{2168}", Some("IX")),
            ("e\u{301}", Some("\u{e9}")),
            ("\u{627}1\u{628}", Some("\u{627}1\u{628}")),
            ("", None),
            ("\u{ad}", None),
            ("bell\u{7}", None),
            ("\u{e9}\u{7f}", None),
            ("\u{627}1", None),
            ("\u{627}a\u{628}", None),
            ("\u{e000}", None),
            ("a\u{fffd}", None),
            ("a\u{200e}b", None),
        ];
        for (input, output) in cases {
            assert_eq!(username(input).as_deref(), output, "{input:?}");
            assert_eq!(password(input).as_ref().map(|p| p.as_str()), output, "{input:?}");
        }
    }

    /// MEC-07: only a new password must keep to the characters of Unicode 3.2.
    #[test]
    fn younger_characters() {
        let younger = "key\u{1f511}";
        assert_eq!(username(younger).as_deref(), Some(younger));
        assert!(password(younger).is_some());
        assert!(new_password(younger).is_none());
    }
}
