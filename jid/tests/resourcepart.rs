//! Resourceparts: `OpaqueString` (RFC 7622 §3.4, RFC 8265 §4.2).

use jid::{BareJid, Part, Reason};

fn enforce(resource: &str) -> Result<String, (Reason, usize)> {
    let account = BareJid::new("juliet@example.com").expect("a bare address");
    match account.with_resource(resource) {
        Ok(jid) => Ok(jid.resource().to_owned()),
        Err(error) => {
            assert_eq!(error.part(), Part::Resource);
            Err((error.reason(), error.position()))
        }
    }
}

#[track_caller]
fn same(resource: &str, canonical: &str) {
    assert_eq!(enforce(resource).as_deref(), Ok(canonical));
    assert_eq!(enforce(canonical).as_deref(), Ok(canonical), "stable");
}

#[track_caller]
fn refused(resource: &str, reason: Reason, position: usize) {
    assert_eq!(enforce(resource), Err((reason, position)), "{resource:?}");
}

/// JID-08: case, width, compatibility forms and direction stay as they are; every printable ASCII character is fine.
#[test]
fn kept() {
    let printable: String = (' '..='~').collect();
    same(&printable, &printable);
    for resource in ["Balcony", "Ｂ", "ﬁ", "\u{2163}", "\u{5D0}a1", "♚", "🍺", "ß", "\u{1C5}", "ſ"] {
        same(resource, resource);
    }
}

/// JID-08: other spaces become the ASCII one; several in a row, in front or at the end stay.
#[test]
fn spaces() {
    same("a\u{A0}b\u{3000}c\u{1680}\u{2003}", "a b c  ");
    same("  ", "  ");
    same("\u{2009}", " ");
}

/// JID-08: NFC, jamo and singletons included.
#[test]
fn normalization() {
    same("garc\u{327}on", "gar\u{E7}on");
    same("\u{212B}", "\u{C5}");
    same("\u{1112}\u{1161}\u{11AB}", "\u{D55C}");
}

/// JID-08, JID-10: controls and what cannot be seen are refused, and so are unassigned and private characters.
#[test]
fn disallowed() {
    for c in [
        '\0', '\t', '\n', '\u{1B}', '\u{7F}', '\u{85}', '\u{61C}', '\u{200E}', '\u{202E}', '\u{2066}',
        '\u{FEFF}', '\u{AD}', '\u{2028}', '\u{2029}', '\u{E000}', '\u{FFFE}', '\u{378}', '\u{1100}',
        '\u{640}',
    ] {
        refused(&format!("é{c}"), Reason::Disallowed(c), 2);
        refused(&format!("e{c}"), Reason::Disallowed(c), 1);
    }
}

/// JID-10: the contextual rules hold here too.
#[test]
fn contexts() {
    refused("family 👩\u{200D}👩", Reason::Context('\u{200D}'), 11);
    same("\u{915}\u{94D}\u{200D}", "\u{915}\u{94D}\u{200D}");
    same("l·l", "l·l");
    refused("L·L", Reason::Context('·'), 1);
}

/// JID-02: 1 to 1023 octets after the mappings.
#[test]
fn length() {
    refused("", Reason::Empty, 0);
    same(&"a".repeat(1023), &"a".repeat(1023));
    refused(&"a".repeat(1024), Reason::TooLong, 0);
    same(&"\u{3000}".repeat(1023), &" ".repeat(1023));
    same(&"中".repeat(341), &"中".repeat(341));
    refused(&"中".repeat(342), Reason::TooLong, 0);
}

/// Characters whose rule asks for something anywhere in the text: a thousand of them look once.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test may look at the clock")]
fn rules_of_the_whole_text_take_linear_time() {
    let began = std::time::Instant::now();
    for _ in 0..200 {
        same(&format!("{}漢", "・".repeat(330)), &format!("{}漢", "・".repeat(330)));
        refused(&format!("{}漢", "・".repeat(1350)), Reason::TooLong, 0);
        refused(&format!("{}\u{6F0}", "\u{660}".repeat(2000)), Reason::Context('\u{660}'), 0);
    }
    // It takes a tenth of a second; when each looked at all of the text, it took a minute.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
