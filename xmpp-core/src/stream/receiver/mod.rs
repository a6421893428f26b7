//! The receiving side of a client stream: a server's end (RFC 6120 §4 to §7).

mod config;
mod login;
mod register;
mod verbs;

use jid::{BareJid, FullJid, Jid};

use super::{
    Features, StreamCondition, StreamError, auth, bind,
    features::Requirement,
    starttls,
    voice::{Ending, Voice},
};
use crate::{
    entropy::Entropy,
    error::{Error, Phase},
    item::{Content, Header, Item},
    sasl::{Condition, Mechanism, base64, server},
    speaker::{Out, Speaker, sealed::Sealed},
    stanza::StanzaCondition,
    time::{Instant, Now, after, earliest},
    tls::{TlsError, TlsFailure, TlsInfo, TlsPolicy},
    wire::{Channel, WireError},
    work::Worked,
    xml::{Element, ElementRef, ns},
};

pub use config::{ReceiverConfig, ReceiverEvent};
use register::Registrations;

impl Ending for ReceiverEvent {
    fn closed(result: Result<(), Error>) -> Self {
        Self::Closed(result)
    }
}

/// Negotiates the server's end of a client stream, and passes stanzas once a resource is bound.
///
/// Its verbs are on the link, see [`TcpServer`](crate::TcpServer): `credentials` answers
/// [`Lookup`](ReceiverEvent::Lookup), `token` answers [`Token`](ReceiverEvent::Token), `bind` answers
/// [`Bind`](ReceiverEvent::Bind), `registered` answers [`Register`](ReceiverEvent::Register) and
/// [`ChangePassword`](ReceiverEvent::ChangePassword), then `send` and `close`.
///
/// A client and a server in one process, with no socket between them:
/// ```
/// use std::time::Instant;
/// use xmpp_core::{Action, ClientConfig, Event, Session, SessionConfig, TcpClient, TcpServer, TlsPolicy};
/// use xmpp_core::sasl::{scram::StoredCredentials, server};
/// use xmpp_core::stream::{Receiver, ReceiverConfig, ReceiverEvent};
/// use xmpp_core::{wire::TcpWire, xml::Limits};
///
/// let now = Instant::now();
/// let mut account = ClientConfig::new("juliet@example.org/balcony", "secret")?;
/// account.tls = TlsPolicy::Disabled; // nothing leaves this process
/// let session = Session::new(SessionConfig::new(account), [1; 32], now.into());
/// let mut client = TcpClient::new(session, TcpWire::new(Limits::default()), now);
///
/// let mut config = ReceiverConfig::new("example.org", server::Config::new([2; 32]));
/// config.tls = TlsPolicy::Disabled;
/// let mut server = TcpServer::new(Receiver::new(config, [3; 32], now.into()), TcpWire::new(Limits::default()), now);
/// let stored = StoredCredentials::derive("secret", b"salt of juliet..", 4096)?;
///
/// let mut online = None;
/// while online.is_none() {
///     while let Some(action) = client.poll() {
///         match action {
///             Action::Transport(bytes) => server.input(now).handle_input(&bytes),
///             Action::Work(work) => client.handle_worked(now, work.run()),
///             Action::Event(Event::Online(bound)) => online = Some(bound.jid),
///             other => panic!("{other:?}"),
///         }
///     }
///     while let Some(action) = server.poll() {
///         match action {
///             Action::Transport(bytes) => client.input(now).handle_input(&bytes),
///             Action::Event(ReceiverEvent::Lookup { username, .. }) => {
///                 server.credentials(now, (username == "juliet").then_some(&stored))?;
///             }
///             Action::Event(ReceiverEvent::Bind { account, resource }) => {
///                 server.bind(now, Ok(account.with_resource(resource.as_deref().unwrap_or("made"))?))?;
///             }
///             Action::Event(ReceiverEvent::Authenticated { .. }) => {}
///             other => panic!("{other:?}"),
///         }
///     }
/// }
/// assert_eq!(online.unwrap().as_str(), "juliet@example.org/balcony");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Receiver {
    config: ReceiverConfig,
    entropy: Entropy,
    voice: Voice<ReceiverEvent>,
    state: State,
    channel: Channel,
    /// What the handshake told.
    tls: TlsInfo,
    deadline: Option<Instant>,
    /// When something was heard or told last.
    now: Instant,
    /// The address in the header of the stream that is being negotiated.
    claimed: Option<Jid>,
    binds_refused: u32,
    registrations: Registrations,
}

/// What is awaited.
#[derive(Debug)]
enum State {
    /// The client's header; with an account once it is authenticated.
    Header(Option<BareJid>),
    /// `<starttls/>` or `<auth/>`, or more of a SASL exchange.
    Negotiation {
        sasl: Option<Box<server::Negotiation>>,
    },
    /// The adapter's TLS handshake.
    Handshake,
    /// The server's credentials for a user.
    Lookup(Box<server::Negotiation>),
    /// A key derivation.
    Derivation(Box<server::Negotiation>),
    /// The time at which this refusal may leave.
    Refusal {
        sasl: Box<server::Negotiation>,
        failure: server::Failure,
        at: Instant,
    },
    /// The bind request.
    Bind(BareJid),
    /// The server's choice of a resource.
    Resource {
        id: String,
        account: BareJid,
    },
    Established(FullJid),
}

impl Receiver {
    /// A machine for one stream. The 32 bytes must be unpredictable and never used for another machine.
    pub fn new(config: ReceiverConfig, entropy: [u8; 32], now: Now) -> Self {
        let deadline = Some(after(now.mono, config.negotiation_timeout));
        let voice = Voice::new(config.close_timeout);
        Self {
            config,
            entropy: Entropy::new(entropy),
            voice,
            state: State::Header(None),
            channel: Channel::Clear,
            tls: TlsInfo::default(),
            deadline,
            now: now.mono,
            claimed: None,
            binds_refused: 0,
            registrations: Registrations::default(),
        }
    }

    /// The bound address, once there is one.
    pub fn jid(&self) -> Option<&FullJid> {
        match &self.state {
            State::Established(jid) => Some(jid),
            _ => None,
        }
    }

    fn phase(&self) -> Phase {
        match &self.state {
            _ if self.voice.is_closing() => Phase::Closing,
            State::Established(_) => Phase::Established,
            _ if self.registrations.is_pending() => Phase::Registration,
            State::Header(None) | State::Negotiation { sasl: None } => Phase::Opening,
            State::Handshake => Phase::Tls,
            State::Negotiation { .. } | State::Lookup(_) | State::Derivation(_) | State::Refusal { .. } => {
                Phase::Authentication
            }
            State::Header(Some(_)) | State::Bind(_) | State::Resource { .. } => Phase::Binding,
        }
    }

    /// Our header. It is said even when it is followed by an error only (RFC 6120 §4.9.1.2).
    fn say_header(&mut self, peer: &Header) {
        let from =
            peer.from.as_deref().and_then(|from| Jid::new(from).ok()).map(|from| from.bare().to_string());
        self.voice.say(Out::Send(Item::Open(Header {
            to: from,
            from: Some(self.config.domain.clone()),
            id: Some(self.entropy.token()),
            lang: self.lang_for(peer.lang.as_deref()),
            version: Some((1, 0)),
            content: Content::Client,
        })));
    }

    /// The look-up of RFC 4647 §3.4: the wish, cut from its end until something matches; the default otherwise.
    fn lang_for(&self, wish: Option<&str>) -> Option<String> {
        let mut range = wish.unwrap_or_default();
        loop {
            if let Some(lang) = self.config.langs.iter().find(|lang| lang.eq_ignore_ascii_case(range)) {
                return Some(lang.clone());
            }
            match range.rsplit_once('-') {
                // A single letter or digit introduces what follows it, and goes with it.
                Some((shorter, _)) => {
                    range = match shorter.rsplit_once('-') {
                        Some((rest, single)) if single.len() == 1 => rest,
                        _ => shorter,
                    }
                }
                None => return self.config.langs.first().cloned(),
            }
        }
    }

    fn handle_header(&mut self, account: Option<BareJid>, header: &Header) {
        self.say_header(header);
        let refusal = match (&header.to, &header.from, header.version) {
            (_, _, None | Some((0, _))) => Some((StreamCondition::UnsupportedVersion, "XMPP 1.0 is needed")),
            (Some(to), ..) if Jid::new(to).is_err() => {
                Some((StreamCondition::ImproperAddressing, "the address in 'to' is malformed"))
            }
            (Some(to), ..) if !self.serves(to) => {
                Some((StreamCondition::HostUnknown, "this domain is not served here"))
            }
            (_, Some(from), _) if Jid::new(from).is_err() => {
                Some((StreamCondition::InvalidFrom, "the address in 'from' is malformed"))
            }
            _ => None,
        };
        if let Some((condition, text)) = refusal {
            return self.voice.refuse(StreamError::new(condition, text));
        }
        self.claimed = header.from.as_deref().and_then(|from| Jid::new(from).ok());
        let mut features = Features::default();
        if let Some(account) = account {
            features.bind = true;
            features.session = Some(Requirement::Voluntary);
            self.state = State::Bind(account);
        } else {
            features.starttls = match (self.channel, self.config.tls) {
                (Channel::Clear, TlsPolicy::Required) => Some(Requirement::Mandatory),
                (Channel::Clear, TlsPolicy::IfPossible) => Some(Requirement::Voluntary),
                _ => None,
            };
            let sasl = self.may_authenticate().then(|| Box::new(self.login()));
            if let Some(sasl) = &sasl {
                let offer = sasl.offer();
                features.mechanisms = offer.mechanisms;
                features.binding_types = offer.binding_types;
                features.registration = self.config.registration;
            }
            self.state = State::Negotiation { sasl };
        }
        self.voice.send(features.to_element());
    }

    fn serves(&self, to: &str) -> bool {
        Jid::new(to).is_ok_and(|to| to.as_str() == self.config.domain)
    }

    fn handle_bind(&mut self, account: BareJid, element: ElementRef<'_>) {
        if let Some(bind::Request::Bind { id, resource }) = bind::parse_request(element) {
            self.voice.event(ReceiverEvent::Bind { account: account.clone(), resource });
            self.state = State::Resource { id, account };
        } else {
            self.state = State::Bind(account);
            self.refuse(StreamCondition::NotAuthorized, "bind a resource first");
        }
    }

    fn handle_stanza(&mut self, jid: &FullJid, element: &Element) {
        let view = element.root();
        if view.ns() != ns::CLIENT || !matches!(view.name(), "message" | "presence" | "iq") {
            return self.refuse(StreamCondition::UnsupportedStanzaType, "only stanzas are understood here");
        }
        if let Some(from) = view.attr("from") {
            let own =
                Jid::new(&from).is_ok_and(|from| from.view() == jid.view() || from.view() == jid.bare());
            if !own {
                return self.refuse(StreamCondition::InvalidFrom, "the address in 'from' is not yours");
            }
        }
        if let Some(bind::Request::Session { id }) = bind::parse_request(view) {
            return self.voice.send(bind::session_result(&id));
        }
        if self.config.registration && self.handle_change(jid, view) {
            return;
        }
        match element.with_attrs(&[("from", Some(jid.as_str()))]) {
            Ok(stamped) => self.voice.event(ReceiverEvent::Stanza(stamped)),
            Err(_) => self.refuse(StreamCondition::InternalServerError, "the stanza cannot be stamped"),
        }
    }

    fn refuse(&mut self, condition: StreamCondition, text: &str) {
        self.voice.refuse(StreamError::new(condition, text));
    }

    fn handle_element(&mut self, element: &Element) {
        let view = element.root();
        if let Some(error) = StreamError::parse(view) {
            return self.voice.end(Err(Error::Stream(error)));
        }
        let placeholder = State::Negotiation { sasl: None };
        match std::mem::replace(&mut self.state, placeholder) {
            State::Established(jid) => {
                self.handle_stanza(&jid, element);
                self.state = State::Established(jid);
            }
            state if self.voice.is_closing() => self.state = state,
            State::Negotiation { sasl } => self.handle_negotiation(sasl, view),
            State::Bind(account) => self.handle_bind(account, view),
            // A wire of HTTP bodies lets an element come where the restart is due (§6.4.6).
            State::Header(account) => {
                self.state = State::Header(account);
                self.say_header(&Header::default());
                self.refuse(StreamCondition::NotAuthorized, "restart the stream first");
            }
            // Nothing is decoded in the other states.
            state => self.state = state,
        }
    }
}

impl Sealed for Receiver {}

impl Speaker for Receiver {
    type Event = ReceiverEvent;

    fn start(&mut self, channel: Channel, _now: Instant) {
        self.channel = channel;
    }

    fn handle_item(&mut self, item: Item, now: Instant) {
        self.now = now;
        match item {
            _ if self.voice.is_closed() => {}
            Item::Close { see_other } => {
                let early = match self.state {
                    State::Established(_) => None,
                    _ => Some(Error::ClosedEarly(self.phase())),
                };
                self.voice.handle_close(see_other, early);
            }
            Item::Element(element) => {
                self.handle_element(&element);
                if self.registrations.is_pending() {
                    // Nothing is read until it is done, which must not be for ever on an established stream either.
                    self.deadline.get_or_insert(after(now, self.config.negotiation_timeout));
                }
            }
            Item::Open(_) if self.voice.is_closing() => {}
            Item::Open(header) => match &mut self.state {
                State::Header(account) => {
                    let account = account.take();
                    self.handle_header(account, &header);
                }
                _ => self.refuse(StreamCondition::InvalidXml, "a second stream header"),
            },
        }
    }

    fn handle_wire_error(&mut self, error: WireError, _now: Instant) {
        if matches!(self.state, State::Header(_)) && error.condition().is_some() && !self.voice.is_closing() {
            self.say_header(&Header::default());
        }
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
                self.channel = Channel::Secure;
                self.tls = info;
                self.voice.say(Out::Restart);
                self.state = State::Header(None);
            }
            Err(failure) => self.voice.handle_untrusted(TlsError::Handshake(failure)),
        }
    }

    fn handle_injection(&mut self) {
        self.voice.handle_untrusted(TlsError::Injection);
    }

    fn handle_worked(&mut self, worked: Worked, now: Instant) {
        self.now = now;
        // After our own </stream> nothing is said any more, whoever the client may be.
        if self.voice.is_ending() {
            return;
        }
        if self.registrations.is_pending() {
            return self.handle_derived(worked);
        }
        let placeholder = State::Negotiation { sasl: None };
        match std::mem::replace(&mut self.state, placeholder) {
            State::Derivation(mut sasl) => {
                let step = sasl.worked(worked);
                self.handle_step(sasl, step);
            }
            state => self.state = state,
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.voice.handle_timeout(now);
        if self.deadline.is_some_and(|deadline| deadline <= now) && !self.voice.is_closed() {
            self.deadline = None;
            let phase = self.phase();
            if self.voice.is_open() {
                let error = StreamError::new(StreamCondition::ConnectionTimeout, "negotiation took too long");
                self.voice.send(error.to_element());
            }
            self.voice.end(Err(Error::Timeout(phase)));
        }
        self.release(now);
    }

    fn poll(&mut self) -> Option<Out<ReceiverEvent>> {
        self.voice.poll()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.voice.is_closed() {
            return None;
        }
        let refusal = match &self.state {
            State::Refusal { at, .. } if self.voice.is_open() => Some(*at),
            _ => None,
        };
        earliest(refusal, earliest(self.deadline, self.voice.deadline()))
    }

    fn is_ready(&self) -> bool {
        let waits = matches!(
            self.state,
            State::Handshake
                | State::Lookup(_)
                | State::Derivation(_)
                | State::Refusal { .. }
                | State::Resource { .. }
        );
        !(waits || self.registrations.is_pending()) || self.voice.is_ending()
    }
}
