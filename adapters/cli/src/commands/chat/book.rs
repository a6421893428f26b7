//! What a chat remembers: with whom one talks, what was said, what may still come back, who asked. All of it is bounded.

use std::collections::VecDeque;

use xmpp_core::{
    jid::{BareJid, FullJid, Jid},
    stanza::{Appearance, AvailableResources, Presence},
    time::Timestamp,
};

use crate::commands::status::Status;

/// What is remembered of the conversation.
const SAID: usize = 1000;
/// The bytes of it.
const SAID_BYTES: usize = 1 << 20;
/// Messages that may come back. Who writes more meanwhile is told of the oldest without its text.
const SENT: usize = 256;
/// Unanswered requests for a subscription. The oldest are forgotten first; servers ask again at the next login.
const ASKING: usize = 64;

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) at: Timestamp,
    /// The other side.
    pub(super) with: BareJid,
    pub(super) own: bool,
    pub(super) text: String,
}

/// A message that may come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    id: String,
    pub(super) to: Jid,
    pub(super) text: String,
}

/// A change of the address that messages go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// The one who answered.
    On(FullJid),
    /// The account again, whichever of its clients is used.
    Off(BareJid),
}

/// What a presence changed for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Came(FullJid, Status),
    Looks(FullJid, Status),
    Left(FullJid),
}

#[derive(Debug, Default)]
pub(super) struct Book {
    partner: Option<Jid>,
    /// Who of the partner's resources answered (RFC 6121 §5.1).
    lock: Option<FullJid>,
    said: VecDeque<Said>,
    said_bytes: usize,
    sent: VecDeque<Sent>,
    asking: VecDeque<BareJid>,
    there: AvailableResources,
}

impl Book {
    /// Talks to somebody else.
    pub(super) fn turn_to(&mut self, partner: Jid) {
        self.partner = Some(partner);
        self.lock = None;
    }

    /// Whom one talks to, as it was typed.
    pub(super) fn partner(&self) -> Option<&Jid> {
        self.partner.as_ref()
    }

    /// Where the next message goes.
    pub(super) fn target(&self) -> Option<Jid> {
        self.lock.clone().map(Jid::from).or_else(|| self.partner.clone())
    }

    /// Somebody says something.
    pub(super) fn heard(&mut self, at: Timestamp, from: &Jid, text: &str) -> Option<Lock> {
        self.said(Said { at, with: from.to_bare(), own: false, text: text.to_owned() });
        if !self.is_account_of_partner(from) {
            return None;
        }
        let from = from.clone().into_full().ok()?;
        match self.lock.take() {
            None => {
                self.lock = Some(from.clone());
                Some(Lock::On(from))
            }
            Some(locked) if locked == from => {
                self.lock = Some(locked);
                None
            }
            // Another one of the partner's clients is used now: until it speaks again, all are meant.
            Some(locked) => Some(Lock::Off(locked.into_bare())),
        }
    }

    /// Something was said to somebody.
    pub(super) fn sent(&mut self, at: Timestamp, id: &str, to: &Jid, text: &str) {
        self.said(Said { at, with: to.to_bare(), own: true, text: text.to_owned() });
        if self.sent.len() == SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent { id: id.to_owned(), to: to.clone(), text: text.to_owned() });
    }

    /// What a message of this id was that came back. Servers answer in the name of the recipient.
    pub(super) fn came_back(&mut self, id: &str, from: &Jid) -> Option<Sent> {
        let place = self.sent.iter().position(|sent| sent.id == id && sent.to.bare() == from.bare())?;
        self.sent.remove(place)
    }

    /// Presence of somebody.
    pub(super) fn presence(&mut self, presence: &Presence<'_>) -> (Vec<Change>, Option<Lock>) {
        let before =
            presence.from.clone().and_then(|from| from.into_full().ok()).and_then(|from| self.look(&from));
        let Some(appearance) = self.there.handle_presence(presence) else { return (Vec::new(), None) };
        let changes = match appearance {
            Appearance::Came(jid) => {
                self.look(&jid).map(|look| Change::Came(jid, look)).into_iter().collect()
            }
            Appearance::Updated(jid) => {
                let look = self.look(&jid).filter(|look| Some(look) != before.as_ref());
                look.map(|look| Change::Looks(jid, look)).into_iter().collect()
            }
            Appearance::Left(jid) => vec![Change::Left(jid)],
            Appearance::LeftAll(jids) => jids.into_iter().map(Change::Left).collect(),
            // A later version may tell more.
            _ => Vec::new(),
        };
        let unlocks = presence.from.as_ref().is_some_and(|from| self.is_account_of_partner(from));
        let lock = if unlocks { self.lock.take() } else { None };
        (changes, lock.map(|locked| Lock::Off(locked.into_bare())))
    }

    /// The best resource of an account to address, if one is known.
    pub(super) fn best(&self, jid: &Jid) -> Option<Jid> {
        self.there.best(jid.view()).map(|there| there.jid.clone().into())
    }

    /// Who is available, by address.
    pub(super) fn available(&self) -> impl Iterator<Item = (&FullJid, Status)> {
        self.there.iter().map(|there| (&there.jid, Status { show: there.show, text: there.status.clone() }))
    }

    /// Somebody asks for a subscription. Whether that is new.
    pub(super) fn asks(&mut self, who: BareJid) -> bool {
        if self.asking.contains(&who) {
            return false;
        }
        if self.asking.len() == ASKING {
            self.asking.pop_front();
        }
        self.asking.push_back(who);
        true
    }

    /// Who asked last and has no answer.
    pub(super) fn asked_last(&self) -> Option<&BareJid> {
        self.asking.back()
    }

    /// Somebody who asked has an answer.
    pub(super) fn answered(&mut self, who: &BareJid) {
        self.asking.retain(|asking| asking != who);
    }

    /// The last messages, the newest last.
    pub(super) fn last(&self, count: usize) -> impl Iterator<Item = &Said> {
        self.said.iter().skip(self.said.len().saturating_sub(count))
    }

    fn look(&self, jid: &FullJid) -> Option<Status> {
        let of = self.there.of(jid.view());
        let there = of.into_iter().find(|there| there.jid == *jid)?;
        Some(Status { show: there.show, text: there.status.clone() })
    }

    /// One who was addressed with a resource is not looked for behind others.
    fn is_account_of_partner(&self, jid: &Jid) -> bool {
        self.partner.as_ref().is_some_and(|partner| partner.is_bare() && partner.bare() == jid.bare())
    }

    fn said(&mut self, said: Said) {
        self.said_bytes += said.text.len();
        self.said.push_back(said);
        while self.said.len() > SAID || self.said_bytes > SAID_BYTES {
            let Some(oldest) = self.said.pop_front() else { break };
            self.said_bytes -= oldest.text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use xmpp_core::{stanza::Show, xml::Element};

    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_micros(1_700_000_000_000_000);

    fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    fn full(text: &str) -> FullJid {
        FullJid::new(text).unwrap()
    }

    fn talking_to(partner: &str) -> Book {
        let mut book = Book::default();
        book.turn_to(jid(partner));
        book
    }

    fn presence(book: &mut Book, attributes: &str, content: &str) -> (Vec<Change>, Option<Lock>) {
        let xml = format!("<presence xmlns='jabber:client' {attributes}>{content}</presence>");
        let stanza: Element = xml.parse().unwrap();
        book.presence(&Presence::parse(stanza.root()).unwrap())
    }

    /// RFC 6121 §5.1: whoever answers is addressed, until another resource speaks or presence changes.
    #[test]
    fn the_resource_that_answers_is_locked() {
        let mut book = talking_to("r@e");
        assert_eq!(book.target(), Some(jid("r@e")));
        assert_eq!(book.heard(NOON, &jid("other@e/x"), "hi"), None);
        assert_eq!(book.heard(NOON, &jid("r@e/a"), "hi"), Some(Lock::On(full("r@e/a"))));
        assert_eq!(book.heard(NOON, &jid("r@e/a"), "hi"), None);
        assert_eq!(book.target(), Some(jid("r@e/a")));
        let off = Some(Lock::Off(full("r@e/a").into_bare()));
        assert_eq!(book.heard(NOON, &jid("r@e/b"), "hi"), off);
        assert_eq!(book.target(), Some(jid("r@e")));
        assert_eq!(book.heard(NOON, &jid("r@e/b"), "hi"), Some(Lock::On(full("r@e/b"))));
        presence(&mut book, "from='other@e/x'", "");
        assert_eq!(book.target(), Some(jid("r@e/b")), "that of somebody else changes nothing");
        presence(&mut book, "from='r@e/a'", "");
        assert_eq!(book.target(), Some(jid("r@e")));
        book.heard(NOON, &jid("r@e/b"), "hi");
        assert_eq!(book.partner(), Some(&jid("r@e")));
        book.turn_to(jid("r@e"));
        assert_eq!(book.target(), Some(jid("r@e")));
    }

    #[test]
    fn who_is_addressed_with_a_resource_stays_addressed() {
        let mut book = talking_to("r@e/a");
        assert_eq!(book.heard(NOON, &jid("r@e/b"), "hi"), None);
        assert_eq!(book.target(), Some(jid("r@e/a")));
    }

    /// Only what people see is a change.
    #[test]
    fn presence_is_told_when_it_changes() {
        let mut book = Book::default();
        let plain = || Status { show: None, text: None };
        let away = || Status { show: Some(Show::Away), text: Some("lunch".to_owned()) };
        let came = presence(&mut book, "from='r@e/a'", "");
        assert_eq!(came.0, [Change::Came(full("r@e/a"), plain())]);
        assert_eq!(presence(&mut book, "from='r@e/a'", "<priority>5</priority>").0, []);
        let content = "<show>away</show><status>lunch</status>";
        assert_eq!(presence(&mut book, "from='r@e/a'", content).0, [Change::Looks(full("r@e/a"), away())]);
        assert_eq!(book.available().collect::<Vec<_>>(), [(&full("r@e/a"), away())]);
        assert_eq!(book.best(&jid("r@e")), Some(jid("r@e/a")));
        presence(&mut book, "from='r@e/b'", "");
        let gone = presence(&mut book, "from='r@e' type='unavailable'", "");
        assert_eq!(gone.0, [Change::Left(full("r@e/a")), Change::Left(full("r@e/b"))]);
    }

    #[test]
    fn what_comes_back_is_found_once() {
        let mut book = talking_to("r@e");
        book.sent(NOON, "1", &jid("r@e"), "hello");
        assert_eq!(book.came_back("1", &jid("mallory@e")), None);
        assert_eq!(book.came_back("2", &jid("r@e")), None);
        assert_eq!(book.came_back("1", &jid("r@e/a")).unwrap().text, "hello");
        assert_eq!(book.came_back("1", &jid("r@e/a")), None);
    }

    #[test]
    fn subscription_requests_are_answered_in_any_order() {
        let mut book = Book::default();
        let bare = |text: &str| BareJid::new(text).unwrap();
        assert!(book.asks(bare("a@e")) && book.asks(bare("b@e")) && !book.asks(bare("a@e")));
        assert_eq!(book.asked_last(), Some(&bare("b@e")));
        book.answered(&bare("b@e"));
        assert_eq!(book.asked_last(), Some(&bare("a@e")));
    }

    #[test]
    fn memory_is_bounded() {
        let mut book = talking_to("r@e");
        for number in 0..5000 {
            book.sent(NOON, &number.to_string(), &jid("r@e"), "x");
            book.asks(BareJid::new(&format!("{number}@e")).unwrap());
        }
        assert_eq!((book.said.len(), book.sent.len(), book.asking.len()), (SAID, SENT, ASKING));
        assert_eq!(book.last(3).count(), 3);
        for _ in 0..100 {
            book.heard(NOON, &jid("r@e/a"), &"x".repeat(100_000));
        }
        assert!(book.said_bytes <= SAID_BYTES && book.said.len() <= 10);
        assert_eq!(book.said_bytes, book.said.iter().map(|said| said.text.len()).sum::<usize>());
        book.heard(NOON, &jid("r@e/a"), &"x".repeat(SAID_BYTES + 1));
        assert_eq!((book.said.len(), book.said_bytes), (0, 0), "even what is too much on its own");
    }
}
