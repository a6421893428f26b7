//! Header blocks, whom they are for, and who understands them.

use std::borrow::Cow;

use xmpp_core::xml::{Builder, Element, ElementRef};

use crate::{QName, Version};

const NEXT_11: &str = "http://schemas.xmlsoap.org/soap/actor/next";
const NEXT_12: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
const NONE_12: &str = "http://www.w3.org/2003/05/soap-envelope/role/none";
const ULTIMATE_12: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

/// For whom a header block is: `role` in SOAP 1.2 (part 1 §2.2), `actor` in 1.1 (§4.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// The node that the body is for. This holds where nothing is said.
    #[default]
    UltimateReceiver,
    /// Every node that the envelope meets.
    Next,
    /// Nobody. Only 1.2 knows it.
    Nobody,
    /// Whoever plays the role of this URI.
    Other(String),
}

impl Role {
    /// Reads a URI. The names of both versions are known, as they have no other meaning.
    pub fn parse(uri: &str) -> Self {
        match uri.trim() {
            "" | ULTIMATE_12 => Self::UltimateReceiver,
            NEXT_11 | NEXT_12 => Self::Next,
            NONE_12 => Self::Nobody,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The URI in a version; `None` for what that version expresses by saying nothing.
    pub fn uri(&self, version: Version) -> Option<&str> {
        match (self, version) {
            (Self::UltimateReceiver, _) => None,
            (Self::Next, Version::V11) => Some(NEXT_11),
            (Self::Next, Version::V12) => Some(NEXT_12),
            (Self::Nobody, _) => Some(NONE_12),
            (Self::Other(uri), _) => Some(uri),
        }
    }
}

/// Whom a header block that is being built is for, and what the receiver must do with it.
///
/// ```
/// use soap_xmpp::{Envelope, Target, Version};
/// let block = Target::default().must_understand().block(Version::V12, "transaction", "urn:example:t").text("5").finish()?;
/// let envelope = Envelope::build(Version::V12).header(&block).finish()?;
/// assert!(envelope.header("transaction", "urn:example:t").unwrap().must_understand());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Target {
    /// For whom it is.
    pub role: Role,
    /// The receiver must understand it or refuse the whole envelope.
    pub must_understand: bool,
    /// An intermediary that does not process it passes it on. Only 1.2 has it, in 1.1 it is not written.
    pub relay: bool,
}

impl Target {
    /// For this role.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The receiver must understand the block.
    #[must_use]
    pub fn must_understand(self) -> Self {
        Self { must_understand: true, ..self }
    }

    /// Intermediaries pass the block on.
    #[must_use]
    pub fn relay(self) -> Self {
        Self { relay: true, ..self }
    }

    /// Begins a header block that carries this target.
    pub fn block(&self, version: Version, name: &str, ns: &str) -> Builder {
        let soap = version.ns();
        let mut block = Element::build_prefixed("h", name, ns);
        if self.must_understand {
            let value = if version == Version::V11 { "1" } else { "true" };
            block = block.attr_ns("soap", soap, "mustUnderstand", value);
        }
        if let Some(uri) = self.role.uri(version) {
            block = block.attr_ns("soap", soap, version.role_attribute(), uri);
        }
        if self.relay && version == Version::V12 {
            block = block.attr_ns("soap", soap, "relay", "true");
        }
        block
    }
}

/// A header block of a received envelope.
#[derive(Clone, Copy, Debug)]
pub struct HeaderBlock<'a> {
    element: ElementRef<'a>,
    version: Version,
}

impl<'a> HeaderBlock<'a> {
    pub(crate) fn new(element: ElementRef<'a>, version: Version) -> Self {
        Self { element, version }
    }

    /// The block itself.
    pub fn element(self) -> ElementRef<'a> {
        self.element
    }

    /// Its name.
    pub fn name(self) -> QName {
        QName::of(self.element)
    }

    /// Whether its receiver must understand it or refuse the envelope.
    pub fn must_understand(self) -> bool {
        self.soap_attr("mustUnderstand").is_some_and(|value| truth(&value) == Some(true))
    }

    /// For whom it is.
    pub fn role(self) -> Role {
        self.soap_attr(self.version.role_attribute()).map_or(Role::UltimateReceiver, |uri| Role::parse(&uri))
    }

    /// Whether an intermediary that does not process it passes it on (1.2 only).
    pub fn relay(self) -> bool {
        self.version == Version::V12 && self.soap_attr("relay").is_some_and(|v| truth(&v) == Some(true))
    }

    pub(super) fn version(self) -> Version {
        self.version
    }

    pub(super) fn soap_attr(self, name: &str) -> Option<Cow<'a, str>> {
        self.element.attr_ns(name, self.version.ns())
    }
}

/// A truth value of XML Schema, which SOAP 1.2 uses.
pub(super) fn truth(value: &str) -> Option<bool> {
    match value.trim() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// What a node understands: header blocks by name, and the roles that it plays besides `next` and ultimate receiver.
///
/// ```
/// use soap_xmpp::{QName, Understanding};
/// let node = Understanding::default().header(QName::new("urn:example:t", "transaction")).role("urn:example:cache");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understanding {
    /// The header blocks that the application processes.
    pub headers: Vec<QName>,
    /// Roles of its own.
    pub roles: Vec<String>,
}

impl Understanding {
    /// With this header block.
    #[must_use]
    pub fn header(mut self, name: QName) -> Self {
        self.headers.push(name);
        self
    }

    /// With this role.
    #[must_use]
    pub fn role(mut self, uri: impl Into<String>) -> Self {
        self.roles.push(uri.into());
        self
    }

    /// Whether a block is for somebody else, or understood.
    pub fn covers(&self, block: HeaderBlock<'_>) -> bool {
        let for_us = match block.role() {
            Role::UltimateReceiver | Role::Next => true,
            Role::Nobody => false,
            Role::Other(uri) => self.roles.contains(&uri),
        };
        let element = block.element();
        !for_us || self.headers.iter().any(|known| element.is(&known.name, &known.ns))
    }
}
