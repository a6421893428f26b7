//! slixmpp drives the device, and is one, on each server.

use xmpp_test_servers::Kind;

use crate::{
    installed::Strangers,
    place::Place,
    running::{Running, xmpp},
};

/// SOP-01, SOP-05, SOP-22, IOT-01, IOT-03, IOT-09, IOT-10, IOT-11: two devices come in, one as in the field and one over
/// TCP, and slixmpp does the same with both. Then slixmpp takes the place of the second device.
fn on(strangers: &Strangers, place: &Place, users: [&str; 2]) {
    let field = "08-00-00-1a-7c-62@localhost/ilon";
    let near = "08-00-00-1a-7c-63@localhost/ilon";
    let mut command = xmpp(&["device", "--jid", &format!("{}@localhost", users[0]), "--bosh", &place.http]);
    let first = Running::start("device 1", command.args(["--tls", "disabled", "--bind", near]));
    let second = Running::start("device 2", &mut place.command("device", users[1]));
    for (device, jid, at) in [(&second, near, place.tcp.as_str()), (&first, field, place.http.as_str())] {
        device.wait_for(&format!("{jid} is online at {at}"));
        let mut driver = strangers.python("driver.py", place, "alice@localhost/driver");
        let printed = Running::start("driver.py", driver.args(["--device", jid])).succeeds();
        for behaviour in [
            "presence",
            "discovery",
            "ping",
            "chat",
            "soap_time",
            "soap_fault",
            "control",
            "control_refused",
            "sensors",
            "unknown",
            "the server closed the stream as well",
        ] {
            assert!(printed.contains(&format!("ok: {behaviour}\n")), "{behaviour}: {printed}");
        }
        for told in [
            "lets alice@localhost see its presence",
            "hears \"I am <well> & you?\" from alice@localhost/driver and answers",
            "answers SystemService_Read_Info of alice@localhost/driver",
            "sets Fan=true; Level=2; Setpoint=21.5 for alice@localhost/driver",
            "sets Fan=false for alice@localhost/driver",
            "refuses the settings of alice@localhost/driver: ",
        ] {
            device.wait_for(told);
        }
    }
    drop(second);
    let mut other = strangers.python("connection.py", place, near);
    let printed = Running::start("connection.py", other.args(["--device", field])).succeeds();
    assert!(
        printed.contains("ok: the device reports") && printed.contains("ok: the device takes"),
        "{printed}"
    );
    first.wait_for(&format!("is told by {near} that it was written"));
    first.wait_for(&format!("answers Write of {near}"));
}

/// As a person types them, and as RFC 7622 §3.3 has them.
const TYPED: [&str; 2] = ["08-00-00-1A-7C-62", "08-00-00-1A-7C-63"];
const PREPARED: [&str; 2] = ["08-00-00-1a-7c-62", "08-00-00-1a-7c-63"];

/// ejabberd keeps the capitals of a login in the address that it binds and stamps, and slixmpp takes an answer only
/// from the very letters that it has asked. So the devices log in without capitals here.
#[test]
fn slixmpp_and_devices_on_ejabberd() {
    if let (Some(strangers), Some(place)) = (Strangers::find(), Place::real(Kind::Ejabberd)) {
        on(&strangers, &place, PREPARED);
    }
}

#[test]
fn slixmpp_and_devices_on_prosody() {
    if let (Some(strangers), Some(place)) = (Strangers::find(), Place::real(Kind::Prosody)) {
        on(&strangers, &place, TYPED);
    }
}

#[test]
fn slixmpp_and_devices_on_xmpp_serve() {
    if let Some(strangers) = Strangers::find() {
        on(&strangers, &Place::ours(), TYPED);
    }
}
