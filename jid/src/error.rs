use core::fmt;

/// The part of an address that an error speaks of (RFC 7622 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What stands before the `@`: an account, a room, a node.
    Local,
    /// The host; the only part that every address has.
    Domain,
    /// What stands behind the first `/`: a session, a nickname.
    Resource,
}

/// The rule that a string breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The part is there and has no content (`@example.com`, `example.com/`), or the domain is absent.
    Empty,
    /// More than 1023 octets once the rules were applied (RFC 7622 §3.2, §3.3, §3.4).
    TooLong,
    /// One of `" & ' / : < > @` in a localpart (RFC 7622 §3.3.1), also when it arose from a mapping.
    Excluded(char),
    /// A character outside of the part's string class (RFC 8264 §9, RFC 5892 §2).
    Disallowed(char),
    /// A character that only certain neighbours make valid, and they are not there (RFC 5892 appendix A).
    Context(char),
    /// Left-to-right and right-to-left characters are mixed (RFC 5893 §2).
    Bidi,
    /// The rules, applied four times, still change the string (RFC 8264 §7).
    Unstable,
    /// An empty label: two dots in a row, or one in front (RFC 1034 §3.1).
    EmptyLabel,
    /// A label of more than 63 octets, or labels of more than 253 in all, in their ASCII form (RFC 1034 §3.1).
    LabelTooLong,
    /// A label begins or ends with a hyphen, or has two behind its second character and is not ASCII (RFC 5891 §4.2.3.1).
    Hyphen,
    /// A label begins with a combining mark (RFC 5891 §4.2.3.2).
    LeadingMark,
    /// A label begins with `xn--` and what follows is not the Punycode of a valid label (RFC 5890 §2.3.1).
    Punycode,
    /// What stands in brackets is no IPv6 address (RFC 3986 §3.2.2); zone identifiers are not allowed.
    Ipv6,
    /// A name to be escaped begins or ends with a space (XEP-0106 §4.1).
    OuterSpace,
    /// A full address was asked for, and there is no resource.
    Missing,
    /// A bare address was asked for, and there is a resource.
    Unexpected,
    /// The string is a valid address in another spelling than the canonical one, which was asked for.
    NotCanonical,
}

/// Why a string is no address: the part, the rule it breaks, and where.
///
/// ```
/// use jid::{Jid, Part, Reason};
///
/// let error = Jid::new("henry the fourth@example.com").unwrap_err();
/// assert_eq!(error.part(), Part::Local);
/// assert_eq!(error.reason(), Reason::Disallowed(' '));
/// assert_eq!(error.position(), 5);
/// assert_eq!(error.to_string(), "localpart: character U+0020 is not allowed here (byte 5)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JidError {
    part: Part,
    reason: Reason,
    position: usize,
}

impl JidError {
    pub(crate) const fn new(part: Part, reason: Reason, position: usize) -> Self {
        Self { part, reason, position }
    }

    /// The part that is wrong.
    pub const fn part(&self) -> Part {
        self.part
    }

    /// The rule that it breaks.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Where, as an offset in bytes into the string that was given: the whole address when one was parsed, the
    /// single part when parts were given. It lies on a character boundary and is at most the string's length.
    ///
    /// A rule about one character points at it; a rule about a label or a part points at its start, and so does a
    /// character that only arose when others were composed.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The same error for a part that begins `by` bytes into a longer string.
    pub(crate) const fn shifted(mut self, by: usize) -> Self {
        self.position += by;
        self
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "localpart",
            Self::Domain => "domainpart",
            Self::Resource => "resourcepart",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Characters are shown as code points: an invisible or a control one would spoil a log line.
        match *self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong => f.write_str("longer than 1023 octets"),
            Self::Excluded(c) => write!(f, "character U+{:04X} is excluded from localparts", u32::from(c)),
            Self::Disallowed(c) => write!(f, "character U+{:04X} is not allowed here", u32::from(c)),
            Self::Context(c) => write!(f, "character U+{:04X} is not allowed between these", u32::from(c)),
            Self::Bidi => f.write_str("writing directions are mixed"),
            Self::Unstable => f.write_str("it has no stable canonical form"),
            Self::EmptyLabel => f.write_str("a label is empty"),
            Self::LabelTooLong => f.write_str("a label or the name is too long for the DNS"),
            Self::Hyphen => f.write_str("hyphens at an end of a label, or like a prefix"),
            Self::LeadingMark => f.write_str("a label begins with a combining mark"),
            Self::Punycode => f.write_str("an xn-- label decodes to no valid label"),
            Self::Ipv6 => f.write_str("no IPv6 address in the brackets"),
            Self::OuterSpace => f.write_str("a space at an end cannot be escaped"),
            Self::Missing => f.write_str("missing, a full address needs one"),
            Self::Unexpected => f.write_str("present, a bare address has none"),
            Self::NotCanonical => f.write_str("not in canonical form"),
        }
    }
}

impl fmt::Display for JidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (byte {})", self.part, self.reason, self.position)
    }
}

impl core::error::Error for JidError {}
