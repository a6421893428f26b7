//! Requests that are part of the negotiation: before a resource is bound.

use crate::{
    stanza::{StanzaCondition, StanzaError},
    xml::{Element, ElementRef, ns},
};

pub(crate) fn iq(kind: &str, id: &str, payload: Option<&Element>) -> Element {
    let mut iq = Element::build("iq", ns::CLIENT).attr("type", kind).attr("id", id);
    if let Some(payload) = payload {
        iq = iq.child(payload);
    }
    iq.finish_lossy()
}

/// Whether `iq` answers the request `id`, and how. At this point only the id can match: our address is not known yet, and
/// servers differ in what they put into `from` and `to` (RFC 6120 §7.6.1).
pub(crate) fn answer<'a>(iq: ElementRef<'a>, id: &str) -> Option<Result<ElementRef<'a>, StanzaError>> {
    if !iq.is("iq", ns::CLIENT) || iq.attr("id").as_deref() != Some(id) {
        return None;
    }
    match iq.attr("type").as_deref() {
        Some("result") => Some(Ok(iq)),
        Some("error") => Some(Err(
            StanzaError::of_stanza(iq).unwrap_or_else(|| StanzaCondition::UndefinedCondition.into())
        )),
        _ => None,
    }
}
