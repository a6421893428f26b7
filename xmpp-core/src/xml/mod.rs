//! XML as XMPP uses it (RFC 6120 §11): elements, how they arrive, how they are built and how they leave.
//!
//! - [`StreamReader`] turns the bytes of a stream into [`Piece`]s, however they are cut.
//! - [`Element`] is a complete, checked piece of XML with namespaces resolved; [`ElementRef`] looks into one.
//!   [`Element::parse`] reads a whole document, [`Element::build`] makes one from nothing.
//! - [`Element::write`] puts one where others are already open, as the [`Context`] says;
//!   [`write_with_attrs`](Element::write_with_attrs) stamps it on the way, [`Builder::write`] keeps none at all.
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
//!
//! # Elements of your own
//! An extension is a struct and two functions, one that reads an element and one that builds it. Reading allocates only
//! what the struct keeps; what does not fit is `None`, or an error of yours. Here [XEP-0203]'s delay:
//! ```
//! use xmpp_core::{jid::Jid, stanza::Message, xml::{BuildError, Element, ElementRef}};
//!
//! const NS: &str = "urn:xmpp:delay";
//!
//! #[derive(Debug, PartialEq)]
//! struct Delay { from: Option<Jid>, stamp: String, reason: Option<String> }
//!
//! impl Delay {
//!     fn parse(element: ElementRef<'_>) -> Option<Self> {
//!         element.is("delay", NS).then_some(())?;
//!         Some(Self {
//!             from: element.attr("from").map(|from| from.parse()).transpose().ok()?,
//!             stamp: element.attr("stamp")?.into_owned(),
//!             reason: Some(element.text().into_owned()).filter(|reason| !reason.is_empty()),
//!         })
//!     }
//!
//!     fn to_element(&self) -> Result<Element, BuildError> {
//!         Element::build("delay", NS)
//!             .attr_opt("from", self.from.as_ref().map(Jid::as_str))
//!             .attr("stamp", &self.stamp)
//!             .text(self.reason.as_deref().unwrap_or_default())
//!             .finish()
//!     }
//! }
//!
//! let stanza: Element = "<message xmlns='jabber:client' from='a@example.com/x'><body>Hi</body>\
//!     <delay xmlns='urn:xmpp:delay' from='example.com' stamp='2026-11-26T09:00:00Z'>Offline</delay></message>".parse()?;
//! let message = Message::parse(stanza.root())?;
//! let delay = message.payloads().find_map(Delay::parse).expect("it was delayed");
//! assert_eq!((delay.stamp.as_str(), delay.reason.as_deref()), ("2026-11-26T09:00:00Z", Some("Offline")));
//! assert_eq!(Delay::parse(delay.to_element()?.root()), Some(delay));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [XEP-0203]: https://xmpp.org/extensions/xep-0203.html

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
mod overlay;
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
pub use reader::{Feed, Piece, PieceRef, StreamReader};
