//! What can be wrong with XML that was received, and with an element that is being built.

use std::fmt;

/// XML that cannot be accepted. The peer, or whoever wrote the document, is to blame; a [`XmlErrorKind::Limit`] was
/// drawn by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlError {
    /// Where: bytes since the stream (its last restart) or the document began.
    pub position: u64,
    /// What.
    pub kind: XmlErrorKind,
}

/// What is wrong with the XML, as finely as the stream errors of RFC 6120 §4.9.3 need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// It breaks XML 1.0 (stream error `not-well-formed`).
    NotWellFormed(Syntax),
    /// It uses a feature that XMPP forbids (RFC 6120 §11.1, stream error `restricted-xml`).
    Restricted(Feature),
    /// It declares, or is visibly written in, another encoding than UTF-8 (§11.6, stream error `unsupported-encoding`).
    UnsupportedEncoding,
    /// It declares another XML version than 1.0 (§11.5, stream error `not-well-formed`; `unsupported-version` speaks of XMPP).
    UnsupportedVersion,
    /// Bytes that are not UTF-8: overlong forms, surrogates, cut sequences (stream error `not-well-formed`).
    Utf8,
    /// It breaks Namespaces in XML 1.0 (§11.3, stream error `not-well-formed`).
    Namespace(NamespaceProblem),
    /// It passes one of our [`Limits`](super::Limits) (§13.12, stream error `policy-violation`).
    Limit(LimitKind),
    /// Characters other than white space between the first-level elements of a stream (stream error `bad-format`).
    TextBetweenStanzas,
    /// The document ended early. Only for whole documents: a stream waits for more.
    Truncated,
}

/// Which rule of XML 1.0 is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Syntax {
    /// A character that XML cannot carry, such as NUL.
    Char,
    /// A name that is none.
    Name,
    /// Something in a tag that does not belong there.
    Tag,
    /// An attribute without value, quotes or separating white space.
    Attribute,
    /// The same attribute twice in one tag.
    DuplicateAttribute,
    /// `<` in an attribute's value, or a tag that begins inside another.
    LessThan,
    /// `&` that begins no reference.
    Reference,
    /// A numeric reference to what is no character of XML.
    CharReference,
    /// `]]>` in text.
    CdataEnd,
    /// An end tag that does not match the start tag.
    EndTag,
    /// A declaration that is malformed or not at the very start.
    Declaration,
    /// `<!` that begins nothing known.
    Markup,
    /// Something other than white space before or after the root element.
    OutsideRoot,
}

/// A feature of XML that XMPP forbids (RFC 6120 §11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// `<!-- -->`.
    Comment,
    /// `<?target data?>`.
    ProcessingInstruction,
    /// `<!DOCTYPE` and everything that lives in one.
    Dtd,
    /// A reference to an entity other than the five that XML itself defines.
    EntityReference,
}

/// Which rule of Namespaces in XML 1.0 is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamespaceProblem {
    /// A prefix that nobody declared.
    UnboundPrefix,
    /// `xmlns:p=''`.
    EmptyPrefixed,
    /// `xml` or `xmlns` bound, or their namespaces given to another prefix.
    Reserved,
    /// A colon where a name cannot have one.
    Colon,
    /// Two attributes of one expanded name under different prefixes.
    DuplicateAttribute,
}

/// Which of the [`Limits`](super::Limits) is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`stanza_bytes`](super::Limits::stanza_bytes).
    StanzaBytes,
    /// [`header_bytes`](super::Limits::header_bytes).
    HeaderBytes,
    /// [`depth`](super::Limits::depth).
    Depth,
    /// [`attributes`](super::Limits::attributes).
    Attributes,
    /// [`namespace_declarations`](super::Limits::namespace_declarations).
    NamespaceDeclarations,
    /// [`text_bytes`](super::Limits::text_bytes).
    TextBytes,
    /// [`name_bytes`](super::Limits::name_bytes).
    NameBytes,
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.position)
    }
}

impl std::error::Error for XmlError {}

impl fmt::Display for XmlErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            XmlErrorKind::NotWellFormed(syntax) => match syntax {
                Syntax::Char => "a character that XML cannot carry",
                Syntax::Name => "a malformed name",
                Syntax::Tag => "a malformed tag",
                Syntax::Attribute => "a malformed attribute",
                Syntax::DuplicateAttribute => "the same attribute twice",
                Syntax::LessThan => "'<' inside a tag",
                Syntax::Reference => "'&' that begins no reference",
                Syntax::CharReference => "a reference to what is no XML character",
                Syntax::CdataEnd => "']]>' in text",
                Syntax::EndTag => "an end tag that matches no start tag",
                Syntax::Declaration => "a misplaced or malformed XML declaration",
                Syntax::Markup => "unknown markup",
                Syntax::OutsideRoot => "content outside the root element",
            },
            XmlErrorKind::Restricted(feature) => match feature {
                Feature::Comment => "a comment, which XMPP forbids",
                Feature::ProcessingInstruction => "a processing instruction, which XMPP forbids",
                Feature::Dtd => "a document type declaration, which XMPP forbids",
                Feature::EntityReference => "a reference to an entity that XML does not predefine",
            },
            XmlErrorKind::UnsupportedEncoding => "an encoding other than UTF-8",
            XmlErrorKind::UnsupportedVersion => "an XML version other than 1.0",
            XmlErrorKind::Utf8 => "invalid UTF-8",
            XmlErrorKind::Namespace(problem) => match problem {
                NamespaceProblem::UnboundPrefix => "an undeclared prefix",
                NamespaceProblem::EmptyPrefixed => "a prefix bound to no namespace",
                NamespaceProblem::Reserved => "a reserved prefix or namespace",
                NamespaceProblem::Colon => "a misplaced colon in a name",
                NamespaceProblem::DuplicateAttribute => "two attributes of one expanded name",
            },
            XmlErrorKind::Limit(kind) => match kind {
                LimitKind::StanzaBytes => "an element larger than the limit",
                LimitKind::HeaderBytes => "a header larger than the limit",
                LimitKind::Depth => "elements nested deeper than the limit",
                LimitKind::Attributes => "more attributes than the limit",
                LimitKind::NamespaceDeclarations => "more namespace declarations than the limit",
                LimitKind::TextBytes => "a text or value longer than the limit",
                LimitKind::NameBytes => "a name longer than the limit",
            },
            XmlErrorKind::TextBetweenStanzas => "text between stanzas",
            XmlErrorKind::Truncated => "the document ends early",
        })
    }
}

/// An element that cannot be built as asked. The caller is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A character that XML cannot carry, in text or in a value.
    Char(char),
    /// What is no name (an XML name without colon).
    Name(String),
    /// A prefix that is malformed, reserved, or already bound otherwise on this element.
    Prefix(String),
    /// A namespace that cannot be bound here: empty under a prefix, or reserved.
    Namespace(String),
    /// The attribute is there already.
    DuplicateAttribute(String),
    /// An attribute or declaration for an element that has content already.
    AfterContent(String),
    /// `close` without an open child.
    NothingOpen,
    /// More than 1 GiB, or copies that declare more than 1 MiB again of what they inherited.
    TooLarge,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Char(c) => write!(f, "XML cannot carry U+{:04X}", u32::from(*c)),
            BuildError::Name(name) => write!(f, "{name:?} is no XML name"),
            BuildError::Prefix(prefix) => write!(f, "the prefix {prefix:?} cannot be used here"),
            BuildError::Namespace(ns) => write!(f, "the namespace {ns:?} cannot be used here"),
            BuildError::DuplicateAttribute(name) => write!(f, "the attribute {name:?} is there already"),
            BuildError::AfterContent(name) => write!(f, "{name:?} comes after the element's content"),
            BuildError::NothingOpen => f.write_str("no child is open"),
            BuildError::TooLarge => f.write_str("the element is too large"),
        }
    }
}

impl std::error::Error for BuildError {}
