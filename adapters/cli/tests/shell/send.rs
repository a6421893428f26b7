//! `xmpp send`.

use crate::support::{
    json,
    process::Process,
    run, run_with,
    serve::{ACCOUNTS, DEVICE, DEVICE_BARE, Serve, Way},
};

#[test]
fn an_answer_is_waited_for() {
    let server = Serve::start();
    let mut device = server.device(Way::Http);
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["send", DEVICE_BARE, "Are you well?", "--wait=20s"]));
        assert_eq!(ended.well(), format!("{DEVICE}: I like that statement.\n"));
        device.tells("hears \"Are you well?\" from juliet@localhost/desk and answers");
    }
    let ended = run(server.juliet(&["send", DEVICE, "hi", "--wait=20s", "--json"]));
    let answer = json(ended.well());
    assert_eq!(answer, serde_json::json!({ "from": DEVICE, "body": "I like that statement." }));
}

#[test]
fn a_message_alone_says_nothing() {
    let server = Serve::start();
    let mut device = server.device(Way::Tcp);
    for kind in ["chat", "normal"] {
        let sent = run(server.juliet(&["send", DEVICE, "O Romeo!", "--type", kind, "--subject=s"]));
        assert_eq!(sent.well(), "");
        device.tells("hears \"O Romeo!\"");
    }
    let vv = run(server.juliet(&["send", DEVICE, "O Romeo!", "--type=headline", "--subject=s", "-vv"]));
    assert_eq!((vv.code, &*vv.out), (Some(0), ""));
    assert!(vv.err.contains("type='headline'") && vv.err.contains("<subject>s</subject>"), "{}", vv.err);
}

/// The message comes on standard input; so can the password, in the line before it.
#[test]
fn standard_input() {
    let server = Serve::start();
    let mut device = server.device(Way::Tcp);
    run_with(server.juliet(&["send", DEVICE, "-"]), "one\ntwo\n").well();
    device.tells("hears \"one\\ntwo\"");
    run_with(server.juliet(&["send", DEVICE]), "three").well();
    device.tells("hears \"three\"");
    let mut both = server.juliet(&["send", DEVICE, "-", "--password-file=-"]);
    both.env_remove("XMPP_PASSWORD");
    run_with(both, &format!("{}\nfour\n", ACCOUNTS[0].1)).well();
    device.tells("hears \"four\"");
}

#[test]
fn what_comes_back() {
    let server = Serve::start();
    for to in ["nobody@localhost", "romeo@localhost", "romeo@localhost/absent"] {
        run(server.juliet(&["send", to, "hi"])).fails(
            5,
            &["the message came back from ", to, "nobody is online there and the server keeps no messages"],
        );
    }
    run(server.juliet(&["send", "a@elsewhere.example", "hi"]))
        .fails(5, &["a@elsewhere.example: remote-server-not-found (check the domain of the recipient)"]);
    // Nobody answers a headline, and nobody sends it back.
    let _device = server.device(Way::Tcp);
    run(server.juliet(&["send", DEVICE, "hi", "--type=headline", "--wait=100ms"]))
        .fails(6, &[DEVICE, "did not answer within 100ms"]);
}

/// What somebody says cannot command the terminal, nor look like what somebody else says.
#[test]
fn an_answer_stays_an_answer() {
    let mut server = Serve::with(&["-v"]);
    let mut waiting = server.juliet(&["send", "romeo@localhost", "hi", "--type=headline", "--wait=20s"]);
    let mut json_waiting = server.user("juliet", Way::Tcp, &["send", "romeo@localhost", "hi", "--json"]);
    json_waiting.args(["--type=headline", "--wait=20s", "--resource=json"]);
    waiting.arg("--resource=text");
    let evil = "a\u{9b}2J\u{202e}b\nnurse@localhost: go away";
    for (command, resource) in [(waiting, "text"), (json_waiting, "json")] {
        let waiting = Process::start(command);
        server.process.tells_aside(&format!("juliet@localhost/{resource} logs in"));
        run(server.user("romeo", Way::Tcp, &["send", &format!("juliet@localhost/{resource}"), evil])).well();
        let ended = waiting.end();
        let told = ended.well();
        if resource == "json" {
            assert!(told.contains(r"a\u009b2J\u202eb\nnurse"), "{told}");
            assert_eq!(json(told)["body"], evil);
        } else {
            assert_eq!(told, "romeo@localhost/desk: a\u{fffd}2J\u{fffd}b\n    nurse@localhost: go away\n");
        }
    }
}
