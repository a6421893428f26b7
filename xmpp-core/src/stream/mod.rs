//! Stream negotiation (RFC 6120 §4 to §7), in both roles.

mod auth;
mod bind;
mod early_iq;
mod errors;
mod features;
mod initiator;
mod receiver;
mod registration;
mod starttls;
mod voice;

pub use bind::BindOutcome;
pub use errors::{StreamCondition, StreamError};
pub use features::{Features, Requirement};
pub use initiator::{AddressError, Bound, ClientConfig, Initiator, InitiatorEvent};
pub use receiver::{Receiver, ReceiverConfig, ReceiverEvent};
pub use registration::{Registration, RegistrationError};
