//! What one side says on a stream: an opening, elements, a close.
//!
//! Items are the language between a [`Wire`](crate::Wire) and a [`Speaker`](crate::Speaker). A stream over TCP, over
//! WebSocket and over BOSH is the same sequence of items.

use std::fmt;

use crate::xml::{self, Element, ns};

/// One thing said on a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The stream begins, or begins anew after a restart (RFC 6120 §4.2).
    Open(Header),
    /// A first-level element: a stanza, features, a negotiation element, a stream error.
    Element(Element),
    /// The stream ends (RFC 6120 §4.4).
    Close {
        /// Where to go instead: `see-other-uri` of RFC 7395 §3.6.1 and XEP-0124 §17.2. TCP has none.
        see_other: Option<String>,
    },
}

impl Item {
    /// The end of a stream, without a place to go instead.
    pub const CLOSE: Self = Self::Close { see_other: None };
}

/// For people: elements as XML with the payload of SASL masked, the rest in a few words.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(header) => write!(f, "{header}"),
            Self::Element(element) => f.write_str(&xml::masked(&element.root())),
            Self::Close { see_other: None } => f.write_str("</stream>"),
            Self::Close { see_other: Some(uri) } => write!(f, "</stream> see-other-uri={uri}"),
        }
    }
}

/// The attributes of a stream header (RFC 6120 §4.7), whatever transport carried them.
///
/// Addresses stay strings: a header with a malformed one must be answered with `improper-addressing`, and that is for
/// the speaker to say. All are optional, because a BOSH session carries few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Whom the sender wants to talk to (§4.7.2).
    pub to: Option<String>,
    /// Who the sender says it is (§4.7.1).
    pub from: Option<String>,
    /// The stream's identifier, from the receiving side only (§4.7.3).
    pub id: Option<String>,
    /// The default language of what follows (§4.7.4).
    pub lang: Option<String>,
    /// The version as two integers (§4.7.5); absent means 0.9, a peer from before RFC 3920.
    pub version: Option<(u32, u32)>,
    /// The namespace of the stanzas on this stream (§4.8.2).
    pub content: Content,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<stream")?;
        for (name, value) in
            [("to", &self.to), ("from", &self.from), ("id", &self.id), ("xml:lang", &self.lang)]
        {
            if let Some(value) = value {
                write!(f, " {name}='{value}'")?;
            }
        }
        if let Some((major, minor)) = self.version {
            write!(f, " version='{major}.{minor}'")?;
        }
        write!(f, " xmlns='{}'>", self.content.ns())
    }
}

/// The content namespace of a stream (RFC 6120 §4.8.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// `jabber:client`: between a client and its server.
    #[default]
    Client,
}

impl Content {
    /// The namespace name.
    #[must_use]
    pub fn ns(self) -> &'static str {
        match self {
            Self::Client => ns::CLIENT,
        }
    }
}
