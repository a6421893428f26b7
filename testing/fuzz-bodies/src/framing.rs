//! A stream, cut in several ways.

use xmpp_core::xml::{Element, Limits, Piece, StreamReader, XmlError, ns};

use crate::moved::assert_moved;

/// Small, so that inputs of a few kilobytes meet each of them.
const LIMITS: Limits = Limits {
    stanza_bytes: 2048,
    header_bytes: 512,
    depth: 12,
    attributes: 12,
    namespace_declarations: 12,
    text_bytes: 100,
    name_bytes: 64,
};

/// What came out of a stream.
#[derive(Debug, PartialEq)]
struct Outcome {
    pieces: Vec<Piece>,
    /// The same as text, because equality of elements is by meaning.
    written: Vec<String>,
    error: Option<XmlError>,
    undecoded: bool,
}

/// A stream gives the same pieces and the same error however its bytes are cut, hands each piece over with its last
/// byte, and what it gives can be written and read again.
///
/// The first byte seeds the cut, the others are the stream. A SASL success restarts it.
pub fn framing(data: &[u8]) {
    let Some((&seed, stream)) = data.split_first() else { return };
    let whole = read(stream, || usize::MAX, false);
    assert_eq!(read(stream, || 1, true), whole, "one byte at a time");
    assert_eq!(read(stream, || 16, false), whole, "16 bytes at a time");
    let mut state = u32::from(seed) | 1;
    let random = || {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        usize::from(state.to_le_bytes()[1] & 63) + 1
    };
    assert_eq!(read(stream, random, false), whole, "in pieces of 1 to 64 bytes");

    for piece in &whole.pieces {
        if let Piece::Element(element) = piece {
            let text = element.to_xml();
            // What it inherited is declared at its root now, so the small limits may be passed.
            let again = Element::parse(text.as_bytes());
            assert_moved(element, &again.unwrap_or_else(|error| panic!("{error:?} in {text}")), &text);
        }
    }
}

fn read(stream: &[u8], mut cut: impl FnMut() -> usize, prompt: bool) -> Outcome {
    let mut reader = StreamReader::new(LIMITS);
    let mut outcome = Outcome { pieces: Vec::new(), written: Vec::new(), error: None, undecoded: false };
    let mut rest = stream;
    while !rest.is_empty() && outcome.error.is_none() {
        let (bytes, behind) = rest.split_at(cut().clamp(1, rest.len()));
        rest = behind;
        reader.push(bytes);
        loop {
            match reader.next_piece() {
                Ok(None) => break,
                Ok(Some(piece)) => {
                    if prompt {
                        assert!(!reader.has_undecoded(), "handed over late");
                    }
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
                    assert_eq!(
                        reader.next_piece(),
                        Err(error),
                        "a dead reader gives the same error for ever"
                    );
                    outcome.error = Some(error);
                    break;
                }
            }
        }
    }
    if outcome.error.is_none() {
        outcome.undecoded = reader.has_undecoded();
    }
    outcome
}
