//! Stanza errors (RFC 6120 §8.3).

use std::{error, fmt};

use crate::xml::{Element, ElementRef, ns};

/// What the sender of the failed stanza can do (RFC 6120 §8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// Retry after providing credentials.
    Auth,
    /// Do not retry: the error cannot be remedied.
    Cancel,
    /// Proceed: it was only a warning.
    Continue,
    /// Retry after changing the data.
    Modify,
    /// Retry after waiting.
    Wait,
}

impl ErrorType {
    /// The value of the `type` attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Cancel => "cancel",
            Self::Continue => "continue",
            Self::Modify => "modify",
            Self::Wait => "wait",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        [Self::Auth, Self::Cancel, Self::Continue, Self::Modify, Self::Wait]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $kind:ident,)+) => {
        /// The conditions of RFC 6120 §8.3.3.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum StanzaCondition {
            $($(#[$doc])* $variant,)+
        }

        impl StanzaCondition {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name of the element that stands for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The error type that the specification gives it, the first one where it gives two.
            #[must_use]
            pub fn default_type(self) -> ErrorType {
                match self {
                    $(Self::$variant => ErrorType::$kind,)+
                }
            }

            fn by_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

conditions! {
    /// §8.3.3.1: malformed XML or a malformed request.
    BadRequest = "bad-request" Modify,
    /// §8.3.3.2: a resource or session of that name exists.
    Conflict = "conflict" Cancel,
    /// §8.3.3.3: understood, and not implemented.
    FeatureNotImplemented = "feature-not-implemented" Cancel,
    /// §8.3.3.4: the sender may not do that.
    Forbidden = "forbidden" Auth,
    /// §8.3.3.5: the recipient is gone; a new address may be given.
    Gone = "gone" Cancel,
    /// §8.3.3.6: a failure of the server.
    InternalServerError = "internal-server-error" Cancel,
    /// §8.3.3.7: the address or item does not exist.
    ItemNotFound = "item-not-found" Cancel,
    /// §8.3.3.8: an address that is no JID.
    JidMalformed = "jid-malformed" Modify,
    /// §8.3.3.9: understood, and against the recipient's criteria.
    NotAcceptable = "not-acceptable" Modify,
    /// §8.3.3.10: nobody may do that.
    NotAllowed = "not-allowed" Cancel,
    /// §8.3.3.11: credentials are needed first.
    NotAuthorized = "not-authorized" Auth,
    /// RFC 3920 §9.3.3, still in use: payment is needed first.
    PaymentRequired = "payment-required" Auth,
    /// §8.3.3.12: a local policy is violated.
    PolicyViolation = "policy-violation" Modify,
    /// §8.3.3.13: the recipient is not there for now.
    RecipientUnavailable = "recipient-unavailable" Wait,
    /// §8.3.3.14: ask another address, which is given.
    Redirect = "redirect" Modify,
    /// §8.3.3.15: registration is needed first.
    RegistrationRequired = "registration-required" Auth,
    /// §8.3.3.16: the recipient's server does not exist.
    RemoteServerNotFound = "remote-server-not-found" Cancel,
    /// §8.3.3.17: the recipient's server did not answer.
    RemoteServerTimeout = "remote-server-timeout" Wait,
    /// §8.3.3.18: no resources left.
    ResourceConstraint = "resource-constraint" Wait,
    /// §8.3.3.19: the service is not provided here.
    ServiceUnavailable = "service-unavailable" Cancel,
    /// §8.3.3.20: a subscription is needed first.
    SubscriptionRequired = "subscription-required" Auth,
    /// §8.3.3.21: something else; an application-specific condition may tell.
    UndefinedCondition = "undefined-condition" Cancel,
    /// §8.3.3.22: the request was understood and came at the wrong moment.
    UnexpectedRequest = "unexpected-request" Wait,
}

impl fmt::Display for StanzaCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The `<error/>` of a stanza of type `error`.
#[derive(Clone, Debug, PartialEq)]
pub struct StanzaError {
    /// What the sender can do.
    pub kind: ErrorType,
    /// What went wrong. A condition that this crate does not know counts as
    /// [`UndefinedCondition`](StanzaCondition::UndefinedCondition) (§8.3.2).
    pub condition: StanzaCondition,
    /// A description for people, never to be interpreted.
    pub text: Option<String>,
    /// The new address that comes with [`Gone`](StanzaCondition::Gone) and [`Redirect`](StanzaCondition::Redirect).
    pub uri: Option<String>,
    /// Who produced the error, when that is told (the `by` attribute).
    pub by: Option<String>,
    /// The application-specific condition (§8.3.4), if any.
    pub application: Option<Element>,
}

impl StanzaError {
    /// An error of this condition with its default type and nothing else.
    #[must_use]
    pub fn new(condition: StanzaCondition) -> Self {
        Self { kind: condition.default_type(), condition, text: None, uri: None, by: None, application: None }
    }

    /// With another type.
    #[must_use]
    pub fn with_type(self, kind: ErrorType) -> Self {
        Self { kind, ..self }
    }

    /// With a description for people.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// With an application-specific condition.
    #[must_use]
    pub fn with_application(self, application: Element) -> Self {
        Self { application: Some(application), ..self }
    }

    /// Reads the error out of a whole stanza of type `error`; `None` when it carries no `<error/>`.
    #[must_use]
    pub fn of_stanza(stanza: ElementRef<'_>) -> Option<Self> {
        stanza.child("error", ns::CLIENT).map(Self::parse)
    }

    /// Reads an `<error/>` element. Whatever is missing gets its most harmless value.
    #[must_use]
    pub fn parse(element: ElementRef<'_>) -> Self {
        let mut error = Self::new(StanzaCondition::UndefinedCondition);
        for child in element.children() {
            if child.ns() != ns::STANZA_ERRORS {
                error.application = Some(child.to_element());
            } else if child.name() == "text" {
                error.text = Some(child.text().into_owned());
            } else if let Some(condition) = StanzaCondition::by_name(child.name()) {
                error.condition = condition;
                let text = child.text();
                error.uri = (!text.trim().is_empty()).then(|| text.trim().to_owned());
            }
        }
        error.kind = element
            .attr("type")
            .and_then(|kind| ErrorType::by_name(&kind))
            .unwrap_or_else(|| error.condition.default_type());
        error.by = element.attr("by").map(std::borrow::Cow::into_owned);
        error
    }

    /// The `<error/>` element in the content namespace.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut condition = Element::build(self.condition.name(), ns::STANZA_ERRORS);
        if let Some(uri) = &self.uri {
            condition = condition.text(uri);
        }
        let mut error = Element::build("error", ns::CLIENT).attr("type", self.kind.name());
        if let Some(by) = &self.by {
            error = error.attr("by", by);
        }
        error = error.child(&condition.finish_lossy());
        if let Some(text) = &self.text {
            error =
                error.child(&Element::build("text", ns::STANZA_ERRORS).lang("en").text(text).finish_lossy());
        }
        if let Some(application) = &self.application {
            error = error.child(application);
        }
        error.finish_lossy()
    }
}

impl From<StanzaCondition> for StanzaError {
    fn from(condition: StanzaCondition) -> Self {
        Self::new(condition)
    }
}

impl fmt::Display for StanzaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.condition)?;
        if let Some(application) = &self.application {
            write!(f, "/{}", application.name())?;
        }
        match &self.text {
            Some(text) => write!(f, " ({text})"),
            None => Ok(()),
        }
    }
}

impl error::Error for StanzaError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(xml: &str) -> StanzaError {
        StanzaError::parse(xml.parse::<Element>().unwrap().root())
    }

    /// STZ-09: every condition and its default type survive the wire.
    #[test]
    fn every_condition_survives_the_wire() {
        assert_eq!(StanzaCondition::ALL.len(), 23);
        for &condition in StanzaCondition::ALL {
            let mut error = StanzaError::new(condition).with_text("why < not");
            error.by = Some("example.org".into());
            error.application = Some("<too-many xmlns='urn:example' limit='3'/>".parse().unwrap());
            assert_eq!(StanzaError::parse(error.to_element().root()), error);
        }
    }

    /// STZ-08: unknown conditions are undefined-condition; the application's own is kept.
    #[test]
    fn unknown_condition_is_undefined() {
        let error = parse(
            "<error xmlns='jabber:client' type='modify'><odd xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <mine xmlns='urn:example'/></error>",
        );
        assert_eq!((error.condition, error.kind), (StanzaCondition::UndefinedCondition, ErrorType::Modify));
        assert!(error.application.unwrap().is("mine", "urn:example"));
    }

    /// STZ-10: the new address of gone and redirect.
    #[test]
    fn new_address_is_read() {
        let error = parse(
            "<error xmlns='jabber:client' type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>\n\
             xmpp:romeo@example.net\n</gone></error>",
        );
        assert_eq!(error.uri.as_deref(), Some("xmpp:romeo@example.net"));
    }

    /// STZ-11: the legacy code is ignored, a missing type is the condition's own.
    #[test]
    fn legacy_code_is_ignored_and_missing_type_is_the_default() {
        let error = parse(
            "<error xmlns='jabber:client' code='404'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        );
        assert_eq!((error.condition, error.kind), (StanzaCondition::ItemNotFound, ErrorType::Cancel));
        assert_eq!(parse("<error xmlns='jabber:client'/>").condition, StanzaCondition::UndefinedCondition);
    }
}
