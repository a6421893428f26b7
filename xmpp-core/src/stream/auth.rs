//! The elements of SASL on a stream (RFC 6120 §6.4): the XML around what [`sasl`](crate::sasl) says in bytes.

use crate::{
    sasl::{Condition, base64, client, server},
    xml::{Element, ElementRef, ns},
};

pub(crate) fn auth(start: &client::Start) -> Element {
    Element::build("auth", ns::SASL)
        .attr("mechanism", start.mechanism)
        .text(&base64::encode_payload(start.initial.as_deref()))
        .finish_lossy()
}

/// A challenge or response; data of no bytes is an empty element.
pub(crate) fn exchange(name: &str, data: &[u8]) -> Element {
    Element::build(name, ns::SASL).text(&base64::encode(data)).finish_lossy()
}

pub(crate) fn abort() -> Element {
    Element::build("abort", ns::SASL).finish_lossy()
}

pub(crate) fn success(data: Option<&[u8]>) -> Element {
    Element::build("success", ns::SASL).text(&base64::encode_payload(data)).finish_lossy()
}

pub(crate) fn failure(failure: &server::Failure) -> Element {
    Element::build("failure", ns::SASL)
        .child(&Element::build(failure.condition.as_str(), ns::SASL).finish_lossy())
        .finish_lossy()
}

/// The condition of a `<failure/>` and its text.
pub(crate) fn parse_failure(element: ElementRef<'_>) -> (Condition, Option<String>) {
    let mut condition = Condition::NotAuthorized;
    let mut text = None;
    for child in element.children().filter(|child| child.ns() == ns::SASL) {
        if child.name() == "text" {
            text = Some(child.text().into_owned());
        } else {
            condition = Condition::from_name(child.name());
        }
    }
    (condition, text)
}
