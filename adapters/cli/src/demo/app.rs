//! The application: what it asks, and how it waits.

use std::time::Duration;

use soap_xmpp::{CallError, Envelope, Requester, RequesterConfig, smartserver::Answer};
use xmpp_core::{
    RequestError as NoResult,
    jid::Jid,
    stanza::StanzaError,
    xml::{BuildError, Element},
};
use xmpp_tokio::{Client, Event, RequestError};

use crate::{caller, clock, random, tell::Tell};

use super::{PATIENCE, place::Place};

/// The application on its stream.
#[derive(Debug)]
pub(super) struct App {
    client: Client,
    requester: Requester,
}

impl App {
    pub(super) async fn log_in(place: &Place, tell: &Tell) -> Result<Self, String> {
        let (session, words) = place.application()?;
        let client = place.connector(session).trace(tell.trace("application")).connect().await;
        let client = client.map_err(|error| format!("the application cannot log in: {error}"))?;
        tell.does("application", format_args!("logs in {words}"));
        tell.does("", format_args!("and is {}", client.jid()));
        let requester = Requester::new(RequesterConfig::default(), random::bytes()?, client.jid().clone());
        Ok(Self { client, requester })
    }

    pub(super) async fn send(&self, stanza: Element) -> Result<(), String> {
        self.client.send(stanza).await.map_err(|error| error.to_string())
    }

    /// Waits for a stanza.
    pub(super) async fn hear<T>(
        &mut self,
        mut pick: impl FnMut(&Element) -> Option<Result<T, String>>,
    ) -> Result<T, String> {
        loop {
            let stanza = stanza(self.client.next().await)?;
            if let Some(outcome) = stanza.as_ref().and_then(&mut pick) {
                return outcome;
            }
        }
    }

    /// Sends a request and tells how it ended and how long that took.
    pub(super) async fn request(&self, iq: Element) -> Result<(Result<Element, NoResult>, Duration), String> {
        let began = clock::now();
        let outcome = match self.client.request(iq, PATIENCE).await {
            Ok(result) => Ok(result),
            Err(RequestError::Failed(error)) => Err(error),
            // It was not sent.
            Err(error) => return Err(error.to_string()),
        };
        Ok((outcome, clock::now() - began))
    }

    /// Calls with SOAP. That there is no answer is an outcome, and no error here.
    pub(super) async fn call(
        &mut self,
        to: &Jid,
        call: Result<Envelope, BuildError>,
    ) -> Result<Result<Envelope, CallError>, String> {
        let call = call.map_err(|error| error.to_string())?;
        let outcome = caller::call(&mut self.client, &mut self.requester, to, &call, PATIENCE).await;
        outcome.map_err(|failure| failure.to_string())
    }

    /// Calls a device that must answer without any failure.
    pub(super) async fn ask(
        &mut self,
        to: &Jid,
        call: Result<Envelope, BuildError>,
    ) -> Result<Answer, String> {
        let answer = self.answer(to, call).await?;
        if let Some(fault) = answer.all_faults().next() {
            return Err(fault.to_string());
        }
        match answer.fault_count {
            0 => Ok(answer),
            count => Err(format!("the device counts {count} failures")),
        }
    }

    /// Calls a device that must answer, perhaps with failures of its own.
    pub(super) async fn answer(
        &mut self,
        to: &Jid,
        call: Result<Envelope, BuildError>,
    ) -> Result<Answer, String> {
        let envelope = self.call(to, call).await?.map_err(|error| error.to_string())?;
        Answer::of(&envelope).ok_or_else(|| "the answer is empty".to_owned())
    }

    pub(super) async fn close(self) {
        self.client.close().await;
    }
}

/// The stanza of an event, unless the stream is over.
fn stanza(event: Option<Event>) -> Result<Option<Element>, String> {
    match event {
        Some(Event::Stanza(stanza)) => Ok(Some(stanza)),
        Some(Event::Closed(Err(error))) => Err(format!("the application's stream: {error}")),
        Some(Event::Closed(Ok(()))) | None => Err("the application's stream was closed".to_owned()),
        // A later version may tell more.
        Some(_) => Ok(None),
    }
}

/// Whether a stanza is one of this kind from that address; an error that came back instead is one.
///
/// Addresses are compared as such: a server may write them as they were typed.
pub(super) fn from<'a>(stanza: &'a Element, kind: &str, sender: &Jid) -> Option<Result<&'a Element, String>> {
    if stanza.name() != kind || Jid::new(&stanza.attr("from")?).ok()? != *sender {
        return None;
    }
    match StanzaError::of_stanza(stanza.root()).filter(|_| stanza.attr("type").as_deref() == Some("error")) {
        Some(error) => Some(Err(format!("it came back: {error}"))),
        None => Some(Ok(stanza)),
    }
}
