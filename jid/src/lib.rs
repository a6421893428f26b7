//! XMPP addresses (RFC 7622): parse, compare, print.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]

extern crate alloc;

mod bidi;
mod class;
mod domain;
mod error;
mod owned;
mod parse;
mod precis;
mod repr;
mod traits;
mod view;

pub use error::{JidError, Part, Reason};
pub use owned::{BareJid, FullJid, Jid};
pub use view::JidRef;
