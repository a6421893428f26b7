//! The XMPP protocol as state machines: bytes and time in, actions out.
//!
//! Nothing here opens a socket, reads a clock or draws a random number. A machine is made with its configuration, 32
//! unpredictable bytes and the time; it is told what arrived and what time it is; and it says what to do: write these
//! bytes, start TLS, run this derivation, here is an event. So the same code serves a client, a gateway or a server, on
//! any runtime and on none.
//!
//! # The parts
//! ```text
//!            bytes, frames, bodies        items                 events and verbs
//!  socket ──▶ Wire: TcpWire, ..         ◀──▶ Speaker: Initiator, Receiver, Session ──▶ application
//!  HTTP   ──▶       BOSH (bosh-core)         │ SASL, bind, requests
//!                   joined by Link<S, W>     ▼
//!                              stanza, xep                    (meaning of elements)
//!  jid and xml lie under everything.
//! ```
//! - An [`Element`](xml::Element) is a complete, checked piece of XML with namespaces resolved.
//! - An [`Item`] is what a side says on a stream: a header, an element, a close.
//! - A [`Wire`] turns what a transport carries into items and back; it knows nothing of negotiation.
//! - A [`Speaker`](speaker::Speaker) negotiates, in items; it knows nothing of bytes.
//! - A [`Link`] joins one of each and holds the only pump. Its aliases ([`TcpClient`], [`TcpServer`]) are what one uses.
//!
//! # The run loop
//! Give input, then drain [`Link::poll`]; wait for more input or for [`Link::poll_timeout`]. With blocking sockets, in
//! full but for TLS:
//! ```no_run
//! use std::{io::{Read, Write}, net::TcpStream, time::Instant};
//! use xmpp_core::{Action, ClientConfig, Event, Session, SessionConfig, TcpClient, TlsPolicy};
//! use xmpp_core::{stanza::message, wire::TcpWire, xml::Limits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let entropy = [0; 32]; // from the system's generator
//! let mut config = ClientConfig::new("juliet@example.org/balcony", "secret")?;
//! config.tls = TlsPolicy::Disabled; // an adapter does better
//! let session = Session::new(SessionConfig::new(config), entropy, Instant::now().into());
//! let mut link = TcpClient::new(session, TcpWire::new(Limits::default()), Instant::now());
//!
//! let mut socket = TcpStream::connect("127.0.0.1:5222")?;
//! let mut buffer = [0; 16 * 1024];
//! loop {
//!     while let Some(action) = link.poll() {
//!         match action {
//!             Action::Transport(bytes) => socket.write_all(&bytes)?,
//!             Action::Work(work) => link.handle_worked(Instant::now(), work.run()),
//!             Action::StartTls => unreachable!("the policy says no"),
//!             Action::Shutdown => socket.shutdown(std::net::Shutdown::Write)?,
//!             Action::Event(Event::Online(bound)) => {
//!                 println!("I am {}", bound.jid);
//!                 link.send(Instant::now(), message::chat(&xmpp_core::jid::BareJid::new("romeo@example.net")?, "O Romeo!")?)?;
//!             }
//!             Action::Event(Event::Stanza(stanza)) => println!("{stanza}"),
//!             Action::Event(Event::Closed(result)) => return Ok(result?),
//!             Action::Event(_) => {}
//!         }
//!     }
//!     let wait = link.poll_timeout().map(|deadline| deadline.saturating_duration_since(Instant::now()));
//!     socket.set_read_timeout(wait.map(|wait| wait.max(std::time::Duration::from_millis(1))))?;
//!     match socket.read(&mut buffer) {
//!         Ok(0) => link.handle_eof(Instant::now()),
//!         Ok(n) => link.input(Instant::now()).handle_input(&buffer[..n]),
//!         Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
//!             link.handle_timeout(Instant::now());
//!         }
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # }
//! ```
//!
//! # The contract of every machine
//! - **Inputs only store.** The work is done in `poll`: one item is decoded, handled, and drained before the next is
//!   looked at, because what an item means decides how the bytes behind it must be read.
//! - **What the peer does wrong never comes back from an input.** The machine says goodbye as the specification demands,
//!   then `Shutdown`, then one last event `Closed` with the reason. After that inputs are ignored, and verbs return
//!   [`ApiMisuse::Closed`].
//! - **The same input, cut in any way, gives the same actions**; the same entropy and times give the same bytes.
//! - **The same 32 bytes never seed two machines.**
//! - Bounds on everything that a peer can make grow are in the configurations, each with a default and its reason.
//! - Keys and passwords are wiped when they are dropped and never shown by `Debug`. Bytes that already lie in an output
//!   buffer cannot be wiped.
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
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
