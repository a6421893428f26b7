//! Output that somebody stops to read, or that finds no room.

use std::{fs::File, process::Command};

use crate::support::{
    command,
    process::Process,
    run,
    serve::{DEVICE, Serve, Way},
};

/// As in front of `head -1`: no panic, no complaint, and an end.
#[test]
fn readers_that_have_seen_enough() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let to_device = |more: &[&str]| server.juliet(&[&["request", "--recipient", DEVICE], more].concat());
    let many = ["ping", "--count=1000000", "--interval=1ms"];
    for command in [
        command(&["--help"]),
        command(&["request", "--help"]),
        command(&["man"]),
        command(&["man", "request"]),
        command(&["completions", "bash"]),
        command(&["demo", "-v"]),
        server.juliet(&many),
        server.juliet(&[&many[..], &["--json"]].concat()),
        to_device(&["--data=Level=1", "--every=10ms"]),
        to_device(&["--data=Level=1", "--every=10ms", "--csv"]),
        to_device(&["--protocol=sensor-data", "--every=10ms", "--json"]),
        server.juliet(&["soap", DEVICE, "--time"]),
        server.juliet(&["roster", "--wait=0s"]),
        server.juliet(&["send", DEVICE, "hi", "--wait=20s"]),
    ] {
        Process::head(command, 1).end().well();
    }
}

/// A device ends with the next thing that nobody reads; a server goes on, since its output is not what it is for.
#[test]
fn devices_and_servers() {
    let server = Serve::start();
    let mut device = server.user("08-00-00-1A-7C-62", Way::Tcp, &["device"]);
    device.arg("--resource=ilon");
    let device = Process::head(device, 1);
    // There may be nobody there any more.
    let say = || run(server.juliet(&["send", DEVICE, "hi"])).code;
    let mut said = 0;
    while say() == Some(0) || said == 0 {
        said += 1;
        assert!(said < 50, "it does not end");
    }
    device.end().well();
    let mut serve = command(&["serve", "--json", "--port=0", "--http-port=0", "--https-port=0"]);
    serve.arg("--account=juliet:x");
    let mut serve = Process::head(serve, 1);
    let told = crate::support::json(&serve.tells("{"));
    let text = |name: &str| told[name].as_str().unwrap();
    for _ in 0..2 {
        let mut ping =
            command(&["ping", "--jid=juliet@localhost", "--server", text("tcp"), "--ca", text("ca")]);
        ping.env("XMPP_PASSWORD", "x");
        run(ping).well();
    }
    serve.signal(rustix::process::Signal::TERM);
    serve.end().well();
}

/// A disk without room is told, by each command that prints, and nothing goes on in vain.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let device = server.user("08-00-00-1A-7C-63", Way::Tcp, &["device"]);
    let to_device = |more: &[&str]| server.juliet(&[&["request", "--recipient", DEVICE], more].concat());
    let fails = |command: Command| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        Process::into_file(command, full)
            .end()
            .fails(1, &["standard output takes nothing more: No space left on device"]);
    };
    for command in [
        command(&["--help"]),
        command(&["--version"]),
        command(&["ping", "--help"]),
        command(&["man", "request"]),
        command(&["completions", "bash"]),
        command(&["serve", "--port=0", "--http-port=0", "--https-port=0"]),
        device,
        server.juliet(&["ping"]),
        server.juliet(&["ping", "--count=1000000", "--interval=1ms", "--json"]),
        server.juliet(&["soap", DEVICE, "--time"]),
        server.juliet(&["soap", DEVICE, "--time", "--json"]),
        server.juliet(&["roster", "--wait=0s"]),
        server.juliet(&["send", DEVICE, "hi", "--wait=20s"]),
        to_device(&["--data=Level=1"]),
        to_device(&["--data=Level=1", "--every=10ms", "--csv"]),
    ] {
        fails(command);
    }
}
