//! ASCII addresses that are canonical as they stand, which nearly all are: recognised in one pass without the rules.
//!
//! Anything else, wrong addresses too, is left to the rules. Both must agree, which property tests watch.

use crate::JidRef;
use crate::class;
use crate::domain::{MAX_LABEL, MAX_NAME};
use crate::precis::MAX_PART;

/// What a byte may be as it stands.
const LOCAL: u8 = 1;
const NAME: u8 = 2;
/// A dot or a hyphen: stands neither at the ends of a name nor, but for hyphens, beside another.
const MARK: u8 = 4;

const USES: [u8; 256] = {
    let mut uses = [0; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let mut these = 0;
        if byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !class::excluded(byte as char) {
            these |= LOCAL;
        }
        if matches!(byte, b'a'..=b'z' | b'0'..=b'9') {
            these |= NAME;
        }
        if matches!(byte, b'-' | b'.') {
            these |= NAME | MARK;
        }
        uses[byte as usize] = these;
        byte += 1;
    }
    uses
};

const fn uses(byte: u8) -> u8 {
    // The table has an entry for every byte.
    USES[byte as usize]
}

/// The view of a canonical ASCII address. `const`, so that literals can be checked when a program is compiled.
pub(crate) const fn canonical(address: &str) -> Option<JidRef<'_>> {
    let bytes = address.as_bytes();
    // All that a name consists of may be part of a localpart, so a run that no `@` ends is looked at again as a name.
    let behind = behind_local(bytes);
    let run = bytes.len() - behind.len();
    let (at, domain) = match behind {
        [] | [b'/', ..] => (0, bytes),
        [b'@', domain @ ..] if run != 0 && run <= MAX_PART => (run, domain),
        _ => return None,
    };
    let (beside, behind) = behind_name(domain);
    let (name, _) = domain.split_at(domain.len() - behind.len());
    if !is_name(name, beside) {
        return None;
    }
    match behind {
        [] => {}
        [b'/', resource @ ..]
            if !resource.is_empty() && resource.len() <= MAX_PART && is_printable(resource) => {}
        _ => return None,
    }
    Some(JidRef::cut(address, at, bytes.len() - behind.len()))
}

/// What follows the bytes that may stand in a localpart.
const fn behind_local(mut bytes: &[u8]) -> &[u8] {
    while let [a, b, c, d, behind @ ..] = bytes {
        let (a, b, c, d) = (uses(*a), uses(*b), uses(*c), uses(*d));
        if a & b & c & d & LOCAL == 0 {
            break;
        }
        bytes = behind;
    }
    while let [byte, behind @ ..] = bytes {
        if uses(*byte) & LOCAL == 0 {
            break;
        }
        bytes = behind;
    }
    bytes
}

/// What follows the bytes of a name, and which uses two neighbours have in common, where before the first byte it is as
/// behind a dot.
const fn behind_name(mut bytes: &[u8]) -> (u8, &[u8]) {
    let mut before = MARK;
    let mut beside = 0;
    while let [a, b, c, d, behind @ ..] = bytes {
        let (a, b, c, d) = (uses(*a), uses(*b), uses(*c), uses(*d));
        if a & b & c & d & NAME == 0 {
            break;
        }
        beside |= before & a | a & b | b & c | c & d;
        (before, bytes) = (d, behind);
    }
    while let [byte, behind @ ..] = bytes {
        let byte = uses(*byte);
        if byte & NAME == 0 {
            break;
        }
        beside |= before & byte;
        (before, bytes) = (byte, behind);
    }
    (beside, bytes)
}

/// Whether the bytes of a name are labels that need no mapping; if not, the rules must tell.
const fn is_name(name: &[u8], beside: u8) -> bool {
    if matches!(name, [] | [.., b'-' | b'.']) || name.len() > MAX_NAME {
        return false;
    }
    // What is no longer than a label and has no two marks in a row needs no closer look.
    beside & MARK == 0 && name.len() <= MAX_LABEL || are_labels(name)
}

/// None is longer than 63 and none has a hyphen at an end; what might be an `xn--` is left to the rules.
const fn are_labels(mut name: &[u8]) -> bool {
    let mut label = name;
    let mut before = b'.';
    while let [byte, behind @ ..] = name {
        match *byte {
            b'-' if before == b'.' => return false,
            b'-' if label.len() == name.len() + 2 && matches!(label, [b'x', b'n', ..]) => return false,
            b'.' if before == b'.' || before == b'-' => return false,
            b'.' => label = behind,
            _ if label.len() - name.len() == MAX_LABEL => return false,
            _ => {}
        }
        (before, name) = (*byte, behind);
    }
    true
}

/// Whether every byte is one of `' '..='~'`, eight at a time.
const fn is_printable(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut wrong = 0;
    while let Some((word, behind)) = rest.split_first_chunk() {
        wrong |= unprintable(u64::from_le_bytes(*word));
        rest = behind;
    }
    if let Some((_, word)) = bytes.split_last_chunk() {
        // Looks again at some of the bytes, which is cheaper than one by one.
        wrong |= unprintable(u64::from_le_bytes(*word));
    } else {
        while let [byte, behind @ ..] = rest {
            if !matches!(*byte, b' '..=b'~') {
                return false;
            }
            rest = behind;
        }
    }
    wrong == 0
}

/// Not zero when one of eight bytes is not printable. A borrow comes only from a byte that is below the range, and a
/// carry only from one that is above, so neither makes a difference.
const fn unprintable(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let below = word.wrapping_sub(EACH * 0x20);
    let above = word.wrapping_add(EACH);
    (word | below | above) & (EACH * 0x80)
}
