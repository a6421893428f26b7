//! Logins that work, on each way, and what is told of them.

use crate::support::{
    run,
    serve::{ACCOUNTS, Serve, Way},
};

#[test]
fn every_way_leads_in() {
    let server = Serve::start();
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["ping"]));
        assert!(ended.well().starts_with("localhost answers in "), "{way:?}: {ended:?}");
    }
    server.end().well();
}

/// With -v the steps of a login are told, each on a line of standard error; the output stays what it is.
#[test]
fn steps_are_told_when_wanted() {
    let server = Serve::start();
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["ping", "-v"]));
        assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 1), "{ended:?}");
        assert!(ended.err.lines().all(|line| line.starts_with("xmpp: ")), "{}", ended.err);
        for step in [
            "connects to ",
            " as juliet@localhost\n",
            "opens a stream to localhost\n",
            // The channel of HTTP cannot be bound: each request may have one of its own.
            if way == Way::Tcp {
                "authenticates with SCRAM-SHA-512-PLUS\n"
            } else {
                "authenticates with SCRAM-SHA-512\n"
            },
            "is bound as juliet@localhost/desk\n",
            "closes the stream\n",
        ] {
            assert!(ended.err.contains(step), "{way:?}: {step:?} is not in\n{}", ended.err);
        }
        assert_eq!(ended.err.contains("shakes hands for TLS"), way == Way::Tcp, "{way:?}: {}", ended.err);
        assert!(!ended.err.contains('<'), "XML without being asked for: {}", ended.err);
    }
}

/// With -vv the XML is told too, on both sides, and nobody's secrets are.
#[test]
fn xml_is_told_without_secrets() {
    let mut server = Serve::with(&["-vv"]);
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["ping", "-vv"]));
        assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 1), "{ended:?}");
        expect_masked(&ended.err);
        for xml in ["xmpp -> server\n", "xmpp <- server\n", "<ping xmlns='urn:xmpp:ping'/>"] {
            assert!(ended.err.contains(xml), "{way:?}: {xml:?} is not in\n{}", ended.err);
        }
        server.process.tells_aside("juliet@localhost/desk logs in");
    }
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    expect_masked(&ended.err);
    // The arrows point the same way on both sides.
    assert!(ended.err.contains("client -> server\n      | <auth "), "{}", ended.err);
    assert!(ended.err.contains("client <- server\n      | <success "), "{}", ended.err);
}

fn expect_masked(told: &str) {
    for (_, password) in ACCOUNTS {
        assert!(!told.contains(password), "{told}");
    }
    // `n,,n=` in base64, with which every first message of SCRAM begins.
    assert!(!told.contains("biws"), "{told}");
    let sasl: Vec<&str> = told
        .lines()
        .filter(|line| {
            ["auth", "challenge", "response", "success"]
                .iter()
                .any(|name| line.contains(&format!("</{name}>")))
        })
        .collect();
    assert!(sasl.len() >= 4 && sasl.iter().all(|line| line.contains(">***</")), "{sasl:?}");
}
