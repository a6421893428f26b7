//! The XMPP protocol core.
