//! Paths through the cores. Each call of a path does the same work again.

use std::{
    collections::VecDeque,
    hint::black_box,
    time::{Duration, Instant},
};

use jid::{FullJid, Jid, JidRef, XmppUri};
use soap_xmpp::{
    Action, Envelope, Requester, RequesterConfig, Responder, ResponderConfig, ResponderEvent, Rules, Version,
};
use xmpp_core::xml::{Builder, Context, Element, ElementRef, Limits, Piece, PieceRef, StreamReader, ns};

use crate::{
    corpus::{self, Corpus, Cut},
    hostile,
    pair::{Account, Bosh, Pair, Tcp},
    work::{Typed, Work},
};

/// One path.
pub struct Path {
    /// For tables and on the command line.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// How many of that one call does.
    pub units: usize,
    /// How many calls make a good measurement under a simulator.
    pub calls: usize,
    /// Prepares, and gives the function to call.
    pub make: fn() -> Box<dyn FnMut()>,
}

/// Stanzas of the small `mixed` corpus.
const MIXED: usize = 400;

/// All paths, those of hostile peers last.
pub fn all() -> impl Iterator<Item = &'static Path> {
    ALL.iter().chain(hostile::ALL.as_flattened())
}

const ALL: &[Path] = &[
    Path {
        name: "framing, mixed, 16 KiB",
        unit: "stanza",
        units: MIXED,
        calls: 2,
        make: || framing(corpus::mixed(MIXED), Cut::Every(16 * 1024)),
    },
    Path {
        name: "framing, mixed, 64 B",
        unit: "stanza",
        units: MIXED,
        calls: 2,
        make: || framing(corpus::mixed(MIXED), Cut::Every(64)),
    },
    Path {
        name: "framing, chat, 16 KiB",
        unit: "stanza",
        units: MIXED,
        calls: 2,
        make: || framing(corpus::chat(MIXED), Cut::Every(16 * 1024)),
    },
    Path {
        name: "framing, attrs, 16 KiB",
        unit: "stanza",
        units: 40,
        calls: 2,
        make: || framing(corpus::attrs(40), Cut::Every(16 * 1024)),
    },
    Path {
        name: "framing, soap, 16 KiB",
        unit: "stanza",
        units: 10,
        calls: 2,
        make: || framing(corpus::soap(10), Cut::Every(16 * 1024)),
    },
    Path {
        name: "framing, bulk, 16 KiB",
        unit: "stanza",
        units: 10,
        calls: 2,
        make: || framing(corpus::bulk(10), Cut::Every(16 * 1024)),
    },
    Path {
        name: "framing, intl, 16 KiB",
        unit: "stanza",
        units: MIXED,
        calls: 2,
        make: || framing(corpus::intl(MIXED), Cut::Every(16 * 1024)),
    },
    Path { name: "element kept, mixed", unit: "stanza", units: MIXED, calls: 2, make: keep },
    Path { name: "element looked at, mixed", unit: "stanza", units: MIXED, calls: 2, make: look_at },
    Path { name: "typed, mixed", unit: "stanza", units: MIXED, calls: 2, make: typed },
    Path { name: "parse, chat", unit: "element", units: 1, calls: 200, make: parse },
    Path { name: "attribute look-up, attrs", unit: "element", units: 58, calls: 50, make: look_up },
    Path { name: "forward as it is, chat", unit: "element", units: 1, calls: 500, make: forward_as_it_is },
    Path { name: "forward, chat", unit: "element", units: 1, calls: 500, make: forward },
    Path { name: "forward, soap", unit: "element", units: 1, calls: 500, make: forward_soap },
    Path { name: "stamp and forward, chat", unit: "element", units: 1, calls: 500, make: stamp },
    Path { name: "stamp and forward, soap", unit: "element", units: 1, calls: 500, make: stamp_soap },
    Path { name: "build and write, chat", unit: "element", units: 1, calls: 200, make: build },
    Path { name: "build, keep and write, chat", unit: "element", units: 1, calls: 200, make: build_and_keep },
    Path { name: "JID, owned", unit: "address", units: 4, calls: 500, make: jid_owned },
    Path { name: "JID, borrowed", unit: "address", units: 4, calls: 500, make: jid_borrowed },
    Path { name: "JID, Unicode", unit: "address", units: 4, calls: 100, make: jid_unicode },
    Path {
        name: "JID, Unicode, borrowed",
        unit: "address",
        units: 4,
        calls: 100,
        make: jid_unicode_borrowed,
    },
    Path { name: "JID, by all rules", unit: "address", units: 4, calls: 50, make: jid_rules },
    Path { name: "JID, to bare", unit: "address", units: 4, calls: 500, make: jid_to_bare },
    Path { name: "JID, cloned", unit: "address", units: 4, calls: 500, make: jid_cloned },
    Path { name: "JID, as a URI and back", unit: "address", units: 4, calls: 100, make: jid_uri },
    Path { name: "login over TCP, keys cached", unit: "login", units: 1, calls: 10, make: login },
    Path { name: "message over TCP", unit: "message", units: 1, calls: 100, make: message },
    Path { name: "BOSH cycle", unit: "cycle", units: 1, calls: 50, make: bosh_cycle },
    Path { name: "SOAP wrap and unwrap, 11 kB", unit: "envelope", units: 1, calls: 20, make: soap_wrap },
    Path { name: "SOAP call", unit: "call", units: 1, calls: 50, make: soap_call },
];

/// The path of a name.
///
/// # Panics
/// There is none.
pub fn named(name: &str) -> &'static Path {
    all().find(|path| path.name == name).unwrap_or_else(|| panic!("no path {name:?}"))
}

/// The chat message as it is sent.
pub fn chat_element() -> Element {
    let corpus = corpus::chat(1);
    stanza(&corpus)
}

/// The first stanza, as a receiver of the stream has it.
pub fn stanza(corpus: &Corpus) -> Element {
    let mut reader = StreamReader::new(Limits::default());
    reader.push(corpus.bytes());
    assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
    let Ok(Some(Piece::Element(element))) = reader.next_piece() else { panic!("a stanza") };
    element
}

/// Reads a stream; how many elements it held.
pub fn read_stream(corpus: &Corpus, cut: Cut, mut each: impl FnMut(Element)) -> usize {
    look_at_stream(corpus, cut, |element| each(element.to_element()))
}

/// Looks at a stream; how many elements it held.
pub fn look_at_stream(corpus: &Corpus, cut: Cut, mut each: impl FnMut(ElementRef<'_>)) -> usize {
    let mut reader = StreamReader::new(Limits::default());
    let mut elements = 0;
    for bytes in cut.pieces(corpus.bytes()) {
        let mut feed = reader.feed(bytes);
        while let Some(piece) = feed.look().unwrap() {
            if let PieceRef::Element(element) = piece {
                each(element);
                elements += 1;
            }
        }
    }
    elements
}

fn framing(corpus: Corpus, cut: Cut) -> Box<dyn FnMut()> {
    Box::new(move || {
        let elements = look_at_stream(&corpus, cut, |element| _ = black_box(&element));
        assert_eq!(elements, corpus.len());
    })
}

/// As a queue keeps what is not yet acknowledged.
pub struct Kept<T>(VecDeque<T>);

impl<T> Kept<T> {
    const LEN: usize = 64;

    /// Puts something in, and drops what has been there longest when there is no room.
    pub fn put(&mut self, kept: T) {
        if self.0.len() == Self::LEN {
            self.0.pop_front();
        }
        self.0.push_back(kept);
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(VecDeque::with_capacity(Self::LEN))
    }
}

fn keep() -> Box<dyn FnMut()> {
    let corpus = corpus::mixed(MIXED);
    Box::new(move || {
        let mut kept = Kept::default();
        let elements = read_stream(&corpus, Cut::Every(16 * 1024), |element| kept.put(element));
        assert_eq!(elements, corpus.len());
    })
}

/// Every name, value and text.
fn look_at() -> Box<dyn FnMut()> {
    let corpus = corpus::mixed(MIXED);
    Box::new(move || {
        let mut work = Work::default();
        look_at_stream(&corpus, Cut::Every(16 * 1024), |element| work.element(element));
        black_box(work);
    })
}

/// What is in the stanzas of a stream.
pub fn read_typed(corpus: &Corpus, cut: Cut) -> Typed {
    let mut typed = Typed::default();
    look_at_stream(corpus, cut, |element| typed.stanza(element));
    typed
}

fn typed() -> Box<dyn FnMut()> {
    let corpus = corpus::mixed(MIXED);
    Box::new(move || _ = black_box(read_typed(&corpus, Cut::Every(16 * 1024))))
}

fn parse() -> Box<dyn FnMut()> {
    let document = chat_element().to_xml();
    Box::new(move || _ = black_box(Element::parse(black_box(document.as_bytes())).unwrap()))
}

fn look_up() -> Box<dyn FnMut()> {
    let element = stanza(&corpus::attrs(1));
    Box::new(move || {
        let query = element.child("query", "urn:example:meters").unwrap();
        let mut bytes = 0;
        for meter in query.children() {
            bytes +=
                ["i", "n", "v"].iter().map(|name| meter.attr(name).map_or(0, |v| v.len())).sum::<usize>();
            assert!(meter.attr("absent").is_none());
        }
        assert!(bytes > 58 * 3);
    })
}

fn forward_as_it_is() -> Box<dyn FnMut()> {
    let (element, context) = (chat_element(), Context::client_stream().lang(Some("en")));
    let mut out = Vec::with_capacity(16 * 1024);
    Box::new(move || {
        out.clear();
        element.write(&mut out, &context);
        black_box(&out);
    })
}

/// Another sender, written to another stream.
pub fn forward_to(element: &Element, context: &Context, out: &mut Vec<u8>) {
    element.write_with_attrs(&STAMP, out, context).unwrap();
}

/// Another sender, kept in between, as routing does.
pub fn stamp_and_forward_to(element: &Element, context: &Context, out: &mut Vec<u8>) {
    element.with_attrs(&STAMP).unwrap().write(out, context);
}

const STAMP: [(&str, Option<&str>); 1] = [("from", Some("juliet@example.com/balcony"))];

fn forward() -> Box<dyn FnMut()> {
    forwarding(chat_element(), forward_to)
}

fn forward_soap() -> Box<dyn FnMut()> {
    forwarding(stanza(&corpus::soap(1)), forward_to)
}

fn stamp() -> Box<dyn FnMut()> {
    forwarding(chat_element(), stamp_and_forward_to)
}

fn stamp_soap() -> Box<dyn FnMut()> {
    forwarding(stanza(&corpus::soap(1)), stamp_and_forward_to)
}

fn forwarding(element: Element, forward: fn(&Element, &Context, &mut Vec<u8>)) -> Box<dyn FnMut()> {
    let context = Context::client_stream().lang(Some("en"));
    let mut out = Vec::with_capacity(16 * 1024);
    Box::new(move || {
        out.clear();
        forward(&element, &context, &mut out);
        black_box(&out);
    })
}

/// What is in the chat message that is built.
pub struct Chat {
    pub from: &'static str,
    pub to: &'static str,
    pub id: &'static str,
    pub body: &'static str,
    /// The namespaces of the two empty elements behind the body.
    pub state: &'static str,
    pub receipts: &'static str,
}

pub const CHAT: Chat = Chat {
    from: "juliet@example.com/balcony",
    to: "romeo@example.net/orchard",
    id: "m000017",
    body: "the pump in hall seven runs again & draws less than before",
    state: "http://jabber.org/protocol/chatstates",
    receipts: "urn:xmpp:receipts",
};

/// The chat message of the benches, made from nothing and written.
pub fn build_chat(context: &Context, out: &mut Vec<u8>) {
    chat_builder().write(out, context).unwrap();
}

/// The same, kept before it is written.
pub fn keep_and_write_chat(context: &Context, out: &mut Vec<u8>) {
    chat_builder().finish().unwrap().write(out, context);
}

fn chat_builder() -> Builder {
    let chat = black_box(&CHAT);
    Element::build("message", ns::CLIENT)
        .attr("from", chat.from)
        .attr("to", chat.to)
        .attr("type", "chat")
        .attr("id", chat.id)
        .leaf("body", ns::CLIENT, chat.body)
        .empty("active", chat.state)
        .empty("request", chat.receipts)
}

fn build() -> Box<dyn FnMut()> {
    building(build_chat)
}

fn build_and_keep() -> Box<dyn FnMut()> {
    building(keep_and_write_chat)
}

fn building(build: fn(&Context, &mut Vec<u8>)) -> Box<dyn FnMut()> {
    let context = Context::client_stream();
    let mut out = Vec::with_capacity(1024);
    Box::new(move || {
        out.clear();
        build(&context, &mut out);
        black_box(&out);
    })
}

/// Canonical addresses.
pub const ASCII: [&str; 4] = [
    "juliet@example.com/balcony",
    "08-00-00-1a-7c-62@plant.example.com/ilon",
    "romeo@example.net/orchard.4f2a9c",
    "meter-17@hall-7.plant.example.com/Gajim.K3X1",
];

/// Addresses that are mapped: upper case, Latin, Cyrillic, CJK.
pub const UNICODE: [&str; 4] = [
    "Juliet@Example.COM/Balcony",
    "Jürgen@bücher.example/Küche",
    "Жук@пример.example/Дом",
    "山田@例え.example/部屋",
];

fn jid_owned() -> Box<dyn FnMut()> {
    Box::new(|| {
        for address in ASCII {
            black_box(Jid::new(black_box(address)).unwrap());
        }
    })
}

fn jid_borrowed() -> Box<dyn FnMut()> {
    Box::new(|| {
        for address in ASCII {
            black_box(JidRef::new(black_box(address)).unwrap());
        }
    })
}

fn jid_unicode() -> Box<dyn FnMut()> {
    Box::new(|| {
        for address in UNICODE {
            black_box(Jid::new(black_box(address)).unwrap());
        }
    })
}

/// Those that are canonical in Unicode, and one of letters from right to left.
pub const CANONICAL: [&str; 4] = [
    "jürgen@bücher.example/Küche",
    "жук@пример.example/Дом",
    "山田@例え.example/部屋",
    "שלום@דוגמה.example/בית",
];

/// What no table decides: decomposed letters, a final sigma, characters that need their neighbours, an IPv6 address.
pub const RULED: [&str; 4] = [
    "ju\u{308}rgen@bu\u{308}cher.example/Ku\u{308}che",
    "ΒΌΛΟΣ@example.com/ΒΌΛΟΣ",
    "cel·la@cel·la.example/l·l",
    "juliet@[2001:DB8::1]/balcony",
];

fn jid_unicode_borrowed() -> Box<dyn FnMut()> {
    Box::new(|| {
        for address in CANONICAL {
            black_box(JidRef::new(black_box(address)).unwrap());
        }
    })
}

fn jid_rules() -> Box<dyn FnMut()> {
    Box::new(|| {
        for address in RULED {
            black_box(Jid::new(black_box(address)).unwrap());
        }
    })
}

fn jid_to_bare() -> Box<dyn FnMut()> {
    let jids = ASCII.map(|address| Jid::new(address).unwrap());
    Box::new(move || {
        for jid in &jids {
            black_box(black_box(jid).to_bare());
        }
    })
}

fn jid_cloned() -> Box<dyn FnMut()> {
    let jids = ASCII.map(|address| Jid::new(address).unwrap());
    Box::new(move || {
        for jid in &jids {
            black_box(black_box(jid).clone());
        }
    })
}

fn jid_uri() -> Box<dyn FnMut()> {
    let uris = UNICODE.map(|address| XmppUri::new(Jid::new(address).unwrap()));
    Box::new(move || {
        for uri in &uris {
            black_box(XmppUri::parse(&black_box(uri).to_string()).unwrap());
        }
    })
}

fn login() -> Box<dyn FnMut()> {
    let account = Account::new(1);
    Box::new(move || Pair::<Tcp>::new(&account).login())
}

fn message() -> Box<dyn FnMut()> {
    let mut pair = Pair::<Tcp>::new(account());
    pair.login();
    let message = outgoing();
    Box::new(move || {
        let before = pair.received.0;
        pair.up(message.clone());
        assert_eq!(pair.received.0, before + 1);
    })
}

fn bosh_cycle() -> Box<dyn FnMut()> {
    let mut pair = Pair::<Bosh>::new(account());
    pair.login();
    let (up, down) = (outgoing(), chat_element());
    Box::new(move || {
        let (at_server, at_client) = pair.received;
        pair.up(up.clone());
        pair.down(down.clone());
        assert_eq!(pair.received, (at_server + 1, at_client + 1));
    })
}

/// Lives as long as the process.
fn account() -> &'static Account {
    Box::leak(Box::new(Account::new(1)))
}

/// A stanza that a client may send: the server stamps the sender.
fn outgoing() -> Element {
    chat_element().with_attrs(&[("from", None)]).unwrap()
}

/// An IQ around an envelope of 11 kB, and the envelope.
pub fn soap_iq() -> (Element, Envelope) {
    let iq = stanza(&corpus::soap(1));
    let envelope = Envelope::read(iq.first_child().unwrap(), Rules::Tolerant).unwrap();
    (iq, envelope)
}

/// The envelope into an IQ, the bytes, the IQ again, the envelope again.
pub fn wrap_and_unwrap(envelope: &Envelope, context: &Context, out: &mut Vec<u8>) -> Envelope {
    out.clear();
    let iq = Element::build("iq", ns::CLIENT)
        .attr("to", "ilon@example.com/x")
        .attr("id", "1")
        .attr("type", "set")
        .child(envelope.element())
        .finish()
        .unwrap();
    iq.write(out, context);
    let read = Element::parse(out).unwrap();
    Envelope::read(read.first_child().unwrap(), Rules::Tolerant).unwrap()
}

fn soap_wrap() -> Box<dyn FnMut()> {
    let (_, envelope) = soap_iq();
    let mut out = Vec::with_capacity(16 * 1024);
    let context = Context::none();
    Box::new(move || {
        let read = wrap_and_unwrap(&envelope, &context, &mut out);
        assert_eq!(read.version(), Version::V11);
    })
}

/// Both nodes of SOAP over IQ, without streams between them.
pub struct Nodes {
    now: Instant,
    requester: Requester,
    responder: Responder,
    app: FullJid,
    device: Jid,
    call: Envelope,
    answer: Envelope,
    /// Calls that the responder holds.
    held: VecDeque<soap_xmpp::CallToken>,
}

impl Nodes {
    /// With envelopes of about 1 kB.
    pub fn new() -> Self {
        let (app, device) =
            (FullJid::new("app@example.com/pc").unwrap(), Jid::new("ilon@example.com/x").unwrap());
        let mut body = Element::build_prefixed("p", "Read", "urn:example:points");
        for i in 0..10 {
            body = body.open_prefixed("p", "point", "urn:example:points").attr("index", &i.to_string());
            body = body.text("Net/LON/hall-7/floor-2/cabinet-11/meter/nvoActivePower").close();
        }
        let envelope = Envelope::build(Version::V11).body(&body.finish().unwrap()).finish().unwrap();
        Self {
            now: Instant::now(),
            requester: Requester::new(RequesterConfig::default(), [7; 32], app.clone()),
            responder: Responder::new(ResponderConfig::default()),
            app,
            device,
            call: envelope.clone(),
            answer: envelope,
            held: VecDeque::new(),
        }
    }

    /// A call as far as the responder's application.
    pub fn ask(&mut self) {
        self.requester.call(self.now, &self.device, &self.call, Duration::from_secs(30)).unwrap();
        let Some(Action::Send(iq)) = self.requester.poll() else { panic!("a request") };
        let iq = iq.with_attrs(&[("from", Some(self.app.as_str()))]).unwrap();
        assert!(self.responder.handle_stanza(self.now, &iq));
        let Some(Action::Event(ResponderEvent::Call(call))) = self.responder.poll() else { panic!("a call") };
        self.held.push_back(call.token);
    }

    /// The answer to the oldest call.
    pub fn answer(&mut self) {
        self.responder.reply(self.held.pop_front().unwrap(), &self.answer).unwrap();
        let Some(Action::Send(iq)) = self.responder.poll() else { panic!("an answer") };
        let iq = iq.with_attrs(&[("from", Some(self.device.as_str()))]).unwrap();
        assert!(self.requester.handle_stanza(self.now, &iq));
        let Some(Action::Event(answered)) = self.requester.poll() else { panic!("an outcome") };
        assert!(answered.outcome.is_ok());
    }
}

impl Default for Nodes {
    fn default() -> Self {
        Self::new()
    }
}

fn soap_call() -> Box<dyn FnMut()> {
    let mut nodes = Nodes::new();
    Box::new(move || {
        nodes.ask();
        nodes.answer();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each path does its work, twice.
    #[test]
    fn all_run() {
        for path in all() {
            println!("{}", path.name);
            let mut call = (path.make)();
            call();
            call();
        }
    }
}
