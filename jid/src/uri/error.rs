use core::fmt;

use crate::JidError;

/// Why a string is no `xmpp:` URI or IRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UriError {
    /// It does not begin with `xmpp:`.
    Scheme,
    /// The account to log in as has no localpart (RFC 5122 §2.2, `iauthxmpp`).
    Account,
    /// A part of an address breaks a rule; the position counts from the start of the part, decoded.
    Address(JidError),
    /// A character that must be encoded where it stands.
    Character {
        /// The character.
        found: char,
        /// Its place in the string, in bytes.
        position: usize,
    },
    /// A `%` that two hexadecimal digits do not follow (RFC 3986 §2.1), or octets that are no UTF-8.
    Percent {
        /// The place of the `%` in the string, in bytes; of the first in the piece when they are no UTF-8.
        position: usize,
    },
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Scheme => f.write_str("it does not begin with xmpp:"),
            Self::Account => f.write_str("the account to log in as has no localpart"),
            Self::Address(error) => error.fmt(f),
            Self::Character { found, position } => {
                write!(f, "character U+{:04X} must be encoded here (byte {position})", u32::from(found))
            }
            Self::Percent { position } => write!(f, "not the encoding of UTF-8 (byte {position})"),
        }
    }
}

impl core::error::Error for UriError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Address(error) => Some(error),
            _ => None,
        }
    }
}
