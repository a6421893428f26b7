//! Web connections: points of this device that write points of another.

use soap_xmpp::{
    Answered,
    smartserver::{self, Answer, Item},
};
use xmpp_core::{
    jid::Jid,
    time::{Duration, Instant, Timestamp},
};

use super::{Device, DeviceEvent};

/// How long another device may take to answer a report.
const REPORT_WITHIN: Duration = Duration::from_secs(5);

/// A Web connection: whenever somebody writes `point`, its value is written to `peer_point` of `peer`.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) point: &'static str,
    pub(crate) peer: Jid,
    pub(crate) peer_point: &'static str,
}

impl Device {
    /// Somebody wrote these points: reports those that are bound. Not back to who wrote, or a connection in both
    /// directions would never rest.
    pub(super) fn report(&mut self, now: Instant, wall: Timestamp, written: &[String], by: Option<&Jid>) {
        let bindings: Vec<Binding> = self
            .bindings
            .iter()
            .filter(|binding| written.iter().any(|name| name == binding.point) && Some(&binding.peer) != by)
            .cloned()
            .collect();
        for binding in bindings {
            let Ok(point) = self.points.get(binding.point) else { continue };
            let value = point.value();
            let item = Item {
                priority: point.data().priority,
                ..Item::new(binding.peer_point).value(value.clone())
            };
            let (to, point) = (binding.peer.clone(), binding.point);
            let call = smartserver::write(&[item])
                .and_then(|call| self.with_properties(&call, wall))
                .map_err(|error| error.to_string())
                .and_then(|call| {
                    self.requester.call(now, &to, &call, REPORT_WITHIN).map_err(|error| error.to_string())
                });
            match call {
                Ok(call) => {
                    self.reports.insert(call, binding);
                    self.tell(DeviceEvent::Reports { to, point, value: value.text });
                }
                Err(why) => self.tell(DeviceEvent::Reported { to, point, outcome: Err(why) }),
            }
        }
    }

    pub(super) fn reported(&mut self, answered: Answered) {
        let Some(Binding { point, peer, .. }) = self.reports.remove(&answered.call) else { return };
        let outcome = match answered.outcome {
            Err(error) => Err(error.to_string()),
            Ok(envelope) => match Answer::of(&envelope) {
                None => Err("the answer is empty".to_owned()),
                Some(answer) if answer.fault_count == 0 => Ok(()),
                Some(answer) => match answer.all_faults().next() {
                    Some(fault) => Err(fault.to_string()),
                    None => Err(format!("{} failures", answer.fault_count)),
                },
            },
        };
        self.tell(DeviceEvent::Reported { to: peer, point, outcome });
    }
}
