//! How much a peer may make us hold, and why that much.

/// Limits that hold while XML is read (RFC 6120 §13.12): what passes one is refused at that byte, not when it is complete.
///
/// ```
/// use xmpp_core::xml::{Element, LimitKind, Limits, XmlErrorKind};
/// let limits = Limits { depth: 2, ..Limits::default() };
/// let error = Element::parse_with(b"<a><b><c/></b></a>", limits).unwrap_err();
/// assert_eq!(error.kind, XmlErrorKind::Limit(LimitKind::Depth));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of one first-level element or document, from its `<` to its last `>`. A server may not go below
    /// 10,000 (RFC 6120 §13.12). The default is 262,144: a SOAP answer with thousands of data points fits, and 10,000
    /// connections that all send a large stanza at once still fit in the memory of one machine. The index of an element
    /// takes memory too: about twice the text in real stanzas, 22 times in the worst (`x<a/>` for ever).
    pub stanza_bytes: usize,
    /// The bytes from the start of a stream to the end of its header; whole documents have none. A header is read
    /// before anybody has logged in, so the default is 8,192 although real ones stay below 1,000.
    pub header_bytes: usize,
    /// How deep elements nest; the first-level element is at depth 1. The default is 128: SOAP bodies with nested
    /// arrays reach about 20, and code that walks a tree by recursion is safe at this depth on a small stack.
    pub depth: usize,
    /// The attributes of one element, namespace declarations not counted. The default is 128; comparing each with
    /// each for duplicates then stays cheap.
    pub attributes: usize,
    /// The namespace declarations that are in scope at one place, those of the stream header not counted. The default
    /// is 128; looking up a prefix walks through them.
    pub namespace_declarations: usize,
    /// The bytes of one text, CDATA section (with its brackets) or attribute value as it is written. The default is that of `stanza_bytes`:
    /// base64 payloads are one text, and nothing is gained by less. For who expects short values only.
    pub text_bytes: usize,
    /// The bytes of one element or attribute name with its prefix. The default is 1,024; names of generated SOAP
    /// bindings stay below 200.
    pub name_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            stanza_bytes: 256 * 1024,
            header_bytes: 8 * 1024,
            depth: 128,
            attributes: 128,
            namespace_declarations: 128,
            text_bytes: 256 * 1024,
            name_bytes: 1024,
        }
    }
}
