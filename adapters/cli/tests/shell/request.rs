//! `xmpp request`: rows for people, for programs and for spreadsheets.

use crate::support::{
    json,
    process::{Ended, Process},
    run,
    serve::{DEVICE, Serve, Way},
};

const TITLES: &str = "Successful,Response Time (ms),Reply Code,Reply,Error";
const TO_DEVICE: [&str; 3] = ["request", "--recipient=08-00-00-1A-7C-62", "--recipient-resource=ilon"];

fn request(server: &Serve, way: Way, more: &[&str]) -> Ended {
    run(server.user("juliet", way, &[&TO_DEVICE[..], more].concat()))
}

/// The columns of a table's row.
fn columns(line: &str) -> Vec<&str> {
    line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn settings_on_each_way_and_in_each_form() {
    let server = Serve::start();
    let mut device = server.device(Way::Http);
    let set = "--data=Setpoint=21.5;Fan=true;Level=2";
    for way in Way::ALL {
        let table = request(&server, way, &[set]);
        let lines: Vec<&str> = table.well().lines().collect();
        assert_eq!(columns(lines[0]), ["Successful", "Response Time (ms)", "Reply Code", "Reply", "Error"]);
        assert!(lines[1].chars().all(|c| c == '-' || c == ' '), "{table:?}");
        let row = columns(lines[2]);
        assert_eq!((row[0], row[2]), ("true", "200"));
        assert!(row[1].parse::<u64>().is_ok() && row.last() == Some(&"NULL"), "{table:?}");
        assert!(table.out.contains("setResponse"), "{table:?}");
        let told = json(request(&server, way, &[set, "--json"]).well());
        assert_eq!((&told["successful"], &told["reply_code"]), (&true.into(), &200.into()), "{told}");
        assert!(told["response_time_ms"].is_u64() && told["error"].is_null(), "{told}");
        let csv = request(&server, way, &[set, "--csv"]);
        let (titles, row) = csv.well().split_once('\n').unwrap();
        assert_eq!(titles, TITLES);
        assert!(row.starts_with("true,") && row.ends_with(",NULL\n"), "{row}");
        let steps = request(&server, way, &[set, "--json", "-vv"]);
        assert_eq!((steps.code, steps.out.lines().count()), (Some(0), 1), "{steps:?}");
        assert!(steps.err.contains("<boolean name='Fan' value='true'/>"), "{}", steps.err);
        for _ in 0..4 {
            device.tells("sets Setpoint=21.5; Fan=true; Level=2 for juliet@localhost/desk");
        }
    }
    let smack = request(&server, Way::Tcp, &["--data=Fan=true", "--spelling=smack", "-vv"]);
    assert!(smack.code == Some(0) && smack.err.contains("<bool name='Fan' value='true'/>"), "{smack:?}");
}

#[test]
fn settings_that_are_refused() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let told = [DEVICE, "bad-request, parameter \"Level\": The value is not between 0 and 3"];
    let table = request(&server, Way::Tcp, &["--data=Level=9"]);
    table.fails_after_output(5, &told);
    let row = columns(table.out.lines().nth(2).unwrap());
    assert_eq!((row[0], row[2]), ("false", "400"));
    let ended = request(&server, Way::Tcp, &["--data=Level=9", "--json"]);
    ended.fails_after_output(5, &told);
    let row = json(&ended.out);
    assert_eq!((&row["successful"], &row["reply_code"]), (&false.into(), &400.into()));
    assert_eq!(row["error"], told[1]);
    let ended = request(&server, Way::Tcp, &["--data=Level=9", "--csv"]);
    ended.fails_after_output(5, &told);
    assert!(ended.out.lines().nth(1).unwrap().starts_with("false,"), "{ended:?}");
    request(&server, Way::Tcp, &["--data=Dance=1"])
        .fails_after_output(5, &["item-not-found, parameter \"Dance\": There is no such parameter"]);
}

#[test]
fn readings() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    for way in Way::ALL {
        let table = request(&server, way, &["--protocol=sensor-data"]);
        assert!(table.well().lines().nth(2).unwrap().starts_with("true "), "{table:?}");
        let told = json(request(&server, way, &["--protocol=sensor-data", "--json"]).well());
        assert_eq!((&told["successful"], &told["reply_code"]), (&true.into(), &200.into()), "{told}");
        let csv = request(&server, way, &["--protocol=sensor-data", "--csv"]);
        assert_eq!(csv.well().lines().next(), Some(TITLES));
    }
}

/// Row after row, until there are as many as were wanted; the titles stand once.
#[test]
fn again_and_again() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let csv = request(&server, Way::Tcp, &["--data=Level=1", "--every=20ms", "--count=4", "--csv"]);
    assert_eq!(csv.well().lines().count(), 5, "{csv:?}");
    let ended = request(&server, Way::Tcp, &["--data=Level=9", "--every=20ms", "--count=3", "--json"]);
    ended.fails_after_output(5, &["3 of 3 requests were not successful; the last: ", "parameter \"Level\""]);
    assert_eq!(ended.out.lines().count(), 3, "{ended:?}");
}

/// A stream that is lost costs one request at most: the next one is made on a new stream.
#[test]
fn a_lost_stream_is_made_anew() {
    let server = Serve::start();
    let _device = server.device(Way::Tcp);
    let every = [&TO_DEVICE[..], &["--data=Level=1", "--every=20ms", "--json", "-v"]].concat();
    let mut every = Process::start(server.juliet(&every));
    every.tells("\"successful\":true");
    every.tells_aside("is bound as");
    // Another client takes its resource, and with it the stream; and may lose it to the new one.
    run(server.juliet(&["ping"]));
    every.tells_aside("is bound as");
    every.tells("\"successful\":true");
    every.signal(rustix::process::Signal::INT);
    let ended = every.end();
    let failed = ended.out.lines().filter(|line| line.contains("\"successful\":false")).count();
    assert!(failed <= 1 && ended.code == Some(if failed == 0 { 0 } else { 3 }), "{}", ended.err);
}

#[test]
fn what_makes_no_sense() {
    let server = Serve::start();
    for (more, why) in [
        (&[][..], "what is to be set? (give --data 'name=value;name=value')"),
        (&["--data=Level"], "--data \"Level\": a setting is written name=value"),
        (
            &["--data=Level=1", "--protocol=sensor-data"],
            "--data is for --protocol control (--field chooses what is read)",
        ),
        (&["--data=Level=1", "--field=x"], "--field is for --protocol sensor-data"),
    ] {
        request(&server, Way::Tcp, more).fails(2, &[why]);
    }
    run(server.juliet(&["request", "--recipient=a b", "--data=Level=1"]))
        .fails(2, &["--recipient a b: localpart"]);
}
