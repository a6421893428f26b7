//! XMPP addresses.
