//! Help, and mistakes of the command line: what is shown stands in the files beside this one.
//!
//! `SNAPSHOTS=overwrite cargo test -p xmpp-cli --test shell usage` writes them anew; read what has changed before it is
//! committed.

use std::fmt::Write;

use snapbox::{assert_data_eq, file};

use crate::support::{command, process::Ended, run};

/// The program without a terminal, whose width would count.
fn plain(arguments: &[&str]) -> Ended {
    let mut command = command(arguments);
    command.env("COLUMNS", "100").env_remove("CLICOLOR_FORCE");
    run(command)
}

#[test]
fn help() {
    for (arguments, shown) in [
        (&["--help"][..], file!["usage/help.txt"]),
        (&["demo", "--help"], file!["usage/help-demo.txt"]),
        (&["serve", "--help"], file!["usage/help-serve.txt"]),
        (&["device", "--help"], file!["usage/help-device.txt"]),
        (&["ping", "--help"], file!["usage/help-ping.txt"]),
        (&["send", "--help"], file!["usage/help-send.txt"]),
        (&["soap", "--help"], file!["usage/help-soap.txt"]),
        (&["roster", "--help"], file!["usage/help-roster.txt"]),
        (&["request", "--help"], file!["usage/help-request.txt"]),
        (&["completions", "--help"], file!["usage/help-completions.txt"]),
        (&["man", "--help"], file!["usage/help-man.txt"]),
    ] {
        let ended = plain(arguments);
        let mut help = ended.well().to_owned();
        if arguments[0] != "ping"
            && let Some(start) = help.find("\nAccount:\n")
            && let Some(length) = help[start..].find("\n\nExamples:\n")
        {
            help.replace_range(start..start + length, "\n(The options of an account are those of ping.)");
        }
        assert_data_eq!(help, shown.raw());
        if let [name, help] = arguments {
            assert_eq!(plain(&["help", name]).well(), plain(&[name, help]).well());
        }
    }
}

const MISTAKES: [(&str, &[&str]); 6] = [
    (
        "Options that do not exist suggest those that do.",
        &[
            "ping --jit juliet@localhost",
            "request --recipiant meter",
            "serve --prot 0",
            "send romeo@localhost hi --wiat 5s",
            "-x",
            "ping --zzz",
        ],
    ),
    ("So do commands.", &["pong", "reqest", "dance", "help dance"]),
    (
        "What is missing is named.",
        &[
            "send",
            "soap",
            "request",
            "demo --server xmpp.example.com",
            "serve --cert chain.pem",
            "send romeo@localhost hi --json",
            "request --recipient meter --count 3",
            "completions",
        ],
    ),
    (
        "What does not go together is named.",
        &[
            "soap meter@localhost --time call.xml",
            "soap meter@localhost --raw --json",
            "request --recipient meter --json --csv",
            "ping --bosh https://localhost/ --server localhost",
            "serve --ca-out ca.pem --cert chain.pem --key key.pem",
            "man ping --dir man",
        ],
    ),
    (
        "Values that are none are told with what they should be.",
        &[
            "ping @localhost",
            "ping --timeout 5",
            "ping --timeout 10000h",
            "ping --count 0",
            "ping --port 66000",
            "ping --server localhost:x",
            "ping --tls maybe",
            "send a@localhost hi --type shout",
            "request --recipient meter --timeout 0",
            "request --recipient meter --every 1ms",
            "request --recipient meter --protocol smoke",
            "roster --add romeo@localhost/orchard",
            "device --bind meter@localhost",
            "serve --listen here",
            "completions nosh",
        ],
    ),
    (
        "What is more than wanted is named.",
        &["ping localhost example.org", "man ping send", "roster romeo@localhost"],
    ),
];

/// One line each, and exit code 2.
#[test]
fn mistakes() {
    let mut shown = String::new();
    for (about, lines) in MISTAKES {
        writeln!(shown, "{about}\n").unwrap();
        for line in lines {
            let ended = plain(&line.split_whitespace().collect::<Vec<_>>());
            ended.fails(2, &[]);
            writeln!(shown, "$ xmpp {line}\n{}", ended.err).unwrap();
        }
    }
    assert_data_eq!(shown, file!["usage/mistakes.txt"].raw());
}

/// Without anything the help comes, though it was not asked for.
#[test]
fn nothing_at_all() {
    let ended = plain(&[]);
    assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("\nUsage: xmpp [OPTIONS] <COMMAND>\n"), "{ended:?}");
}

/// What was meant as a password is in no message, however it came to stand there.
#[test]
fn passwords_given_by_mistake() {
    for arguments in [
        &["demo", "juliet:hidden"][..],
        &["demo", "--server=h", "--device=juliet:hidden"],
        &["ping", "--password=hidden"],
        &["ping", "--password", "hidden"],
        &["ping", "--pass=hidden"],
        &["ping", "--jit=juliet@localhost:hidden"],
        &["send", "a@b", "hi", "--password=hidden"],
        &["send", "a@b", "--password", "hidden"],
        &["soap", "a@b", "--time", "--passwd=hidden"],
        &["roster", "--password:hidden"],
        &["request", "--recipient=a", "--data=b=1", "--password=hidden"],
        &["device", "--password=hidden"],
        &["serve", "--account=juliet:hidden", "--port=x"],
        &["serve", "juliet:hidden"],
        &["serve", "-pjuliet:hidden"],
        &["ping", "--server", "juliet:hidden"],
        &["ping", "--server=juliet:hidden"],
        &["ping", "juliet@localhost/:hidden"],
        &["ping", "--jid=juliet@localhost", "--bosh=https://juliet:hidden@localhost/"],
        &["completions", "--password=hidden"],
        &["man", "--password=hidden"],
        &["--password=hidden"],
        &["juliet:hidden"],
    ] {
        let mut command = command(arguments);
        command.env("XMPP_PASSWORD", "x");
        let ended = run(command);
        ended.fails(2, &[]);
        assert!(!ended.err.contains("hidden"), "{arguments:?}: {}", ended.err);
    }
}
