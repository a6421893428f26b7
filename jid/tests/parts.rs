//! The parts as types of their own, and literals.

use std::collections::BTreeMap;

use jid::{BareJid, DomainPart, FullJid, Jid, JidRef, LocalPart, Part, Reason, ResourcePart, jid};

/// JID-02, JID-07, JID-08, JID-11: a part by itself follows the rules that it follows in an address.
#[test]
fn rules() {
    assert_eq!(LocalPart::new("Ｊuliet").expect("a name"), "juliet");
    assert_eq!(DomainPart::new("xn--bcher-kva.Example.").expect("a domain"), "bücher.example");
    assert_eq!(ResourcePart::new("e\u{301}\u{A0}X").expect("a resource"), "é X");
    let refused = [
        LocalPart::new("a b").expect_err("a space"),
        DomainPart::new("a b").expect_err("a space"),
        ResourcePart::new("a\tb").expect_err("a control"),
    ];
    assert_eq!(refused.map(|error| error.part()), [Part::Local, Part::Domain, Part::Resource]);
    assert_eq!(refused.map(|error| error.position()), [1, 1, 1]);
    for text in ["", &"a".repeat(1024)] {
        assert!(
            LocalPart::new(text).is_err()
                && DomainPart::new(text).is_err()
                && ResourcePart::new(text).is_err()
        );
    }
}

/// Joining parts cannot fail, and they come out again.
#[test]
fn joined() {
    let local: LocalPart = "Жук".parse().expect("a name");
    let domain: DomainPart = "example.com".parse().expect("a domain");
    let resource = ResourcePart::try_from("a/b@c").expect("a resource");
    let full = FullJid::of(Some(&local), &domain, &resource);
    assert_eq!(full, "жук@example.com/a/b@c");
    assert_eq!(full, FullJid::new(full.as_str()).expect("canonical"));
    let view = full.view();
    assert_eq!(
        (view.local_part(), view.domain_part(), view.resource_part()),
        (Some(local.clone()), domain.clone(), Some(resource.clone()))
    );
    assert_eq!(Jid::of(None, &domain, Some(&resource)), "example.com/a/b@c");
    assert_eq!(Jid::of(None, &domain, None).local(), None);
    assert_eq!(BareJid::of(Some(&local), &domain).at(&resource), full);
    // A bare form that still holds a resource out of view gets the new one only.
    assert_eq!(full.to_bare().at(&ResourcePart::new("x").expect("a resource")), "жук@example.com/x");
    assert_eq!(full.bare().resource_part(), None);

    let long = ResourcePart::new(&"r".repeat(1023)).expect("a resource");
    assert_eq!(FullJid::of(Some(&local), &domain, &long).resource(), long.as_str());
}

/// JID-15: parts compare, sort and print as their strings, and maps of them can be asked with a string.
#[test]
fn as_strings() {
    let hosts = BTreeMap::from([(DomainPart::new("Example.COM").expect("a domain"), 1)]);
    assert_eq!(hosts.get("example.com"), Some(&1));
    let local = LocalPart::new("a").expect("a name");
    assert!(local < LocalPart::new("b").expect("a name") && local == *"a");
    assert_eq!(format!("{local} {local:?} [{local:>2}]"), r#"a "a" [ a]"#);
    assert_eq!(String::from(local), "a");
}

/// Literals are checked when the program is compiled.
#[test]
fn literals() {
    const SERVICE: JidRef<'static> = jid!("echo@example.com/test");
    assert_eq!(
        (SERVICE.local(), SERVICE.domain(), SERVICE.resource()),
        (Some("echo"), "example.com", Some("test"))
    );
    assert_eq!(jid!("example.com").to_bare(), "example.com");
    for other in
        ["Echo@example.com", "é@example.com", "a@", "@b", "a@b/", "", "[::1]", "xn--bcher-kva.example"]
    {
        assert_eq!(JidRef::from_ascii(other), None);
    }
}

/// What an escaped name must not be is told like any other fault.
#[test]
fn escaped_names_follow_the_rules() {
    let error = LocalPart::escape("a\u{2665}").expect_err("a symbol");
    assert_eq!((error.reason(), error.position()), (Reason::Disallowed('\u{2665}'), 1));
}
