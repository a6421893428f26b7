//! `xmpp chat` and `xmpp console` as a person sees them, in a terminal.
#![cfg(unix)]

mod support;

use std::{fs, os::unix::fs::PermissionsExt};

use support::{given::Given, person::Person, screen::Screen};

/// Where a line is typed: the last line of the screen.
fn last(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// A chat with Romeo, begun. `None`: there is no tmux.
fn chat(given: &Given, arguments: &str) -> Option<Screen> {
    let screen = Screen::start(&format!("chat romeo@localhost {arguments}"), &given.environment("juliet"))?;
    screen.wait("the prompt", |text| text.ends_with("romeo@localhost>"));
    Some(screen)
}

/// What is typed is sent and stays with its time; what arrives stands above the prompt; arrow up brings back what was typed;
/// Ctrl-C ends it, with the stream closed and the terminal as it was.
#[test]
fn a_conversation() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let Some(screen) = chat(&given, "") else { return };
    screen.types("O Romeo, Romeo");
    screen.press("Enter");
    assert_eq!(romeo.hear_message(), ("juliet@localhost/program".to_owned(), "O Romeo, Romeo".to_owned()));
    romeo.say("juliet@localhost", "Shall I hear more?");
    let text = screen.wait("the answer, above the prompt", |text| {
        text.contains("Shall I hear more?") && text.ends_with("romeo@localhost>")
    });
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    assert!(lines[2].ends_with(" romeo@localhost> O Romeo, Romeo"), "{text}");
    assert!(lines[1].ends_with(" romeo@localhost: Shall I hear more?"), "{text}");
    assert_eq!(lines[0], "      romeo@localhost>", "{text}");
    for line in &lines[1..] {
        assert!(line.as_bytes()[2] == b':' && line.as_bytes()[0].is_ascii_digit(), "a time: {line}");
    }
    screen.press("Up");
    screen.wait("the line that was typed", |text| last(text).ends_with("romeo@localhost> O Romeo, Romeo"));
    let closed = given.closed();
    screen.press("C-c");
    screen.wait_for("code 0, terminal sane");
    assert_eq!(given.closed(), closed + 1);
}

/// A message that arrives does not touch what is being typed, nor where the cursor is.
#[test]
fn what_arrives_while_typing() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let Some(screen) = chat(&given, "--no-history") else { return };
    screen.types("half a sntence");
    for _ in 0.."ntence".len() {
        screen.press("Left");
    }
    for number in 0..20 {
        romeo.say("juliet@localhost/program", &format!("line {number}"));
    }
    let text = screen.wait("all of it, above what is typed", |text| {
        text.contains("line 19") && last(text).ends_with("romeo@localhost> half a sntence")
    });
    let heard: Vec<&str> = text.lines().filter(|line| line.contains(": line ")).collect();
    assert_eq!(heard.len(), 20, "{text}");
    screen.types("e");
    screen.wait("the letter", |text| last(text).ends_with("half a sentence"));
    screen.press("Enter");
    assert_eq!(romeo.hear_message().1, "half a sentence");
    screen.press("C-d");
    screen.wait_for("code 0, terminal sane");
    assert!(!given.folder().join("state/xmpp/chat-history").exists(), "it was not wanted");
}

/// Input is kept from one session to the next, for its owner alone.
#[test]
fn history_is_kept() {
    let given = Given::start();
    for session in 0..2 {
        let Some(screen) = chat(&given, "") else { return };
        if session == 0 {
            screen.types("/history 5");
            screen.press("Enter");
            screen.types(" between us");
            screen.press("Enter");
            screen.wait_for("did not get \"between us\"");
        } else {
            // The one before the last, which ended the session.
            screen.press("Up");
            screen.press("Up");
            screen.wait("the command", |text| last(text).ends_with("> /history 5"));
            screen.press("C-u");
        }
        screen.types("/q");
        screen.press("Tab");
        screen.wait("the whole word", |text| last(text).contains("> /quit"));
        screen.press("Enter");
        screen.wait_for("code 0, terminal sane");
    }
    let folder = given.folder().join("state/xmpp");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("chat-history"))), (0o700, 0o600));
    let kept = fs::read_to_string(folder.join("chat-history")).unwrap();
    assert!(!kept.contains("between us"), "what begins with a space is not kept: {kept}");
}

/// A connection that is lost ends the program while somebody types, in one line, and the terminal is as it was.
#[test]
fn a_lost_connection() {
    let mut given = Given::start();
    let Some(screen) = chat(&given, "") else { return };
    screen.types("I am about to say");
    screen.wait("the text", |text| last(text).ends_with("I am about to say"));
    given.stop();
    let text = screen.wait_for("code 3, terminal sane");
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("xmpp: ")).collect();
    assert_eq!(told.len(), 1, "{text}");
    assert!(told[0].starts_with("xmpp: the connection is lost: "), "{text}");
}

/// Nothing that a peer says commands the terminal, and nothing of it is in colours that it chose.
#[test]
fn peers_do_not_command_the_terminal() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let Some(screen) = chat(&given, "") else { return };
    romeo.say("juliet@localhost/program", "one\n12:00 boss@localhost: \u{9b}2Jtwo\u{7f}");
    let text = screen.wait_for("two");
    assert!(
        text.contains("romeo@localhost: one\n        12:00 boss@localhost: \u{fffd}2Jtwo\u{fffd}"),
        "{text}"
    );
}

/// Where the terminal has no cursor to move, lines are read as they are.
#[test]
fn a_dumb_terminal() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let mut environment = given.environment("juliet");
    environment.push(("TERM", "dumb".to_owned()));
    let Some(screen) = Screen::start("chat romeo@localhost", &environment) else { return };
    screen.types("plain");
    screen.press("Enter");
    assert_eq!(romeo.hear_message().1, "plain");
    romeo.say("juliet@localhost", "simple");
    screen.wait_for("romeo@localhost: simple");
    screen.press("C-d");
    screen.wait_for("code 0, terminal sane");
}

/// An element goes over several lines, a mistake is told with its place, and what is said is shown.
#[test]
fn a_console() {
    let given = Given::start();
    let romeo = Person::online(&given, "romeo");
    let file = given.folder().join("play.xml");
    fs::write(
        &file,
        "<!-- two -->\n<message to='romeo@localhost'><body>played</body></message>\n<presence/>\n",
    )
    .unwrap();
    let Some(screen) = Screen::start("console --only message", &given.environment("juliet")) else { return };
    screen.wait("the prompt", |text| text.ends_with("\n>"));
    for line in ["<message to='romeo@localhost'>", "<body>typed</body>"] {
        screen.types(line);
        screen.press("Enter");
    }
    screen.types("</messag>");
    screen.press("Enter");
    screen.wait_for("! an end tag that matches no start tag: line 3, column 1");
    screen.press("Up");
    screen.press("BSpace");
    screen.types("e>");
    screen.press("Enter");
    assert_eq!(romeo.hear_message().1.trim(), "typed");
    let shown = "-> message\n  <message xmlns='jabber:client' to='romeo@localhost'>";
    screen.wait("what was sent, above the prompt", |text| text.contains(shown) && text.ends_with("\n>"));
    romeo.say("juliet@localhost/program", "not now");
    screen.wait_for("<- message chat\n");
    screen.types("/pause");
    screen.press("Enter");
    screen.wait("the pause", |text| text.ends_with("\n(paused) >"));
    screen.types(&format!("/play {}", file.display()));
    screen.press("Enter");
    assert_eq!(romeo.hear_message().1, "played");
    let text = screen.wait_for("2 elements are to be sent");
    assert!(!text.contains("<body>played</body>"), "{text}");
    screen.types("/pause");
    screen.press("Enter");
    screen.wait_for("<body>played</body>");
    screen.types("/clear");
    screen.press("Enter");
    screen.wait("an empty screen", |text| text.trim() == ">");
    let closed = given.closed();
    screen.press("C-c");
    screen.wait_for("code 0, terminal sane");
    assert_eq!(given.closed(), closed + 1);
}
