//! Extensions: what elements inside stanzas mean. One file an extension.
//!
//! Each module builds and reads payloads and keeps no state; requests go out as [`iq::get`](crate::stanza::iq::get) and
//! [`iq::set`](crate::stanza::iq::set). [`Responder`] answers what every entity must answer.

pub mod disco;
pub mod iot_control;
pub mod ping;
mod responder;
pub mod roster;
pub mod version;

pub use responder::Responder;
