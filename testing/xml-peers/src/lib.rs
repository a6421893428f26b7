//! Our XML reader against the readers of others: libexpat, which the common servers use, rxml and quick-xml.
//!
//! Whatever the bytes, both accept or both refuse, and what both accept says the same: names with namespaces, attributes
//! as a set, text. [`compare()`] holds two readings against each other. Where they may differ, that stands in one table,
//! [`DIFFERENCES`], with a reason and an input that shows it, and nothing else excuses a difference.
//!
//! Most of the table is what XMPP forbids. There the peer is not let off: what it reports is read by the rules of XMPP
//! (a comment ends the stream, as it does in a server that is built on that parser), and then all must be equal.
//!
//! libexpat takes part where its header is installed ([`peers::expat::is_there`]); everything else builds without it.

mod agree;
mod compare;
mod differences;
mod ours;
pub mod peers;
mod pieces;
mod reduced;
mod trace;

pub use agree::{agree, assert_agreement};
pub use compare::{Disagreement, compare};
pub use differences::{DIFFERENCES, Difference};
pub use ours::read as read_ours;
pub use pieces::{End, Event, Reading, read_peer};
pub use reduced::reduced;
pub use trace::{Name, PeerError, Tag, Trace};

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As a stream: a header, first-level elements, an end (RFC 6120 §4).
    Stream,
    /// As a document of its own.
    Document,
}

/// Who else reads XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// libexpat.
    Expat,
    /// rxml.
    Rxml,
    /// quick-xml.
    QuickXml,
}

impl Peer {
    /// Those that were built.
    pub fn all() -> impl Iterator<Item = Peer> {
        [Peer::Rxml, Peer::QuickXml].into_iter().chain(peers::expat::is_there().then_some(Peer::Expat))
    }

    /// What it says of a document.
    pub fn trace(self, document: &[u8]) -> Trace {
        match self {
            Peer::Expat => peers::expat::read(document),
            Peer::Rxml => peers::rxml::read(document),
            Peer::QuickXml => peers::quick_xml::read(document),
        }
    }
}
