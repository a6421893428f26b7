//! Stanzas: messages, presence, and requests with their responses (RFC 6120 §8).

mod error;

pub use error::{ErrorType, StanzaCondition, StanzaError};
