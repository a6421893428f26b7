//! Stream features (RFC 6120 §4.3.2).

use crate::{
    sasl::Offer,
    xml::{Element, ElementRef, ns},
};

/// What the receiving side offers at one point of the negotiation, as far as this crate uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// `STARTTLS` is offered (§5.4.1).
    pub starttls: Option<Requirement>,
    /// The SASL mechanisms in the peer's order (§6.4.1); empty when SASL is not offered.
    pub mechanisms: Vec<String>,
    /// The channel bindings that the peer can verify (XEP-0440); empty when it says nothing of them.
    pub binding_types: Vec<String>,
    /// Accounts can be made in band (XEP-0077 §8).
    pub registration: bool,
    /// A resource can be bound (§7.4).
    pub bind: bool,
    /// The session establishment of RFC 3921, kept by servers for old clients.
    pub session: Option<Requirement>,
}

/// Whether a feature must be negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing else is possible without it.
    Mandatory,
    /// It may be left out.
    Voluntary,
}

impl Features {
    /// Reads `<stream:features/>`; `None` for any other element. Unknown features are ignored.
    #[must_use]
    pub fn parse(element: ElementRef<'_>) -> Option<Self> {
        if !element.is("features", ns::STREAMS) {
            return None;
        }
        let mut features = Self::default();
        let mut count = 0;
        for feature in element.children() {
            count += 1;
            match (feature.name(), feature.ns()) {
                ("starttls", ns::TLS) => {
                    features.starttls = Some(match feature.child("required", ns::TLS) {
                        Some(_) => Requirement::Mandatory,
                        None => Requirement::Voluntary,
                    });
                }
                ("mechanisms", ns::SASL) => {
                    features.mechanisms = feature
                        .children()
                        .filter(|child| child.is("mechanism", ns::SASL))
                        .map(|child| child.text().trim().to_owned())
                        .collect();
                }
                ("sasl-channel-binding", ns::SASL_CB) => {
                    features.binding_types = feature
                        .children()
                        .filter(|child| child.is("channel-binding", ns::SASL_CB))
                        .filter_map(|child| child.attr("type").map(|kind| kind.trim().to_owned()))
                        .collect();
                }
                ("register", ns::REGISTER_FEATURE) => features.registration = true,
                ("bind", ns::BIND) => features.bind = true,
                ("session", ns::SESSION) => {
                    features.session = Some(match feature.child("optional", ns::SESSION) {
                        Some(_) => Requirement::Voluntary,
                        None => Requirement::Mandatory,
                    });
                }
                _ => {}
            }
        }
        // STARTTLS as the only feature is mandatory without saying so (§5.3.1).
        if count == 1 && features.starttls.is_some() {
            features.starttls = Some(Requirement::Mandatory);
        }
        Some(features)
    }

    /// What the peer offers at login.
    pub(super) fn offer(&self) -> Offer {
        Offer::new(self.mechanisms.iter().cloned()).with_binding_types(self.binding_types.iter().cloned())
    }

    /// The `<stream:features/>` element.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut features = Element::build_prefixed("stream", "features", ns::STREAMS);
        if let Some(requirement) = self.starttls {
            let mut starttls = Element::build("starttls", ns::TLS);
            if requirement == Requirement::Mandatory {
                starttls = starttls.child(&Element::build("required", ns::TLS).finish_lossy());
            }
            features = features.child(&starttls.finish_lossy());
        }
        if !self.mechanisms.is_empty() {
            let mut mechanisms = Element::build("mechanisms", ns::SASL);
            for name in &self.mechanisms {
                mechanisms =
                    mechanisms.child(&Element::build("mechanism", ns::SASL).text(name).finish_lossy());
            }
            features = features.child(&mechanisms.finish_lossy());
        }
        if !self.binding_types.is_empty() {
            let mut types = Element::build("sasl-channel-binding", ns::SASL_CB);
            for kind in &self.binding_types {
                types = types
                    .child(&Element::build("channel-binding", ns::SASL_CB).attr("type", kind).finish_lossy());
            }
            features = features.child(&types.finish_lossy());
        }
        if self.registration {
            features = features.child(&Element::build("register", ns::REGISTER_FEATURE).finish_lossy());
        }
        if self.bind {
            features = features.child(&Element::build("bind", ns::BIND).finish_lossy());
        }
        if let Some(requirement) = self.session {
            let mut session = Element::build("session", ns::SESSION);
            if requirement == Requirement::Voluntary {
                session = session.child(&Element::build("optional", ns::SESSION).finish_lossy());
            }
            features = features.child(&session.finish_lossy());
        }
        features.finish_lossy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(inner: &str) -> Features {
        let xml = format!(
            "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>{inner}</stream:features>"
        );
        Features::parse(xml.parse::<Element>().unwrap().root()).unwrap()
    }

    /// TLS-01: required, and required by being alone.
    #[test]
    fn starttls_alone_is_mandatory() {
        let tls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
        assert_eq!(parse(tls).starttls, Some(Requirement::Mandatory));
        assert_eq!(parse(&format!("{tls}<x xmlns='urn:example'/>")).starttls, Some(Requirement::Voluntary));
        let required = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><x xmlns='urn:example'/>";
        assert_eq!(parse(required).starttls, Some(Requirement::Mandatory));
    }

    /// SASL-16: white space around a name is trimmed, duplicates and unknown names do no harm.
    #[test]
    fn mechanism_names_are_trimmed() {
        let features = parse(
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism> PLAIN\n</mechanism><mechanism>PLAIN</mechanism>\
             <other/></mechanisms>",
        );
        assert_eq!(features.mechanisms, ["PLAIN", "PLAIN"]);
    }

    /// S2-10: the example of XEP-0440 §2.
    #[test]
    fn binding_types_are_read() {
        let features = parse(
            "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-server-end-point'/>\
             <channel-binding/><channel-binding type='tls-exporter'/></sasl-channel-binding>",
        );
        assert_eq!(features.binding_types, ["tls-server-end-point", "tls-exporter"]);
    }

    #[test]
    fn features_survive_the_wire() {
        let features = Features {
            starttls: Some(Requirement::Voluntary),
            mechanisms: vec!["SCRAM-SHA-256".into(), "PLAIN".into()],
            binding_types: vec!["tls-exporter".into()],
            registration: true,
            bind: true,
            session: Some(Requirement::Voluntary),
        };
        assert_eq!(Features::parse(features.to_element().root()), Some(features));
        assert_eq!(Features::parse(Features::default().to_element().root()), Some(Features::default()));
    }
}
