//! Escaping of localparts (XEP-0106).

use jid::{BareJid, DomainPart, LocalPart, Part, Reason, escape, unescape};
use proptest::prelude::*;

#[track_caller]
fn both(name: &str, escaped: &str) {
    assert_eq!(escape(name).as_deref(), Ok(escaped));
    assert_eq!(unescape(escaped), name);
    let local = LocalPart::escape(name).expect(name);
    assert_eq!(
        (local.as_str(), &*local.unescape()),
        (escaped, name),
        "the rules for localparts change nothing here"
    );
    // The wire carries it and gives it back.
    let jid = BareJid::of(Some(&local), &DomainPart::new("example.com").expect("a domain"));
    assert_eq!(BareJid::new(jid.as_str()).as_ref(), Ok(&jid));
}

/// JID-14: the table of XEP-0106 §5.1, in its order.
#[test]
fn the_table() {
    both("space cadet", r"space\20cadet");
    both(r#"call me "ishmael""#, r"call\20me\20\22ishmael\22");
    both("at&t guy", r"at\26t\20guy");
    both("d'artagnan", r"d\27artagnan");
    both("/.fanboy", r"\2f.fanboy");
    both("::foo::", r"\3a\3afoo\3a\3a");
    both("<foo>", r"\3cfoo\3e");
    both("user@host", r"user\40host");
    both(r"c:\net", r"c\3a\net");
    both(r"c:\\net", r"c\3a\\net");
    both(r"c:\cool stuff", r"c\3a\cool\20stuff");
    both(r"c:\5commas", r"c\3a\5c5commas");
}

/// JID-14: the other examples of XEP-0106 (§4.2, §4.3, §5.2).
#[test]
fn the_examples() {
    both(r"\3and\2is\5cool", r"\5c3and\2is\5c5cool");
    both(r"\2plus\2is\4", r"\2plus\2is\4");
    both(r"foo\bar", r"foo\bar");
    both(r"foob\41r", r"foob\41r");
    both("here's_a_wild_&_/cr%zy/_address", r"here\27s_a_wild_\26_\2fcr%zy\2f_address");
    both("treville@musketeers.lit", r"treville\40musketeers.lit");
    both(r"\5c", r"\5c5c");
    both(r"\\20", r"\\5c20");
    both(r"a\", r"a\");
}

/// JID-14: a space at an end has no escape (§4.1), in either direction.
#[test]
fn outer_spaces() {
    for (name, position) in [(" a", 0), ("a ", 1), ("é ", 2), (" ", 0)] {
        let error = escape(name).expect_err(name);
        assert_eq!(
            (error.part(), error.reason(), error.position()),
            (Part::Local, Reason::OuterSpace, position)
        );
        assert_eq!(LocalPart::escape(name).expect_err(name), error);
    }
    for local in [r"\20a", r"a\20", r"\20"] {
        assert_eq!(unescape(local), local);
    }
    assert_eq!(unescape(r"\20\20a\20\20b\20"), r"\20 a  b\20");
}

/// JID-14: only lower case is an escape, but localparts go to lower case, so capitals are kept from becoming one.
#[test]
fn capitals() {
    assert_eq!(unescape(r"a\2Fb"), r"a\2Fb");
    let local = LocalPart::escape(r"a\2Fb").expect("a name");
    assert_eq!(local, r"a\5c2fb");
    assert_eq!(local.unescape(), r"a\2fb");
}

/// JID-14: localparts are compared as they are, not unescaped (§4.1).
#[test]
fn no_comparison_of_what_people_see() {
    let local = |text| LocalPart::new(text).expect(text);
    let (one, other) = (local(r"\5c"), local(r"\"));
    assert_eq!(one.unescape(), other.unescape());
    assert_ne!(one, other);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// JID-14: what was escaped is unescaped to itself, and holds nothing that a localpart may not.
    #[test]
    fn unescaping_undoes_escaping(name in r#"([\\ 0-9a-fA-F"&'/:<>@x\u{e9}]|\\[0-9a-f]{2}){0,12}"#) {
        match escape(&name) {
            Ok(escaped) => {
                prop_assert!(!escaped.contains([' ', '"', '&', '\'', '/', ':', '<', '>', '@']));
                prop_assert_eq!(unescape(&escaped), &*name);
                if !name.is_empty() {
                    let local = LocalPart::escape(&name).expect("all else is allowed");
                    prop_assert_eq!(local.unescape(), name.to_lowercase());
                }
            }
            Err(_) => prop_assert!(name.starts_with(' ') || name.ends_with(' ')),
        }
    }
}
