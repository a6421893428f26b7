//! Writes `table.rs` from the rules, and tests that it says what they say.
//!
//! ```text
//! JID_WRITE_TABLE=1 cargo test -p jid --lib quiet
//! ```

extern crate std;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::iter::once;
use std::path::Path;

use idna_adapter::{Adapter, FIRST_BC_MASK};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{LOCAL, LOCAL_LOWERED, NAME, NAME_LOWERED, RESOURCE, RIGHT_TO_LEFT, STACKED};
use crate::bidi;
use crate::class::{self, Class};
use crate::precis::{space_mapped, width_mapped};

/// What may stand in a part by itself and beside whatever is quiet too.
fn stays(c: char, class: Class) -> bool {
    let changed = match class {
        Class::Local => width_mapped(c).to_lowercase().ne(once(c)),
        Class::Resource => space_mapped(c) != c,
        Class::Label => Adapter::new().map_normalize(once(c)).ne(once(c)),
    };
    !changed
        && is_nfc_quick(once(c)) == IsNormalized::Yes
        && class::is_free(c, class)
        && (!stacked(c) || EVERY.iter().all(|class| class::is_free(c, *class)))
}

const EVERY: [Class; 3] = [Class::Local, Class::Label, Class::Resource];

fn stacked(c: char) -> bool {
    canonical_combining_class(c) != 0
}

/// A letter that satisfies the Bidi Rule beside any others of its kind: the class is R or AL (RFC 5893 §2).
fn right_to_left(c: char) -> bool {
    let class = Adapter::new().bidi_class(c);
    class.to_mask().intersects(FIRST_BC_MASK) && !class.is_ltr()
}

fn flags(c: char) -> u8 {
    // Unassigned and private characters are allowed nowhere, nor what maps to them; nearly all of Unicode is of these.
    if c.general_category_group() == GeneralCategoryGroup::Other {
        return 0;
    }
    let lowered = || width_mapped(c).to_lowercase();
    let any_way = |c: char| !bidi::has_rtl(c.encode_utf8(&mut [0; 4]));
    let local = |c| any_way(c) && stays(c, Class::Local);
    let label = |c| any_way(c) && (c == '.' || stays(c, Class::Label));
    let mut flags = 0;
    let mut set = |flag, holds| flags |= if holds { flag } else { 0 };
    set(LOCAL, local(c));
    set(LOCAL_LOWERED, local(c) || lowered().all(|c| local(c) && !stacked(c)));
    set(NAME, label(c));
    let adapter = Adapter::new();
    set(NAME_LOWERED, {
        let mapped = adapter.map_normalize(once(c.to_ascii_lowercase()));
        label(c) || lowered().eq(mapped) && lowered().all(|c| label(c) && !stacked(c))
    });
    set(RESOURCE, stays(c, Class::Resource));
    set(STACKED, stacked(c));
    set(RIGHT_TO_LEFT, right_to_left(c) && !stacked(c) && stays(c, Class::Local) && stays(c, Class::Label));
    flags
}

/// A block holds two to this power of characters: larger and smaller ones make the table no smaller.
const SHIFT: usize = 6;

/// The table as a source file.
fn source(all: &[u8]) -> String {
    const SIZE: usize = 1 << SHIFT;
    let mut blocks: Vec<&[u8]> = Vec::new();
    let mut index: Vec<usize> = Vec::new();
    for block in all.chunks(SIZE) {
        index.push(blocks.iter().position(|known| known == &block).unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        }));
    }
    // What lies behind the index has no flags.
    let empty = blocks.iter().position(|block| *block == [0; SIZE]);
    while index.last().copied() == empty {
        index.pop();
    }
    let joined = |numbers: &mut dyn Iterator<Item = String>| numbers.collect::<Vec<_>>().join(",");
    let mut lines = vec![
        String::from("// Written by `generator.rs`; do not edit."),
        String::new(),
        String::from("/// A block holds two to this power of characters."),
        format!("pub(super) const SHIFT: usize = {SHIFT};"),
        String::new(),
        String::from("/// The number of each block of characters."),
        String::from("#[rustfmt::skip]"),
        format!("pub(super) static INDEX: [u16; {}] = [", index.len()),
    ];
    lines.extend(
        index.chunks(24).map(|some| format!("    {},", joined(&mut some.iter().map(usize::to_string)))),
    );
    lines.extend([
        String::from("];"),
        String::new(),
        String::from("/// The flags of each character of each block that differs."),
        String::from("#[rustfmt::skip]"),
        format!("pub(super) static BLOCKS: [[u8; {SIZE}]; {}] = [", blocks.len()),
    ]);
    lines.extend(
        blocks.iter().map(|block| format!("    [{}],", joined(&mut block.iter().map(u8::to_string)))),
    );
    lines.push(String::from("];\n"));
    lines.join("\n")
}

/// JID-15: the table is what the rules say of each character.
#[test]
fn the_table_comes_from_the_rules() {
    let all: Vec<u8> = (0..=u32::from(char::MAX)).map(|c| char::from_u32(c).map_or(0, flags)).collect();
    let source = source(&all);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/quiet/table.rs");
    if std::env::var_os("JID_WRITE_TABLE").is_some() {
        std::fs::write(&path, &source).expect("the table can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the table");
    assert!(
        written == source,
        "jid/src/quiet/table.rs is old: JID_WRITE_TABLE=1 cargo test -p jid --lib quiet"
    );
}
