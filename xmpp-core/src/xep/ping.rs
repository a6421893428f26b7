//! XMPP ping (XEP-0199).

use crate::xml::{Element, ElementRef, ns};

/// The payload of a ping, for an `<iq/>` of type get. An empty result answers it; an error also shows that somebody is
/// there.
#[must_use]
pub fn request() -> Element {
    Element::build("ping", ns::PING).finish_lossy()
}

/// Whether a payload is a ping.
#[must_use]
pub fn is_request(payload: ElementRef<'_>) -> bool {
    payload.is("ping", ns::PING)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MSC-04
    #[test]
    fn is_recognised() {
        assert!(is_request(request().root()));
        let other: Element = "<ping xmlns='urn:xmpp:ping:2'/>".parse().unwrap();
        assert!(!is_request(other.root()));
    }
}
