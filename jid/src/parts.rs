//! The parts by themselves, for who keeps them apart: a user name, a host, a nickname.

use alloc::borrow::Cow;
use alloc::string::String;
use core::str::FromStr;

use crate::domain::push_domain;
use crate::parse::joined;
use crate::precis::{push_local, push_resource};
use crate::text::Text;
use crate::{BareJid, FullJid, Jid, JidError, JidRef, escape, unescape};

/// A localpart in canonical form: an account, a room, a node.
///
/// ```
/// use jid::{BareJid, DomainPart, LocalPart};
///
/// let user = LocalPart::new("Juliet")?;
/// let host = DomainPart::new("example.com.")?;
/// assert_eq!(BareJid::of(Some(&user), &host), "juliet@example.com"); // cannot fail
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone)]
pub struct LocalPart(Text);

/// A domainpart in canonical form: a name with Unicode labels, an IPv4 address, or an IPv6 address in brackets.
#[derive(Clone)]
pub struct DomainPart(Text);

/// A resourcepart in canonical form: a session, a nickname.
///
/// ```
/// use jid::{BareJid, ResourcePart};
///
/// let room = BareJid::new("garden@chat.example.com")?;
/// let nick = ResourcePart::new("Romeo the 1st")?;
/// assert_eq!(room.at(&nick), "garden@chat.example.com/Romeo the 1st"); // cannot fail
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone)]
pub struct ResourcePart(Text);

macro_rules! part {
    ($($kind:ident $push:ident: $rules:literal),*) => {$(
        impl $kind {
            #[doc = concat!("Applies the rules of ", $rules, ".")]
            ///
            /// # Errors
            /// [`JidError`] names the rule and the byte, counted from the start of `text`.
            pub fn new(text: &str) -> Result<Self, JidError> {
                let mut canonical = String::new();
                $push(&mut canonical, text).map(|()| Self(Text::new(&canonical)))
            }

            /// The canonical string.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            pub(crate) fn copy(canonical: &str) -> Self {
                Self(Text::new(canonical))
            }
        }

        impl FromStr for $kind {
            type Err = JidError;

            fn from_str(text: &str) -> Result<Self, JidError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $kind {
            type Error = JidError;

            fn try_from(text: &str) -> Result<Self, JidError> {
                Self::new(text)
            }
        }
    )*};
}

part!(
    LocalPart push_local: "RFC 7622 §3.3",
    DomainPart push_domain: "RFC 7622 §3.2",
    ResourcePart push_resource: "RFC 7622 §3.4"
);

impl LocalPart {
    /// Makes a localpart of a name that may hold what localparts may not, by escaping (XEP-0106 §3.2): a space and
    /// `" & ' / : < > @`, and the backslash where it would be taken for an escape.
    ///
    /// ```
    /// use jid::LocalPart;
    ///
    /// let local = LocalPart::escape("D'Artagnan @ home")?;
    /// assert_eq!(local, r"d\27artagnan\20\40\20home");
    /// assert_eq!(local.unescape(), "d'artagnan @ home"); // for people only
    /// # Ok::<(), jid::JidError>(())
    /// ```
    ///
    /// # Errors
    /// As [`LocalPart::new`], with positions in the escaped text, and [`OuterSpace`](crate::Reason::OuterSpace), with a
    /// position in `name`, for a space at an end.
    pub fn escape(name: &str) -> Result<Self, JidError> {
        Self::new(&escape(name)?)
    }

    /// The name as people should see it; see [`unescape`](crate::unescape).
    pub fn unescape(&self) -> Cow<'_, str> {
        unescape(self.as_str())
    }
}

impl Jid {
    /// Joins parts that are canonical already.
    #[must_use]
    pub fn of(local: Option<&LocalPart>, domain: &DomainPart, resource: Option<&ResourcePart>) -> Self {
        let (local, resource) = (local.map(LocalPart::as_str), resource.map(ResourcePart::as_str));
        joined(local, domain.as_str(), resource)
    }
}

impl BareJid {
    /// Joins parts that are canonical already.
    #[must_use]
    pub fn of(local: Option<&LocalPart>, domain: &DomainPart) -> Self {
        Jid::of(local, domain, None).into_bare()
    }

    /// The address of one session or occupant of this one.
    #[must_use]
    pub fn at(&self, resource: &ResourcePart) -> FullJid {
        FullJid(joined(self.local(), self.domain(), Some(resource.as_str())).0)
    }
}

impl FullJid {
    /// Joins parts that are canonical already.
    #[must_use]
    pub fn of(local: Option<&LocalPart>, domain: &DomainPart, resource: &ResourcePart) -> Self {
        Self(Jid::of(local, domain, Some(resource)).0)
    }
}

impl JidRef<'_> {
    /// The localpart, owned.
    pub fn local_part(self) -> Option<LocalPart> {
        self.local().map(LocalPart::copy)
    }

    /// The domainpart, owned.
    pub fn domain_part(self) -> DomainPart {
        DomainPart::copy(self.domain())
    }

    /// The resourcepart, owned.
    pub fn resource_part(self) -> Option<ResourcePart> {
        self.resource().map(ResourcePart::copy)
    }
}
