//! The steps in which the application calls the device.

use soap_xmpp::{
    CallError, Envelope,
    smartserver::{self, Answer, Item, Value},
};
use xmpp_core::{
    stanza::iq,
    xep::iot_control::{Set, SetResponse, Spelling, parse_settings},
    xml::BuildError,
};

use crate::{
    device::{DeviceEvent, FAN, LEVEL, OUTPUT_1, OUTPUT_2, SETPOINT},
    driver::Row,
    tell::Tell,
};

use super::steps::{Demo, expect};

impl Demo {
    pub(super) async fn time(&mut self) -> Result<(), String> {
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

    pub(super) async fn read(&mut self) -> Result<(), String> {
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

    pub(super) async fn write(&mut self) -> Result<(), String> {
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

    pub(super) async fn soap_fault(&mut self) -> Result<(), String> {
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

    pub(super) async fn application_fault(&mut self) -> Result<(), String> {
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

    pub(super) async fn web_connection(&mut self) -> Result<(), String> {
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

    pub(super) async fn control(&mut self) -> Result<(), String> {
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
}

fn switch(point: &str, value: &str) -> Result<Envelope, BuildError> {
    smartserver::write(&[Item::new(point).value(Value::new(value).format("UCPTvalueDef"))])
}

/// The value of the only point in an answer.
fn value(answer: &Answer) -> &str {
    answer.items.first().and_then(|item| item.values.first()).map_or("", |value| &value.text)
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
