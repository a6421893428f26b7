//! SOAP over XMPP.
