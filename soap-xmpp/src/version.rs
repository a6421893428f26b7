//! The two versions of SOAP, and names with a namespace.

use std::fmt;

use xmpp_core::xml::{ElementRef, ns};

/// A version of SOAP.
///
/// XEP-0072 §5.2 speaks of SOAP 1.2 only. Devices such as the SmartServer speak 1.1, so both are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SOAP 1.1.
    V11,
    /// SOAP 1.2.
    V12,
}

impl Version {
    /// Both, the newer one first.
    pub const ALL: [Self; 2] = [Self::V12, Self::V11];

    /// The namespace of the envelope.
    pub const fn ns(self) -> &'static str {
        match self {
            Self::V11 => ns::SOAP_11,
            Self::V12 => ns::SOAP_12,
        }
    }

    /// The version whose envelopes have this namespace.
    pub fn by_ns(ns: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.ns() == ns)
    }

    /// The encoding rules that the version defines, a value for `encodingStyle`.
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::V11 => ns::SOAP_11_ENCODING,
            Self::V12 => ns::SOAP_12_ENCODING,
        }
    }

    /// The attribute that says for whom a header block is: `actor` or `role`.
    pub(crate) const fn role_attribute(self) -> &'static str {
        match self {
            Self::V11 => "actor",
            Self::V12 => "role",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V11 => "SOAP 1.1",
            Self::V12 => "SOAP 1.2",
        })
    }
}

/// A name with its namespace, as the names of header blocks and of fault codes are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QName {
    /// The namespace, empty for none.
    pub ns: String,
    /// The local part.
    pub name: String,
}

impl QName {
    /// A name in a namespace.
    pub fn new(ns: impl Into<String>, name: impl Into<String>) -> Self {
        Self { ns: ns.into(), name: name.into() }
    }

    /// The name of an element.
    pub fn of(element: ElementRef<'_>) -> Self {
        Self::new(element.ns(), element.name())
    }
}

impl fmt::Display for QName {
    /// `{namespace}name`, or the bare name without a namespace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ns.is_empty() { f.write_str(&self.name) } else { write!(f, "{{{}}}{}", self.ns, self.name) }
    }
}
