//! Ctrl-C, and the SIGTERM of service managers: what ends, with which code, and that the stream is closed.

use std::io::Write;

use rustix::process::Signal;

use crate::support::{
    command,
    peer::Peer,
    process::{Process, now},
    serve::{ACCOUNTS, DEVICE, Serve, Way},
};

/// What is meant to be ended so ends well, and its stream in good order.
#[test]
fn a_device() {
    let mut server = Serve::with(&["-vv"]);
    for way in Way::ALL {
        for signal in [Signal::INT, Signal::TERM] {
            let device = server.device(way);
            device.signal(signal);
            device.end().well();
            server.process.tells_aside("| </stream>");
        }
    }
    let ended = server.end();
    assert!(!ended.err.contains("stream:error"), "{}", ended.err);
}

/// As soon as it has told its addresses, or before: in good order.
#[test]
fn a_server() {
    for signal in [Signal::INT, Signal::TERM] {
        let server = Serve::start();
        server.process.signal(signal);
        server.process.end().well();
    }
    let server = Serve::start();
    let device = server.device(Way::Tcp);
    server.end().well();
    device.end().fails_after_output(3, &["system-shutdown"]);
}

/// Who waits for an answer is interrupted: the stream is closed, and the code says that it was not done.
#[test]
fn who_waits_for_an_answer() {
    for (signal, way) in [(Signal::INT, Way::Tcp), (Signal::TERM, Way::Http)] {
        let mut server = Serve::with(&["-vv"]);
        let device = server.device(Way::Tcp);
        device.signal(Signal::STOP);
        for arguments in [
            &["soap", DEVICE, "--time", "--timeout=60s"][..],
            &["ping", DEVICE, "--timeout=60s"],
            &["send", DEVICE, "hi", "--wait=60s"],
            &["request", "--recipient", DEVICE, "--data=Level=1", "--timeout=60000"],
            &["request", "--recipient", DEVICE, "--protocol=sensor-data", "--timeout=60000"],
        ] {
            let waiting = Process::start(server.user("juliet", way, arguments));
            server.process.tells_aside("to='08-00-00-1a-7c-62@localhost/ilon'");
            waiting.signal(signal);
            waiting.end().fails(130, &["xmpp: interrupted"]);
            server.process.tells_aside("| </stream>");
        }
    }
}

/// Rows that were asked for until Ctrl-C end well with it, if each of them did.
#[test]
fn rows_without_end() {
    let mut server = Serve::with(&["-vv"]);
    let _device = server.device(Way::Tcp);
    for (signal, every) in [(Signal::INT, "--every=10ms"), (Signal::TERM, "--every=1h")] {
        let rows = ["request", "--recipient", DEVICE, "--data=Level=1", "--csv", every];
        let mut rows = Process::start(server.juliet(&rows));
        rows.tells("true,");
        rows.signal(signal);
        assert!(rows.end().well().lines().skip(1).all(|row| row.starts_with("true,")));
        server.process.tells_aside("| </stream>");
    }
    let mut failing = Process::start(server.juliet(&[
        "request",
        "--recipient",
        DEVICE,
        "--data=Level=9",
        "--every=1h",
        "--json",
    ]));
    failing.tells("false");
    failing.signal(Signal::INT);
    failing.end().fails_after_output(5, &["1 of 1 requests were not successful"]);
}

/// Nothing has to be answered for Ctrl-C to work during a login.
#[test]
fn who_logs_in() {
    let silent = Peer::start(|talk| {
        talk.hear();
        talk.wait();
    });
    for arguments in [
        &["ping"][..],
        &["device"],
        &["roster"],
        &["send", "a@localhost", "hi"],
        &["soap", "a@localhost/b", "--time"],
        &["request", "--recipient=a", "--data=Level=1", "--every=1s"],
    ] {
        let mut command = command(arguments);
        command
            .args(["--jid=juliet@localhost", "-v", "--server", &silent.address])
            .env("XMPP_PASSWORD", ACCOUNTS[0].1);
        let mut waiting = Process::start(command);
        waiting.tells_aside("opens a stream");
        waiting.signal(Signal::INT);
        let ended = waiting.end();
        assert_eq!(
            (ended.code, ended.err.lines().last()),
            (Some(130), Some("xmpp: interrupted")),
            "{ended:?}"
        );
    }
}

/// A second Ctrl-C does not wait for the goodbye of a server that says nothing any more; without it that takes a while.
#[test]
fn a_second_time() {
    let server = Serve::start();
    let mut took = Vec::new();
    for twice in [true, false] {
        let mut device = server.device_with("08-00-00-1A-7C-62", Way::Tcp, &["-v"]);
        server.process.signal(Signal::STOP);
        let began = now();
        device.signal(Signal::INT);
        device.tells_aside("closes the stream");
        if twice {
            device.signal(Signal::INT);
        }
        assert_eq!(device.end().code, Some(0));
        took.push(now() - began);
        server.process.signal(Signal::CONT);
    }
    assert!(took[0] < took[1], "{took:?}");
}

/// Waiting for what comes on standard input ends too. (Where it comes before anything is set up, the signal ends it.)
#[test]
fn standard_input() {
    for arguments in [&["send", "a@localhost", "-"][..], &["soap", "a@localhost/b", "-"]] {
        let mut command = command(arguments);
        command.args(["--jid=juliet@localhost", "--password-file=-"]);
        let (waiting, mut keys) = Process::start_open(command);
        keys.write_all(b"password\nand the beginning of").unwrap();
        let ended = waiting.signal_until_it_ends(Signal::INT);
        assert!(matches!(ended.code, Some(130) | None), "{ended:?}");
        assert_eq!(ended.out, "");
        drop(keys);
    }
}

/// A reader that takes nothing keeps nobody who presses Ctrl-C.
#[cfg(target_os = "linux")]
#[test]
fn output_that_nobody_takes() {
    let server = Serve::start();
    let pings = ["ping", "--count=300", "--interval=0s", "--json", "-v"];
    let mut stuck = Process::unread(server.juliet(&pings));
    stuck.tells_aside("closes the stream");
    let ended = stuck.signal_until_it_ends(Signal::INT);
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_eq!(ended.err.lines().last(), Some("xmpp: interrupted"));
}
