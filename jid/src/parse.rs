//! Splitting an address and bringing its parts into canonical form.

use alloc::string::String;

use crate::domain::{self, push_domain};
use crate::precis::{MAX_PART, push_local, push_resource};
use crate::quiet::{self, Survey};
use crate::repr::len;
use crate::{Jid, JidError, JidRef, ascii};

/// An address in canonical form: the given string itself, or a new one.
pub(crate) enum Canon<'a> {
    Same(JidRef<'a>),
    Changed(Buffer),
}

/// A canonical address under construction.
#[derive(Default)]
pub(crate) struct Buffer {
    pub(crate) text: String,
    at: u16,
    slash: u16,
}

impl Buffer {
    pub(crate) fn view(&self) -> JidRef<'_> {
        JidRef { text: &self.text, at: self.at, slash: self.slash }
    }
}

impl Canon<'_> {
    pub(crate) fn view(&self) -> JidRef<'_> {
        match self {
            Self::Same(view) => *view,
            Self::Changed(buffer) => buffer.view(),
        }
    }
}

/// An address cut at its separators, nothing checked (RFC 7622 §3.1).
struct Split<'a> {
    local: Option<&'a str>,
    domain: &'a str,
    resource: Option<&'a str>,
}

impl<'a> Split<'a> {
    /// The first `/` ends what may hold a localpart, then the first `@` ends the localpart.
    fn new(address: &'a str) -> Self {
        let (bare, resource) = match cut(address, b'/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (address, None),
        };
        let (local, domain) = match cut(bare, b'@') {
            Some((local, domain)) => (Some(local), domain),
            None => (None, bare),
        };
        Self { local, domain, resource }
    }

    /// The view of an address that is canonical for certain, found without the rules and without allocation.
    fn canonical(&self, address: &'a str) -> Option<JidRef<'a>> {
        let fits = |text: &str| (1..=MAX_PART).contains(&text.len());
        let stays = |text: &str, part| quiet::survey(text, part) == Survey::Stays;
        let canonical = self.local.is_none_or(|local| fits(local) && stays(local, quiet::LOCAL))
            && fits(self.domain)
            && domain::is_canonical(self.domain)
            && self.resource.is_none_or(|resource| fits(resource) && stays(resource, quiet::RESOURCE));
        let at = self.local.map_or(0, str::len);
        let slash = self.local.map_or(0, |local| local.len() + 1) + self.domain.len();
        canonical.then(|| JidRef::cut(address, at, slash))
    }
}

/// What stands before and behind the first such byte, an ASCII one. For short texts quicker than `split_once`.
pub(crate) fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Parses a whole address.
pub(crate) fn address(address: &str) -> Result<Canon<'_>, JidError> {
    if let Some(view) = ascii::canonical(address) {
        return Ok(Canon::Same(view));
    }
    let split = Split::new(address);
    if let Some(view) = split.canonical(address) {
        return Ok(Canon::Same(view));
    }
    let Split { local, domain, resource } = split;
    let domain_at = local.map_or(0, |local| local.len() + 1);
    let resource_at = domain_at + domain.len() + 1;
    let mut buffer = Buffer { text: String::with_capacity(address.len()), at: 0, slash: 0 };
    if let Some(local) = local {
        buffer.local(local)?;
    }
    buffer.domain(domain).map_err(|error| error.shifted(domain_at))?;
    if let Some(resource) = resource {
        buffer.resource(resource).map_err(|error| error.shifted(resource_at))?;
    }
    if buffer.text == address {
        return Ok(Canon::Same(JidRef { text: address, at: buffer.at, slash: buffer.slash }));
    }
    Ok(Canon::Changed(buffer))
}

/// Joins parts that are not canonical yet. Positions count from the start of the part that is wrong.
pub(crate) fn parts(local: Option<&str>, domain: &str, resource: Option<&str>) -> Result<Buffer, JidError> {
    let mut buffer = Buffer::default();
    if let Some(local) = local {
        buffer.local(local)?;
    }
    buffer.domain(domain)?;
    if let Some(resource) = resource {
        buffer.resource(resource)?;
    }
    Ok(buffer)
}

/// Joins parts that are canonical.
pub(crate) fn joined(local: Option<&str>, domain: &str, resource: Option<&str>) -> Jid {
    let mut buffer = Buffer::default();
    if let Some(local) = local {
        buffer.text.push_str(local);
        buffer.at = len(&buffer.text);
        buffer.text.push('@');
    }
    buffer.text.push_str(domain);
    buffer.slash = len(&buffer.text);
    if let Some(resource) = resource {
        buffer.text.push('/');
        buffer.text.push_str(resource);
    }
    Jid::copy(buffer.view())
}

/// Puts a resource behind a canonical bare address.
pub(crate) fn join(bare: JidRef<'_>, resource: &str) -> Result<Buffer, JidError> {
    let mut buffer = Buffer { text: String::from(bare.text), at: bare.at, slash: bare.slash };
    buffer.resource(resource)?;
    Ok(buffer)
}

impl Buffer {
    fn local(&mut self, local: &str) -> Result<(), JidError> {
        push_local(&mut self.text, local)?;
        self.at = len(&self.text);
        self.text.push('@');
        Ok(())
    }

    fn domain(&mut self, domain: &str) -> Result<(), JidError> {
        push_domain(&mut self.text, domain)?;
        self.slash = len(&self.text);
        Ok(())
    }

    fn resource(&mut self, resource: &str) -> Result<(), JidError> {
        self.text.push('/');
        push_resource(&mut self.text, resource)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{Buffer, Canon, Split, parts};
    use crate::ascii::canonical as fast;
    use crate::domain::{push_domain, slow_name};
    use crate::precis::{push_local, push_resource, slow_local, slow_resource};
    use crate::repr::len;
    use crate::{Jid, JidError, JidRef, Part, Reason};

    /// Half of them with what addresses consist of, so that many are canonical.
    fn ascii() -> impl Strategy<Value = String> {
        prop_oneof![
            "[\\x00-\\x7f]{0,16}",
            "[a-c0.-]{0,4}[@/]?[a-z0-9.-]{0,8}[/@]?[ -~]{0,4}",
            "[A-Za-z0-9.@/-]{0,16}"
        ]
    }

    /// What the rules alone make of the parts.
    fn slowly(out: &mut Buffer, split: &Split<'_>) -> Result<(), JidError> {
        if let Some(local) = split.local {
            slow_local(&mut out.text, local)?;
            out.at = len(&out.text);
            out.text.push('@');
        }
        match split.domain.strip_prefix('[') {
            Some(_) => push_domain(&mut out.text, split.domain)?,
            None => slow_name(&mut out.text, split.domain)?,
        }
        out.slash = len(&out.text);
        if let Some(resource) = split.resource {
            out.text.push('/');
            slow_resource(&mut out.text, resource)?;
        }
        // What the callers of the rules look at first.
        let mut parts = [split.local, Some(split.domain), split.resource].into_iter().flatten();
        if parts.any(str::is_empty) { Err(JidError::new(Part::Domain, Reason::Empty, 0)) } else { Ok(()) }
    }

    fn run(push: fn(&mut String, &str) -> Result<(), JidError>, text: &str) -> Result<String, JidError> {
        let mut out = String::new();
        push(&mut out, text).map(|()| out)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// JID-15: what the fast path takes, the rules leave as it is, cut in the same places; what they leave as it is
        /// and is plain ASCII, the fast path takes.
        #[test]
        fn fast_path_agrees_with_the_rules(address in ascii()) {
            let Split { local, domain, resource } = Split::new(&address);
            let ruled = parts(local, domain, resource).ok().filter(|buffer| buffer.text == address);
            match (fast(&address), &ruled) {
                (Some(fast), Some(ruled)) => {
                    let ruled = ruled.view();
                    prop_assert_eq!((fast.at, fast.slash), (ruled.at, ruled.slash));
                    prop_assert_eq!((fast.local(), fast.domain(), fast.resource()), (local, domain, resource));
                }
                (None, None) => {}
                (fast, _) => prop_assert!(false, "{:?} for the fast path only: {:?}", address, fast),
            }
        }

        /// JID-15: what is found canonical without the rules is what they leave as it is, cut in the same places.
        #[test]
        fn canonical_views_agree_with_the_rules(
            address in "([a-zéßσς文д\\u{301}A-]{0,4}@)?\
                ([a-zéßς文д.-]{1,8}|\\[[:0-9a-f.]{2,9}\\])\
                (/[ -~é文♚\\u{301}]{0,4})?"
        ) {
            let split = Split::new(&address);
            let mut slow = Buffer::default();
            let ruled = slowly(&mut slow, &split).is_ok() && slow.text == address;
            if let Some(view) = split.canonical(&address) {
                prop_assert!(ruled, "{:?}", slow.text);
                prop_assert_eq!((view.at, view.slash), (slow.at, slow.slash));
            }
            prop_assert_eq!(JidRef::new(&address).is_ok(), ruled);
        }

        /// JID-15: the short way for ASCII parts gives what the long one gives, errors and their places included.
        #[test]
        fn ascii_parts_agree_with_the_profiles(text in ascii().prop_filter("a part", |text| !text.is_empty())) {
            prop_assert_eq!(run(push_local, &text), run(slow_local, &text));
            prop_assert_eq!(run(push_resource, &text), run(slow_resource, &text));
        }
    }

    /// The fast path at its limits, where the rules have theirs.
    #[test]
    fn limits_of_the_fast_path() {
        let long = |len: usize| "a".repeat(len);
        let name = |last: usize| [long(63), long(63), long(63), long(last)].join(".");
        let cases: Vec<(String, bool)> = [
            (alloc::format!("{}@b", long(1023)), true),
            (alloc::format!("{}@b", long(1024)), false),
            (alloc::format!("b/{}", long(1023)), true),
            (alloc::format!("b/{}", long(1024)), false),
            (name(61), true),
            (name(62), false),
            (long(63), true),
            (long(64), false),
        ]
        .into();
        for (address, valid) in cases {
            assert_eq!(fast(&address).is_some(), valid, "{address}");
            assert_eq!(Jid::new(&address).is_ok(), valid, "{address}");
        }
        assert!(matches!(super::address("a@b/c"), Ok(Canon::Same(_))));
        assert!(matches!(super::address("A@b/c"), Ok(Canon::Changed(_))));
    }
}
