//! The kinds of address: conversion, comparison, printing, errors.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use jid::{BareJid, FullJid, Jid, JidRef, Part, Reason};

fn jid(address: &str) -> Jid {
    Jid::new(address).expect(address)
}

#[test]
fn conversions() {
    let full = jid("Juliet@example.com/Balcony").into_full().expect("it has a resource");
    assert_eq!(full.to_bare(), "juliet@example.com");
    assert_eq!(full.bare(), "juliet@example.com");
    assert_eq!(full.with_resource("hall").expect("a resource"), "juliet@example.com/hall");
    assert_eq!(Jid::from(full.clone()), full);
    assert_eq!(BareJid::from(full.clone()), "juliet@example.com");

    // A bare form hides the resource everywhere, although it shares the text.
    let bare = full.into_bare();
    assert_eq!(bare.to_string(), "juliet@example.com");
    assert_eq!(bare.view().resource(), None);
    let again = Jid::from(bare.clone());
    assert!(again.is_bare() && !again.is_full());
    assert_eq!(again.resource(), None);
    assert_eq!(again.clone().into_full().expect_err("bare"), again);
    assert_eq!(again.clone().into_bare(), bare);
    assert_eq!(bare.with_resource("x").expect("a resource"), "juliet@example.com/x");

    let server = jid("example.com/shell");
    assert_eq!(
        (server.local(), server.bare().local(), server.to_bare().domain()),
        (None, None, "example.com")
    );

    let view = server.view();
    assert_eq!(view.to_full().expect("it has a resource"), "example.com/shell");
    assert_eq!(view.to_bare(), "example.com");
    assert!(view.bare().to_full().is_none());
    assert_eq!(Jid::from(view), server);
    assert_eq!(String::from(server), "example.com/shell");
}

#[test]
fn the_wrong_kind() {
    let check = |error: jid::JidError, reason, position| {
        assert_eq!((error.part(), error.reason(), error.position()), (Part::Resource, reason, position));
    };
    check(BareJid::new("a@b/c").expect_err("full"), Reason::Unexpected, 3);
    check(FullJid::new("a@b.").expect_err("bare"), Reason::Missing, 4);
    check(BareJid::try_from(jid("a@b/c")).expect_err("full"), Reason::Unexpected, 3);
    check(FullJid::try_from(jid("a@b")).expect_err("bare"), Reason::Missing, 3);
    check(FullJid::from_parts(None, "b", "").expect_err("empty"), Reason::Empty, 0);
    check("a@b/\0".parse::<FullJid>().expect_err("a control"), Reason::Disallowed('\0'), 4);
    check(Jid::try_from(String::from("a@b/\t")).expect_err("a control"), Reason::Disallowed('\t'), 4);
    check(JidRef::try_from("a@b/e\u{301}").expect_err("decomposed"), Reason::NotCanonical, 4);
}

/// A view takes a canonical string only, and points at the first byte that is otherwise.
#[test]
fn views_of_strings() {
    for canonical in ["a", "a@b", "a@b/c", "é@bücher.example/Ç", "[::1]/x"] {
        let view = JidRef::new(canonical).expect(canonical);
        assert_eq!(view, canonical);
        assert_eq!(view, Jid::new(canonical).expect(canonical));
    }
    for (other, part, position) in [
        ("aB@c/d", Part::Local, 1),
        ("a@b.", Part::Domain, 3),
        ("a@éÉ/x", Part::Domain, 4),
        ("xn--bcher-kva.example", Part::Domain, 0),
        ("a@b/x\u{A0}", Part::Resource, 5),
    ] {
        let error = JidRef::new(other).expect_err(other);
        assert_eq!(
            (error.part(), error.reason(), error.position()),
            (part, Reason::NotCanonical, position),
            "{other}"
        );
    }
    assert_eq!(JidRef::new("a@").expect_err("no domain").reason(), Reason::Empty);
}

/// JID-13, JID-15: equality, order and hash are those of the string, for each kind and across kinds.
#[test]
fn comparison() {
    let full = FullJid::new("A@B/C").expect("full");
    let any = jid("a@b/C");
    let bare = BareJid::new("a@b").expect("bare");
    assert_eq!(any, full);
    assert_eq!(full, any);
    assert_eq!(any.view(), full);
    assert_eq!(full, any.view());
    assert!(any != bare && bare == any.to_bare() && bare == jid("a@b") && bare == any.bare());
    assert!(jid("a@b/C") != jid("a@b/c"));
    assert!(any == "a@b/C" && any != "A@b/C" && *"a@b/C" == *any.as_str());

    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&any), hasher.hash_one("a@b/C"));
    assert_eq!(hasher.hash_one(&bare), hasher.hash_one(any.bare()));
    let seen: HashSet<Jid> = [any.clone()].into();
    assert!(seen.contains("a@b/C"));
    let by_account = HashMap::from([(bare.clone(), 1)]);
    assert_eq!(by_account.get(any.bare().as_str()), Some(&1));
    let sorted: BTreeSet<Jid> = ["b", "a@b/C", "a@b", "é@b"].map(jid).into();
    assert_eq!(sorted.iter().map(Jid::as_str).collect::<Vec<_>>(), ["a@b", "a@b/C", "b", "é@b"]);
    assert!(sorted.contains("é@b"));
}

/// JID-13: whose session it is.
#[test]
fn bare_of() {
    let bare = BareJid::new("a@b").expect("bare");
    assert!(bare.is_bare_of(&jid("a@b/c")) && bare.is_bare_of(&bare) && bare.is_bare_of(jid("a@b").view()));
    assert!(!bare.is_bare_of(&jid("aa@b/c")) && !bare.is_bare_of(&jid("b/c")) && !bare.is_bare_of(&jid("b")));
    assert!(!jid("a@b/c").is_bare_of(&jid("a@b/c")));
}

/// JID-12: what the older rules take for one address, in each part by its profile.
#[test]
fn alike() {
    let alike = |one: &str, other: &str| {
        let (one, other) = (jid(one), jid(other));
        assert_eq!(one.view().is_alike(&other), other.view().is_alike(&one));
        one.view().is_alike(&other)
    };
    for (one, other) in [
        ("a@b/c", "A@b./c"),
        ("straße@faß.example", "strasse@fass.example"),
        ("ΒΌΛΟΣ@example.com", "βόλοσ@example.com"),
        ("\u{3B1}\u{345}@b", "\u{3B1}\u{3B9}@b"),
        ("\u{915}\u{94D}\u{200D}\u{937}@b", "\u{915}\u{94D}\u{937}@b"),
        ("a@b/\u{FB01}x", "a@b/fix"),
        ("a@b/\u{2163}", "a@b/IV"),
        ("ΐ@b", "\u{3B9}\u{308}\u{301}@b"),
    ] {
        assert!(alike(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("a@b/c", "a@b/C"),
        ("a@b/ß", "a@b/ss"),
        ("a@b", "a@b/c"),
        ("b", "a@b"),
        ("\u{131}@b", "i@b"),
        ("é@b", "e@b"),
        ("ss@b", "s@sb"),
    ] {
        assert!(!alike(one, other), "{one} {other}");
    }
}

/// JID-15: what prints an address prints the canonical string.
#[test]
fn printing() {
    let full = FullJid::new("A@B/C \"").expect("full");
    assert_eq!(full.to_string(), "a@b/C \"");
    assert_eq!(format!("{full:?}"), r#""a@b/C \"""#);
    assert_eq!(format!("[{:<6}|{:>6}]", full.bare(), full.to_bare()), "[a@b   |   a@b]");
    assert_eq!(format!("{:?}", full.bare()), r#""a@b""#);
}

/// Positions count in the whole address when one was parsed, and in the part when parts were given.
#[test]
fn positions() {
    let position = |address: &str| Jid::new(address).expect_err(address).position();
    assert_eq!(position("é é@b"), 2);
    assert_eq!(position("é@bü_.c/d"), 6);
    assert_eq!(position("é@b.c/dd\u{7}"), 9);
    let parts =
        |local, domain, resource| Jid::from_parts(local, domain, resource).expect_err("wrong").position();
    assert_eq!(parts(Some("a b"), "c", None), 1);
    assert_eq!(parts(Some("abc"), "d_", None), 1);
    assert_eq!(parts(Some("abc"), "d", Some("\n")), 0);
    assert_eq!(parts(Some("a/b"), "d", None), 1);
    assert_eq!(parts(None, "d/e", None), 1);
    assert_eq!(parts(Some(""), "d", None), 0);
}

/// JID-02: the longest parts together.
#[test]
fn longest() {
    let local = "l".repeat(1023);
    let domain = [&"d".repeat(63)[..]; 3].join(".") + "." + &"d".repeat(61);
    let resource = "r".repeat(1023);
    let text = format!("{local}@{domain}/{resource}");
    let longest = jid(&text);
    assert_eq!(longest, text.as_str());
    assert_eq!((longest.local(), longest.resource()), (Some(&*local), Some(&*resource)));
    assert_eq!(longest.domain(), domain);
}

#[test]
fn threads_and_size() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Jid>();
    shared::<BareJid>();
    shared::<FullJid>();
    // One cache line.
    assert!(size_of::<Option<Jid>>() <= 64);
}
