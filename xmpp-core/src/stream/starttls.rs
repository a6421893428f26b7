//! The three elements of `STARTTLS` (RFC 6120 §5.4).

use crate::xml::{Element, ns};

pub(crate) fn starttls() -> Element {
    Element::build("starttls", ns::TLS).finish_lossy()
}

pub(crate) fn proceed() -> Element {
    Element::build("proceed", ns::TLS).finish_lossy()
}

pub(crate) fn failure() -> Element {
    Element::build("failure", ns::TLS).finish_lossy()
}
