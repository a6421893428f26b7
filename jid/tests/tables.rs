//! The two tables of RFC 7622 §3.5, with their errata. The rows are the RFC's facts; `{..}` there is a code point here.

use jid::{Jid, Part, Reason};

#[track_caller]
fn legal(address: &str, local: Option<&str>, domain: &str, resource: Option<&str>) {
    let jid = Jid::new(address).expect(address);
    assert_eq!((jid.local(), jid.domain(), jid.resource()), (local, domain, resource));
    assert_eq!(Jid::from_parts(local, domain, resource).expect(address), jid);
}

#[track_caller]
fn illegal(address: &str, part: Part, reason: Reason, position: usize) {
    let error = Jid::new(address).expect_err(address);
    assert_eq!((error.part(), error.reason(), error.position()), (part, reason, position), "{address}");
}

/// JID-01, JID-03, JID-17: table 1.
#[test]
fn legal_addresses() {
    legal("juliet@example.com", Some("juliet"), "example.com", None);
    legal("juliet@example.com/foo", Some("juliet"), "example.com", Some("foo"));
    legal("juliet@example.com/foo bar", Some("juliet"), "example.com", Some("foo bar"));
    legal("juliet@example.com/foo@bar", Some("juliet"), "example.com", Some("foo@bar"));
    legal("foo\\20bar@example.com", Some("foo\\20bar"), "example.com", None);
    legal("fussball@example.com", Some("fussball"), "example.com", None);
    legal("fu\u{DF}ball@example.com", Some("fu\u{DF}ball"), "example.com", None);
    legal("\u{3C0}@example.com", Some("\u{3C0}"), "example.com", None);
    legal("\u{3A3}@example.com/foo", Some("\u{3C3}"), "example.com", Some("foo"));
    legal("\u{3C3}@example.com/foo", Some("\u{3C3}"), "example.com", Some("foo"));
    legal("\u{3C2}@example.com/foo", Some("\u{3C2}"), "example.com", Some("foo"));
    legal("king@example.com/\u{265A}", Some("king"), "example.com", Some("\u{265A}"));
    legal("example.com", None, "example.com", None);
    legal("example.com/foobar", None, "example.com", Some("foobar"));
    legal("a.example.com/b@example.net", None, "a.example.com", Some("b@example.net"));
}

/// JID-03: the notes to table 1 on which of these are one address.
#[test]
fn same_and_different() {
    let jid = |address| Jid::new(address).expect(address);
    assert_ne!(jid("fussball@example.com"), jid("fu\u{DF}ball@example.com"));
    assert_eq!(jid("\u{3A3}@example.com/foo"), jid("\u{3C3}@example.com/foo"));
    assert_ne!(jid("\u{3C2}@example.com/foo"), jid("\u{3C3}@example.com/foo"));
}

/// JID-04, JID-17: table 2.
#[test]
fn illegal_addresses() {
    illegal("\"juliet\"@example.com", Part::Local, Reason::Excluded('"'), 0);
    illegal("foo bar@example.com", Part::Local, Reason::Disallowed(' '), 3);
    illegal("@example.com/", Part::Local, Reason::Empty, 0);
    illegal("henry\u{2163}@example.com", Part::Local, Reason::Disallowed('\u{2163}'), 5);
    illegal("\u{265A}@example.com", Part::Local, Reason::Disallowed('\u{265A}'), 0);
    illegal("juliet@", Part::Domain, Reason::Empty, 7);
    illegal("/foobar", Part::Domain, Reason::Empty, 0);
}

/// JID-05: erratum 4560. The table calls a space in front of a resource illegal; the profile allows it.
#[test]
fn space_before_resource() {
    legal("juliet@example.com/ foo", Some("juliet"), "example.com", Some(" foo"));
}

/// JID-01, JID-06: the first `/` and then the first `@` decide (§3.1; erratum 5789 on the second `@`).
#[test]
fn separators() {
    illegal("username@example.org@example.org", Part::Domain, Reason::Disallowed('@'), 20);
    legal("server/resource@foo/bar", None, "server", Some("resource@foo/bar"));
    legal("a@b//", Some("a"), "b", Some("/"));
    illegal("user@@host", Part::Domain, Reason::Disallowed('@'), 5);
    illegal("", Part::Domain, Reason::Empty, 0);
    illegal("@", Part::Local, Reason::Empty, 0);
    illegal("/", Part::Domain, Reason::Empty, 0);
    illegal("a@/b", Part::Domain, Reason::Empty, 2);
    illegal("a@b/", Part::Resource, Reason::Empty, 4);
}
