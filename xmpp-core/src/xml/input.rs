//! Bytes of a stream on their way to the tokeniser: checked to be characters of XML, and kept until they were read.

use super::assemble::KEPT;
use super::escape::first_bad_char;
use super::{Syntax, XmlErrorKind, lex::is_white};

/// What the tokeniser can look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// Characters of XML.
    pub(super) text: &'a str,
    /// What stands behind them and is none, or is not complete yet.
    pub(super) behind: Option<u8>,
    /// What is wrong there, if that is certain.
    pub(super) wrong: Option<XmlErrorKind>,
}

impl<'a> View<'a> {
    /// Of a whole document.
    pub(super) fn of(document: &'a [u8]) -> View<'a> {
        let (text, wrong) = characters(document);
        View { text, behind: document.get(text.len()).copied(), wrong }
    }
}

/// The bytes up to the first that is not, or not yet, a character of XML; and what is wrong there.
fn characters(bytes: &[u8]) -> (&str, Option<XmlErrorKind>) {
    // Crumbs are not worth the start of searches that are written for more.
    if bytes.len() <= 16 && bytes.iter().all(|&b| (b' '..=b'~').contains(&b) || is_white(b)) {
        return (str::from_utf8(bytes).unwrap_or_default(), None);
    }
    let (text, wrong) = match str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            // It was just found to be valid that far.
            let text = str::from_utf8(good).unwrap_or_default();
            (text, error.error_len().map(|_| XmlErrorKind::Utf8))
        }
    };
    match first_bad_char(text.as_bytes()) {
        None => (text, wrong),
        Some(at) => (text.get(..at).unwrap_or_default(), Some(XmlErrorKind::NotWellFormed(Syntax::Char))),
    }
}

/// Bytes of which the first were read. They are moved seldom: never more in all than were pushed.
#[derive(Default)]
pub(super) struct Buffer {
    text: String,
    read: usize,
    /// What came behind the text: the beginning of a character, or what is none and all that follows it.
    behind: Vec<u8>,
    wrong: Option<XmlErrorKind>,
}

/// Characters are checked in several passes over so many bytes at a time, which stay in a near cache meanwhile.
pub(super) const AT_ONCE: usize = 16 * 1024;

impl Buffer {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.read > self.text.len() / 2 {
            self.text.drain(..self.read);
            self.read = 0;
        }
        if bytes.len() <= AT_ONCE {
            return self.push_part(bytes);
        }
        self.text.reserve(bytes.len());
        for part in bytes.chunks(AT_ONCE) {
            self.push_part(part);
        }
    }

    fn push_part(&mut self, mut bytes: &[u8]) {
        if self.wrong.is_some() {
            return self.behind.extend_from_slice(bytes);
        }
        // A character that was cut is completed byte by byte.
        while !self.behind.is_empty() {
            let Some((&next, rest)) = bytes.split_first() else { return };
            self.behind.push(next);
            bytes = rest;
            let (text, wrong) = characters(&self.behind);
            if wrong.is_some() {
                self.wrong = wrong;
                return self.behind.extend_from_slice(bytes);
            }
            if !text.is_empty() {
                self.text.push_str(text);
                self.behind.clear();
            }
        }
        let (text, wrong) = characters(bytes);
        self.text.push_str(text);
        self.behind.extend_from_slice(bytes.get(text.len()..).unwrap_or_default());
        self.wrong = wrong;
    }

    pub(super) fn unread(&self) -> View<'_> {
        View {
            text: self.text.get(self.read..).unwrap_or_default(),
            behind: self.behind.first().copied(),
            wrong: self.wrong,
        }
    }

    /// How many bytes were not read.
    pub(super) fn len(&self) -> usize {
        self.text.len() - self.read + self.behind.len()
    }

    pub(super) fn take(&mut self, n: usize) {
        self.read = self.text.len().min(self.read + n);
        if self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            if self.text.capacity() > KEPT {
                self.text = String::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&[u8]]) -> (String, Option<u8>, Option<XmlErrorKind>) {
        let mut buffer = Buffer::default();
        for piece in pieces {
            buffer.push(piece);
        }
        let View { text, behind, wrong } = buffer.unread();
        (text.to_owned(), behind, wrong)
    }

    #[test]
    fn characters_may_be_cut_anywhere() {
        let text = "a\u{E9}\u{20AC}\u{10FFFF}b";
        for cut in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(cut);
            assert_eq!(pushed(&[head, tail]), (text.to_owned(), None, None));
        }
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(pushed(&bytes), (text.to_owned(), None, None));
    }

    #[test]
    fn what_is_none_is_found_wherever_it_is_cut() {
        for (bad, kind) in [
            (&b"\xC0\xAF"[..], XmlErrorKind::Utf8),
            (b"\xED\xA0\x80", XmlErrorKind::Utf8),
            (b"\xF4\x90\x80\x80", XmlErrorKind::Utf8),
            (b"\xE2\x82x", XmlErrorKind::Utf8),
            (b"\0", XmlErrorKind::NotWellFormed(Syntax::Char)),
            (b"\xEF\xBF\xBE", XmlErrorKind::NotWellFormed(Syntax::Char)),
        ] {
            let whole = [b"ab\xC3\xA9", bad, b"c"].concat();
            for cut in 0..=whole.len() {
                let (head, tail) = whole.split_at(cut);
                assert_eq!(
                    pushed(&[head, tail]),
                    ("ab\u{E9}".to_owned(), Some(bad[0]), Some(kind)),
                    "{bad:x?}"
                );
            }
        }
    }
}
