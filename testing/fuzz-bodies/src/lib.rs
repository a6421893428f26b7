//! One function a fuzz target: it takes any bytes, and panics when a promise of the cores does not hold for them.
//!
//! A target in `fuzz/` is one line that calls its function here. So the bodies compile with everything else, and
//! `cargo test` replays the committed inputs in `fuzz/corpus/TARGET/` without a fuzzer.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "to panic is how a broken promise is told")]

mod bosh_body;
mod chunking;
mod element;
mod framer;
mod iot_data;
mod jid;
mod moved;
mod roundtrip;
mod sasl;
mod scram;
mod soap_envelope;

pub use bosh_body::bosh_body;
pub use chunking::{chunking, every_cut};
pub use element::element;
pub use framer::framer;
pub use iot_data::iot_data;
pub use jid::jid;
pub use roundtrip::roundtrip;
pub use sasl::sasl;
pub use scram::scram;
pub use soap_envelope::soap_envelope;
