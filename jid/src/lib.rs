//! XMPP addresses (RFC 7622): parse, compare, print.
//!
//! An address names an account, a room or a server (`juliet@example.com`, [`BareJid`]), one session of it
//! (`juliet@example.com/balcony`, [`FullJid`]), or either ([`Jid`]). [`JidRef`] is the borrowed view of all three.
//!
//! # Parse
//! What is parsed is valid and canonical: letters in lower case, Unicode in NFC, domains with Unicode labels. So two
//! addresses are the same exactly when their strings are, and printing and parsing again changes nothing.
//! ```
//! use jid::{BareJid, FullJid, Jid};
//!
//! let any: Jid = "Juliet@Example.com/Balcony".parse()?;
//! assert_eq!(any.to_string(), "juliet@example.com/Balcony"); // a resource keeps its case
//!
//! let account = BareJid::new("romeo@xn--bcher-kva.example")?;
//! assert_eq!(account.domain(), "bücher.example");
//!
//! assert!(FullJid::new("romeo@example.net").is_err()); // no resource
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Build from parts
//! ```
//! use jid::{BareJid, Jid};
//!
//! let device = BareJid::from_parts(Some("08-00-00-1A-7C-62"), "example.com")?;
//! assert_eq!(device, "08-00-00-1a-7c-62@example.com"); // a login name may differ from what is bound
//! assert_eq!(device.with_resource("ilon")?, "08-00-00-1a-7c-62@example.com/ilon");
//! assert_eq!(Jid::from_parts(None, "example.com", None)?, "example.com");
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Take apart
//! ```
//! use jid::Jid;
//!
//! let jid = Jid::new("room@chat.example.com/Romeo the 1st")?;
//! assert_eq!(jid.local(), Some("room"));
//! assert_eq!(jid.domain(), "chat.example.com");
//! assert_eq!(jid.resource(), Some("Romeo the 1st"));
//! assert_eq!(jid.bare(), "room@chat.example.com"); // borrowed
//! let room = jid.to_bare(); // owned, and still no copy of the text
//! assert!(room.is_bare_of(&jid));
//! let occupant = jid.into_full().expect("it has a resource");
//! assert_eq!(occupant.resource(), "Romeo the 1st");
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Parts as types
//! Where parts are kept apart, [`LocalPart`], [`DomainPart`] and [`ResourcePart`] hold them checked, and joining them
//! cannot fail any more.
//! ```
//! use jid::{BareJid, DomainPart, LocalPart, ResourcePart};
//!
//! let host = DomainPart::new("Plant.example.com")?;
//! let device = BareJid::of(Some(&LocalPart::new("ilon")?), &host);
//! assert_eq!(device.at(&ResourcePart::new("1")?), "ilon@plant.example.com/1");
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Names that localparts cannot hold
//! What a person types, or another system's address, is escaped (XEP-0106) and shown unescaped. The escaped form is what
//! travels and what is compared.
//! ```
//! use jid::{BareJid, DomainPart, LocalPart};
//!
//! let local = LocalPart::escape("juliet@capulet.example")?;
//! let jid = BareJid::of(Some(&local), &DomainPart::new("smtp.example.com")?);
//! assert_eq!(jid, r"juliet\40capulet.example@smtp.example.com");
//! assert_eq!(jid::unescape(jid.local().unwrap_or_default()), "juliet@capulet.example");
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Links
//! [`XmppUri`] reads and writes `xmpp:` URIs and IRIs (RFC 5122) with what they ask for ([`Query`], XEP-0147).
//! ```
//! use jid::{Jid, Query, XmppUri};
//!
//! let uri = XmppUri::parse("xmpp:romeo@example.net?message;body=O%20Romeo")?;
//! assert_eq!(uri.address().map(Jid::as_str), Some("romeo@example.net"));
//! assert_eq!(uri.query().and_then(|query| query.get("body")), Some("O Romeo"));
//!
//! let link = XmppUri::new(Jid::new("жук@example.com")?).with_query(Query::new("subscribe"));
//! assert_eq!(link.to_string(), "xmpp:%D0%B6%D1%83%D0%BA@example.com?subscribe");
//! assert_eq!(link.iri().to_string(), "xmpp:жук@example.com?subscribe");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! # Compare, sort, look up
//! Equality, order and hash are those of the canonical string, so that a map with addresses as keys can be asked with
//! a string. Kinds of which one may be the other compare with each other.
//! ```
//! use std::collections::HashMap;
//!
//! use jid::{BareJid, Jid};
//!
//! let mut names = HashMap::new();
//! names.insert(BareJid::new("juliet@example.com")?, "Juliet");
//! let from = Jid::new("juliet@example.com/balcony")?;
//! assert_eq!(names.get(from.bare().as_str()), Some(&"Juliet"));
//! assert!(from != from.to_bare());
//! # Ok::<(), jid::JidError>(())
//! ```
//! A bare and a full address are never equal, so asking for that does not compile:
//! ```compile_fail
//! # use jid::{BareJid, FullJid};
//! fn same(bare: &BareJid, full: &FullJid) -> bool {
//!     bare == full
//! }
//! ```
//! # Look without copying
//! ```
//! use jid::{JidRef, jid};
//!
//! // `to` of a stanza that passes through: canonical already, nothing is allocated.
//! let to = JidRef::new("juliet@example.com/balcony")?;
//! assert_eq!(to.domain(), "example.com");
//!
//! const SERVICE: JidRef<'static> = jid!("echo.example.com"); // a literal, checked when the program is compiled
//! assert_eq!(SERVICE.to_bare(), "echo.example.com");
//! # Ok::<(), jid::JidError>(())
//! ```
//! # Say what is wrong
//! [`JidError`] names the part, the rule and the byte. A stream or stanza answers it with `jid-malformed` or
//! `improper-addressing` (RFC 6120 §8.3.3.8, §4.9.3.7).
//! ```
//! use jid::{Jid, Part, Reason};
//!
//! let error = Jid::new("juliet@example..com").unwrap_err();
//! assert_eq!((error.part(), error.reason(), error.position()), (Part::Domain, Reason::EmptyLabel, 15));
//! assert_eq!(error.to_string(), "domainpart: a label is empty (byte 15)");
//! ```
//! # Which rules
//! - Localpart: `UsernameCaseMapped` (RFC 8265 §3.3) without `" & ' / : < > @`.
//! - Resourcepart: `OpaqueString` (RFC 8265 §4.2). A space in front is fine (erratum 4560 of RFC 7622).
//! - Domainpart: labels of letters, digits and inner hyphens, or Unicode labels as IDNA2008 has them, after the mapping
//!   of UTS 46; `xn--` labels become Unicode, a final dot goes, limits of the DNS hold. Or an IPv4 address, or an IPv6
//!   address in brackets, which is written as RFC 5952 recommends.
//! - Each part has 1 to 1023 octets once the rules are applied.
//!
//! The older rules of RFC 6122 differ (there `ß` is `ss` and `ﬁ` is `fi`). This crate follows those of RFC 7622 only;
//! [`JidRef::is_alike`] compares by the older ones. RFC 7622 sets no limit for a label; the DNS does, and a name that it cannot hold is refused.
//!
//! # What it costs
//! An address is one text with offsets. Up to 48 octets are held inline: parsing them allocates nothing once they are
//! canonical, a clone or a bare form copies 64 octets. Longer ones are shared, so that these only count.
//!
//! A canonical address in ASCII is recognised in one pass over its bytes. Beyond ASCII one look-up a character tells
//! whether the rules could change or refuse it, and the rules themselves run only then: for what is decomposed, mixes
//! directions, or needs its neighbours. The table for it is generated from the rules, and property tests over all of Unicode
//! show that both ways agree.
//!
//! The crate needs no `std`, only `alloc`. Feature `serde`: addresses as strings, checked when read.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![deny(missing_docs, missing_debug_implementations)]

extern crate alloc;

mod ascii;
mod bidi;
mod class;
mod domain;
mod error;
mod escape;
mod older;
mod owned;
mod parse;
mod parts;
mod precis;
mod quiet;
mod repr;
#[cfg(feature = "serde")]
mod serde;
mod text;
mod traits;
mod uri;
mod view;

pub use error::{JidError, Part, Reason};
pub use escape::{escape, unescape};
pub use owned::{BareJid, FullJid, Jid};
pub use parts::{DomainPart, LocalPart, ResourcePart};
pub use uri::{Query, UriError, XmppUri};
pub use view::JidRef;

/// A literal address in canonical ASCII, checked when the program is compiled, as a [`JidRef`].
///
/// ```
/// use jid::{JidRef, jid};
///
/// const ECHO: JidRef<'static> = jid!("echo@example.com/test");
/// assert_eq!(ECHO.local(), Some("echo"));
/// ```
/// ```compile_fail
/// jid::jid!("Echo@example.com"); // not canonical
/// ```
#[macro_export]
macro_rules! jid {
    ($address:expr) => {
        const {
            match $crate::JidRef::from_ascii($address) {
                Some(jid) => jid,
                None => panic!("not a canonical ASCII address"),
            }
        }
    };
}
