//! What all kinds of address share: one canonical string and where its parts end.

use alloc::sync::Arc;

use arrayvec::ArrayString;

use crate::JidRef;

/// A canonical address, `[local@]domain[/resource]`.
///
/// A short one, which is nearly any that people type and many that servers make, is held inline: no allocation to parse
/// it, and a clone is a copy of 64 octets. A longer one is an `Arc<str>`, which clones and bare forms share; so a bare form
/// keeps the resource's octets alive (at most 1 KiB), which is cheaper than a copy.
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

/// So that an address has 64 octets.
const INLINE: usize = 48;

#[derive(Clone)]
enum Text {
    Inline(ArrayString<INLINE>),
    Shared(Arc<str>),
}

impl Repr {
    /// Copies a canonical address. `view` may come from any buffer.
    pub(crate) fn copy(view: JidRef<'_>) -> Self {
        let text = match ArrayString::from(view.text) {
            Ok(text) => Text::Inline(text),
            Err(_) => Text::Shared(Arc::from(view.text)),
        };
        Self { text, at: view.at, slash: view.slash, end: len(view.text) }
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
        let text: &str = match &self.text {
            Text::Inline(text) => text,
            Text::Shared(text) => text,
        };
        // `end` is the text's length or a `/`, so this always succeeds.
        text.get(..usize::from(self.end)).unwrap_or_default()
    }

    pub(crate) fn view(&self) -> JidRef<'_> {
        JidRef { text: self.as_str(), at: self.at, slash: self.slash }
    }
}

/// The length of a canonical address, which never exceeds 3071.
pub(crate) fn len(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}
