//! Localparts: `UsernameCaseMapped` without the excluded characters (RFC 7622 §3.3, RFC 8265 §3.3).

use jid::{BareJid, Part, Reason};

fn enforce(local: &str) -> Result<String, (Reason, usize)> {
    match BareJid::from_parts(Some(local), "example.com") {
        Ok(jid) => Ok(jid.local().expect("a localpart was given").to_owned()),
        Err(error) => {
            assert_eq!(error.part(), Part::Local);
            Err((error.reason(), error.position()))
        }
    }
}

#[track_caller]
fn same(local: &str, canonical: &str) {
    assert_eq!(enforce(local).as_deref(), Ok(canonical));
    assert_eq!(enforce(canonical).as_deref(), Ok(canonical), "stable");
}

#[track_caller]
fn refused(local: &str, reason: Reason, position: usize) {
    assert_eq!(enforce(local), Err((reason, position)), "{local:?}");
}

/// JID-07: letters go to lower case, also where one becomes two; the final sigma is Unicode's, and `ß` stays.
#[test]
fn case() {
    same("08-00-00-1A-7C-62", "08-00-00-1a-7c-62");
    same("ÅNGSTRÖM", "ångström");
    same("ДМИТРИЙ", "дмитрий");
    same("\u{130}", "i\u{307}");
    same("ΒΌΛΟΣ", "βόλος");
    same("straße", "straße");
    same("STRA\u{1E9E}E", "straße");
    same("\u{13A0}", "\u{AB70}"); // Cherokee, whose capitals came first
}

/// JID-07: fullwidth and halfwidth forms become the usual ones, and the excluded characters are looked for after that.
#[test]
fn width() {
    same("Ｊｕｌｉｅｔ２", "juliet2");
    same("ｶﾞ", "ガ");
    refused("a＠b", Reason::Excluded('@'), 1);
    refused("a＂", Reason::Excluded('"'), 1);
    refused("a＜b＞", Reason::Excluded('<'), 1);
    refused("a\u{3000}b", Reason::Disallowed('\u{3000}'), 1);
    refused("\u{FFA1}\u{FFC2}", Reason::Disallowed('\u{FFA1}'), 0);
    refused("\u{FFE3}", Reason::Disallowed('\u{FFE3}'), 0);
}

/// JID-07: every excluded character, and where it stands.
#[test]
fn excluded() {
    for c in "\"&'/:<>@".chars() {
        refused(&format!("é{c}x{c}"), Reason::Excluded(c), 2);
        refused(&format!("ab{c}"), Reason::Excluded(c), 2);
    }
    same("!#$%()*+,-.;=?[\\]^_`{|}~", "!#$%()*+,-.;=?[\\]^_`{|}~");
}

/// JID-07: composed and decomposed spellings are one, singletons and conjoining jamo among them.
#[test]
fn normalization() {
    same("garc\u{327}on", "gar\u{E7}on");
    same("\u{212B}", "\u{E5}");
    same("\u{212A}elvin", "kelvin");
    same("\u{1112}\u{1161}\u{11AB}", "\u{D55C}");
    same("q\u{307}\u{323}", "q\u{323}\u{307}");
}

/// JID-07: right-to-left text does not mix with left-to-right text, and digits stand where they may (RFC 5893 §2).
#[test]
fn directions() {
    same("\u{5D0}\u{5D1}", "\u{5D0}\u{5D1}");
    same("\u{5D0}1", "\u{5D0}1");
    same("\u{627}\u{660}", "\u{627}\u{660}");
    same("\u{5D0}\u{5B0}", "\u{5D0}\u{5B0}");
    refused("\u{5D0}a", Reason::Bidi, 0);
    refused("a\u{5D0}", Reason::Bidi, 0);
    refused("1\u{5D0}", Reason::Bidi, 0);
    refused("\u{5D0}-", Reason::Bidi, 0);
    refused("\u{627}1\u{660}", Reason::Bidi, 0);
}

/// JID-10: compatibility forms, unassigned, ignorable and control characters, old jamo, spaces, symbols and
/// punctuation are outside of `IdentifierClass`.
#[test]
fn classes() {
    for c in [
        '\u{FB01}',
        '\u{2163}',
        '\u{1C5}',
        '\u{B2}',
        '\u{20AC}',
        '\u{2014}',
        '\u{A0}',
        '\u{200B}',
        '\u{AD}',
        '\u{34F}',
        '\u{FE0F}',
        '\u{0}',
        '\u{7F}',
        '\u{85}',
        '\u{2028}',
        '\u{1100}',
        '\u{E000}',
        '\u{FFFE}',
        '\u{378}',
        '\u{10FFFF}',
        '\u{640}',
        '\u{303B}',
        '\u{1F600}',
        '\u{FFFD}',
        '\u{180F}',
        '\u{3164}',
        '\u{E0001}',
    ] {
        refused(&format!("a{c}"), Reason::Disallowed(c), 1);
    }
    same("\u{627}\u{6FD}\u{627}", "\u{627}\u{6FD}\u{627}");
    for c in ["\u{F0B}", "\u{3007}", "\u{4E2D}", "\u{E01}", "\u{20000}", "\u{302}"] {
        same(&format!("\u{E01}{c}"), &format!("\u{E01}{c}"));
    }
}

/// JID-10: characters that only their neighbours make valid (RFC 5892 appendix A).
#[test]
fn contexts() {
    // Middle dot between two `l`, also between capitals.
    same("cel·la", "cel·la");
    same("COL·LECTIU", "col·lectiu");
    refused("l·la·", Reason::Context('·'), 5);
    refused("·l", Reason::Context('·'), 0);
    // Zero width (non-)joiner behind a virama; the non-joiner also between joining letters.
    same("\u{915}\u{94D}\u{200D}", "\u{915}\u{94D}\u{200D}");
    same("\u{915}\u{94D}\u{200C}", "\u{915}\u{94D}\u{200C}");
    same("\u{628}\u{64B}\u{200C}\u{64B}\u{628}", "\u{628}\u{64B}\u{200C}\u{64B}\u{628}");
    refused("a\u{200C}b", Reason::Context('\u{200C}'), 1);
    refused("\u{628}\u{200D}\u{628}", Reason::Context('\u{200D}'), 2);
    refused("\u{627}\u{200C}\u{628}", Reason::Context('\u{200C}'), 2);
    // Greek keraia, Hebrew geresh and gershayim.
    same("\u{375}\u{3B1}", "\u{375}\u{3B1}");
    refused("\u{375}a", Reason::Context('\u{375}'), 0);
    same("\u{5D0}\u{5F3}\u{5D1}\u{5F4}", "\u{5D0}\u{5F3}\u{5D1}\u{5F4}");
    refused("\u{5F3}\u{5D0}", Reason::Context('\u{5F3}'), 0);
    // Katakana middle dot where there is Japanese or Chinese anywhere.
    same("\u{30FB}a\u{30AB}", "\u{30FB}a\u{30AB}");
    same("\u{30FB}\u{4E2D}", "\u{30FB}\u{4E2D}");
    refused("a\u{30FB}b", Reason::Context('\u{30FB}'), 1);
    // Two sets of digits.
    same("\u{627}\u{6F1}", "\u{627}\u{6F1}");
    refused("\u{627}\u{661}\u{6F1}", Reason::Context('\u{661}'), 2);
}

/// JID-09: what composition makes is judged too; the fault lies in no single given character.
#[test]
fn composed_faults() {
    refused("=\u{338}", Reason::Disallowed('\u{2260}'), 0);
}

/// JID-02: 1023 octets pass and 1024 do not, counted after the mappings.
#[test]
fn length() {
    same(&"a".repeat(1023), &"a".repeat(1023));
    refused(&"a".repeat(1024), Reason::TooLong, 0);
    same(&"Ａ".repeat(1023), &"a".repeat(1023));
    refused(&"Ａ".repeat(1024), Reason::TooLong, 0);
    same(&"ü".repeat(511), &"ü".repeat(511));
    refused(&"ü".repeat(512), Reason::TooLong, 0);
    refused(&"\u{130}".repeat(342), Reason::TooLong, 0); // 684 octets that become 1026
    refused(&" ".repeat(1 << 20), Reason::TooLong, 0);
}
