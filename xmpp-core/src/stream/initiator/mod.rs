//! The initiating side of a client stream: from the header to a bound resource (RFC 6120 §4 to §7).

mod config;
mod register;

use jid::FullJid;

use super::{
    Features, RegistrationError, StreamCondition, StreamError, auth, bind, early_iq,
    features::Requirement,
    starttls,
    voice::{Ending, Voice},
};
use crate::{
    entropy::Entropy,
    error::{Error, Phase},
    item::{Content, Header, Item},
    sasl::{AuthError, ChannelBindings, Malformed, Mechanism, base64, client, scram::Keys},
    speaker::{Out, Speaker, sealed::Sealed},
    time::{Instant, Now, after, earliest},
    tls::{TlsError, TlsFailure, TlsInfo, TlsPolicy},
    wire::{Channel, WireError},
    work::Worked,
    xml::{Element, ElementRef, ns},
};

pub use config::{AddressError, ClientConfig};
use register::{Login, Registering};

/// What a client stream tells its owner.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitiatorEvent {
    /// A resource is bound: stanzas may be sent.
    Bound(Bound),
    /// The peer sent this on the established stream.
    Element(Element),
    /// The stream is over. Nothing follows.
    Closed(Result<(), Error>),
}

impl Ending for InitiatorEvent {
    fn closed(result: Result<(), Error>) -> Self {
        Self::Closed(result)
    }
}

/// An established stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bound {
    /// The address that the server gave. It can differ from what was asked for in every part (RFC 6120 §4.3.6).
    pub jid: FullJid,
    /// How the client logged in. One that [pins](Mechanism::pins) is to be remembered with the account.
    pub mechanism: Option<Mechanism>,
    /// After SCRAM: keys that save the derivation at the next login
    /// ([`Config::keys`](crate::sasl::client::Config::keys)). As secret as the password.
    pub keys: Option<Keys>,
}

/// Negotiates a client stream. [`Session`](crate::Session) puts stanzas on top; most users want that.
#[derive(Debug)]
pub struct Initiator {
    config: ClientConfig,
    entropy: Entropy,
    voice: Voice<InitiatorEvent>,
    state: State,
    channel: Channel,
    /// What the login can be bound to.
    bindings: ChannelBindings,
    /// How the login went, once it is done.
    login: Option<(Mechanism, Option<Keys>)>,
    /// When negotiation must be done.
    deadline: Option<Instant>,
    /// Stanzas that came before the answer to the bind request.
    early: Vec<Element>,
}

/// How many stanzas may come before the answer to the bind request.
const MAX_EARLY: usize = 32;

/// What is awaited.
#[derive(Debug)]
enum State {
    /// [`Speaker::start`].
    Start,
    /// The peer's header.
    Header,
    Features,
    /// `<proceed/>`.
    Proceed,
    /// The adapter's TLS handshake.
    Handshake,
    /// What the server says of an account that is to be made.
    Register(Box<Registering>),
    /// `<challenge/>`, `<success/>` or `<failure/>`.
    Sasl(Box<client::Negotiation>),
    /// A key derivation.
    Derivation(Box<client::Negotiation>),
    Bind {
        id: String,
        session: bool,
    },
    Session {
        id: String,
        jid: FullJid,
    },
    Established,
}

impl Initiator {
    /// A machine for one stream. The 32 bytes must be unpredictable and never used for another machine.
    pub fn new(config: ClientConfig, entropy: [u8; 32], now: Now) -> Self {
        let deadline = Some(after(now.mono, config.negotiation_timeout));
        let voice = Voice::new(config.close_timeout);
        Self {
            config,
            entropy: Entropy::new(entropy),
            voice,
            state: State::Start,
            channel: Channel::Clear,
            bindings: ChannelBindings::new(),
            login: None,
            deadline,
            early: Vec::new(),
        }
    }

    /// Says `</stream>`; stanzas that still arrive are delivered until the peer answers.
    pub fn close(&mut self, now: Instant) {
        self.deadline = None;
        self.voice.close(now);
    }

    /// Whether stanzas can be sent.
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established) && self.voice.is_open()
    }

    /// Whether the stream is closed or being closed.
    pub fn is_ending(&self) -> bool {
        self.voice.is_ending()
    }

    /// Queues an element. Only for an established stream.
    pub(crate) fn send(&mut self, element: Element) {
        self.voice.send(element);
    }

    fn phase(&self) -> Phase {
        match &self.state {
            _ if self.voice.is_closing() => Phase::Closing,
            State::Start | State::Header | State::Features => Phase::Opening,
            State::Proceed | State::Handshake => Phase::Tls,
            State::Register(_) => Phase::Registration,
            State::Sasl(_) | State::Derivation(_) => Phase::Authentication,
            State::Bind { .. } | State::Session { .. } => Phase::Binding,
            State::Established => Phase::Established,
        }
    }

    fn open(&mut self) {
        let header = Header {
            to: Some(self.config.domain().to_owned()),
            // Before TLS the address would be told to who listens (§4.7.1).
            from: match self.channel {
                // Who has no name yet claims none.
                Channel::Secure if self.config.account.local().is_some() => {
                    Some(self.config.account.to_string())
                }
                _ => None,
            },
            id: None,
            lang: self.config.lang.clone(),
            version: Some((1, 0)),
            content: Content::Client,
        };
        self.voice.say(Out::Send(Item::Open(header)));
        self.state = State::Header;
    }

    fn handle_header(&mut self, header: &Header) {
        match header.version {
            Some((major, _)) if major >= 1 => self.state = State::Features,
            // Such a peer sends no features, and nothing can be negotiated (§4.7.5).
            _ => self.voice.end(Err(Error::OldPeer)),
        }
    }

    fn handle_features(&mut self, features: &Features) {
        if self.login.is_some() {
            return self.request_bind(features);
        }
        if self.channel == Channel::Clear {
            match (self.config.tls, features.starttls) {
                (TlsPolicy::Required, None) => return self.voice.end(Err(TlsError::NotOffered.into())),
                (TlsPolicy::Disabled, Some(Requirement::Mandatory)) => {
                    return self.voice.end(Err(TlsError::RequiredByPeer.into()));
                }
                (TlsPolicy::Required | TlsPolicy::IfPossible, Some(_)) => {
                    self.voice.send(starttls::starttls());
                    self.state = State::Proceed;
                    return;
                }
                (TlsPolicy::IfPossible | TlsPolicy::Disabled, _) => {}
            }
        }
        let secure = self.channel == Channel::Secure;
        let sasl = client::Negotiation::new(self.config.sasl.clone(), secure, self.entropy.fork("sasl"));
        let mut sasl = Box::new(sasl.with_bindings(self.bindings.clone()));
        match sasl.start(&features.offer()) {
            // No account is made that could not be logged in to.
            Ok(start) if self.config.registration.is_some() => {
                self.register(features.registration, Login { sasl, start });
            }
            Ok(start) => {
                self.voice.send(auth::auth(&start));
                self.state = State::Sasl(sasl);
            }
            Err(error) => self.fail_auth(error),
        }
    }

    fn fail_auth(&mut self, error: AuthError) {
        self.voice.end(Err(error.into()));
    }

    fn handle_sasl(&mut self, mut sasl: Box<client::Negotiation>, element: ElementRef<'_>) {
        let payload =
            || base64::decode_payload(&element.text()).map_err(|_| AuthError::Malformed(Malformed::Base64));
        match element.name() {
            "challenge" => match payload().and_then(|data| sasl.challenge(&data.unwrap_or_default())) {
                Ok(reply) => self.reply(sasl, reply),
                Err(error) => self.abort(error),
            },
            "success" => match payload().and_then(|data| sasl.success(data.as_deref())) {
                Ok(()) => {
                    self.login = sasl.mechanism().map(|mechanism| (mechanism, sasl.keys()));
                    self.voice.say(Out::Trusted);
                    self.voice.say(Out::Restart);
                    self.open();
                }
                Err(error) => self.fail_auth(error),
            },
            "failure" => {
                let (condition, text) = auth::parse_failure(element);
                match sasl.failure(condition, text.as_deref()) {
                    Ok(start) => {
                        self.voice.send(auth::auth(&start));
                        self.state = State::Sasl(sasl);
                    }
                    Err(error) => self.fail_auth(error),
                }
            }
            _ => self.keep(State::Sasl(sasl), element),
        }
    }

    fn reply(&mut self, sasl: Box<client::Negotiation>, reply: client::Reply) {
        match reply {
            client::Reply::Respond(data) => {
                self.voice.send(auth::exchange("response", &data));
                self.state = State::Sasl(sasl);
            }
            client::Reply::Work(work) => {
                self.voice.say(Out::Work(work));
                self.state = State::Derivation(sasl);
            }
            client::Reply::Ignored => self.state = State::Derivation(sasl),
        }
    }

    /// A mechanism cannot go on by our own judgement: the peer is told (§6.4.4), and no other mechanism is tried with a
    /// peer that cannot be trusted.
    fn abort(&mut self, error: AuthError) {
        self.voice.send(auth::abort());
        self.fail_auth(error);
    }

    fn request_bind(&mut self, features: &Features) {
        if !features.bind {
            return self.voice.end(Err(Error::FeatureMissing("resource binding")));
        }
        let id = self.entropy.token();
        self.voice.send(bind::request(&id, self.config.resource.as_deref()));
        self.state = State::Bind { id, session: features.session == Some(Requirement::Mandatory) };
    }

    fn handle_bound(&mut self, jid: FullJid) {
        self.deadline = None;
        self.state = State::Established;
        let (mechanism, keys) = self.login.take().unzip();
        self.voice.event(InitiatorEvent::Bound(Bound { jid, mechanism, keys: keys.flatten() }));
        for element in std::mem::take(&mut self.early) {
            self.voice.event(InitiatorEvent::Element(element));
        }
    }

    fn unexpected(&mut self, element: ElementRef<'_>) {
        let text = format!("<{} xmlns={:?}> was not expected {}", element.name(), element.ns(), self.phase());
        self.voice.refuse(StreamError::new(StreamCondition::UnsupportedStanzaType, text));
    }

    fn handle_element(&mut self, element: Element) {
        let view = element.root();
        if let Some(error) = StreamError::parse(view) {
            let not_offered = self.is_not_offered(&error);
            let not_offered = not_offered.then_some(RegistrationError::NotOffered(None));
            return self.voice.end(Err(not_offered.map_or(Error::Stream(error), Error::Registration)));
        }
        match std::mem::replace(&mut self.state, State::Established) {
            State::Established => self.voice.event(InitiatorEvent::Element(element)),
            // After our own </stream> negotiation is over; what still comes of it means nothing.
            state if self.voice.is_closing() => self.state = state,
            State::Features => match Features::parse(view) {
                Some(features) => {
                    self.state = State::Features;
                    self.handle_features(&features);
                }
                None => self.keep(State::Features, view),
            },
            State::Proceed if view.is("proceed", ns::TLS) => {
                self.state = State::Handshake;
                self.voice.say(Out::StartTls);
            }
            State::Proceed if view.is("failure", ns::TLS) => self.voice.end(Err(TlsError::Refused.into())),
            State::Register(registering) => self.handle_registration(registering, view),
            State::Sasl(sasl) if view.ns() == ns::SASL => {
                self.handle_sasl(sasl, view);
            }
            State::Bind { id, session } => match early_iq::answer(view, &id) {
                Some(Ok(iq)) => match bind::bound_jid(iq) {
                    Some(jid) if session => {
                        let id = self.entropy.token();
                        self.voice.send(bind::session_request(&id));
                        self.state = State::Session { id, jid };
                    }
                    Some(jid) => self.handle_bound(jid),
                    None => self.voice.refuse(StreamError::new(
                        StreamCondition::InvalidXml,
                        "the answer to the bind request holds no full address",
                    )),
                },
                Some(Err(error)) => self.voice.end(Err(Error::Bind(error))),
                None => self.early_stanza(State::Bind { id, session }, element),
            },
            State::Session { id, jid } => match early_iq::answer(view, &id) {
                Some(Ok(_)) => self.handle_bound(jid),
                Some(Err(error)) => self.voice.end(Err(Error::Bind(error))),
                None => self.early_stanza(State::Session { id, jid }, element),
            },
            state => self.keep(state, view),
        }
    }

    fn keep(&mut self, state: State, element: ElementRef<'_>) {
        self.state = state;
        self.unexpected(element);
    }

    /// A server may route stanzas to a resource before its answer to the bind request has left. They wait, because a
    /// request among them must be answered (§8.2.3), and nothing can be sent yet.
    fn early_stanza(&mut self, state: State, element: Element) {
        self.state = state;
        if self.early.len() < MAX_EARLY {
            self.early.push(element);
        } else {
            let text = "too many stanzas before the answer to the bind request";
            self.voice.refuse(StreamError::new(StreamCondition::PolicyViolation, text));
        }
    }
}

impl Sealed for Initiator {}

impl Speaker for Initiator {
    type Event = InitiatorEvent;

    fn start(&mut self, channel: Channel, _now: Instant) {
        self.channel = channel;
        if channel == Channel::ClearForGood && self.config.tls == TlsPolicy::Required {
            self.voice.finish(Err(TlsError::ClearTransport.into()));
        } else {
            self.open();
        }
    }

    fn handle_item(&mut self, item: Item, _now: Instant) {
        match item {
            _ if self.voice.is_closed() => {}
            Item::Close { see_other } => {
                let early = match self.state {
                    State::Established => None,
                    _ => Some(Error::ClosedEarly(self.phase())),
                };
                self.voice.handle_close(see_other, early);
            }
            Item::Element(element) => self.handle_element(element),
            Item::Open(_) if self.voice.is_closing() => {}
            Item::Open(header) => match self.state {
                State::Header => self.handle_header(&header),
                _ => {
                    self.voice
                        .refuse(StreamError::new(StreamCondition::InvalidXml, "a second stream header"));
                }
            },
        }
    }

    fn handle_wire_error(&mut self, error: WireError, _now: Instant) {
        self.voice.handle_wire_error(error);
    }

    fn handle_eof(&mut self, _now: Instant) {
        self.voice.handle_eof(Error::Eof(self.phase()));
    }

    fn handle_tls(&mut self, outcome: Result<TlsInfo, TlsFailure>, _now: Instant) {
        if !matches!(self.state, State::Handshake) || self.voice.is_closed() {
            return;
        }
        match outcome {
            Ok(info) => {
                self.bindings = info.bindings;
                // All that was learnt in clear is void (§5.4.3.3): the state holds none of it.
                self.channel = Channel::Secure;
                self.voice.say(Out::Restart);
                self.open();
            }
            Err(failure) => self.voice.handle_untrusted(TlsError::Handshake(failure)),
        }
    }

    fn handle_injection(&mut self) {
        self.voice.handle_untrusted(TlsError::Injection);
    }

    fn handle_worked(&mut self, worked: Worked, _now: Instant) {
        match std::mem::replace(&mut self.state, State::Established) {
            State::Derivation(mut sasl) if !self.is_ending() => match sasl.worked(worked) {
                Ok(reply) => self.reply(sasl, reply),
                Err(error) => self.abort(error),
            },
            state => self.state = state,
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.voice.handle_timeout(now);
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            let phase = self.phase();
            self.voice.end(Err(Error::Timeout(phase)));
        }
    }

    fn poll(&mut self) -> Option<Out<InitiatorEvent>> {
        self.voice.poll()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.voice.is_closed() {
            return None;
        }
        earliest(self.deadline, self.voice.deadline())
    }

    fn is_ready(&self) -> bool {
        !matches!(self.state, State::Handshake | State::Derivation(_)) || self.is_ending()
    }
}
