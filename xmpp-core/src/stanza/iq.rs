//! Requests and their responses (RFC 6120 §8.2.3).

use std::borrow::Cow;

use jid::{Jid, JidRef};

use super::{
    Malformed, StanzaError, StanzaKind,
    kind::{address, reply},
};
use crate::xml::{Element, ElementRef, ns};

/// The four types of `<iq/>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IqKind {
    /// Asks for information; awaits exactly one response.
    Get,
    /// Gives data or asks for an action; awaits exactly one response.
    Set,
    /// The response to a request that succeeded.
    Result,
    /// The response to a request that failed.
    Error,
}

impl IqKind {
    /// The value of the `type` attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Result => "result",
            Self::Error => "error",
        }
    }

    /// Whether it awaits a response: get and set do.
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(self, Self::Get | Self::Set)
    }
}

/// A look into an `<iq/>` that keeps the rules of RFC 6120 §8.2.3.
///
/// ```
/// use xmpp_core::{stanza::{Iq, IqKind, Malformed}, xml::Element};
///
/// let good: Element = "<iq xmlns='jabber:client' id='1' type='result' from='example.com'/>".parse()?;
/// let iq = Iq::parse(good.root())?;
/// assert_eq!((iq.kind, iq.payload), (IqKind::Result, None));
/// assert_eq!(iq.from.unwrap(), "example.com");
///
/// let bad: Element = "<iq xmlns='jabber:client' id='1' type='get'/>".parse()?;
/// let malformed = Iq::parse(bad.root()).unwrap_err();
/// assert_eq!(malformed, Malformed::RequestPayloads(0));
/// assert_eq!(malformed.reply(&bad).unwrap().attr("type").as_deref(), Some("error"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Iq<'a> {
    /// The type.
    pub kind: IqKind,
    /// What ties a response to its request.
    pub id: Cow<'a, str>,
    /// The sender; absent on a client's stream it is the own account (§8.1.2.1).
    pub from: Option<Jid>,
    /// The recipient; absent on a client's stream it is the own account (§8.1.1.1).
    pub to: Option<Jid>,
    /// The one child of a request, that of a result if it has one, and the request's own content when an error returns
    /// it; never the `<error/>`.
    pub payload: Option<ElementRef<'a>>,
    /// The whole stanza.
    pub element: ElementRef<'a>,
}

impl<'a> Iq<'a> {
    /// Looks into an element.
    ///
    /// # Errors
    /// [`Malformed`] names the rule; its [`reply`](Malformed::reply) is the answer that is due.
    pub fn parse(element: ElementRef<'a>) -> Result<Self, Malformed> {
        if StanzaKind::of(element) != Some(StanzaKind::Iq) {
            return Err(Malformed::NotA(StanzaKind::Iq));
        }
        let kind = match &*element.attr("type").ok_or(Malformed::TypeMissing)? {
            "get" => IqKind::Get,
            "set" => IqKind::Set,
            "result" => IqKind::Result,
            "error" => IqKind::Error,
            other => return Err(Malformed::TypeUnknown(other.to_owned())),
        };
        let id = element.attr("id").ok_or(Malformed::IdMissing)?;
        let from = address(element, "from")?;
        let to = address(element, "to")?;
        let mut children = element.children();
        let payload = match kind {
            IqKind::Get | IqKind::Set => match (children.next(), children.count()) {
                (Some(only), 0) => Some(only),
                (first, more) => return Err(Malformed::RequestPayloads(usize::from(first.is_some()) + more)),
            },
            IqKind::Result => match (children.next(), children.count()) {
                (only, 0) => only,
                (_, more) => return Err(Malformed::ResultPayloads(1 + more)),
            },
            IqKind::Error => {
                // The order of the two is not fixed (§8.3.1), and more than two are tolerated: the request is over.
                element.child("error", ns::CLIENT).ok_or(Malformed::ErrorMissing)?;
                children.find(|child| !child.is("error", ns::CLIENT))
            }
        };
        Ok(Self { kind, id, from, to, payload, element })
    }

    /// What went wrong, for an [`IqKind::Error`].
    #[must_use]
    pub fn error(&self) -> Option<StanzaError> {
        match self.kind {
            IqKind::Error => StanzaError::of_stanza(self.element),
            _ => None,
        }
    }

    /// The response to this request: see [`result`].
    #[must_use]
    pub fn result(&self, payload: Option<&Element>) -> Element {
        result(self.element, payload)
    }

    /// The refusal of this request: see [`error`].
    #[must_use]
    pub fn refuse(&self, error: &StanzaError) -> Element {
        self::error(self.element, error)
    }
}

/// A request for information. Without `to` it is for the own account, which the server answers for.
///
/// It has no `id` yet: a session gives it one, or [`Element::with_attrs`].
#[must_use]
pub fn get<'a>(to: Option<JidRef<'_>>, payload: impl Into<ElementRef<'a>>) -> Element {
    request(IqKind::Get, to, payload.into())
}

/// A request that gives data or asks for an action; otherwise as [`get`].
#[must_use]
pub fn set<'a>(to: Option<JidRef<'_>>, payload: impl Into<ElementRef<'a>>) -> Element {
    request(IqKind::Set, to, payload.into())
}

fn request(kind: IqKind, to: Option<JidRef<'_>>, payload: ElementRef<'_>) -> Element {
    Element::build("iq", ns::CLIENT)
        .attr("type", kind.name())
        .attr_opt("to", to.map(JidRef::as_str))
        .child(payload)
        .finish_lossy()
}

/// The response to a request that succeeded: the same id, `from` and `to` swapped.
#[must_use]
pub fn result<'a>(request: impl Into<ElementRef<'a>>, payload: Option<&Element>) -> Element {
    let response = reply(request.into(), IqKind::Result.name());
    match payload {
        Some(payload) => response.child(payload),
        None => response,
    }
    .finish_lossy()
}

/// The response to a request that failed: the same id, `from` and `to` swapped, without the request's content
/// (RFC 6120 §8.3.1).
#[must_use]
pub fn error<'a>(request: impl Into<ElementRef<'a>>, error: &StanzaError) -> Element {
    reply(request.into(), IqKind::Error.name()).child(&error.to_element()).finish_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stanza::StanzaCondition;

    fn parse(attributes: &str, content: &str) -> Result<(IqKind, Option<String>), Malformed> {
        let element: Element =
            format!("<iq xmlns='jabber:client' {attributes}>{content}</iq>").parse().unwrap();
        let iq = Iq::parse(element.root())?;
        Ok((iq.kind, iq.payload.map(|payload| payload.name().to_owned())))
    }

    /// STZ-02, STZ-04: every rule of RFC 6120 §8.2.3 is named when it is broken.
    #[test]
    fn rules_are_enforced() {
        let one = "<x xmlns='urn:x'/>";
        assert_eq!(parse("id='1' type='get'", one), Ok((IqKind::Get, Some("x".into()))));
        assert_eq!(parse("id='1' type='set'", one), Ok((IqKind::Set, Some("x".into()))));
        assert_eq!(parse("id='1' type='result'", one), Ok((IqKind::Result, Some("x".into()))));
        assert_eq!(parse("id='1' type='result'", ""), Ok((IqKind::Result, None)));
        assert_eq!(parse("type='get'", one), Err(Malformed::IdMissing));
        assert_eq!(parse("id='1'", one), Err(Malformed::TypeMissing));
        assert_eq!(parse("id='1' type='GET'", one), Err(Malformed::TypeUnknown("GET".into())));
        assert_eq!(parse("id='1' type='get'", ""), Err(Malformed::RequestPayloads(0)));
        let two = format!("{one}{one}");
        assert_eq!(parse("id='1' type='set'", &two), Err(Malformed::RequestPayloads(2)));
        assert_eq!(parse("id='1' type='result'", &two), Err(Malformed::ResultPayloads(2)));
        assert_eq!(parse("id='1' type='error'", one), Err(Malformed::ErrorMissing));
    }

    /// STZ-02: an error may return the request's content, before or after `<error/>`.
    #[test]
    fn error_with_original_in_any_order() {
        let error = "<error type='wait'><x:resource-constraint xmlns:x='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        let original = "<q xmlns='urn:q'/>";
        for content in [format!("{error}{original}"), format!("{original}{error}")] {
            assert_eq!(parse("id='1' type='error'", &content), Ok((IqKind::Error, Some("q".into()))));
        }
        assert_eq!(parse("id='1' type='error'", error), Ok((IqKind::Error, None)));
    }

    /// STZ-01: other attributes, and text between children, are no reason to refuse.
    #[test]
    fn unknown_attributes_are_ignored() {
        assert!(parse("id='1' type='get' odd='1' xml:lang='de'", " \n <x xmlns='urn:x'/> ").is_ok());
    }

    /// STZ-04: an address that is none is named, and the refusal says jid-malformed.
    #[test]
    fn malformed_address() {
        let error = parse("id='1' type='get' to='@example.com'", "<x xmlns='urn:x'/>").unwrap_err();
        assert!(matches!(error, Malformed::Address { attribute: "to", .. }), "{error:?}");
        assert_eq!(error.to_error().condition, StanzaCondition::JidMalformed);
    }

    /// STZ-03, STZ-04: malformed requests are answered, malformed responses are not.
    #[test]
    fn only_what_may_be_answered_is_answered() {
        for (attributes, answered) in [
            ("id='1' type='get'", true),
            ("id='1'", true),
            ("id='1' type='odd'", true),
            ("id='1' type='error'", false),
            ("type='result'", false),
        ] {
            let stanza: Element = format!("<iq xmlns='jabber:client' {attributes}/>").parse().unwrap();
            let malformed = Iq::parse(stanza.root()).unwrap_err();
            let reply = malformed.reply(&stanza);
            assert_eq!(reply.is_some(), answered, "{attributes}");
            if let Some(reply) = reply {
                let error = StanzaError::of_stanza(reply.root()).unwrap();
                assert_eq!(error.condition, StanzaCondition::BadRequest);
            }
        }
    }

    /// STZ-03, STZ-08: responses swap the addresses and keep the id.
    #[test]
    fn responses_swap_addresses() {
        let payload: Element = "<q xmlns='urn:q'/>".parse().unwrap();
        let to: Jid = "a@example.com/x".parse().unwrap();
        let request = set(Some(to.view()), &payload)
            .with_attrs(&[("id", Some("<&'\"")), ("from", Some("b@example.com/y"))])
            .unwrap();
        let request = Iq::parse(request.root()).unwrap();
        for response in [request.result(Some(&payload)), request.refuse(&StanzaCondition::Forbidden.into())] {
            let response = Iq::parse(response.root()).unwrap();
            assert_eq!(response.id, request.id);
            assert_eq!((response.from, response.to), (request.to.clone(), request.from.clone()));
        }
        assert!(request.error().is_none());
    }
}
