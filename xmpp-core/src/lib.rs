//! The XMPP protocol core.
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]

pub mod entropy;
mod error;
mod item;
mod link;
pub mod sasl;
#[cfg(feature = "server")]
pub mod server;
mod session;
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
pub use session::{Event, RequestError, RequestId, Session, SessionConfig};
pub use stream::{Bound, ClientConfig};
pub use tls::TlsPolicy;
pub use wire::Wire;

/// A client over TCP.
pub type TcpClient = Link<Session, wire::TcpWire>;

/// The server's end of a client's stream over TCP.
pub type TcpServer = Link<stream::Receiver, wire::TcpWire>;
