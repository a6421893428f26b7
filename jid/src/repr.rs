//! What all kinds of address share: one canonical string and where its parts end.

use crate::JidRef;
use crate::text::Text;

/// A canonical address, `[local@]domain[/resource]`.
///
/// A bare form keeps the resource's octets (at most 1 KiB), which is cheaper than a copy without them.
/// The longest address has 3071 octets (3 × 1023 and two separators), so that `u16` holds each offset.
#[derive(Clone)]
pub(crate) struct Repr {
    text: Text,
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
        Self { text: Text::new(view.text), at: view.at, slash: view.slash, end: len(view.text) }
    }

    /// The same text without what follows the domain.
    pub(crate) fn bare(&self) -> Self {
        Self { text: self.text.clone(), end: self.slash, ..*self }
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
        self.text.as_str().get(..usize::from(self.end)).unwrap_or_default()
    }

    pub(crate) fn view(&self) -> JidRef<'_> {
        JidRef { text: self.as_str(), at: self.at, slash: self.slash }
    }
}

/// The length of a canonical address, which never exceeds 3071.
pub(crate) fn len(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}
