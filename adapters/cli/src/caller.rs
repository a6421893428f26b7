//! SOAP calls on a client's stream.

use std::time::Duration;

use soap_xmpp::{Action, CallError, Envelope, Requester};
use tokio::time::timeout_at;
use xmpp_core::jid::Jid;
use xmpp_tokio::{Client, Event};

use crate::{clock, exit::Failure};

/// Calls, and waits for the answer. That there is none is an outcome, and no failure here.
pub(crate) async fn call(
    client: &mut Client,
    requester: &mut Requester,
    to: &Jid,
    envelope: &Envelope,
    timeout: Duration,
) -> Result<Result<Envelope, CallError>, Failure> {
    let id = requester
        .call(clock::now(), to, envelope, timeout)
        .map_err(|error| Failure::from(format!("the call was not made: {error}")))?;
    loop {
        while let Some(action) = requester.poll() {
            match action {
                Action::Send(stanza) => client.send(stanza).await?,
                Action::Event(answered) if answered.call == id => return Ok(answered.outcome),
                Action::Event(_) => {}
            }
        }
        let next = match requester.poll_timeout() {
            Some(deadline) => timeout_at(deadline.into(), client.next()).await,
            None => Ok(client.next().await),
        };
        match next {
            Ok(Some(Event::Stanza(stanza))) => {
                requester.handle_stanza(clock::now(), &stanza);
            }
            Ok(Some(Event::Closed(result))) => return Err(Failure::lost(result)),
            Ok(None) => return Err(Failure::lost(Ok(()))),
            // A later version may tell more.
            Ok(Some(_)) => {}
            Err(_) => requester.handle_timeout(clock::now()),
        }
    }
}
