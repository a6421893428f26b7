//! `xmpp soap`.

use std::fs;

use crate::support::{
    json, run, run_with,
    serve::{ACCOUNTS, DEVICE, DEVICE_BARE, Serve, Way},
};

const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";

fn envelope(call: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>{call}</e:Body></e:Envelope>\n"
    )
}

fn read(point: &str) -> String {
    envelope(&format!(
        "<Read xmlns='{MESSAGE}'><iLonItem><Item><UCPTname>{point}</UCPTname></Item></iLonItem></Read>"
    ))
}

const OUTPUT: &str = "Net/LON/iLON App/Digital Output 1/nviClaValue_1";

#[test]
fn the_time_on_each_way_and_in_each_form() {
    let server = Serve::start();
    for way in Way::ALL {
        let mut device = server.device(way);
        let call = |more: &[&str]| {
            let mut command = server.user("juliet", way, &["soap", DEVICE, "--time"]);
            command.args(more);
            run(command)
        };
        let text = call(&[]);
        assert!(
            text.well().starts_with("<SOAP-ENV:Envelope ") && text.out.ends_with("</SOAP-ENV:Envelope>\n")
        );
        assert!(
            text.out.contains("\n        <UCPTsystemTime>20") || text.out.contains("  <UCPTsystemTime>20"),
            "{text:?}"
        );
        let raw = call(&["--raw"]);
        assert_eq!(raw.well().lines().count(), 1, "{raw:?}");
        assert!(raw.out.contains("<UCPTtimeServer2/>"), "{raw:?}");
        let told = json(call(&["--json"]).well());
        assert!(told["answer"].as_str().unwrap().contains("<UCPTsystemTime>"), "{told}");
        assert_eq!((&told["failure_count"], &told["fault"]), (&0.into(), &serde_json::Value::Null));
        let steps = call(&["-vv"]);
        assert_eq!((steps.code, &steps.out[..8]), (Some(0), "<SOAP-EN"), "{steps:?}");
        assert!(steps.err.contains("<UCPTsystemInfoType>SI_TIME</UCPTsystemInfoType>"), "{}", steps.err);
        for _ in 0..4 {
            device.tells("answers SystemService_Read_Info of juliet@localhost/desk");
        }
    }
}

/// The envelope comes from a file or on standard input, where the password can stand in the line before it.
#[test]
fn envelopes_come_from_everywhere() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let call = read(OUTPUT);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("call.xml");
    fs::write(&file, format!("<?xml version='1.0' encoding='UTF-8'?>\n{call}")).unwrap();
    let of_file = run(server.juliet(&["soap", DEVICE, &file.display().to_string()]));
    assert!(of_file.well().contains(">OFF</UCPTvalue>"), "{of_file:?}");
    assert!(run_with(server.juliet(&["soap", DEVICE, "-"]), &call).well().contains(">OFF</UCPTvalue>"));
    assert!(run_with(server.juliet(&["soap", DEVICE]), &call).well().contains(">OFF</UCPTvalue>"));
    let mut both = server.juliet(&["soap", DEVICE, "--password-file=-"]);
    both.env_remove("XMPP_PASSWORD");
    assert!(run_with(both, &format!("{}\n{call}", ACCOUNTS[0].1)).well().contains(">OFF</UCPTvalue>"));
}

/// A fault is told on standard error; what else it holds is the output.
#[test]
fn faults() {
    let server = Serve::start();
    let mut device = server.device(Way::Tcp);
    let dance = envelope(&format!("<Dance xmlns='{MESSAGE}'/>"));
    let told = ["08-00-00-1a-7c-62@localhost/ilon: SOAP fault Sender: This device has no operation Dance"];
    run_with(server.juliet(&["soap", DEVICE]), &dance).fails(5, &told);
    device.tells("refuses a call of juliet@localhost/desk: This device has no operation Dance");
    let raw = run_with(server.juliet(&["soap", DEVICE, "--raw"]), &dance);
    raw.fails_after_output(5, &told);
    assert!(raw.out.contains(":Fault>") && raw.out.lines().count() == 1, "{raw:?}");
    let ended = run_with(server.juliet(&["soap", DEVICE, "--json"]), &dance);
    ended.fails_after_output(5, &told);
    let fault = &json(&ended.out)["fault"];
    assert_eq!(
        (&fault["code"], &fault["reason"]),
        (&"Sender".into(), &"This device has no operation Dance".into())
    );
}

/// What a device counts as failures inside of an ordinary answer is an answer and a failure.
#[test]
fn failures_that_are_counted() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let nothing = read("Net/LON/iLON App/Digital Output 1/nviNothing");
    let told = ["the device could not do it all: ", "14", "The functional block has no such data point"];
    let ended = run_with(server.juliet(&["soap", DEVICE]), &nothing);
    ended.fails_after_output(5, &told);
    assert!(ended.out.contains("<UCPTfaultCount>1</UCPTfaultCount>"), "{ended:?}");
    let ended = run_with(server.juliet(&["soap", DEVICE, "--json"]), &nothing);
    ended.fails_after_output(5, &told);
    let answer = json(&ended.out);
    assert_eq!(
        (&answer["failure_count"], &answer["failures"][0]["code"]),
        (&1.into(), &14.into()),
        "{answer}"
    );
}

/// Without a resource the one that is online is found, once its presence may be seen.
#[test]
fn the_resource_is_found() {
    let server = Serve::start();
    let _device = server.device(Way::Http);
    run(server.juliet(&["soap", DEVICE_BARE, "--time"])).fails(
        5,
        &["does not show its presence to juliet@localhost", "ask for its presence with --subscribe"],
    );
    run(server.juliet(&["soap", DEVICE_BARE, "--time", "--subscribe"])).well();
    // The subscription stays.
    let steps = run(server.juliet(&["soap", DEVICE_BARE, "--time", "-v"]));
    assert!(steps.code == Some(0) && steps.err.contains(&format!("xmpp: finds {DEVICE}\n")), "{steps:?}");
}
