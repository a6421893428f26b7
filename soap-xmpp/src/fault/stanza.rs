//! Faults and the errors of stanzas (XEP-0072 §6).

use xmpp_core::stanza::{ErrorType, StanzaCondition, StanzaError};
use xmpp_core::xml::{Element, ns};

use super::{Fault, FaultCode};

impl FaultCode {
    /// The `<error/>` that goes with a fault of this code: undefined-condition with the code as the
    /// application-specific one.
    ///
    /// What the sender can do follows from who is to blame: change the message, or wait for a receiver that failed.
    /// The numeric codes of the table in §6 are those of HTTP and contradict the examples; they are not sent.
    pub fn to_stanza_error(&self) -> StanzaError {
        let kind = match self {
            Self::Receiver => ErrorType::Wait,
            Self::Custom(_) | Self::Other(_) => ErrorType::Cancel,
            _ => ErrorType::Modify,
        };
        let condition = Element::build(self.name(), ns::SOAP_FAULT).finish_lossy();
        StanzaError::new(StanzaCondition::UndefinedCondition).with_type(kind).with_application(condition)
    }

    /// The code that a stanza's error tells of; `None` for errors of the transport alone.
    pub fn of_stanza_error(error: &StanzaError) -> Option<Self> {
        let told = error.application.as_ref().filter(|told| told.ns() == ns::SOAP_FAULT)?;
        Self::STANDARD.into_iter().find(|code| code.name() == told.name())
    }
}

impl Fault {
    /// See [`FaultCode::to_stanza_error`]. The reason for people stays in the envelope.
    pub fn to_stanza_error(&self) -> StanzaError {
        self.code.to_stanza_error()
    }
}
