//! Rosters (RFC 6121 §2).

use std::collections::BTreeSet;

use jid::{BareJid, FullJid};

use super::{ConnId, Server};
use crate::{
    stanza::{Iq, PresenceKind, StanzaCondition, iq},
    xep::roster::{Change, Item, Roster},
    xml::{ElementRef, ns},
};

/// The longest name of a contact or group, bytes (RFC 6121 §2.3.3 recommends the bound of a part of an address).
const MAX_NAME: usize = 1023;
/// How many groups a contact may be in.
const MAX_GROUPS: usize = 64;

impl Server {
    pub(super) fn roster_get(&mut self, conn: ConnId, from: &FullJid, iq: &Iq<'_>) {
        if let Some(live) = self.live_mut(from.view()) {
            live.interested = true;
        }
        let Some(account) = self.accounts.get(from.bare().as_str()) else { return };
        let listed = account.contacts.iter().filter(|(_, contact)| contact.listed);
        let roster = Roster { ver: None, items: listed.map(|(jid, contact)| contact.item(jid)).collect() };
        self.send(conn, iq.result(Some(&roster.to_element())));
    }

    pub(super) fn roster_set(&mut self, conn: ConnId, from: &FullJid, iq: &Iq<'_>) {
        let account = from.to_bare();
        let outcome = match iq.payload.and_then(Change::of_query) {
            None => Err(StanzaCondition::BadRequest),
            Some(change) if *change.jid() == account => Err(StanzaCondition::NotAllowed),
            Some(Change::Put(item)) => {
                iq.payload.map_or(Ok(()), check_groups).and_then(|()| self.put(&account, item))
            }
            Some(Change::Remove(contact)) => self.remove(&account, &contact),
        };
        let answer = match outcome {
            Ok(()) => iq.result(None),
            Err(condition) => iq.refuse(&condition.into()),
        };
        self.send(conn, answer);
    }

    /// Name and groups only: subscriptions are changed by presence.
    fn put(&mut self, account: &BareJid, item: Item) -> Result<(), StanzaCondition> {
        let too_long = |text: &String| text.len() > MAX_NAME;
        if item.name.as_ref().is_some_and(too_long)
            || item.groups.iter().any(too_long)
            || item.groups.len() > MAX_GROUPS
        {
            return Err(StanzaCondition::NotAcceptable);
        }
        let max = self.config.max_contacts;
        let owner = self.accounts.get_mut(account).ok_or(StanzaCondition::ItemNotFound)?;
        if owner.contacts.len() >= max && !owner.contacts.contains_key(&item.jid) {
            return Err(StanzaCondition::ResourceConstraint);
        }
        let contact = owner.contacts.entry(item.jid.clone()).or_default();
        (contact.name, contact.groups, contact.listed) = (item.name, item.groups, true);
        self.push(account, &item.jid);
        Ok(())
    }

    /// Removes a contact and with it both subscriptions (§2.5.2).
    fn remove(&mut self, account: &BareJid, jid: &BareJid) -> Result<(), StanzaCondition> {
        let owner = self.accounts.get(account).ok_or(StanzaCondition::ItemNotFound)?;
        if !owner.contacts.get(jid).is_some_and(|contact| contact.listed) {
            return Err(StanzaCondition::ItemNotFound);
        }
        self.cancel_subscriptions(account, jid);
        if let Some(owner) = self.accounts.get_mut(account) {
            owner.contacts.remove(jid);
        }
        self.push_change(account, &Change::Remove(jid.clone()));
        Ok(())
    }

    /// Ends what binds the account and a contact, in both directions and without pushes.
    pub(super) fn cancel_subscriptions(&mut self, account: &BareJid, jid: &BareJid) {
        let owner = self.accounts.get_mut(account);
        let Some(contact) = owner.and_then(|owner| owner.contacts.get_mut(jid)) else { return };
        // The pushes of these two would only tell of states in between.
        contact.listed = false;
        let (seen, sees) = (contact.from || contact.request.is_some(), contact.to || contact.ask);
        if seen {
            self.say(account, PresenceKind::Unsubscribed, jid, None);
        }
        if sees {
            self.say(account, PresenceKind::Unsubscribe, jid, None);
        }
    }

    /// Pushes what a contact is now to the interested sessions (§2.1.6).
    pub(super) fn push(&mut self, account: &BareJid, contact: &BareJid) {
        let state = self.accounts.get(account).and_then(|account| account.contacts.get(contact));
        if let Some(item) = state.filter(|contact| contact.listed).map(|state| state.item(contact)) {
            self.push_change(account, &Change::Put(item));
        }
    }

    fn push_change(&mut self, account: &BareJid, change: &Change) {
        let Some(owner) = self.accounts.get(account) else { return };
        let query = change.to_push(None);
        for (conn, jid) in owner.interested_conns() {
            let id = self.entropy.token();
            let push = iq::set(Some(jid.view()), &query);
            // A token holds no character that XML cannot carry.
            let push = push.with_attrs(&[("id", Some(&id))]).unwrap_or(push);
            self.send(conn, push);
        }
    }
}

/// What a client must not write, and what a parsed item does not tell any more (RFC 6121 §2.3.3).
fn check_groups(query: ElementRef<'_>) -> Result<(), StanzaCondition> {
    let mut seen = BTreeSet::new();
    for group in query.children().flat_map(ElementRef::children).filter(|child| child.is("group", ns::ROSTER))
    {
        let name = group.text().into_owned();
        if name.is_empty() {
            return Err(StanzaCondition::NotAcceptable);
        }
        if !seen.insert(name) {
            return Err(StanzaCondition::BadRequest);
        }
    }
    Ok(())
}
