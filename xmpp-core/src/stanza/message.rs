//! Messages (RFC 6121 §5).

use std::borrow::Cow;

use jid::{Jid, JidRef};

use super::{Malformed, StanzaError, StanzaKind, kind::address, lang};
use crate::xml::{BuildError, Builder, Element, ElementRef, ns};

/// The five types of `<message/>` (RFC 6121 §5.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Part of a conversation.
    Chat,
    /// A message of its own. Also what has no type, or one that is not known.
    #[default]
    Normal,
    /// To the occupants of a room.
    Groupchat,
    /// An alert or notice that awaits no answer.
    Headline,
    /// An earlier message could not be delivered.
    Error,
}

impl MessageKind {
    /// The value of the `type` attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Normal => "normal",
            Self::Groupchat => "groupchat",
            Self::Headline => "headline",
            Self::Error => "error",
        }
    }

    fn of(element: ElementRef<'_>) -> Self {
        match element.attr("type").as_deref() {
            Some("chat") => Self::Chat,
            Some("groupchat") => Self::Groupchat,
            Some("headline") => Self::Headline,
            Some("error") => Self::Error,
            _ => Self::Normal,
        }
    }
}

/// A look into a `<message/>`.
///
/// ```
/// use xmpp_core::{stanza::{Message, MessageKind, message}, xml::Element};
///
/// let received: Element = "<message xmlns='jabber:client' from='app@example.com/pc' type='chat' xml:lang='en'>\
///     <body>Hello</body><body xml:lang='de'>Hallo</body><thread>t1</thread></message>".parse()?;
/// let received = Message::parse(received.root())?;
/// assert_eq!(received.kind, MessageKind::Chat);
/// assert_eq!(received.body().as_deref(), Some("Hello"));
/// assert_eq!(received.body_in(&["de-AT"]).as_deref(), Some("Hallo"));
///
/// let answer = received.reply("I like that statement.")?;
/// assert_eq!(answer.attr("to").as_deref(), Some("app@example.com/pc"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// The type.
    pub kind: MessageKind,
    /// The id, if it has one.
    pub id: Option<Cow<'a, str>>,
    /// The sender; absent on a client's stream it is the own account (RFC 6120 §8.1.2.1).
    pub from: Option<Jid>,
    /// The recipient; absent on a client's stream it is the own address.
    pub to: Option<Jid>,
    /// The whole stanza.
    pub element: ElementRef<'a>,
}

/// What conversation a message belongs to (RFC 6121 §5.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread<'a> {
    /// The conversation.
    pub id: Cow<'a, str>,
    /// The conversation that it sprang from.
    pub parent: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    /// Looks into an element. A type that is not known counts as normal (RFC 6121 §5.2.2).
    ///
    /// # Errors
    /// [`Malformed`]: no message, or an address that is none.
    pub fn parse(element: ElementRef<'a>) -> Result<Self, Malformed> {
        if StanzaKind::of(element) != Some(StanzaKind::Message) {
            return Err(Malformed::NotA(StanzaKind::Message));
        }
        Ok(Self {
            kind: MessageKind::of(element),
            id: element.attr("id"),
            from: address(element, "from")?,
            to: address(element, "to")?,
            element,
        })
    }

    /// The text in the stanza's own language, or the first one.
    #[must_use]
    pub fn body(&self) -> Option<Cow<'a, str>> {
        self.body_in(&[])
    }

    /// The text in the language that fits best, the most wanted first (RFC 4647 §3.4 lookup).
    #[must_use]
    pub fn body_in(&self, wanted: &[&str]) -> Option<Cow<'a, str>> {
        lang::lookup(self.element, "body", wanted).map(ElementRef::text)
    }

    /// All texts with their languages.
    pub fn bodies(&self) -> impl Iterator<Item = (Option<Cow<'a, str>>, Cow<'a, str>)> + 'a {
        lang::all(self.element, "body")
    }

    /// The subject in the stanza's own language, or the first one.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.subject_in(&[])
    }

    /// The subject in the language that fits best, as [`body_in`](Self::body_in).
    #[must_use]
    pub fn subject_in(&self, wanted: &[&str]) -> Option<Cow<'a, str>> {
        lang::lookup(self.element, "subject", wanted).map(ElementRef::text)
    }

    /// The conversation.
    #[must_use]
    pub fn thread(&self) -> Option<Thread<'a>> {
        let thread = self.element.child("thread", ns::CLIENT)?;
        Some(Thread { id: thread.text(), parent: thread.attr("parent") })
    }

    /// The content of other specifications: every child that is not in the stanza's own namespace.
    pub fn payloads(&self) -> impl Iterator<Item = ElementRef<'a>> + 'a {
        self.element.children().filter(|child| child.ns() != ns::CLIENT)
    }

    /// What went wrong, for a [`MessageKind::Error`].
    #[must_use]
    pub fn error(&self) -> Option<StanzaError> {
        match self.kind {
            MessageKind::Error => StanzaError::of_stanza(self.element),
            _ => None,
        }
    }

    /// An answer: to the sender, of the same type and in the same thread. Its own `from` is for the server to write.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of the text.
    pub fn reply(&self, body: &str) -> Result<Element, BuildError> {
        let from = self.from.as_ref().map(Jid::view);
        let (kind, to) = match self.kind {
            MessageKind::Error => (MessageKind::Normal, from),
            // To the room, not to the occupant alone (XEP-0045 §7.4).
            MessageKind::Groupchat => (MessageKind::Groupchat, from.map(JidRef::bare)),
            kind => (kind, from),
        };
        let mut answer = build(kind, to).leaf("body", ns::CLIENT, body);
        if let Some(thread) = self.thread() {
            answer = answer
                .open("thread", ns::CLIENT)
                .attr_opt("parent", thread.parent.as_deref())
                .text(&thread.id)
                .close();
        }
        answer.finish()
    }
}

/// Begins a message, to which bodies and other content are added. Without `to` it is for the own account.
pub fn build(kind: MessageKind, to: Option<JidRef<'_>>) -> Builder {
    Element::build("message", ns::CLIENT).attr("type", kind.name()).attr_opt("to", to.map(JidRef::as_str))
}

/// A message of a conversation.
///
/// ```
/// use xmpp_core::{jid::Jid, stanza::message};
///
/// let to: Jid = "device@example.com/ilon".parse()?;
/// let hello = message::chat(&to, "Hello")?;
/// assert_eq!(hello.attr("type").as_deref(), Some("chat"));
/// assert!(message::chat(&to, "\u{1}").is_err(), "XML cannot carry it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BuildError::Char`] when XML cannot carry a character of the text.
pub fn chat<'a>(to: impl Into<JidRef<'a>>, body: &str) -> Result<Element, BuildError> {
    build(MessageKind::Chat, Some(to.into())).leaf("body", ns::CLIENT, body).finish()
}

/// A message of its own, with a subject if there is one.
///
/// # Errors
/// As [`chat`].
pub fn normal<'a>(
    to: impl Into<JidRef<'a>>,
    subject: Option<&str>,
    body: &str,
) -> Result<Element, BuildError> {
    let mut message = build(MessageKind::Normal, Some(to.into()));
    if let Some(subject) = subject {
        message = message.leaf("subject", ns::CLIENT, subject);
    }
    message.leaf("body", ns::CLIENT, body).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(xml: &str) -> Element {
        xml.parse().unwrap()
    }

    /// STZ-14: a type that is missing or not known is normal.
    #[test]
    fn unknown_type_is_normal() {
        for (attribute, kind) in [
            ("", MessageKind::Normal),
            ("type='normal'", MessageKind::Normal),
            ("type='Chat'", MessageKind::Normal),
            ("type='odd'", MessageKind::Normal),
            ("type='chat'", MessageKind::Chat),
            ("type='groupchat'", MessageKind::Groupchat),
            ("type='headline'", MessageKind::Headline),
            ("type='error'", MessageKind::Error),
        ] {
            let message = element(&format!("<message xmlns='jabber:client' {attribute}/>"));
            assert_eq!(Message::parse(message.root()).unwrap().kind, kind, "{attribute}");
        }
    }

    /// STZ-05: unknown content is kept apart and hides nothing.
    #[test]
    fn unknown_content_is_kept_apart() {
        let message = element(
            "<message xmlns='jabber:client'><x xmlns='urn:x'><body xmlns='jabber:client'>inner</body></x>\
             <body xmlns='urn:y'>other</body><body>mine</body><odd/></message>",
        );
        let message = Message::parse(message.root()).unwrap();
        assert_eq!(message.body().as_deref(), Some("mine"));
        assert_eq!(message.bodies().count(), 1);
        assert_eq!(message.payloads().map(ElementRef::ns).collect::<Vec<_>>(), ["urn:x", "urn:y"]);
    }

    #[test]
    fn answer_keeps_the_thread() {
        let message = element(
            "<message xmlns='jabber:client' from='a@b/c' to='d@e/f' type='chat'><subject>s</subject><body>1</body>\
             <thread parent='p'>t</thread></message>",
        );
        let message = Message::parse(message.root()).unwrap();
        assert_eq!(message.subject().as_deref(), Some("s"));
        let answer = message.reply("2 < 3").unwrap();
        let answer = Message::parse(answer.root()).unwrap();
        assert_eq!((answer.kind, answer.from.clone()), (MessageKind::Chat, None));
        assert_eq!(answer.to, message.from);
        assert_eq!(answer.thread(), message.thread());
        assert_eq!(answer.body().as_deref(), Some("2 < 3"));
        assert!(message.reply("\u{0}").is_err());
    }

    /// STZ-01, STZ-08
    #[test]
    fn error_is_read_from_error_messages_only() {
        let content = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        let bad = element(&format!("<message xmlns='jabber:client' type='error'>{content}</message>"));
        assert!(Message::parse(bad.root()).unwrap().error().is_some());
        let good = element(&format!("<message xmlns='jabber:client'>{content}</message>"));
        assert!(Message::parse(good.root()).unwrap().error().is_none());
        let other = element("<message xmlns='jabber:server'/>");
        assert_eq!(Message::parse(other.root()), Err(Malformed::NotA(StanzaKind::Message)));
    }

    #[test]
    fn normal_message_with_and_without_subject() {
        let to: Jid = "a@example.com".parse().unwrap();
        let message = normal(&to, Some("s"), "b").unwrap();
        assert_eq!(Message::parse(message.root()).unwrap().subject().as_deref(), Some("s"));
        let message = normal(&to, None, "b").unwrap();
        assert_eq!(Message::parse(message.root()).unwrap().subject(), None);
    }
}
