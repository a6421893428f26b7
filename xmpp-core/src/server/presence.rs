//! Presence: who learns of whom (RFC 6121 §3 and §4).

use jid::{BareJid, FullJid, Jid, JidRef};

use super::{ConnId, Server, account::Live, addressed};
use crate::{
    stanza::{PresenceKind, StanzaCondition},
    xml::{Element, ns},
};

impl Server {
    pub(super) fn presence(
        &mut self,
        conn: ConnId,
        from: &FullJid,
        kind: PresenceKind,
        priority: i8,
        to: Option<Jid>,
        stanza: &Element,
    ) {
        match (kind, to) {
            (PresenceKind::Available, None) => self.become_available(from, priority, stanza),
            (PresenceKind::Unavailable, None) => self.become_unavailable(from, stanza),
            (PresenceKind::Error, _) => {}
            (_, None) => self.refuse(conn, stanza, StanzaCondition::BadRequest),
            (_, Some(to)) if to.domain() != self.domain() => {
                self.refuse(conn, stanza, StanzaCondition::RemoteServerNotFound);
            }
            (PresenceKind::Available | PresenceKind::Unavailable, Some(to)) => {
                self.directed(conn, from, kind, &to, stanza);
            }
            (PresenceKind::Probe, Some(to)) => self.answer_probe(conn, from, &to, stanza),
            (_, Some(to)) => self.subscription(conn, &from.to_bare(), kind, &to.into_bare(), stanza),
        }
    }

    /// Initial and later presence (§4.2.2, §4.4.2).
    fn become_available(&mut self, from: &FullJid, priority: i8, stanza: &Element) {
        let Some(live) = self.live_mut(from.view()) else { return };
        let conn = live.conn;
        live.priority = priority;
        let initial = live.presence.replace(stanza.clone()).is_none();
        self.broadcast(&from.to_bare(), stanza);
        if !initial {
            return;
        }
        let Some(account) = self.accounts.get(from.bare().as_str()) else { return };
        // What the other resources and the contacts are; the probes of §4.3 stay inside of the server.
        let mut news: Vec<Element> = account
            .available()
            .filter(|other| other.jid != *from)
            .filter_map(|other| other.presence.as_ref().map(|presence| addressed(presence, from.view())))
            .collect();
        let watcher = from.to_bare();
        for contact in account.watched() {
            if let Some(contact) = self.accounts.get(&contact).filter(|contact| contact.is_seen_by(&watcher))
            {
                let presences = contact.available().filter_map(|live| live.presence.as_ref());
                news.extend(presences.map(|presence| addressed(presence, from.view())));
            }
        }
        // Requests wait until they are answered (§3.1.3, rule 4).
        news.extend(account.contacts.values().filter_map(|contact| contact.request.clone()));
        self.send_all(conn, news);
    }

    fn become_unavailable(&mut self, from: &FullJid, stanza: &Element) {
        let Some(live) = self.live_mut(from.view()) else { return };
        let (conn, was_available) = (live.conn, live.presence.take().is_some());
        let directed = std::mem::take(&mut live.directed);
        let watchers = if was_available {
            // To itself as well (§4.5.2), while there is somebody to hear it.
            if self.is_bound(conn) {
                self.send(conn, addressed(stanza, from.view()));
            }
            self.broadcast(&from.to_bare(), stanza)
        } else {
            Vec::new()
        };
        // Who was told in person and did not learn of it by now (§4.6.3, rule 2).
        for to in directed {
            if !watchers.iter().any(|watcher| watcher.is_bare_of(&to)) {
                self.tell(&to, &addressed(stanza, to.view()));
            }
        }
    }

    /// The session is over, whether it said goodbye or not (§4.5.2).
    pub(super) fn end_session(&mut self, jid: &FullJid) {
        self.become_unavailable(jid, &unavailable(jid));
        if let Some(account) = self.accounts.get_mut(jid.bare().as_str()) {
            account.sessions.remove(jid.resource());
        }
    }

    /// Tells all who see the account, and its own available resources; gives the former.
    fn broadcast(&mut self, account: &BareJid, stanza: &Element) -> Vec<BareJid> {
        let watchers = self.accounts.get(account).map(super::Account::watchers).unwrap_or_default();
        for watcher in &watchers {
            self.deliver(watcher.view(), &addressed(stanza, watcher.view()));
        }
        self.deliver(account.view(), &addressed(stanza, account.view()));
        watchers
    }

    /// Presence to one address (§4.6).
    fn directed(&mut self, conn: ConnId, from: &FullJid, kind: PresenceKind, to: &Jid, stanza: &Element) {
        let max = self.config.max_directed;
        let Some(live) = self.live_mut(from.view()) else { return };
        if kind == PresenceKind::Unavailable {
            live.directed.remove(to);
        } else if live.directed.len() >= max && !live.directed.contains(to) {
            return self.refuse(conn, stanza, StanzaCondition::ResourceConstraint);
        } else {
            live.directed.insert(to.clone());
        }
        self.tell(to, stanza);
    }

    /// Delivers presence to an address of this domain: to a session whatever its own presence, or to all available ones.
    fn tell(&mut self, to: &Jid, stanza: &Element) {
        if to.is_bare() {
            self.deliver(to.view(), stanza);
        } else if let Some(reader) = self.live(to.view()).map(|live| live.conn) {
            self.send(reader, stanza.clone());
        }
    }

    /// A client asks for what the server would have told it anyway (§4.3.2). Who does not see the account learns no more
    /// than what it was told in person (§4.6.6), and not whether there is such an account.
    fn answer_probe(&mut self, conn: ConnId, from: &FullJid, to: &Jid, probe: &Element) {
        if to.local().is_none() {
            return; // the domain has no presence
        }
        let (asker, contact) = (from.to_bare(), to.clone().into_bare());
        let account = self.accounts.get(&contact);
        let sees = account.is_some_and(|account| asker == contact || account.is_seen_by(&asker));
        let asked = |live: &&Live| to.resource().is_none_or(|resource| resource == live.jid.resource());
        // A probe of one resource, or of what was told in person, learns that it is there and nothing else.
        let mere = |live: &Live| presence(PresenceKind::Available, live.jid.view(), from.view());
        let mut news: Vec<Element> = match account {
            Some(account) if !sees => {
                let told = account.sessions.values().filter(|live| live.told(from));
                told.filter(asked).map(mere).collect()
            }
            Some(account) if to.is_bare() => {
                let presences = account.available().filter_map(|live| live.presence.as_ref());
                presences.map(|presence| addressed(presence, from.view())).collect()
            }
            Some(account) => account.available().filter(asked).map(mere).collect(),
            None => Vec::new(),
        };
        if news.is_empty() {
            let own = self.accounts.get(&asker).and_then(|account| account.contacts.get(&contact));
            let reply = if sees {
                presence(PresenceKind::Unavailable, to.view(), from.view())
            } else if own.is_some_and(|contact| contact.ask) {
                return; // a request that waits is not refused yet
            } else {
                presence(PresenceKind::Unsubscribed, contact.view(), from.view())
            };
            let id = probe.attr("id");
            news.push(reply.with_attrs(&[("id", id.as_deref())]).unwrap_or(reply));
        }
        self.send_all(conn, news);
    }

    /// A subscription stanza of a client: its own roster first, then the contact's (§3).
    fn subscription(
        &mut self,
        conn: ConnId,
        user: &BareJid,
        kind: PresenceKind,
        contact: &BareJid,
        stanza: &Element,
    ) {
        if user == contact || contact.local().is_none() {
            return self.refuse(conn, stanza, StanzaCondition::NotAllowed);
        }
        let max = self.config.max_contacts;
        let Some(account) = self.accounts.get_mut(user) else { return };
        let full = account.contacts.len() >= max && !account.contacts.contains_key(contact);
        if full && kind == PresenceKind::Subscribe {
            return self.refuse(conn, stanza, StanzaCondition::ResourceConstraint);
        }
        self.say(user, kind, contact, Some(stanza));
    }

    /// The account says this to a contact, in its own words or in the server's.
    pub(super) fn say(
        &mut self,
        user: &BareJid,
        kind: PresenceKind,
        contact: &BareJid,
        words: Option<&Element>,
    ) {
        let Some(account) = self.accounts.get_mut(user) else { return };
        let effect = account.contacts.entry(contact.clone()).or_default().say(kind);
        if effect.push {
            self.push(user, contact);
        }
        if let Some(account) = self.accounts.get_mut(user) {
            account.tidy(contact);
        }
        if effect.seen == Some(false) {
            self.show(user, contact, false);
        }
        if effect.pass {
            // From bare address to bare address (§3.1.2).
            let edits = [("from", Some(user.as_str())), ("to", Some(contact.as_str()))];
            let stanza = match words {
                Some(words) => words.with_attrs(&edits).unwrap_or_else(|_| words.clone()),
                None => presence(kind, user.view(), contact.view()),
            };
            self.hear(contact, kind, user, &stanza);
        }
        if effect.seen == Some(true) {
            self.show(user, contact, true);
        }
    }

    /// An account hears this from a contact. The server never says anything for an account that does not exist
    /// (§8.5.1).
    fn hear(&mut self, user: &BareJid, kind: PresenceKind, contact: &BareJid, stanza: &Element) {
        let max = self.config.max_contacts;
        let Some(account) = self.accounts.get_mut(user) else { return };
        if account.contacts.len() >= max && !account.contacts.contains_key(contact) {
            return;
        }
        let effect = account.contacts.entry(contact.clone()).or_default().hear(kind, stanza);
        account.tidy(contact);
        // A request is for who is there to decide; whoever keeps a roster learns why it changes (§3.1.6, §3.2.3, §3.3.3).
        let readers = match kind {
            PresenceKind::Subscribe => account.available_conns(),
            _ => account.roster_readers(),
        };
        if effect.pass {
            for reader in readers {
                self.send(reader, stanza.clone());
            }
        }
        if effect.push {
            self.push(user, contact);
        }
        if effect.seen == Some(false) {
            self.show(user, contact, false);
        }
        // A reply is heard and never answered by another one: it is `subscribed` or `unsubscribed`.
        if let Some(reply) = effect.reply {
            let stanza = presence(reply, user.view(), contact.view());
            self.hear(contact, reply, user, &stanza);
        }
    }

    /// Shows a contact what the account's resources are, or that they are gone for it.
    fn show(&mut self, user: &BareJid, contact: &BareJid, available: bool) {
        let Some(account) = self.accounts.get(user) else { return };
        let news: Vec<Element> = account
            .available()
            .filter_map(|live| if available { live.presence.clone() } else { Some(unavailable(&live.jid)) })
            .collect();
        for stanza in news {
            self.deliver(contact.view(), &addressed(&stanza, contact.view()));
        }
    }
}

fn unavailable(from: &FullJid) -> Element {
    Element::build("presence", ns::CLIENT)
        .attr("from", from.as_str())
        .attr("type", "unavailable")
        .finish_lossy()
}

fn presence(kind: PresenceKind, from: JidRef<'_>, to: JidRef<'_>) -> Element {
    Element::build("presence", ns::CLIENT)
        .attr("from", from.as_str())
        .attr("to", to.as_str())
        .attr_opt("type", kind.name())
        .finish_lossy()
}
