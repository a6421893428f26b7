//! Before and during the login: STARTTLS, SASL, what becomes of an attempt.

use super::{
    BareJid, Channel, Condition, ElementRef, Instant, Mechanism, Out, Receiver, ReceiverEvent, State,
    StreamCondition, TlsError, TlsPolicy, after, auth, base64, ns, register, server, starttls,
};

impl Receiver {
    pub(super) fn login(&mut self) -> server::Negotiation {
        let config = self.config.sasl.clone().with_host(&self.config.domain);
        let identities = self.tls.identities.iter().filter(|address| address.domain() == self.config.domain);
        let identities = identities.filter_map(|address| {
            Some(server::Identity { username: address.local()?.to_owned(), address: address.to_string() })
        });
        server::Negotiation::new(config, self.channel == Channel::Secure, self.entropy.fork("sasl"))
            .with_bindings(self.tls.bindings.clone())
            .with_identities(identities)
    }

    /// Whether the channel is as protected as login demands.
    pub(super) fn may_authenticate(&self) -> bool {
        match self.channel {
            Channel::Secure => true,
            Channel::Clear => self.config.tls != TlsPolicy::Required,
            Channel::ClearForGood => self.config.clear_transports,
        }
    }

    pub(super) fn handle_negotiation(
        &mut self,
        sasl: Option<Box<server::Negotiation>>,
        element: ElementRef<'_>,
    ) {
        let offers_tls = self.channel == Channel::Clear && self.config.tls != TlsPolicy::Disabled;
        if element.is("starttls", ns::TLS) {
            if offers_tls {
                self.voice.send(starttls::proceed());
                self.voice.say(Out::StartTls);
                self.state = State::Handshake;
            } else {
                self.voice.send(starttls::failure());
                self.voice.end(Err(TlsError::Refused.into()));
            }
            return;
        }
        if element.ns() != ns::SASL {
            return match (sasl, register::query(element)) {
                (Some(sasl), Some(request)) => self.handle_registration(sasl, &request),
                _ => self.refuse(StreamCondition::NotAuthorized, "authenticate first"),
            };
        }
        let Some(mut sasl) = sasl else {
            self.voice.send(auth::failure(&server::Failure {
                condition: Condition::EncryptionRequired,
                detail: "the channel is in clear",
            }));
            self.state = State::Negotiation { sasl: None };
            return;
        };
        let text = element.text();
        let step = match element.name() {
            "auth" => match base64::decode_payload(&text) {
                Ok(initial) => {
                    sasl.auth(element.attr("mechanism").as_deref().unwrap_or_default(), initial.as_deref())
                }
                Err(_) => Err(sasl.refuse(Condition::IncorrectEncoding, "improper base64")),
            },
            "response" => match base64::decode(&text) {
                Ok(data) => sasl.response(&data),
                Err(_) => Err(sasl.refuse(Condition::IncorrectEncoding, "improper base64")),
            },
            "abort" => Err(sasl.abort()),
            _ => {
                return self
                    .refuse(StreamCondition::UnsupportedStanzaType, "not an element that a client sends");
            }
        };
        self.handle_step(sasl, step);
    }

    pub(super) fn handle_step(
        &mut self,
        sasl: Box<server::Negotiation>,
        step: Result<server::Step, server::Failure>,
    ) {
        match step {
            Ok(server::Step::Challenge(data)) => {
                self.voice.send(auth::exchange("challenge", &data));
                self.state = State::Negotiation { sasl: Some(sasl) };
            }
            Ok(server::Step::Lookup { username, mechanism }) => {
                self.voice.event(ReceiverEvent::Lookup { username, mechanism });
                self.state = State::Lookup(sasl);
            }
            Ok(server::Step::Token(token)) => {
                self.voice.event(ReceiverEvent::Token(token));
                self.state = State::Lookup(sasl);
            }
            Ok(server::Step::Work(work)) => {
                self.voice.say(Out::Work(work));
                self.state = State::Derivation(sasl);
            }
            Ok(server::Step::Ignored) => self.state = State::Derivation(sasl),
            Ok(server::Step::Success { mechanism, username, authzid, data }) => {
                match self.account(&username, authzid.as_deref(), mechanism) {
                    Ok(account) => {
                        self.voice.send(auth::success(data.as_deref()));
                        self.voice.say(Out::Trusted);
                        self.voice.say(Out::Restart);
                        let account_told = account.clone();
                        self.voice.event(ReceiverEvent::Authenticated { account: account_told, mechanism });
                        self.state = State::Header(Some(account));
                    }
                    Err(condition) => {
                        let detail = "the user may not act for that identity";
                        self.fail(sasl, server::Failure { condition, detail });
                    }
                }
            }
            Err(failure) => self.fail(sasl, failure),
        }
    }

    /// The account of an authenticated user; only its own identity may be asked for (§6.3.8).
    fn account(
        &self,
        username: &str,
        authzid: Option<&str>,
        mechanism: Mechanism,
    ) -> Result<BareJid, Condition> {
        let account =
            BareJid::from_parts(Some(username), &self.config.domain).map_err(|_| Condition::NotAuthorized)?;
        // Who says one name in the header and proves another is refused (§6.4.6).
        let claimed = self.claimed.as_ref().filter(|_| mechanism != Mechanism::Anonymous);
        if claimed.is_some_and(|claimed| claimed.bare() != account.view()) {
            return Err(Condition::NotAuthorized);
        }
        match authzid {
            None | Some("") => Ok(account),
            Some(authzid) => match BareJid::new(authzid) {
                Ok(wanted) if wanted == account => Ok(account),
                _ => Err(Condition::InvalidAuthzid),
            },
        }
    }

    fn fail(&mut self, sasl: Box<server::Negotiation>, failure: server::Failure) {
        let delay = self.config.refusal_delay;
        if failure.condition == Condition::NotAuthorized && !delay.is_zero() {
            self.state = State::Refusal { sasl, failure, at: after(self.now, delay) };
        } else {
            self.say_failure(sasl, &failure);
        }
    }

    /// Says the refusal whose time has come.
    pub(super) fn release(&mut self, now: Instant) {
        let placeholder = State::Negotiation { sasl: None };
        match std::mem::replace(&mut self.state, placeholder) {
            State::Refusal { sasl, failure, at } if at <= now && self.voice.is_open() => {
                self.say_failure(sasl, &failure);
            }
            state => self.state = state,
        }
    }

    fn say_failure(&mut self, sasl: Box<server::Negotiation>, failure: &server::Failure) {
        self.voice.send(auth::failure(failure));
        let attempts = sasl.failures();
        self.state = State::Negotiation { sasl: Some(sasl) };
        if attempts >= self.config.attempts {
            self.refuse(StreamCondition::PolicyViolation, "too many failed attempts");
        }
    }
}
