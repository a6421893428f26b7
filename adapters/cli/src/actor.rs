//! A device on its stream.

use soap_xmpp::Action;
use tokio::time::timeout_at;
use xmpp_core::stanza::presence;
use xmpp_tokio::{Client, Event, SendError};

use crate::{
    clock,
    device::{Binding, Device, DeviceEvent},
    exit::Failure,
    random,
};

/// Makes the device of a stream, and says that it is there.
pub(crate) async fn appear(client: &Client, bindings: Vec<Binding>) -> Result<Device, Failure> {
    let device = Device::new(client.jid().clone(), bindings, random::bytes()?, clock::wall());
    client.send(presence::available()).await?;
    Ok(device)
}

/// Lets the device do its work until the stream is over, and says how that ended.
pub(crate) async fn live(
    client: &mut Client,
    device: &mut Device,
    mut tell: impl FnMut(DeviceEvent),
) -> Result<(), Failure> {
    loop {
        while let Some(action) = device.poll() {
            match action {
                Action::Send(stanza) => match client.send(stanza).await {
                    Ok(()) => {}
                    // Why it is closed is the last event.
                    Err(SendError::Closed) => break,
                    Err(error) => return Err(error.into()),
                },
                Action::Event(event) => tell(event),
            }
        }
        let next = match device.poll_timeout() {
            Some(deadline) => timeout_at(deadline.into(), client.next()).await,
            None => Ok(client.next().await),
        };
        match next {
            Ok(Some(Event::Stanza(stanza))) => device.handle_stanza(clock::now(), clock::wall(), &stanza),
            Ok(Some(Event::Closed(result))) => return Err(Failure::lost(result)),
            Ok(None) => return Err(Failure::lost(Ok(()))),
            // A later version may tell more.
            Ok(Some(_)) => {}
            Err(_) => device.handle_timeout(clock::now(), clock::wall()),
        }
    }
}
