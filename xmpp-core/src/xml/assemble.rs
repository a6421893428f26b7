//! From bytes to pieces: prologue, header, elements, end. Streams and whole documents are read by the same rules.

use std::borrow::Cow;
use std::sync::Arc;

use super::index::Index;
use super::input::View;
use super::lex::{self, Problem, Tag, TagKind, is_white};
use super::node::{Inherited, Scope};
use super::scan::{Scanner, Token};
use super::{Element, ElementRef, LimitKind, Limits, Syntax, XmlError, XmlErrorKind, edit, ns};

/// What was found, at the front of what was taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    /// The root's start tag: see [`Assembler::element`].
    Open,
    /// An element of so many bytes: see [`Assembler::element`].
    Element(usize),
    /// The root's end tag.
    Close,
}

/// What became of a token.
enum Step {
    /// It is not complete.
    Cut,
    Taken,
    Found(Found),
}

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
    scanner: Scanner,
    index: Index,
    /// The index holds an element that was found.
    shows: bool,
    /// The root that was found, or that element in the namespace that it is read in, if it says another.
    made: Option<Element>,
    /// How many bytes of the piece that is being read are behind us: whole tokens.
    at: usize,
    /// The root's name as written, which its end tag must repeat.
    root: String,
    /// Of the first byte that was not taken.
    position: u64,
    /// The content namespace and what it is read as.
    map: Option<(&'static str, &'static str)>,
}

/// Offsets are 32 bits wide: more than this is no sensible limit.
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
            scanner: Scanner::default(),
            index: Index::new(),
            shows: false,
            made: None,
            at: 0,
            root: String::new(),
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

    /// Starts again. The bytes of an incomplete piece were not taken.
    pub(super) fn restart(&mut self) {
        self.place = Place::Start;
        self.scanner = Scanner::default();
        self.forget();
        self.index.set_scope(Scope::default());
        self.at = 0;
        self.root.clear();
        self.position = 0;
    }

    /// Of the first byte that was not taken.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Reads on at `input` up to the end of the next piece. Takes whole pieces off its front, and white space between
    /// them; what it leaves must come first in the next call, with more behind it.
    pub(super) fn advance(&mut self, input: &mut View<'_>) -> Result<Option<Found>, XmlError> {
        if self.shows {
            self.forget();
        }
        loop {
            if self.place == Place::EmptyRoot {
                self.place = Place::Epilogue;
                return Ok(Some(Found::Close));
            }
            if self.at == 0 && !self.between(input)? {
                return Ok(None);
            }
            let (bytes, limit) = self.budget();
            let visible = if bytes < input.text.len() { floor(input.text, bytes) } else { input.text };
            let place = self.place;
            // As long as the budget is the same.
            loop {
                match self.step(visible, input)? {
                    Step::Cut => return self.starved(input, bytes, limit),
                    Step::Taken => {}
                    Step::Found(found) => return Ok(Some(found)),
                }
                if self.at == 0 || self.place != place {
                    break;
                }
            }
        }
    }

    /// The token is not complete: because more may come, or nothing that could complete it.
    fn starved(&self, input: &View<'_>, bytes: usize, limit: LimitKind) -> Result<Option<Found>, XmlError> {
        let wrong = |at: usize, kind| Err(XmlError { position: self.position + at as u64, kind });
        let there = input.text.len() + usize::from(input.behind.is_some());
        let visible = input.text.len().min(bytes);
        if self.scanner.is_in_text() {
            if self.index.depth() == 0 {
                // CDATA, which is wrong here whatever it holds and wherever it ends.
                return wrong(self.at, self.outside());
            }
            if let Err((at, kind)) = self.fits(self.at, visible) {
                return wrong(at, kind);
            }
        }
        match input.wrong {
            _ if there > bytes => wrong(bytes, XmlErrorKind::Limit(limit)),
            Some(kind) => wrong(input.text.len(), kind),
            None => Ok(None),
        }
    }

    /// Takes in the next token.
    #[inline]
    fn step(&mut self, visible: &str, input: &mut View<'_>) -> Result<Step, XmlError> {
        let bytes = visible.as_bytes();
        // The most frequent tokens by the shortest way.
        if self.scanner.is_between()
            && let Some(&[b'<', next]) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<2>)
        {
            if next == b'/'
                && let Some(end) = self.index.usual_end(bytes, self.at)
            {
                return Ok(self.complete(end, input));
            }
            if !matches!(next, b'!' | b'?') {
                return match self.scanner.tag(visible, self.at, &self.limits, &mut self.index.nodes) {
                    Ok(Some(tag)) => self.tag(&tag, input),
                    Ok(None) => Ok(Step::Cut),
                    Err(problem) => Err(self.wrong(problem)),
                };
            }
        }
        let declaration = self.place == Place::Start;
        let nodes = &mut self.index.nodes;
        match self.scanner.next(visible, self.at, declaration, &self.limits, nodes) {
            Ok(Some(token)) => self.token(token, input),
            Ok(None) => Ok(Step::Cut),
            Err(problem) => Err(self.wrong(problem)),
        }
    }

    fn wrong(&self, (at, kind): Problem) -> XmlError {
        XmlError { position: self.position + at as u64, kind }
    }

    /// Whether a text, or as much of it as is there, is within the limit.
    fn fits(&self, at: usize, end: usize) -> Result<(), Problem> {
        if end - at > self.limits.text_bytes {
            return Err((at + self.limits.text_bytes, XmlErrorKind::Limit(LimitKind::TextBytes)));
        }
        Ok(())
    }

    /// The first `bytes` of the input were read.
    fn take(&mut self, input: &mut View<'_>, bytes: usize) {
        input.text = input.text.get(bytes..).unwrap_or_default();
        self.position += bytes as u64;
        self.at = 0;
    }

    /// Skips white space outside of elements. Whether a token begins.
    fn between(&mut self, input: &mut View<'_>) -> Result<bool, XmlError> {
        let white = input.text.bytes().position(|b| !is_white(b)).unwrap_or(input.text.len());
        if white > 0 && self.place == Place::Start {
            self.place = Place::Prologue;
        }
        self.take(input, white);
        let before_root = matches!(self.place, Place::Start | Place::Prologue);
        if before_root && !self.document && self.position > self.limits.header_bytes as u64 {
            let position = self.limits.header_bytes as u64;
            return Err(XmlError { position, kind: XmlErrorKind::Limit(LimitKind::HeaderBytes) });
        }
        let mut bytes = input.text.bytes().chain(input.behind);
        let kind = match (bytes.next(), bytes.next()) {
            (None, _) | (Some(b'<'), None) => return Ok(false),
            // What UTF-16 looks like: its byte order marks, or one byte of `<` being zero (XML 1.0 appendix F).
            (Some(0xFE | 0xFF | 0), _) | (Some(b'<'), Some(0)) if self.place == Place::Start => {
                XmlErrorKind::UnsupportedEncoding
            }
            (Some(b'<'), Some(_)) => return Ok(true),
            (Some(b), _) if b < 0x20 => XmlErrorKind::NotWellFormed(Syntax::Char),
            _ => self.outside(),
        };
        Err(XmlError { position: self.position, kind })
    }

    /// What is wrong with text outside of elements.
    fn outside(&self) -> XmlErrorKind {
        match self.place {
            Place::Body => XmlErrorKind::TextBetweenStanzas,
            _ => XmlErrorKind::NotWellFormed(Syntax::OutsideRoot),
        }
    }

    /// How many bytes of the input may be looked at, and what is passed behind them.
    fn budget(&self) -> (usize, LimitKind) {
        if !self.document && matches!(self.place, Place::Start | Place::Prologue) {
            let used = usize::try_from(self.position).unwrap_or(usize::MAX);
            (self.limits.header_bytes.saturating_sub(used), LimitKind::HeaderBytes)
        } else {
            (self.limits.stanza_bytes, LimitKind::StanzaBytes)
        }
    }

    /// Takes in one complete token.
    fn token(&mut self, token: Token, input: &mut View<'_>) -> Result<Step, XmlError> {
        let (at, text) = (self.at, input.text);
        let inside = self.index.depth() > 0;
        let (end, taken) = match token {
            Token::Tag(tag) => return self.tag(&tag, input),
            Token::Declaration(end) => {
                self.declaration(text.get(at..end).unwrap_or_default())?;
                self.place = Place::Prologue;
                self.take(input, end);
                return Ok(Step::Taken);
            }
            Token::Text(kind, end) if inside => {
                (end, self.fits(at, end).and_then(|()| self.index.text(text, at, end, kind)))
            }
            Token::Cdata(end) if inside => (end, self.fits(at, end).map(|()| self.index.cdata(at, end))),
            Token::Text(..) | Token::Cdata(_) => return Err(self.wrong((at, self.outside()))),
        };
        taken.map_err(|problem| self.wrong(problem))?;
        self.at = end;
        Ok(Step::Taken)
    }

    /// Takes in one complete tag.
    #[inline]
    fn tag(&mut self, tag: &Tag, input: &mut View<'_>) -> Result<Step, XmlError> {
        let (at, text, end) = (self.at, input.text, tag.end as usize);
        if self.index.depth() == 0 {
            if self.place == Place::Epilogue {
                return Err(self.wrong((at, self.outside())));
            }
            if tag.kind == TagKind::End && !self.document {
                self.close(text, tag).map_err(|(i, kind)| self.wrong((at + i, kind)))?;
                self.take(input, end);
                return Ok(Step::Found(Found::Close));
            }
        }
        if let Err(problem) = self.index.tag(text, at, tag, &self.limits) {
            return Err(self.wrong(problem));
        }
        if !self.document && self.place != Place::Body {
            self.header(text, tag);
            self.take(input, end);
            return Ok(Step::Found(Found::Open));
        }
        Ok(self.complete(end, input))
    }

    /// A tag ended at `end`, and perhaps the whole element with it.
    #[inline]
    fn complete(&mut self, end: usize, input: &mut View<'_>) -> Step {
        self.at = end;
        if self.index.depth() > 0 {
            self.place = if self.document { Place::Prologue } else { Place::Body };
            return Step::Taken;
        }
        self.shows = true;
        if let Some((from, to)) = self.map {
            let element = self.index.element(input.text.get(..end).unwrap_or_default());
            self.made = edit::with_default(element, from, to);
        }
        self.take(input, end);
        if self.document {
            self.place = Place::Epilogue;
        }
        Step::Found(Found::Element(end))
    }

    /// The root's start tag, or the element, that was found last, in the text that it was found in.
    pub(super) fn element<'a>(&'a self, text: &'a str) -> ElementRef<'a> {
        match &self.made {
            Some(made) => made.root(),
            None => self.index.element(text),
        }
    }

    /// Of the piece that was read last.
    fn forget(&mut self) {
        self.index.clear();
        self.made = None;
        self.shows = false;
    }

    fn declaration(&self, bytes: &str) -> Result<(), XmlError> {
        let at = |kind| XmlError { position: self.position, kind };
        let (version, encoding) = lex::declaration(bytes).map_err(|(_, kind)| at(kind))?;
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
    fn header(&mut self, text: &str, tag: &Tag) {
        let mut text = text.get(..tag.end as usize).unwrap_or_default().to_owned();
        if tag.kind == TagKind::Empty {
            self.place = Place::EmptyRoot;
        } else {
            self.place = Place::Body;
            // As an element of its own it is an empty tag.
            text.insert(text.len().saturating_sub(1), '/');
        }
        let open = self.index.header(&text);
        open.root().raw_name().clone_into(&mut self.root);
        self.forget();
        self.index.set_scope(scope_of(&open, self.map));
        (self.made, self.shows) = (Some(open), true);
    }

    /// The root's end tag.
    fn close(&mut self, text: &str, tag: &Tag) -> Result<(), Problem> {
        if tag.name.raw().of(text) != self.root {
            return Err((0, XmlErrorKind::NotWellFormed(Syntax::EndTag)));
        }
        self.place = Place::Epilogue;
        Ok(())
    }
}

/// The longest beginning of at most `bytes` bytes that cuts no character.
fn floor(text: &str, bytes: usize) -> &str {
    (0..=bytes).rev().find_map(|at| text.get(..at)).unwrap_or_default()
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
