//! What a peer can make us hold, in bytes that the allocator counts.
//!
//! [`Limits`] says what a reader may hold. From that follows what an allocator may count, for whatever input:
//! - Bytes that are not an element yet are held twice at most, as they came and as text. A vector that grows has up to
//!   twice what it needs, and once more while it moves: [`RAW`] times the limit.
//! - The index has up to 22 bytes a byte, as the limits' documentation says, and grows in the same way; the finished
//!   element is an exact copy of both: [`INDEXED`] times the limit.
//!
//! In each case the error is typed and tells the byte.

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use xmpp_core::xml::{
    Element, Feature, LimitKind, Limits, NamespaceProblem, Piece, StreamReader, Syntax, XmlError,
    XmlErrorKind as Kind,
};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Two copies, each three times while it grows.
const RAW: usize = 2 * 3;
/// Those, the index three times while it grows, and the element.
const INDEXED: usize = RAW + 3 * 22 + 23;
/// What does not depend on limits: a buffer that came last, small vectors, what the test runner does meanwhile.
const SLACK: usize = 64 * 1024;

const HEADER: &[u8] =
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const MIB: usize = 1 << 20;

/// One test at a time: all count with the same allocator.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a reader did with its input.
#[derive(Debug)]
struct Spent {
    /// The most bytes that were allocated at one time, above what was there before.
    peak: usize,
    /// What is still allocated at the end, the reader included.
    left: usize,
    elements: usize,
    error: Option<XmlError>,
}

impl Spent {
    /// That kind of error, at that byte behind the header, and no more than so many times the limit.
    #[track_caller]
    fn assert(&self, times: usize, limits: Limits, at: usize, kind: Kind) {
        let position = (HEADER.len() + at) as u64;
        assert_eq!(self.error, Some(XmlError { position, kind }));
        self.assert_peak(times, limits);
    }

    /// Some limit was passed, at a byte that it allows.
    #[track_caller]
    fn assert_limit(&self, times: usize, limits: Limits, kinds: &[LimitKind]) {
        let Some(XmlError { position, kind: Kind::Limit(kind) }) = self.error else { panic!("{self:?}") };
        assert!(kinds.contains(&kind), "{self:?}");
        assert!(position <= (HEADER.len() + limits.stanza_bytes) as u64, "{self:?}");
        self.assert_peak(times, limits);
    }

    #[track_caller]
    fn assert_peak(&self, times: usize, limits: Limits) {
        let most = times * limits.stanza_bytes.max(limits.header_bytes) + SLACK;
        assert!(self.peak <= most, "{self:?} is more than {most}");
        assert!(self.left <= most, "{self:?}");
    }
}

/// A stream of that content. Everything that is read is dropped at once.
fn stream<'a>(limits: Limits, content: impl IntoIterator<Item = &'a [u8]>) -> Spent {
    whole_stream(limits, std::iter::once(HEADER).chain(content))
}

fn whole_stream<'a>(limits: Limits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Spent {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut reader = StreamReader::new(limits);
    let (mut elements, mut error) = (0, None);
    for piece in pieces {
        reader.push(piece);
        // What is dead is asked again at the end only: there are many pieces.
        while error.is_none() {
            match reader.next_piece() {
                Ok(Some(piece)) => elements += usize::from(matches!(piece, Piece::Element(_))),
                Ok(None) => break,
                Err(found) => error = Some(found),
            }
        }
    }
    assert_eq!(reader.next_piece().err(), error, "the same for ever");
    let (peak, left) =
        (ALLOCATOR.peak_usage().saturating_sub(before), ALLOCATOR.current_usage().saturating_sub(before));
    drop(reader);
    Spent { peak, left, elements, error }
}

/// The same bytes again and again, some at a time.
fn repeated(bytes: &[u8], total: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::repeat_n(bytes, total / bytes.len())
}

/// XML-02: entities that would grow are refused before the first is declared, and none is ever expanded.
#[test]
fn entity_bombs() {
    let _alone = alone();
    let limits = Limits::default();
    let bomb = b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><a>&b;</a>";
    for chunk in [1, bomb.len()] {
        let spent = whole_stream(limits, bomb.chunks(chunk));
        assert_eq!(spent.error, Some(XmlError { position: 0, kind: Kind::Restricted(Feature::Dtd) }));
        spent.assert_peak(0, limits);
        stream(limits, bomb.chunks(chunk)).assert(0, limits, 0, Kind::Restricted(Feature::Dtd));
    }
    let references = b"<a>&a;&a;&a;</a>";
    stream(limits, references.chunks(1)).assert(0, limits, 3, Kind::Restricted(Feature::EntityReference));
    // The five that everybody has, as many as fit, which is text once.
    let fits = limits.stanza_bytes / 5 - 4;
    let allowed = [&b"<a>"[..]].into_iter().chain(repeated(b"&amp;", fits * 5)).chain([&b"</a>"[..]]);
    let spent = stream(limits, allowed);
    assert_eq!((spent.error, spent.elements), (None, 1));
    spent.assert_peak(INDEXED, limits);
}

/// XML-20: elements in elements.
#[test]
fn nesting() {
    let _alone = alone();
    let limits = Limits::default();
    for chunk in [&b"<a>"[..], b"<a>\n", b"<a b=''>", b"<p:a xmlns:p='u'>"] {
        let spent = stream(limits, repeated(chunk, 10_000 * chunk.len()));
        spent.assert(RAW, limits, limits.depth * chunk.len(), Kind::Limit(LimitKind::Depth));
    }
    for byte in b"<a>".repeat(10_000).chunks(10_000 * 3) {
        stream(limits, [byte]).assert(RAW, limits, limits.depth * 3, Kind::Limit(LimitKind::Depth));
    }
}

/// XML-20: 100 MB of one attribute, one byte at a time; what comes behind the limit is held nowhere.
#[test]
fn one_attribute() {
    let _alone = alone();
    let limits = Limits::default();
    let content = [&b"<a b='"[..]].into_iter().chain(repeated(b"x", 100 * 1000 * 1000));
    stream(limits, content).assert(RAW, limits, limits.stanza_bytes, Kind::Limit(LimitKind::StanzaBytes));
    // And where it would be allowed.
    let wide = Limits { stanza_bytes: 2 * MIB, ..limits };
    let content = [&b"<a b='"[..]].into_iter().chain(repeated(b"x", 4 * MIB));
    stream(wide, content).assert(RAW, wide, wide.stanza_bytes, Kind::Limit(LimitKind::StanzaBytes));
}

/// XML-20: a million attributes, in a tag that ends and in one that does not.
#[test]
fn attributes() {
    let _alone = alone();
    let many: Vec<u8> = (0..1_000_000).flat_map(|i| format!(" a{i}=''").into_bytes()).collect();
    for limits in [Limits::default(), Limits { stanza_bytes: 32 * MIB, ..Limits::default() }] {
        let content = [&b"<a"[..]].into_iter().chain(many.chunks(16 * 1024)).chain([&b"/>"[..]]);
        stream(limits, content).assert_limit(
            INDEXED,
            limits,
            &[LimitKind::Attributes, LimitKind::StanzaBytes],
        );
    }
}

/// XML-20: a million namespace declarations, on one element and one on each.
#[test]
fn declarations() {
    let _alone = alone();
    let kinds = [LimitKind::NamespaceDeclarations, LimitKind::Attributes, LimitKind::StanzaBytes];
    let many: Vec<u8> = (0..1_000_000).flat_map(|i| format!(" xmlns:p{i}='u'").into_bytes()).collect();
    for limits in [Limits::default(), Limits { stanza_bytes: 32 * MIB, ..Limits::default() }] {
        let content = [&b"<a"[..]].into_iter().chain(many.chunks(16 * 1024)).chain([&b"/>"[..]]);
        stream(limits, content).assert_limit(INDEXED, limits, &kinds);
    }
    let limits = Limits { depth: 1_000_000, ..Limits::default() };
    let nested: Vec<u8> = (0..1_000_000).flat_map(|i| format!("<a xmlns:p{i}='u'>").into_bytes()).collect();
    stream(limits, nested.chunks(16 * 1024)).assert_limit(INDEXED, limits, &kinds[..1]);
}

/// XML-20: names of a megabyte wherever a name stands.
#[test]
fn names() {
    let _alone = alone();
    let limits = Limits::default();
    for (start, end) in [
        ("<", "/>"),
        ("<a ", "=''/>"),
        ("<p:", "/>"),
        ("<a xmlns:", "='u'/>"),
        ("<a></", ">"),
        ("<a>&", ";</a>"),
    ] {
        let content = [start.as_bytes()].into_iter().chain(repeated(b"n", MIB)).chain([end.as_bytes()]);
        stream(limits, content).assert_limit(RAW, limits, &[LimitKind::NameBytes, LimitKind::StanzaBytes]);
        let wide = Limits { stanza_bytes: 4 * MIB, ..limits };
        let content = [start.as_bytes()].into_iter().chain(repeated(b"n", MIB)).chain([end.as_bytes()]);
        let spent = stream(wide, content);
        assert!(spent.error.is_some(), "{start}");
        spent.assert_peak(RAW, wide);
    }
}

/// XML-09: UTF-8 that is none, cut at each place: the error is where the character begins.
#[test]
fn utf8() {
    let _alone = alone();
    let limits = Limits::default();
    let bad: &[&[u8]] = &[
        b"\x80",
        b"\xBF\xBF",
        b"\xC0\x80",
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xE0\x9F\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF0\x8F\xBF\xBF",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xF4\x90\x80\x80",
        b"\xF5\x80\x80\x80",
        b"\xFE",
        b"\xFF",
        b"\xC3",
        b"\xE2\x82",
        b"\xF0\x9F\x98",
    ];
    for bytes in bad {
        for (start, end) in
            [(&b"<a>"[..], &b"</a>"[..]), (b"<a b='", b"'/>"), (b"<a><![CDATA[", b"]]></a>"), (b"<a", b"/>")]
        {
            let content = [start, bytes, end].concat();
            for at in 0..=content.len() {
                let (head, tail) = content.split_at(at);
                stream(limits, [head, tail]).assert(0, limits, start.len(), Kind::Utf8);
            }
            stream(limits, content.chunks(1)).assert(0, limits, start.len(), Kind::Utf8);
        }
    }
}

/// XML-04, XML-13: NUL is no character of XML, and a carriage return alone is the end of a line.
#[test]
fn control_characters() {
    let _alone = alone();
    let limits = Limits::default();
    for content in [&b"<a>\0"[..], b"<a b='\0", b"<a\0", b"<a><![CDATA[\0", b"\0"] {
        let at = content.len() - 1;
        stream(limits, content.chunks(1)).assert(0, limits, at, Kind::NotWellFormed(Syntax::Char));
        stream(limits, [content]).assert(0, limits, at, Kind::NotWellFormed(Syntax::Char));
    }
    let returns = limits.stanza_bytes - "<a></a>".len();
    let document = [b"<a>", &*vec![b'\r'; returns], b"</a>"].concat();
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let element = Element::parse(&document).unwrap();
    assert_eq!(element.text(), "\n".repeat(returns));
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(peak <= INDEXED * limits.stanza_bytes, "{peak}");
}

/// XML-20: what never ends: a tag, a text, CDATA, a header, a declaration.
#[test]
fn without_end() {
    let _alone = alone();
    let limits = Limits::default();
    let starts: [(&[u8], &[u8]); 7] = [
        (b"<a", b" "),
        (b"<a b", b"b"),
        (b"<a>", b"x"),
        (b"<a>", b"&#65;"),
        (b"<a><![CDATA[", b"]"),
        (b"<a><![CDATA[", b"]]"),
        (b"<a>", b"]"),
    ];
    for (start, more) in starts {
        for at_once in [1, 1000] {
            let more = more.repeat(at_once);
            let content = [start].into_iter().chain(repeated(&more, 4 * MIB));
            stream(limits, content).assert_limit(
                RAW,
                limits,
                &[LimitKind::StanzaBytes, LimitKind::NameBytes],
            );
        }
    }
    for start in [&b"<s"[..], b"<s a='", b"<?xml version='1.0'", b"", b"<?xml version='1.0'?>"] {
        let spent = whole_stream(limits, [start].into_iter().chain(repeated(b" ", 4 * MIB)));
        let position = limits.header_bytes as u64;
        assert_eq!(spent.error, Some(XmlError { position, kind: Kind::Limit(LimitKind::HeaderBytes) }));
        spent.assert_peak(0, limits);
    }
}

/// XML-20: what may go on for ever holds nothing: white space between stanzas, and stanzas.
#[test]
fn for_ever() {
    let _alone = alone();
    let limits = Limits::default();
    let stanza = b"<message><body>&lt;hello&gt;</body></message>";
    for (what, elements) in [(&b" "[..], 0), (b"\r\n\t ", 0), (b"<a/>", 1), (stanza, 1)] {
        let times = 20_000;
        let spent = stream(limits, repeated(what, times * what.len()));
        assert_eq!((spent.error, spent.elements), (None, elements * times));
        spent.assert_peak(0, limits);
    }
}

/// XML-20: the element that takes most memory for its bytes.
#[test]
fn the_worst_that_is_allowed() {
    let _alone = alone();
    let limits = Limits::default();
    let fits = (limits.stanza_bytes - "<a></a>".len()) / 5;
    for _ in 0..2 {
        let content = [&b"<a>"[..]].into_iter().chain(repeated(b"x<a/>", 5 * fits)).chain([&b"</a>"[..]]);
        let spent = stream(limits, content);
        assert_eq!((spent.error, spent.elements), (None, 1));
        spent.assert_peak(INDEXED, limits);
        // A server holds thousands of readers: the element is gone, and so is what was needed to make it.
        assert!(spent.left <= SLACK, "{spent:?}");
    }
}

/// XML-20: whole documents are held to the same.
#[test]
fn documents() {
    let _alone = alone();
    let limits = Limits::default();
    let large =
        |start: &str, more: &str| [start.as_bytes(), &more.as_bytes().repeat(16 * MIB / more.len())].concat();
    for (document, kind) in [
        (large("<a b='", "x"), Kind::Limit(LimitKind::StanzaBytes)),
        (large("<a>", "x"), Kind::Limit(LimitKind::StanzaBytes)),
        (large("<a>", "<a>"), Kind::Limit(LimitKind::Depth)),
        (large("<a>", "x<a/>"), Kind::Limit(LimitKind::StanzaBytes)),
        (large("<a p:b='", "x"), Kind::Limit(LimitKind::StanzaBytes)),
        (b"<p:a/>".to_vec(), Kind::Namespace(NamespaceProblem::UnboundPrefix)),
    ] {
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        assert_eq!(Element::parse(&document).unwrap_err().kind, kind);
        let peak = ALLOCATOR.peak_usage().saturating_sub(before);
        assert!(peak <= INDEXED * limits.stanza_bytes, "{peak}");
        assert!(ALLOCATOR.current_usage() <= before + SLACK, "everything is given back");
    }
}
