//! Presence (RFC 6121 §3 and §4).

use std::borrow::Cow;

use jid::{Jid, JidRef};

use super::{Malformed, StanzaError, StanzaKind, kind::address, lang};
use crate::xml::{BuildError, Element, ElementRef, ns};

/// The types of `<presence/>` (RFC 6121 §4.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresenceKind {
    /// No type: the sender is there.
    Available,
    /// The sender is gone.
    Unavailable,
    /// The sender asks for a subscription to the recipient's presence.
    Subscribe,
    /// The sender grants it.
    Subscribed,
    /// The sender gives a subscription up.
    Unsubscribe,
    /// The sender refuses or takes back a subscription.
    Unsubscribed,
    /// A server asks for the current presence.
    Probe,
    /// An earlier presence failed.
    Error,
}

impl PresenceKind {
    const TYPED: [Self; 7] = [
        Self::Unavailable,
        Self::Subscribe,
        Self::Subscribed,
        Self::Unsubscribe,
        Self::Unsubscribed,
        Self::Probe,
        Self::Error,
    ];

    /// The value of the `type` attribute; [`Available`](Self::Available) has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Available => None,
            Self::Unavailable => Some("unavailable"),
            Self::Subscribe => Some("subscribe"),
            Self::Subscribed => Some("subscribed"),
            Self::Unsubscribe => Some("unsubscribe"),
            Self::Unsubscribed => Some("unsubscribed"),
            Self::Probe => Some("probe"),
            Self::Error => Some("error"),
        }
    }
}

/// What an available entity says about itself (RFC 6121 §4.7.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Show {
    /// Away for a while.
    Away,
    /// Interested in chatting.
    Chat,
    /// Not to be disturbed.
    Dnd,
    /// Away for long.
    Xa,
}

impl Show {
    /// The text of the `<show/>` element.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Chat => "chat",
            Self::Dnd => "dnd",
            Self::Xa => "xa",
        }
    }
}

/// A look into a `<presence/>`.
///
/// ```
/// use xmpp_core::{stanza::{Presence, PresenceKind, Show}, xml::Element};
///
/// let received: Element = "<presence xmlns='jabber:client' from='device@example.com/ilon'>\
///     <show>dnd</show><priority>-1</priority></presence>".parse()?;
/// let presence = Presence::parse(received.root())?;
/// assert_eq!(presence.kind, PresenceKind::Available);
/// assert_eq!((presence.show(), presence.priority()), (Some(Show::Dnd), -1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Presence<'a> {
    /// The type.
    pub kind: PresenceKind,
    /// The id, if it has one.
    pub id: Option<Cow<'a, str>>,
    /// The sender; absent on a client's stream it is the own account (RFC 6120 §8.1.2.1).
    pub from: Option<Jid>,
    /// The recipient; absent when it is for all subscribers.
    pub to: Option<Jid>,
    /// The whole stanza.
    pub element: ElementRef<'a>,
}

impl<'a> Presence<'a> {
    /// Looks into an element.
    ///
    /// # Errors
    /// [`Malformed`]: no presence, a type that is not known, or an address that is none.
    pub fn parse(element: ElementRef<'a>) -> Result<Self, Malformed> {
        if StanzaKind::of(element) != Some(StanzaKind::Presence) {
            return Err(Malformed::NotA(StanzaKind::Presence));
        }
        let kind = match element.attr("type") {
            None => PresenceKind::Available,
            Some(name) => PresenceKind::TYPED
                .into_iter()
                .find(|kind| kind.name() == Some(&*name))
                .ok_or_else(|| Malformed::TypeUnknown(name.into_owned()))?,
        };
        let (from, to) = (address(element, "from")?, address(element, "to")?);
        Ok(Self { kind, id: element.attr("id"), from, to, element })
    }

    /// How available; `None` is plainly available, and so is a value that the specification does not have.
    #[must_use]
    pub fn show(&self) -> Option<Show> {
        let show = self.element.child("show", ns::CLIENT)?.text();
        [Show::Away, Show::Chat, Show::Dnd, Show::Xa].into_iter().find(|known| known.name() == show.trim())
    }

    /// A description for people, in the stanza's own language or the first one.
    #[must_use]
    pub fn status(&self) -> Option<Cow<'a, str>> {
        self.status_in(&[])
    }

    /// The description in the language that fits best (RFC 4647 §3.4 lookup).
    #[must_use]
    pub fn status_in(&self, wanted: &[&str]) -> Option<Cow<'a, str>> {
        lang::lookup(self.element, "status", wanted).map(ElementRef::text)
    }

    /// The priority among an account's resources, -128 to 127; 0 when there is none, or what is there is no such number
    /// (RFC 6121 §4.7.2.3).
    #[must_use]
    pub fn priority(&self) -> i8 {
        let priority = self.element.child("priority", ns::CLIENT);
        priority.and_then(|priority| priority.text().trim().parse().ok()).unwrap_or_default()
    }

    /// The content of other specifications: every child that is not in the stanza's own namespace.
    pub fn payloads(&self) -> impl Iterator<Item = ElementRef<'a>> + 'a {
        self.element.children().filter(|child| child.ns() != ns::CLIENT)
    }

    /// What went wrong, for a [`PresenceKind::Error`].
    #[must_use]
    pub fn error(&self) -> Option<StanzaError> {
        match self.kind {
            PresenceKind::Error => StanzaError::of_stanza(self.element),
            _ => None,
        }
    }
}

/// The plainest presence: available, to all subscribers. The first one that a session sends makes it reachable.
#[must_use]
pub fn available() -> Element {
    bare(PresenceKind::Available, None)
}

/// Available, with what there is to say about it. A negative priority means: no messages for the bare address here.
///
/// ```
/// use xmpp_core::stanza::{Presence, Show, presence};
///
/// let busy = presence::available_as(Some(Show::Dnd), Some("measuring"), 5)?;
/// assert_eq!(Presence::parse(busy.root())?.priority(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BuildError::Char`] when XML cannot carry a character of the status.
pub fn available_as(show: Option<Show>, status: Option<&str>, priority: i8) -> Result<Element, BuildError> {
    let mut presence = Element::build("presence", ns::CLIENT);
    if let Some(show) = show {
        presence = presence.leaf("show", ns::CLIENT, show.name());
    }
    if let Some(status) = status {
        presence = presence.leaf("status", ns::CLIENT, status);
    }
    if priority != 0 {
        presence = presence.leaf("priority", ns::CLIENT, &priority.to_string());
    }
    presence.finish()
}

/// Gone, to all subscribers.
#[must_use]
pub fn unavailable() -> Element {
    bare(PresenceKind::Unavailable, None)
}

/// Available, to one address only (RFC 6121 §4.6).
#[must_use]
pub fn available_to<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Available, Some(to.into()))
}

/// Gone, to one address only (RFC 6121 §4.6).
#[must_use]
pub fn unavailable_to<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Unavailable, Some(to.into()))
}

/// Asks for a subscription. It goes to the bare address, as all four do (RFC 6121 §3.1.1).
#[must_use]
pub fn subscribe<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Subscribe, Some(to.into().bare()))
}

/// Grants a subscription.
#[must_use]
pub fn subscribed<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Subscribed, Some(to.into().bare()))
}

/// Gives a subscription up.
#[must_use]
pub fn unsubscribe<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Unsubscribe, Some(to.into().bare()))
}

/// Refuses a subscription, or takes it back.
#[must_use]
pub fn unsubscribed<'a>(to: impl Into<JidRef<'a>>) -> Element {
    bare(PresenceKind::Unsubscribed, Some(to.into().bare()))
}

fn bare(kind: PresenceKind, to: Option<JidRef<'_>>) -> Element {
    Element::build("presence", ns::CLIENT)
        .attr_opt("type", kind.name())
        .attr_opt("to", to.map(JidRef::as_str))
        .finish_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(content: &str, look: impl FnOnce(Presence<'_>) -> T) -> T {
        let presence: Element =
            format!("<presence xmlns='jabber:client'>{content}</presence>").parse().unwrap();
        look(Presence::parse(presence.root()).unwrap())
    }

    /// STZ-14: priority is -128 to 127, and 0 when there is none or what is there is no such number.
    #[test]
    fn priority_is_a_signed_byte() {
        for (text, priority) in [
            ("-128", -128),
            ("127", 127),
            (" 5\n", 5),
            ("+3", 3),
            ("128", 0),
            ("-129", 0),
            ("", 0),
            ("1.5", 0),
        ] {
            let content = format!("<priority>{text}</priority>");
            assert_eq!(with(&content, |presence| presence.priority()), priority, "{text:?}");
        }
        assert_eq!(with("", |presence| presence.priority()), 0);
    }

    /// STZ-14: show has four values, everything else is plainly available.
    #[test]
    fn show_has_four_values() {
        for show in [Show::Away, Show::Chat, Show::Dnd, Show::Xa] {
            let content = format!("<show>{}</show>", show.name());
            assert_eq!(with(&content, |presence| presence.show()), Some(show));
        }
        for content in ["", "<show/>", "<show>online</show>", "<show xmlns='urn:x'>dnd</show>"] {
            assert_eq!(with(content, |presence| presence.show()), None, "{content}");
        }
    }

    /// STZ-14: a type that is not known is malformed, and the sender is told.
    #[test]
    fn unknown_type_is_malformed() {
        let odd: Element = "<presence xmlns='jabber:client' type='available'/>".parse().unwrap();
        let malformed = Presence::parse(odd.root()).unwrap_err();
        assert_eq!(malformed, Malformed::TypeUnknown("available".into()));
        assert!(malformed.reply(&odd).is_some());
    }

    /// STZ-17: subscription requests and their answers go to the bare address.
    #[test]
    fn subscriptions_go_to_bare_addresses() {
        let to: Jid = "a@example.com/x".parse().unwrap();
        for (presence, kind) in [
            (subscribe(&to), PresenceKind::Subscribe),
            (subscribed(&to), PresenceKind::Subscribed),
            (unsubscribe(&to), PresenceKind::Unsubscribe),
            (unsubscribed(&to), PresenceKind::Unsubscribed),
        ] {
            let presence = Presence::parse(presence.root()).unwrap();
            assert_eq!((presence.kind, presence.to.unwrap().as_str()), (kind, "a@example.com"));
        }
    }

    #[test]
    fn builders_give_what_they_say() {
        let to: Jid = "a@example.com/x".parse().unwrap();
        for (presence, kind, to) in [
            (available(), PresenceKind::Available, None),
            (unavailable(), PresenceKind::Unavailable, None),
            (available_to(&to), PresenceKind::Available, Some(to.clone())),
            (unavailable_to(&to), PresenceKind::Unavailable, Some(to.clone())),
        ] {
            let presence = Presence::parse(presence.root()).unwrap();
            assert_eq!((presence.kind, presence.to.clone()), (kind, to));
        }
        assert_eq!(available_as(None, None, 0).unwrap(), available());
        assert!(available_as(None, Some("\u{7}"), 0).is_err());
        let away = available_as(Some(Show::Xa), Some("gone"), -7).unwrap();
        let away = Presence::parse(away.root()).unwrap();
        assert_eq!(
            (away.show(), away.status().as_deref(), away.priority()),
            (Some(Show::Xa), Some("gone"), -7)
        );
    }
}
