//! What the next request is.

use xmpp_core::{
    Header,
    time::{Duration, Instant, after},
};

use super::{
    BoshClient, HttpRequest, Life, Opening,
    exchange::{Exchange, Kind},
};
use crate::{
    Body, BoshError, CONTENT_TYPE, MAX_RID, Type, Version,
    body::{Payload, write_body},
};

/// What the speaker said and no request has taken yet.
#[derive(Debug)]
pub(super) enum Said {
    Open(Header),
    Element(Payload),
    Close,
}

/// How long an answer with content is given to be answered before the stream is negotiated: deriving a key from a
/// password takes a second on a small device, and an empty body in between makes some managers answer on the wrong request.
const NEGOTIATION_PAUSE: Duration = Duration::from_secs(5);

/// Between polls, where the manager names no interval. Not its rule but ours: it keeps a session from spinning.
const POLLING: Duration = Duration::from_secs(2);

/// The least time between two empty requests where requests are held.
const PACE: Duration = Duration::from_secs(1);

impl BoshClient {
    /// A new request, if one is due and the manager takes one more.
    pub(super) fn compose(&mut self, now: Instant) -> Option<HttpRequest> {
        match self.life {
            Life::New => self.compose_first(now),
            Life::Active => self.compose_next(now),
            Life::Creating | Life::Closing | Life::Over => None,
        }
    }

    fn compose_first(&mut self, now: Instant) -> Option<HttpRequest> {
        let header = loop {
            match self.queue.pop_front()? {
                Said::Open(header) => break header,
                Said::Close => {
                    self.life = Life::Closing;
                    self.fail(BoshError::Protocol("closed before it was opened"));
                    return None;
                }
                Said::Element(payload) => self.queued_bytes -= payload.bytes.len(),
            }
        };
        self.life = Life::Creating;
        let body = Body {
            to: header.to,
            from: header.from,
            lang: header.lang,
            route: self.config.route.clone(),
            ver: Some(Version::CURRENT),
            wait: Some(self.config.wait),
            hold: Some(self.config.hold),
            content: Some(CONTENT_TYPE.to_owned()),
            ack: Some(1),
            xmpp_version: header.version,
            ..Body::default()
        };
        self.send(Kind::Create, body, &Payload::default(), now)
    }

    fn compose_next(&mut self, now: Instant) -> Option<HttpRequest> {
        // An earlier request that broke goes first, except before the end.
        let free = self.sent.len() < self.granted.requests as usize && self.repeat_at().is_none();
        let closes = matches!(self.queue.back(), Some(Said::Close));
        match self.queue.front() {
            Some(Said::Open(_)) if free => self.compose_restart(now),
            Some(_) if closes && (!free || self.fits_one_body()) => self.compose_terminate(now),
            Some(Said::Element(_)) if free => {
                let payload = self.gather(self.config.body_bytes);
                self.empty_sent = None;
                self.send(Kind::Data, Body::default(), &payload, now)
            }
            None if self.empty_at().is_some_and(|at| at <= now) => {
                self.empty_sent = Some(now);
                self.send(Kind::Data, Body::default(), &Payload::default(), now)
            }
            _ => None,
        }
    }

    /// XEP-0206 §5: empty, and the very next body.
    fn compose_restart(&mut self, now: Instant) -> Option<HttpRequest> {
        let Some(Said::Open(header)) = self.queue.pop_front() else { return None };
        self.opening = Opening::Sent;
        self.empty_sent = None;
        let body =
            Body { to: header.to, from: header.from, lang: header.lang, restart: true, ..Body::default() };
        self.send(Kind::Restart, body, &Payload::default(), now)
    }

    /// The one request that may go beyond the limit (XEP-0124 §11), with all that waits (XEP-0206 §8).
    fn compose_terminate(&mut self, now: Instant) -> Option<HttpRequest> {
        self.queue.retain(|said| matches!(said, Said::Element(_)));
        let payload = self.gather(usize::MAX);
        let body = Body { kind: Some(Type::Terminate), ..Body::default() };
        let request = self.send(Kind::Terminate, body, &payload, now);
        if request.is_some() {
            self.life = Life::Closing;
        }
        request
    }

    fn fits_one_body(&self) -> bool {
        let elements = self.queue.iter().take_while(|said| matches!(said, Said::Element(_))).count();
        elements + 1 == self.queue.len() && self.queued_bytes <= self.config.body_bytes
    }

    /// Elements from the front of the queue, at least one and no more than `max` bytes of them.
    fn gather(&mut self, max: usize) -> Payload {
        let mut all = Payload::default();
        while let Some(Said::Element(next)) = self.queue.front() {
            if !all.bytes.is_empty() && all.bytes.len().saturating_add(next.bytes.len()) > max {
                break;
            }
            all.append(next);
            self.queued_bytes -= next.bytes.len();
            self.queue.pop_front();
        }
        all
    }

    fn send(&mut self, kind: Kind, mut body: Body, payload: &Payload, now: Instant) -> Option<HttpRequest> {
        if self.rid > MAX_RID {
            self.fail(BoshError::RidsExhausted);
            return None;
        }
        body.rid = Some(self.rid);
        if kind != Kind::Create {
            body.sid = Some(self.granted.sid.clone());
            // All before the oldest open request is answered. Left out where nothing is open (§9.1).
            body.ack = (!self.sent.is_empty()).then(|| self.rid - self.sent.len() as u64 - 1);
        }
        self.rid += 1;
        let bytes = write_body(&body, payload);
        let (id, deadline) = (self.new_id(), self.request_deadline(now));
        self.sent.push_back(Exchange::new(kind, bytes.clone(), id, deadline));
        Some(HttpRequest { id, body: bytes, deadline })
    }

    /// When an empty request is due, if nothing else happens: one is held as long as the session lives (§10).
    pub(super) fn empty_at(&self) -> Option<Instant> {
        let idle = self.life == Life::Active
            && self.opening == Opening::No
            && self.sent.is_empty()
            && self.queue.is_empty()
            && self.items.is_empty();
        let (answered, empty) = self.answered.filter(|_| idle)?;
        if !empty && self.negotiating {
            let most = self.granted.inactivity.map(|seconds| Duration::from_secs(u64::from(seconds)) / 2);
            return Some(answered + most.map_or(NEGOTIATION_PAUSE, |most| most.min(NEGOTIATION_PAUSE)));
        }
        let pace = if self.granted.is_polling() {
            self.granted.polling.map_or(POLLING, |seconds| Duration::from_secs(u64::from(seconds))).max(PACE)
        } else {
            PACE
        };
        match self.empty_sent {
            // §12: only after an empty answer to an empty request must time pass.
            Some(sent) if empty => Some(sent + pace),
            _ if empty => Some(answered),
            _ => Some(after(answered, self.config.linger)),
        }
    }
}
