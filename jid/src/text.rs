//! The octets of an address or a part.

use alloc::sync::Arc;

use arrayvec::ArrayString;

/// A text that is cheap to clone.
///
/// A short one, as nearly all that people type and most that servers make, is held inline: nothing is allocated for it, and
/// a clone copies one cache line. A longer one is shared, so a clone counts.
#[derive(Clone)]
pub(crate) enum Text {
    Inline(ArrayString<INLINE>),
    Shared(Arc<str>),
}

/// So that a whole address has 64 octets.
const INLINE: usize = 48;

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        match ArrayString::from(text) {
            Ok(text) => Self::Inline(text),
            Err(_) => Self::Shared(Arc::from(text)),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Inline(text) => text,
            Self::Shared(text) => text,
        }
    }
}
