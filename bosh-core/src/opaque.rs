//! Bytes that do not show in `Debug`: bodies carry passwords, and names of sessions that let others in.

use std::{fmt, ops::Deref};

use bytes::Bytes;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opaque(pub(crate) Bytes);

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Deref for Opaque {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}
