//! Faults, the errors of SOAP.

mod read;
mod stanza;
mod write;

use std::{error, fmt};

use xmpp_core::xml::{Element, ElementRef};

use crate::QName;

pub(crate) use read::check;

/// What kind of failure a fault is: the codes of SOAP 1.2 (part 1 §5.4.6), which those of 1.1 (§4.4.1) map to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultCode {
    /// The envelope is of a version that the receiver does not know.
    VersionMismatch,
    /// A header block had to be understood and was not.
    MustUnderstand,
    /// The receiver does not know the encoding. SOAP 1.1 has no such code; there it is written as `Client` with a
    /// part behind the dot.
    DataEncodingUnknown,
    /// The sender is to blame: `Client` in 1.1.
    Sender,
    /// The receiver failed, not the message: `Server` in 1.1.
    Receiver,
    /// A code of the application's own, which only 1.1 allows.
    Custom(QName),
    /// What is no code at all, as written: a SmartServer sends numbers. Version 1.2 and the stanza error cannot carry
    /// it and say `Receiver`.
    Other(String),
}

impl FaultCode {
    /// The five that have a name of their own.
    pub const STANDARD: [Self; 5] = [
        Self::VersionMismatch,
        Self::MustUnderstand,
        Self::DataEncodingUnknown,
        Self::Sender,
        Self::Receiver,
    ];

    /// The name in SOAP 1.2 and in the application-specific conditions of XEP-0072 §6; that of `Receiver` for a code
    /// that has none.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::DataEncodingUnknown => "DataEncodingUnknown",
            Self::Sender => "Sender",
            Self::Receiver | Self::Custom(_) | Self::Other(_) => "Receiver",
        }
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(name) => name.fmt(f),
            Self::Other(text) => write!(f, "code {text:?}"),
            standard => f.write_str(standard.name()),
        }
    }
}

/// A description for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The language, where one is told.
    pub lang: Option<String>,
    /// The text.
    pub text: String,
}

/// A SOAP fault of either version.
///
/// ```
/// use soap_xmpp::{Fault, FaultCode, QName, Version};
///
/// let fault = Fault::new(FaultCode::Sender, "no such point").subcode(QName::new("urn:example", "NoPoint"));
/// let received = fault.to_envelope(Version::V12)?.fault().unwrap();
/// assert_eq!(received, fault);
/// assert_eq!(received.to_string(), "SOAP fault Sender/NoPoint: no such point");
/// # Ok::<(), xmpp_core::xml::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure it is.
    pub code: FaultCode,
    /// Finer codes, the coarser first. In 1.1 they are the parts behind the dots (`Client.Authentication`) and share
    /// the namespace of the code; others are not written there.
    pub subcodes: Vec<QName>,
    /// Descriptions for people, in several languages at best.
    pub reasons: Vec<Reason>,
    /// Which node on the way failed, as a URI: `Node`, or `faultactor` in 1.1.
    pub node: Option<String>,
    /// The role in which it failed, as a URI. Only 1.2 has it.
    pub role: Option<String>,
    /// `Detail`, or `detail` in 1.1, as received: what the application says. Its children are the entries.
    pub detail: Option<Element>,
}

impl Fault {
    /// A fault with an English reason.
    pub fn new(code: FaultCode, reason: impl Into<String>) -> Self {
        let reason = Reason { lang: Some("en".to_owned()), text: reason.into() };
        Self { code, subcodes: Vec::new(), reasons: vec![reason], node: None, role: None, detail: None }
    }

    /// With a finer code under those that are there.
    #[must_use]
    pub fn subcode(mut self, name: QName) -> Self {
        self.subcodes.push(name);
        self
    }

    /// With the reason in another language too.
    #[must_use]
    pub fn reason_in(mut self, lang: impl Into<String>, text: impl Into<String>) -> Self {
        self.reasons.push(Reason { lang: Some(lang.into()), text: text.into() });
        self
    }

    /// With the node that failed.
    #[must_use]
    pub fn node(mut self, uri: impl Into<String>) -> Self {
        self.node = Some(uri.into());
        self
    }

    /// With the role in which it failed.
    #[must_use]
    pub fn role(mut self, uri: impl Into<String>) -> Self {
        self.role = Some(uri.into());
        self
    }

    /// With this element in the detail, behind those that are there.
    #[must_use]
    pub fn entry(mut self, entry: &Element) -> Self {
        let detail = Element::build("detail", "");
        let detail = match &self.detail {
            Some(old) => write::copy_content(detail, old.root()),
            None => detail,
        };
        self.detail = Some(detail.child(entry).finish_lossy());
        self
    }

    /// What the detail holds.
    pub fn entries(&self) -> impl Iterator<Item = ElementRef<'_>> + '_ {
        self.detail.iter().flat_map(Element::children)
    }

    /// The first reason, empty when none is given.
    pub fn reason(&self) -> &str {
        self.reasons.first().map_or("", |reason| &reason.text)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SOAP fault {}", self.code)?;
        for subcode in &self.subcodes {
            write!(f, "/{}", subcode.name)?;
        }
        if self.reason().is_empty() { Ok(()) } else { write!(f, ": {}", self.reason().trim()) }
    }
}

impl error::Error for Fault {}
