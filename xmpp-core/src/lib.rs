//! The XMPP protocol core.
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]

pub mod entropy;
mod error;
mod item;
mod link;
pub mod sasl;
pub mod speaker;
pub mod stanza;
pub mod stream;
pub mod time;
pub mod tls;
pub mod wire;
pub mod work;
pub mod xep;
pub mod xml;

pub use error::{ApiMisuse, Blame, Error, Phase};
pub use item::{Content, Header, Item};
pub use jid;
pub use link::{Action, Direction, Link};
pub use tls::TlsPolicy;
pub use wire::Wire;
