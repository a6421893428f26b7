//! XMPP over HTTP.
