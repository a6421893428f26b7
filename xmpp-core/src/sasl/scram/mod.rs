//! SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, and neither shows it.
//!
//! The machines for one exchange are [`client`](super::client) and [`server`](super::server) negotiations; public here
//! are the keys, which a server stores and a client may cache.

pub(super) mod client;
mod derive;
mod enrol;
mod keys;
pub(super) mod parser;
pub(super) mod server;

pub(crate) use enrol::{Enrolment, Progress};
pub use keys::{Hash, KeyError, Keys, StoredCredentials, StoredKeys};

#[cfg(test)]
mod tests;
