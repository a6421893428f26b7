//! Addresses.

use jid::{
    BareJid, DomainPart, FullJid, Jid, JidRef, LocalPart, Part, ResourcePart, XmppUri, escape, unescape,
};

/// What is accepted is canonical: parsed again it stays as it is, its parts make it again, and every kind agrees. URIs and
/// escapes go both ways.
pub fn jid(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Jid::new(text) {
        Err(error) => {
            assert!(error.position() <= text.len(), "{error}");
            assert!(BareJid::new(text).is_err() && FullJid::new(text).is_err() && JidRef::new(text).is_err());
        }
        Ok(jid) => accepted(text, &jid),
    }
    if let Ok(uri) = XmppUri::parse(text) {
        assert_eq!(XmppUri::parse(&uri.to_string()).as_ref(), Ok(&uri));
        assert_eq!(XmppUri::parse(&uri.iri().to_string()).as_ref(), Ok(&uri));
    }
    if let Ok(escaped) = escape(text) {
        assert_eq!(unescape(&escaped), text);
    }
    assert!(unescape(text).len() <= text.len());
    // Parts that hold separators must not leak into other parts.
    let mut parts = text.splitn(3, '\n');
    if let (Some(local), Some(domain), resource) = (parts.next(), parts.next(), parts.next())
        && let Ok(jid) = Jid::from_parts(Some(local), domain, resource)
    {
        assert!(jid.local().is_some() && jid.resource().is_some() == resource.is_some());
        accepted(jid.as_str(), &jid);
    }
}

fn accepted(text: &str, jid: &Jid) {
    let canonical = jid.as_str();
    assert_eq!(Jid::new(canonical).as_ref(), Ok(jid), "canonical forms stay");
    assert_eq!(JidRef::new(canonical).map(JidRef::to_jid).as_ref(), Ok(jid));
    assert_eq!(
        JidRef::new(text).is_ok(),
        text == canonical,
        "a view is there exactly for canonical spellings"
    );
    let again = Jid::from_parts(jid.local(), jid.domain(), jid.resource());
    assert_eq!(again.as_ref(), Ok(jid));

    assert_eq!(jid.clone(), *jid);
    if let Some(view) = JidRef::from_ascii(canonical) {
        assert_eq!(
            (view.local(), view.domain(), view.resource()),
            (jid.local(), jid.domain(), jid.resource())
        );
    }
    let uri = XmppUri::new(jid.clone());
    assert_eq!(XmppUri::parse(&uri.to_string()).as_ref(), Ok(&uri));
    assert_eq!(XmppUri::parse(&uri.iri().to_string()).as_ref(), Ok(&uri));
    let local = jid.local().map(|text| LocalPart::new(text).expect("it is one"));
    let domain = DomainPart::new(jid.domain()).expect("it is one");
    let resource = jid.resource().map(|text| ResourcePart::new(text).expect("it is one"));
    assert_eq!(Jid::of(local.as_ref(), &domain, resource.as_ref()), *jid);
    if let Some(local) = &local {
        let shown = local.unescape();
        assert!(!shown.starts_with(' ') && !shown.ends_with(' '), "{local}");
    }

    let bare = jid.to_bare();
    assert_eq!(BareJid::new(canonical).is_ok(), jid.is_bare());
    assert_eq!(FullJid::new(canonical).is_ok(), jid.is_full());
    assert_eq!(BareJid::new(bare.as_str()).as_ref(), Ok(&bare));
    assert!(bare.is_bare_of(jid) && jid.bare() == bare);
    assert_eq!((bare.local(), bare.domain()), (jid.local(), jid.domain()));
    if let Some(resource) = jid.resource() {
        assert_eq!(bare.with_resource(resource).map(Jid::from).as_ref(), Ok(jid));
    }
    for (part, content) in
        [(Part::Local, jid.local()), (Part::Domain, Some(jid.domain())), (Part::Resource, jid.resource())]
    {
        assert!(content.is_none_or(|text| (1..=1023).contains(&text.len())), "{part:?}");
    }
    let local = jid.local().unwrap_or_default();
    assert!(!local.contains(['"', '&', '\'', '/', ':', '<', '>', '@', ' ']), "{local}");
    assert!(!jid.domain().contains(['/', '@', ' ']), "{}", jid.domain());
}
