//! A stream, cut in every way.

use xmpp_core::xml::{Element, Limits, Piece, PieceRef, StreamReader, XmlError, ns};

/// Small, so that inputs of a few kilobytes meet each of them.
const SMALL: Limits = Limits {
    stanza_bytes: 2048,
    header_bytes: 512,
    depth: 12,
    attributes: 12,
    namespace_declarations: 12,
    text_bytes: 100,
    name_bytes: 64,
};

/// How many single cuts are tried: to try each takes quadratic time.
const CUTS: usize = 12;

/// What came out of a stream.
#[derive(Debug, PartialEq)]
struct Outcome {
    pieces: Vec<Piece>,
    /// The same as text, because equality of elements is by meaning.
    written: Vec<String>,
    /// Where each piece ends.
    ends: Vec<usize>,
    error: Option<XmlError>,
    undecoded: usize,
}

/// A stream gives the same pieces and the same error, at the same byte, however its bytes are cut: in one, into single
/// bytes, into random pieces, at some places alone. Each piece is there with its last byte and not later.
///
/// The first byte seeds the random cut, the others are the stream. A SASL success restarts it.
pub fn chunking(data: &[u8]) {
    let Some((&seed, stream)) = data.split_first() else { return };
    for limits in [SMALL, Limits::default()] {
        let whole = read(limits, stream, || usize::MAX, false);
        let bytewise = read(limits, stream, || 1, true);
        assert_eq!(bytewise, whole, "one byte at a time");
        assert_prompt(limits, stream, &bytewise.ends);
        assert_eq!(read(limits, stream, || 16, false), whole, "16 bytes at a time");
        let mut state = u32::from(seed) | 1;
        let mut random = || {
            // xorshift32
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as usize
        };
        let pieces = read(limits, stream, || (random() & 63) + 1, false);
        assert_eq!(pieces, whole, "in pieces of 1 to 64 bytes");
        for _ in 0..CUTS {
            assert_cut(limits, stream, random() % (stream.len() + 1), &whole);
        }
        for size in [7, usize::MAX] {
            assert_shown(limits, stream, size, &whole);
        }
    }
}

/// The same at each place, for tests that have the time.
pub fn every_cut(stream: &[u8]) {
    for limits in [SMALL, Limits::default()] {
        let whole = read(limits, stream, || usize::MAX, false);
        for at in 1..stream.len() {
            assert_cut(limits, stream, at, &whole);
        }
    }
}

fn assert_cut(limits: Limits, stream: &[u8], at: usize, whole: &Outcome) {
    let mut sizes = [at].into_iter();
    let cut = || sizes.next().unwrap_or(usize::MAX);
    assert_eq!(&read(limits, stream, cut, false), whole, "cut behind {at} bytes");
}

/// What is only shown, and fed instead of pushed, is the same.
fn assert_shown(limits: Limits, stream: &[u8], size: usize, whole: &Outcome) {
    let mut reader = StreamReader::new(limits);
    let mut written = Vec::new();
    let mut error = None;
    for bytes in stream.chunks(size) {
        let mut feed = reader.feed(bytes);
        loop {
            match feed.look() {
                Ok(None) => break,
                Ok(Some(PieceRef::Close)) => written.push(String::new()),
                Ok(Some(PieceRef::Open(root))) => written.push(root.to_xml()),
                Ok(Some(PieceRef::Element(element))) => {
                    written.push(element.to_xml());
                    if element.is("success", ns::SASL) {
                        feed.restart();
                    }
                }
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        if error.is_some() {
            break;
        }
    }
    assert_eq!((&written, error), (&whole.written, whole.error), "shown, {size} bytes at a time");
}

/// A piece that is an element or a tag ends with `>`; none was ready a byte earlier, and none waits for what follows.
fn assert_prompt(limits: Limits, stream: &[u8], ends: &[usize]) {
    for (i, &end) in ends.iter().enumerate() {
        // The end of an empty root is told along with its start.
        let again = i > 0 && ends.get(i - 1) == Some(&end);
        assert!(again || stream.get(end - 1) == Some(&b'>'), "piece {i} came at byte {end}");
        let up_to = read(limits, stream.get(..end).unwrap_or_default(), || usize::MAX, false);
        let there = ends.iter().filter(|&&other| other <= end).count();
        assert_eq!((up_to.pieces.len(), up_to.undecoded), (there, 0), "piece {i} at byte {end}");
    }
}

fn read(limits: Limits, stream: &[u8], mut cut: impl FnMut() -> usize, prompt: bool) -> Outcome {
    let mut reader = StreamReader::new(limits);
    let mut outcome =
        Outcome { pieces: Vec::new(), written: Vec::new(), ends: Vec::new(), error: None, undecoded: 0 };
    let mut pushed = 0;
    while pushed < stream.len() && outcome.error.is_none() {
        let rest = stream.get(pushed..).unwrap_or_default();
        let bytes = rest.get(..cut().clamp(1, rest.len())).unwrap_or(rest);
        reader.push(bytes);
        pushed += bytes.len();
        loop {
            match reader.next_piece() {
                Ok(None) => break,
                Ok(Some(piece)) => {
                    if prompt {
                        assert!(!reader.has_undecoded(), "handed over late");
                    }
                    outcome.ends.push(pushed - reader.undecoded_len());
                    let root = match &piece {
                        Piece::Open(root) | Piece::Element(root) => Some(root),
                        Piece::Close => None,
                    };
                    outcome.written.push(root.map(Element::to_xml).unwrap_or_default());
                    if matches!(&piece, Piece::Element(element) if element.is("success", ns::SASL)) {
                        reader.restart();
                    }
                    outcome.pieces.push(piece);
                }
                Err(error) => {
                    let again = reader.next_piece();
                    assert_eq!(again, Err(error), "a dead reader gives the same error for ever");
                    outcome.error = Some(error);
                    break;
                }
            }
        }
    }
    if outcome.error.is_none() {
        outcome.undecoded = reader.undecoded_len();
    }
    outcome
}
