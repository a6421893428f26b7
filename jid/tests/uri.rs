//! `xmpp:` URIs and IRIs (RFC 5122, XEP-0147).

use jid::{BareJid, FullJid, Jid, JidError, Part, Query, Reason, UriError, XmppUri};
use proptest::prelude::*;

fn uri(text: &str) -> XmppUri {
    text.parse().expect(text)
}

#[track_caller]
fn names(text: &str, address: &str) {
    assert_eq!(uri(text).address().map(Jid::as_str), Some(address));
}

/// Reads the first, which is an IRI or a URI, as the address, and writes both.
#[track_caller]
fn both_ways(address: &str, iri: &str, as_uri: &str) {
    let made = XmppUri::new(Jid::new(address).expect(address));
    assert_eq!((made.iri().to_string().as_str(), made.to_string().as_str()), (iri, as_uri));
    assert_eq!((uri(iri), uri(as_uri)), (made.clone(), made));
}

/// JID-16: the examples of RFC 5122 §2.2 to §2.5.
#[test]
fn forms() {
    names("xmpp:node@example.com", "node@example.com");
    names("xmpp:example-node@example.com/some-resource", "example-node@example.com/some-resource");
    names("xmpp:example.com", "example.com");

    let guest = uri("xmpp://guest@example.com");
    assert_eq!((guest.account().map(BareJid::as_str), guest.address()), (Some("guest@example.com"), None));
    let support = uri("xmpp://guest@example.com/support@example.com?message");
    assert_eq!(support.account().map(BareJid::as_str), Some("guest@example.com"));
    assert_eq!(support.address().map(Jid::as_str), Some("support@example.com"));
    assert_eq!(support.query().map(Query::action), Some("message"));

    let hello = uri("xmpp:example-node@example.com?message;subject=Hello%20World");
    assert_eq!(hello.query().and_then(|query| query.get("subject")), Some("Hello World"));
    for text in [
        "xmpp://guest@example.com",
        "xmpp://guest@example.com/support@example.com?message",
        "xmpp:example-node@example.com?message;subject=Hello%20World",
        "xmpp:a@b/c#fragment?/x",
        "xmpp:a@b?#",
    ] {
        assert_eq!(uri(text).to_string(), text);
    }
}

/// JID-16: the nasty node and the repulsive resource of RFC 5122 §2.7.2, and the Czech example of §2.7.3.
#[test]
fn generation_and_processing() {
    let nasty = "xmpp:nasty!%23$%25()*+,-.;=%3F%5B%5C%5D%5E_%60%7B%7C%7D~node@example.com";
    both_ways(r"nasty!#$%()*+,-.;=?[\]^_`{|}~node@example.com", nasty, nasty);
    let repulsive = "xmpp:node@example.com/repulsive%20!%23%22$%25&'()*+,-.%2F:;%3C=%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%7D~resource";
    both_ways(r#"node@example.com/repulsive !#"$%&'()*+,-./:;<=>?@[\]^_`{|}~resource"#, repulsive, repulsive);
    both_ways(
        "ji\u{159}i@\u{10D}echy.example/v Praze",
        "xmpp:ji\u{159}i@\u{10D}echy.example/v%20Praze",
        "xmpp:ji%C5%99i@%C4%8Dechy.example/v%20Praze",
    );
    both_ways("[2001:db8::1]/x", "xmpp:[2001:db8::1]/x", "xmpp:[2001:db8::1]/x");
}

/// JID-16: the queries of XEP-0147 §3.
#[test]
fn queries() {
    let message =
        uri("xmpp:romeo@montague.net?message;subject=Test%20Message;body=Here%27s%20a%20test%20message");
    let query = message.query().expect("it has one");
    assert_eq!(
        query.pairs().collect::<Vec<_>>(),
        [("subject", "Test Message"), ("body", "Here's a test message")]
    );
    let built = Query::new("message").with("subject", "Test Message").with("body", "Here's a test message");
    assert_eq!(*query, built);
    let romeo = Jid::new("romeo@montague.net").expect("an address");
    assert_eq!(XmppUri::new(romeo).with_query(built), message);

    let roster = uri("xmpp:romeo@montague.net?roster;name=Romeo%20Montague;group=Friends");
    let query = roster.query().expect("it has one");
    assert_eq!(
        (query.action(), query.get("name"), query.get("group")),
        ("roster", Some("Romeo Montague"), Some("Friends"))
    );
    for action in ["remove", "subscribe", "unsubscribe"] {
        let link = uri(&format!("xmpp:romeo@montague.net?{action}"));
        assert_eq!(link.query(), Some(&Query::new(action)));
    }

    // Delimiters in values do not divide, and what people leave out is empty.
    let odd = uri("xmpp:a@b?x;k=a%3Bb%3D%23;k=2;flag;=v");
    let query = odd.query().expect("it has one");
    assert_eq!(query.pairs().collect::<Vec<_>>(), [("k", "a;b=#"), ("k", "2"), ("flag", ""), ("", "v")]);
    assert_eq!(query.get("k"), Some("a;b=#"));
    assert_eq!(uri("xmpp:a@b?").query(), Some(&Query::new("")));
    assert_eq!(
        uri("xmpp:a@b?;node=http://x/y").query().and_then(|query| query.get("node")),
        Some("http://x/y")
    );
}

/// JID-16: what is read more freely than it is written: the case of scheme and digits, encoded plain letters, and raw
/// delimiters in a resource.
#[test]
fn lenient() {
    names("XMPP:%6Auliet@Example.COM", "juliet@example.com");
    names("xmpp:a@b/c/d@e", "a@b/c/d@e");
    names("xmpp:a@b/%c5%99", "a@b/\u{159}");
    names("xmpp:a@xn--bcher-kva.example", "a@b\u{FC}cher.example");
    assert_eq!(uri("xmpp://a@b/").address(), None);
}

/// JID-16: an encoded delimiter stays in the part where it stands, where the rules meet it.
#[test]
fn encoded_delimiters_do_not_divide() {
    names("xmpp:a@b/c%3Fd%23e%2Ff", "a@b/c?d#e/f");
    let refused = |text: &str| match text.parse::<XmppUri>().expect_err(text) {
        UriError::Address(error) => (error.part(), error.reason()),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(refused("xmpp:a%40b@c"), (Part::Local, Reason::Excluded('@')));
    assert_eq!(refused("xmpp:a%2Fb@c"), (Part::Local, Reason::Excluded('/')));
    assert_eq!(refused("xmpp:a@b%2Fc"), (Part::Domain, Reason::Disallowed('/')));
    assert_eq!(refused("xmpp:a%40b"), (Part::Domain, Reason::Disallowed('@')));
    assert_eq!(refused("xmpp:"), (Part::Domain, Reason::Empty));
    assert_eq!(refused("xmpp:a@b/"), (Part::Resource, Reason::Empty));
    assert_eq!(refused("xmpp:@b"), (Part::Local, Reason::Empty));
    assert_eq!(refused("xmpp:a@b%00"), (Part::Domain, Reason::Disallowed('\0')));
}

/// Errors tell what is wrong and where.
#[test]
fn errors() {
    let error = |text: &str| text.parse::<XmppUri>().expect_err(text);
    for text in ["", "xmpp", "http://a", "xmppa@b", "é:a@b", " xmpp:a"] {
        assert_eq!(error(text), UriError::Scheme);
    }
    assert_eq!(error("xmpp://example.com/a@b"), UriError::Account);
    assert_eq!(error("xmpp:a b@c"), UriError::Character { found: ' ', position: 6 });
    assert_eq!(error("xmpp:a@b@c"), UriError::Character { found: '@', position: 8 });
    assert_eq!(error("xmpp:a@b/c\\d"), UriError::Character { found: '\\', position: 10 });
    assert_eq!(error("xmpp:a@b?x;k=<"), UriError::Character { found: '<', position: 13 });
    assert_eq!(error("xmpp:a@b#x#"), UriError::Character { found: '#', position: 10 });
    for (text, position) in [("xmpp:a@b/%", 9), ("xmpp:a@b/%4", 9), ("xmpp:a@b/x%+1", 10), ("xmpp:a@b/%é", 9)]
    {
        assert_eq!(error(text), UriError::Percent { position });
    }
    assert_eq!(error("xmpp:a@b/x%C5"), UriError::Percent { position: 10 });
    assert_eq!(error("xmpp:a@b/x%C5").to_string(), "not the encoding of UTF-8 (byte 10)");
    let inner: Result<FullJid, JidError> = FullJid::new("\u{2665}@b/c");
    assert_eq!(error("xmpp:%E2%99%A5@b/c"), UriError::Address(inner.expect_err("a symbol")));
    let server = BareJid::new("example.com").expect("a domain");
    assert_eq!(XmppUri::new(server.clone()).with_account(server), Err(UriError::Account));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// JID-16: what is written is read again, and a URI is ASCII of the characters that RFC 3986 knows.
    #[test]
    fn printing_and_parsing(
        address in "([a-z!#$%()*+,;=?\\[\\\\\\]^_`{|}~é文-]{1,6}@)?([a-z文]{1,4}|\\[::[1-9a-f]\\])(/[ -~é♚]{1,8})?",
        account in prop::option::of("[a-zé#?%]{1,4}@[a-z]{1,3}"),
        query in prop::option::of(("[ -~é]{0,6}", prop::collection::vec(("[ -~é]{0,4}", "[ -~é\u{202e}\n]{0,6}"), 0..3))),
        fragment in prop::option::of("[ -~é]{0,6}"),
    ) {
        let Ok(address) = Jid::new(&address) else { return Ok(()) };
        let mut uri = XmppUri::new(address);
        if let Some(account) = account {
            uri = uri.with_account(BareJid::new(&account).expect("an account")).expect("with a localpart");
        }
        if let Some((action, pairs)) = query {
            uri = uri.with_query(pairs.into_iter().fold(Query::new(action), |query, (key, value)| query.with(key, value)));
        }
        if let Some(fragment) = fragment {
            uri = uri.with_fragment(fragment);
        }
        let (ascii, iri) = (uri.to_string(), uri.iri().to_string());
        prop_assert!(ascii.bytes().all(|byte| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte)), "{}", ascii);
        prop_assert_eq!(XmppUri::parse(&ascii), Ok(uri.clone()));
        prop_assert_eq!(XmppUri::parse(&iri), Ok(uri));
    }

    /// No string makes it panic, and places of errors lie in the string.
    #[test]
    fn any_string(text in "(xmpp:)?(//)?[a-c@/?#;=%0-9A-Fé \\[\\]]{0,16}") {
        match XmppUri::parse(&text) {
            Ok(uri) => prop_assert_eq!(XmppUri::parse(&uri.to_string()), Ok(uri)),
            Err(UriError::Character { position, found }) => prop_assert!(text[position..].starts_with(found)),
            Err(UriError::Percent { position }) => prop_assert!(text[position..].starts_with('%')),
            Err(_) => {}
        }
    }
}
