//! A client's session: the stream, and on it requests with their responses and the answers every client owes.

mod config;
mod owed;
mod verbs;

use std::collections::VecDeque;

use jid::{FullJid, Jid};

use crate::{
    entropy::Entropy,
    error::Error,
    item::Item,
    speaker::{Out, Speaker, sealed::Sealed},
    stanza::{Iq, IqKind, StanzaCondition, StanzaError, StanzaKind, Tracker, iq},
    stream::{Bound, Initiator, InitiatorEvent},
    time::{Instant, Now, earliest},
    tls::{TlsFailure, TlsInfo},
    wire::{Channel, WireError},
    work::Worked,
    xep::AutoReply,
    xml::{Element, ns},
};

pub use config::SessionConfig;
use owed::Owed;

/// A request that awaits its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// What a session tells the application.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Logged in: stanzas may be sent.
    Online(Bound),
    /// A message, presence, or a request whose namespace the application claims
    /// ([`SessionConfig::claims`]): answer that one with [`iq::result`] or
    /// [`iq::error`] and `send`. Also a response that nobody awaits, and what the server says besides stanzas: look at
    /// the name and the namespace, and ignore what is not known.
    Stanza(Element),
    /// A request is over.
    Response {
        /// What `request` returned.
        id: RequestId,
        /// The response of type `result`, or why there is none.
        outcome: Result<Element, RequestError>,
    },
    /// The session is over. Nothing follows.
    Closed(Result<(), Error>),
}

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// The response is an error. The whole response comes with it: its payload may tell more.
    Refused {
        /// The error.
        error: StanzaError,
        /// The response that carried it.
        response: Element,
    },
    /// The response breaks the rules of responses (RFC 6120 §8.2.3), such as a result with two payloads.
    Malformed(Element),
    /// No response came in time. One that comes later is not delivered.
    Timeout,
    /// The stream ended before the response came.
    Disconnected,
}

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { error, .. } => write!(f, "the request was refused: {error}"),
            Self::Malformed(_) => f.write_str("the response is malformed"),
            Self::Timeout => f.write_str("no response came in time"),
            Self::Disconnected => f.write_str("the stream ended before the response came"),
        }
    }
}

impl std::error::Error for RequestError {}

/// The speaker of a client: logs in, tracks requests, answers what every client must answer (ping, discovery, software
/// version; an error to every other request that the application does not claim, RFC 6120 §8.2.3).
///
/// Its verbs are on the link: see [`TcpClient`](crate::TcpClient). The crate's first example runs one;
/// [`Receiver`](crate::stream::Receiver) shows it with its other side.
///
/// ```
/// use std::time::{Duration, Instant};
/// use xmpp_core::{Action, ApiMisuse, ClientConfig, Session, SessionConfig, TcpClient};
/// use xmpp_core::{stanza::iq, wire::TcpWire, xep::ping, xml::Limits};
///
/// let mut config = SessionConfig::new(ClientConfig::new("meter@example.org/roof", "secret")?);
/// config.claims.push("urn:example:meter".to_owned()); // requests that this program answers itself
/// let now = Instant::now();
/// let mut link = TcpClient::new(Session::new(config, [7; 32], now.into()), TcpWire::new(Limits::default()), now);
///
/// let Some(Action::Transport(header)) = link.poll() else { panic!("it speaks first") };
/// assert!(header.starts_with(b"<?xml version='1.0'?><stream:stream "));
/// let request = iq::get(None, &ping::request());
/// let refused = link.request(now, request, Duration::from_secs(10));
/// assert_eq!(refused, Err(ApiMisuse::NotReady), "not logged in yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    initiator: Initiator,
    entropy: Entropy,
    auto_reply: AutoReply,
    jid: Option<FullJid>,
    requests: Tracker<RequestId>,
    next_request: u64,
    owed: Owed,
    events: VecDeque<Event>,
    now: Instant,
}

impl Session {
    /// A machine for one stream. The 32 bytes must be unpredictable and never used for another machine.
    pub fn new(config: SessionConfig, entropy: [u8; 32], now: Now) -> Self {
        let mut entropy = Entropy::new(entropy);
        let mut seed = [0; 32];
        entropy.fork("initiator").fill(&mut seed);
        let auto_reply = config.auto_reply();
        Self {
            initiator: Initiator::new(config.client, seed, now),
            entropy,
            auto_reply,
            jid: None,
            requests: Tracker::new(config.max_requests),
            next_request: 0,
            owed: Owed::new(config.max_owed, config.answer_timeout),
            events: VecDeque::new(),
            now: now.mono,
        }
    }

    /// The bound address, once logged in.
    pub fn jid(&self) -> Option<&FullJid> {
        self.jid.as_ref()
    }

    /// How many requests await their response.
    pub fn pending_requests(&self) -> usize {
        self.requests.len()
    }

    fn handle_stanza(&mut self, stanza: Element) -> Option<Event> {
        if !stanza.is("iq", ns::CLIENT) {
            return Some(Event::Stanza(stanza));
        }
        let view = stanza.root();
        match Iq::parse(view) {
            Ok(request) if matches!(request.kind, IqKind::Get | IqKind::Set) => {
                if let Some(answer) = self.auto_reply.answer(&request) {
                    self.say(answer);
                    return None;
                }
                if self.owed.add(view, self.now) {
                    return Some(Event::Stanza(stanza));
                }
                self.say(iq::error(view, &StanzaCondition::ResourceConstraint.into()));
                None
            }
            Ok(response) => {
                let own = self.jid.as_ref()?;
                match self.requests.take(&response, own) {
                    Some(id) => Some(Event::Response { id, outcome: outcome(&stanza, &response) }),
                    // Nobody asked, or it came too late, or somebody else tries to answer: to the application it is a
                    // stanza like any other.
                    None => Some(Event::Stanza(stanza)),
                }
            }
            Err(malformed) => {
                if let Some(id) = self.take_malformed(&stanza) {
                    return Some(Event::Response { id, outcome: Err(RequestError::Malformed(stanza)) });
                }
                if let Some(answer) = malformed.reply(view) {
                    self.say(answer);
                }
                None
            }
        }
    }

    /// The request that a response answers which breaks the rules of responses: it is over all the same.
    fn take_malformed(&mut self, stanza: &Element) -> Option<RequestId> {
        if !matches!(stanza.attr("type").as_deref(), Some("result" | "error")) {
            return None;
        }
        let from = stanza.attr("from");
        let from = from.as_deref().map(Jid::new).transpose().ok()?;
        self.requests.take_from(
            StanzaKind::Iq,
            &stanza.attr("id")?,
            from.as_ref().map(Jid::view),
            self.jid.as_ref()?,
        )
    }

    /// Sends what the session itself has to say, unless the stream is ending.
    fn say(&mut self, element: Element) {
        if self.initiator.is_established() {
            self.initiator.send(element);
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(id) = self.requests.expire(now) {
            self.events.push_back(Event::Response { id, outcome: Err(RequestError::Timeout) });
        }
        while let Some(answer) = self.owed.expire(now) {
            self.say(answer);
        }
    }

    fn disconnect(&mut self, result: Result<(), Error>) {
        while let Some(id) = self.requests.pop() {
            self.events.push_back(Event::Response { id, outcome: Err(RequestError::Disconnected) });
        }
        self.events.push_back(Event::Closed(result));
    }
}

fn outcome(stanza: &Element, response: &Iq<'_>) -> Result<Element, RequestError> {
    match response.error() {
        Some(error) => Err(RequestError::Refused { error, response: stanza.clone() }),
        None => Ok(stanza.clone()),
    }
}

impl Sealed for Session {}

impl Speaker for Session {
    type Event = Event;

    fn start(&mut self, channel: Channel, now: Instant) {
        self.initiator.start(channel, now);
    }

    fn handle_item(&mut self, item: Item, now: Instant) {
        self.now = now;
        self.initiator.handle_item(item, now);
    }

    fn handle_wire_error(&mut self, error: WireError, now: Instant) {
        self.initiator.handle_wire_error(error, now);
    }

    fn handle_eof(&mut self, now: Instant) {
        self.initiator.handle_eof(now);
    }

    fn handle_tls(&mut self, outcome: Result<TlsInfo, TlsFailure>, now: Instant) {
        self.initiator.handle_tls(outcome, now);
    }

    fn handle_injection(&mut self) {
        self.initiator.handle_injection();
    }

    fn handle_worked(&mut self, worked: Worked, now: Instant) {
        self.initiator.handle_worked(worked, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.initiator.handle_timeout(now);
        self.expire(now);
    }

    fn poll(&mut self) -> Option<Out<Event>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(Out::Event(event));
            }
            return Some(match self.initiator.poll()? {
                Out::Event(InitiatorEvent::Bound(bound)) => {
                    self.jid = Some(bound.jid.clone());
                    Out::Event(Event::Online(bound))
                }
                Out::Event(InitiatorEvent::Element(element)) => match self.handle_stanza(element) {
                    Some(event) => Out::Event(event),
                    None => continue,
                },
                Out::Event(InitiatorEvent::Closed(result)) => {
                    self.disconnect(result);
                    continue;
                }
                Out::Send(item) => Out::Send(item),
                Out::Restart => Out::Restart,
                Out::Trusted => Out::Trusted,
                Out::StartTls => Out::StartTls,
                Out::Shutdown => Out::Shutdown,
                Out::Work(work) => Out::Work(work),
            });
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.initiator.poll_timeout(), self.requests.poll_timeout(), self.owed.poll_timeout()]
            .into_iter()
            .fold(None, earliest)
    }

    fn is_ready(&self) -> bool {
        self.initiator.is_ready()
    }
}
