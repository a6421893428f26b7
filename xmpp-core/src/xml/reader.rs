//! A stream, one piece at a time.

use std::fmt;

use super::assemble::{Assembler, Found};
use super::input::{AT_ONCE, Buffer};
use super::{Element, ElementRef, Limits, XmlError};

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

/// A [`Piece`] that is only shown: its storage is the reader's own, so that nothing is allocated for who only looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceRef<'a> {
    /// As [`Piece::Open`].
    Open(ElementRef<'a>),
    /// As [`Piece::Element`].
    Element(ElementRef<'a>),
    /// As [`Piece::Close`].
    Close,
}

impl PieceRef<'_> {
    /// The piece to keep: what was shown is copied.
    #[must_use]
    pub fn to_piece(self) -> Piece {
        match self {
            PieceRef::Open(root) => Piece::Open(root.to_element()),
            PieceRef::Element(element) => Piece::Element(element.to_element()),
            PieceRef::Close => Piece::Close,
        }
    }
}

/// Decodes a stream of XML (RFC 6120 §4, §11) from bytes that are cut anywhere.
///
/// [`push`](Self::push) stores, [`next_piece`](Self::next_piece) decodes exactly one piece and looks at no byte behind
/// it; [`look`](Self::look) does the same and shows the piece without a copy. How the bytes were cut changes neither the
/// pieces nor the errors. After an error the reader is dead and returns the same error for ever.
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
    /// Bytes at the front of the buffer that the last piece took; it may still be looked at.
    taken: usize,
    /// Nothing more is complete in what was pushed.
    starved: bool,
    dead: Option<XmlError>,
}

impl StreamReader {
    /// A reader at the start of a stream.
    pub fn new(limits: Limits) -> StreamReader {
        StreamReader {
            assembler: Assembler::new(limits, false),
            buffer: Buffer::default(),
            taken: 0,
            starved: true,
            dead: None,
        }
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
        self.starved = false;
    }

    /// Stores bytes. What they mean is not looked at before [`next_piece`](Self::next_piece).
    pub fn push(&mut self, bytes: &[u8]) {
        self.release();
        if self.dead.is_none() && !bytes.is_empty() {
            self.buffer.push(bytes);
            self.starved = false;
        }
    }

    /// The next piece, or `None` while it is incomplete. White space before a first-level element is skipped here.
    ///
    /// # Errors
    /// [`XmlError`] for whatever RFC 6120 §11 forbids, as soon as it is certain, and the same for ever after.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, XmlError> {
        let Some(found) = self.advance()? else { return Ok(None) };
        let piece = self.show(found).to_piece();
        // Who waits for more must not hold what was copied.
        self.release();
        Ok(Some(piece))
    }

    /// As [`next_piece`](Self::next_piece), but the piece is only shown, where it lies in the reader. For who looks at
    /// every element and keeps few ([`to_element`](ElementRef::to_element) makes one to keep).
    ///
    /// ```
    /// use xmpp_core::xml::{Limits, PieceRef, StreamReader, ns};
    /// let mut reader = StreamReader::new(Limits::default());
    /// reader.push(b"<stream xmlns='jabber:client'><message><body>1</body></message><message><body>2</body></message>");
    /// let mut texts = Vec::new();
    /// while let Some(piece) = reader.look()? {
    ///     if let PieceRef::Element(message) = piece {
    ///         texts.extend(message.child("body", ns::CLIENT).map(|body| body.text().into_owned()));
    ///     }
    /// }
    /// assert_eq!(texts, ["1", "2"]);
    /// # Ok::<(), xmpp_core::xml::XmlError>(())
    /// ```
    ///
    /// # Errors
    /// As [`next_piece`](Self::next_piece).
    pub fn look(&mut self) -> Result<Option<PieceRef<'_>>, XmlError> {
        Ok(self.advance()?.map(|found| self.show(found)))
    }

    /// Reads `bytes` behind what was pushed before, however many they are, without storing more of them than belong to
    /// pieces that are not complete.
    ///
    /// ```
    /// use xmpp_core::xml::{Limits, PieceRef, StreamReader};
    /// let mut reader = StreamReader::new(Limits::default());
    /// let recorded = format!("<stream xmlns='jabber:client'>{}<iq", "<presence/>".repeat(10_000));
    /// let mut pieces = reader.feed(recorded.as_bytes());
    /// let mut elements = 0;
    /// while let Some(piece) = pieces.look()? {
    ///     elements += usize::from(matches!(piece, PieceRef::Element(_)));
    /// }
    /// drop(pieces);
    /// assert_eq!((elements, reader.undecoded_len()), (10_000, "<iq".len()));
    /// # Ok::<(), xmpp_core::xml::XmlError>(())
    /// ```
    pub fn feed<'a>(&'a mut self, bytes: &'a [u8]) -> Feed<'a> {
        Feed { reader: self, rest: bytes }
    }

    fn advance(&mut self) -> Result<Option<Found>, XmlError> {
        self.release();
        if let Some(error) = self.dead {
            return Err(error);
        }
        if self.starved {
            return Ok(None);
        }
        let mut input = self.buffer.unread();
        let before = input.text.len();
        let found = self.assembler.advance(&mut input);
        self.taken = before - input.text.len();
        if let Err(error) = found {
            self.dead = Some(error);
            self.taken = 0;
            self.buffer = Buffer::default();
        }
        self.starved = matches!(found, Ok(None));
        if self.starved {
            self.release();
        }
        found
    }

    /// Lets go of the last piece.
    fn release(&mut self) {
        if self.taken > 0 {
            self.buffer.take(self.taken);
            self.taken = 0;
        }
    }

    #[inline]
    fn show(&self, found: Found) -> PieceRef<'_> {
        match found {
            Found::Open => PieceRef::Open(self.assembler.element("")),
            Found::Element(len) => {
                let text = self.buffer.unread().text;
                let text = text.get(self.taken - len..self.taken).unwrap_or_default();
                PieceRef::Element(self.assembler.element(text))
            }
            Found::Close => PieceRef::Close,
        }
    }

    /// A new stream begins behind the last piece (RFC 6120 §4.3.3): a header comes next, the namespaces of the old one
    /// are forgotten, positions count from here. Bytes that are still undecoded belong to the new stream.
    pub fn restart(&mut self) {
        self.release();
        self.assembler.restart();
        self.starved = false;
    }

    /// Whether any byte is left behind the last piece, white space and incomplete pieces included. When TLS is about to
    /// start, that is an injection (RFC 6120 §5.4.3.3 and §5.3.3).
    pub fn has_undecoded(&self) -> bool {
        self.undecoded_len() > 0
    }

    /// How many bytes are left behind the last piece, without white space that [`next_piece`](Self::next_piece) skipped.
    pub fn undecoded_len(&self) -> usize {
        self.buffer.len() - self.taken
    }
}

/// What was [fed](StreamReader::feed) to a reader. When this is dropped, the reader stores what was not decoded.
#[derive(Debug)]
pub struct Feed<'a> {
    reader: &'a mut StreamReader,
    rest: &'a [u8],
}

impl Feed<'_> {
    /// As [`StreamReader::next_piece`].
    ///
    /// # Errors
    /// As there.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, XmlError> {
        Ok(self.look()?.map(PieceRef::to_piece))
    }

    /// As [`StreamReader::look`].
    ///
    /// # Errors
    /// As there.
    pub fn look(&mut self) -> Result<Option<PieceRef<'_>>, XmlError> {
        loop {
            if let Some(found) = self.reader.advance()? {
                return Ok(Some(self.reader.show(found)));
            }
            if self.rest.is_empty() {
                return Ok(None);
            }
            let (next, rest) = self.rest.split_at(self.rest.len().min(AT_ONCE));
            self.reader.push(next);
            self.rest = rest;
        }
    }

    /// As [`StreamReader::restart`].
    pub fn restart(&mut self) {
        self.reader.restart();
    }
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        self.reader.push(self.rest);
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
