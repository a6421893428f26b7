//! Channel bindings (RFC 5056): what both ends know of the TLS connection between them, and nobody in the middle.

use std::fmt;

use zeroize::Zeroizing;

/// A kind of channel binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BindingType {
    /// Keying material of the connection (RFC 9266): 32 bytes exported under the label
    /// [`EXPORTER_LABEL`](Self::EXPORTER_LABEL) with an empty context. For TLS 1.3; for TLS 1.2 only with the extended
    /// master secret.
    TlsExporter,
    /// The first `Finished` message (RFC 5929 §3). Not defined for TLS 1.3; before that only with the extended master
    /// secret.
    TlsUnique,
    /// A hash of the server's certificate (RFC 5929 §4): the least, which does not find out who stole the key.
    TlsServerEndPoint,
}

impl BindingType {
    /// All, the strongest first (XEP-0440 §3, rule 7).
    pub const ALL: &'static [Self] = &[Self::TlsExporter, Self::TlsUnique, Self::TlsServerEndPoint];

    /// The label of RFC 9266 §2.
    pub const EXPORTER_LABEL: &'static [u8] = b"EXPORTER-Channel-Binding";

    /// The registered prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsUnique => "tls-unique",
            Self::TlsServerEndPoint => "tls-server-end-point",
        }
    }

    /// The type of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }
}

impl fmt::Display for BindingType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The bindings of one connection, as the TLS library gave them. `Debug` shows their types only.
///
/// ```
/// use xmpp_core::sasl::{BindingType, ChannelBindings};
///
/// let bindings = ChannelBindings::new()
///     .with(BindingType::TlsServerEndPoint, vec![1; 32])
///     .with(BindingType::TlsExporter, vec![2; 32]);
/// assert_eq!(bindings.types().next(), Some(BindingType::TlsExporter)); // the strongest first
/// assert_eq!(bindings.get(BindingType::TlsUnique), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChannelBindings {
    data: Vec<(BindingType, Zeroizing<Vec<u8>>)>,
}

impl ChannelBindings {
    /// None: the connection cannot be bound to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a binding, in place of one of the same type. Data of no bytes binds nothing and is left out.
    #[must_use]
    pub fn with(mut self, kind: BindingType, data: Vec<u8>) -> Self {
        self.data.retain(|(known, _)| *known != kind);
        if !data.is_empty() {
            self.data.push((kind, Zeroizing::new(data)));
        }
        self
    }

    /// The data of a type.
    #[must_use]
    pub fn get(&self, kind: BindingType) -> Option<&[u8]> {
        self.data.iter().find(|(known, _)| *known == kind).map(|(_, data)| &data[..])
    }

    /// What there is, the strongest first.
    pub fn types(&self) -> impl Iterator<Item = BindingType> {
        BindingType::ALL.iter().copied().filter(|&kind| self.get(kind).is_some())
    }

    /// Whether there is nothing to bind to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

impl fmt::Debug for ChannelBindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.types()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MEC-14: each type has its registered name; what is empty binds nothing; data is not printed.
    #[test]
    fn types() {
        for &kind in BindingType::ALL {
            assert_eq!(BindingType::from_name(kind.name()), Some(kind));
            assert!(ChannelBindings::new().with(kind, Vec::new()).is_empty());
        }
        assert_eq!(BindingType::from_name("TLS-EXPORTER"), None);
        let bindings = ChannelBindings::new().with(BindingType::TlsUnique, vec![77; 12]);
        assert_eq!(format!("{bindings:?}"), "[TlsUnique]");
        assert!(bindings.with(BindingType::TlsUnique, Vec::new()).is_empty());
    }
}
