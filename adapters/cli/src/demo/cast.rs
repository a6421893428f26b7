//! A device on its stream, run by a task of its own.

use tokio::sync::mpsc;
use xmpp_core::jid::FullJid;
use xmpp_tokio::{Client, Handle};

use crate::{
    actor,
    device::{Binding, Device, DeviceEvent},
    tell::Tell,
};

use super::place::{Login, Place};

/// How many events may wait for the demo. It looks for a few of them only, and later ones are not missed.
const EVENTS: usize = 64;

/// What the demo holds of a device.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) name: &'static str,
    stream: Handle,
    heard: mpsc::Receiver<Heard>,
}

/// What the demo learns from a device.
#[derive(Debug)]
enum Heard {
    Event(DeviceEvent),
    /// Its stream is over: why.
    Lost(String),
}

/// Logs a device in. It is silent until it is [`started`](start).
pub(super) async fn log_in(
    place: &Place,
    login: &Login,
    name: &'static str,
    tell: &Tell,
) -> Result<Client, String> {
    let (mut session, words) = place.device(login)?;
    Device::describe(&mut session);
    let client = place.connector(session).trace(tell.trace(name)).bosh(place.bosh_url()).await;
    let client = client.map_err(|error| format!("{name} cannot log in: {error}"))?;
    tell.does(name, format_args!("logs in {words}"));
    tell.does("", format_args!("and is {}", client.jid()));
    Ok(client)
}

/// Lets the device loose.
pub(super) async fn start(
    mut client: Client,
    bindings: Vec<Binding>,
    name: &'static str,
    tell: &Tell,
) -> Result<Actor, String> {
    let mut device =
        actor::appear(&client, bindings).await.map_err(|failure| format!("{name}: {failure}"))?;
    let (events, heard) = mpsc::channel(EVENTS);
    let stream = client.handle();
    let tell = tell.clone();
    tokio::spawn(async move {
        let lived = actor::live(&mut client, &mut device, |event| {
            tell.does(name, &event);
            let _ = events.try_send(Heard::Event(event));
        });
        if let Err(failure) = lived.await {
            // Nobody may be listening any more.
            let _ = events.send(Heard::Lost(failure.to_string())).await;
        }
    });
    Ok(Actor { name, stream, heard })
}

impl Actor {
    pub(super) fn jid(&self) -> &FullJid {
        self.stream.jid()
    }

    /// Waits for an event.
    pub(super) async fn hear<T>(
        &mut self,
        mut pick: impl FnMut(DeviceEvent) -> Option<Result<T, String>>,
    ) -> Result<T, String> {
        loop {
            match self.heard.recv().await {
                Some(Heard::Event(event)) => {
                    if let Some(outcome) = pick(event) {
                        return outcome;
                    }
                }
                Some(Heard::Lost(why)) => return Err(format!("{}: {why}", self.name)),
                None => return Err(format!("{} is gone", self.name)),
            }
        }
    }

    /// Why its stream is over, if it is. Events that waited are forgotten.
    pub(super) fn lost(&mut self) -> Option<String> {
        while let Ok(heard) = self.heard.try_recv() {
            if let Heard::Lost(why) = heard {
                return Some(format!("{}: {why}", self.name));
            }
        }
        None
    }

    pub(super) async fn close(&self) {
        self.stream.close().await;
    }
}
