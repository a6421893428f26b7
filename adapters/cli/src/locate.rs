//! To which resource a request goes: the one that is there, found by presence.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use xmpp_core::{
    jid::Jid,
    stanza::{AvailableResources, Presence, PresenceKind, iq, presence},
    xep::roster::{self, Roster},
    xml::Element,
};
use xmpp_tokio::{Client, Event};

use crate::{
    aside::Aside,
    clock,
    exit::{Exit, Failure},
};

/// How presence that is not seen yet is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// It is asked for. The subscription stays.
    Subscribe,
    /// That is told as a failure.
    Fail,
}

/// Knows on a client's stream who is there.
#[derive(Debug, Default)]
pub(crate) struct Locator {
    there: AvailableResources,
    /// Our own presence was sent, so that that of others comes.
    announced: bool,
}

/// The address with the resource to send requests to. An address that has one, or no local part, is taken as it is:
/// a request to a bare account is answered by its server (RFC 6121 §8.5.2.1.3).
pub(crate) async fn locate(
    client: &mut Client,
    to: &Jid,
    unseen: Unseen,
    wait: Duration,
    aside: &Aside,
) -> Result<Jid, Failure> {
    Locator::default().find(client, to, unseen, wait, aside).await
}

impl Locator {
    /// As [`locate`]; on the same stream it can be asked again.
    pub(crate) async fn find(
        &mut self,
        client: &mut Client,
        to: &Jid,
        unseen: Unseen,
        wait: Duration,
        aside: &Aside,
    ) -> Result<Jid, Failure> {
        if to.resource().is_some() || to.local().is_none() {
            return Ok(to.clone());
        }
        let _progress = aside.progress(format!("looking for {to}"));
        if !self.announced {
            // A negative priority: messages to the account go to others of its clients (RFC 6121 §8.5.2.1.1).
            let here = presence::available_as(None, None, -1).map_err(|error| error.to_string())?;
            client.send(here).await?;
            self.announced = true;
        }
        if self.best(client, to).is_none() && !sees(client, to, wait).await? {
            match unseen {
                Unseen::Subscribe => client.send(presence::subscribe(to)).await?,
                Unseen::Fail => {
                    let own = client.jid().bare();
                    let why =
                        format!("{to} does not show its presence to {own}, so its resource is not known");
                    return Err(Failure::new(Exit::Remote, why)
                        .advise("give the resource, or ask for its presence with --subscribe"));
                }
            }
        }
        let deadline = Instant::from_std(clock::now()) + wait;
        loop {
            if let Some(best) = self.best(client, to) {
                aside.step(format_args!("finds {best}"));
                return Ok(best);
            }
            let offline =
                || Failure::timeout(format!("{to} is not online: no presence came within {wait:?}"));
            let event = timeout_at(deadline, client.next()).await.map_err(|_| offline())?;
            self.handle(event, to)?;
        }
    }

    /// What came meanwhile. It fails when `to` lets us know that it will not be found, and when the stream is over.
    pub(crate) fn handle(&mut self, event: Option<Event>, to: &Jid) -> Result<(), Failure> {
        let stanza = match event {
            Some(Event::Stanza(stanza)) => stanza,
            Some(Event::Closed(result)) => return Err(Failure::lost(result)),
            None => return Err(Failure::lost(Ok(()))),
            // A later version may tell more.
            Some(_) => return Ok(()),
        };
        self.note(&stanza);
        let Ok(presence) = Presence::parse(stanza.root()) else { return Ok(()) };
        if presence.from.as_ref().is_none_or(|from| from.bare() != to.bare()) {
            return Ok(());
        }
        match (presence.kind, presence.error()) {
            (PresenceKind::Error, error) => {
                let failure = match error {
                    Some(error) => Failure::refused(&error),
                    None => Failure::new(Exit::Remote, "an error that does not say which"),
                };
                Err(Failure { why: format!("{to}: {}", failure.why), ..failure })
            }
            (PresenceKind::Unsubscribed, _) => {
                let why = format!("{to} does not let its presence be seen");
                Err(Failure::new(Exit::Remote, why).advise("give the resource"))
            }
            _ => Ok(()),
        }
    }

    /// A stanza that may say who comes and goes.
    pub(crate) fn note(&mut self, stanza: &Element) {
        if let Ok(presence) = Presence::parse(stanza.root()) {
            self.there.handle_presence(&presence);
        }
    }

    /// The resource of `to` to address, which is not ourselves.
    fn best(&self, client: &Client, to: &Jid) -> Option<Jid> {
        let others = self.there.of(to.view()).into_iter().find(|there| there.jid != *client.jid());
        others.map(|there| there.jid.clone().into())
    }
}

/// Whether the roster says that we see somebody's presence.
async fn sees(client: &Client, to: &Jid, wait: Duration) -> Result<bool, Failure> {
    if to.bare() == client.jid().bare() {
        // Everybody sees their own resources (RFC 6121 §4.2.2).
        return Ok(true);
    }
    let answer = client.request(iq::get(None, &roster::get(None)), wait).await?;
    let roster = answer.first_child().and_then(Roster::parse).unwrap_or_default();
    Ok(roster.items.iter().any(|item| item.jid.view() == to.bare() && item.subscription.is_to()))
}
