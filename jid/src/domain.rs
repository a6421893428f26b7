//! Domainparts (RFC 7622 §3.2): names with Unicode labels as IDNA2008 allows them, after the mapping of UTS 46, and
//! IP addresses.

use alloc::string::String;
use core::fmt::{self, Write};
use core::iter::once;
use core::net::Ipv6Addr;

use idna::punycode;
use idna_adapter::Adapter;

use crate::class::{self, Class};
use crate::parse::cut;
use crate::precis::{MAX_INPUT, MAX_PART};
use crate::quiet::{self, Survey};
use crate::{JidError, Part, Reason, bidi};

/// The longest label and the longest name, in ASCII form and octets (RFC 1034 §3.1: 255 with the length of each label
/// and the root's, which leaves 253 as text).
pub(crate) const MAX_LABEL: usize = 63;
pub(crate) const MAX_NAME: usize = 253;

/// What a label in ASCII form begins with (RFC 5890 §2.3.2.5).
const ACE: &str = "xn--";

/// Appends a domainpart in canonical form.
pub(crate) fn push_domain(out: &mut String, domain: &str) -> Result<(), JidError> {
    if domain.len() > MAX_INPUT {
        return Err(fault(Reason::TooLong, 0));
    }
    // A final dot goes before anything else is looked at (RFC 7622 §3.2).
    let name = domain.strip_suffix(is_dot).unwrap_or(domain);
    if name.is_empty() {
        return Err(fault(Reason::Empty, 0));
    }
    if name.starts_with('[') {
        return push_ipv6(out, name);
    }
    let start = out.len();
    match survey(name) {
        Survey::Stays => out.push_str(name),
        Survey::Lowered => quiet::push_lowered(out, name, quiet::NAME),
        Survey::Unsure => return slow_name(out, name),
    }
    if out.get(start..).is_some_and(are_labels) {
        return Ok(());
    }
    out.truncate(start);
    slow_name(out, name)
}

/// The rules for names, for any characters.
pub(crate) fn slow_name(out: &mut String, name: &str) -> Result<(), JidError> {
    let start = out.len();
    let mut ascii_length = 0;
    for (position, label) in labels(name) {
        if position > 0 {
            out.push('.');
            ascii_length += 1;
        }
        ascii_length += push_label(out, label).map_err(|error| error.shifted(position))?;
    }
    if ascii_length > MAX_NAME {
        return Err(fault(Reason::LabelTooLong, 0));
    }
    let pushed = out.get(start..).unwrap_or_default();
    if pushed.len() > MAX_PART {
        return Err(fault(Reason::TooLong, 0));
    }
    // One right-to-left label subjects all to the rule (RFC 5893 §2).
    if bidi::has_rtl(pushed)
        && let Some(index) = pushed.split('.').position(|label| !bidi::satisfies_rule(label))
    {
        return Err(fault(Reason::Bidi, labels(name).nth(index).map_or(0, |(position, _)| position)));
    }
    Ok(())
}

/// Whether a domainpart is canonical for certain: that can be told without the rules.
pub(crate) fn is_canonical(domain: &str) -> bool {
    if domain.starts_with('[') {
        let mut rest = Rest(domain);
        return ipv6(domain).is_ok_and(|address| write!(rest, "[{address}]").is_ok()) && rest.0.is_empty();
    }
    survey(domain) == Survey::Stays && are_labels(domain)
}

/// What is known of a name from its characters.
fn survey(name: &str) -> Survey {
    match quiet::survey(name, quiet::NAME) {
        Survey::Unsure if !name.is_ascii() && is_bidi(name) => Survey::Stays,
        known => known,
    }
}

/// Whether each label is quiet and satisfies the Bidi Rule for certain (RFC 5893 §2): it holds letters that run from right
/// to left only, or ASCII that begins with a letter and stays.
fn is_bidi(name: &str) -> bool {
    name.split('.').all(|label| {
        let stays = |part| quiet::survey(label, part) == Survey::Stays;
        stays(quiet::RIGHT_TO_LEFT)
            || label.is_ascii() && label.starts_with(|c: char| c.is_ascii_lowercase()) && stays(quiet::NAME)
    })
}

/// Whether mapped characters make labels for certain; if not, the rules must tell.
fn are_labels(name: &str) -> bool {
    let mut length = 0;
    let mut rest = Some(name);
    while let Some(name) = rest {
        let label = cut(name, b'.').map_or(name, |(label, _)| label);
        rest = name.get(label.len() + 1..);
        length += usize::from(rest.is_some());
        if label.is_empty() || label.starts_with('-') || label.ends_with('-') || label.starts_with(ACE) {
            return false;
        }
        let octets = if label.is_ascii() {
            label.len()
        } else if is_prefixed(label) || label.starts_with(|c: char| Adapter::new().is_mark(c)) {
            return false;
        } else {
            most_octets(label)
        };
        length += octets;
        if octets > MAX_LABEL || length > MAX_NAME {
            return false;
        }
    }
    true
}

/// Whether the third and fourth character are hyphens.
fn is_prefixed(label: &str) -> bool {
    let mut chars = label.chars().skip(2);
    chars.next() == Some('-') && chars.next() == Some('-')
}

/// No less than the length of a label's ASCII form; the label is not ASCII.
fn most_octets(label: &str) -> usize {
    let (mut all, mut basic, mut last) = (0, 0, 0);
    for c in label.chars() {
        all += 1;
        basic += usize::from(c.is_ascii());
        last = last.max(c as usize);
    }
    // Punycode writes for each other character how many states lie between it and the one before: no more than there
    // are code points times places. A digit divides what is left by ten or more, and behind a number below 36 at most one
    // digit follows (RFC 3492 §3.3, §5: base 36, tmax 26).
    let mut states = last.saturating_sub(0x7f) * all;
    let mut digits = 2;
    while states >= 36 {
        states /= 10;
        digits += 1;
    }
    ACE.len() + basic + 1 + (all - basic) * digits
}

/// Takes from a text what is written, and fails where it differs.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// An address in brackets, in the one text form that RFC 5952 recommends, so that equal addresses are equal strings.
fn push_ipv6(out: &mut String, name: &str) -> Result<(), JidError> {
    let address = ipv6(name)?;
    // Writing into a string does not fail.
    write!(out, "[{address}]").map_err(|_| fault(Reason::Ipv6, 0))
}

fn ipv6(name: &str) -> Result<Ipv6Addr, JidError> {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.and_then(|address| address.parse().ok()).ok_or_else(|| fault(Reason::Ipv6, 0))
}

/// Appends one label and returns the length of its ASCII form.
fn push_label(out: &mut String, label: &str) -> Result<usize, JidError> {
    let start = out.len();
    if label.is_ascii() {
        out.extend(label.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        out.extend(Adapter::new().map_normalize(label.chars()));
    }
    if let Some(encoded) = out.get(start..).and_then(|mapped| mapped.strip_prefix(ACE)) {
        let decoded = decode(encoded)?;
        out.truncate(start);
        out.push_str(&decoded);
    }
    check_label(out.get(start..).unwrap_or_default(), label)
}

/// What follows `xn--`, as a Unicode label.
fn decode(encoded: &str) -> Result<String, JidError> {
    if encoded.len() > MAX_LABEL - ACE.len() {
        return Err(fault(Reason::LabelTooLong, 0));
    }
    // A fake one (RFC 5890 §2.3.1) is one that is ASCII, that the mapping would change, or that encodes in another way.
    punycode::decode_to_string(encoded)
        .filter(|label| !label.is_ascii())
        .filter(|label| Adapter::new().normalize_validate(label.chars()).eq(label.chars()))
        .filter(|label| punycode::encode_str(label).is_some_and(|again| again == encoded))
        .ok_or_else(|| fault(Reason::Punycode, 0))
}

/// Checks a mapped label and returns the length of its ASCII form. `given` serves to point at the culprit.
fn check_label(mapped: &str, given: &str) -> Result<usize, JidError> {
    let Some(first) = mapped.chars().next() else { return Err(fault(Reason::EmptyLabel, 0)) };
    if first == '-' || mapped.ends_with('-') {
        return Err(fault(Reason::Hyphen, 0));
    }
    // So that nothing is taken for a prefix like `xn--` (RFC 5891 §4.2.3.1); in ASCII, such names are in use.
    if !mapped.is_ascii() && is_prefixed(mapped) {
        return Err(fault(Reason::Hyphen, 0));
    }
    if Adapter::new().is_mark(first) {
        return Err(fault(Reason::LeadingMark, 0));
    }
    class::check(mapped, Class::Label).map_err(|found| {
        let (reason, position) = class::locate(given, mapped, found, |c, culprit| {
            Adapter::new().map_normalize(once(c.to_ascii_lowercase())).any(|c| c == culprit)
        });
        fault(reason, position)
    })?;
    // Each character costs at least one octet: this keeps the encoder, which takes quadratic time, off long labels.
    let length = if mapped.is_ascii() {
        mapped.len()
    } else if mapped.chars().count() > MAX_LABEL {
        return Err(fault(Reason::LabelTooLong, 0));
    } else {
        punycode::encode_str(mapped).map_or(usize::MAX, |encoded| ACE.len() + encoded.len())
    };
    if length > MAX_LABEL { Err(fault(Reason::LabelTooLong, 0)) } else { Ok(length) }
}

/// The labels of a name and where they start.
fn labels(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(name);
    core::iter::from_fn(move || {
        let text = rest?;
        let position = name.len() - text.len();
        let label = match text.split_once(is_dot) {
            Some((label, behind)) => {
                rest = Some(behind);
                label
            }
            None => rest.take()?,
        };
        Some((position, label))
    })
}

/// What separates labels (RFC 3490 §3.1; UTS 46 §2.3).
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

fn fault(reason: Reason, position: usize) -> JidError {
    JidError::new(Part::Domain, reason, position)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use idna::punycode;
    use proptest::prelude::*;

    use super::{ACE, most_octets};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        /// JID-11: what counts as short enough without the encoder is.
        #[test]
        fn ascii_forms_are_no_longer_than_estimated(
            label in prop_oneof![
                proptest::collection::vec(any::<char>(), 1..63).prop_map(|chars| chars.into_iter().collect::<String>()),
                "[a-zé-ÿа-я]{1,63}",
                "[a-z一-龥]{1,20}",
                "[a-z]{0,30}[\u{10ff00}-\u{10ffff}][a-z]{0,30}",
            ]
        ) {
            let length = ACE.len() + punycode::encode_str(&label).expect("no overflow").len();
            prop_assert!(most_octets(&label) >= length, "{} < {}", most_octets(&label), length);
        }
    }
}
