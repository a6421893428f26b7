//! The account is made before it is used (XEP-0077 §3.1.1).

use super::{Initiator, State};
use crate::{
    error::Error,
    sasl::client,
    stanza::{StanzaCondition, StanzaError},
    stream::{RegistrationError, StreamCondition, StreamError, auth, early_iq},
    tls::TlsPolicy,
    wire::Channel,
    xep::register::{self, Offer},
    xml::{Element, ElementRef, ns},
};

/// The first word of a login, held back until there is an account.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) sasl: Box<client::Negotiation>,
    pub(super) start: client::Start,
}

/// A registration on its way.
#[derive(Debug)]
pub(super) struct Registering {
    id: String,
    awaited: Awaited,
    /// The server announced the stream feature, which it need not (§8).
    announced: bool,
    login: Login,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// Which fields are demanded.
    Offer,
    /// Whether the account is made.
    Outcome,
}

impl Initiator {
    /// Asks first: what is demanded must not be guessed (§3.1).
    pub(super) fn register(&mut self, announced: bool, login: Login) {
        // A server that offers no TLS may be somebody on the path. SCRAM would not show that one the password.
        let clear = self.channel != Channel::Secure
            && self.config.tls != TlsPolicy::Disabled
            && !self.config.sasl.sends_plain_without_tls();
        if clear {
            return self.fail_registration(RegistrationError::ClearText);
        }
        let id = self.entropy.token();
        self.voice.send(early_iq::iq("get", &id, Some(&register::request())));
        self.state = State::Register(Box::new(Registering { id, awaited: Awaited::Offer, announced, login }));
    }

    pub(super) fn handle_registration(&mut self, mut registering: Box<Registering>, element: ElementRef<'_>) {
        match (registering.awaited, early_iq::answer(element, &registering.id)) {
            (_, None) => self.keep(State::Register(registering), element),
            (Awaited::Offer, Some(Ok(iq))) => {
                let offer = iq.child("query", ns::REGISTER).and_then(Offer::parse);
                match offer.ok_or(RegistrationError::Malformed).and_then(|offer| self.fill(&offer)) {
                    Ok(query) => {
                        registering.id = self.entropy.token();
                        registering.awaited = Awaited::Outcome;
                        self.voice.send(early_iq::iq("set", &registering.id, Some(&query)));
                        self.state = State::Register(registering);
                    }
                    Err(error) => self.fail_registration(error),
                }
            }
            (Awaited::Outcome, Some(Ok(_))) => {
                let Login { sasl, start } = registering.login;
                self.voice.send(auth::auth(&start));
                self.state = State::Sasl(sasl);
            }
            (awaited, Some(Err(error))) => self.fail_registration(refusal(awaited, error)),
        }
    }

    fn fill(&self, offer: &Offer) -> Result<Element, RegistrationError> {
        let filled = offer.fill(|name| match name {
            "username" => Some(self.config.sasl.username()),
            "password" => self.config.sasl.password(),
            other => self.config.registration.as_ref()?.field(other),
        });
        Ok(filled?)
    }

    fn fail_registration(&mut self, error: RegistrationError) {
        self.voice.end(Err(Error::Registration(error)));
    }

    /// Who announces nothing may well end the stream at a request before the login (RFC 6120 §8.1).
    pub(super) fn is_not_offered(&self, error: &StreamError) -> bool {
        match &self.state {
            State::Register(registering) => {
                !registering.announced
                    && registering.awaited == Awaited::Offer
                    && matches!(
                        error.condition,
                        StreamCondition::NotAuthorized | StreamCondition::UnsupportedStanzaType
                    )
            }
            _ => false,
        }
    }
}

fn refusal(awaited: Awaited, error: StanzaError) -> RegistrationError {
    match (awaited, error.condition) {
        (Awaited::Outcome, StanzaCondition::Conflict) => RegistrationError::Conflict,
        (
            Awaited::Offer,
            StanzaCondition::ServiceUnavailable
            | StanzaCondition::FeatureNotImplemented
            | StanzaCondition::NotAllowed
            | StanzaCondition::NotAuthorized
            | StanzaCondition::Forbidden,
        ) => RegistrationError::NotOffered(Some(error)),
        _ => RegistrationError::Refused(error),
    }
}
