//! What a peer says of a document.

use std::collections::BTreeMap;

/// An expanded name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Empty for none.
    pub ns: String,
    /// Without prefix.
    pub local: String,
}

impl Name {
    /// From its parts.
    pub fn new(ns: &str, local: &str) -> Name {
        Name { ns: ns.to_owned(), local: local.to_owned() }
    }
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Of the element.
    pub name: Name,
    /// Without namespace declarations.
    pub attrs: BTreeMap<Name, String>,
}

/// Why a peer refuses a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerError {
    /// The byte, if it tells.
    pub at: Option<usize>,
    /// In its words.
    pub words: String,
}

/// Everything that a peer tells before it accepts or refuses a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    pub(crate) events: Vec<Raw>,
    /// Why it refuses the document; `None` if it accepts it.
    pub error: Option<PeerError>,
}

/// What a peer tells. `at` and `len` are bytes of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    Declaration {
        version: String,
        encoding: Option<String>,
    },
    Start(Tag),
    End,
    Text {
        text: String,
        at: Option<usize>,
    },
    /// A CDATA section begins.
    Cdata,
    Comment {
        at: usize,
        len: usize,
    },
    Instruction {
        at: usize,
        len: usize,
    },
    /// Somewhere in its head.
    Doctype {
        at: usize,
    },
    /// Behind its end.
    DoctypeEnd {
        at: usize,
    },
}
