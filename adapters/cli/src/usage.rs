//! What is wrong with a command line, in one line.

use clap::{CommandFactory, error::ErrorKind};

use crate::args::Args;

/// What the parser has to say: help, or what it did not understand.
pub(crate) enum Answer {
    /// Asked for: goes to standard output.
    Help,
    /// Called without anything: the help is what is needed, though it was not asked for.
    Lost(String),
    /// One line.
    Mistake(String),
}

/// `arguments`: those that were given. Passwords among them (`USER:PASSWORD`) are not repeated.
pub(crate) fn explain(error: &clap::Error, arguments: &[String]) -> Answer {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Answer::Help,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Answer::Lost(error.render().to_string()),
        _ => {
            let mut text = error.render().to_string();
            for argument in arguments {
                // However it stands there: `--option=VALUE` is quoted without its name.
                if let Some((_, secret)) = argument.split_once(':')
                    && !secret.trim().is_empty()
                    && !secret.starts_with("//")
                {
                    text = text.replace(&format!(":{secret}"), ":***");
                }
            }
            Answer::Mistake(one_line(&text, arguments))
        }
    }
}

/// The parser's paragraphs before the usage, joined; and where to read more.
fn one_line(text: &str, arguments: &[String]) -> String {
    let mut parts = Vec::new();
    let known = Args::command();
    let command = arguments.iter().skip(1).find(|argument| known.find_subcommand(argument).is_some());
    let more = command.map_or_else(|| "xmpp --help".to_owned(), |command| format!("xmpp {command} --help"));
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("Usage: ") {
            break;
        }
        let line = line.strip_prefix("error: ").or_else(|| line.strip_prefix("tip: ")).unwrap_or(line);
        if !line.is_empty() && !line.starts_with("For more information") {
            parts.push(line);
        }
    }
    let mut joined = String::new();
    for part in parts {
        if !joined.is_empty() {
            joined += if joined.ends_with(':') { " " } else { "; " };
        }
        joined += part;
    }
    format!("{joined} (see: {more})")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn mistake(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        match explain(&Args::try_parse_from(&arguments).unwrap_err(), &arguments) {
            Answer::Mistake(line) => line,
            Answer::Help | Answer::Lost(_) => panic!("help"),
        }
    }

    #[test]
    fn one_line_with_the_nearest_option() {
        assert_eq!(
            mistake(&["xmpp", "ping", "--jit", "a@b"]),
            "unexpected argument '--jit' found; a similar argument exists: '--jid' (see: xmpp ping --help)"
        );
        assert_eq!(
            mistake(&["xmpp", "pong"]),
            "unrecognized subcommand 'pong'; a similar subcommand exists: 'ping' (see: xmpp --help)"
        );
        assert!(mistake(&["xmpp", "ping", "a@b@"]).ends_with("(see: xmpp ping --help)"));
        let missing = mistake(&["xmpp", "send"]);
        assert!(missing.starts_with("the following required arguments were not provided: <TO>"), "{missing}");
        assert!(missing.ends_with("(see: xmpp send --help)"), "{missing}");
    }

    #[test]
    fn passwords_are_not_repeated() {
        for arguments in [
            &["xmpp", "demo", "application:hidden"][..],
            &["xmpp", "ping", "--server", "host:hidden"],
            &["xmpp", "ping", "--server=host:hidden"],
            &["xmpp", "ping", "-shost:hidden"],
            &["xmpp", "ping", "--password=hidden"],
        ] {
            let line = mistake(arguments);
            assert!(!line.contains("hidden") && !line.contains('\n'), "{line}");
        }
    }
}
