//! What a person types in a chat.

use xmpp_core::jid::Jid;

use crate::commands::status::Status;

pub(super) const HELP: &str = "\
/to ADDRESS           whom to talk to; other lines are said to them (//x says /x)
/who                  who is available: resources, status
/status [away|dnd|xa|chat|online] [TEXT]    what others see of you
/subscribe ADDRESS    asks to see somebody's presence
/approve [ADDRESS]    lets somebody see yours
/deny [ADDRESS]       does not, or no more
/history [N]          the conversation of this session
/ping [ADDRESS]       whether somebody answers, and how fast
/help, /quit          this; the end (as Ctrl-C and Ctrl-D)";

pub(super) const COMMANDS: &[&str] =
    &["/approve", "/deny", "/help", "/history", "/ping", "/quit", "/status", "/subscribe", "/to", "/who"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Say(String),
    Help,
    To(Jid),
    Who,
    /// Without anything: what it is.
    Status(Option<Status>),
    Subscribe(Jid),
    /// Without an address: who asked last.
    Approve(Option<Jid>),
    Deny(Option<Jid>),
    History(Option<usize>),
    /// Without an address: whom one talks to.
    Ping(Option<Jid>),
    Quit,
}

/// `None`: there is nothing on the line.
pub(super) fn parse(line: &str) -> Result<Option<Command>, String> {
    let Some(command) = line.strip_prefix('/') else {
        return Ok((!line.trim().is_empty()).then(|| Command::Say(line.to_owned())));
    };
    if command.starts_with('/') {
        return Ok(Some(Command::Say(command.to_owned())));
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let command = match name {
        "help" | "?" => Command::Help,
        "to" => Command::To(needed(rest, "/to ADDRESS")?),
        "who" => Command::Who,
        "status" => Command::Status(Status::parse(rest)),
        "subscribe" => Command::Subscribe(needed(rest, "/subscribe ADDRESS")?),
        "approve" => Command::Approve(optional(rest)?),
        "deny" => Command::Deny(optional(rest)?),
        "history" if rest.is_empty() => Command::History(None),
        "history" => Command::History(Some(rest.parse().map_err(|_| format!("{rest:?} is no number"))?)),
        "ping" => Command::Ping(optional(rest)?),
        "quit" | "exit" => Command::Quit,
        _ => return Err(format!("there is no command /{name} (see /help; //{name} says it)")),
    };
    Ok(Some(command))
}

fn needed(text: &str, usage: &str) -> Result<Jid, String> {
    optional(text)?.ok_or_else(|| format!("whom? {usage}"))
}

fn optional(text: &str) -> Result<Option<Jid>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Jid::new(text).map(Some).map_err(|error| format!("{text:?} is no address: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Command {
        parse(line).unwrap().unwrap()
    }

    fn romeo() -> Jid {
        Jid::new("romeo@example.net").unwrap()
    }

    #[test]
    fn what_is_no_command_is_said() {
        assert_eq!(parsed("hello /who"), Command::Say("hello /who".into()));
        assert_eq!(parsed("  /who"), Command::Say("  /who".into()));
        assert_eq!(parsed("//who is there"), Command::Say("/who is there".into()));
        assert_eq!(parse(" \t"), Ok(None));
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn commands_with_and_without_addresses() {
        assert_eq!(parsed("/to Romeo@example.net "), Command::To(romeo()));
        assert_eq!(parsed("/subscribe\tromeo@example.net"), Command::Subscribe(romeo()));
        assert_eq!(parsed("/approve"), Command::Approve(None));
        assert_eq!(parsed("/deny romeo@example.net"), Command::Deny(Some(romeo())));
        assert_eq!(parsed("/ping"), Command::Ping(None));
        assert_eq!(parsed("/history"), Command::History(None));
        assert_eq!(parsed("/history 5"), Command::History(Some(5)));
        assert_eq!(parsed("/status"), Command::Status(None));
        assert_eq!(parsed("/status away"), Command::Status(Status::parse("away")));
        assert_eq!(parsed("/quit"), Command::Quit);
        for (wrong, why) in [
            ("/to", "whom? /to ADDRESS"),
            ("/to @", "\"@\" is no address"),
            ("/history five", "\"five\" is no number"),
            ("/tmp/file", "there is no command /tmp/file"),
            ("/", "there is no command /"),
        ] {
            let told = parse(wrong).unwrap_err();
            assert!(told.starts_with(why), "{told}");
        }
    }

    /// Every command of the help is known, and every one that is completed.
    #[test]
    fn the_help_is_complete() {
        for command in COMMANDS {
            assert!(HELP.contains(command), "{command}");
            let outcome = parse(command);
            assert!(!matches!(&outcome, Err(why) if why.starts_with("there is no")), "{outcome:?}");
        }
    }
}
