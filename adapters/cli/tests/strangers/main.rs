//! Clients that others wrote, against the program `xmpp` and against real servers.
//!
//! What both sides of this project say to each other proves little if they share a mistake. Here slixmpp drives the
//! device and plays one, slixmpp and profanity talk to people at `xmpp serve`, and the libraries of web pages
//! (Strophe.js, `StanzaJS`) come in over BOSH. `testing/strangers` has their scripts, and installs them.
//!
//! Where they are not installed, these tests print a line `skipped: ..` and pass; `XMPP_TEST_SERVERS=required` makes
//! that a failure.
#![cfg(unix)]

mod browsers;
mod devices;
mod installed;
mod people;
mod place;
mod running;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
