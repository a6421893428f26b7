//! The XMPP protocol core.

pub mod entropy;
pub mod sasl;
pub mod work;
