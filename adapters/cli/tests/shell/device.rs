//! `xmpp device`.

use rustix::process::Signal;

use crate::support::{
    command,
    process::Process,
    run, run_with,
    serve::{DEVICE, Serve, Way},
};

#[test]
fn it_tells_what_it_is_asked() {
    let server = Serve::start();
    for way in Way::ALL {
        let mut device = server.device_with("08-00-00-1A-7C-62", way, &[]);
        run(server.juliet(&["roster", "--add=08-00-00-1a-7c-62@localhost", "--wait=0s"])).well();
        run(server.juliet(&["send", DEVICE, "one\ntwo"])).well();
        run(server.juliet(&["soap", DEVICE, "--time"])).well();
        run(server.juliet(&["request", "--recipient", DEVICE, "--data=Fan=true"])).well();
        device.tells("hears \"one\\ntwo\" from juliet@localhost/desk and answers");
        device.tells("answers SystemService_Read_Info of juliet@localhost/desk");
        device.tells("sets Fan=true for juliet@localhost/desk");
        device.signal(Signal::INT);
        let ended = device.end();
        let place = match way {
            Way::Tcp => &server.tcp,
            Way::Https => &server.https,
            Way::Http => &server.http,
        };
        assert!(
            ended.well().starts_with(&format!("{DEVICE} is online at {place}. Ctrl-C ends it.\n")),
            "{ended:?}"
        );
    }
}

/// A device without a resource is at /ilon, as those in the field are.
#[test]
fn its_resource() {
    let server = Serve::start();
    let mut command = command(&["device", "--jid=08-00-00-1A-7C-62@localhost"]);
    command.args(server.way(Way::Tcp)).env("XMPP_PASSWORD", "Secret-of-62");
    let mut device = Process::start(command);
    device.tells(&format!("{DEVICE} is online"));
}

/// A Web connection: what is written to one device is written to the other.
#[test]
fn a_web_connection() {
    let server = Serve::start();
    let mut second = server.device_with("08-00-00-1A-7C-63", Way::Tcp, &[]);
    let peer = "08-00-00-1a-7c-63@localhost/ilon";
    let mut first = server.device_with("08-00-00-1A-7C-62", Way::Http, &["--bind", peer]);
    let point = "Net/LON/iLON App/Digital Output 2/nviClaValue_1";
    let write = format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
         <Write xmlns='http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/'><iLonItem><Item>\
         <UCPTname>{point}</UCPTname><UCPTvalue>ON</UCPTvalue></Item></iLonItem></Write></e:Body></e:Envelope>"
    );
    run_with(server.juliet(&["soap", DEVICE]), &write).well();
    first.tells(&format!("writes ON, the value of {point}, to {peer}"));
    second.tells(&format!("answers Write of {DEVICE}"));
    first.tells(&format!("is told by {peer} that it was written"));
    second.signal(Signal::TERM);
    second.end().well();
    run_with(server.juliet(&["soap", DEVICE]), &write).well();
    first.tells(&format!("could not write to {peer}: "));
}

#[test]
fn the_server_ends() {
    for way in Way::ALL {
        let server = Serve::start();
        let device = server.device(way);
        // Over BOSH the request with the answer is the one that the server then holds, and says goodbye in.
        run(server.juliet(&["ping", DEVICE])).well();
        server.end().well();
        device.end().fails_after_output(3, &["system-shutdown"]);
    }
    let server = Serve::start();
    let device = server.device(Way::Tcp);
    server.process.signal(Signal::KILL);
    device.end().fails_after_output(3, &["the connection was cut"]);
}

/// Somebody else with the same address takes its place.
#[test]
fn two_with_one_address() {
    let server = Serve::start();
    let first = server.device(Way::Tcp);
    let _second = server.device(Way::Tcp);
    first.end().fails_after_output(3, &["conflict"]);
}
