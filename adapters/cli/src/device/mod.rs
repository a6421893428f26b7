//! A device of the `SmartServer` family, without its sockets: stanzas and time in, stanzas and events out.
//!
//! It lets everybody see its presence, likes every statement, answers SOAP calls about its data points, takes settings
//! (XEP-0325), gives its data (XEP-0323), and reports points that are bound to another device's (a Web connection).

mod calendar;
mod control;
mod data;
mod event;
mod points;
mod refused;
mod report;
mod select;
mod soap;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use soap_xmpp::{
    Action, CallId, Requester, RequesterConfig, Responder, ResponderConfig, ResponderEvent, Version,
};
use xmpp_core::{
    SessionConfig,
    jid::FullJid,
    stanza::{Message, MessageKind, Presence, PresenceKind, StanzaKind, presence},
    time::{Instant, Timestamp, earliest},
    xep::iot_data::Schedule,
    xml::{Element, ns},
};

pub(crate) use event::DeviceEvent;
use points::Points;
pub(crate) use report::Binding;

/// What the device says to everything that it is told.
pub(crate) const STATEMENT: &str = "I like that statement.";

/// The resource that these devices bind.
pub(crate) const RESOURCE: &str = "ilon";

/// Two outputs, for switching.
pub(crate) const OUTPUT_1: &str = "Net/LON/iLON App/Digital Output 1/nviClaValue_1";
/// The second one.
pub(crate) const OUTPUT_2: &str = "Net/LON/iLON App/Digital Output 2/nviClaValue_1";
/// The temperature that a room shall have; the parameter `Setpoint` of a control request.
pub(crate) const SETPOINT: &str = "Net/LON/iLON App/Room/nviSetpoint";
/// The parameter `Fan` of a control request.
pub(crate) const FAN: &str = "Net/LON/iLON App/Room/nviFan";
/// The parameter `Level` of a control request.
pub(crate) const LEVEL: &str = "Net/LON/iLON App/Room/nviLevel";

/// How many calls of others, and reports to others, may be open.
const OPEN_CALLS: usize = 64;

/// How many requests may wait for the time at which they want to be read.
const QUEUED_READOUTS: usize = 64;

/// The device on one stream.
///
/// Inputs: [`handle_stanza`](Self::handle_stanza), [`handle_timeout`](Self::handle_timeout). After each of them
/// [`poll`](Self::poll) until `None`, then wait for [`poll_timeout`](Self::poll_timeout) at most.
#[derive(Debug)]
pub(crate) struct Device {
    own: FullJid,
    points: Points,
    bindings: Vec<Binding>,
    responder: Responder,
    requester: Requester,
    reports: BTreeMap<CallId, Binding>,
    readouts: Schedule,
    queue: VecDeque<Action<DeviceEvent>>,
}

impl Device {
    /// The device on a stream that is bound to `own`. The 32 bytes must be unpredictable and seed no other machine.
    pub(crate) fn new(own: FullJid, bindings: Vec<Binding>, entropy: [u8; 32], wall: Timestamp) -> Self {
        let responder = ResponderConfig {
            // Devices speak SOAP 1.1 only, and their guide leaves open in which kind of IQ a call comes.
            versions: vec![Version::V11],
            accept_get: true,
            pending: OPEN_CALLS,
            ..ResponderConfig::default()
        };
        let requester = RequesterConfig { in_flight: OPEN_CALLS, ..RequesterConfig::default() };
        Self {
            points: Points::example(wall),
            bindings,
            responder: Responder::new(responder),
            requester: Requester::new(requester, entropy, own.clone()),
            reports: BTreeMap::new(),
            readouts: Schedule::new(QUEUED_READOUTS),
            queue: VecDeque::new(),
            own,
        }
    }

    /// Makes a session say what the device is, and leave it the requests that it answers.
    pub(crate) fn describe(session: &mut SessionConfig) {
        let (category, kind) = soap_xmpp::IDENTITY;
        session.identity = (category.to_owned(), kind.to_owned());
        session.features =
            [soap_xmpp::FEATURE, ns::IOT_CONTROL, ns::IOT_SENSOR_DATA].map(str::to_owned).to_vec();
        session.claims =
            [ns::SOAP_11, ns::SOAP_12, ns::IOT_CONTROL, ns::IOT_SENSOR_DATA].map(str::to_owned).to_vec();
    }

    /// A stanza arrived. Others than those that the device cares for are ignored.
    pub(crate) fn handle_stanza(&mut self, now: Instant, wall: Timestamp, stanza: &Element) {
        match StanzaKind::of(stanza) {
            Some(StanzaKind::Presence) => self.presence(stanza),
            Some(StanzaKind::Message) => self.message(wall, stanza),
            Some(StanzaKind::Iq) => {
                let _ = self.responder.handle_stanza(now, stanza)
                    || self.requester.handle_stanza(now, stanza)
                    || self.control_request(wall, stanza)
                    || self.data_request(now, wall, stanza);
            }
            None => {}
        }
        self.drain(now, wall);
    }

    /// A deadline has passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, wall: Timestamp) {
        self.responder.handle_timeout(now);
        self.requester.handle_timeout(now);
        self.drain(now, wall);
    }

    /// What to do next; `None` when drained.
    #[must_use]
    pub(crate) fn poll(&mut self) -> Option<Action<DeviceEvent>> {
        self.queue.pop_front()
    }

    /// The next deadline.
    #[must_use]
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let calls = earliest(self.responder.poll_timeout(), self.requester.poll_timeout());
        earliest(calls, self.readouts.poll_timeout())
    }

    fn send(&mut self, stanza: Element) {
        self.queue.push_back(Action::Send(stanza));
    }

    fn tell(&mut self, event: DeviceEvent) {
        self.queue.push_back(Action::Event(event));
    }

    fn presence(&mut self, stanza: &Element) {
        let Ok(Presence { kind: PresenceKind::Subscribe, from: Some(from), .. }) =
            Presence::parse(stanza.root())
        else {
            return;
        };
        self.send(presence::subscribed(&from));
        self.tell(DeviceEvent::Subscribed { from: from.into_bare().into() });
    }

    fn message(&mut self, wall: Timestamp, stanza: &Element) {
        let Ok(message) = Message::parse(stanza.root()) else { return };
        if self.control_message(wall, &message) {
            return;
        }
        let (Some(from), Some(text)) = (message.from.clone(), message.body()) else { return };
        // Not to errors and crowds, and not to another device's liking, or two of them would never end.
        let for_us = matches!(message.kind, MessageKind::Chat | MessageKind::Normal) && text != STATEMENT;
        if let (true, Ok(answer)) = (for_us, message.reply(STATEMENT)) {
            self.send(answer);
            self.tell(DeviceEvent::Told { from, text: text.into_owned() });
        }
    }

    fn drain(&mut self, now: Instant, wall: Timestamp) {
        self.due_readouts(now, wall);
        while let Some(action) = self.responder.poll() {
            match action {
                Action::Send(stanza) => self.send(stanza),
                Action::Event(ResponderEvent::Call(call)) => self.call(now, wall, call),
                Action::Event(ResponderEvent::Rejected { from, reason }) => {
                    self.tell(DeviceEvent::Refused { from, why: reason.to_string() });
                }
                // What a later version may tell concerns no answer.
                Action::Event(_) => {}
            }
        }
        while let Some(action) = self.requester.poll() {
            match action {
                Action::Send(stanza) => self.send(stanza),
                Action::Event(answered) => self.reported(answered),
            }
        }
    }
}
