//! A reader that is handled in any order.

use xmpp_core::xml::{Limits, Piece, StreamReader, ns};

/// Small, so that inputs of a few kilobytes meet each of them.
const SMALL: Limits = Limits {
    stanza_bytes: 600,
    header_bytes: 200,
    depth: 6,
    attributes: 6,
    namespace_declarations: 6,
    text_bytes: 300,
    name_bytes: 32,
};

/// No input and no order of calls makes a reader panic, come back to life, hand over more than was written, or hold
/// more than its limits and the bytes that came last.
///
/// The input is read as orders: a byte that says what to do, then, for a push, one that says how many bytes follow.
pub fn framer(data: &[u8]) {
    let mut reader = StreamReader::new(SMALL);
    let mut limits = SMALL;
    let mut widest = SMALL.stanza_bytes;
    let (mut pushed, mut taken) = (0, 0);
    let mut rest = data;
    while let Some((&order, behind)) = rest.split_first() {
        rest = behind;
        match order {
            // A letter of a stream that was not written for this: pushed as it is.
            b' '..=b'~' | b'\t' | b'\r' | b'\n' => {
                reader.push(&[order]);
                pushed += 1;
            }
            0xFF => reader.restart(),
            0xFE => {
                limits = if limits == SMALL { Limits::default() } else { SMALL };
                reader.set_limits(limits);
            }
            0xFD => {
                // Only for a reader that is new.
                reader = StreamReader::new(limits).map_content(ns::COMPONENT_ACCEPT, ns::CLIENT);
                (pushed, taken) = (0, 0);
            }
            _ => {
                let len = rest.first().map_or(0, |&len| usize::from(len)).min(rest.len());
                let (bytes, behind) = rest.split_at(len);
                reader.push(bytes);
                pushed += len;
                rest = behind;
            }
        }
        taken += take(&mut reader);
        assert!(taken <= pushed, "{taken} bytes were handed over and {pushed} pushed");
        // What is complete was taken.
        widest = widest.max(limits.stanza_bytes);
        assert!(reader.undecoded_len() <= widest, "{reader:?}");
    }
}

/// Takes what is there; how many bytes of elements that was.
fn take(reader: &mut StreamReader) -> usize {
    let mut bytes = 0;
    loop {
        let before = reader.undecoded_len();
        match reader.next_piece() {
            Ok(Some(piece)) => {
                assert!(reader.undecoded_len() <= before, "{reader:?}");
                if let Piece::Element(_) = piece {
                    bytes += before - reader.undecoded_len();
                }
            }
            Ok(None) => return bytes,
            Err(error) => {
                let (words, debug) = (error.to_string(), format!("{reader:?}"));
                assert!(!words.is_empty() && !debug.is_empty());
                reader.push(b"<a/>");
                assert_eq!(reader.next_piece(), Err(error), "a dead reader gives the same error for ever");
                return bytes;
            }
        }
    }
}
