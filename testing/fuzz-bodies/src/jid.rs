//! Addresses.

use jid::{BareJid, FullJid, Jid, JidRef, Part};

/// What is accepted is canonical: parsed again it stays as it is, its parts make it again, and every kind agrees.
pub fn jid(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Jid::new(text) {
        Err(error) => {
            assert!(error.position() <= text.len(), "{error}");
            assert!(BareJid::new(text).is_err() && FullJid::new(text).is_err() && JidRef::new(text).is_err());
        }
        Ok(jid) => accepted(text, &jid),
    }
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
