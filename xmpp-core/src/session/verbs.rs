//! What an application says.

use super::{RequestId, Session};
use crate::{
    error::ApiMisuse,
    link::Link,
    stanza::{Iq, IqKind, StanzaKind},
    time::{Duration, Instant, after},
    wire::Wire,
    xml::{Element, ns},
};

impl Session {
    fn check(&self) -> Result<(), ApiMisuse> {
        match () {
            () if self.initiator.is_ending() => Err(ApiMisuse::Closed),
            () if !self.initiator.is_established() => Err(ApiMisuse::NotReady),
            () => Ok(()),
        }
    }

    fn send_stanza(&mut self, element: Element) -> Result<(), ApiMisuse> {
        self.check()?;
        if element.is("iq", ns::CLIENT) {
            match Iq::parse(element.root()) {
                Ok(answer) if matches!(answer.kind, IqKind::Result | IqKind::Error) => {
                    if !self.owed.settle(element.root()) {
                        return Err(ApiMisuse::NotRequested(Box::new(element)));
                    }
                }
                Ok(_) => {}
                Err(_) => return Err(ApiMisuse::NotAStanza(Box::new(element))),
            }
        } else if element.ns() != ns::CLIENT || !matches!(element.name(), "message" | "presence") {
            return Err(ApiMisuse::NotAStanza(Box::new(element)));
        }
        self.initiator.send(element);
        Ok(())
    }

    fn send_anything(&mut self, element: Element) -> Result<(), ApiMisuse> {
        self.check()?;
        // What answers a request all the same must not be answered a second time when its time is over.
        if StanzaKind::of(&element) == Some(StanzaKind::Iq) && !is_request(&element) {
            self.owed.settle(element.root());
        }
        self.initiator.send(element);
        Ok(())
    }

    fn track(&mut self, now: Instant, request: Element, timeout: Duration) -> Result<RequestId, ApiMisuse> {
        self.check()?;
        let request = if request.attr("id").is_some() {
            request
        } else {
            match request.with_attrs(&[("id", Some(&self.entropy.token()))]) {
                Ok(with_id) => with_id,
                Err(_) => return Err(ApiMisuse::NotAStanza(Box::new(request))),
            }
        };
        let view = match Iq::parse(request.root()) {
            Ok(view) if matches!(view.kind, IqKind::Get | IqKind::Set) => view,
            _ => return Err(ApiMisuse::NotAStanza(Box::new(request))),
        };
        let id = RequestId(self.next_request);
        if self.requests.track(StanzaKind::Iq, &view.id, view.to.clone(), after(now, timeout), id).is_err() {
            return Err(ApiMisuse::TooManyRequests(Box::new(request)));
        }
        self.next_request += 1;
        self.initiator.send(request);
        Ok(id)
    }
}

fn is_request(iq: &Element) -> bool {
    matches!(iq.attr("type").as_deref(), Some("get" | "set"))
}

/// The verbs of a client.
impl<W: Wire> Link<Session, W> {
    /// Sends a message, a presence, an untracked request, or the answer to a request that was delivered.
    ///
    /// # Errors
    /// Nothing is sent when the stream is not established or over, when the element is no stanza, when it answers no
    /// open request, or when the wire is full; then the element comes back.
    pub fn send(&mut self, now: Instant, element: Element) -> Result<(), ApiMisuse> {
        if !self.wire().has_room() {
            return Err(ApiMisuse::Full(Box::new(element)));
        }
        self.verbs(now).send_stanza(element)
    }

    /// Sends any element as it is, for consoles and tests that want to see what a peer does with it.
    ///
    /// Nothing is checked: not whether it is a stanza, nor whether it breaks a rule of its kind, nor whether anybody asked
    /// for the answer that it is. No request is tracked: a response comes as [`Event::Stanza`](super::Event::Stanza). An
    /// element that is not for an established stream, such as a stream error, does not change what this side believes of
    /// the stream; a server will probably end it.
    ///
    /// # Errors
    /// Nothing is sent when the stream is not established or over, or when the wire is full; then the element comes back.
    pub fn send_raw(&mut self, now: Instant, element: Element) -> Result<(), ApiMisuse> {
        if !self.wire().has_room() {
            return Err(ApiMisuse::Full(Box::new(element)));
        }
        self.verbs(now).send_anything(element)
    }

    /// Sends a request (an `iq` of type `get` or `set`) and tracks its response: exactly one
    /// [`Event::Response`](super::Event::Response) follows. An absent `id` is filled in.
    ///
    /// # Errors
    /// As [`send`](Self::send); also when too many requests await a response already, or one of the same id
    /// does.
    pub fn request(
        &mut self,
        now: Instant,
        request: Element,
        timeout: Duration,
    ) -> Result<RequestId, ApiMisuse> {
        if !self.wire().has_room() {
            return Err(ApiMisuse::Full(Box::new(request)));
        }
        self.verbs(now).track(now, request, timeout)
    }

    /// Closes the stream in good order. Stanzas that still arrive are delivered until
    /// [`Event::Closed`](super::Event::Closed).
    pub fn close(&mut self, now: Instant) {
        self.verbs(now).initiator.close(now);
    }
}
