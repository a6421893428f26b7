//! The roster: the contacts that the server keeps (RFC 6121 §2).

use jid::{BareJid, Jid};

use crate::{
    stanza::{Iq, IqKind},
    xml::{Element, ElementRef, ns},
};

/// Who sees whose presence (RFC 6121 §2.1.2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// Nobody.
    #[default]
    None,
    /// The owner sees the contact's.
    To,
    /// The contact sees the owner's.
    From,
    /// Each sees the other's.
    Both,
}

impl Subscription {
    /// From its two halves: whether the owner sees the contact, and whether the contact sees the owner.
    #[must_use]
    pub fn new(to: bool, from: bool) -> Self {
        match (to, from) {
            (false, false) => Self::None,
            (true, false) => Self::To,
            (false, true) => Self::From,
            (true, true) => Self::Both,
        }
    }

    /// Whether the owner sees the contact's presence.
    #[must_use]
    pub fn is_to(self) -> bool {
        matches!(self, Self::To | Self::Both)
    }

    /// Whether the contact sees the owner's presence.
    #[must_use]
    pub fn is_from(self) -> bool {
        matches!(self, Self::From | Self::Both)
    }

    /// The value of the `subscription` attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::To => "to",
            Self::From => "from",
            Self::Both => "both",
        }
    }
}

/// A contact.
///
/// ```
/// use xmpp_core::xep::roster::{Item, Subscription};
///
/// let mut item = Item::new("device@example.com".parse()?);
/// item.name = Some("Meter".into());
/// item.groups.push("Cellar".into());
/// assert_eq!(Item::parse(item.to_element().root()), Some(item));
/// # Ok::<(), xmpp_core::jid::JidError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The contact's address.
    pub jid: BareJid,
    /// What the owner calls it.
    pub name: Option<String>,
    /// Who sees whose presence. The server decides; what a client sends is ignored.
    pub subscription: Subscription,
    /// The owner has asked for a subscription and awaits the answer (`ask='subscribe'`).
    pub ask: bool,
    /// A subscription of the contact is approved in advance (§3.4).
    pub approved: bool,
    /// The groups that the owner puts it into.
    pub groups: Vec<String>,
}

/// What a roster push or a roster set says about one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there, like this.
    Put(Item),
    /// It is gone (`subscription='remove'`).
    Remove(BareJid),
}

/// A whole roster, as the server answers a request for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Its version, where the server keeps versions (§2.6).
    pub ver: Option<String>,
    /// The contacts.
    pub items: Vec<Item>,
}

impl Item {
    /// A contact with nothing but an address.
    #[must_use]
    pub fn new(jid: BareJid) -> Self {
        Self {
            jid,
            name: None,
            subscription: Subscription::None,
            ask: false,
            approved: false,
            groups: Vec::new(),
        }
    }

    /// Reads an `<item/>`; `None` without a valid bare address, and for a removal.
    #[must_use]
    pub fn parse(element: ElementRef<'_>) -> Option<Self> {
        match Change::parse(element)? {
            Change::Put(item) => Some(item),
            Change::Remove(_) => None,
        }
    }

    /// The `<item/>`. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn to_element(&self) -> Element {
        self.element(true)
    }

    fn element(&self, with_state: bool) -> Element {
        let mut item = Element::build("item", ns::ROSTER)
            .attr("jid", self.jid.as_str())
            .attr_opt("name", self.name.as_deref());
        if with_state {
            item = item
                .attr("subscription", self.subscription.name())
                .attr_opt("ask", self.ask.then_some("subscribe"))
                .attr_opt("approved", self.approved.then_some("true"));
        }
        for group in &self.groups {
            item = item.leaf("group", ns::ROSTER, group);
        }
        item.finish_lossy()
    }
}

impl Change {
    /// Reads an `<item/>`; `None` without a valid bare address.
    #[must_use]
    pub fn parse(element: ElementRef<'_>) -> Option<Self> {
        if !element.is("item", ns::ROSTER) {
            return None;
        }
        let jid = BareJid::new(&element.attr("jid")?).ok()?;
        let subscription = match element.attr("subscription").as_deref() {
            Some("remove") => return Some(Self::Remove(jid)),
            Some("to") => Subscription::To,
            Some("from") => Subscription::From,
            Some("both") => Subscription::Both,
            _ => Subscription::None,
        };
        let mut groups: Vec<String> = element
            .children()
            .filter(|child| child.is("group", ns::ROSTER))
            .map(|child| child.text().into_owned())
            .filter(|group| !group.is_empty())
            .collect();
        groups.sort();
        groups.dedup();
        Some(Self::Put(Item {
            jid,
            name: element.attr("name").map(std::borrow::Cow::into_owned),
            subscription,
            ask: element.attr("ask").as_deref() == Some("subscribe"),
            approved: matches!(element.attr("approved").as_deref(), Some("true" | "1")),
            groups,
        }))
    }

    /// Reads the `<query/>` of a roster set or push, which holds exactly one item (§2.1.5).
    #[must_use]
    pub fn of_query(query: ElementRef<'_>) -> Option<Self> {
        if !query.is("query", ns::ROSTER) {
            return None;
        }
        let mut items = query.children().filter(|child| child.is("item", ns::ROSTER));
        match (items.next(), items.next()) {
            (Some(only), None) => Self::parse(only),
            _ => None,
        }
    }

    /// Reads a roster push to `account`; `None` for everything else.
    ///
    /// A push counts only when it comes without `from` or from the account itself: anybody else could otherwise rewrite
    /// the roster (§2.1.6). A push is answered with an empty result.
    #[must_use]
    pub fn of_push(iq: &Iq<'_>, account: &BareJid) -> Option<Self> {
        if iq.kind != IqKind::Set || iq.from.as_ref().is_some_and(|from| from != account) {
            return None;
        }
        Self::of_query(iq.payload?)
    }

    /// The contact that changes.
    #[must_use]
    pub fn jid(&self) -> &BareJid {
        match self {
            Self::Put(item) => &item.jid,
            Self::Remove(jid) => jid,
        }
    }

    /// The `<query/>` of a push, with the version after the change if there is one.
    #[must_use]
    pub fn to_push(&self, ver: Option<&str>) -> Element {
        let item = match self {
            Self::Put(item) => item.to_element(),
            Self::Remove(jid) => removal(jid),
        };
        query(ver, [&item])
    }
}

impl Roster {
    /// Reads the payload of a result. Items without a valid bare address are ignored.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if !payload.is("query", ns::ROSTER) {
            return None;
        }
        let ver = payload.attr("ver").map(std::borrow::Cow::into_owned);
        Some(Self { ver, items: payload.children().filter_map(Item::parse).collect() })
    }

    /// The payload of a result.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let items: Vec<_> = self.items.iter().map(Item::to_element).collect();
        query(self.ver.as_deref(), &items)
    }
}

/// Asks for the roster: the payload for an `<iq/>` of type get without `to`, before the first presence (§2.2). A version
/// only if the server offers that feature; empty when nothing is cached.
#[must_use]
pub fn get(ver: Option<&str>) -> Element {
    query(ver, [])
}

/// Adds a contact or changes its name and groups: the payload for an `<iq/>` of type set. The subscription is changed by
/// presence, not here (§2.1.2).
#[must_use]
pub fn set(item: &Item) -> Element {
    query(None, [&item.element(false)])
}

/// Removes a contact and all subscriptions: the payload for an `<iq/>` of type set.
#[must_use]
pub fn remove(jid: &BareJid) -> Element {
    query(None, [&removal(jid)])
}

fn removal(jid: &BareJid) -> Element {
    Element::build("item", ns::ROSTER).attr("jid", jid.as_str()).attr("subscription", "remove").finish_lossy()
}

fn query<'a>(ver: Option<&str>, items: impl IntoIterator<Item = &'a Element>) -> Element {
    Element::build("query", ns::ROSTER).attr_opt("ver", ver).children(items).finish_lossy()
}

/// The own roster as an address: requests for it carry no `to`, or the own bare address.
#[must_use]
pub fn is_own(to: Option<&Jid>, account: &BareJid) -> bool {
    to.is_none_or(|to| to == account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(address: &str) -> BareJid {
        address.parse().unwrap()
    }

    fn push(from: &str) -> Option<Change> {
        let iq: Element = format!(
            "<iq xmlns='jabber:client' type='set' id='1' {from}><query xmlns='jabber:iq:roster'>\
             <item jid='c@example.com' subscription='both'/></query></iq>"
        )
        .parse()
        .unwrap();
        Change::of_push(&Iq::parse(iq.root()).unwrap(), &jid("me@example.com"))
    }

    /// STZ-15: a push counts without `from` and from the own account, and from nobody else.
    #[test]
    fn push_from_others_is_none() {
        assert!(push("").is_some());
        assert!(push("from='me@example.com'").is_some());
        assert!(push("from='ME@example.com'").is_some(), "the same address in another spelling");
        for other in ["me@example.com/x", "example.com", "eve@example.com", "me@example.com.evil.org"] {
            assert_eq!(push(&format!("from='{other}'")), None, "{other}");
        }
    }

    /// STZ-15: exactly one item, and only in a set.
    #[test]
    fn push_holds_one_item() {
        for query in [
            "<query xmlns='jabber:iq:roster'/>",
            "<query xmlns='jabber:iq:roster'><item jid='a@b'/><item jid='c@d'/></query>",
            "<query xmlns='jabber:iq:roster'><item jid='a@b/c'/></query>",
            "<query xmlns='jabber:iq:roster'><item/></query>",
            "<query xmlns='jabber:iq:odd'><item xmlns='jabber:iq:roster' jid='a@b'/></query>",
        ] {
            assert_eq!(Change::of_query(query.parse::<Element>().unwrap().root()), None, "{query}");
        }
    }

    /// STZ-16
    #[test]
    fn roster_survives_the_wire() {
        let mut item = Item::new(jid("a@example.com"));
        item.subscription = Subscription::To;
        item.ask = true;
        item.approved = true;
        item.groups = vec!["A & B".into(), "C".into()];
        let roster = Roster { ver: Some("v1".into()), items: vec![item, Item::new(jid("b@example.com"))] };
        assert_eq!(Roster::parse(roster.to_element().root()), Some(roster));
        assert_eq!(get(None).attr("ver"), None);
        assert_eq!(get(Some("")).attr("ver").as_deref(), Some(""));
    }

    #[test]
    fn what_a_client_sets_says_nothing_of_subscriptions() {
        let mut item = Item::new(jid("a@example.com"));
        item.subscription = Subscription::Both;
        let query = set(&item);
        assert_eq!(query.first_child().unwrap().attr("subscription"), None);
        assert_eq!(Change::of_query(remove(&item.jid).root()), Some(Change::Remove(jid("a@example.com"))));
        let put = Change::Put(item);
        assert_eq!(Change::of_query(put.to_push(Some("2")).root()), Some(put));
    }

    #[test]
    fn halves_make_the_whole() {
        for one in [Subscription::None, Subscription::To, Subscription::From, Subscription::Both] {
            assert_eq!(Subscription::new(one.is_to(), one.is_from()), one);
        }
    }
}
