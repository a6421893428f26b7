//! Accounts that are made, changed and removed in band (XEP-0077).

use jid::{BareJid, FullJid};

use super::{Account, ConnId, Server, Verb};
use crate::{
    sasl::scram::StoredCredentials,
    stanza::{Iq, IqKind, StanzaCondition},
    stream::{StreamCondition, StreamError},
    xep::register::{Field, Offer, Request},
};

impl Server {
    pub(super) fn register(
        &mut self,
        account: BareJid,
        credentials: StoredCredentials,
    ) -> Result<(), StanzaCondition> {
        if !self.config.registration {
            return Err(StanzaCondition::NotAllowed);
        }
        if self.accounts.contains_key(&account) {
            return Err(StanzaCondition::Conflict);
        }
        if self.registered >= self.config.max_registered {
            return Err(StanzaCondition::ResourceConstraint);
        }
        self.registered += 1;
        self.accounts.insert(account, Account { credentials, registered: true, ..Account::default() });
        Ok(())
    }

    pub(super) fn change_password(
        &mut self,
        account: &BareJid,
        credentials: StoredCredentials,
    ) -> Result<(), StanzaCondition> {
        if !self.config.registration {
            return Err(StanzaCondition::NotAllowed);
        }
        self.accounts.get_mut(account).ok_or(StanzaCondition::ItemNotFound)?.credentials = credentials;
        Ok(())
    }

    /// A request about the own account. New passwords do not come here: the receiver derives their keys.
    pub(super) fn registration_request(&mut self, conn: ConnId, from: &FullJid, iq: &Iq<'_>) {
        let request = iq.payload.map_or(Err(StanzaCondition::BadRequest), Request::parse);
        let refusal = match (iq.kind, request) {
            (IqKind::Get, Ok(_)) => {
                let mut offer = Offer::of(["password"]);
                offer.registered = true;
                let username = from.local().map(str::to_owned);
                offer.fields.insert(0, Field { name: "username".to_owned(), value: username });
                return self.send(conn, iq.result(Some(&offer.to_element())));
            }
            (_, Ok(Request::Remove)) => {
                self.send(conn, iq.result(None));
                return self.remove_account(&from.to_bare());
            }
            (_, Ok(Request::Submit(_))) => StanzaCondition::NotAllowed,
            (_, Err(condition)) => condition,
        };
        self.send(conn, iq.refuse(&refusal.into()));
    }

    /// Ends the sessions and subscriptions of an account, and forgets it (§3.2).
    pub(super) fn remove_account(&mut self, account: &BareJid) {
        let Some(owner) = self.accounts.get(account) else { return };
        let contacts: Vec<BareJid> = owner.contacts.keys().cloned().collect();
        // Those as well that are still to bind, or to prove a password: the name may belong to somebody else by then.
        let conns = self.conns.iter().filter(|(_, conn)| conn.account.as_ref() == Some(account));
        let conns: Vec<ConnId> = conns.map(|(&id, _)| id).collect();
        for id in conns {
            if let Some(jid) = self.conns.remove(&id).and_then(|conn| conn.jid) {
                self.end_session(&jid);
            }
            let error = StreamError::new(StreamCondition::NotAuthorized, "the account was removed");
            self.output.push_back((id, Verb::Close(error)));
        }
        for contact in contacts {
            self.cancel_subscriptions(account, &contact);
        }
        if self.accounts.remove(account).is_some_and(|account| account.registered) {
            self.registered -= 1;
        }
    }
}
