//! SCRAM (RFC 5802, RFC 7677).
mod keys;
pub use keys::{Hash, KeyError, Keys, StoredCredentials, StoredKeys};
