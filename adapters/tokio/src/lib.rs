//! XMPP on tokio: clients over TCP with TLS and over BOSH, and (feature `server`) a small server of both.
//!
//! The protocol is in [`xmpp_core`] and `bosh_core`; this crate carries their bytes, reads the clock for them and runs
//! the handshakes. What it needs from the host: the tokio runtime with I/O and time enabled, and random numbers of the
//! operating system.
//!
//! # Log in, send a message, read one
//! ```no_run
//! use xmpp_tokio::{Client, ClientConfig, Event, SessionConfig, xmpp_core::xml::{Element, ns}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let account = ClientConfig::new("juliet@example.com/balcony", "secret")?;
//!     let mut client = Client::connect(SessionConfig::new(account)).await?;
//!     println!("logged in as {}", client.jid());
//!     client.send(Element::build("presence", ns::CLIENT).finish()?).await?;
//!
//!     let hello = Element::build("message", ns::CLIENT).attr("to", "romeo@example.net").attr("type", "chat");
//!     client.send(hello.leaf("body", ns::CLIENT, "Good night, good night!").finish()?).await?;
//!     while let Some(event) = client.next().await {
//!         match event {
//!             Event::Stanza(stanza) if stanza.name() == "message" => {
//!                 println!("{}", stanza.to_xml());
//!                 break;
//!             }
//!             Event::Closed(result) => return Ok(result?),
//!             _ => {}
//!         }
//!     }
//!     client.close().await;
//!     Ok(())
//! }
//! ```
//! Over BOSH it is `Client::bosh(config, "https://example.com/http-bind")`, and nothing else changes. [`Connector`] has the
//! options: another host, a CA file, a trace of the XML.
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![deny(missing_docs, missing_debug_implementations)]

mod carrier;
mod client;
mod clock;
mod connect;
mod dial;
mod drive;
mod error;
mod owner;
mod seed;
#[cfg(feature = "server")]
pub mod server;
mod tls;

#[cfg(feature = "bosh")]
pub use bosh_core;
pub use xmpp_core::{self, ClientConfig, SessionConfig};

pub use client::{Client, Event, Handle};
pub use connect::Connector;
pub use error::{Error, RequestError, SendError};
pub use tls::TlsSettings;

/// The examples of the README compile and run.
#[cfg(all(doctest, feature = "bosh"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
