//! Elements as they are typed, or stand in a file one after the other.

use std::fmt;

use xmpp_core::xml::{Element, Limits, Piece, StreamReader, XmlErrorKind};

/// What elements inherit: the default namespace of a client's stream, and its prefix.
const HEADER: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// Why a text is no sequence of elements, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    what: What,
    /// Both count from 1; a column is a character.
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// More may follow.
    Unfinished,
    /// `</stream:stream>`.
    End,
    Xml(XmlErrorKind),
}

impl Mistake {
    fn new(what: What, text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { what, line, column }
    }

    /// Nothing is wrong with it but that it is not all.
    pub(super) fn is_unfinished(self) -> bool {
        self.what == What::Unfinished
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Unfinished => f.write_str("the text ends inside an element or comment")?,
            What::End => f.write_str("the end of the stream cannot be sent like this (/quit closes it)")?,
            What::Xml(kind) => write!(f, "{kind}")?,
        }
        write!(f, ": line {}, column {}", self.line, self.column)
    }
}

/// The elements of a text, with white space and comments between them. Inside of elements XMPP allows no comments.
pub(super) fn read(text: &str) -> Result<Vec<Element>, Mistake> {
    let mut elements = Vec::new();
    let mut at = 0;
    loop {
        at = skip(text, at)?;
        if at == text.len() {
            return Ok(elements);
        }
        let (element, end) = element(text, at)?;
        elements.push(element);
        at = end;
    }
}

/// Where white space and comments end.
fn skip(text: &str, mut at: usize) -> Result<usize, Mistake> {
    const BEGIN: &str = "<!--";
    const END: &str = "-->";
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let content = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
        at += rest.len() - content.len();
        let Some(comment) = content.strip_prefix(BEGIN) else { return Ok(at) };
        let end = comment.find(END).ok_or_else(|| Mistake::new(What::Unfinished, text, text.len()))?;
        at += BEGIN.len() + end + END.len();
    }
}

/// The element that begins here, and where it ends. It is read as on a stream, tag by tag, so that nothing behind it is
/// looked at.
fn element(text: &str, begin: usize) -> Result<(Element, usize), Mistake> {
    let mut reader = StreamReader::new(Limits::default());
    let mut at = begin;
    let mut next = HEADER;
    loop {
        reader.push(next.as_bytes());
        match reader.next_piece() {
            Ok(Some(Piece::Element(element))) => return Ok((element, at)),
            Ok(Some(Piece::Close)) => return Err(Mistake::new(What::End, text, begin)),
            Ok(Some(Piece::Open(_)) | None) => {}
            Err(error) => {
                let at = usize::try_from(error.position).unwrap_or(usize::MAX).saturating_sub(HEADER.len());
                return Err(Mistake::new(What::Xml(error.kind), text, begin + at));
            }
        }
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return Err(Mistake::new(What::Unfinished, text, text.len()));
        }
        next = rest.split_inclusive('>').next().unwrap_or(rest);
        at += next.len();
    }
}

#[cfg(test)]
mod tests {
    use xmpp_core::xml::ns;

    use super::*;

    fn wrong(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    /// What is typed needs no namespace, and may have any other.
    #[test]
    fn the_default_namespace_is_that_of_stanzas() {
        let read = read("<presence/><r xmlns='urn:xmpp:sm:3'/> <stream:error/>").unwrap();
        let names: Vec<_> = read.iter().map(|element| (element.name(), element.ns())).collect();
        assert_eq!(names, [("presence", ns::CLIENT), ("r", "urn:xmpp:sm:3"), ("error", ns::STREAMS)]);
        assert_eq!(read[0].to_xml(), "<presence xmlns='jabber:client'/>");
    }

    #[test]
    fn comments_and_white_space_between_elements() {
        let file = "\u{feff}<!-- first > --> \n\n<message to='a@b'><body>1 > 2</body></message><!--x--><!---->\n<iq/>\n<!-- end -->";
        let read = read(file).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].child("body", ns::CLIENT).unwrap().text(), "1 > 2");
        assert_eq!(super::read(" \n<!-- nothing -->"), Ok(Vec::new()));
        assert_eq!(wrong("<a>\n <!-- no --></a>"), "a comment, which XMPP forbids: line 2, column 2");
    }

    #[test]
    fn what_is_not_finished_may_go_on() {
        for text in ["<", "<a", "<a b='>", "<a><b></b>", "<a/><a>", "<!-- a", "<a/><!--", "<a>\n  text\n"] {
            let mistake = read(text).unwrap_err();
            assert!(mistake.is_unfinished(), "{text}: {mistake}");
        }
        assert_eq!(wrong("<a>\n é"), "the text ends inside an element or comment: line 2, column 3");
    }

    /// The place is counted in the text, however much was skipped before.
    #[test]
    fn mistakes_have_a_place() {
        for (text, told) in [
            ("<a></b>", "an end tag that matches no start tag: line 1, column 4"),
            ("<!-- é\n --><a/>\n  <é><p:b/></é>", "an undeclared prefix: line 3, column 7"),
            ("<a b='1' b='2'/>", "the same attribute twice: line 1, column 10"),
            ("<a/> text <a/>", "text between stanzas: line 1, column 6"),
            ("<a>&nbsp;</a>", "a reference to an entity that XML does not predefine: line 1, column 4"),
            (
                "<a/>\n</stream:stream>",
                "the end of the stream cannot be sent like this (/quit closes it): line 2, column 1",
            ),
        ] {
            assert_eq!(wrong(text), told, "{text}");
        }
    }

    /// A long file takes no longer than its length.
    #[test]
    fn many_elements() {
        let file = "<message><body>hello</body></message>\n<!-- and -->\n".repeat(20_000);
        assert_eq!(read(&file).unwrap().len(), 20_000);
    }
}
