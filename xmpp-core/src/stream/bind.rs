//! Resource binding (RFC 6120 §7), and the session request of RFC 3921 that some servers still demand.

use jid::FullJid;

use super::early_iq::iq;
use crate::{
    stanza::StanzaError,
    xml::{Element, ElementRef, ns},
};

/// What the server's side of the application says to a request for a resource.
pub type BindOutcome = Result<FullJid, StanzaError>;

pub(crate) fn request(id: &str, resource: Option<&str>) -> Element {
    let mut bind = Element::build("bind", ns::BIND);
    if let Some(resource) = resource {
        bind = bind.child(&Element::build("resource", ns::BIND).text(resource).finish_lossy());
    }
    iq("set", id, Some(&bind.finish_lossy()))
}

pub(crate) fn session_request(id: &str) -> Element {
    iq("set", id, Some(&Element::build("session", ns::SESSION).finish_lossy()))
}

pub(crate) fn result(id: &str, jid: &FullJid) -> Element {
    let jid = Element::build("jid", ns::BIND).text(jid.as_str()).finish_lossy();
    iq("result", id, Some(&Element::build("bind", ns::BIND).child(&jid).finish_lossy()))
}

pub(crate) fn session_result(id: &str) -> Element {
    iq("result", id, None)
}

pub(crate) fn error(id: &str, error: &StanzaError) -> Element {
    iq("error", id, Some(&error.to_element()))
}

/// The address in a successful answer. White space around it is the pretty-printing of some servers.
pub(crate) fn bound_jid(iq: ElementRef<'_>) -> Option<FullJid> {
    FullJid::new(iq.child("bind", ns::BIND)?.child("jid", ns::BIND)?.text().trim()).ok()
}

/// A request that the receiving side understands.
#[derive(Debug)]
pub(crate) enum Request {
    Bind { id: String, resource: Option<String> },
    Session { id: String },
}

pub(crate) fn parse_request(iq: ElementRef<'_>) -> Option<Request> {
    if !iq.is("iq", ns::CLIENT) || iq.attr("type").as_deref() != Some("set") {
        return None;
    }
    let id = iq.attr("id")?.into_owned();
    if let Some(bind) = iq.child("bind", ns::BIND) {
        let resource = bind.child("resource", ns::BIND).map(|resource| resource.text().trim().to_owned());
        return Some(Request::Bind { id, resource: resource.filter(|resource| !resource.is_empty()) });
    }
    iq.child("session", ns::SESSION).map(|_| Request::Session { id })
}
