//! What the server holds of an account.

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, FullJid, Jid};

use super::{ConnId, subscription::Contact};
use crate::{sasl::scram::StoredCredentials, xml::Element};

#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) credentials: StoredCredentials,
    /// It was made in band.
    pub(super) registered: bool,
    /// Of somebody anonymous: it ends with its stream (XEP-0175).
    pub(super) passing: bool,
    pub(super) contacts: BTreeMap<BareJid, Contact>,
    /// By resource.
    pub(super) sessions: BTreeMap<String, Live>,
}

/// A bound session: a connected resource.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) conn: ConnId,
    pub(super) jid: FullJid,
    /// The last available presence to all; a session that has one is an available resource.
    pub(super) presence: Option<Element>,
    pub(super) priority: i8,
    /// It asked for the roster and gets pushes (RFC 6121 §2.1.6).
    pub(super) interested: bool,
    /// To whom it sent presence of its own (§4.6).
    pub(super) directed: BTreeSet<Jid>,
}

impl Live {
    pub(super) fn new(conn: ConnId, jid: FullJid) -> Self {
        Self { conn, jid, presence: None, priority: 0, interested: false, directed: BTreeSet::new() }
    }

    /// Whether it sent presence of its own to this session, or to all of that account.
    pub(super) fn told(&self, other: &FullJid) -> bool {
        self.directed.iter().any(|to| to.view() == other.view() || to.view() == other.bare())
    }
}

impl Account {
    /// The available resources.
    pub(super) fn available(&self) -> impl Iterator<Item = &Live> {
        self.sessions.values().filter(|live| live.presence.is_some())
    }

    /// The connections of the available resources.
    pub(super) fn available_conns(&self) -> Vec<ConnId> {
        self.available().map(|live| live.conn).collect()
    }

    /// The connections that are told how a subscription changes: those that keep a roster, and available ones.
    pub(super) fn roster_readers(&self) -> Vec<ConnId> {
        let told = self.sessions.values().filter(|live| live.interested || live.presence.is_some());
        told.map(|live| live.conn).collect()
    }

    /// The connections that get messages for the bare address: available resources that do not refuse them by a
    /// negative priority; all of them, or those of the highest priority (RFC 6121 §8.5.2.1.1).
    pub(super) fn readers(&self, all: bool) -> Vec<ConnId> {
        let best = self.available().map(|live| live.priority).max().unwrap_or(-1);
        self.available()
            .filter(|live| live.priority >= 0 && (all || live.priority == best))
            .map(|live| live.conn)
            .collect()
    }

    /// The connections that get roster pushes.
    pub(super) fn interested_conns(&self) -> Vec<(ConnId, FullJid)> {
        let interested = self.sessions.values().filter(|live| live.interested);
        interested.map(|live| (live.conn, live.jid.clone())).collect()
    }

    /// Whether an account sees this one's presence.
    pub(super) fn is_seen_by(&self, other: &BareJid) -> bool {
        self.contacts.get(other).is_some_and(|contact| contact.from)
    }

    /// Who sees this account's presence.
    pub(super) fn watchers(&self) -> Vec<BareJid> {
        let watchers = self.contacts.iter().filter(|(_, contact)| contact.from);
        watchers.map(|(jid, _)| jid.clone()).collect()
    }

    /// Whose presence this account sees.
    pub(super) fn watched(&self) -> Vec<BareJid> {
        let watched = self.contacts.iter().filter(|(_, contact)| contact.to);
        watched.map(|(jid, _)| jid.clone()).collect()
    }

    /// Forgets a contact of which nothing is left to remember.
    pub(super) fn tidy(&mut self, contact: &BareJid) {
        if self.contacts.get(contact).is_some_and(Contact::is_blank) {
            self.contacts.remove(contact);
        }
    }
}
