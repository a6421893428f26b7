//! Recipients that are not there, or do not answer, for the commands that ask somebody.

use std::time::Duration;

use rustix::process::Signal;

use crate::support::{
    process::Process,
    run,
    serve::{DEVICE, DEVICE_BARE, Serve, Way},
};

/// Somebody whose presence is seen and who is offline: no presence comes, and that is told when the time is over.
#[test]
fn known_and_offline() {
    let server = Serve::start();
    let device = server.device(Way::Tcp);
    server.acquaint();
    device.signal(Signal::TERM);
    device.end().well();
    let soap = run(server.juliet(&["soap", DEVICE_BARE, "--time", "--timeout=300ms"]));
    soap.fails(6, &[DEVICE_BARE, "is not online: no presence came within 300ms"]);
    let request =
        run(server.juliet(&["request", "--recipient=08-00-00-1A-7C-62", "--data=Level=1", "--timeout=300"]));
    request.fails_after_output(6, &[DEVICE_BARE, "is not online: no presence came within 300ms"]);
    for ended in [soap, request] {
        assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    }
}

/// A resource that is not there, and an account that does not exist: the server answers, and cannot be told apart.
#[test]
fn absent_resources_and_accounts() {
    let server = Serve::start();
    for to in ["08-00-00-1a-7c-62@localhost/ilon", "nobody@localhost/ilon"] {
        run(server.juliet(&["soap", to, "--time"]))
            .fails(5, &[to, "service-unavailable", "the recipient is offline"]);
        let request = run(server.juliet(&["request", "--recipient", to, "--data=Level=1"]));
        request.fails_after_output(5, &[to, "service-unavailable", "the recipient is offline"]);
    }
    run(server.juliet(&["soap", "nobody@localhost", "--time", "--subscribe", "--timeout=300ms"]))
        .fails(6, &["nobody@localhost is not online"]);
    run(server.juliet(&["soap", "a@elsewhere.example/b", "--time"]))
        .fails(5, &["remote-server-not-found", "check the domain of the recipient"]);
}

/// A reply that never comes.
#[test]
fn online_and_silent() {
    let server = Serve::start();
    let device = server.device(Way::Tcp);
    device.signal(Signal::STOP);
    run(server.juliet(&["soap", DEVICE, "--time", "--timeout=200ms"]))
        .fails(6, &[DEVICE, "no answer came in time"]);
    let request = run(server.juliet(&["request", "--recipient", DEVICE, "--data=Level=1", "--timeout=200"]));
    request.fails_after_output(6, &[DEVICE, "no response came in time"]);
    assert!(request.out.contains("false") && request.out.contains("NULL"), "{request:?}");
    run(server.juliet(&["send", DEVICE, "hi", "--wait=200ms"]))
        .fails(6, &[DEVICE, "did not answer within 200ms"]);
}

/// The server dies, or is ended, while an answer is awaited. (That a BOSH server is dead is certain after half a minute
/// only, since requests may be repeated.)
#[test]
fn streams_that_are_lost() {
    for (way, signal, told) in [
        (Way::Tcp, Signal::KILL, "the connection was cut"),
        (Way::Tcp, Signal::TERM, "system-shutdown"),
        (Way::Http, Signal::TERM, "system-shutdown"),
    ] {
        for arguments in [
            &["soap", DEVICE, "--time", "--timeout=60s"][..],
            &["ping", DEVICE, "--timeout=60s"],
            &["send", DEVICE, "hi", "--wait=60s"],
            &["request", "--recipient", DEVICE, "--data=Level=1", "--timeout=60000"],
        ] {
            let mut server = Serve::with(&["-vv"]);
            let device = server.device(Way::Tcp);
            device.signal(Signal::STOP);
            let waiting = Process::start(server.user("juliet", way, arguments));
            server.process.tells_aside("to='08-00-00-1a-7c-62@localhost/ilon'");
            server.process.signal(signal);
            waiting.end().fails_after_output(3, &[told]);
        }
    }
}
