//! A stream, one piece at a time.

use super::{Element, Limits, XmlError};

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// The root's start tag, as an element without children. What it declares, the stream inherits.
    Open(Element),
    /// A complete first-level element.
    Element(Element),
    /// The root's end tag.
    Close,
}

/// Decodes a stream of XML (RFC 6120 §4, §11) from bytes that are cut anywhere.
///
/// [`push`](Self::push) stores, [`next_piece`](Self::next_piece) decodes exactly one piece and looks at no byte behind
/// it. How the bytes were cut changes neither the pieces nor the errors. After an error the reader is dead and returns
/// the same error for ever.
#[derive(Debug)]
pub struct StreamReader {
    limits: Limits,
}

impl StreamReader {
    /// A reader at the start of a stream.
    pub fn new(limits: Limits) -> StreamReader {
        StreamReader { limits }
    }

    /// Reads the content namespace `from` as `to`: what first-level elements inherit from the header, or declare
    /// themselves as their default (`jabber:component:accept` read as `jabber:client`, XEP-0114). [`Piece::Open`]
    /// shows what was sent. Holds across restarts.
    #[must_use]
    pub fn map_content(self, from: &'static str, to: &'static str) -> StreamReader {
        let _ = (from, to);
        todo!()
    }

    /// Stores bytes. Nothing is looked at before [`next_piece`](Self::next_piece).
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = (bytes, self.limits);
        todo!()
    }

    /// The next piece, or `None` while it is incomplete. White space before a first-level element is skipped here.
    ///
    /// # Errors
    /// [`XmlError`] for whatever RFC 6120 §11 forbids, as soon as it is certain, and the same for ever after.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, XmlError> {
        todo!()
    }

    /// A new stream begins behind the last piece (RFC 6120 §4.3.3): a header comes next, the namespaces of the old one
    /// are forgotten, positions count from here. Bytes that are still undecoded belong to the new stream.
    pub fn restart(&mut self) {
        todo!()
    }

    /// Whether any byte is left behind the last piece, white space and incomplete pieces included. When TLS is about to
    /// start, that is an injection (RFC 6120 §5.4.3.3 and §5.3.3).
    pub fn has_undecoded(&self) -> bool {
        self.undecoded_len() > 0
    }

    /// How many bytes are left behind the last piece.
    pub fn undecoded_len(&self) -> usize {
        todo!()
    }
}
