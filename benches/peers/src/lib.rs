//! Everybody who reads or writes XML for XMPP, doing the same work on the same bytes.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]

pub mod events;
pub mod streams;
pub mod trees;
pub mod typed;
pub mod writers;
