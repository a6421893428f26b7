//! Where readers may differ, and why.

use std::borrow::Cow;

use xmpp_core::xml::{NamespaceProblem, Syntax, XmlErrorKind as Kind, escape::is_name};

use crate::{End, Mode, Peer, Reading};

/// One way in which a peer may read a document otherwise than we do.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub name: &'static str,
    /// Who differs from us.
    pub peers: &'static [Peer],
    /// Why that is right, or at least no fault of ours.
    pub reason: &'static str,
    /// A document that shows it.
    pub example: &'static [u8],
    /// As what the document is read.
    pub mode: Mode,
    excuse: Excuse,
}

#[derive(Debug, PartialEq, Eq)]
enum Excuse {
    /// None: the peer's report is cut off where XMPP ends the stream, and then all must be equal.
    Forbidden,
    /// None: the peer gets another document, which means the same, and then all must be equal.
    Mended(Mend),
    /// We say this, and the peer goes on.
    Lenient(Kind),
    /// The peer refuses with such an error, and we go on.
    Strict(Refusal),
}

/// How a document is changed for a peer.
#[derive(Debug, PartialEq, Eq)]
enum Mend {
    /// No white space before the root where no declaration follows it.
    WhiteStart,
    /// Line ends as XML 1.0 §2.11 reads them.
    LineEnds,
}

/// Which of a peer's errors.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// These words are in it.
    Words(&'static str),
    /// libexpat's "invalid token" at a character of a name that is none of ASCII.
    NameCharacter,
    /// rxml's "undeclared entity" where a character reference is longer than it reads.
    LongReference,
}

impl Difference {
    /// Whether this is all that lies between two readings.
    pub(crate) fn excuses(&self, peer: Peer, document: &[u8], ours: &Reading, theirs: &Reading) -> bool {
        self.peers.contains(&peer)
            && match (&self.excuse, &ours.end, &theirs.end) {
                (Excuse::Lenient(kind), End::Ours(error), _) => {
                    *kind == error.kind && theirs.pieces.starts_with(&ours.pieces)
                }
                (Excuse::Strict(refusal), _, End::Peer(error)) => {
                    let known = match refusal {
                        Refusal::Words(words) => error.words.contains(words),
                        Refusal::LongReference => {
                            error.words.contains("undeclared entity") && has_long_reference(document)
                        }
                        Refusal::NameCharacter => {
                            error.words.contains("invalid token")
                                && error.at.is_some_and(|at| is_rare_in_name(document, at))
                        }
                    };
                    known && ours.pieces.starts_with(&theirs.pieces)
                }
                _ => false,
            }
    }
}

/// The document as a peer gets it, and why it is another.
pub(crate) fn mended(peer: Peer, document: &[u8]) -> (Cow<'_, [u8]>, Option<&'static Difference>) {
    let mut mended = (Cow::Borrowed(document), None);
    for difference in DIFFERENCES.iter().filter(|difference| difference.peers.contains(&peer)) {
        let Excuse::Mended(mend) = &difference.excuse else { continue };
        let other = match mend {
            Mend::WhiteStart => white_start(&mended.0),
            Mend::LineEnds => line_ends(&mended.0),
        };
        if let Some(other) = other {
            mended = (Cow::Owned(other), Some(difference));
        }
    }
    mended
}

fn white_start(document: &[u8]) -> Option<Vec<u8>> {
    let rest = document.trim_ascii_start();
    // What Rust calls white space has a form feed more.
    let white = document.strip_suffix(rest)?;
    let declares = rest.starts_with(b"<?xml");
    (!white.is_empty() && !white.contains(&b'\x0C') && !declares).then(|| rest.to_owned())
}

fn line_ends(document: &[u8]) -> Option<Vec<u8>> {
    let returns = document.contains(&b'\r');
    let follows = |i: usize| document.get(i + 1) == Some(&b'\n');
    let line_end = |(i, &b): (usize, &u8)| match b {
        b'\r' => (!follows(i)).then_some(b'\n'),
        _ => Some(b),
    };
    returns.then(|| document.iter().enumerate().filter_map(line_end).collect())
}

/// Whether a character of names that is none of ASCII stands there, outside of text.
fn is_rare_in_name(document: &[u8], at: usize) -> bool {
    let (before, rest) = document.split_at_checked(at).unwrap_or((document, &[]));
    let in_tag = before.iter().rfind(|b| matches!(b, b'<' | b'>')) == Some(&b'<');
    let c = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    in_tag && c.is_some_and(|c| !c.is_ascii() && is_name(&format!("a{c}")))
}

/// Whether a character reference has more than eight bytes between `&` and `;`.
fn has_long_reference(document: &[u8]) -> bool {
    document
        .windows(10)
        .any(|w| w.starts_with(b"&#") && w.iter().skip(2).all(|b| b.is_ascii_hexdigit() || *b == b'x'))
}

const fn forbidden(
    name: &'static str,
    peers: &'static [Peer],
    reason: &'static str,
    example: &'static [u8],
) -> Difference {
    Difference { name, peers, reason, example, mode: Mode::Stream, excuse: Excuse::Forbidden }
}

use Peer::{Expat, QuickXml, Rxml};

const fn lenient(
    name: &'static str,
    peers: &'static [Peer],
    reason: &'static str,
    example: &'static [u8],
    kind: Kind,
) -> Difference {
    Difference { name, peers, reason, example, mode: Mode::Stream, excuse: Excuse::Lenient(kind) }
}

/// Comments.
pub(crate) const COMMENT: Difference =
    forbidden("comment", &[Expat, QuickXml], "RFC 6120 §11.1 forbids it", b"<s><a/><!-- --><b/></s>");
/// Processing instructions.
pub(crate) const PROCESSING_INSTRUCTION: Difference = forbidden(
    "processing instruction",
    &[Expat, QuickXml],
    "RFC 6120 §11.1 forbids it",
    b"<s><a/><?b?><b/></s>",
);
/// Document types, with everything in them.
pub(crate) const DOCUMENT_TYPE: Difference = forbidden(
    "document type",
    &[Expat, QuickXml],
    "RFC 6120 §11.1 forbids it, and with it every entity that is not predefined",
    b"<!DOCTYPE s><s><a/></s>",
);
/// XML declarations of another version.
pub(crate) const VERSION: Difference = forbidden(
    "version",
    &[Expat, QuickXml],
    "RFC 6120 §11.5: the version of a stream is 1.0",
    b"<?xml version='1.1'?><s><a/></s>",
);
/// XML declarations of another encoding.
pub(crate) const ENCODING: Difference = forbidden(
    "encoding",
    &[Expat, QuickXml],
    "RFC 6120 §11.6: the encoding of a stream is UTF-8. libexpat is told so and ignores what is declared",
    b"<?xml version='1.0' encoding='iso-8859-1'?><s><a/></s>",
);
/// Byte order marks.
pub(crate) const BYTE_ORDER_MARK: Difference = forbidden(
    "byte order mark",
    &[Expat, QuickXml],
    "RFC 6120 §11.6 forbids to write one, and a received one is text, which cannot stand before the root",
    b"\xEF\xBB\xBF<s><a/></s>",
);
/// Documents in UTF-16.
pub(crate) const UTF_16: Difference = forbidden(
    "UTF-16",
    &[Expat],
    "RFC 6120 §11.6: the encoding of a stream is UTF-8. libexpat believes a byte order mark more than what it is told",
    b"\xFF\xFE<\0s\0>\0<\0a\0/\0>\0<\0/\0s\0>\0",
);
/// Text at the first level of a stream.
pub(crate) const TEXT_BETWEEN_STANZAS: Difference = forbidden(
    "text between stanzas",
    &[Expat, QuickXml, Rxml],
    "RFC 6120 §4.9.3.1, §11.7: only white space stands between stanzas. A reference to white space is no white space",
    b"<s><a/>text<b/></s>",
);

/// All of them.
pub static DIFFERENCES: &[Difference] = &[
    COMMENT,
    PROCESSING_INSTRUCTION,
    DOCUMENT_TYPE,
    VERSION,
    ENCODING,
    BYTE_ORDER_MARK,
    UTF_16,
    TEXT_BETWEEN_STANZAS,
    Difference {
        name: "white references between stanzas",
        peers: &[Rxml],
        reason: "As above; rxml does not tell a reference or CDATA from what is written as it is",
        example: b"<s><a/>&#32;<b/></s>",
        mode: Mode::Stream,
        excuse: Excuse::Lenient(Kind::TextBetweenStanzas),
    },
    Difference {
        name: "names of the fifth edition",
        peers: &[Expat],
        reason: "libexpat has the names of the fourth edition of XML 1.0, which listed the letters of Unicode 2.0",
        example: "<s><\u{10000}/></s>".as_bytes(),
        mode: Mode::Stream,
        excuse: Excuse::Strict(Refusal::NameCharacter),
    },
    Difference {
        name: "white space before the root",
        peers: &[Rxml],
        reason: "XML 1.0 §2.8 allows it",
        example: b"\n<s><a/></s>",
        mode: Mode::Stream,
        excuse: Excuse::Mended(Mend::WhiteStart),
    },
    Difference {
        name: "line ends in values",
        peers: &[Rxml],
        reason: "XML 1.0 §2.11: a carriage return is read as a line feed. rxml does so in text and not in values",
        example: b"<s><a b='1\r2'/></s>",
        mode: Mode::Stream,
        excuse: Excuse::Mended(Mend::LineEnds),
    },
    Difference {
        name: "long references",
        peers: &[Rxml],
        reason: "XML 1.0 §4.1: a character reference may begin with any number of zeros",
        example: b"<s><a>&#000000065;</a></s>",
        mode: Mode::Stream,
        excuse: Excuse::Strict(Refusal::LongReference),
    },
    lenient(
        "white references behind the root",
        &[Rxml],
        "XML 1.0 §2.1: as between stanzas, a reference or CDATA is no white space",
        b"<s/>&#32;",
        Kind::NotWellFormed(Syntax::OutsideRoot),
    ),
    Difference {
        name: "U+FEFF in names",
        peers: &[Rxml],
        reason: "XML 1.0 §2.3 has it among the characters that begin a name",
        example: "<s><\u{FEFF}/></s>".as_bytes(),
        mode: Mode::Stream,
        excuse: Excuse::Strict(Refusal::Words("U+feff not allowed")),
    },
    Difference {
        name: "declarations",
        peers: &[Rxml],
        reason: "XML 1.0 §2.8, §2.9: an encoding need not be declared, and a document need not stand alone",
        example: b"<?xml version='1.0' standalone='no'?><s/>",
        mode: Mode::Stream,
        excuse: Excuse::Strict(Refusal::Words("'version' attribute must be followed by")),
    },
    Difference {
        name: "documents that do not stand alone",
        peers: &[Rxml],
        reason: "XML 1.0 §2.9: without a document type it makes no difference",
        example: b"<?xml version='1.0' encoding='utf-8' standalone='no'?><s/>",
        mode: Mode::Stream,
        excuse: Excuse::Strict(Refusal::Words("only standalone documents are allowed")),
    },
    lenient(
        "a default namespace declared twice",
        &[Rxml],
        "XML 1.0 §3.1: no attribute twice. rxml takes the last",
        b"<s xmlns='a' xmlns='b'/>",
        Kind::NotWellFormed(Syntax::DuplicateAttribute),
    ),
    lenient(
        "reserved namespaces",
        &[Rxml, QuickXml],
        "Namespaces in XML 1.0 §3: nobody may declare xmlns, or give its namespace to another prefix",
        b"<s xmlns='http://www.w3.org/2000/xmlns/'/>",
        Kind::Namespace(NamespaceProblem::Reserved),
    ),
    lenient(
        "outside of the root",
        &[QuickXml],
        "XML 1.0 §2.1: there is one root, and only white space around it",
        b"<s/>text<s/>",
        Kind::NotWellFormed(Syntax::OutsideRoot),
    ),
    lenient(
        "names",
        &[QuickXml],
        "XML 1.0 §2.3: a name does not begin with a digit",
        b"<s><1/></s>",
        Kind::NotWellFormed(Syntax::Name),
    ),
    lenient(
        "slashes",
        &[QuickXml],
        "XML 1.0 §3.1: a slash in a tag stands before its '>' or behind its '<', and nowhere else",
        b"<s/ ></s/>",
        Kind::NotWellFormed(Syntax::Tag),
    ),
    lenient(
        "late declarations",
        &[QuickXml],
        "XML 1.0 §2.8: a declaration stands at the very start",
        b"\n<?xml version='1.0'?><s/>",
        Kind::NotWellFormed(Syntax::Declaration),
    ),
    lenient(
        "characters",
        &[QuickXml],
        "XML 1.0 §2.2: most control characters are none of XML",
        b"<s><a>\0</a></s>",
        Kind::NotWellFormed(Syntax::Char),
    ),
    lenient(
        "NUL before the root",
        &[QuickXml],
        "as above; we say that the encoding is not supported, because that is how UTF-16 begins",
        b"\0\0<s/>",
        Kind::UnsupportedEncoding,
    ),
    lenient(
        "characters by reference",
        &[QuickXml],
        "XML 1.0 §4.1: most control characters are none of XML by reference either",
        b"<s><a>&#1;</a></s>",
        Kind::NotWellFormed(Syntax::CharReference),
    ),
    lenient(
        "'<' in a tag",
        &[QuickXml],
        "XML 1.0 §2.4: it begins the next",
        b"<s a='<'/>",
        Kind::NotWellFormed(Syntax::LessThan),
    ),
    lenient(
        "attributes",
        &[QuickXml],
        "XML 1.0 §3.1: white space stands between them",
        b"<s a='1'b='2'/>",
        Kind::NotWellFormed(Syntax::Attribute),
    ),
    lenient(
        "end of CDATA in text",
        &[QuickXml],
        "XML 1.0 §2.4 forbids it",
        b"<s><a>]]></a></s>",
        Kind::NotWellFormed(Syntax::CdataEnd),
    ),
    lenient(
        "colons",
        &[QuickXml],
        "Namespaces in XML 1.0 §4: one in a name at most, and not at an end",
        b"<s xmlns:p='u'><p:a:b/></s>",
        Kind::Namespace(NamespaceProblem::Colon),
    ),
    lenient(
        "prefixes without a namespace",
        &[QuickXml],
        "Namespaces in XML 1.0 §2.2, §5: only version 1.1 lets one undeclare a prefix",
        b"<s xmlns:p=''/>",
        Kind::Namespace(NamespaceProblem::EmptyPrefixed),
    ),
    lenient(
        "the same attribute under two prefixes",
        &[QuickXml],
        "Namespaces in XML 1.0 §6.3 forbids it",
        b"<s xmlns:p='u' xmlns:q='u' p:a='' q:a=''/>",
        Kind::Namespace(NamespaceProblem::DuplicateAttribute),
    ),
];
