//! The steps, in their order.

use xmpp_core::{
    jid::Jid,
    stanza::{Message, Presence, PresenceKind, iq, message, presence},
    xep::disco::Info,
    xml::{Element, ns},
};

use crate::{
    device::{Binding, OUTPUT_1, OUTPUT_2, STATEMENT},
    tell::Tell,
};

use super::{
    Failure, Limit,
    app::{App, from},
    cast::{self, Actor},
    place::Place,
};

/// Everybody who takes part.
pub(super) struct Demo {
    pub(super) tell: Tell,
    pub(super) app: App,
    pub(super) device: Actor,
    pub(super) device2: Actor,
    /// The address of the first device.
    pub(super) to: Jid,
}

impl Demo {
    /// Two devices over BOSH, an application over TCP.
    pub(super) async fn log_in(place: &Place, tell: &Tell) -> Result<Self, String> {
        tell.step(1, "Login");
        let first = cast::log_in(place, &place.device, "device 1", tell).await?;
        let second = cast::log_in(place, &place.device2, "device 2", tell).await?;
        let app = App::log_in(place, tell).await?;
        // The Web connection: an output of the first device switches one of the second.
        let bound = Binding { point: OUTPUT_2, peer: second.jid().clone().into(), peer_point: OUTPUT_1 };
        let device2 = cast::start(second, Vec::new(), "device 2", tell).await?;
        let device = cast::start(first, vec![bound], "device 1", tell).await?;
        let to = device.jid().clone().into();
        Ok(Self { tell: tell.clone(), app, device, device2, to })
    }

    pub(super) async fn run(&mut self, limit: Limit) -> Result<(), Failure> {
        let outcome = self.steps(limit).await;
        outcome.map_err(|failure| match self.device.lost().or_else(|| self.device2.lost()) {
            // What is missing is missing because of that.
            Some(lost) => Failure { cause: lost, ..failure },
            None => failure,
        })
    }

    async fn steps(&mut self, limit: Limit) -> Result<(), Failure> {
        limit.step("presence", self.presence()).await?;
        limit.step("chat", self.chat()).await?;
        limit.step("discovery", self.discovery()).await?;
        limit.step("SOAP call", self.time()).await?;
        limit.step("read", self.read()).await?;
        limit.step("write", self.write()).await?;
        limit.step("SOAP fault", self.soap_fault()).await?;
        limit.step("application fault", self.application_fault()).await?;
        limit.step("Web connection", self.web_connection()).await?;
        limit.step("control request", self.control()).await
    }

    async fn presence(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(2, "Presence: the application may see when the device is there");
        tell.does("application", format_args!("says that it is available, and subscribes to {}", to.bare()));
        app.send(presence::available()).await?;
        app.send(presence::subscribe(&*to)).await?;
        let bare = Jid::from(to.to_bare());
        app.hear(|stanza| {
            let stanza = match from(stanza, "presence", to).or_else(|| from(stanza, "presence", &bare))? {
                Ok(stanza) => stanza,
                Err(why) => return Some(Err(why)),
            };
            let Presence { kind, from, .. } = Presence::parse(stanza.root()).ok()?;
            match kind {
                PresenceKind::Available if from.as_ref() == Some(&*to) => Some(Ok(())),
                PresenceKind::Unsubscribed => {
                    Some(Err("the device does not let its presence be seen".to_owned()))
                }
                _ => None,
            }
        })
        .await?;
        tell.does("application", format_args!("sees that {to} is available"));
        Ok(())
    }

    async fn chat(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        let text = "It is a fine day for measuring.";
        tell.step(3, "Chat: the device answers whatever it is told");
        tell.does("application", format_args!("writes to device 1: {text:?}"));
        app.send(message::chat(&*to, text).map_err(|error| error.to_string())?).await?;
        let answer = app
            .hear(|stanza| {
                let stanza = match from(stanza, "message", to)? {
                    Ok(stanza) => stanza,
                    Err(why) => return Some(Err(why)),
                };
                Some(Ok(Message::parse(stanza.root()).ok()?.body()?.into_owned()))
            })
            .await?;
        tell.does("application", format_args!("reads from device 1: {answer:?}"));
        expect("the answer", &answer, STATEMENT)
    }

    async fn discovery(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(4, "Discovery: the application asks what the device understands");
        let query = Element::build("query", ns::DISCO_INFO).finish_lossy();
        let (outcome, _) = app.request(iq::get(Some(to.view()), &query)).await?;
        let result = outcome.map_err(|error| error.to_string())?;
        let info = result.first_child().and_then(Info::parse).ok_or("the answer holds no information")?;
        for identity in &info.identities {
            tell.does("device 1", format_args!("is {}/{}", identity.category, identity.kind));
        }
        for feature in [ns::SOAP_FEATURE, ns::IOT_CONTROL] {
            if !info.has_feature(feature) {
                return Err(format!("the device does not announce {feature}"));
            }
            tell.does("", format_args!("and understands {feature}"));
        }
        Ok(())
    }

    /// Ends the streams in good order.
    pub(super) async fn close(self) {
        self.app.close().await;
        self.device.close().await;
        self.device2.close().await;
    }
}

/// What was found must be what was expected.
pub(super) fn expect(what: &str, found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?} and not {expected:?}")) }
}
