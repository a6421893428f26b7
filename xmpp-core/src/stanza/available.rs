//! Who is available, with which resources: the book that a client keeps of the presence that it sees (RFC 6121 §4).

use std::{cmp::Reverse, collections::BTreeMap};

use jid::{FullJid, Jid, JidRef};

use super::{Presence, PresenceKind, Show};

/// An available resource of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    /// The resource's address.
    pub jid: FullJid,
    /// How available; `None` is plainly available.
    pub show: Option<Show>,
    /// A description for people, of [`STATUS_BYTES`](AvailableResources::STATUS_BYTES) at most.
    pub status: Option<String>,
    /// The priority among the account's resources, -128 to 127.
    pub priority: i8,
    /// Counts the presences heard: of two the larger one is the newer.
    heard: u64,
}

/// What a presence changed in an [`AvailableResources`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Appearance {
    /// A resource became available.
    Came(FullJid),
    /// It was available, and says so again, perhaps in other words.
    Updated(FullJid),
    /// It went away.
    Left(FullJid),
    /// All of these are gone: their account cannot be reached, or does not let its presence be seen any more.
    LeftAll(Vec<FullJid>),
}

/// The available resources of those whose presence one sees.
///
/// Give it every presence of a stream; ask it whom to address. A bare address is no good for a request to a device:
/// the server answers it itself (RFC 6121 §8.5.2.1.3).
///
/// ```
/// use xmpp_core::{jid::Jid, stanza::{AvailableResources, Presence}, xml::Element};
///
/// let mut there = AvailableResources::default();
/// let stanza: Element = "<presence xmlns='jabber:client' from='device@example.com/ilon'/>".parse()?;
/// there.handle_presence(&Presence::parse(stanza.root())?);
///
/// let device: Jid = "device@example.com".parse()?;
/// assert_eq!(there.best(device.view()).unwrap().jid.resource(), "ilon");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is bounded: of a new resource beyond the capacity nothing is noted until others have left.
#[derive(Clone, Debug)]
pub struct AvailableResources {
    capacity: usize,
    /// By full address. An account's resources lie beside each other.
    there: BTreeMap<FullJid, Available>,
    heard: u64,
}

impl Default for AvailableResources {
    /// For 10,000 resources: more than any roster that people or plants have.
    fn default() -> Self {
        Self::new(10_000)
    }
}

impl AvailableResources {
    /// The longest description that is kept, in bytes. The rest is cut off.
    pub const STATUS_BYTES: usize = 1024;

    /// An empty book for at most `capacity` resources.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, there: BTreeMap::new(), heard: 0 }
    }

    /// Somebody's presence. `None`: it changes nothing here, as requests for a subscription do not.
    pub fn handle_presence(&mut self, presence: &Presence<'_>) -> Option<Appearance> {
        let from = presence.from.as_ref()?;
        match (presence.kind, from.clone().into_full()) {
            (PresenceKind::Available, Ok(jid)) => self.available(jid, presence),
            (PresenceKind::Unavailable, Ok(jid)) => {
                self.there.remove(&jid).map(|gone| Appearance::Left(gone.jid))
            }
            // Nobody answers there (§4.3.2.2, §4.6.4), or we may not see it any more (§3.2.3).
            (PresenceKind::Unavailable | PresenceKind::Error | PresenceKind::Unsubscribed, Err(bare)) => {
                self.forget(bare.view())
            }
            (PresenceKind::Error, Ok(jid)) => self.there.remove(&jid).map(|gone| Appearance::Left(gone.jid)),
            (PresenceKind::Unsubscribed, Ok(jid)) => self.forget(Jid::from(jid.to_bare()).view()),
            _ => None,
        }
    }

    /// The stream is over: nobody is known to be there any more.
    pub fn clear(&mut self) {
        self.there.clear();
    }

    /// The resources of an account (the resource in `jid` does not count), the best to address first: by priority, then
    /// the one heard last.
    pub fn of(&self, jid: JidRef<'_>) -> Vec<&Available> {
        let bare = jid.bare();
        let mut found: Vec<&Available> =
            self.there.values().filter(|there| there.jid.bare() == bare).collect();
        found.sort_by_key(|there| (Reverse(there.priority), Reverse(there.heard)));
        found
    }

    /// The resource of an account to address: the one of the highest priority, and of those the one heard last. A
    /// negative priority refuses messages to the account, not requests, so it counts too.
    pub fn best(&self, jid: JidRef<'_>) -> Option<&Available> {
        self.of(jid).into_iter().next()
    }

    /// All of them, by address.
    pub fn iter(&self) -> impl Iterator<Item = &Available> {
        self.there.values()
    }

    fn available(&mut self, jid: FullJid, presence: &Presence<'_>) -> Option<Appearance> {
        let known = self.there.contains_key(&jid);
        if !known && self.there.len() >= self.capacity {
            return None;
        }
        self.heard += 1;
        let entry = Available {
            jid: jid.clone(),
            show: presence.show(),
            status: presence.status().map(|status| cut(&status)).filter(|status| !status.is_empty()),
            priority: presence.priority(),
            heard: self.heard,
        };
        self.there.insert(jid.clone(), entry);
        Some(if known { Appearance::Updated(jid) } else { Appearance::Came(jid) })
    }

    fn forget(&mut self, bare: JidRef<'_>) -> Option<Appearance> {
        let gone: Vec<FullJid> = self.there.keys().filter(|jid| jid.bare() == bare.bare()).cloned().collect();
        for jid in &gone {
            self.there.remove(jid);
        }
        (!gone.is_empty()).then_some(Appearance::LeftAll(gone))
    }
}

fn cut(status: &str) -> String {
    let end = (0..=AvailableResources::STATUS_BYTES.min(status.len()))
        .rev()
        .find(|&end| status.is_char_boundary(end))
        .unwrap_or_default();
    status[..end].to_owned() // found to be a boundary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Element;

    fn hear(there: &mut AvailableResources, xml: &str) -> Option<Appearance> {
        let stanza: Element =
            xml.replacen("<presence", "<presence xmlns='jabber:client'", 1).parse().unwrap();
        there.handle_presence(&Presence::parse(stanza.root()).unwrap())
    }

    fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    fn full(text: &str) -> FullJid {
        FullJid::new(text).unwrap()
    }

    #[test]
    fn comes_updates_and_leaves() {
        let mut there = AvailableResources::default();
        let a = || full("d@e/a");
        assert_eq!(hear(&mut there, "<presence from='d@e/a'/>"), Some(Appearance::Came(a())));
        let away = "<presence from='D@e/a'><show>away</show><status>lunch</status></presence>";
        assert_eq!(hear(&mut there, away), Some(Appearance::Updated(a())));
        let known = there.best(jid("d@e").view()).unwrap();
        assert_eq!((known.show, known.status.as_deref()), (Some(Show::Away), Some("lunch")));
        assert_eq!(
            hear(&mut there, "<presence from='d@e/a' type='unavailable'/>"),
            Some(Appearance::Left(a()))
        );
        assert_eq!(hear(&mut there, "<presence from='d@e/a' type='unavailable'/>"), None);
        assert!(there.best(jid("d@e").view()).is_none());
    }

    /// The highest priority, and of equal ones the newest.
    #[test]
    fn the_best_to_address() {
        let mut there = AvailableResources::default();
        for (resource, priority) in [("low", -5), ("old", 3), ("new", 3)] {
            hear(
                &mut there,
                &format!("<presence from='d@e/{resource}'><priority>{priority}</priority></presence>"),
            );
        }
        hear(&mut there, "<presence from='other@e/x'><priority>100</priority></presence>");
        let order: Vec<&str> =
            there.of(jid("d@e/whatever").view()).iter().map(|there| there.jid.resource()).collect();
        assert_eq!(order, ["new", "old", "low"]);
        hear(&mut there, "<presence from='d@e/old'><priority>3</priority></presence>");
        assert_eq!(there.best(jid("d@e").view()).unwrap().jid.resource(), "old");
    }

    #[test]
    fn an_account_that_cannot_be_seen_has_no_resources() {
        for gone in [
            "<presence from='d@e' type='unsubscribed'/>",
            "<presence from='d@e/a' type='unsubscribed'/>",
            "<presence from='d@e' type='unavailable'/>",
            "<presence from='d@e' type='error'><error type='cancel'>\
             <gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
        ] {
            let mut there = AvailableResources::default();
            for from in ["d@e/a", "d@e/b", "x@e/a"] {
                hear(&mut there, &format!("<presence from='{from}'/>"));
            }
            let left = Appearance::LeftAll(vec![full("d@e/a"), full("d@e/b")]);
            assert_eq!(hear(&mut there, gone), Some(left), "{gone}");
            assert_eq!(there.iter().count(), 1);
        }
    }

    #[test]
    fn what_says_nothing_about_availability_changes_nothing() {
        let mut there = AvailableResources::default();
        for xml in ["<presence from='d@e' type='subscribe'/>", "<presence from='d@e'/>", "<presence/>"] {
            assert_eq!(hear(&mut there, xml), None, "{xml}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut there = AvailableResources::new(2);
        for resource in ["a", "b", "c"] {
            let status = "é".repeat(4000);
            hear(
                &mut there,
                &format!("<presence from='d@e/{resource}'><status>{status}</status></presence>"),
            );
        }
        assert_eq!(there.iter().map(|there| there.jid.resource()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(there.iter().all(|there| there.status.as_ref().unwrap().len() == 1024));
        let known = "<presence from='d@e/a'><priority>1</priority></presence>";
        assert!(matches!(hear(&mut there, known), Some(Appearance::Updated(_))));
        assert!(matches!(
            hear(&mut there, "<presence from='d@e/b' type='unavailable'/>"),
            Some(Appearance::Left(_))
        ));
        assert!(matches!(hear(&mut there, "<presence from='d@e/c'/>"), Some(Appearance::Came(_))));
        there.clear();
        assert_eq!(there.iter().count(), 0);
    }
}
