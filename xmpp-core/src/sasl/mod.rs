//! SASL (RFC 4422): who is this, and is the server the one that knows the password?
//!
//! Plain machines on bytes, for both roles: [`client::Negotiation`] and [`server::Negotiation`] choose a mechanism and
//! run it; what carries the bytes (XMPP elements with base64 inside, or another protocol) is the caller's. Random
//! numbers come from an [`Entropy`](crate::entropy::Entropy), and the one expensive step, the derivation of keys from
//! a password, leaves the machine as a [`Work`](crate::work::Work) that may run on any thread.
//!
//! | mechanism | what for |
//! |---|---|
//! | SCRAM-SHA-512, -SHA-256, -SHA-1 (RFC 5802, RFC 7677) | a password that is never shown; the server proves that it knows it |
//! | the same with -PLUS | and nobody stands between ([`ChannelBindings`]) |
//! | EXTERNAL (RFC 4422) | the client's certificate |
//! | OAUTHBEARER (RFC 7628) | a token |
//! | PLAIN (RFC 4616) | a password in clear, under TLS |
//! | ANONYMOUS (RFC 4505) | nobody in particular |
//! | DIGEST-MD5 (RFC 2831; feature `digest-md5`) | old servers, where somebody asks for it |
//!
//! What an attacker on the path cannot do: choose a weaker mechanism (the hash of XEP-0474, the flags of RFC 5802 §6, the
//! rules of XEP-0440 §3), have a password in clear that went by SCRAM before ([`client::Config::pinned`]), or have keys
//! derived so cheaply that guessing pays ([`client::Config::iterations`]).

mod anonymous;
pub mod base64;
pub mod bearer;
mod binding;
#[cfg(feature = "certificates")]
pub mod certificate;
pub mod client;
mod condition;
#[cfg(feature = "digest-md5")]
pub mod digest_md5;
mod error;
mod external;
mod mechanism;
mod offer;
pub mod plain;
pub(crate) mod prep;
pub mod scram;
pub mod server;
#[cfg(test)]
mod vectors;

pub use binding::{BindingType, ChannelBindings};
pub use condition::Condition;
pub use error::{AuthError, Blame, Credential, Downgrade, Malformed, Withheld};
pub use mechanism::Mechanism;
pub use offer::Offer;
