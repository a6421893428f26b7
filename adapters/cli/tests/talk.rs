//! `xmpp chat` and `xmpp console` in scripts: lines in, lines out, an exit code.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use support::{Ended, given::Given, person::Person, run, run_with};

/// Lines of Juliet's chat with these arguments.
fn chat(given: &Given, arguments: &[&str], input: &str) -> Ended {
    run_with(given.command("juliet", &["chat"]).args(arguments), input)
}

fn console(given: &Given, arguments: &[&str], input: &str) -> Ended {
    run_with(given.command("juliet", &["console"]).args(arguments), input)
}

#[track_caller]
fn ends(ended: &Ended, code: i32, stderr: &str) {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), stderr), "{}", ended.stdout);
}

fn events(ended: &Ended) -> Vec<serde_json::Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What is piped in is sent; what arrives meanwhile is printed, and nothing else.
#[test]
fn a_line_and_its_answer() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let answers = std::thread::spawn(move || {
        assert_eq!(romeo.hear_message().1, "hello");
        romeo.say("juliet@localhost", "It is \u{1f308}\nfine");
        romeo.hear_message().1
    });
    let ended = chat(&given, &["romeo@localhost", "--linger", "1s"], "hello\n//and more");
    ends(&ended, 0, "");
    assert_eq!(answers.join().unwrap(), "/and more", "the last line needs no end");
    let (time, text) = ended.stdout.split_once(' ').unwrap();
    assert!(
        time.len() == 5 && text == "romeo@localhost: It is \u{1f308}\n        fine\n",
        "{}",
        ended.stdout
    );
    assert_eq!(given.closed(), 2, "Romeo's stream and Juliet's");
}

/// What comes back is told beside what was sent, though nothing is waited for but the server's own answers.
#[test]
fn what_comes_back() {
    let given = Given::start();
    let ended = chat(&given, &["nobody@localhost/x", "--linger", "0s"], "are you there?\n");
    ends(&ended, 5, "xmpp: something came back as an error\n");
    let told = "! nobody@localhost did not get \"are you there?\": service-unavailable";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
}

/// Programs get every event as an object, with ids by which errors belong to what was sent.
#[test]
fn json() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let input = "/to nobody@localhost\nanybody?\n/ping romeo@localhost/here\n/history\n/status dnd\n";
    let ended = chat(&given, &["--json", "--linger", "0s"], input);
    ends(&ended, 5, "xmpp: something came back as an error\n");
    let events = events(&ended);
    let find = |name: &str| {
        events.iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("{name} in {events:?}"))
    };
    assert_eq!(find("online")["jid"], "juliet@localhost/program");
    assert_eq!(find("sent")["to"], "nobody@localhost");
    assert_eq!(find("error")["id"], find("sent")["id"]);
    assert_eq!(find("error")["body"], "anybody?");
    assert_eq!(find("pong")["from"], "romeo@localhost/here");
    assert_eq!((&find("history")["own"], &find("history")["body"]), (&true.into(), &"anybody?".into()));
    drop(romeo);
}

/// Presence and subscriptions from both sides.
#[test]
fn subscriptions() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let ended = chat(&given, &["--json", "--linger", "0s"], "/subscribe romeo@localhost\n");
    ends(&ended, 0, "");
    let asked = loop {
        let presence = romeo.hear("presence");
        if presence.attr("type").as_deref() == Some("subscribe") {
            break presence;
        }
    };
    assert_eq!(asked.attr("from").as_deref(), Some("juliet@localhost"));
    let parse = |xml: &str| xml.parse::<xmpp_core::xml::Element>().unwrap();
    romeo.send(parse("<presence xmlns='jabber:client' to='juliet@localhost' type='subscribed'/>"));
    romeo.send(parse("<presence xmlns='jabber:client' to='juliet@localhost' type='subscribe'/>"));
    let away = "<presence xmlns='jabber:client'><show>away</show><status>in Mantua</status></presence>";
    romeo.send(parse(away));
    // What he sent is known to the server before she asks.
    romeo.say("romeo@localhost/here", "done");
    assert_eq!(romeo.hear_message().1, "done");
    let ended = chat(&given, &["--linger", "500ms"], "/approve romeo@localhost\n/who\n");
    ends(&ended, 0, "");
    assert!(ended.stdout.contains("romeo@localhost/here is away: in Mantua"), "{}", ended.stdout);
    assert!(ended.stdout.contains("? romeo@localhost asks to see your presence"), "{}", ended.stdout);
    let approved = loop {
        let presence = romeo.hear("presence");
        if presence.attr("type").as_deref() == Some("subscribed") {
            break presence;
        }
    };
    assert_eq!(approved.attr("from").as_deref(), Some("juliet@localhost"));
}

/// A script that is wrong ends where it is wrong.
#[test]
fn scripts_with_mistakes() {
    let given = Given::start();
    let why = "xmpp: there is no command /bogus (see /help; //bogus says it)\n";
    ends(&chat(&given, &[], "/bogus\n/also\n"), 2, why);
    let why = "xmpp: whom is this for? (/to ADDRESS chooses)\n";
    ends(&chat(&given, &[], "hello\n"), 2, why);
    let why = "xmpp: an end tag that matches no start tag: line 2, column 2\n";
    ends(&console(&given, &[], "<a>\n </b>\n"), 2, why);
    let why = "xmpp: the text ends inside an element or comment: line 1, column 10\n";
    ends(&console(&given, &[], "<message>"), 2, why);
}

/// Everything is shown: the login, its secrets masked, what is sent, and the answer, for which it ends early.
#[test]
fn a_console_that_asks() {
    let given = Given::start();
    let request = "<iq type='get' id='p1'\n to='localhost'>\n\n<ping xmlns='urn:xmpp:ping'/></iq>\n";
    let ended = console(&given, &["--linger", "15s"], request);
    ends(&ended, 0, "");
    assert!(ended.took.as_secs() < 10, "it does not wait when everything is answered: {:?}", ended.took);
    let parts = [
        " -> stream\n  <stream to='localhost'",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-512-PLUS'>***</auth>",
        " -> iq get\n  <iq xmlns='jabber:client' type='get' id='p1' to='localhost'>",
        " <- iq result\n",
        " -> stream\n  </stream>",
    ];
    let mut from = 0;
    for part in parts {
        let found = ended.stdout.get(from..).and_then(|rest| rest.find(part));
        from += found.unwrap_or_else(|| panic!("{part:?} comes next in\n{}", &ended.stdout[from..]));
    }
    assert!(!ended.stdout.contains("fourth-Secret"), "{}", ended.stdout);
    let time = ended.stdout.split(' ').next().unwrap();
    assert!(time.len() == 12 && time.as_bytes()[8] == b'.', "{time}");
}

/// Kinds and addresses choose what is shown; answers to nobody and what is no stanza are sent all the same.
#[test]
fn a_console_that_sends_anything() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let input = "<iq type='result' id='unasked' to='romeo@localhost/here'/>\n/filter presence\n/ping\n<odd xmlns='urn:x'/>";
    let ended = console(&given, &["--only", "iq", "--with", "romeo@localhost", "--linger", "5s"], input);
    assert_eq!(romeo.hear("iq").attr("id").as_deref(), Some("unasked"));
    // The server hangs up on what it does not know.
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "only presence is shown");
    assert!(
        told[1].starts_with("xmpp: the connection is lost: ") && told[1].contains("unsupported-stanza-type")
    );
    let shown: Vec<&str> = ended.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(shown.len(), 1, "{}", ended.stdout);
    assert!(shown[0].ends_with(" -> iq result"), "{shown:?}");
}

/// A file is sent in its order, with the delay between its elements; a bad one is not begun.
#[test]
fn a_file_is_played() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let file = given.folder().join("play.xml");
    let path = file.display().to_string();
    let message =
        |text: &str| format!("<message to='romeo@localhost'><body>{text}</body></message>\n<!-- -->");
    let good: String = (0..4).map(|number| message(&number.to_string())).collect();
    fs::write(&file, format!("{good}<iq type='get' id='end'><ping xmlns='urn:xmpp:ping'/></iq>")).unwrap();
    let arguments = ["--play", &path, "--delay", "100ms", "--linger", "300ms", "--only", "message"];
    let ended = run(given.command("juliet", &["console"]).args(arguments));
    ends(&ended, 0, "");
    assert!(ended.took.as_millis() >= 400, "{:?}", ended.took);
    for number in 0..4 {
        assert_eq!(romeo.hear_message().1, number.to_string());
    }
    fs::write(&file, format!("{good}<oops>")).unwrap();
    let ended = run(given.command("juliet", &["console"]).args(arguments));
    let why = format!("xmpp: {path}: the text ends inside an element or comment: line 5, column 15\n");
    ends(&ended, 2, &why);
    assert_eq!(ended.stdout, "");
}

/// Started, with pipes to hold on to.
fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Whoever has read enough closes the pipe: no panic, no noise, and the stream is closed all the same.
#[test]
fn a_reader_that_goes_away() {
    let given = Given::start();
    let mut child = start(given.command("juliet", &["console", "--linger", "60s"]));
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.ends_with(" -> stream\n"), "{first}");
    // Something more to say shows it that nobody listens.
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    assert_eq!(given.closed(), 1);
}

/// Nobody types, the server goes: one line, and the code of a lost connection.
#[test]
fn a_lost_connection() {
    let mut given = Given::start();
    let mut child = start(given.command("juliet", &["chat", "--json", "--linger", "60s"]));
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    assert!(first.contains("\"online\""), "{first}");
    // A stop waits for what the clients answer, and this thread has nothing to do meanwhile.
    given.stop();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(3), 1), "{stderr}");
    assert!(stderr.starts_with("xmpp: the connection is lost: "), "{stderr}");
}
