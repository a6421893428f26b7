//! XMPP on tokio.
