//! A stream, one piece at a time.

use std::fmt;

use super::assemble::Assembler;
use super::input::Buffer;
use super::{Element, Limits, XmlError};

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The root's start tag, as an element without children. What it declares, the stream inherits.
    Open(Element),
    /// A complete first-level element.
    Element(Element),
    /// The root's end tag. Only white space may follow, unless the stream is [restarted](StreamReader::restart).
    Close,
}

/// Decodes a stream of XML (RFC 6120 §4, §11) from bytes that are cut anywhere.
///
/// [`push`](Self::push) stores, [`next_piece`](Self::next_piece) decodes exactly one piece and looks at no byte behind
/// it. How the bytes were cut changes neither the pieces nor the errors. After an error the reader is dead and returns
/// the same error for ever.
///
/// ```
/// use xmpp_core::xml::{Limits, Piece, StreamReader, ns};
/// let mut reader = StreamReader::new(Limits::default());
/// reader.push(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
/// reader.push(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><mess");
///
/// let Some(Piece::Open(header)) = reader.next_piece()? else { panic!("a header") };
/// assert_eq!(header.attr("version").as_deref(), Some("1.0"));
/// let Some(Piece::Element(proceed)) = reader.next_piece()? else { panic!("an element") };
/// assert!(proceed.is("proceed", ns::TLS));
/// assert!(reader.has_undecoded(), "somebody wrote behind <proceed/>");
/// assert_eq!(reader.next_piece()?, None);
/// # Ok::<(), xmpp_core::xml::XmlError>(())
/// ```
pub struct StreamReader {
    assembler: Assembler,
    buffer: Buffer,
    dead: Option<XmlError>,
}

impl StreamReader {
    /// A reader at the start of a stream.
    pub fn new(limits: Limits) -> StreamReader {
        StreamReader { assembler: Assembler::new(limits, false), buffer: Buffer::default(), dead: None }
    }

    /// Reads the content namespace `from` as `to`: what first-level elements inherit from the header, or declare
    /// themselves as their default (`jabber:component:accept` read as `jabber:client`, XEP-0114). [`Piece::Open`]
    /// shows what was sent. Holds across restarts.
    #[must_use]
    pub fn map_content(mut self, from: &'static str, to: &'static str) -> StreamReader {
        self.assembler.map_content(from, to);
        self
    }

    /// Other limits from the next piece on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.assembler.set_limits(limits);
    }

    /// Stores bytes. What they mean is not looked at before [`next_piece`](Self::next_piece).
    pub fn push(&mut self, bytes: &[u8]) {
        if self.dead.is_none() {
            self.buffer.push(bytes);
        }
    }

    /// The next piece, or `None` while it is incomplete. White space before a first-level element is skipped here.
    ///
    /// # Errors
    /// [`XmlError`] for whatever RFC 6120 §11 forbids, as soon as it is certain, and the same for ever after.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, XmlError> {
        if let Some(error) = self.dead {
            return Err(error);
        }
        let mut input = self.buffer.unread();
        let before = input.text.len();
        let piece = self.assembler.advance(&mut input);
        let taken = before - input.text.len();
        self.buffer.take(taken);
        if let Err(error) = piece {
            self.dead = Some(error);
            self.buffer = Buffer::default();
        }
        piece
    }

    /// A new stream begins behind the last piece (RFC 6120 §4.3.3): a header comes next, the namespaces of the old one
    /// are forgotten, positions count from here. Bytes that are still undecoded belong to the new stream.
    pub fn restart(&mut self) {
        self.assembler.restart();
    }

    /// Whether any byte is left behind the last piece, white space and incomplete pieces included. When TLS is about to
    /// start, that is an injection (RFC 6120 §5.4.3.3 and §5.3.3).
    pub fn has_undecoded(&self) -> bool {
        self.undecoded_len() > 0
    }

    /// How many bytes are left behind the last piece, without white space that [`next_piece`](Self::next_piece) skipped.
    pub fn undecoded_len(&self) -> usize {
        self.buffer.len()
    }
}

/// Shows no content: there may be a password in it.
impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader")
            .field("position", &self.assembler.position())
            .field("undecoded", &self.undecoded_len())
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}
