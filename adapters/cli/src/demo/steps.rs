//! The steps, in their order.

use soap_xmpp::{
    CallError, Envelope,
    smartserver::{self, Answer, Item, Value},
};
use xmpp_core::{
    jid::Jid,
    stanza::{Message, Presence, PresenceKind, iq, message, presence},
    xep::{
        disco::Info,
        iot_control::{Set, SetResponse, Spelling, parse_settings},
    },
    xml::{BuildError, Element, ns},
};

use crate::{
    device::{Binding, DeviceEvent, FAN, LEVEL, OUTPUT_1, OUTPUT_2, SETPOINT, STATEMENT},
    driver::Row,
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
    tell: Tell,
    app: App,
    device: Actor,
    device2: Actor,
    /// The address of the first device.
    to: Jid,
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

    async fn time(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(5, "SOAP: SystemService_Read_Info with SI_TIME, in an IQ");
        tell.does("application", "asks device 1 for its time");
        let answer = app.ask(to, smartserver::read_info("SI_TIME")).await?;
        if !answer.info.iter().any(|(name, text)| name == "UCPTsystemTime" && !text.is_empty()) {
            return Err("the device tells no time".to_owned());
        }
        tell.does("application", format_args!("gets {}", answer.name));
        tell.table(
            ["Field", "Value"],
            &answer.info.into_iter().map(|(name, text)| [name, text]).collect::<Vec<_>>(),
        );
        Ok(())
    }

    async fn read(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(6, "Read: the values of two data points");
        tell.does("application", "asks device 1");
        let answer = app.ask(to, smartserver::read(&[OUTPUT_1, SETPOINT])).await?;
        tell.does("application", format_args!("gets {}", answer.name));
        points(tell, &answer);
        if answer.items.len() == 2 {
            Ok(())
        } else {
            Err("the answer holds other points than were asked for".into())
        }
    }

    async fn write(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(7, "Write: switches an output of the device");
        tell.does("application", format_args!("writes ON to {OUTPUT_1} of device 1"));
        let answer = app.ask(to, switch(OUTPUT_1, "ON")).await?;
        tell.does(
            "application",
            format_args!("gets {} with no failure, and reads the point again", answer.name),
        );
        let answer = app.ask(to, smartserver::read(&[OUTPUT_1])).await?;
        points(tell, &answer);
        expect("the value", value(&answer), "ON")
    }

    async fn soap_fault(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(8, "A SOAP fault: a call that the device does not know");
        tell.does("application", "calls Dance at device 1");
        match app.call(to, smartserver::call("Dance", &[])).await? {
            Err(CallError::Fault(answered)) => {
                tell.does("application", format_args!("gets a {}", answered.fault));
                if let Some(error) = &answered.error {
                    tell.does("", format_args!("with the stanza error {error}"));
                }
                Ok(())
            }
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("the device answers a call that it cannot know".to_owned()),
        }
    }

    async fn application_fault(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        tell.step(9, "An application fault: an ordinary answer that counts failures");
        let unknown = "Net/LON/iLON App/Digital Output 1/nviNothing";
        tell.does("application", format_args!("reads {unknown} of device 1"));
        let answer = app.answer(to, smartserver::read(&[unknown])).await?;
        tell.does("application", format_args!("gets {}, UCPTfaultCount {}", answer.name, answer.fault_count));
        let faults = answer.all_faults().map(|fault| {
            let code = fault.code.map_or_else(String::new, |code| code.to_string());
            [code, fault.text.clone()]
        });
        tell.table(["Fault", "Text"], &faults.collect::<Vec<_>>());
        let codes: Vec<_> = answer.all_faults().map(|fault| fault.code).collect();
        if codes == [Some(14)] { Ok(()) } else { Err(format!("other failures than expected: {codes:?}")) }
    }

    async fn web_connection(&mut self) -> Result<(), String> {
        let Self { tell, app, device, device2, to } = self;
        tell.step(10, "A Web connection: device 1 writes what it is told to device 2");
        tell.does("application", format_args!("writes ON to {OUTPUT_2} of device 1"));
        app.ask(to, switch(OUTPUT_2, "ON")).await?;
        device
            .hear(|event| match event {
                DeviceEvent::Reported { outcome, .. } => Some(outcome),
                _ => None,
            })
            .await?;
        tell.does("application", format_args!("reads {OUTPUT_1} of device 2"));
        let answer = app.ask(&device2.jid().clone().into(), smartserver::read(&[OUTPUT_1])).await?;
        points(tell, &answer);
        expect("the value", value(&answer), "ON")
    }

    async fn control(&mut self) -> Result<(), String> {
        let Self { tell, app, to, .. } = self;
        let data = "Setpoint=21.5;Fan=true;Level=3";
        tell.step(11, "A control request (XEP-0325), as a driver shows it");
        tell.does("application", format_args!("sends device 1 the settings {data}"));
        let settings = parse_settings(data).map_err(|error| error.to_string())?;
        let set = Set::new(settings).to_element(Spelling::Spec).map_err(|error| error.to_string())?;
        let (outcome, took) = app.request(iq::set(Some(to.view()), &set)).await?;
        let row = Row::of(&outcome, took);
        tell.table(["Column", "Value"], &row.columns().map(|(name, value)| [name.to_owned(), value]));
        let result = outcome.map_err(|error| error.to_string())?;
        if result.first_child().and_then(SetResponse::parse).is_none() {
            return Err("the answer is no setResponse".to_owned());
        }
        tell.does("application", "reads what became of it");
        let answer = app.ask(to, smartserver::read(&[SETPOINT, FAN, LEVEL])).await?;
        points(tell, &answer);
        let values: Vec<&str> =
            answer.items.iter().flat_map(|item| &item.values).map(|value| &*value.text).collect();
        expect("the state", &values.join(" "), "21.5 ON 3")
    }

    /// Ends the streams in good order.
    pub(super) async fn close(self) {
        self.app.close().await;
        self.device.close().await;
        self.device2.close().await;
    }
}

fn switch(point: &str, value: &str) -> Result<Envelope, BuildError> {
    smartserver::write(&[Item::new(point).value(Value::new(value).format("UCPTvalueDef"))])
}

/// The value of the only point in an answer.
fn value(answer: &Answer) -> &str {
    answer.items.first().and_then(|item| item.values.first()).map_or("", |value| &value.text)
}

fn expect(what: &str, found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?} and not {expected:?}")) }
}

fn points(tell: &Tell, answer: &Answer) {
    let rows = answer.items.iter().flat_map(|item| {
        item.values.iter().map(|value| {
            [
                item.name.clone(),
                value.text.clone(),
                value.unit.clone().unwrap_or_default(),
                item.priority.map_or_else(String::new, |priority| priority.to_string()),
                item.last_update.clone().unwrap_or_default(),
            ]
        })
    });
    tell.table(["Data point", "Value", "Unit", "Priority", "Last update"], &rows.collect::<Vec<_>>());
}
