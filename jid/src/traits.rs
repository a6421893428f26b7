//! Comparison, hashing and printing by the canonical string, alike for every kind (RFC 7622 §3: octet for octet).

use alloc::string::String;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::{BareJid, DomainPart, FullJid, Jid, JidRef, LocalPart, ResourcePart};

macro_rules! by_string {
    ($(($($generics:tt)*) $kind:ty),*) => {$(
        impl<$($generics)*> PartialEq for $kind {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl<$($generics)*> Eq for $kind {}

        impl<$($generics)*> PartialOrd for $kind {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<$($generics)*> Ord for $kind {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl<$($generics)*> Hash for $kind {
            fn hash<H: Hasher>(&self, state: &mut H) {
                // As a string does, which `Borrow<str>` promises.
                self.as_str().hash(state);
            }
        }

        impl<$($generics)*> fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl<$($generics)*> AsRef<str> for $kind {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl<$($generics)*> Borrow<str> for $kind {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        /// Compares with a canonical string; another spelling is not equal.
        impl<$($generics)*> PartialEq<str> for $kind {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        /// Compares with a canonical string; another spelling is not equal.
        impl<$($generics)*> PartialEq<&str> for $kind {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }
    )*};
}

by_string!(
    () Jid, () BareJid, () FullJid, ('a) JidRef<'a>,
    () LocalPart, () DomainPart, () ResourcePart
);

macro_rules! printed {
    ($($kind:ident),*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<$kind> for String {
            fn from(text: $kind) -> Self {
                Self::from(text.as_str())
            }
        }
    )*};
}

printed!(Jid, BareJid, FullJid, LocalPart, DomainPart, ResourcePart);

macro_rules! owned {
    ($($kind:ident),*) => {$(
        impl<'a> From<&'a $kind> for JidRef<'a> {
            fn from(jid: &'a $kind) -> Self {
                jid.view()
            }
        }
    )*};
}

owned!(Jid, BareJid, FullJid);

/// Kinds of which one can be the other. A full and a bare address never are: ask [`JidRef::is_bare_of`].
macro_rules! across {
    ($($one:ty, $other:ty);*) => {$(
        impl PartialEq<$other> for $one {
            fn eq(&self, other: &$other) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl PartialEq<$one> for $other {
            fn eq(&self, other: &$one) -> bool {
                self.as_str() == other.as_str()
            }
        }
    )*};
}

across!(Jid, BareJid; Jid, FullJid; Jid, JidRef<'_>; BareJid, JidRef<'_>; FullJid, JidRef<'_>);
