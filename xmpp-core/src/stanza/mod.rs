//! Stanzas: messages, presence, and requests with their responses (RFC 6120 §8, RFC 6121).
//!
//! [`iq`], [`message`] and [`presence`] build stanzas; [`Iq`], [`Message`] and [`Presence`] look into them. A stanza
//! that breaks a rule is a [`Malformed`], which knows the answer that RFC 6120 demands. [`Tracker`] finds the request
//! that a response belongs to.
//!
//! ```
//! use xmpp_core::stanza::{Iq, IqKind, StanzaCondition, iq};
//! use xmpp_core::xml::{Element, ns};
//!
//! let device = "device@example.com/ilon".parse::<xmpp_core::jid::Jid>()?;
//! let ping = Element::build("ping", ns::PING).finish()?;
//! let request = iq::get(Some(device.view()), &ping).with_attrs(&[("id", Some("p1"))])?;
//!
//! let iq = Iq::parse(request.root())?;
//! assert_eq!((iq.kind, &*iq.id, iq.to), (IqKind::Get, "p1", Some(device)));
//! assert!(iq.payload.unwrap().is("ping", ns::PING));
//!
//! let refusal = iq::error(request.root(), &StanzaCondition::ServiceUnavailable.into());
//! assert_eq!(refusal.attr("from").as_deref(), Some("device@example.com/ilon"));
//! assert_eq!(Iq::parse(refusal.root())?.error().unwrap().condition, StanzaCondition::ServiceUnavailable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod available;
mod error;
pub mod iq;
mod kind;
mod lang;
mod malformed;
pub mod message;
pub mod presence;
mod tracker;

pub use available::{Appearance, Available, AvailableResources};
pub use error::{ErrorType, StanzaCondition, StanzaError};
pub use iq::{Iq, IqKind};
pub use kind::{StanzaKind, error_reply};
pub use malformed::Malformed;
pub use message::{Message, MessageKind};
pub use presence::{Presence, PresenceKind, Show};
pub use tracker::{NotTracked, Tracker};
