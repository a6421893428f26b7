//! Authentication with both sides, through the public interface only.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod binding;
mod choice;
mod client;
mod gsasl;
mod matrix;
mod others;
mod pair;
mod server;
