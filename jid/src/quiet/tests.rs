//! JID-15: what the table says at once is what the rules say at length.

use alloc::string::String;
use alloc::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{LOCAL, NAME, RESOURCE, RIGHT_TO_LEFT, STACKED, Survey, flags, survey};
use crate::JidError;
use crate::domain::{push_domain, slow_name};
use crate::precis::{push_local, push_resource, slow_local, slow_resource};

type Push = fn(&mut String, &str) -> Result<(), JidError>;

/// Each part: what looks at the table first, and the rules alone.
const PARTS: [(u8, Push, Push); 3] = [
    (LOCAL, push_local, slow_local),
    (NAME, push_domain, slow_name),
    (RESOURCE, push_resource, slow_resource),
];

fn run(push: Push, text: &str) -> Result<String, JidError> {
    let mut out = String::new();
    push(&mut out, text).map(|()| out)
}

/// All characters that are known to stay in a part, or to become such ones; those from right to left by themselves.
fn known(part: u8) -> [Vec<char>; 2] {
    let known = ('\0'..=char::MAX).filter(|c| survey(c.encode_utf8(&mut [0; 4]), part) != Survey::Unsure);
    let (rtl, ltr) = known.partition(|c| flags(*c) & RIGHT_TO_LEFT != 0);
    [ltr, rtl]
}

/// All of Unicode, in texts of a few characters each, so that each is judged with neighbours.
#[test]
fn every_quiet_character_passes_the_rules() {
    let parts = PARTS.into_iter().chain([(RIGHT_TO_LEFT, PARTS[1].1, PARTS[1].2)]);
    for (part, quick, slow) in parts {
        let [ltr, rtl] = known(part);
        assert!(
            ltr.len() > 100_000 || part == RIGHT_TO_LEFT && rtl.len() > 500,
            "most letters and ideographs"
        );
        // Few, for some characters take many octets in Punycode.
        let few = if part == NAME || part == RIGHT_TO_LEFT { 7 } else { 60 };
        for few in ltr.chunks(few).chain(rtl.chunks(few)) {
            // A label must not begin or end with a hyphen, nor begin with a mark.
            let mut text: String = few.iter().filter(|c| !".-．－".contains(**c)).collect();
            if part == NAME {
                text.insert(0, 'a');
            }
            let (quickly, slowly) = (run(quick, &text), run(slow, &text));
            assert_eq!(quickly, slowly, "{text:?}");
            match survey(&text, part) {
                Survey::Stays => assert_eq!(slowly.as_deref(), Ok(text.as_str())),
                Survey::Lowered => assert!(slowly.is_ok(), "{text:?}: {slowly:?}"),
                // Marks beside each other.
                Survey::Unsure => assert!(few.iter().any(|c| flags(*c) & STACKED != 0), "{text:?}"),
            }
        }
    }
}

/// Quiet characters of any script, those that become quiet, and some of those for which the rules exist.
fn text() -> impl Strategy<Value = String> {
    let tricky = "..--@/ xn--aAzZ09ßẞſKÅΣσςİı·ŉǅ\u{301}\u{345}\u{5d0}\u{627}\u{660}\u{6f1}\u{915}\u{94d}\
        \u{200c}\u{200d}\u{30fb}ガ\u{3099}ｶﾞＡ＠．。\u{ad}\u{1100}\u{1161}가각\u{11a8}\u{FB01}\u{378}\u{e000}"
        .chars()
        .collect::<Vec<char>>();
    let [mut known, rtl] = known(RESOURCE);
    known.extend(&rtl);
    let marks: Vec<char> = known.iter().copied().filter(|c| flags(*c) & STACKED != 0).collect();
    let small: Vec<char> = known.iter().copied().filter(|c| u32::from(*c) < 0x3000).collect();
    let capital: Vec<char> = small.iter().copied().filter(|c| c.to_lowercase().ne([*c])).collect();
    let c = prop_oneof![
        4 => select(small),
        2 => select(capital),
        2 => select(known),
        1 => select(rtl.clone()),
        2 => select(marks),
        3 => select(tricky),
        4 => prop::char::range('a', 'z'),
    ];
    let rtl = vec(prop_oneof![6 => select(rtl), 1 => Just('.'), 1 => Just('a'), 1 => Just('1')], 1..10);
    prop_oneof![3 => vec(c, 1..14), 1 => rtl].prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn the_table_and_the_rules_agree(text in text()) {
        for (part, quick, slow) in PARTS {
            // What `push_domain` does before either.
            if part == NAME && (text.ends_with(['.', '\u{3002}', '\u{FF0E}', '\u{FF61}']) || text.starts_with('[')) {
                continue;
            }
            prop_assert_eq!(run(quick, &text), run(slow, &text));
        }
    }
}
