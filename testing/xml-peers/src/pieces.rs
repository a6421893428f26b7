//! A peer's report, read by the rules of XMPP.

use crate::{Difference, Mode, Peer, PeerError, Tag, Trace, differences as of, trace::Raw};
use xmpp_core::xml::XmlError;

/// What is in an element, in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An element begins.
    Start(Tag),
    /// Text, joined with its neighbours.
    Text(String),
    /// An element ends.
    End,
}

/// How a reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The root ended, and only white space followed.
    Complete,
    /// More was to come.
    Incomplete,
    /// We refused it.
    Ours(XmlError),
    /// The peer refused it.
    Peer(PeerError),
    /// The peer accepted what XMPP forbids.
    Forbidden(&'static Difference),
}

/// What somebody read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Of a stream the header, as a start alone, and each complete first-level element. Of a document the root, when all
    /// of it was accepted.
    pub pieces: Vec<Vec<Event>>,
    /// How it went on.
    pub end: End,
}

/// What a peer reads by the rules of XMPP (RFC 6120 §11).
pub fn read_peer(peer: Peer, mode: Mode, document: &[u8]) -> Reading {
    let (document, _) = of::mended(peer, document);
    let document = &*document;
    let mut pieces = Pieces { mode, document, depth: 0, done: Vec::new(), open: Vec::new(), complete: false };
    let trace = peer.trace(document);
    let end = match pieces.take_all(&trace) {
        Err(difference) => End::Forbidden(difference),
        Ok(()) => match trace.error {
            Some(error) => End::Peer(error),
            None if pieces.complete => End::Complete,
            None => End::Incomplete,
        },
    };
    if mode == Mode::Document && end != End::Complete {
        pieces.done.clear();
    }
    Reading { pieces: pieces.done, end }
}

struct Pieces<'a> {
    mode: Mode,
    document: &'a [u8],
    depth: usize,
    done: Vec<Vec<Event>>,
    open: Vec<Event>,
    complete: bool,
}

type Allowed = Result<(), &'static Difference>;

impl Pieces<'_> {
    fn take_all(&mut self, trace: &Trace) -> Allowed {
        match self.document {
            [0xEF, 0xBB, 0xBF, ..] => return Err(&of::BYTE_ORDER_MARK),
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => return Err(&of::UTF_16),
            _ => {}
        }
        for event in &trace.events {
            // Behind the root there is nothing else that a peer could report and accept.
            if self.complete { forbidden(event)? } else { self.take(event)? }
        }
        Ok(())
    }

    /// Where what is written at the first level of a stream stands.
    fn between(&self) -> bool {
        self.mode == Mode::Stream && self.depth == 1
    }

    fn take(&mut self, event: &Raw) -> Allowed {
        forbidden(event)?;
        match event {
            Raw::Start(tag) => {
                self.open.push(Event::Start(tag.clone()));
                if self.mode == Mode::Stream && self.depth == 0 {
                    self.done.push(std::mem::take(&mut self.open));
                }
                self.depth += 1;
            }
            Raw::End => {
                self.depth = self.depth.saturating_sub(1);
                self.complete = self.depth == 0;
                if self.mode == Mode::Document || self.depth > 0 {
                    self.open.push(Event::End);
                }
                if self.depth == usize::from(self.mode == Mode::Stream) {
                    self.done.push(std::mem::take(&mut self.open));
                }
            }
            Raw::Text { text, at } if self.between() => {
                let white = text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
                let written = at.is_none_or(|at| self.document.get(at) != Some(&b'&'));
                return if white && written { Ok(()) } else { Err(&of::TEXT_BETWEEN_STANZAS) };
            }
            Raw::Cdata if self.between() => return Err(&of::TEXT_BETWEEN_STANZAS),
            Raw::Text { text, .. } if self.depth > 0 && !text.is_empty() => match self.open.last_mut() {
                Some(Event::Text(before)) => before.push_str(text),
                _ => self.open.push(Event::Text(text.clone())),
            },
            _ => {}
        }
        Ok(())
    }
}

fn forbidden(event: &Raw) -> Allowed {
    match event {
        Raw::Declaration { version, .. } if version != "1.0" => Err(&of::VERSION),
        Raw::Declaration { encoding: Some(encoding), .. } if !encoding.eq_ignore_ascii_case("utf-8") => {
            Err(&of::ENCODING)
        }
        Raw::Comment { .. } => Err(&of::COMMENT),
        Raw::Instruction { .. } => Err(&of::PROCESSING_INSTRUCTION),
        Raw::Doctype { .. } => Err(&of::DOCUMENT_TYPE),
        _ => Ok(()),
    }
}
