//! What the tests share: a clock that stands still, stanzas, and a validator that every request of a client passes.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bosh_core::{
    Body, BoshClient, BoshError, ClientConfig, ClientOutput, HttpRequest, MAX_RID, RequestId, SessionError,
    Type,
};
use bytes::Bytes;
use xmpp_core::{
    Header, Item, Wire,
    wire::WireError,
    xml::{Element, ns},
};

/// One instant per test; all others are reckoned from it.
#[allow(clippy::disallowed_methods, reason = "the base of a virtual clock")]
pub fn start() -> Instant {
    Instant::now()
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn header(to: &str) -> Item {
    Item::Open(Header {
        to: Some(to.into()),
        lang: Some("en".into()),
        version: Some((1, 0)),
        ..Header::default()
    })
}

pub fn message(number: u64) -> Element {
    Element::build("message", ns::CLIENT).leaf("body", ns::CLIENT, &number.to_string()).finish().unwrap()
}

pub fn message_number(element: &Element) -> Option<u64> {
    element.child("body", ns::CLIENT)?.text().parse().ok()
}

pub fn element(xml: &str) -> Element {
    xml.parse().unwrap()
}

/// A body in the namespace of BOSH with these attributes and this content.
pub fn body(attributes: &str, content: &str) -> String {
    format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' \
         xmlns:stream='http://etherx.jabber.org/streams' {attributes}>{content}</body>"
    )
}

pub fn carrier(error: WireError) -> BoshError {
    match error {
        WireError::Carrier(error) => error.downcast_ref::<BoshError>().expect("a BoshError").clone(),
        other => panic!("{other}"),
    }
}

pub fn session_error(error: WireError) -> SessionError {
    match error {
        WireError::Carrier(error) => error.downcast_ref::<SessionError>().expect("a SessionError").clone(),
        other => panic!("{other}"),
    }
}

/// A client under a script: hands out requests, checks each with the [`Validator`], and takes answers.
#[derive(Debug)]
pub struct Scripted {
    pub wire: BoshClient,
    pub now: Instant,
    pub validator: Validator,
    pub aborted: Vec<RequestId>,
}

/// The creation answer that most scripts begin with.
pub const CREATED: &str =
    "sid='SomeSID' wait='60' requests='2' hold='1' inactivity='30' polling='5' ver='1.11' from='example.org'";

impl Scripted {
    /// Scripts do not wait for answers of an application; that a client does is a matter of a test of its own.
    pub fn new(mut config: ClientConfig) -> Self {
        config.linger = Duration::ZERO;
        Self::lingering(config)
    }

    pub fn lingering(config: ClientConfig) -> Self {
        Self {
            wire: BoshClient::new(config, [7; 32]),
            now: start(),
            validator: Validator::default(),
            aborted: Vec::new(),
        }
    }

    /// A client whose session exists: created with these attributes, its opening taken.
    pub fn created(config: ClientConfig, attributes: &str) -> Self {
        let mut client = Self::new(config);
        client.wire.push(header("example.org"));
        let create = client.request();
        client.answer(&create, &body(attributes, ""));
        assert!(matches!(client.item(), Some(Item::Open(_))));
        client
    }

    /// As `created`, and past the negotiation: one empty request is held.
    pub fn idle() -> (Self, HttpRequest) {
        let mut client = Self::created(ClientConfig::new(true), CREATED);
        let held = client.request();
        (client, held)
    }

    pub fn poll(&mut self) -> Option<HttpRequest> {
        loop {
            match self.wire.poll_output(self.now)? {
                ClientOutput::Request(request) => {
                    self.validator.request(&request);
                    assert!(request.deadline > self.now);
                    return Some(request);
                }
                ClientOutput::Abort(id) => {
                    self.validator.abort(id);
                    self.aborted.push(id);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The one request that is due.
    pub fn request(&mut self) -> HttpRequest {
        self.poll().expect("a request is due")
    }

    pub fn quiet(&mut self) {
        if let Some(request) = self.poll() {
            panic!("no request is due, and there is {:?}", request.body);
        }
    }

    pub fn answer(&mut self, request: &HttpRequest, xml: &str) {
        self.status(request, 200, xml);
    }

    pub fn status(&mut self, request: &HttpRequest, status: u16, xml: &str) {
        self.validator.answer(request.id, xml.as_bytes());
        self.wire.handle_response(request.id, status, xml.as_bytes());
    }

    pub fn fail(&mut self, request: &HttpRequest) {
        self.validator.abort(request.id);
        self.wire.handle_failure(request.id, "connection reset");
    }

    pub fn item(&mut self) -> Option<Item> {
        self.wire.next_item(self.now).unwrap()
    }

    pub fn error(&mut self) -> BoshError {
        carrier(self.wire.next_item(self.now).unwrap_err())
    }

    /// All items, as words: `open`, the name of an element or the number in a message, `close`.
    pub fn items(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.item()).map(|item| words(&item)).collect()
    }

    /// Waits until the wire's own deadline.
    pub fn wait(&mut self) {
        self.now = self.wire.poll_timeout().expect("a deadline");
        self.wire.handle_timeout(self.now);
    }
}

pub fn words(item: &Item) -> String {
    match item {
        Item::Open(_) => "open".into(),
        Item::Element(element) => match message_number(element) {
            Some(number) => number.to_string(),
            None => element.name().into(),
        },
        Item::Close { see_other: None } => "close".into(),
        Item::Close { see_other: Some(uri) } => format!("close {uri}"),
    }
}

/// Checks that what a client sends keeps the rules, whatever the test is about.
#[derive(Debug, Default)]
pub struct Validator {
    sid: Option<String>,
    requests: usize,
    last: Option<u64>,
    /// The bytes of each `rid`.
    sent: BTreeMap<u64, Bytes>,
    /// HTTP requests on their way.
    open: BTreeMap<RequestId, u64>,
    /// `rid`s without an answer.
    unanswered: BTreeMap<u64, bool>,
    restart_due: bool,
    terminated: bool,
}

impl Validator {
    /// The stream was restarted: the very next new body must say so.
    pub fn expect_restart(&mut self) {
        self.restart_due = true;
    }

    pub fn request(&mut self, request: &HttpRequest) -> Body {
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        let body = Body::parse(&request.body).unwrap_or_else(|error| panic!("{error}: {text}"));
        let rid = body.rid.expect("BSH-22: each request has a rid");
        assert!(rid > 0 && rid <= MAX_RID, "BSH-23");
        assert!(!self.open.values().any(|&open| open == rid), "BSH-43: two copies of {rid} on their way");
        assert!(self.open.insert(request.id, rid).is_none(), "each HTTP request has its own number");
        if let Some(before) = self.sent.get(&rid) {
            assert_eq!(before, &request.body, "BSH-39: a repeated request has the same bytes");
            assert!(self.unanswered.contains_key(&rid), "nothing that was answered is repeated");
            return body;
        }
        if let Some(last) = self.last {
            assert_eq!(rid, last + 1, "BSH-23: each new request has the next rid");
        }
        assert!(!self.terminated, "nothing new follows the end");
        match &self.sid {
            None => {
                assert!(self.sent.is_empty(), "BSH-21: one request until there is a session");
                assert!(body.sid.is_none() && body.wait.is_some() && body.hold.is_some(), "BSH-11: {text}");
                assert!(
                    body.ver.is_some() && body.to.is_some() && body.xmpp_version.is_some(),
                    "XBH-01: {text}"
                );
            }
            Some(sid) => {
                assert_eq!(body.sid.as_ref(), Some(sid), "BSH-22");
                assert!(body.wait.is_none() && body.hold.is_none() && body.ver.is_none(), "BSH-58: {text}");
                let free = self.requests + usize::from(body.kind == Some(Type::Terminate));
                assert!(self.unanswered.len() < free, "BSH-26: {} are open", self.unanswered.len());
                let oldest = self.unanswered.keys().next().copied().unwrap_or(rid);
                let acknowledged = body.ack.unwrap_or(rid - 1);
                assert_eq!(acknowledged, oldest - 1, "BSH-35: {text}");
            }
        }
        if self.restart_due {
            assert!(
                body.restart && body.payload.is_empty(),
                "XBH-05: the restart is the very next body: {text}"
            );
            self.restart_due = false;
        } else {
            assert!(!body.restart, "no restart unasked: {text}");
        }
        for stanza in &body.payload {
            assert_ne!(stanza.ns(), ns::HTTP_BIND, "XBH-04");
        }
        self.terminated = body.kind == Some(Type::Terminate);
        self.last = Some(rid);
        self.unanswered.insert(rid, true);
        self.sent.insert(rid, request.body.clone());
        body
    }

    /// The request will get no answer.
    pub fn abort(&mut self, id: RequestId) {
        self.open.remove(&id);
    }

    /// This reaches the client as the answer to the request.
    pub fn answer(&mut self, id: RequestId, bytes: &[u8]) {
        let Some(rid) = self.open.remove(&id) else { return };
        // All that matters of a later answer is whether it is one, and that shows without reading it.
        // The body's own tag: a stanza in it may be an error as well.
        let tag = bytes.split(|&byte| byte == b'>').next().unwrap_or_default();
        let contains = |what: &[u8]| tag.windows(what.len()).any(|window| window == what);
        let whole = bytes.ends_with(b"</body>") || bytes.ends_with(b"/>");
        if !whole || !contains(b"http://jabber.org/protocol/httpbind") || contains(b"type='error'") {
            return;
        }
        self.unanswered.remove(&rid);
        if self.sid.is_none() {
            let Ok(body) = Body::parse(bytes) else { return };
            self.sid = body.sid;
            self.requests = body.requests.unwrap_or(u32::MAX) as usize;
        }
    }
}

/// splitmix64: repeatable, and good enough for dice.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        let at = self.below(choices.len() as u64);
        choices[usize::try_from(at).unwrap()]
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn millis(&mut self, most: u64) -> Duration {
        Duration::from_millis(1 + self.below(most))
    }
}
