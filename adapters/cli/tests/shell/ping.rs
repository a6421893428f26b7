//! `xmpp ping`.

use std::time::Duration;

use crate::support::{
    json, run,
    serve::{DEVICE, Serve, Way},
};

#[test]
fn servers_devices_and_domains() {
    let server = Serve::start();
    let _device = server.device(Way::Http);
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["ping", DEVICE]));
        assert!(ended.well().starts_with(&format!("{DEVICE} answers in ")), "{ended:?}");
        assert!(ended.out.ends_with(" ms\n"), "{ended:?}");
    }
    run(server.juliet(&["ping", "localhost"])).well();
}

#[test]
fn several_as_json() {
    let server = Serve::start();
    let ended = run(server.juliet(&["ping", "--count=3", "--interval=10ms", "--json"]));
    let lines: Vec<_> = ended.well().lines().map(json).collect();
    assert_eq!(lines.len(), 3);
    for (line, number) in lines.iter().zip(1..) {
        assert_eq!((&line["from"], &line["number"]), (&"localhost".into(), &number.into()));
        assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
    }
}

#[test]
fn who_does_not_answer() {
    let server = Serve::start();
    let absent = "(the recipient is offline, or does not know this request)";
    for to in ["nobody@localhost/x", "nobody@localhost", "romeo@localhost/x"] {
        run(server.juliet(&["ping", to])).fails(5, &[to, "service-unavailable", absent]);
    }
    run(server.juliet(&["ping", "elsewhere.example"]))
        .fails(5, &["elsewhere.example: remote-server-not-found", "check the domain of the recipient"]);
    // A device that does not get to run has no chance to answer.
    let device = server.device(Way::Tcp);
    device.signal(rustix::process::Signal::STOP);
    let ended = run(server.juliet(&["ping", DEVICE, "--timeout=200ms"]));
    ended.fails(6, &[DEVICE, "no response came in time"]);
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    let before = run(server.juliet(&["ping", DEVICE, "--timeout=200ms", "--json"]));
    before.fails(6, &["no response came in time"]);
}
