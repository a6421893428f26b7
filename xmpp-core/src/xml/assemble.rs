//! From bytes to pieces: prologue, header, elements, end. Streams and whole documents are read by the same rules.

use std::borrow::Cow;
use std::sync::Arc;

use super::frame::{Budget, Framer, Problem, Token};
use super::index::Index;
use super::node::{Inherited, Node, Scope};
use super::tokenise::{self, TagKind, is_white};
use super::{Element, LimitKind, Limits, Piece, Syntax, XmlError, XmlErrorKind, edit, ns};

/// Where in the stream the next token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the first byte, the only one where a declaration may begin.
    Start,
    /// Before the root.
    Prologue,
    /// Inside the root.
    Body,
    /// The root was an empty tag: its end is still to be told.
    EmptyRoot,
    /// Behind the root.
    Epilogue,
}

/// Reads a stream or, as `document`, one element with all its content.
pub(super) struct Assembler {
    limits: Limits,
    document: bool,
    place: Place,
    framer: Framer,
    index: Index,
    /// The complete tokens of the piece that is being read.
    text: String,
    /// The root's name as written, which its end tag must repeat.
    root: String,
    scope: Scope,
    /// Of the next token.
    position: u64,
    /// The content namespace and what it is read as.
    map: Option<(&'static str, &'static str)>,
}

/// Offsets are 32 bits wide, and lengths of names 16 would do: more than this is no sensible limit.
fn sensible(limits: Limits) -> Limits {
    Limits {
        stanza_bytes: limits.stanza_bytes.min(1 << 30),
        header_bytes: limits.header_bytes.min(1 << 30),
        ..limits
    }
}

impl Assembler {
    pub(super) fn new(limits: Limits, document: bool) -> Assembler {
        Assembler {
            limits: sensible(limits),
            document,
            place: Place::Start,
            framer: Framer::default(),
            index: Index::new(),
            text: String::new(),
            root: String::new(),
            scope: Scope::default(),
            position: 0,
            map: None,
        }
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = sensible(limits);
    }

    pub(super) fn map_content(&mut self, from: &'static str, to: &'static str) {
        self.map = Some((from, to));
    }

    /// Starts again; gives back the bytes of an incomplete piece.
    pub(super) fn restart(&mut self) -> String {
        self.place = Place::Start;
        self.framer = Framer::default();
        self.index.clear();
        self.root.clear();
        self.scope = Scope::default();
        self.position = 0;
        std::mem::take(&mut self.text)
    }

    /// Bytes that were bytes and belong to a piece that is not complete.
    pub(super) fn pending(&self) -> usize {
        self.text.len()
    }

    /// Of the first byte that was not taken.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Reads on at `input` up to the end of the next piece. Takes whole tokens off the front of `input`; what it leaves
    /// must come first in the next call.
    pub(super) fn advance(&mut self, input: &mut &[u8]) -> Result<Option<Piece>, XmlError> {
        loop {
            if self.place == Place::EmptyRoot {
                self.place = Place::Epilogue;
                return Ok(Some(Piece::Close));
            }
            if self.text.is_empty() && !self.between(input)? {
                return Ok(None);
            }
            let budget = self.budget();
            let base = self.position;
            let wrong = |(at, kind): Problem| XmlError { position: base + at as u64, kind };
            let Some((token, len)) = self.framer.find(input, budget).map_err(wrong)? else { return Ok(None) };
            let (bytes, rest) = input.split_at_checked(len).unwrap_or((input, &[]));
            // The framer checked it; this only changes the type.
            let text = str::from_utf8(bytes).map_err(|e| wrong((e.valid_up_to(), XmlErrorKind::Utf8)))?;
            let piece = self.token(token, text)?;
            self.position += len as u64;
            *input = rest;
            if piece.is_some() {
                return Ok(piece);
            }
        }
    }

    /// Skips white space outside of elements. Whether a token begins.
    fn between(&mut self, input: &mut &[u8]) -> Result<bool, XmlError> {
        let white = input.iter().position(|&b| !is_white(b)).unwrap_or(input.len());
        if white > 0 && self.place == Place::Start {
            self.place = Place::Prologue;
        }
        *input = input.get(white..).unwrap_or_default();
        self.position += white as u64;
        let before_root = matches!(self.place, Place::Start | Place::Prologue);
        if before_root && !self.document && self.position > self.limits.header_bytes as u64 {
            let position = self.limits.header_bytes as u64;
            return Err(XmlError { position, kind: XmlErrorKind::Limit(LimitKind::HeaderBytes) });
        }
        let kind = match (input.first(), input.get(1)) {
            (None, _) | (Some(b'<'), None) => return Ok(false),
            // What UTF-16 looks like: its byte order marks, or one byte of `<` being zero (XML 1.0 appendix F).
            (Some(0xFE | 0xFF | 0), _) | (Some(b'<'), Some(0)) if self.place == Place::Start => {
                XmlErrorKind::UnsupportedEncoding
            }
            (Some(b'<'), Some(_)) => return Ok(true),
            (Some(&b), _) if b < 0x20 => XmlErrorKind::NotWellFormed(Syntax::Char),
            _ if self.place == Place::Body => XmlErrorKind::TextBetweenStanzas,
            _ => XmlErrorKind::NotWellFormed(Syntax::OutsideRoot),
        };
        Err(XmlError { position: self.position, kind })
    }

    fn budget(&self) -> Budget {
        let header = !self.document && matches!(self.place, Place::Start | Place::Prologue);
        let (limit, of, used) = if header {
            let used = usize::try_from(self.position).unwrap_or(usize::MAX);
            (LimitKind::HeaderBytes, self.limits.header_bytes, used)
        } else {
            (LimitKind::StanzaBytes, self.limits.stanza_bytes, self.text.len())
        };
        Budget { bytes: of.saturating_sub(used), limit, declaration: self.place == Place::Start }
    }

    /// Takes in one complete token.
    fn token(&mut self, token: Token, bytes: &str) -> Result<Option<Piece>, XmlError> {
        if token == Token::Declaration {
            self.declaration(bytes)?;
            self.place = Place::Prologue;
            return Ok(None);
        }
        let at = self.text.len();
        let frame_start = self.position - at as u64;
        let wrong = |(at, kind): Problem| XmlError { position: frame_start + at as u64, kind };
        if self.index.depth() == 0 {
            if token != Token::Tag || self.place == Place::Epilogue {
                let kind = match self.place {
                    Place::Body => XmlErrorKind::TextBetweenStanzas,
                    _ => XmlErrorKind::NotWellFormed(Syntax::OutsideRoot),
                };
                return Err(wrong((0, kind)));
            }
            if bytes.starts_with("</") && !self.document {
                return self.close(bytes).map(Some).map_err(wrong);
            }
        }
        self.text.push_str(bytes);
        if token != Token::Tag {
            self.index.text(bytes, at, token).map_err(wrong)?;
            return Ok(None);
        }
        let kind = self.index.tag(&self.text, at, &self.scope, &self.limits).map_err(wrong)?;
        if !self.document && self.place != Place::Body {
            return Ok(Some(Piece::Open(self.header(kind))));
        }
        if self.index.depth() > 0 {
            self.place = if self.document { Place::Prologue } else { Place::Body };
            return Ok(None);
        }
        let element = self.index.finish(&self.text, &self.scope);
        self.text.clear();
        if self.text.capacity() > KEPT {
            self.text = String::new();
        }
        if self.document {
            self.place = Place::Epilogue;
        }
        let element = match self.map {
            Some((from, to)) => edit::with_default(&element, from, to).unwrap_or(element),
            None => element,
        };
        Ok(Some(Piece::Element(element)))
    }

    fn declaration(&self, bytes: &str) -> Result<(), XmlError> {
        let at = |kind| XmlError { position: self.position, kind };
        let (version, encoding) = tokenise::declaration(bytes).map_err(|(_, kind)| at(kind))?;
        if version != "1.0" {
            let other = version.strip_prefix("1.").is_some_and(|minor| minor.parse::<u32>().is_ok());
            return Err(at(if other {
                XmlErrorKind::UnsupportedVersion
            } else {
                XmlErrorKind::NotWellFormed(Syntax::Declaration)
            }));
        }
        match encoding {
            Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
                Err(at(XmlErrorKind::UnsupportedEncoding))
            }
            _ => Ok(()),
        }
    }

    /// The root's start tag is complete.
    fn header(&mut self, kind: TagKind) -> Element {
        if kind == TagKind::Empty {
            self.place = Place::EmptyRoot;
        } else {
            self.place = Place::Body;
            // As an element of its own it is an empty tag.
            self.text.insert(self.text.len().saturating_sub(1), '/');
        }
        let open = self.index.finish_header(&self.text);
        self.text.clear();
        self.root = open.nodes.first().map_or_else(String::new, |node| match node {
            Node::Start(start) => start.name.raw().of(&open.text).to_owned(),
            _ => String::new(),
        });
        self.scope = scope_of(&open, self.map);
        open
    }

    /// The root's end tag.
    fn close(&mut self, bytes: &str) -> Result<Piece, Problem> {
        let tag = tokenise::tag(bytes, &self.limits, &mut Vec::new())?;
        if bytes.get(tag.name.range) != Some(&self.root) {
            return Err((0, XmlErrorKind::NotWellFormed(Syntax::EndTag)));
        }
        self.place = Place::Epilogue;
        Ok(Piece::Close)
    }
}

/// Bytes of working memory that are kept for the next element. A server holds thousands of readers, and one large stanza
/// must not hold its memory for the life of the connection.
pub(super) const KEPT: usize = 16 * 1024;

fn scope_of(open: &Element, map: Option<(&'static str, &'static str)>) -> Scope {
    let mut inherited = Inherited::default();
    for (prefix, uri) in open.root().declarations() {
        if prefix.is_empty() {
            uri.clone_into(&mut inherited.default);
        } else {
            inherited.prefixes.push((prefix.to_owned(), uri.to_owned()));
        }
    }
    if let Some((_, to)) = map.filter(|(from, _)| *from == inherited.default) {
        to.clone_into(&mut inherited.default);
    }
    inherited.lang = open.attr_ns("lang", ns::XML).map(Cow::into_owned);
    Scope(Some(Arc::new(inherited)))
}
