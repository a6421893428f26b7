//! Quiet characters: those that the rules leave alone, whatever stands beside them.
//!
//! They are in the part's string class and need no context, they are in NFC and compose with nothing that stands before
//! them (`NFC_Quick_Check` is Yes; UAX #15 §9), the mapping of the part does not change them, and none runs from right to
//! left (so that the Bidi Rule is not asked for, RFC 5893 §2) or all of them do. Marks with a combining class, whose order
//! matters, must not stand beside each other. So a text of quiet characters is canonical, and one of characters that become
//! quiet ones in lower case is as soon as they are: one look-up each, where the rules take many.
//!
//! The table is made from the rules themselves, by the test in `generator.rs`.

#[cfg(test)]
mod generator;
mod table;
#[cfg(test)]
mod tests;

use alloc::string::String;

use crate::precis::width_mapped;
use table::{BLOCKS, INDEX, SHIFT};

/// Stays in a localpart.
pub(crate) const LOCAL: u8 = 1;
/// Stays in a localpart or becomes in lower case what does.
const LOCAL_LOWERED: u8 = 2;
/// Stays in a name. The dot between labels does.
pub(crate) const NAME: u8 = 4;
/// Stays in a name or becomes in lower case what does.
const NAME_LOWERED: u8 = 8;
/// Stays in a resourcepart.
pub(crate) const RESOURCE: u8 = 16;
/// A mark with a combining class. It stays in every part, but not beside another.
const STACKED: u8 = 32;
/// A letter that runs from right to left. It stays in localparts and labels that hold only such letters.
pub(crate) const RIGHT_TO_LEFT: u8 = 64;

/// What is known of a text from its characters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survey {
    /// The rules leave it as it is.
    Stays,
    /// The rules make of it what [`push_lowered`] makes.
    Lowered,
    /// The rules must tell.
    Unsure,
}

/// Looks at a text for a part: [`LOCAL`], [`NAME`] or [`RESOURCE`], or for a label of [`RIGHT_TO_LEFT`]. Says nothing of
/// length and of where labels end.
pub(crate) fn survey(text: &str, part: u8) -> Survey {
    let (mut common, mut before, mut beside) = (u8::MAX, 0, 0);
    for c in text.chars() {
        let flags = flags(c);
        common &= flags;
        beside |= before & flags;
        before = flags;
    }
    if beside & STACKED != 0 {
        Survey::Unsure
    } else if common & part != 0 || part == LOCAL && common & RIGHT_TO_LEFT != 0 {
        Survey::Stays
    } else if common & lowered(part) != 0 {
        Survey::Lowered
    } else {
        Survey::Unsure
    }
}

/// Appends a text that was surveyed as [`Survey::Lowered`].
pub(crate) fn push_lowered(out: &mut String, text: &str, part: u8) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        if let Some(text) = out.get_mut(start..) {
            text.make_ascii_lowercase();
        }
        return;
    }
    // In localparts its lower case depends on its neighbours; in names it does not (UTS 46).
    if part == LOCAL && text.contains('\u{3A3}') {
        out.push_str(&text.chars().map(width_mapped).collect::<String>().to_lowercase());
        return;
    }
    for c in text.chars() {
        if flags(c) & part != 0 {
            out.push(c);
        } else {
            out.extend(width_mapped(c).to_lowercase());
        }
    }
}

const fn lowered(part: u8) -> u8 {
    match part {
        LOCAL => LOCAL_LOWERED,
        NAME => NAME_LOWERED,
        _ => 0,
    }
}

fn flags(c: char) -> u8 {
    let c = c as usize;
    let block = INDEX.get(c >> SHIFT).and_then(|&block| BLOCKS.get(usize::from(block)));
    block.map_or(0, |block| block[c % (1 << SHIFT)])
}
