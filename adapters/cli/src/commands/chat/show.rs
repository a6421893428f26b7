//! What happens in a chat, for people and for programs.

use serde_json::{Value, json};
use xmpp_core::{
    jid::{BareJid, FullJid, Jid},
    stanza::Show,
    time::Timestamp,
};

use super::book::{Change, Said};
use crate::{
    clock,
    commands::status::Status,
    exit::Failure,
    paint::{Colour, Paint},
    prompt::NO_TIME_YET,
    tell::harmless,
};

/// Something to be shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    /// Logged in.
    Online(FullJid),
    /// Somebody says something.
    Heard { from: Jid, subject: Option<String>, text: String },
    /// We did.
    Sent { to: Jid, id: String, text: String },
    /// It came back; `text`: what was sent.
    CameBack { from: Jid, id: Option<String>, text: Option<String>, failure: Failure },
    /// Somebody comes, goes, or looks different.
    Presence(Change),
    /// Something about subscriptions.
    Subscription { from: BareJid, step: Step, text: Option<String> },
    /// Somebody answers a ping; in milliseconds.
    Pong { from: String, ms: f64 },
    /// Nobody does, or what was sent as presence failed.
    Failed { whom: String, what: &'static str, failure: Failure },
    /// One that is available, as an answer to the question who is.
    There(FullJid, Status),
    /// A message of the past.
    Said(Said),
    /// Words for the person alone.
    Note(String),
    /// What the person typed cannot be done.
    Mistake(String),
}

/// What becomes of a subscription (RFC 6121 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Asked,
    Granted,
    Refused,
    Dropped,
}

impl News {
    /// For people: a line that begins with the time. What others wrote cannot begin a line of its own.
    pub(super) fn line(&self, now: Timestamp, paint: Paint) -> String {
        let at = match self {
            Self::Said(said) => said.at,
            _ => now,
        };
        let time = clock::local(at).strftime("%H:%M").to_string();
        let event =
            |mark: &str, text: String| paint.paint(Colour::Faint, &format!("{mark} {}", plain(&text)));
        let text = match self {
            Self::Online(jid) => event("*", format!("you are online as {jid}")),
            Self::Heard { from, subject, text } => {
                let subject = subject.as_ref().map(|subject| format!("[{subject}] ")).unwrap_or_default();
                heard(paint, &shown(from), &format!("{subject}{text}"))
            }
            Self::Sent { to, text, .. } => own(paint, &shown(to), text),
            Self::CameBack { from, text, failure, .. } => {
                let what =
                    text.as_ref().map_or("a message".to_owned(), |text| format!("{:?}", excerpt(text)));
                paint.paint(Colour::Red, &plain(&format!("! {} did not get {what}: {failure}", shown(from))))
            }
            Self::Presence(Change::Came(jid, look)) => event("+", format!("{jid} is {look}")),
            Self::Presence(Change::Looks(jid, look)) => event("*", format!("{jid} is {look}")),
            Self::Presence(Change::Left(jid)) => event("-", format!("{jid} is gone")),
            Self::Subscription { from, step, text } => {
                let said = text.as_ref().map(|text| format!(": {text:?}")).unwrap_or_default();
                match step {
                    Step::Asked => {
                        let ask = format!("? {from} asks to see your presence{said}");
                        let answer = format!(" (/approve or /deny {from})");
                        paint.paint(Colour::Yellow, &plain(&ask)) + &answer
                    }
                    Step::Granted => event("*", format!("{from} lets you see their presence{said}")),
                    Step::Refused => event("*", format!("{from} does not let you see their presence{said}")),
                    Step::Dropped => {
                        event("*", format!("{from} does not watch your presence any more{said}"))
                    }
                }
            }
            Self::Pong { from, ms } => event("*", format!("{from} answers in {ms:.1} ms")),
            Self::Failed { whom, what, failure } => {
                paint.paint(Colour::Red, &plain(&format!("! {whom}: {what}: {failure}")))
            }
            Self::There(jid, look) => format!("  {jid}  {}", plain(&look.to_string())),
            Self::Said(Said { with, own: true, text, .. }) => own(paint, with.as_str(), text),
            Self::Said(Said { with, own: false, text, .. }) => heard(paint, with.as_str(), text),
            Self::Mistake(text) => return mistake(text, paint),
            Self::Note(text) => {
                return harmless(&format!(
                    "{NO_TIME_YET}{}",
                    text.replace('\n', &format!("\n{NO_TIME_YET}"))
                ));
            }
        };
        format!("{time} {text}")
    }

    /// For programs: an object; the time is UTC.
    pub(super) fn json(&self, now: Timestamp) -> Value {
        let at = match self {
            Self::Said(said) => said.at,
            _ => now,
        };
        let look = |jid: &FullJid, look: &Status| json!({ "jid": jid.as_str(), "available": true, "show": look.show.map(Show::name), "status": look.text });
        let (event, mut value) = match self {
            Self::Online(jid) => ("online", json!({ "jid": jid.as_str() })),
            Self::Heard { from, subject, text } => {
                ("message", json!({ "from": from.as_str(), "subject": subject, "body": text }))
            }
            Self::Sent { to, id, text } => ("sent", json!({ "to": to.as_str(), "id": id, "body": text })),
            Self::CameBack { from, id, text, failure } => {
                ("error", json!({ "from": from.as_str(), "id": id, "body": text, "error": failure.why }))
            }
            Self::Presence(Change::Came(jid, seen) | Change::Looks(jid, seen)) => {
                ("presence", look(jid, seen))
            }
            Self::Presence(Change::Left(jid)) => {
                ("presence", json!({ "jid": jid.as_str(), "available": false }))
            }
            Self::Subscription { from, step, text } => {
                let step = match step {
                    Step::Asked => "subscribe",
                    Step::Granted => "subscribed",
                    Step::Refused => "unsubscribed",
                    Step::Dropped => "unsubscribe",
                };
                ("subscription", json!({ "from": from.as_str(), "type": step, "status": text }))
            }
            Self::Pong { from, ms } => {
                ("pong", json!({ "from": from, "ms": (ms * 1000.0).round() / 1000.0 }))
            }
            Self::Failed { whom, what, failure } => {
                ("failure", json!({ "from": whom, "what": what, "error": failure.why }))
            }
            Self::There(jid, seen) => ("there", look(jid, seen)),
            Self::Said(said) => {
                ("history", json!({ "with": said.with.as_str(), "own": said.own, "body": said.text }))
            }
            Self::Note(text) => ("note", json!({ "text": text })),
            Self::Mistake(text) => ("mistake", json!({ "text": text })),
        };
        if let Value::Object(members) = &mut value {
            members.insert("event".to_owned(), event.into());
            members.insert("time".to_owned(), format!("{:.3}", clock::utc(at)).into());
        }
        value
    }
}

/// Why what was typed cannot be done.
fn mistake(why: &str, paint: Paint) -> String {
    format!("{NO_TIME_YET}{}", paint.paint(Colour::Red, &format!("! {}", plain(why))))
}

fn heard(paint: Paint, from: &str, text: &str) -> String {
    format!("{} {}", paint.paint(Colour::Green, &format!("{from}:")), plain(text))
}

/// As it stands behind the prompt.
fn own(paint: Paint, to: &str, text: &str) -> String {
    format!("{} {}", paint.paint(Colour::Cyan, &format!("{to}>")), plain(text))
}

/// Accounts by their bare address; what has no user name, as it is.
fn shown(jid: &Jid) -> String {
    if jid.local().is_some() { jid.bare().to_string() } else { jid.to_string() }
}

/// What is cut short tells so.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// What others wrote: tabs are spaces, further lines are indented, nothing commands the terminal.
fn plain(text: &str) -> String {
    let text = text.replace('\t', "    ").replace("\r\n", "\n");
    harmless(text.trim_end_matches('\n')).replace('\n', "\n        ")
}

#[cfg(test)]
mod tests {
    use xmpp_core::stanza::StanzaCondition;

    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_micros(1_700_000_000_123_456);

    fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    fn line(news: &News) -> String {
        let line = news.line(NOON, Paint::NONE);
        let (time, text) = line.split_once(' ').unwrap();
        assert!(time.len() == 5 && time.as_bytes()[2] == b':', "{line}");
        text.to_owned()
    }

    fn heard(text: &str) -> News {
        News::Heard { from: jid("r@e/a"), subject: None, text: text.to_owned() }
    }

    /// Own messages are told from those of others, and a message cannot look like several.
    #[test]
    fn messages() {
        assert_eq!(line(&heard("hi")), "r@e: hi");
        let own = News::Sent { to: jid("r@e"), id: "1".into(), text: "hi".into() };
        assert_eq!(line(&own), "r@e> hi");
        assert_eq!(line(&heard("a\n12:00 boss@e: yes\n")), "r@e: a\n        12:00 boss@e: yes");
        assert_eq!(line(&heard("\u{1b}[2J\tx\r\ny\rz")), "r@e: \u{fffd}[2J    x\n        y\u{fffd}z");
        let mail = News::Heard { from: jid("e/a"), subject: Some("s".into()), text: "t".into() };
        assert_eq!(line(&mail), "e/a: [s] t");
        let said = Said { at: NOON, with: BareJid::new("r@e").unwrap(), own: true, text: "hi".into() };
        assert_eq!(line(&News::Said(said)), "r@e> hi");
    }

    #[test]
    fn what_came_back_is_shown_beside_what_was_sent() {
        let failure = Failure::refused(&StanzaCondition::ServiceUnavailable.into());
        let back = News::CameBack { from: jid("r@e"), id: None, text: Some("hello\nyou".into()), failure };
        assert_eq!(
            line(&back),
            "! r@e did not get \"hello you\": service-unavailable (the recipient is offline, or does not know this request)"
        );
        let long = excerpt(&"é".repeat(100));
        assert_eq!(long.chars().count(), 62);
    }

    #[test]
    fn subscriptions_tell_how_to_answer() {
        let from = BareJid::new("r@e").unwrap();
        let asked = News::Subscription { from, step: Step::Asked, text: Some("It is I".into()) };
        assert_eq!(line(&asked), "? r@e asks to see your presence: \"It is I\" (/approve or /deny r@e)");
    }

    #[test]
    fn presence() {
        let jid = FullJid::new("r@e/a").unwrap();
        let look = |show, text: Option<&str>| Status { show, text: text.map(str::to_owned) };
        assert_eq!(
            line(&News::Presence(Change::Came(jid.clone(), look(None, None)))),
            "+ r@e/a is available"
        );
        let busy = look(Some(Show::Dnd), Some("a\nb"));
        let told = line(&News::Presence(Change::Looks(jid.clone(), busy)));
        assert_eq!(told, "* r@e/a is not to be disturbed: a\n        b");
        assert_eq!(line(&News::Presence(Change::Left(jid))), "- r@e/a is gone");
    }

    /// Our colours are around what others wrote, and theirs are not colours.
    #[test]
    fn colours_are_ours() {
        let told = heard("\u{1b}[31mred").line(NOON, Paint::ALWAYS);
        assert!(told.ends_with("\u{1b}[32mr@e:\u{1b}[0m \u{fffd}[31mred"), "{told:?}");
    }

    #[test]
    fn programs_get_everything() {
        let value = heard("a\nb").json(NOON);
        let expected = json!({
            "event": "message", "time": "2023-11-14T22:13:20.123Z", "from": "r@e/a", "subject": null, "body": "a\nb"
        });
        assert_eq!(value, expected);
        let left = News::Presence(Change::Left(FullJid::new("r@e/a").unwrap())).json(NOON);
        assert_eq!((&left["event"], &left["available"]), (&json!("presence"), &json!(false)));
    }
}
