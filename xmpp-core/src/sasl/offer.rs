//! What a server offers, and the hash by which its client finds out whether somebody changed it on the way (XEP-0474).

use super::{base64, mechanism::trimmed, scram::Hash};

/// What a server offers at login: exactly what it says, in its order.
///
/// ```
/// use xmpp_core::sasl::Offer;
///
/// let offer = Offer::new(["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]).with_binding_types(["tls-exporter"]);
/// assert_eq!(offer.mechanisms.len(), 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// The names of its mechanisms.
    pub mechanisms: Vec<String>,
    /// The channel bindings that it can verify (XEP-0440); empty when it says nothing of them.
    pub binding_types: Vec<String>,
}

impl Offer {
    /// These mechanisms, and no word about channel bindings.
    pub fn new<S: Into<String>>(mechanisms: impl IntoIterator<Item = S>) -> Self {
        Self { mechanisms: mechanisms.into_iter().map(Into::into).collect(), binding_types: Vec::new() }
    }

    /// With the channel bindings that are announced.
    #[must_use]
    pub fn with_binding_types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.binding_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Whether any mechanism, known or not, binds the channel.
    pub(super) fn binds_channel(&self) -> bool {
        self.mechanisms.iter().any(|name| trimmed(name).ends_with("-PLUS"))
    }

    /// What the hash is over (XEP-0474 §6.1).
    pub(super) fn text(&self) -> String {
        let mechanisms = self.mechanisms.iter().map(|name| trimmed(name));
        let types = self.binding_types.iter().map(|name| trimmed(name));
        text(mechanisms.collect(), types.collect())
    }
}

/// The names of both lists, each list sorted.
pub(super) fn text<'a>(mechanisms: Vec<&'a str>, binding_types: Vec<&'a str>) -> String {
    // The order of `str` is that of its bytes, which is the collation that the section asks for.
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join("\u{1e}")
    };
    let mut text = sorted(mechanisms);
    if !binding_types.is_empty() {
        text.push('\u{1f}');
        text.push_str(&sorted(binding_types));
    }
    text
}

/// The attribute `h` for such a text.
pub(super) fn attribute(text: &str, hash: Hash) -> String {
    base64::encode(&hash.digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S2-11: the hash that XEP-0474 §6.3 prints, whatever order the server said things in.
    #[test]
    fn printed_hash() {
        let types = ["tls-server-end-point", "tls-exporter"];
        let offer = Offer::new([" SCRAM-SHA-1-PLUS", "SCRAM-SHA-1\n"]).with_binding_types(types);
        assert_eq!(attribute(&offer.text(), Hash::Sha1), "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
        let unbound = Offer::new(["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]);
        assert_ne!(attribute(&unbound.text(), Hash::Sha1), attribute(&offer.text(), Hash::Sha1));
        assert_ne!(attribute(&unbound.text(), Hash::Sha256), attribute(&unbound.text(), Hash::Sha1));
    }
}
