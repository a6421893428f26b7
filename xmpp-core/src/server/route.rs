//! Where stanzas go (RFC 6121 §8).

use jid::{BareJid, FullJid, Jid, JidRef};

use super::{ConnId, Server};
use crate::{
    stanza::{
        Iq, IqKind, Malformed, Message, MessageKind, Presence, StanzaCondition, StanzaError, StanzaKind,
        error_reply,
    },
    xml::{Element, ns},
};

/// What an address means to this server.
enum Place {
    /// The domain itself.
    Server,
    /// An account, whether it exists or not.
    Account(BareJid),
    /// A session of an account, whether it exists or not.
    Session(FullJid),
    /// Another domain.
    Elsewhere,
}

impl Server {
    /// Takes a stanza of a bound session; its `from` is set.
    pub(super) fn route(&mut self, conn: ConnId, from: &FullJid, stanza: &Element) {
        let view = stanza.root();
        let outcome = match StanzaKind::of(view) {
            Some(StanzaKind::Message) => Message::parse(view)
                .map(|message| (message.kind, message.to))
                .map(|(kind, to)| self.message(conn, from, kind, to, stanza)),
            Some(StanzaKind::Presence) => Presence::parse(view)
                .map(|presence| (presence.kind, presence.priority(), presence.to))
                .map(|(kind, priority, to)| self.presence(conn, from, kind, priority, to, stanza)),
            Some(StanzaKind::Iq) => Iq::parse(view).map(|iq| self.iq(conn, from, &iq, stanza)),
            None => Ok(()),
        };
        if let Err(malformed) = outcome {
            self.refuse_malformed(conn, &malformed, stanza);
        }
    }

    fn refuse_malformed(&mut self, conn: ConnId, malformed: &Malformed, stanza: &Element) {
        let Some(mut reply) = malformed.reply(stanza) else { return };
        if stanza.attr("to").is_some_and(|to| Jid::new(&to).is_err()) {
            // What is no address must not come back as the sender of the error, whichever rule was broken first.
            let domain = self.domain().to_owned();
            reply = reply.with_attrs(&[("from", Some(&domain))]).unwrap_or(reply);
        }
        self.send(conn, reply);
    }

    /// Answers with an error, unless the stanza must not be answered (RFC 6120 §8.3.1).
    pub(super) fn refuse(&mut self, conn: ConnId, stanza: &Element, condition: StanzaCondition) {
        if let Some(reply) = error_reply(stanza, &StanzaError::new(condition)) {
            self.send(conn, reply);
        }
    }

    /// An address; without one it is the sender's account (RFC 6120 §10.3).
    fn place(&self, to: Option<Jid>, from: &FullJid) -> Place {
        match to {
            None => Place::Account(from.to_bare()),
            Some(to) if to.domain() != self.domain() => Place::Elsewhere,
            Some(to) if to.local().is_none() => Place::Server,
            Some(to) => match to.into_full() {
                Ok(full) => Place::Session(full),
                Err(bare) => Place::Account(bare.into_bare()),
            },
        }
    }

    fn message(
        &mut self,
        conn: ConnId,
        from: &FullJid,
        kind: MessageKind,
        to: Option<Jid>,
        stanza: &Element,
    ) {
        let (account, session) = match self.place(to, from) {
            Place::Elsewhere => return self.refuse(conn, stanza, StanzaCondition::RemoteServerNotFound),
            Place::Server => return self.refuse(conn, stanza, StanzaCondition::ServiceUnavailable),
            Place::Account(account) => (account, None),
            Place::Session(session) => (session.to_bare(), Some(session)),
        };
        let reader = session.as_ref().and_then(|session| self.live(session.view())).map(|live| live.conn);
        if let Some(reader) = reader {
            return self.send(reader, stanza.clone());
        }
        // Of what was meant for one session that is gone, only chat goes on to the others (§8.5.3.2.1).
        let readers = match (kind, self.accounts.get(&account)) {
            (MessageKind::Chat, Some(account)) => account.readers(false),
            (MessageKind::Normal, Some(account)) if session.is_none() => account.readers(false),
            (MessageKind::Headline, Some(account)) if session.is_none() => account.readers(true),
            _ => Vec::new(),
        };
        if readers.is_empty() && !matches!(kind, MessageKind::Error | MessageKind::Headline) {
            return self.refuse(conn, stanza, StanzaCondition::ServiceUnavailable);
        }
        for reader in readers {
            self.send(reader, stanza.clone());
        }
    }

    fn iq(&mut self, conn: ConnId, from: &FullJid, iq: &Iq<'_>, stanza: &Element) {
        match self.place(iq.to.clone(), from) {
            Place::Elsewhere => self.refuse(conn, stanza, StanzaCondition::RemoteServerNotFound),
            Place::Session(session) => match self.live(session.view()).map(|live| live.conn) {
                Some(reader) => self.send(reader, stanza.clone()),
                None if iq.kind.is_request() => {
                    self.refuse(conn, stanza, StanzaCondition::ServiceUnavailable);
                }
                None => {}
            },
            Place::Server if self.config.registration && about_registration(iq) => {
                self.registration_request(conn, from, iq);
            }
            Place::Server if iq.kind.is_request() => {
                let answer = self.domain_reply.answer(iq);
                self.send_all(conn, answer);
            }
            Place::Account(account) if iq.kind.is_request() => {
                self.account_request(conn, from, &account, iq, stanza);
            }
            // Responses to the server's own requests, such as roster pushes.
            Place::Server | Place::Account(_) => {}
        }
    }

    /// A request that the server answers for an account (RFC 6121 §8.5.2.1.3). Who does not see the account's presence
    /// learns nothing, not even whether there is such an account (§8.5.1, §11).
    fn account_request(
        &mut self,
        conn: ConnId,
        from: &FullJid,
        account: &BareJid,
        iq: &Iq<'_>,
        stanza: &Element,
    ) {
        let own = account.is_bare_of(from);
        let is_roster = iq.payload.is_some_and(|payload| payload.is("query", ns::ROSTER));
        let knows = |server: &Self| {
            server.accounts.get(account).is_some_and(|account| account.is_seen_by(&from.to_bare()))
        };
        if own && is_roster {
            match iq.kind {
                IqKind::Get => self.roster_get(conn, from, iq),
                _ => self.roster_set(conn, from, iq),
            }
        } else if own && self.config.registration && about_registration(iq) {
            self.registration_request(conn, from, iq);
        } else if own || (!is_roster && knows(self)) {
            let answer = self.account_reply.answer(iq);
            self.send_all(conn, answer);
        } else {
            self.refuse(conn, stanza, StanzaCondition::ServiceUnavailable);
        }
    }

    /// Delivers to all available resources of an account that is served here (RFC 6121 §8.5.2.1.2).
    pub(super) fn deliver(&mut self, account: JidRef<'_>, stanza: &Element) {
        if let Some(account) = self.accounts.get(account.as_str()) {
            for reader in account.available_conns() {
                self.send(reader, stanza.clone());
            }
        }
    }
}

fn about_registration(iq: &Iq<'_>) -> bool {
    iq.kind.is_request() && iq.payload.is_some_and(|payload| payload.is("query", ns::REGISTER))
}
