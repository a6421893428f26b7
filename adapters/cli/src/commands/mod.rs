//! One file a command: its options, and what it does.

pub(crate) mod chat;
pub(crate) mod console;
pub(crate) mod device;
pub(crate) mod manual;
pub(crate) mod ping;
pub(crate) mod register;
pub(crate) mod request;
pub(crate) mod roster;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod soap;
mod status;
