//! What holds for any string.

use idna::uts46::{AsciiDenyList, Hyphens, Uts46};
use jid::{BareJid, FullJid, Jid, JidRef};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Characters at which the rules differ, each several times so that valid addresses come about.
fn tricky() -> impl Strategy<Value = String> {
    let pool: Vec<char> = "aaabbcxyzAZln09..--@@//  lß·éÉﬁΣςσİıÅ_&'\":<>[]\\~\0\t\u{7f}\
        \u{301}\u{323}\u{338}\u{345}\u{5d0}\u{5d1}\u{5f3}\u{627}\u{628}\u{660}\u{6f1}\u{64b}\u{915}\u{94d}\u{200c}\u{200d}\
        \u{30ab}\u{30fb}\u{ff76}\u{ff9e}\u{ff21}\u{ff20}\u{ff0e}\u{3002}\u{ff61}\u{3000}\u{a0}\u{ad}\u{212b}\u{2126}\
        \u{1100}\u{1161}\u{11a8}\u{ffa1}\u{4e2d}\u{1f600}\u{2260}\u{e000}\u{10ffff}\u{13a0}\u{ab70}\u{1d15e}\u{fb01}"
        .chars()
        .collect();
    vec(select(pool), 0..12).prop_map(|chars| chars.into_iter().collect())
}

/// Whole addresses of such strings.
fn address() -> impl Strategy<Value = String> {
    let domain = prop_oneof![
        Just("example.com".to_owned()),
        Just("xn--bcher-kva.example".to_owned()),
        Just("[2001:DB8::1]".to_owned()),
        "[a-zA-Z0-9.-]{1,12}",
        tricky(),
    ];
    let assembled = (tricky(), domain, tricky()).prop_flat_map(|(l, d, r)| {
        select(vec![format!("{l}@{d}/{r}"), format!("{l}@{d}"), format!("{d}/{r}"), d])
    });
    prop_oneof![assembled, tricky(), any::<String>()]
}

/// Domains, also with labels in ASCII form.
fn domain() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        "[a-zA-Z0-9-]{0,8}",
        "xn--[a-z0-9-]{0,10}",
        "[a-zäöüßéА-Яа-яα-ω一-龥]{1,6}",
        "[a-zäöüßéА-Яа-яα-ω一-龥]{1,6}"
            .prop_map(|label| format!("xn--{}", idna::punycode::encode_str(&label).unwrap_or_default())),
        tricky(),
        vec(any::<char>(), 1..4).prop_map(|chars| chars.into_iter().collect()),
    ];
    (vec(label, 1..4), select(vec![".", "\u{3002}"])).prop_map(|(labels, dot)| labels.join(dot))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// JID-09, JID-13, JID-15: printing and parsing again changes nothing, and so does joining the parts again.
    #[test]
    fn canonical_form_is_stable(address in address()) {
        match Jid::new(&address) {
            Ok(jid) => {
                let text = jid.to_string();
                prop_assert_eq!(&Jid::new(&text).expect("canonical"), &jid);
                prop_assert_eq!(JidRef::new(&text).expect("canonical"), &*text);
                let again = Jid::from_parts(jid.local(), jid.domain(), jid.resource()).expect("canonical");
                prop_assert_eq!(&again, &jid);
                for part in [jid.local(), Some(jid.domain()), jid.resource()].into_iter().flatten() {
                    prop_assert!((1..=1023).contains(&part.len()));
                }
                prop_assert_eq!(BareJid::new(&address).is_ok(), jid.is_bare());
                prop_assert_eq!(FullJid::new(&address).is_ok(), jid.is_full());
            }
            Err(error) => {
                prop_assert!(address.is_char_boundary(error.position()));
                prop_assert!(!error.to_string().is_empty());
                prop_assert!(JidRef::new(&address).is_err());
            }
        }
    }

    /// JID-01: the parts that were joined are the parts that are read, whatever the resource holds.
    #[test]
    fn parts_survive(local in proptest::option::of(tricky()), domain in domain(), resource in proptest::option::of(tricky())) {
        if let Ok(jid) = Jid::from_parts(local.as_deref(), &domain, resource.as_deref()) {
            prop_assert_eq!(&Jid::new(jid.as_str()).expect("canonical"), &jid);
            prop_assert_eq!(jid.local().is_some(), local.is_some());
            prop_assert_eq!(jid.resource().is_some(), resource.is_some());
            let bare = jid.to_bare();
            prop_assert_eq!(bare.as_str(), jid.bare().as_str());
            prop_assert!(bare.is_bare_of(&jid));
            if let Some(resource) = resource {
                prop_assert_eq!(Jid::from(bare.with_resource(&resource).expect("it was one")), jid);
            }
        }
    }

    /// JID-15: addresses sort and compare as their strings do.
    #[test]
    fn order_is_that_of_strings(one in address(), other in address()) {
        if let (Ok(one), Ok(other)) = (Jid::new(&one), Jid::new(&other)) {
            prop_assert_eq!(one.cmp(&other), one.as_str().cmp(other.as_str()));
            prop_assert_eq!(one == other, one.as_str() == other.as_str());
            prop_assert_eq!(one.view().cmp(&other.view()), one.cmp(&other));
        }
    }

    /// JID-11: a name that passes here passes UTS 46 with the same result. What only IDNA2008 refuses may fail here,
    /// ASCII never does.
    #[test]
    fn names_agree_with_uts46(domain in domain()) {
        let name = domain.strip_suffix(['.', '\u{3002}', '\u{FF0E}', '\u{FF61}']).unwrap_or(&domain);
        let (unicode, verdict) = Uts46::new().to_unicode(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        match Jid::from_parts(None, &domain, None) {
            Ok(jid) if jid.domain().starts_with('[') => {}
            Ok(jid) => {
                prop_assert!(verdict.is_ok());
                prop_assert_eq!(jid.domain(), &*unicode);
            }
            Err(_) if unicode.is_ascii() && unicode.split('.').all(|label| (1..=63).contains(&label.len())) => {
                prop_assert!(verdict.is_err());
            }
            Err(_) => {}
        }
    }
}
