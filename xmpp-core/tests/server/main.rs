//! The small server, by scripted conversations.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test")]

mod anything;
mod binding;
mod guests;
mod messages;
mod presence;
mod registration;
mod requests;
mod rosters;
mod whole;
mod world;
