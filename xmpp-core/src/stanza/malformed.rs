//! Which rule a stanza breaks.

use std::{error, fmt};

use jid::JidError;

use super::{StanzaCondition, StanzaError, StanzaKind, error_reply};
use crate::xml::{Element, ElementRef};

/// A rule of RFC 6120 §8 that a stanza breaks. The sender is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The element is not this kind of stanza in the namespace `jabber:client`.
    NotA(StanzaKind),
    /// A request or response without `id` (§8.2.3, rule 1).
    IdMissing,
    /// A request or response without `type` (§8.2.3, rule 2).
    TypeMissing,
    /// A `type` that this kind of stanza does not have (§8.2.3 rule 2; RFC 6121 §4.7.1).
    TypeUnknown(String),
    /// A get or set that does not hold exactly one child (§8.2.3, rule 3); this is how many it holds.
    RequestPayloads(usize),
    /// A result with more than one child (§8.2.3, rule 4); this is how many it holds.
    ResultPayloads(usize),
    /// An error without `<error/>` (§8.2.3, rule 5).
    ErrorMissing,
    /// An address that is none (RFC 7622).
    Address {
        /// `from` or `to`.
        attribute: &'static str,
        /// What is wrong with it.
        error: JidError,
    },
}

impl Malformed {
    /// What the sender is told.
    #[must_use]
    pub fn to_error(&self) -> StanzaError {
        let condition = match self {
            Self::Address { .. } => StanzaCondition::JidMalformed,
            _ => StanzaCondition::BadRequest,
        };
        StanzaError::new(condition).with_text(self.to_string())
    }

    /// The answer to the stanza that broke the rule; `None` when it must not be answered (errors, responses, and what
    /// is no stanza).
    #[must_use]
    pub fn reply<'a>(&self, stanza: impl Into<ElementRef<'a>>) -> Option<Element> {
        error_reply(stanza, &self.to_error())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotA(kind) => write!(f, "the element is no {kind} stanza"),
            Self::IdMissing => f.write_str("the id is missing"),
            Self::TypeMissing => f.write_str("the type is missing"),
            Self::TypeUnknown(kind) => write!(f, "there is no type {kind:?}"),
            Self::RequestPayloads(count) => write!(f, "a request has exactly one child, not {count}"),
            Self::ResultPayloads(count) => write!(f, "a result has at most one child, not {count}"),
            Self::ErrorMissing => f.write_str("an error stanza without error element"),
            Self::Address { attribute, error } => write!(f, "the address in '{attribute}' is none: {error}"),
        }
    }
}

impl error::Error for Malformed {}
