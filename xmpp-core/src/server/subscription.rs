//! The states of a subscription (RFC 6121 §3 and appendix A), without pre-approval.

use jid::BareJid;

use crate::{
    stanza::PresenceKind,
    xep::roster::{Item, Subscription},
    xml::Element,
};

/// One contact of an account, from the account's side.
#[allow(clippy::struct_excessive_bools, reason = "these are the independent facts of appendix A.1")]
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Contact {
    pub(super) name: Option<String>,
    pub(super) groups: Vec<String>,
    /// It stands in the roster. A mere request of somebody else does not (appendix A.1).
    pub(super) listed: bool,
    /// The account sees the contact.
    pub(super) to: bool,
    /// The contact sees the account.
    pub(super) from: bool,
    /// The account asked to see the contact ("pending out").
    pub(super) ask: bool,
    /// The contact asked to see the account, in this stanza ("pending in").
    pub(super) request: Option<Element>,
}

/// What follows from a subscription stanza.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// Outbound: pass it to the contact. Inbound: deliver it to the account.
    pub(super) pass: bool,
    /// The roster changed: push.
    pub(super) push: bool,
    /// From now on the contact sees the account, or does not any more.
    pub(super) seen: Option<bool>,
    /// Inbound: answer in the account's name.
    pub(super) reply: Option<PresenceKind>,
}

impl Contact {
    pub(super) fn item(&self, jid: &BareJid) -> Item {
        let mut item = Item::new(jid.clone());
        item.name.clone_from(&self.name);
        item.groups.clone_from(&self.groups);
        item.subscription = Subscription::new(self.to, self.from);
        item.ask = self.ask;
        item
    }

    /// Whether nothing is left to remember.
    pub(super) fn is_blank(&self) -> bool {
        !self.listed && self.request.is_none()
    }

    /// The account says this to the contact (appendix A.2).
    pub(super) fn say(&mut self, kind: PresenceKind) -> Effect {
        match kind {
            PresenceKind::Subscribe => {
                let changed = !self.to && !self.ask;
                self.ask |= changed;
                let push = changed || !self.listed;
                self.listed = true;
                Effect { pass: true, push, ..Effect::default() }
            }
            PresenceKind::Unsubscribe => {
                let push = self.to || self.ask;
                (self.to, self.ask) = (false, false);
                Effect { pass: true, push, ..Effect::default() }
            }
            PresenceKind::Subscribed if self.request.take().is_some() => {
                (self.from, self.listed) = (true, true);
                Effect { pass: true, push: true, seen: Some(true), reply: None }
            }
            PresenceKind::Unsubscribed => {
                let pending = self.request.take().is_some();
                let was_seen = std::mem::take(&mut self.from);
                let seen = was_seen.then_some(false);
                Effect { pass: pending || was_seen, push: was_seen, seen, reply: None }
            }
            _ => Effect::default(),
        }
    }

    /// The contact says this to the account (appendix A.3).
    pub(super) fn hear(&mut self, kind: PresenceKind, stanza: &Element) -> Effect {
        match kind {
            PresenceKind::Subscribe if self.from => {
                Effect { reply: Some(PresenceKind::Subscribed), ..Effect::default() }
            }
            PresenceKind::Subscribe => {
                let pass = self.request.is_none();
                self.request.get_or_insert_with(|| stanza.clone());
                Effect { pass, ..Effect::default() }
            }
            PresenceKind::Unsubscribe => {
                let pending = self.request.take().is_some();
                let was_seen = std::mem::take(&mut self.from);
                let pass = pending || was_seen;
                let reply = pass.then_some(PresenceKind::Unsubscribed);
                Effect { pass, push: was_seen, seen: was_seen.then_some(false), reply }
            }
            PresenceKind::Subscribed if self.ask => {
                (self.ask, self.to) = (false, true);
                Effect { pass: true, push: true, ..Effect::default() }
            }
            PresenceKind::Unsubscribed if self.ask || self.to => {
                (self.ask, self.to) = (false, false);
                Effect { pass: true, push: true, ..Effect::default() }
            }
            _ => Effect::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state in the words of appendix A.1: the subscription, `o` for pending out, `i` for pending in.
    fn contact(state: &str) -> Contact {
        let (subscription, pending) = state.split_once('+').unwrap_or((state, ""));
        Contact {
            listed: true,
            to: matches!(subscription, "to" | "both"),
            from: matches!(subscription, "from" | "both"),
            ask: pending.contains('o'),
            request: pending.contains('i').then(request),
            ..Contact::default()
        }
    }

    fn request() -> Element {
        "<presence xmlns='jabber:client' type='subscribe'/>".parse().unwrap()
    }

    fn state(contact: &Contact) -> String {
        let mut state = Subscription::new(contact.to, contact.from).name().to_owned();
        if contact.ask || contact.request.is_some() {
            state.push('+');
        }
        state.push_str(if contact.ask { "o" } else { "" });
        state.push_str(if contact.request.is_some() { "i" } else { "" });
        state
    }

    const STATES: [&str; 9] = ["none", "none+o", "none+i", "none+oi", "to", "to+i", "from", "from+o", "both"];

    /// Each column of the tables of appendix A: for every state, whether the stanza passes, and the new state.
    fn check(step: impl Fn(&mut Contact) -> Effect, passes: [bool; 9], new: [&str; 9]) {
        for ((old, passes), new) in STATES.into_iter().zip(passes).zip(new) {
            let mut contact = contact(old);
            let before = contact.item(&"a@b".parse().unwrap());
            let effect = step(&mut contact);
            assert_eq!(state(&contact), new, "from {old}");
            assert_eq!(effect.pass, passes, "from {old}");
            assert_eq!(effect.push, contact.item(&"a@b".parse().unwrap()) != before, "from {old}");
            let seen = (before.subscription.is_from() != contact.from).then_some(contact.from);
            assert_eq!(effect.seen, seen, "from {old}");
        }
    }

    const YES: bool = true;
    const NOT: bool = false;

    /// STZ-17; RFC 6121 appendix A.2.
    #[test]
    fn outbound_tables() {
        check(
            |contact| contact.say(PresenceKind::Subscribe),
            [YES; 9],
            ["none+o", "none+o", "none+oi", "none+oi", "to", "to+i", "from+o", "from+o", "both"],
        );
        check(
            |contact| contact.say(PresenceKind::Unsubscribe),
            [YES; 9],
            ["none", "none", "none+i", "none+i", "none", "none+i", "from", "from", "from"],
        );
        check(
            |contact| contact.say(PresenceKind::Subscribed),
            [NOT, NOT, YES, YES, NOT, YES, NOT, NOT, NOT],
            ["none", "none+o", "from", "from+o", "to", "both", "from", "from+o", "both"],
        );
        check(
            |contact| contact.say(PresenceKind::Unsubscribed),
            [NOT, NOT, YES, YES, NOT, YES, YES, YES, YES],
            ["none", "none+o", "none", "none+o", "to", "to", "none", "none+o", "to"],
        );
    }

    /// RFC 6121 appendix A.3.
    #[test]
    fn inbound_tables() {
        check(
            |contact| contact.hear(PresenceKind::Subscribe, &request()),
            [YES, YES, NOT, NOT, YES, NOT, NOT, NOT, NOT],
            ["none+i", "none+oi", "none+i", "none+oi", "to+i", "to+i", "from", "from+o", "both"],
        );
        check(
            |contact| contact.hear(PresenceKind::Unsubscribe, &request()),
            [NOT, NOT, YES, YES, NOT, YES, YES, YES, YES],
            ["none", "none+o", "none", "none+o", "to", "to", "none", "none+o", "to"],
        );
        check(
            |contact| contact.hear(PresenceKind::Subscribed, &request()),
            [NOT, YES, NOT, YES, NOT, NOT, NOT, YES, NOT],
            ["none", "to", "none+i", "to+i", "to", "to+i", "from", "both", "both"],
        );
        check(
            |contact| contact.hear(PresenceKind::Unsubscribed, &request()),
            [NOT, YES, NOT, YES, YES, YES, NOT, YES, YES],
            ["none", "none", "none+i", "none+i", "none", "none+i", "from", "from", "from"],
        );
    }

    /// RFC 6121 appendix A.3.1 and A.3.2, notes: what the server answers by itself.
    #[test]
    fn automatic_replies() {
        for old in STATES {
            let reply = contact(old).hear(PresenceKind::Subscribe, &request()).reply;
            assert_eq!(reply.is_some(), contact(old).from, "{old}");
            let effect = contact(old).hear(PresenceKind::Unsubscribe, &request());
            assert_eq!(effect.reply.is_some(), effect.pass, "{old}");
        }
    }
}
