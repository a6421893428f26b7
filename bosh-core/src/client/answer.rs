//! What a response means for the session.

use std::{fmt, sync::Arc};

use xmpp_core::{Content, Header, Item, time::Instant, xml::ns};

use super::{BoshClient, ClientConfig, Life, Opening, exchange::Kind};
use crate::{Body, BoshError, Condition, Type};

/// What the manager granted (XEP-0124 §7.2), within what was asked for.
pub(super) struct Granted {
    /// Empty until there is a session.
    pub(super) sid: String,
    pub(super) wait: u32,
    pub(super) hold: u32,
    pub(super) requests: u32,
    pub(super) polling: Option<u32>,
    pub(super) inactivity: Option<u32>,
    /// A manager from before version 1.6, whose HTTP status tells the condition (§17.1).
    pub(super) legacy: bool,
}

/// Without the `sid`.
impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted")
            .field("wait", &self.wait)
            .field("hold", &self.hold)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

impl Granted {
    /// What holds until the manager has spoken.
    pub(super) fn asked(config: &ClientConfig) -> Self {
        Self {
            sid: String::new(),
            wait: config.wait,
            hold: config.hold,
            requests: 1,
            polling: None,
            inactivity: None,
            legacy: false,
        }
    }

    /// Whether requests are answered at once, so that the client must ask at intervals (§12).
    pub(super) fn is_polling(&self) -> bool {
        self.wait == 0 || self.hold == 0 || self.requests == 1
    }

    fn read(body: &Body, config: &ClientConfig) -> Result<Self, BoshError> {
        let sid = match &body.sid {
            Some(sid) if !sid.is_empty() => sid.clone(),
            _ => return Err(BoshError::Protocol("the answer to the creation request has no sid")),
        };
        let wait = body.wait.unwrap_or(config.wait);
        if wait > config.wait {
            return Err(BoshError::Protocol("it wants to hold requests longer than asked for"));
        }
        let hold = body.hold.unwrap_or(config.hold);
        // Prosody cannot poll and grants 1 where 0 was asked for.
        if hold > config.hold.max(1) {
            return Err(BoshError::Protocol("it wants to hold more requests than asked for"));
        }
        // Without the attribute there is no limit (§11). One beyond those held is enough here, since what waits shares
        // the next body.
        let requests = body.requests.unwrap_or(hold.saturating_add(1));
        if requests == 0 {
            return Err(BoshError::Protocol("it allows no request"));
        }
        let requests = requests.min(hold.max(1).saturating_add(1));
        Ok(Self {
            sid,
            wait,
            hold,
            requests,
            polling: body.polling,
            inactivity: body.inactivity,
            legacy: body.ver.is_none(),
        })
    }
}

/// How the session ended. What was decoded before is delivered first.
#[derive(Debug)]
pub(super) enum End {
    /// In good order: told once.
    Close(Option<Item>),
    Error(Arc<BoshError>),
}

impl BoshClient {
    /// Takes in the answer to the oldest request.
    pub(super) fn accept(&mut self, kind: Kind, body: Body, now: Instant) {
        if self.life == Life::Over {
            return;
        }
        self.answered = Some((now, body.payload.is_empty()));
        if kind == Kind::Create && body.kind != Some(Type::Terminate) {
            match Granted::read(&body, &self.config) {
                Ok(granted) => self.granted = granted,
                Err(error) => return self.fail(error),
            }
            self.life = Life::Active;
            self.items.push_back(Item::Open(header(&body)));
        } else if self.opening == Opening::Sent && (kind == Kind::Restart || !body.payload.is_empty()) {
            // The manager may use the oldest request that it holds for the new stream's features, which was sent
            // before the restart: after the end of the old stream it has nothing else to say.
            self.opening = Opening::No;
            self.items.push_back(Item::Open(header(&body)));
        }
        self.negotiating &= !body.payload.iter().any(|element| element.ns() == ns::CLIENT);
        let stream_error = body.payload.iter().any(|element| element.is("error", ns::STREAMS));
        self.items.extend(body.payload.into_iter().map(Item::Element));
        if body.kind == Some(Type::Terminate) {
            let end = match body.condition {
                None => End::Close(Some(Item::CLOSE)),
                // The stream error in the payload says more.
                Some(Condition::RemoteStreamError) if stream_error => End::Close(Some(Item::CLOSE)),
                Some(Condition::SeeOtherUri) if body.uri.as_ref().is_some_and(|uri| self.may_follow(uri)) => {
                    End::Close(Some(Item::Close { see_other: body.uri }))
                }
                Some(condition) => End::Error(Arc::new(BoshError::Terminated { condition, uri: body.uri })),
            };
            self.finish(end);
        } else if kind == Kind::Terminate {
            self.finish(End::Close(Some(Item::CLOSE)));
        }
    }

    /// Whoever was reached over TLS cannot send us elsewhere in clear (§17.2, §19.1).
    fn may_follow(&self, uri: &str) -> bool {
        let scheme = |name: &str| uri.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        scheme("https://") || (!self.config.secure && scheme("http://"))
    }

    pub(super) fn fail(&mut self, error: BoshError) {
        self.finish(End::Error(Arc::new(error)));
    }

    fn finish(&mut self, end: End) {
        if self.life == Life::Over {
            return;
        }
        // Whoever has closed hears that it is closed, whatever the manager makes of it.
        let closing = self.life == Life::Closing;
        self.end = Some(if closing { End::Close(Some(Item::CLOSE)) } else { end });
        self.life = Life::Over;
        self.abort_all();
        self.queue.clear();
        self.queued_bytes = 0;
    }
}

/// The header that the stream has over TCP, from what the body tells of it.
fn header(body: &Body) -> Header {
    Header {
        to: body.to.clone(),
        from: body.from.clone(),
        // Not the `sid`: whoever knows it can take the session over, and headers are shown.
        id: body.authid.clone(),
        lang: body.lang.clone(),
        // Prosody leaves it out after a restart, and features come all the same.
        version: Some(body.xmpp_version.unwrap_or((1, 0))),
        content: Content::Client,
    }
}
