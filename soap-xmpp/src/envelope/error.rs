//! What can be wrong with an envelope.

use std::{error, fmt};

use crate::QName;

/// Why an element is not accepted as an envelope. Whoever sent it is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The element is not called `Envelope`.
    NotAnEnvelope(QName),
    /// An envelope of a version that is neither 1.1 nor 1.2, by this namespace (SOAP 1.2 part 1 §2.8).
    Version(String),
    /// There is no `<Body/>`.
    NoBody,
    /// There is more than one `<Body/>`.
    SeveralBodies,
    /// There is more than one `<Header/>`.
    SeveralHeaders,
    /// The `<Header/>` is not the first child.
    HeaderNotFirst,
    /// A child of the envelope that is neither `Header` nor `Body` and may not stand there.
    Unexpected(QName),
    /// The value of `mustUnderstand` on this header block is no truth value of the version.
    MustUnderstand {
        /// The header block.
        block: QName,
        /// The value.
        value: String,
    },
    /// The value of `relay` on this header block is no truth value.
    Relay {
        /// The header block.
        block: QName,
        /// The value.
        value: String,
    },
    /// Strict: text other than white space where only elements may stand: directly in this element.
    Text(&'static str),
    /// Strict: a header block or body child without a namespace of its own (XEP-0072 §7.1). What inherits the stream's
    /// content namespace has none.
    Unqualified(String),
    /// Strict: an attribute without namespace where only qualified ones are allowed.
    Attribute {
        /// Where.
        element: &'static str,
        /// Its name.
        name: String,
    },
    /// Strict: `encodingStyle` where SOAP 1.2 does not allow it (part 1 §5.1.1), which is on this element.
    EncodingStyle(&'static str),
    /// Strict: a fault that is not the only child of the body (SOAP 1.2 part 1 §5.4).
    FaultNotAlone,
    /// Strict: a fault that lacks this part, or has it in a wrong form.
    Fault(&'static str),
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEnvelope(name) => write!(f, "{name} is no SOAP envelope"),
            Self::Version(ns) => {
                write!(f, "an envelope of an unknown version of SOAP, by its namespace {ns:?}")
            }
            Self::NoBody => f.write_str("the envelope has no body"),
            Self::SeveralBodies => f.write_str("the envelope has several bodies"),
            Self::SeveralHeaders => f.write_str("the envelope has several headers"),
            Self::HeaderNotFirst => f.write_str("the header is not the first child of the envelope"),
            Self::Unexpected(name) => write!(f, "{name} may not stand in an envelope"),
            Self::MustUnderstand { block, value } => {
                write!(f, "mustUnderstand of the header block {block} has the value {value:?}")
            }
            Self::Relay { block, value } => {
                write!(f, "relay of the header block {block} has the value {value:?}")
            }
            Self::Text(element) => write!(f, "there is text directly in the {element}"),
            Self::Unqualified(name) => write!(f, "the element {name:?} has no namespace of its own"),
            Self::Attribute { element, name } => {
                write!(f, "the attribute {name:?} of the {element} has no namespace")
            }
            Self::EncodingStyle(element) => write!(f, "encodingStyle is not allowed on the {element}"),
            Self::FaultNotAlone => f.write_str("the fault is not the only child of the body"),
            Self::Fault(part) => write!(f, "the fault lacks {part}, or has it in a wrong form"),
        }
    }
}

impl error::Error for EnvelopeError {}
