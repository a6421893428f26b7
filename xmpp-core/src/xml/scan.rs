//! The next token of a stream, found as the bytes arrive.
//!
//! A token that is there as a whole is taken apart at once. Of one that is cut, only its end is sought in what comes next,
//! so that no byte is looked at more than a few times however small the pieces are. What is wrong inside of a tag is told
//! when the tag is complete, and a `<` in it at once; so the outcome does not depend on the cuts.

use memchr::{memchr, memchr2};

use super::lex::{self, Lexed, Problem, Tag, TextKind};
use super::node::Node;
use super::{Feature, Limits, Syntax, XmlErrorKind};

/// A complete token, with the offset behind it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token {
    /// From `<` to `>`.
    Tag(Tag),
    /// Up to the next `<`.
    Text(TextKind, usize),
    /// From `<![CDATA[` to `]]>`.
    Cdata(usize),
    /// From `<?xml ` to `?>`.
    Declaration(usize),
}

/// Of a token that is cut, what is known of it.
#[derive(Debug, Clone, Copy, Default)]
enum State {
    /// Nothing: its first bytes are still to be looked at.
    #[default]
    Start,
    Text,
    /// Outside of quotes.
    Tag,
    Quoted(u8),
    Cdata,
    Declaration,
}

/// The search for the end of one token.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    state: State,
    /// The next byte that is looked at, where the state is not `Start`.
    at: usize,
}

enum End {
    More,
    At,
    LessThan(usize),
}

impl Scanner {
    /// The token that begins at `start`, once it is complete. `text` must be the same and more at each call, until a
    /// token was found. A start tag and its attributes go into `nodes`.
    pub(super) fn next(
        &mut self,
        text: &str,
        start: usize,
        declaration: bool,
        limits: &Limits,
        nodes: &mut Vec<Node>,
    ) -> Result<Option<Token>, Problem> {
        let bytes = text.as_bytes();
        loop {
            let found = match self.state {
                State::Start => {
                    let rest = bytes.get(start..).unwrap_or_default();
                    match rest {
                        [] | [b'<'] => return Ok(None),
                        [b'<', b'!', ..] => {
                            if !bang(rest).map_err(|(at, kind)| (start + at, kind))? {
                                return Ok(None);
                            }
                            (self.state, self.at) = (State::Cdata, start + CDATA.len());
                            continue;
                        }
                        [b'<', b'?', ..] => {
                            if !question(rest, declaration).map_err(|(at, kind)| (start + at, kind))? {
                                return Ok(None);
                            }
                            (self.state, self.at) = (State::Declaration, start + DECLARATION.len());
                            continue;
                        }
                        [b'<', ..] => {
                            return Ok(self.tag(text, start, limits, nodes)?.map(Token::Tag));
                        }
                        _ => lex::text(bytes, start, start).map(|(end, kind)| Token::Text(kind, end)),
                    }
                }
                State::Text => lex::text(bytes, start, self.at).map(|(end, kind)| Token::Text(kind, end)),
                State::Tag | State::Quoted(_) => match self.tag_end(bytes) {
                    End::More => return Ok(None),
                    End::LessThan(at) => return Err((at, XmlErrorKind::NotWellFormed(Syntax::LessThan))),
                    End::At => {
                        self.state = State::Start;
                        return match lex::tag(text, start, limits, nodes)? {
                            Lexed::Tag(tag) => Ok(Some(Token::Tag(tag))),
                            Lexed::Cut(_) => Ok(None),
                        };
                    }
                },
                State::Cdata => self.cdata_end(bytes, start).map(Token::Cdata),
                State::Declaration => {
                    let end = memchr(b'>', bytes.get(self.at..).unwrap_or_default());
                    end.map(|i| Token::Declaration(self.at + i + 1))
                }
            };
            if found.is_some() {
                self.state = State::Start;
                return Ok(found);
            }
            if matches!(self.state, State::Start) {
                self.state = State::Text;
            }
            self.at = bytes.len();
            return Ok(None);
        }
    }

    /// Whether no token is cut.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.state, State::Start)
    }

    /// Whether text or CDATA is cut.
    pub(super) fn is_in_text(&self) -> bool {
        matches!(self.state, State::Text | State::Cdata)
    }

    /// The tag that begins at `start`, once it is complete; no token is cut before. The common case is that it is there
    /// as a whole.
    #[inline]
    pub(super) fn tag(
        &mut self,
        text: &str,
        start: usize,
        limits: &Limits,
        nodes: &mut Vec<Node>,
    ) -> Result<Option<Tag>, Problem> {
        match lex::tag(text, start, limits, nodes) {
            Ok(Lexed::Tag(tag)) => Ok(Some(tag)),
            Ok(Lexed::Cut(quote)) => {
                self.state = quote.map_or(State::Tag, State::Quoted);
                self.at = text.len();
                Ok(None)
            }
            Err(problem) => self.wrong_tag(text, start, problem),
        }
    }

    /// What is wrong in a tag is told when it is complete.
    #[cold]
    fn wrong_tag(&mut self, text: &str, start: usize, problem: Problem) -> Result<Option<Tag>, Problem> {
        (self.state, self.at) = (State::Tag, start + 1);
        match self.tag_end(text.as_bytes()) {
            End::More => Ok(None),
            End::LessThan(at) => Err((at, XmlErrorKind::NotWellFormed(Syntax::LessThan))),
            End::At => Err(problem),
        }
    }

    /// Seeks the first `>` outside of quotes.
    fn tag_end(&mut self, bytes: &[u8]) -> End {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let found = match self.state {
                State::Quoted(quote) => memchr2(quote, b'<', rest),
                _ => rest.iter().position(|b| matches!(b, b'<' | b'>' | b'\'' | b'"')),
            };
            let Some(i) = found else {
                self.at = bytes.len();
                return End::More;
            };
            let at = self.at + i;
            self.state = match (self.state, rest.get(i)) {
                (_, Some(b'<')) => return End::LessThan(at),
                (State::Quoted(_), _) => State::Tag,
                (_, Some(&quote @ (b'\'' | b'"'))) => State::Quoted(quote),
                _ => return End::At,
            };
            self.at = at + 1;
        }
    }

    fn cdata_end(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        loop {
            self.at += memchr(b'>', bytes.get(self.at..).unwrap_or_default())? + 1;
            // Behind `<![CDATA[` there are two brackets of its own.
            let inside = bytes.get(start + CDATA.len()..self.at).unwrap_or_default();
            if inside.ends_with(b"]]>") {
                return Some(self.at);
            }
        }
    }
}

const CDATA: &[u8] = b"<![CDATA[";
const DECLARATION: &[u8] = b"<?xml";

/// Whether CDATA begins; `false` while that is open.
fn bang(bytes: &[u8]) -> Result<bool, Problem> {
    let wrong = |kind| Err((0, kind));
    match (bytes.get(2), bytes.get(3)) {
        (None, _) | (Some(b'-'), None) => Ok(false),
        (Some(b'-'), Some(b'-')) => wrong(XmlErrorKind::Restricted(Feature::Comment)),
        (Some(b'['), _) => match bytes.iter().zip(CDATA).position(|(is, expected)| is != expected) {
            Some(_) => wrong(XmlErrorKind::NotWellFormed(Syntax::Markup)),
            None => Ok(bytes.len() >= CDATA.len()),
        },
        // <!DOCTYPE, and what lives in one: <!ELEMENT, <!ENTITY, <!ATTLIST, <!NOTATION
        (Some(b'D' | b'E' | b'A' | b'N'), _) => wrong(XmlErrorKind::Restricted(Feature::Dtd)),
        (Some(_), _) => wrong(XmlErrorKind::NotWellFormed(Syntax::Markup)),
    }
}

/// Whether an XML declaration begins; `false` while that is open.
fn question(bytes: &[u8], declaration: bool) -> Result<bool, Problem> {
    let wrong = |kind| Err((0, kind));
    if bytes.iter().zip(DECLARATION).any(|(is, expected)| is != expected) {
        return wrong(XmlErrorKind::Restricted(Feature::ProcessingInstruction));
    }
    match bytes.get(DECLARATION.len()) {
        None => Ok(false),
        Some(b' ' | b'\t' | b'\r' | b'\n') if declaration => Ok(true),
        Some(b' ' | b'\t' | b'\r' | b'\n' | b'?') => wrong(XmlErrorKind::NotWellFormed(Syntax::Declaration)),
        Some(_) => wrong(XmlErrorKind::Restricted(Feature::ProcessingInstruction)),
    }
}
