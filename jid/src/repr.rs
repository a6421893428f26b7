//! What all kinds of address share: one canonical string and where its parts end.

use alloc::sync::Arc;

use crate::JidRef;

/// A canonical address, `[local@]domain[/resource]`.
///
/// The text is an `Arc<str>`: clones and bare forms share it, and machines clone addresses far more often than they
/// make them. A bare form keeps the resource's bytes alive (at most 1 KiB), which is cheaper than a copy.
/// The longest address has 3071 octets (3 × 1023 and two separators), so that `u16` holds each offset.
#[derive(Clone)]
pub(crate) struct Repr {
    text: Arc<str>,
    /// Where the `@` stands; 0 when there is no localpart, which is never empty.
    at: u16,
    /// Where the domain ends.
    slash: u16,
    /// Where the address ends: the text's length, or `slash` when the rest is out of view.
    end: u16,
}

impl Repr {
    /// Copies a canonical address. `view` may come from any buffer.
    pub(crate) fn copy(view: JidRef<'_>) -> Self {
        Self { text: Arc::from(view.text), at: view.at, slash: view.slash, end: len(view.text) }
    }

    /// The same text without what follows the domain.
    pub(crate) fn bare(&self) -> Self {
        Self { text: Arc::clone(&self.text), end: self.slash, ..*self }
    }

    /// Like [`bare`](Self::bare), for one's own.
    pub(crate) fn into_bare(mut self) -> Self {
        self.end = self.slash;
        self
    }

    pub(crate) fn is_full(&self) -> bool {
        self.end > self.slash
    }

    pub(crate) fn as_str(&self) -> &str {
        // `end` is the text's length or a `/`, so this always succeeds.
        self.text.get(..usize::from(self.end)).unwrap_or_default()
    }

    pub(crate) fn view(&self) -> JidRef<'_> {
        JidRef { text: self.as_str(), at: self.at, slash: self.slash }
    }
}

/// The length of a canonical address, which never exceeds 3071.
pub(crate) fn len(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}
