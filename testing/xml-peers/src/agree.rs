//! The body of the fuzz target `expat_diff`.

use crate::{Mode, Peer, compare};

/// Libraries that measure in 32 bits, and people who wait.
const LONGEST: usize = 64 * 1024;

const HEADER: &[u8] =
    b"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' xmlns:p='u'>";

/// Panics unless every peer agrees with us about the document in both modes.
#[allow(clippy::missing_panics_doc, reason = "to panic is how a disagreement is told")]
pub fn assert_agreement(document: &[u8]) {
    for mode in [Mode::Stream, Mode::Document] {
        for peer in Peer::all() {
            if let Err(disagreement) = compare(peer, mode, document) {
                panic!("{disagreement}");
            }
        }
    }
}

/// The body of the fuzz target `expat_diff`: as it is, and as the content of a stream.
pub fn agree(data: &[u8]) {
    let data = data.get(..LONGEST).unwrap_or(data);
    assert_agreement(data);
    assert_agreement(&[HEADER, data, b"</s:stream>"].concat());
}
