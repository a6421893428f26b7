//! SOAP over XMPP (XEP-0072) as state machines: SOAP 1.1 and 1.2 envelopes inside of IQ stanzas.
//!
//! - [`Envelope`] is read and built; whatever its prefixes mean stays, from the wire to the application and back.
//! - [`Fault`] is the error of either version, mapped to the other one and to stanza errors.
//! - [`Requester`] calls, [`Responder`] answers. Both take stanzas and time and give [`Action`]s, and touch neither
//!   socket nor clock.
//! - [`smartserver`] builds and reads what devices of that family say.
//!
//! ```
//! use soap_xmpp::{Action, Envelope, RequesterConfig, Requester, Responder, ResponderConfig, ResponderEvent, Version};
//! use xmpp_core::{jid::{FullJid, Jid}, time::{Duration, Instant}, xml::Element};
//!
//! # fn stamped(iq: &Element, from: &str) -> Element { iq.with_attrs(&[("from", Some(from))]).unwrap() }
//! # let now = xmpp_core_now();
//! # #[allow(clippy::disallowed_methods)] fn xmpp_core_now() -> Instant { Instant::now() }
//! let device: Jid = "08-00-00-1a-7c-62@example.com/ilon".parse()?;
//! let app: FullJid = "app@example.com/pc".parse()?;
//! let entropy = [7; 32]; // a real program takes them from the operating system
//! let mut requester = Requester::new(RequesterConfig::default(), entropy, app.clone());
//! let mut responder = Responder::new(ResponderConfig::default());
//!
//! let question = Element::build("GetTime", "urn:example:clock").finish()?;
//! let call = Envelope::build(Version::V11).body(&question).finish()?;
//! let id = requester.call(now, &device, &call, Duration::from_secs(30))?;
//!
//! // The stanza goes out on any stream; the server stamps the sender.
//! let Some(Action::Send(iq)) = requester.poll() else { panic!() };
//! assert!(responder.handle_stanza(now, &stamped(&iq, app.as_str())));
//!
//! // The device answers.
//! let Some(Action::Event(ResponderEvent::Call(call))) = responder.poll() else { panic!() };
//! assert!(call.envelope.payload().unwrap().is("GetTime", "urn:example:clock"));
//! let answer = Element::build("Time", "urn:example:clock").text("noon").finish()?;
//! responder.reply(call.token, &Envelope::build(Version::V11).body(&answer).finish()?)?;
//! let Some(Action::Send(iq)) = responder.poll() else { panic!() };
//!
//! assert!(requester.handle_stanza(now, &stamped(&iq, device.as_str())));
//! let Some(Action::Event(answered)) = requester.poll() else { panic!() };
//! assert_eq!(answered.call, id);
//! assert_eq!(answered.outcome?.payload().unwrap().text(), "noon");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Service discovery
//! A responder lists [`FEATURE`] and the identity [`IDENTITY`] in its disco#info answer (XEP-0072 §3.1); a requester
//! looks for the feature before its first call.
//!
//! # Size
//! Servers end streams that carry larger stanzas than they allow; RFC 6120 §13.12 lets them allow as little as 10,000
//! bytes. [`RequesterConfig::stanza_bytes`] refuses larger calls before they are sent. Data that does not fit is sent
//! out of band, by reference.
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![deny(missing_docs, missing_debug_implementations)]

mod envelope;
mod fault;
mod requester;
mod responder;
pub mod smartserver;
mod version;

pub use envelope::{
    Envelope, EnvelopeBuilder, EnvelopeError, HeaderBlock, Role, Rules, Target, Understanding,
};
pub use fault::{Fault, FaultCode, Reason};
pub use requester::{
    Answered, AnsweredFault, BadResponse, CallError, CallId, CallRefused, FailureReason, Requester,
    RequesterConfig,
};
pub use responder::{AnswerError, Call, CallToken, Rejected, Responder, ResponderConfig, ResponderEvent};
pub use version::{QName, Version};

use xmpp_core::time::{Duration, Instant};
use xmpp_core::xml::{Element, ns};

/// The discovery feature of an entity that answers SOAP (XEP-0072 §3.1). It is the name of the binding (§4.1) and the
/// transport in a WSDL description (§3.4) as well.
pub const FEATURE: &str = ns::SOAP_FEATURE;

/// Category and type of the discovery identity (XEP-0072 §10.2).
pub const IDENTITY: (&str, &str) = ("automation", "soap");

/// The one message exchange pattern of the binding (XEP-0072 §4.3).
pub const EXCHANGE_PATTERN: &str = "http://www.w3.org/2003/05/soap/mep/request-response/";

/// A deadline, also for times that no clock reaches.
fn deadline(now: Instant, time: Duration) -> Instant {
    let year = Duration::from_hours(24 * 365);
    now.checked_add(time).or_else(|| now.checked_add(year)).unwrap_or(now)
}

/// What a machine wants.
#[derive(Debug)]
pub enum Action<E> {
    /// Send this stanza.
    Send(Element),
    /// Something the application must know.
    Event(E),
}
