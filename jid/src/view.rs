use core::fmt;

use crate::parse::{self, Canon};
use crate::{BareJid, FullJid, Jid, JidError, Part, Reason, ascii, older};

/// A borrowed address in canonical form; `Copy`, as wide as three words.
///
/// All reading lives here. It comes from an owned address ([`Jid::view`], [`FullJid::bare`], ..) or from a string that
/// is already canonical ([`JidRef::new`]), which for ASCII takes no allocation.
///
/// ```
/// use jid::{JidRef, Reason};
///
/// let jid = JidRef::new("juliet@example.com/balcony")?;
/// assert_eq!(jid.local(), Some("juliet"));
/// assert_eq!(jid.domain(), "example.com");
/// assert_eq!(jid.resource(), Some("balcony"));
/// assert_eq!(jid.bare(), "juliet@example.com");
///
/// // A view cannot change the spelling; `Jid::new` can.
/// assert_eq!(JidRef::new("Juliet@example.com").unwrap_err().reason(), Reason::NotCanonical);
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone, Copy)]
pub struct JidRef<'a> {
    pub(crate) text: &'a str,
    /// Where the `@` stands; 0 without a localpart.
    pub(crate) at: u16,
    /// Where the domain ends.
    pub(crate) slash: u16,
}

impl<'a> JidRef<'a> {
    /// The view of an address that is canonical, cut there. Offsets are at most 1023 and 1023 + 1 + 1023.
    #[allow(clippy::cast_possible_truncation, reason = "they fit")]
    pub(crate) const fn cut(text: &'a str, at: usize, slash: usize) -> Self {
        Self { text, at: at as u16, slash: slash as u16 }
    }

    /// Looks at an address that is already in canonical form.
    ///
    /// # Errors
    /// As [`Jid::new`], and [`Reason::NotCanonical`] when the address is valid but spelled in another way.
    pub fn new(address: &'a str) -> Result<Self, JidError> {
        if let Some(view) = ascii::canonical(address) {
            return Ok(view);
        }
        match parse::address(address)? {
            Canon::Same(view) => Ok(view),
            Canon::Changed(canonical) => {
                // The first byte that differs, moved back to a character boundary of the given string.
                let common = address.bytes().zip(canonical.text.bytes()).take_while(|(a, b)| a == b).count();
                let position = address.floor_char_boundary(common);
                let view = canonical.view();
                let part = if position > usize::from(view.slash) {
                    Part::Resource
                } else if view.at != 0 && position <= usize::from(view.at) {
                    Part::Local
                } else {
                    Part::Domain
                };
                Err(JidError::new(part, Reason::NotCanonical, position))
            }
        }
    }

    /// The view of an address in ASCII that is canonical as it stands; `None` for anything else, also where [`new`]
    /// would accept it. [`jid!`](crate::jid!) calls it when a program is compiled.
    ///
    /// [`new`]: Self::new
    pub const fn from_ascii(address: &'a str) -> Option<Self> {
        ascii::canonical(address)
    }

    /// The localpart: what stands before the `@`.
    pub fn local(self) -> Option<&'a str> {
        if self.at == 0 { None } else { self.text.get(..usize::from(self.at)) }
    }

    /// The domainpart.
    pub fn domain(self) -> &'a str {
        let start = if self.at == 0 { 0 } else { usize::from(self.at) + 1 };
        // Both ends were found at separators when the view was made.
        self.text.get(start..usize::from(self.slash)).unwrap_or_default()
    }

    /// The resourcepart: what stands behind the first `/`.
    pub fn resource(self) -> Option<&'a str> {
        self.text.get(usize::from(self.slash) + 1..)
    }

    /// Whether there is no resource.
    pub fn is_bare(self) -> bool {
        self.text.len() == usize::from(self.slash)
    }

    /// Whether there is a resource.
    pub fn is_full(self) -> bool {
        !self.is_bare()
    }

    /// The address without its resource.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { text: self.text.get(..usize::from(self.slash)).unwrap_or_default(), ..self }
    }

    /// The address of a session or an occupant of this address; its own resource, if any, is left behind.
    ///
    /// # Errors
    /// When the resource breaks a rule of RFC 7622 §3.4; positions count from its start.
    pub fn with_resource(self, resource: &str) -> Result<FullJid, JidError> {
        parse::join(self.bare(), resource).map(|canonical| FullJid::copy(canonical.view()))
    }

    /// Whether this is `other` without its resource: `juliet@example.com` of `juliet@example.com/balcony`. An address
    /// without a resource is its own bare form.
    pub fn is_bare_of<'b>(self, other: impl Into<JidRef<'b>>) -> bool {
        self.text == other.into().bare().text
    }

    /// Whether a server that follows the older rules (RFC 6122) takes both for one address: there `ß` is `ss`, a final
    /// sigma is a sigma, and a resource's `ﬁ` is `fi`. For questions to people, such as whether two contacts are one:
    /// the addresses are different all the same, and nothing may be sent to one for the other.
    ///
    /// ```
    /// use jid::Jid;
    ///
    /// let (now, then) = (Jid::new("straße@example.com")?, Jid::new("strasse@example.com")?);
    /// assert!(now != then && now.view().is_alike(&then));
    /// # Ok::<(), jid::JidError>(())
    /// ```
    pub fn is_alike<'b>(self, other: impl Into<JidRef<'b>>) -> bool {
        older::is_alike(self, other.into())
    }

    /// The canonical string.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// An owned copy.
    pub fn to_jid(self) -> Jid {
        Jid::copy(self)
    }

    /// An owned copy without the resource.
    pub fn to_bare(self) -> BareJid {
        BareJid::copy(self.bare())
    }

    /// An owned copy of a full address; `None` without a resource.
    pub fn to_full(self) -> Option<FullJid> {
        self.is_full().then(|| FullJid::copy(self))
    }
}

impl fmt::Display for JidRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl From<JidRef<'_>> for Jid {
    fn from(view: JidRef<'_>) -> Self {
        view.to_jid()
    }
}

impl<'a> TryFrom<&'a str> for JidRef<'a> {
    type Error = JidError;

    fn try_from(address: &'a str) -> Result<Self, JidError> {
        Self::new(address)
    }
}
