//! The input of the measurements, made here and the same in every run.

use std::{fmt::Write as _, ops::Range};

/// What stands before the stanzas of a [`Corpus`].
pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' from='example.org' id='c1' version='1.0' xml:lang='en'>";

/// A stream: the header, then stanzas.
pub struct Corpus {
    text: String,
    ranges: Vec<Range<usize>>,
}

impl Corpus {
    /// All bytes, from the header on.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The same as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Each stanza, as it stands in the stream.
    pub fn stanzas(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ranges.iter().map(|range| &self.text[range.clone()])
    }

    /// How many stanzas there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn of(stanzas: usize, mut write: impl FnMut(&mut String, usize)) -> Self {
        let mut text = String::from(HEADER);
        let mut ranges = Vec::with_capacity(stanzas);
        for i in 0..stanzas {
            let start = text.len();
            write(&mut text, i);
            ranges.push(start..text.len());
        }
        Self { text, ranges }
    }
}

/// What a server sees of a day: about 700 bytes and 17 tags a stanza.
pub fn mixed(stanzas: usize) -> Corpus {
    let mut random = Random(0x5eed);
    Corpus::of(stanzas, |out, i| {
        let (from, to) = (person(random.below(500)), person(random.below(500)));
        match random.below(1000) {
            0..420 => chat_message(out, &mut random, i, &from, &to),
            420..500 => intl_message(out, &mut random, i, &from, &to),
            500..750 => presence(out, &mut random, &from),
            750..850 => roster(out, &mut random, i, &to),
            850..915 => disco(out, &mut random, i, &from, &to),
            915..980 => event(out, &mut random, i, &to),
            980..994 => {
                let rows = 3 + random.below(50);
                soap_call(out, &mut random, i, &from, &to, rows);
            }
            _ => {
                let bytes = 4096 + random.below(44_000);
                payload(out, &mut random, i, &from, &to, bytes);
            }
        }
    })
}

/// Chat messages of about 300 bytes and 6 tags.
pub fn chat(stanzas: usize) -> Corpus {
    let mut random = Random(0xc4a7);
    Corpus::of(stanzas, |out, i| {
        let (from, to) = (person(random.below(500)), person(random.below(500)));
        chat_message(out, &mut random, i, &from, &to);
    })
}

/// A list of about 1.9 kB and 62 tags, most of it attributes.
pub fn attrs(stanzas: usize) -> Corpus {
    Corpus::of(stanzas, |out, i| {
        write!(out, "<iq from='example.org' to='{}' id='a{i}' type='result'>", person(i)).unwrap();
        out.push_str("<query xmlns='urn:example:meters'>");
        for row in 0..58 {
            write!(out, "<m i='{row}' n='p{:02}' v='{}.25'/>", row % 16, i % 90 + row + 100).unwrap();
        }
        out.push_str("</query></iq>");
    })
}

/// A SOAP answer inside an IQ, about 11 kB and 335 tags.
pub fn soap(stanzas: usize) -> Corpus {
    let mut random = Random(0x50a9);
    Corpus::of(stanzas, |out, i| soap_call(out, &mut random, i, &person(1), &person(2), 41))
}

/// A base64 payload, about 36 kB and 11 tags.
pub fn bulk(stanzas: usize) -> Corpus {
    let mut random = Random(0xb01c);
    Corpus::of(stanzas, |out, i| payload(out, &mut random, i, &person(1), &person(2), 35_600))
}

/// Messages of about 450 bytes, most of them not ASCII.
pub fn intl(stanzas: usize) -> Corpus {
    let mut random = Random(0x1271);
    Corpus::of(stanzas, |out, i| {
        let (from, to) = (person(random.below(500)), person(random.below(500)));
        intl_message(out, &mut random, i, &from, &to);
    })
}

/// How bytes are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All at once.
    Whole,
    /// Pieces of one size: 16 KiB is a read of an adapter, 1,460 bytes a TCP segment.
    Every(usize),
    /// Pieces of 1 to 64 bytes.
    Crumbs,
}

impl Cut {
    /// The four that are measured.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Every(16 * 1024), Self::Every(1460), Self::Crumbs];

    /// For tables.
    pub fn name(self) -> String {
        match self {
            Self::Whole => "one buffer".to_owned(),
            Self::Every(size) => format!("{size} B"),
            Self::Crumbs => "1 to 64 B".to_owned(),
        }
    }

    /// The bytes in pieces.
    pub fn pieces(self, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
        let mut random = Random(0xc207);
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let size = match self {
                Self::Whole => usize::MAX,
                Self::Every(size) => size,
                Self::Crumbs => 1 + random.below(64),
            };
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            rest = behind;
            (!piece.is_empty()).then_some(piece)
        })
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn words(&mut self, out: &mut String, all: &[&str], count: usize) {
        for i in 0..count {
            if i > 0 {
                out.push(' ');
            }
            out.push_str(self.of(all));
        }
    }
}

const WORDS: [&str; 24] = [
    "the", "pump", "in", "hall", "seven", "runs", "again", "since", "noon", "and", "draws", "less", "than",
    "before", "so", "we", "can", "close", "that", "ticket", "now", "thanks", "for", "asking",
];
const RARE: [&str; 6] = ["a &lt; b", "R&amp;D", "&quot;so&quot;", "it&apos;s", "5 &gt; 4", "&#8364;20"];
const WORLD: [&str; 18] = [
    "Grüße",
    "aus",
    "Köln",
    "żółć",
    "привет",
    "мир",
    "насос",
    "работает",
    "γειά",
    "σου",
    "你好",
    "世界",
    "水泵",
    "正常",
    "こんにちは",
    "ポンプ",
    "שלום",
    "🎉",
];
const RESOURCES: [&str; 5] = ["phone", "desk.4f2a", "ilon", "Gajim.K3X1", "conversations.AbCd"];
const FEATURES: [&str; 12] = [
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/caps",
    "urn:xmpp:ping",
    "jabber:iq:version",
    "urn:xmpp:receipts",
    "http://jabber.org/protocol/chatstates",
    "urn:xmpp:carbons:2",
    "http://jabber.org/protocol/muc",
    "urn:xmpp:time",
    "urn:xmpp:sid:0",
    "http://jabber.org/protocol/soap",
    "urn:xmpp:iot:control",
];
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn person(i: usize) -> String {
    let names = ["anna", "bilal", "chen", "dora", "emeka", "fatima", "georg", "hana"];
    let hosts = ["example.org", "plant.example.com", "office.example.net"];
    format!("{}{}@{}/{}", names[i % names.len()], i, hosts[i % hosts.len()], RESOURCES[i % RESOURCES.len()])
}

fn chat_message(out: &mut String, random: &mut Random, i: usize, from: &str, to: &str) {
    write!(out, "<message from='{from}' to='{to}' type='chat' id='m{i:06}'><body>").unwrap();
    let count = 4 + random.below(12);
    random.words(out, &WORDS, count);
    if random.below(4) == 0 {
        out.push(' ');
        out.push_str(random.of(&RARE));
    }
    out.push_str("</body><active xmlns='http://jabber.org/protocol/chatstates'/>");
    out.push_str("<request xmlns='urn:xmpp:receipts'/></message>");
}

fn intl_message(out: &mut String, random: &mut Random, i: usize, from: &str, to: &str) {
    write!(out, "<message from='{from}' to='{to}' type='groupchat' id='m{i:06}' xml:lang='ru'><subject>")
        .unwrap();
    random.words(out, &WORLD, 4);
    out.push_str("</subject><body>");
    let count = 18 + random.below(14);
    random.words(out, &WORLD, count);
    out.push_str("</body></message>");
}

fn presence(out: &mut String, random: &mut Random, from: &str) {
    write!(out, "<presence from='{from}'><show>{}</show><status>", random.of(&["away", "dnd", "xa", "chat"]))
        .unwrap();
    random.words(out, &WORDS, 3);
    write!(out, "</status><priority>{}</priority>", random.below(100)).unwrap();
    out.push_str(
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example/' ver='",
    );
    base64(out, random, 27);
    out.push_str("='/><x xmlns='vcard-temp:x:update'><photo/></x></presence>");
}

fn roster(out: &mut String, random: &mut Random, i: usize, to: &str) {
    write!(out, "<iq to='{to}' id='r{i}' type='result'><query xmlns='jabber:iq:roster' ver='{i}'>").unwrap();
    for _ in 0..3 + random.below(10) {
        let who = random.below(5000);
        let jid = person(who);
        let bare = jid.split('/').next().unwrap_or_default();
        write!(out, "<item jid='{bare}' name='Person {who}' subscription='both'><group>").unwrap();
        out.push_str(random.of(&["Work", "Friends &amp; family", "Plant"]));
        out.push_str("</group></item>");
    }
    out.push_str("</query></iq>");
}

fn disco(out: &mut String, random: &mut Random, i: usize, from: &str, to: &str) {
    write!(out, "<iq from='{from}' to='{to}' id='d{i}' type='result'>").unwrap();
    out.push_str("<query xmlns='http://jabber.org/protocol/disco#info'>");
    out.push_str("<identity category='client' type='pc' name='Client'/>");
    for _ in 0..8 + random.below(16) {
        write!(out, "<feature var='{}'/>", random.of(&FEATURES)).unwrap();
    }
    out.push_str("</query></iq>");
}

fn event(out: &mut String, random: &mut Random, i: usize, to: &str) {
    write!(out, "<message from='pubsub.example.org' to='{to}' id='e{i}'>").unwrap();
    out.push_str("<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='plant/hall-7/power'>");
    for item in 0..1 + random.below(3) {
        write!(out, "<item id='{i}-{item}'><fields xmlns='urn:xmpp:iot:sensordata' seqnr='{i}' done='true'>")
            .unwrap();
        write!(out, "<node nodeId='meter{item}'><timestamp value='2026-03-07T16:{:02}:00Z'>", i % 60)
            .unwrap();
        let (watts, hertz) = (random.below(90_000), 4_990 + random.below(20));
        write!(out, "<numeric name='power' momentary='true' value='{watts}' unit='W'/>").unwrap();
        write!(out, "<numeric name='frequency' momentary='true' value='{hertz}' unit='cHz'/>").unwrap();
        out.push_str("</timestamp></node></fields></item>");
    }
    out.push_str("</items></event></message>");
}

fn soap_call(out: &mut String, random: &mut Random, i: usize, from: &str, to: &str, rows: usize) {
    write!(out, "<iq from='{from}' to='{to}' id='s{i}' type='result'>").unwrap();
    out.push_str(
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/' \
        xmlns:xsd='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\
        <soap:Body><p:ReadResponse xmlns:p='urn:example:points'><p:points>",
    );
    for row in 0..rows {
        write!(out, "<p:point><p:name xsi:type='xsd:string'>Net/LON/plant-berlin-2/hall-7/floor-2/cabinet-11/meter-{row}/nvoActivePowerPhaseA_15min</p:name>").unwrap();
        write!(out, "<p:value xsi:type='xsd:double'>{}.{}</p:value>", random.below(9000), row).unwrap();
        write!(out, "<p:at xsi:type='xsd:dateTime'>2026-03-07T16:{:02}:00Z</p:at></p:point>", row % 60)
            .unwrap();
    }
    out.push_str("</p:points></p:ReadResponse></soap:Body></soap:Envelope></iq>");
}

fn payload(out: &mut String, random: &mut Random, i: usize, from: &str, to: &str, bytes: usize) {
    write!(out, "<message from='{from}' to='{to}' id='b{i}'><thread>t{i}</thread>").unwrap();
    out.push_str("<store xmlns='urn:xmpp:hints'/><data xmlns='urn:xmpp:bob' type='image/png'>");
    base64(out, random, bytes);
    out.push_str("</data><body>picture</body><no-copy xmlns='urn:xmpp:hints'/></message>");
}

fn base64(out: &mut String, random: &mut Random, count: usize) {
    for _ in 0..count {
        out.push(char::from(BASE64[random.below(64)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes and tags a stanza are what the tables say.
    #[test]
    fn sizes() {
        for (name, corpus, bytes, tags) in [
            ("mixed", mixed(20_000), 640..760, 15..19),
            ("chat", chat(1000), 250..330, 6..7),
            ("attrs", attrs(10), 1750..2000, 61..64),
            ("soap", soap(10), 10_500..11_500, 325..345),
            ("bulk", bulk(10), 35_500..36_500, 9..12),
            ("intl", intl(1000), 400..500, 6..7),
        ] {
            let stanzas = &corpus.bytes()[HEADER.len()..];
            let tags_are = stanzas.iter().filter(|b| **b == b'<').count() / corpus.len();
            assert!(
                bytes.contains(&(stanzas.len() / corpus.len())),
                "{name}: {} bytes",
                stanzas.len() / corpus.len()
            );
            assert!(tags.contains(&tags_are), "{name}: {tags_are} tags");
        }
    }

    #[test]
    fn pieces_are_the_whole() {
        let corpus = mixed(50);
        for cut in Cut::ALL {
            assert_eq!(cut.pieces(corpus.bytes()).collect::<Vec<_>>().concat(), corpus.bytes(), "{cut:?}");
        }
    }
}
