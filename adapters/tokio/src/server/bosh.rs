//! One BOSH session of the connection manager as a carrier: requests in, replies out.

use std::{collections::HashMap, time::Instant};

use bosh_core::{Body, BoshSession, Farewell, HttpReply, RequestId, SessionOutput};
use tokio::sync::{mpsc, oneshot};

use crate::drive::{Arrival, Carrier};

/// What the HTTP side tells a session.
#[derive(Debug)]
pub(super) enum Incoming {
    Request {
        id: RequestId,
        body: Box<Body>,
        answer: oneshot::Sender<Answer>,
    },
    /// The connection of this request is gone.
    Gone(RequestId),
}

/// A reply, and the type of its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: HttpReply,
    pub(super) content_type: String,
}

pub(super) struct SessionCarrier {
    incoming: mpsc::UnboundedReceiver<Incoming>,
    held: HashMap<RequestId, oneshot::Sender<Answer>>,
    farewell: Option<Farewell>,
    /// Takes the last word, for who asks later.
    over: Option<oneshot::Sender<Farewell>>,
}

impl SessionCarrier {
    pub(super) fn new(incoming: mpsc::UnboundedReceiver<Incoming>, over: oneshot::Sender<Farewell>) -> Self {
        Self { incoming, held: HashMap::new(), farewell: None, over: Some(over) }
    }

    /// Requests that were open at the end, and those that crossed it on their way, get the last word too.
    fn finish(&mut self, mut farewell: Farewell) {
        self.incoming.close();
        while let Some(reply) = farewell.poll_output() {
            if let Some(answer) = self.held.remove(&reply.id) {
                let _ = answer.send(Answer { reply, content_type: bosh_core::CONTENT_TYPE.to_owned() });
            }
        }
        while let Ok(incoming) = self.incoming.try_recv() {
            if let Incoming::Request { id, body, answer } = incoming {
                let reply = farewell.reply(id, &body);
                // Its connection may be gone as well.
                let _ = answer.send(Answer { reply, content_type: bosh_core::CONTENT_TYPE.to_owned() });
            }
        }
        if let Some(over) = self.over.take() {
            let _ = over.send(farewell);
        }
    }
}

impl Carrier<BoshSession> for SessionCarrier {
    type Input = Incoming;

    fn send(&mut self, output: SessionOutput, wire: &BoshSession) {
        if let SessionOutput::Reply(reply) = output
            && let Some(answer) = self.held.remove(&reply.id)
        {
            // Whoever went away meanwhile asks again.
            let _ = answer.send(Answer { reply, content_type: wire.content_type().to_owned() });
        }
    }

    fn shutdown(&mut self, wire: &BoshSession) {
        self.farewell = Some(wire.farewell());
    }

    async fn next(&mut self, read: bool) -> Arrival<Incoming> {
        if let Some(farewell) = self.farewell.take() {
            self.finish(farewell);
        }
        if self.over.is_none() {
            return Arrival::Finished;
        }
        if !read {
            return std::future::pending().await;
        }
        match self.incoming.recv().await {
            Some(incoming) => Arrival::Input(incoming),
            // The manager keeps the other end while the session lives.
            None => std::future::pending().await,
        }
    }

    fn hand_in(&mut self, input: Incoming, wire: &mut BoshSession, _now: Instant) {
        match input {
            Incoming::Request { id, body, answer } => {
                self.held.insert(id, answer);
                wire.handle_request(id, *body);
            }
            Incoming::Gone(id) => {
                if self.held.remove(&id).is_some() {
                    wire.handle_gone(id);
                }
            }
        }
    }
}
