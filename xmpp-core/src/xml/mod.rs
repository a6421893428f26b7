//! XML as XMPP uses it (RFC 6120 §11): elements, how they arrive, how they are built and how they leave.
//!
//! - [`StreamReader`] turns the bytes of a stream into [`Piece`]s, however they are cut.
//! - [`Element`] is a complete, checked piece of XML with namespaces resolved; [`ElementRef`] looks into one.
//!   [`Element::parse`] reads a whole document, [`Element::build`] makes one from nothing.
//! - [`Element::write`] puts one where others are already open, as the [`Context`] says.
//!
//! ```
//! use xmpp_core::xml::{Context, Element, Limits, Piece, StreamReader, ns};
//!
//! let mut reader = StreamReader::new(Limits::default());
//! reader.push(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
//! reader.push(b"<message to='a@example.com'><body>1 &lt; 2</body></message>");
//!
//! let Some(Piece::Open(header)) = reader.next_piece()? else { panic!() };
//! assert!(header.is("stream", ns::STREAMS));
//! let Some(Piece::Element(message)) = reader.next_piece()? else { panic!() };
//! assert_eq!(message.child("body", ns::CLIENT).unwrap().text(), "1 < 2");
//!
//! let answer = Element::build("message", ns::CLIENT)
//!     .attr("to", "b@example.com")
//!     .open("body", ns::CLIENT)
//!     .text("I like that statement.")
//!     .finish()?;
//! let mut out = Vec::new();
//! answer.write(&mut out, &Context::client_stream());
//! assert_eq!(out, b"<message to='b@example.com'><body>I like that statement.</body></message>");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assemble;
mod build;
mod context;
mod edit;
mod element;
mod error;
pub mod escape;
mod index;
mod input;
mod lex;
mod limits;
mod make;
mod node;
pub mod ns;
mod pretty;
mod read;
mod reader;
mod scan;
mod words;
mod write;

pub use build::Builder;
pub use context::Context;
pub use element::Element;
pub use error::{BuildError, Feature, LimitKind, NamespaceProblem, Syntax, XmlError, XmlErrorKind};
pub use limits::Limits;
pub use pretty::{masked, pretty};
pub use read::{Attr, ElementRef, NodeRef};
pub use reader::{Piece, StreamReader};
