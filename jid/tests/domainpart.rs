//! Domainparts (RFC 7622 §3.2).

use jid::{Jid, Part, Reason};

#[track_caller]
fn same(domain: &str, canonical: &str) {
    assert_eq!(Jid::new(domain).expect(domain), canonical);
    assert_eq!(Jid::new(canonical).expect(canonical), canonical, "stable");
    assert_eq!(Jid::from_parts(None, domain, None).expect(domain).domain(), canonical);
}

#[track_caller]
fn refused(domain: &str, reason: Reason, position: usize) {
    let error = Jid::from_parts(None, domain, None).expect_err(domain);
    assert_eq!(
        (error.part(), error.reason(), error.position()),
        (Part::Domain, reason, position),
        "{domain:?}"
    );
}

/// JID-11: letters go to lower case, decomposed ones are composed, wide ones narrowed.
#[test]
fn mapping() {
    same("Example.COM", "example.com");
    same("BÜCHER.example", "bücher.example");
    same("bu\u{308}cher.example", "bücher.example");
    same("ｅｘａｍｐｌｅ.com", "example.com");
    same("Faß.example", "faß.example");
    same("ΒΌΛΟΣ.example", "βόλοσ.example");
}

/// JID-11: labels in ASCII form become Unicode, and only true ones pass.
#[test]
fn punycode() {
    same("xn--bcher-kva.example", "bücher.example");
    same("XN--BCHER-KVA.example", "bücher.example");
    same("ｘｎ－－bcher-kva.example", "bücher.example");
    same("xn--fa-hia.example", "faß.example");
    refused("a.xn--", Reason::Punycode, 2);
    refused("xn--abc-", Reason::Punycode, 0); // plain ASCII
    refused("xn--bcher-kva0.example", Reason::Punycode, 0);
    refused("xn--\u{FC}", Reason::Punycode, 0);
    refused("xn--a-ecp.ru", Reason::Punycode, 0); // decodes to a letter that the mapping changes
    refused("xn--n3h.example", Reason::Disallowed('\u{2603}'), 0); // a snowman, which IDNA2008 refuses
}

/// JID-11: one final dot goes, in any of its four spellings; labels are never empty.
#[test]
fn dots() {
    for dot in ['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'] {
        same(&format!("a{dot}example{dot}"), "a.example");
        refused(&format!("{dot}"), Reason::Empty, 0);
        refused(&format!("a{dot}{dot}"), Reason::EmptyLabel, 1 + dot.len_utf8());
        refused(&format!("{dot}a"), Reason::EmptyLabel, 0);
    }
    refused("a..b", Reason::EmptyLabel, 2);
    refused("a.\u{AD}.b", Reason::EmptyLabel, 2); // a soft hyphen vanishes
}

/// JID-11: letters, digits and inner hyphens in ASCII; elsewhere what IDNA2008 allows.
#[test]
fn characters() {
    for c in "_ !\"#$%&'()*+,:;<=>?@[\\]^`{|}~\0\x7f".chars() {
        refused(&format!("ab{c}c"), Reason::Disallowed(c), 2);
    }
    for c in [
        '\u{1F600}',
        '\u{2665}',
        '\u{20AC}',
        '\u{2014}',
        '\u{1D165}',
        '\u{20D0}',
        '\u{640}',
        '\u{378}',
        '\u{FFFD}',
    ] {
        refused(&format!("x.ü{c}"), Reason::Disallowed(c), 4);
    }
    refused("-a.example", Reason::Hyphen, 0);
    refused("a-.example", Reason::Hyphen, 0);
    refused("x.-", Reason::Hyphen, 2);
    refused("x.ü-", Reason::Hyphen, 2);
    same("r3---sn.example", "r3---sn.example");
    refused("x.ü3--sn", Reason::Hyphen, 2);
    refused("x.ab--é", Reason::Hyphen, 2);
    refused("xn--ab---epa.example", Reason::Hyphen, 0); // the same label
    same("ü--3", "ü--3");
    refused("x.\u{301}a", Reason::LeadingMark, 2);
    same("cel·la.cat", "cel·la.cat");
    refused("x.a·b", Reason::Context('·'), 3);
    refused("a\u{200D}b", Reason::Context('\u{200D}'), 1);
    same("\u{915}\u{94D}\u{200D}.example", "\u{915}\u{94D}\u{200D}.example");
}

/// JID-11: one right-to-left label subjects all of them to the rule (RFC 5893 §2).
#[test]
fn directions() {
    same("\u{5D0}\u{5D1}.example", "\u{5D0}\u{5D1}.example");
    refused("\u{5D0}a.example", Reason::Bidi, 0);
    refused("\u{5D0}.1a", Reason::Bidi, 3);
    same("1a.example", "1a.example");
}

/// JID-02, JID-11: 63 octets a label and 253 a name, in ASCII form.
#[test]
fn lengths() {
    let label = "a".repeat(63);
    let name = [label.as_str(); 3].join(".") + "." + &"b".repeat(61);
    assert_eq!(name.len(), 253);
    same(&name, &name);
    same(&format!("{name}."), &name);
    refused(&format!("{name}b"), Reason::LabelTooLong, 0);
    refused(&"a".repeat(64), Reason::LabelTooLong, 0);
    refused(&format!("x.{}", "ü".repeat(64)), Reason::LabelTooLong, 2);
    refused(&format!("xn--{}", "a".repeat(60)), Reason::LabelTooLong, 0);
    // The longest name in octets is far below the limit of the part.
    same(&"中".repeat(54), &"中".repeat(54));
    refused(&"a.".repeat(1 << 20), Reason::TooLong, 0);
}

/// JID-11: addresses of both families. Names that merely look like IPv4 are names.
#[test]
fn addresses() {
    same("192.0.2.1", "192.0.2.1");
    same("300.1.2.3.4", "300.1.2.3.4");
    same("[::1]", "[::1]");
    same("[2001:DB8:0:0:0::1]", "[2001:db8::1]");
    same("[::FFFF:192.0.2.1]", "[::ffff:192.0.2.1]");
    same("[::1].", "[::1]");
    for wrong in [
        "[",
        "[]",
        "[::1",
        "[::1]x",
        "[::1]:5222",
        "[192.0.2.1]",
        "[fe80::1%eth0]",
        "[::]1]",
        "[v1.a]",
        "[::1]]",
    ] {
        refused(wrong, Reason::Ipv6, 0);
    }
    refused("::1", Reason::Disallowed(':'), 0);
    refused("example.com:5222", Reason::Disallowed(':'), 11);
}
