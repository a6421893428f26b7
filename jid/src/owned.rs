//! The three owned kinds of address.

use alloc::string::String;
use core::str::FromStr;

use crate::parse::{self, Canon};
use crate::repr::Repr;
use crate::{JidError, JidRef, Part, Reason};

/// Any address: `[local@]domain[/resource]`, canonical, cheap to clone.
///
/// ```
/// use jid::Jid;
///
/// let jid: Jid = "Juliet@Example.COM/Balcony".parse()?;
/// assert_eq!(jid.as_str(), "juliet@example.com/Balcony");
/// assert_eq!((jid.local(), jid.domain(), jid.resource()), (Some("juliet"), "example.com", Some("Balcony")));
/// assert_eq!(jid.to_bare(), "juliet@example.com");
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone)]
pub struct Jid(pub(crate) Repr);

/// An address without a resource: an account, a room, a server.
///
/// ```
/// use jid::BareJid;
///
/// let account = BareJid::new("juliet@example.com")?;
/// let session = account.with_resource("balcony")?;
/// assert_eq!(session, "juliet@example.com/balcony");
/// assert!(account.is_bare_of(&session));
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone)]
pub struct BareJid(pub(crate) Repr);

/// An address with a resource: one session of an account, one occupant of a room.
///
/// ```
/// use jid::{FullJid, Reason};
///
/// let session = FullJid::new("juliet@example.com/balcony")?;
/// assert_eq!(session.resource(), "balcony");
/// assert_eq!(session.to_bare(), "juliet@example.com");
/// assert_eq!(FullJid::new("juliet@example.com").unwrap_err().reason(), Reason::Missing);
/// # Ok::<(), jid::JidError>(())
/// ```
#[derive(Clone)]
pub struct FullJid(pub(crate) Repr);

/// What all three kinds read alike.
macro_rules! reading {
    ($($kind:ident),*) => {$(
        impl $kind {
            /// The localpart: what stands before the `@`.
            pub fn local(&self) -> Option<&str> {
                self.view().local()
            }

            /// The domainpart, with Unicode labels.
            pub fn domain(&self) -> &str {
                self.view().domain()
            }

            /// The canonical string.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// A borrowed view of the address.
            pub fn view(&self) -> JidRef<'_> {
                self.0.view()
            }

            /// Whether this is `other` without its resource; see [`JidRef::is_bare_of`].
            pub fn is_bare_of<'b>(&self, other: impl Into<JidRef<'b>>) -> bool {
                self.view().is_bare_of(other)
            }

            pub(crate) fn copy(view: JidRef<'_>) -> Self {
                Self(Repr::copy(view))
            }
        }

        impl FromStr for $kind {
            type Err = JidError;

            fn from_str(address: &str) -> Result<Self, JidError> {
                Self::new(address)
            }
        }

        impl TryFrom<&str> for $kind {
            type Error = JidError;

            fn try_from(address: &str) -> Result<Self, JidError> {
                Self::new(address)
            }
        }

        impl TryFrom<String> for $kind {
            type Error = JidError;

            fn try_from(address: String) -> Result<Self, JidError> {
                Self::new(&address)
            }
        }
    )*};
}

reading!(Jid, BareJid, FullJid);

impl Jid {
    /// Parses an address and brings it into canonical form (RFC 7622 §3).
    ///
    /// # Errors
    /// [`JidError`] names the part, the rule and the byte.
    pub fn new(address: &str) -> Result<Self, JidError> {
        parse::address(address).map(|canon| Self(canon.into_repr()))
    }

    /// Joins parts, each brought into canonical form.
    ///
    /// Positions in an error count from the start of the part that is wrong. A part that is given must not be empty:
    /// `Some("")` is an error, `None` is an absent part.
    ///
    /// ```
    /// use jid::Jid;
    ///
    /// assert_eq!(Jid::from_parts(Some("Juliet"), "example.com", Some("a/b"))?, "juliet@example.com/a/b");
    /// assert!(Jid::from_parts(None, "juliet@example.com", None).is_err());
    /// # Ok::<(), jid::JidError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Jid::new`].
    pub fn from_parts(local: Option<&str>, domain: &str, resource: Option<&str>) -> Result<Self, JidError> {
        parse::parts(local, domain, resource).map(|canonical| Self(Repr::copy(canonical.view())))
    }

    /// The resourcepart: what stands behind the first `/`.
    pub fn resource(&self) -> Option<&str> {
        self.view().resource()
    }

    /// Whether there is no resource.
    pub fn is_bare(&self) -> bool {
        !self.0.is_full()
    }

    /// Whether there is a resource.
    pub fn is_full(&self) -> bool {
        self.0.is_full()
    }

    /// A view without the resource.
    pub fn bare(&self) -> JidRef<'_> {
        self.view().bare()
    }

    /// The address without its resource; shares the text, copies nothing.
    pub fn to_bare(&self) -> BareJid {
        BareJid(self.0.bare())
    }

    /// Like [`to_bare`](Self::to_bare), for one's own.
    pub fn into_bare(self) -> BareJid {
        BareJid(self.0.into_bare())
    }

    /// The address as a full one.
    ///
    /// # Errors
    /// Gives the address back when it has no resource.
    pub fn into_full(self) -> Result<FullJid, Self> {
        if self.0.is_full() { Ok(FullJid(self.0)) } else { Err(self) }
    }
}

impl BareJid {
    /// Parses an address that has no resource.
    ///
    /// # Errors
    /// As [`Jid::new`], and [`Reason::Unexpected`] at the `/` when there is a resource.
    pub fn new(address: &str) -> Result<Self, JidError> {
        let canon = parse::address(address)?;
        match address.find('/') {
            Some(slash) => Err(JidError::new(Part::Resource, Reason::Unexpected, slash)),
            None => Ok(Self(canon.into_repr())),
        }
    }

    /// Joins parts; see [`Jid::from_parts`].
    ///
    /// # Errors
    /// As [`Jid::new`].
    pub fn from_parts(local: Option<&str>, domain: &str) -> Result<Self, JidError> {
        Jid::from_parts(local, domain, None).map(|jid| Self(jid.0))
    }

    /// The address of one session or occupant of this one.
    ///
    /// # Errors
    /// When the resource breaks a rule of RFC 7622 §3.4; positions count from its start.
    pub fn with_resource(&self, resource: &str) -> Result<FullJid, JidError> {
        self.view().with_resource(resource)
    }
}

impl FullJid {
    /// Parses an address that has a resource.
    ///
    /// # Errors
    /// As [`Jid::new`], and [`Reason::Missing`] at the end when there is no resource.
    pub fn new(address: &str) -> Result<Self, JidError> {
        let canon = parse::address(address)?;
        if canon.view().is_bare() {
            return Err(JidError::new(Part::Resource, Reason::Missing, address.len()));
        }
        Ok(Self(canon.into_repr()))
    }

    /// Joins parts; see [`Jid::from_parts`].
    ///
    /// # Errors
    /// As [`Jid::new`].
    pub fn from_parts(local: Option<&str>, domain: &str, resource: &str) -> Result<Self, JidError> {
        Jid::from_parts(local, domain, Some(resource)).map(|jid| Self(jid.0))
    }

    /// The resourcepart: what stands behind the first `/`.
    pub fn resource(&self) -> &str {
        // A full address always has one.
        self.view().resource().unwrap_or_default()
    }

    /// A view without the resource.
    pub fn bare(&self) -> JidRef<'_> {
        self.view().bare()
    }

    /// The address without its resource; shares the text, copies nothing.
    pub fn to_bare(&self) -> BareJid {
        BareJid(self.0.bare())
    }

    /// Like [`to_bare`](Self::to_bare), for one's own.
    pub fn into_bare(self) -> BareJid {
        BareJid(self.0.into_bare())
    }

    /// The same session's account with another resource.
    ///
    /// # Errors
    /// As [`BareJid::with_resource`].
    pub fn with_resource(&self, resource: &str) -> Result<Self, JidError> {
        self.view().with_resource(resource)
    }
}

impl From<BareJid> for Jid {
    fn from(bare: BareJid) -> Self {
        Self(bare.0)
    }
}

impl From<FullJid> for Jid {
    fn from(full: FullJid) -> Self {
        Self(full.0)
    }
}

impl From<FullJid> for BareJid {
    fn from(full: FullJid) -> Self {
        full.into_bare()
    }
}

impl TryFrom<Jid> for FullJid {
    type Error = JidError;

    fn try_from(jid: Jid) -> Result<Self, JidError> {
        jid.into_full().map_err(|jid| JidError::new(Part::Resource, Reason::Missing, jid.as_str().len()))
    }
}

/// Refuses an address with a resource; [`Jid::into_bare`] cuts it off instead.
impl TryFrom<Jid> for BareJid {
    type Error = JidError;

    fn try_from(jid: Jid) -> Result<Self, JidError> {
        if jid.is_full() {
            return Err(JidError::new(Part::Resource, Reason::Unexpected, jid.bare().as_str().len()));
        }
        Ok(Self(jid.0))
    }
}

impl Canon<'_> {
    pub(crate) fn into_repr(self) -> Repr {
        Repr::copy(self.view())
    }
}
