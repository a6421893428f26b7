//! Stream errors (RFC 6120 §4.9): why a stream ends.

use std::{error, fmt};

use crate::xml::{Element, ElementRef, XmlError, XmlErrorKind, ns};

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// The conditions of RFC 6120 §4.9.3.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum StreamCondition {
            $($(#[$doc])* $variant,)+
        }

        impl StreamCondition {
            /// All of them, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name of the element that stands for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn by_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    // The name that RFC 3920 §4.7.3 had for it.
                    "xml-not-well-formed" => Some(Self::NotWellFormed),
                    _ => None,
                }
            }
        }
    };
}

conditions! {
    /// §4.9.3.1: XML that cannot be processed.
    BadFormat = "bad-format",
    /// §4.9.3.2: a prefix that is not supported, or none where one is needed.
    BadNamespacePrefix = "bad-namespace-prefix",
    /// §4.9.3.3: a new stream of this client replaces this one.
    Conflict = "conflict",
    /// §4.9.3.4: the peer has not answered for a while.
    ConnectionTimeout = "connection-timeout",
    /// §4.9.3.5: the domain is no longer served here.
    HostGone = "host-gone",
    /// §4.9.3.6: the domain is not served here.
    HostUnknown = "host-unknown",
    /// §4.9.3.7: a stanza between servers lacks an address, or has a malformed one.
    ImproperAddressing = "improper-addressing",
    /// §4.9.3.8: a failure of the server.
    InternalServerError = "internal-server-error",
    /// §4.9.3.9: a `from` that does not belong to the sender.
    InvalidFrom = "invalid-from",
    /// §4.9.3.10: a stream or content namespace that is not supported.
    InvalidNamespace = "invalid-namespace",
    /// §4.9.3.11: XML that is well-formed and against the schema.
    InvalidXml = "invalid-xml",
    /// §4.9.3.12: data before authentication.
    NotAuthorized = "not-authorized",
    /// §4.9.3.13: XML that is not well-formed.
    NotWellFormed = "not-well-formed",
    /// §4.9.3.14: a local policy is violated, such as the size of a stanza.
    PolicyViolation = "policy-violation",
    /// §4.9.3.15: a remote entity needed for authentication cannot be reached.
    RemoteConnectionFailed = "remote-connection-failed",
    /// §4.9.3.16: begin anew, for instance because a certificate expired.
    Reset = "reset",
    /// §4.9.3.17: no resources left to serve the stream.
    ResourceConstraint = "resource-constraint",
    /// §4.9.3.18: a comment, processing instruction, DTD or entity reference.
    RestrictedXml = "restricted-xml",
    /// §4.9.3.19: another host serves; its address is the text of the condition.
    SeeOtherHost = "see-other-host",
    /// §4.9.3.20: the server is being shut down.
    SystemShutdown = "system-shutdown",
    /// §4.9.3.21: something else; an application-specific condition may tell.
    UndefinedCondition = "undefined-condition",
    /// §4.9.3.22: an encoding other than UTF-8.
    UnsupportedEncoding = "unsupported-encoding",
    /// §4.9.3.23: a mandatory feature that the peer does not support.
    UnsupportedFeature = "unsupported-feature",
    /// §4.9.3.24: a first-level element that is not supported.
    UnsupportedStanzaType = "unsupported-stanza-type",
    /// §4.9.3.25: a version of XMPP that is not supported.
    UnsupportedVersion = "unsupported-version",
}

impl StreamCondition {
    /// The condition that answers XML which is not allowed (RFC 6120 §11).
    #[must_use]
    pub fn of_xml(error: &XmlError) -> Self {
        match error.kind {
            XmlErrorKind::Restricted(_) => Self::RestrictedXml,
            XmlErrorKind::UnsupportedEncoding => Self::UnsupportedEncoding,
            XmlErrorKind::UnsupportedVersion => Self::UnsupportedVersion,
            XmlErrorKind::Limit(_) => Self::PolicyViolation,
            XmlErrorKind::TextBetweenStanzas => Self::BadFormat,
            _ => Self::NotWellFormed,
        }
    }
}

impl fmt::Display for StreamCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stream error that the peer sent, or that is sent to it.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamError {
    /// What went wrong. A condition that this crate does not know counts as
    /// [`UndefinedCondition`](StreamCondition::UndefinedCondition) (§4.9.2).
    pub condition: StreamCondition,
    /// A description for people, never to be interpreted.
    pub text: Option<String>,
    /// The host named by [`SeeOtherHost`](StreamCondition::SeeOtherHost): a domain or address and maybe a port.
    pub see_other_host: Option<String>,
    /// The application-specific condition (§4.9.4), if any.
    pub application: Option<Element>,
}

impl StreamError {
    /// An error with a condition and a text for people.
    pub fn new(condition: StreamCondition, text: impl Into<String>) -> Self {
        Self { condition, text: Some(text.into()), see_other_host: None, application: None }
    }

    /// Reads a `<stream:error/>`; `None` for any other element.
    #[must_use]
    pub fn parse(element: ElementRef<'_>) -> Option<Self> {
        if !element.is("error", ns::STREAMS) {
            return None;
        }
        let mut error = Self {
            condition: StreamCondition::UndefinedCondition,
            text: None,
            see_other_host: None,
            application: None,
        };
        for child in element.children() {
            if child.ns() != ns::STREAM_ERRORS {
                error.application = Some(child.to_element());
            } else if child.name() == "text" {
                error.text = Some(child.text().into_owned());
            } else if let Some(condition) = StreamCondition::by_name(child.name()) {
                error.condition = condition;
                if condition == StreamCondition::SeeOtherHost {
                    // The specification's own example has line breaks around the host (§4.9.3.19).
                    error.see_other_host = Some(child.text().trim().to_owned());
                }
            }
        }
        Some(error)
    }

    /// The `<stream:error/>` element.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut condition = Element::build(self.condition.name(), ns::STREAM_ERRORS);
        if let Some(host) = &self.see_other_host {
            condition = condition.text(host);
        }
        let mut error =
            Element::build_prefixed("stream", "error", ns::STREAMS).child(&condition.finish_lossy());
        if let Some(text) = &self.text {
            error =
                error.child(&Element::build("text", ns::STREAM_ERRORS).lang("en").text(text).finish_lossy());
        }
        if let Some(application) = &self.application {
            error = error.child(application);
        }
        error.finish_lossy()
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.condition)?;
        if let Some(host) = &self.see_other_host {
            write!(f, " {host}")?;
        }
        match &self.text {
            Some(text) => write!(f, " ({text})"),
            None => Ok(()),
        }
    }
}

impl error::Error for StreamError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(inner: &str) -> StreamError {
        let xml = format!("<e:error xmlns:e='http://etherx.jabber.org/streams'>{inner}</e:error>");
        StreamError::parse(xml.parse::<Element>().unwrap().root()).unwrap()
    }

    /// STR-19: all 25 conditions are written and read back.
    #[test]
    fn every_condition_survives_the_wire() {
        assert_eq!(StreamCondition::ALL.len(), 25);
        for &condition in StreamCondition::ALL {
            let error = StreamError::new(condition, "because < & \u{2603}");
            let back = StreamError::parse(error.to_element().root()).unwrap();
            assert_eq!(back.condition, condition);
            assert_eq!(back.text, error.text);
        }
    }

    /// STR-18: an unknown condition is undefined-condition; the application's own is kept.
    #[test]
    fn unknown_condition_is_undefined_and_application_condition_is_kept() {
        let error = parse(
            "<new-thing xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\
             conflict</text><mine xmlns='urn:example' n='1'/>",
        );
        assert_eq!(error.condition, StreamCondition::UndefinedCondition);
        assert_eq!(error.text.as_deref(), Some("conflict"));
        assert_eq!(error.application.unwrap().attr("n").as_deref(), Some("1"));
    }

    /// XML-04: the name of RFC 3920 is understood.
    #[test]
    fn old_name_of_not_well_formed() {
        assert_eq!(
            parse("<xml-not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>").condition,
            StreamCondition::NotWellFormed
        );
    }

    /// STR-21: white space around the host is no part of it.
    #[test]
    fn see_other_host_is_trimmed() {
        let error = parse(
            "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\n [2001:db8::1]:5222\n</see-other-host>",
        );
        assert_eq!(error.see_other_host.as_deref(), Some("[2001:db8::1]:5222"));
    }

    #[test]
    fn other_elements_are_no_stream_errors() {
        let other: Element = "<error xmlns='jabber:client'/>".parse().unwrap();
        assert_eq!(StreamError::parse(other.root()), None);
    }
}
