//! What is wrong with a command line, in one line.

use clap::error::ErrorKind;

/// What the parser has to say: help, or what it did not understand.
pub(crate) enum Answer {
    /// Asked for: goes to standard output.
    Help,
    /// One line.
    Mistake(String),
}

/// `arguments`: those that were given. Passwords among them (`USER:PASSWORD`) are not repeated.
pub(crate) fn explain(error: &clap::Error, arguments: &[String]) -> Answer {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Answer::Help,
        // Called without anything: the help is what is needed.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Answer::Mistake(error.render().to_string().trim_end().to_owned())
        }
        _ => {
            let mut text = error.render().to_string();
            for argument in arguments {
                if let Some((name, secret)) = argument.split_once(':')
                    && !secret.is_empty()
                    && !secret.starts_with("//")
                {
                    text = text.replace(argument.as_str(), &format!("{name}:***"));
                }
            }
            Answer::Mistake(one_line(&text))
        }
    }
}

/// The parser's paragraphs before the usage, joined; and where to read more.
fn one_line(text: &str) -> String {
    let mut parts = Vec::new();
    let mut more = "xmpp --help".to_owned();
    for line in text.lines() {
        let line = line.trim();
        if let Some(usage) = line.strip_prefix("Usage: ") {
            let command =
                usage.split(' ').take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
            more = command.collect::<Vec<_>>().join(" ") + " --help";
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
    use crate::args::Args;

    fn mistake(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        match explain(&Args::try_parse_from(&arguments).unwrap_err(), &arguments) {
            Answer::Mistake(line) => line,
            Answer::Help => panic!("help"),
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
        let missing = mistake(&["xmpp", "send"]);
        assert!(missing.starts_with("the following required arguments were not provided: <TO>"), "{missing}");
        assert!(missing.ends_with("(see: xmpp send --help)"), "{missing}");
    }

    #[test]
    fn passwords_are_not_repeated() {
        for arguments in [
            &["xmpp", "demo", "application:hidden"][..],
            &["xmpp", "ping", "--server", "host:hidden"],
            &["xmpp", "ping", "--password=hidden"],
        ] {
            let line = mistake(arguments);
            assert!(!line.contains("hidden") && !line.contains('\n'), "{line}");
        }
    }
}
