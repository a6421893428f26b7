//! Where the next token of a stream ends, found as the bytes arrive.
//!
//! Each byte is looked at once here, whatever the pieces in which it comes: the state is kept between calls. Errors are
//! reported at the byte that makes them certain, those of characters before those of markup, so that the outcome does
//! not depend on how much was there to look at.

use memchr::{memchr, memchr2};

use super::escape::first_bad_char;
use super::{Feature, LimitKind, Syntax, XmlErrorKind};

/// What a complete token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// From `<` to `>`.
    Tag,
    /// Up to the next `<`.
    Text,
    /// From `<![CDATA[` to `]]>`.
    Cdata,
    /// From `<?xml ` to `?>`.
    Declaration,
}

/// An offset in the bytes that were looked at, and what is wrong there.
pub(super) type Problem = (usize, XmlErrorKind);

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Start,
    Text,
    Tag,
    Quoted(u8),
    Bang,
    Cdata,
    Question,
    Declaration,
}

/// The search for the end of one token.
#[derive(Debug, Default)]
pub(super) struct Framer {
    state: State,
    /// The next byte that the state machine looks at.
    at: usize,
    /// How far the characters are known to be good.
    checked: usize,
}

enum Scan {
    More,
    Found(Token, usize),
    /// Wrong at the first offset, certain with the byte at the second.
    Wrong(usize, usize, XmlErrorKind),
}

/// How much may be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Bytes from the token's first on.
    pub(super) bytes: usize,
    /// What is passed behind them.
    pub(super) limit: LimitKind,
    /// Whether an XML declaration may begin here.
    pub(super) declaration: bool,
}

impl Framer {
    /// The token that begins with the first byte of `rest`, once it is complete. `rest` must be the same bytes and more
    /// at each call, until a token was found.
    pub(super) fn find(&mut self, rest: &[u8], budget: Budget) -> Result<Option<(Token, usize)>, Problem> {
        let visible = rest.get(..budget.bytes).unwrap_or(rest);
        let scan = self.scan(visible, budget.declaration);
        let (extent, complete) = match scan {
            Scan::More => (visible.len(), false),
            Scan::Found(_, end) => (end, true),
            Scan::Wrong(_, certain, _) => (certain + 1, false),
        };
        self.check(visible.get(..extent).unwrap_or(visible), complete)?;
        match scan {
            Scan::Found(token, end) => {
                *self = Framer::default();
                Ok(Some((token, end)))
            }
            Scan::Wrong(at, _, kind) => Err((at, kind)),
            Scan::More if rest.len() > budget.bytes => Err((budget.bytes, XmlErrorKind::Limit(budget.limit))),
            Scan::More => Ok(None),
        }
    }

    fn scan(&mut self, bytes: &[u8], declaration: bool) -> Scan {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            match self.state {
                State::Start => {
                    self.state = match (rest.first(), rest.get(1)) {
                        (Some(b'<'), Some(b'!')) => State::Bang,
                        (Some(b'<'), Some(b'?')) => State::Question,
                        (Some(b'<'), Some(_)) => State::Tag,
                        (Some(b'<'), None) | (None, _) => return Scan::More,
                        (Some(_), _) => State::Text,
                    };
                    self.at = usize::from(matches!(self.state, State::Tag));
                }
                State::Text => match memchr(b'<', rest) {
                    Some(i) => return Scan::Found(Token::Text, self.at + i),
                    None => return self.more(bytes),
                },
                State::Tag => {
                    let Some(i) = rest.iter().position(|b| matches!(b, b'<' | b'>' | b'\'' | b'"')) else {
                        return self.more(bytes);
                    };
                    let at = self.at + i;
                    match rest.get(i) {
                        Some(b'<') => {
                            return Scan::Wrong(at, at, XmlErrorKind::NotWellFormed(Syntax::LessThan));
                        }
                        Some(&quote @ (b'\'' | b'"')) => self.state = State::Quoted(quote),
                        _ => return Scan::Found(Token::Tag, at + 1),
                    }
                    self.at = at + 1;
                }
                State::Quoted(quote) => {
                    let Some(i) = memchr2(quote, b'<', rest) else { return self.more(bytes) };
                    let at = self.at + i;
                    if rest.get(i) == Some(&b'<') {
                        return Scan::Wrong(at, at, XmlErrorKind::NotWellFormed(Syntax::LessThan));
                    }
                    self.state = State::Tag;
                    self.at = at + 1;
                }
                State::Bang => match bang(bytes) {
                    Scan::Found(_, at) => {
                        self.state = State::Cdata;
                        self.at = at;
                    }
                    other => return other,
                },
                State::Cdata => {
                    let Some(i) = memchr(b'>', rest) else { return self.more(bytes) };
                    self.at += i + 1;
                    // Behind `<![CDATA[` there are two brackets of its own.
                    let end = bytes.get(CDATA.len()..self.at).unwrap_or_default();
                    if end.ends_with(b"]]>") {
                        return Scan::Found(Token::Cdata, self.at);
                    }
                }
                State::Question => match question(bytes, declaration) {
                    Scan::Found(_, at) => {
                        self.state = State::Declaration;
                        self.at = at;
                    }
                    other => return other,
                },
                State::Declaration => match memchr(b'>', rest) {
                    Some(i) => return Scan::Found(Token::Declaration, self.at + i + 1),
                    None => return self.more(bytes),
                },
            }
        }
    }

    fn more(&mut self, bytes: &[u8]) -> Scan {
        self.at = bytes.len();
        Scan::More
    }

    /// Checks UTF-8 and the characters of XML as far as they were not checked before.
    fn check(&mut self, bytes: &[u8], complete: bool) -> Result<(), Problem> {
        let fresh = bytes.get(self.checked..).unwrap_or_default();
        let (good, wrong) = match std::str::from_utf8(fresh) {
            Ok(good) => (good.as_bytes(), false),
            Err(error) => (
                fresh.get(..error.valid_up_to()).unwrap_or_default(),
                complete || error.error_len().is_some(),
            ),
        };
        if let Some(at) = first_bad_char(good) {
            return Err((self.checked + at, XmlErrorKind::NotWellFormed(Syntax::Char)));
        }
        self.checked += good.len();
        if wrong { Err((self.checked, XmlErrorKind::Utf8)) } else { Ok(()) }
    }
}

const CDATA: &[u8] = b"<![CDATA[";

fn bang(bytes: &[u8]) -> Scan {
    let wrong = |certain, kind| Scan::Wrong(0, certain, kind);
    match (bytes.get(2), bytes.get(3)) {
        (None, _) | (Some(b'-'), None) => Scan::More,
        (Some(b'-'), Some(b'-')) => wrong(3, XmlErrorKind::Restricted(Feature::Comment)),
        (Some(b'-'), Some(_)) => wrong(3, XmlErrorKind::NotWellFormed(Syntax::Markup)),
        (Some(b'['), _) => match bytes.iter().zip(CDATA).position(|(is, expected)| is != expected) {
            Some(at) => wrong(at, XmlErrorKind::NotWellFormed(Syntax::Markup)),
            None if bytes.len() < CDATA.len() => Scan::More,
            None => Scan::Found(Token::Cdata, CDATA.len()),
        },
        // <!DOCTYPE, and what lives in one: <!ELEMENT, <!ENTITY, <!ATTLIST, <!NOTATION
        (Some(b'D' | b'E' | b'A' | b'N'), _) => wrong(2, XmlErrorKind::Restricted(Feature::Dtd)),
        (Some(_), _) => wrong(2, XmlErrorKind::NotWellFormed(Syntax::Markup)),
    }
}

fn question(bytes: &[u8], declaration: bool) -> Scan {
    const XML: &[u8] = b"<?xml";
    if let Some(at) = bytes.iter().zip(XML).position(|(is, expected)| is != expected) {
        return Scan::Wrong(0, at, XmlErrorKind::Restricted(Feature::ProcessingInstruction));
    }
    match bytes.get(XML.len()) {
        None => Scan::More,
        Some(b' ' | b'\t' | b'\r' | b'\n') if declaration => Scan::Found(Token::Declaration, XML.len()),
        Some(b' ' | b'\t' | b'\r' | b'\n' | b'?') => {
            Scan::Wrong(0, XML.len(), XmlErrorKind::NotWellFormed(Syntax::Declaration))
        }
        Some(_) => Scan::Wrong(0, XML.len(), XmlErrorKind::Restricted(Feature::ProcessingInstruction)),
    }
}
