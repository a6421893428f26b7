//! Answers to the requests that every entity gets (RFC 6120 §8.4; XEP-0030, XEP-0092, XEP-0199).

use std::collections::BTreeSet;

use super::{
    disco::{Identity, Info, Items},
    ping,
    version::Version,
};
use crate::{
    stanza::{Iq, IqKind, StanzaCondition},
    xml::{Element, ElementRef, ns},
};

/// Sees to it that every request gets exactly one response.
///
/// It answers ping, discovery and software version itself, and leaves to the application what the application claimed,
/// by the namespace of the payload. Everything else is refused as RFC 6120 demands.
///
/// ```
/// use xmpp_core::stanza::{Iq, StanzaError, StanzaCondition};
/// use xmpp_core::xep::{AutoReply, disco::Identity, version::Version};
/// use xmpp_core::xml::{Element, ns};
///
/// let reply = AutoReply::new(Identity::new("client", "bot"))
///     .version(Version::new("meter", "1.0"))
///     .claim(ns::IOT_CONTROL);
///
/// let ping: Element = "<iq xmlns='jabber:client' type='get' id='1' from='a@b/c'><ping xmlns='urn:xmpp:ping'/></iq>".parse()?;
/// let pong = reply.answer(&Iq::parse(ping.root())?).unwrap();
/// assert_eq!(pong.attr("type").as_deref(), Some("result"));
///
/// let set: Element = "<iq xmlns='jabber:client' type='set' id='2'><set xmlns='urn:xmpp:iot:control'/></iq>".parse()?;
/// assert_eq!(reply.answer(&Iq::parse(set.root())?), None, "the application answers this one");
///
/// let odd: Element = "<iq xmlns='jabber:client' type='get' id='3'><odd xmlns='urn:odd'/></iq>".parse()?;
/// let refusal = reply.answer(&Iq::parse(odd.root())?).unwrap();
/// assert_eq!(StanzaError::of_stanza(refusal.root()).unwrap().condition, StanzaCondition::ServiceUnavailable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutoReply {
    info: Info,
    version: Option<Version>,
    claimed: BTreeSet<String>,
}

impl AutoReply {
    /// An entity of this identity, which tells that it understands discovery and ping.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            info: Info::new(identity).with_feature(ns::DISCO_ITEMS).with_feature(ns::PING),
            version: None,
            claimed: BTreeSet::new(),
        }
    }

    /// One more identity.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        Self { info: self.info.with_identity(identity), ..self }
    }

    /// Tells a feature, without claiming any request.
    #[must_use]
    pub fn feature(self, feature: impl Into<String>) -> Self {
        Self { info: self.info.with_feature(feature), ..self }
    }

    /// Tells which software this is.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        Self { version: Some(version), ..self.feature(ns::VERSION) }
    }

    /// Leaves all requests whose payload is in this namespace to the application, which then owes each a response.
    /// What this type would answer itself can be claimed, too. Tells no feature: see [`feature`](Self::feature).
    #[must_use]
    pub fn claim(mut self, namespace: impl Into<String>) -> Self {
        self.claimed.insert(namespace.into());
        self
    }

    /// What is told to those who ask.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The response to a request; `None` for the application's requests, and for responses. A request that could not be
    /// parsed is answered by [`Malformed::reply`](crate::stanza::Malformed::reply).
    #[must_use]
    pub fn answer(&self, iq: &Iq<'_>) -> Option<Element> {
        let payload = match (iq.kind, iq.payload) {
            (IqKind::Get | IqKind::Set, Some(payload)) if !self.claimed.contains(payload.ns()) => payload,
            _ => return None,
        };
        Some(match self.decide(iq.kind, payload) {
            Ok(answer) => iq.result(answer.as_ref()),
            Err(condition) => iq.refuse(&condition.into()),
        })
    }

    fn decide(&self, kind: IqKind, payload: ElementRef<'_>) -> Result<Option<Element>, StanzaCondition> {
        let name = match payload.ns() {
            ns::PING => "ping",
            ns::VERSION if self.version.is_some() => "query",
            ns::DISCO_INFO | ns::DISCO_ITEMS => "query",
            _ => return Err(StanzaCondition::ServiceUnavailable),
        };
        if payload.name() != name {
            return Err(StanzaCondition::FeatureNotImplemented);
        }
        if kind != IqKind::Get {
            return Err(StanzaCondition::BadRequest); // these can only be asked for
        }
        match payload.ns() {
            ns::DISCO_INFO | ns::DISCO_ITEMS if payload.attr("node").is_some_and(|node| !node.is_empty()) => {
                Err(StanzaCondition::ItemNotFound)
            }
            ns::DISCO_INFO => Ok(Some(self.info.to_element())),
            ns::DISCO_ITEMS => Ok(Some(Items::default().to_element())),
            ns::VERSION => Ok(self.version.as_ref().map(Version::to_element)),
            _ => {
                debug_assert!(ping::is_request(payload), "all other namespaces were refused above");
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(entity: &AutoReply, kind: &str, payload: &str) -> Result<Option<Element>, StanzaCondition> {
        let xml =
            format!("<iq xmlns='jabber:client' type='{kind}' id='i' from='a@b/c' to='d@e/f'>{payload}</iq>");
        let request: Element = xml.parse().unwrap();
        let response = entity.answer(&Iq::parse(request.root()).unwrap()).expect("an answer");
        let response = Iq::parse(response.root()).unwrap();
        assert_eq!((&*response.id, response.to.as_ref().unwrap().as_str()), ("i", "a@b/c"));
        match response.error() {
            Some(error) => Err(error.condition),
            None => Ok(response.payload.map(ElementRef::to_element)),
        }
    }

    fn entity() -> AutoReply {
        AutoReply::new(Identity::new("client", "bot"))
    }

    /// STZ-03, STZ-04, MSC-03, MSC-04: each request gets the response that RFC 6120 and its extension demand.
    #[test]
    fn every_request_gets_its_response() {
        let with_version = entity().version(Version::new("n", "v"));
        let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
        let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
        let version = "<query xmlns='jabber:iq:version'/>";
        let ping = "<ping xmlns='urn:xmpp:ping'/>";

        assert_eq!(answer(&with_version, "get", ping), Ok(None));
        let told = answer(&with_version, "get", info).unwrap().unwrap();
        let told = Info::parse(told.root()).unwrap();
        assert_eq!(&told, with_version.info());
        for feature in [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::VERSION] {
            assert!(told.has_feature(feature), "{feature}");
        }
        let told = answer(&with_version, "get", items).unwrap().unwrap();
        assert_eq!(Items::parse(told.root()), Some(Items::default()));
        let told = answer(&with_version, "get", version).unwrap().unwrap();
        assert_eq!(Version::parse(told.root()), Some(Version::new("n", "v")));

        for (payload, condition) in [
            (
                "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>",
                StanzaCondition::ItemNotFound,
            ),
            (
                "<query xmlns='http://jabber.org/protocol/disco#items' node='x'/>",
                StanzaCondition::ItemNotFound,
            ),
            ("<pong xmlns='urn:xmpp:ping'/>", StanzaCondition::FeatureNotImplemented),
            ("<ping xmlns='urn:odd'/>", StanzaCondition::ServiceUnavailable),
            ("<query xmlns='jabber:iq:last'/>", StanzaCondition::ServiceUnavailable),
        ] {
            assert_eq!(answer(&with_version, "get", payload), Err(condition), "{payload}");
        }
        for payload in [ping, info, items, version] {
            assert_eq!(answer(&with_version, "set", payload), Err(StanzaCondition::BadRequest), "{payload}");
        }
        assert_eq!(answer(&entity(), "get", version), Err(StanzaCondition::ServiceUnavailable));
    }

    /// STZ-03: responses are never answered, and what the application claimed is its own.
    #[test]
    fn responses_and_claimed_requests_are_left_alone() {
        let reply = entity().claim(ns::PING);
        for xml in [
            "<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
            "<iq xmlns='jabber:client' type='result' id='1'><query xmlns='jabber:iq:version'/></iq>",
            "<iq xmlns='jabber:client' type='error' id='1'><error type='cancel'/></iq>",
        ] {
            let iq: Element = xml.parse().unwrap();
            assert_eq!(reply.answer(&Iq::parse(iq.root()).unwrap()), None, "{xml}");
        }
    }
}
