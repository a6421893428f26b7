//! Extensions: what elements inside stanzas mean. One module an extension.
//!
//! Each module builds and reads payloads and keeps no state; requests go out as [`iq::get`](crate::stanza::iq::get) and
//! [`iq::set`](crate::stanza::iq::set). What takes more than one answer has a machine: [`iot_data::Reader`].
//! [`AutoReply`] answers what every entity must answer.

mod auto_reply;
pub mod disco;
mod iot;
pub mod iot_control;
pub mod iot_data;
pub mod ping;
pub mod register;
pub mod roster;
pub mod version;

pub use auto_reply::AutoReply;
