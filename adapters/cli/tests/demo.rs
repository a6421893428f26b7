//! `xmpp demo` with nothing set up, and what stands on paper about its output.

mod support;

use std::process::Stdio;

use support::{command, run};

#[test]
fn runs_by_itself() {
    let ended = run(&mut command(&["demo"]));
    ended.expect_success();
    for line in [
        "device 1     logs in over BOSH at http://127.0.0.1:",
        "and is 08-00-00-1a-7c-62@localhost/ilon",
        "and is 08-00-00-1a-7c-63@localhost/ilon",
        "application  logs in over TCP at 127.0.0.1:",
        "application  sees that 08-00-00-1a-7c-62@localhost/ilon is available",
        "application  reads from device 1: \"I like that statement.\"",
        "application  gets SystemService_Read_InfoResponse",
        "UCPTsystemTime",
        "application  gets a SOAP fault Sender: This device has no operation Dance",
        "application  gets ReadResponse, UCPTfaultCount 1",
        "device 2     answers Write of 08-00-00-1a-7c-62@localhost/ilon",
        "Successful           true\n",
        "Response Time (ms)   ",
        "Reply Code           200\n",
        "<setResponse xmlns='urn:xmpp:iot:control'/>",
        "Error                NULL\n",
    ] {
        assert!(ended.stdout.contains(line), "{line:?} is not in\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains('<') || !ended.stdout.contains("SOAP-ENV"), "XML without being asked for");
    assert!(!ended.stdout.contains('\u{1b}'), "colours");
}

/// Two at once do not disturb each other: ports are picked at run time.
#[test]
fn runs_twice_at_once() {
    let start = || command(&["demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for child in [start(), start()] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child =
        command(&["demo", "-v"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command(&["demo"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("xmpp: standard output takes nothing more: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn the_help_teaches() {
    for (arguments, lines) in [
        (&["--help"][..], &["xmpp demo", "see a device and an application talk"][..]),
        (&["demo", "--help"], &["--server", "XMPP_DEVICE_PASSWORD", "xmpp demo -v", "exit code 0"]),
    ] {
        let ended = run(&mut command(arguments));
        assert_eq!(ended.code, Some(0));
        for line in lines {
            assert!(ended.stdout.contains(line), "{line:?} is not in {}", ended.stdout);
        }
    }
}

#[test]
fn options_that_make_no_sense_are_told_apart_from_failures() {
    for arguments in [
        &["demo", "--server", "localhost"][..],
        &["demo", "--device", "user:hidden"],
        &[
            "demo",
            "--server",
            "h:99999",
            "--bosh",
            "http://h/",
            "--device",
            "a:hidden",
            "--device2",
            "b:hidden",
            "--app",
            "c:hidden",
        ],
        &["dance"],
    ] {
        let ended = run(&mut command(arguments));
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(!ended.stderr.contains("hidden"), "{}", ended.stderr);
    }
}
