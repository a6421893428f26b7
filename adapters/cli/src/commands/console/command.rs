//! What a person types in a console.

use std::{path::PathBuf, time::Duration};

use xmpp_core::{
    jid::{Jid, JidRef},
    stanza::{MessageKind, iq, message, presence},
    xep::{disco, ping, roster, version},
    xml::{Element, ns},
};

use super::{filter::Filter, input};
use crate::{args::duration, commands::status::Status};

pub(super) const HELP: &str = "\
<..>                             sends XML as it is; the default namespace is jabber:client. What is not finished goes on in
                                 the next line; an empty line gives it up
/filter [KINDS] [with ADDRESS]   shows only these: message, presence, iq, other; off shows everything
/play FILE [DELAY]               sends the elements of a file, with a delay (such as 500ms) between them
/pause                           stops showing; once more shows what came meanwhile and goes on
/clear                           clears the screen
/help, /quit                     this; the end (as Ctrl-C and Ctrl-D)
Templates, which send what is often needed:
/ping [ADDRESS]                  /disco [ADDRESS] [NODE]          /version [ADDRESS]
/items [ADDRESS] [NODE]          /message ADDRESS TEXT            /roster
/presence [away|dnd|xa|chat|online|off] [TEXT]";

pub(super) const COMMANDS: &[&str] = &[
    "/clear",
    "/disco",
    "/filter",
    "/help",
    "/items",
    "/message",
    "/pause",
    "/ping",
    "/play",
    "/presence",
    "/quit",
    "/roster",
    "/version",
];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Send(Vec<Element>),
    /// Without a filter: which it is.
    Filter(Option<Filter>),
    Play(PathBuf, Option<Duration>),
    Pause,
    Clear,
    Help,
    Quit,
}

/// Whether what is typed goes on in the next line. An empty line is the end in any case.
pub(super) fn goes_on(typed: &str) -> bool {
    !typed.starts_with('/')
        && !typed.ends_with('\n')
        && input::read(typed).is_err_and(input::Mistake::is_unfinished)
}

/// `id`: for a request that a template makes.
pub(super) fn parse(typed: &str, id: &str) -> Result<Command, String> {
    let Some(command) = typed.strip_prefix('/') else {
        if !typed.trim_start().starts_with('<') && !typed.trim().is_empty() {
            return Err("XML begins with <, and commands with / (see /help)".to_owned());
        }
        return input::read(typed).map(Command::Send).map_err(|mistake| mistake.to_string());
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let command = match name {
        "filter" if rest.is_empty() => Command::Filter(None),
        "filter" => Command::Filter(Some(Filter::parse(rest)?)),
        "play" => play(rest)?,
        "pause" => Command::Pause,
        "clear" => Command::Clear,
        "help" | "?" => Command::Help,
        "quit" | "exit" => Command::Quit,
        _ => Command::Send(vec![template(name, rest, id)?]),
    };
    Ok(command)
}

fn play(rest: &str) -> Result<Command, String> {
    // A file's name may have spaces; what is no time belongs to it.
    if let Some((file, last)) = rest.rsplit_once(' ')
        && let Ok(delay) = duration(last)
    {
        return Ok(Command::Play(file.trim().into(), Some(delay)));
    }
    if rest.is_empty() {
        Err("which file? /play FILE".to_owned())
    } else {
        Ok(Command::Play(rest.into(), None))
    }
}

fn template(name: &str, rest: &str, id: &str) -> Result<Element, String> {
    let (first, second) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let second = second.trim();
    let get = |payload: &Element| {
        let to = address(first)?;
        with_id(&iq::get(to.as_ref().map(Jid::view), payload), id)
    };
    let node = Some(second).filter(|node| !node.is_empty());
    let wrong = |error: xmpp_core::xml::BuildError| error.to_string();
    match name {
        "ping" => get(&ping::request()),
        "version" => get(&version::request()),
        "disco" => get(&disco::info_request(node)),
        "items" => get(&disco::items_request(node)),
        "roster" => with_id(&iq::get(None, &roster::get(None)), id),
        "message" => {
            let to = address(first)?.ok_or("whom? /message ADDRESS TEXT")?;
            message::build(MessageKind::Chat, Some(JidRef::from(&to)))
                .attr("id", id)
                .leaf("body", ns::CLIENT, second)
                .finish()
                .map_err(wrong)
        }
        "presence" if rest == "off" => Ok(presence::unavailable()),
        "presence" => Status::parse(rest).unwrap_or_default().presence().map_err(wrong),
        _ => Err(format!("there is no command /{name} (see /help)")),
    }
}

fn with_id(request: &Element, id: &str) -> Result<Element, String> {
    request.with_attrs(&[("id", Some(id))]).map_err(|error| error.to_string())
}

fn address(text: &str) -> Result<Option<Jid>, String> {
    match text {
        "" => Ok(None),
        _ => Jid::new(text).map(Some).map_err(|error| format!("{text:?} is no address: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(typed: &str) -> String {
        match parse(typed, "c1").unwrap() {
            Command::Send(elements) => elements.iter().map(Element::to_xml).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn templates() {
        let client = " xmlns='jabber:client'";
        for (typed, xml) in [
            ("/ping", "<iq type='get' id='c1'><ping xmlns='urn:xmpp:ping'/></iq>"),
            ("/ping r@e/x", "<iq type='get' to='r@e/x' id='c1'><ping xmlns='urn:xmpp:ping'/></iq>"),
            (
                "/disco e  n o",
                "<iq type='get' to='e' id='c1'><query xmlns='http://jabber.org/protocol/disco#info' node='n o'/></iq>",
            ),
            ("/items", "<iq type='get' id='c1'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>"),
            ("/version e", "<iq type='get' to='e' id='c1'><query xmlns='jabber:iq:version'/></iq>"),
            ("/roster", "<iq type='get' id='c1'><query xmlns='jabber:iq:roster'/></iq>"),
            ("/message r@e 1 < 2", "<message type='chat' to='r@e' id='c1'><body>1 &lt; 2</body></message>"),
            ("/presence", "<presence/>"),
            ("/presence off", "<presence type='unavailable'/>"),
            ("/presence away at lunch", "<presence><show>away</show><status>at lunch</status></presence>"),
        ] {
            assert_eq!(sent(typed).replace(client, ""), xml, "{typed}");
        }
    }

    #[test]
    fn xml_and_commands() {
        assert_eq!(sent(" <a/><b/>"), "<a xmlns='jabber:client'/><b xmlns='jabber:client'/>");
        assert_eq!(sent(""), "");
        assert_eq!(parse("/filter", ""), Ok(Command::Filter(None)));
        assert_eq!(parse("/filter iq", ""), Ok(Command::Filter(Some(Filter::parse("iq").unwrap()))));
        let half = Some(Duration::from_millis(500));
        assert_eq!(parse("/play my file.xml 500ms", ""), Ok(Command::Play("my file.xml".into(), half)));
        assert_eq!(parse("/play my file.xml", ""), Ok(Command::Play("my file.xml".into(), None)));
        for wrong in ["hello", "/play", "/message", "/ping @", "/nothing", "<a></b>", "<a>"] {
            assert!(parse(wrong, "").is_err(), "{wrong}");
        }
    }

    #[test]
    fn lines_go_on_until_the_element_is_whole() {
        for (typed, more) in [
            ("<a>", true),
            ("<a>\n<b/>", true),
            ("<a>\n", false),
            ("<a></a>", false),
            ("<a></b>", false),
            ("/ping", false),
            ("text", false),
            ("", false),
        ] {
            assert_eq!(goes_on(typed), more, "{typed:?}");
        }
    }

    #[test]
    fn the_help_is_complete() {
        for command in COMMANDS {
            assert!(HELP.contains(command), "{command}");
            let outcome = parse(command, "c1");
            assert!(!matches!(&outcome, Err(why) if why.starts_with("there is no")), "{outcome:?}");
        }
    }
}
