//! What the three kinds of stanza have in common (RFC 6120 §8.1).

use std::fmt;

use jid::Jid;

use super::{Malformed, StanzaError};
use crate::xml::{Builder, Element, ElementRef, ns};

/// The three kinds of stanza (RFC 6120 §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StanzaKind {
    /// `<message/>`: pushed to the recipient.
    Message,
    /// `<presence/>`: published to whom it concerns.
    Presence,
    /// `<iq/>`: a request or the response to one.
    Iq,
}

impl StanzaKind {
    /// The kind of an element, `None` for what is no stanza of the namespace `jabber:client`.
    #[must_use]
    pub fn of<'a>(element: impl Into<ElementRef<'a>>) -> Option<Self> {
        let element = element.into();
        if element.ns() != ns::CLIENT {
            return None;
        }
        [Self::Message, Self::Presence, Self::Iq].into_iter().find(|kind| kind.name() == element.name())
    }

    /// The local name of its element.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Presence => "presence",
            Self::Iq => "iq",
        }
    }
}

impl fmt::Display for StanzaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error that answers `stanza`: the same kind and id, `from` and `to` swapped (RFC 6120 §8.3.1).
///
/// `None` when nothing may be answered: the stanza is an error itself, or the response to a request. The original
/// content is never sent back, it may have been what was wrong.
#[must_use]
pub fn error_reply<'a>(stanza: impl Into<ElementRef<'a>>, error: &StanzaError) -> Option<Element> {
    let stanza = stanza.into();
    let kind = StanzaKind::of(stanza)?;
    match (kind, stanza.attr("type").as_deref()) {
        (_, Some("error")) | (StanzaKind::Iq, Some("result")) => None,
        _ => Some(reply(stanza, "error").child(&error.to_element()).finish_lossy()),
    }
}

/// Begins the answer to a stanza: the same kind and id, `from` and `to` swapped.
pub(super) fn reply(stanza: ElementRef<'_>, kind: &str) -> Builder {
    Element::build(stanza.name(), ns::CLIENT)
        .attr("type", kind)
        .attr_opt("id", stanza.attr("id").as_deref())
        .attr_opt("from", stanza.attr("to").as_deref())
        .attr_opt("to", stanza.attr("from").as_deref())
}

/// An address in a stanza's `from` or `to`.
pub(super) fn address(stanza: ElementRef<'_>, name: &'static str) -> Result<Option<Jid>, Malformed> {
    match stanza.attr(name) {
        Some(value) => match Jid::new(&value) {
            Ok(jid) => Ok(Some(jid)),
            Err(error) => Err(Malformed::Address { attribute: name, error }),
        },
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stanza::StanzaCondition;

    fn reply_to(xml: &str) -> Option<Element> {
        error_reply(&xml.parse::<Element>().unwrap(), &StanzaCondition::ServiceUnavailable.into())
    }

    /// STZ-08, STZ-20: an error swaps the addresses, keeps the id and does not return the content.
    #[test]
    fn error_swaps_addresses_and_keeps_the_id() {
        let error = reply_to(
            "<message xmlns='jabber:client' from='a@b/c' to='d@e' id='7' type='chat'><body>secret</body></message>",
        )
        .unwrap();
        let attr = |name| error.attr(name).map(std::borrow::Cow::into_owned);
        assert_eq!(attr("from").as_deref(), Some("d@e"));
        assert_eq!(attr("to").as_deref(), Some("a@b/c"));
        assert_eq!(attr("id").as_deref(), Some("7"));
        assert_eq!(attr("type").as_deref(), Some("error"));
        assert_eq!(error.children().count(), 1);
        assert_eq!(
            StanzaError::of_stanza(error.root()).unwrap().condition,
            StanzaCondition::ServiceUnavailable
        );
    }

    /// STZ-03: errors and responses are never answered.
    #[test]
    fn errors_and_responses_are_not_answered() {
        for xml in [
            "<message xmlns='jabber:client' type='error'/>",
            "<presence xmlns='jabber:client' type='error'/>",
            "<iq xmlns='jabber:client' id='1' type='error'/>",
            "<iq xmlns='jabber:client' id='1' type='result'/>",
            "<message xmlns='jabber:server'/>",
            "<other xmlns='jabber:client'/>",
        ] {
            assert_eq!(reply_to(xml), None, "{xml}");
        }
        assert!(reply_to("<message xmlns='jabber:client' type='result'/>").is_some());
    }
}
