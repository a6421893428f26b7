//! The XMPP protocol core.

pub mod xml;
