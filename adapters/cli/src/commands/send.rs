//! `xmpp send`: one message, and if wanted the answer to it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use serde_json::json;
use tokio::time::{Instant, timeout_at};
use xmpp_core::{
    jid::Jid,
    stanza::{Message, MessageKind, StanzaCondition, iq, message, presence},
    xep::ping,
    xml::{Element, ns},
};
use xmpp_tokio::{Client, Event};

use crate::{
    Stage,
    account::AccountArgs,
    args::{address, duration},
    clock,
    exit::Failure,
    input,
    online::online,
};

const EXAMPLES: &str = "\
Examples:
  xmpp send --jid juliet@example.com romeo@example.net 'O Romeo!'
  xmpp send --profile office meter@example.com 'Are you well?' --wait 5s
  journalctl -n 20 | xmpp send --profile office boss@example.com -

What comes back as an error, such as from an account that does not exist, is told if it comes before the server has \
answered a ping that follows the message; a server far away may need longer.";

/// Sends a message.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SendArgs {
    /// To whom.
    #[arg(value_name = "TO", value_parser = address)]
    to: Jid,

    /// What; - reads it from standard input, and so does leaving it out where that is no terminal.
    #[arg(value_name = "TEXT")]
    text: Option<String>,

    /// The subject.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,

    /// The kind of message.
    #[arg(short = 't', long = "type", value_name = "TYPE", value_enum, default_value_t = Kind::Chat)]
    kind: Kind,

    /// Waits for an answer and prints it. Without one in time, the exit code is 6.
    #[arg(short, long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,

    /// Prints the answer as JSON.
    #[arg(long, requires = "wait")]
    json: bool,

    #[command(flatten)]
    account: AccountArgs,
}

/// The kinds of messages that make sense to one recipient (RFC 6121 §5.2.2).
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    Chat,
    Normal,
    Headline,
}

/// What the refusal of a message means most often (RFC 6121 §8.5).
const NOT_KEPT: &str = "there is no such account, or nobody is online there and the server keeps no messages";

/// How long the server may take to answer the ping that follows the message.
const FLUSH: Duration = Duration::from_secs(10);

/// The longest message that is read from standard input, in bytes. Servers take less than this.
const LONGEST: usize = 1 << 20;

pub(crate) async fn run(args: SendArgs, stage: &Stage) -> Result<(), Failure> {
    let account = args.account.resolve()?;
    let text = text(args.text).await?;
    let kind = match args.kind {
        Kind::Chat => MessageKind::Chat,
        Kind::Normal => MessageKind::Normal,
        Kind::Headline => MessageKind::Headline,
    };
    let mut builder = message::build(kind, Some(args.to.view())).attr("id", "sent");
    if let Some(subject) = &args.subject {
        builder = builder.leaf("subject", ns::CLIENT, subject);
    }
    let stanza = builder.leaf("body", ns::CLIENT, &text).finish();
    let stanza = stanza.map_err(|error| Failure::usage(format!("the message cannot be sent: {error}")))?;
    let session = account.session(None)?;
    let exchange = Exchange { to: args.to, wait: args.wait };
    let answer =
        online(&account, session, &stage.aside, async |client| exchange.run(client, stanza, stage).await)
            .await?;
    if let Some((from, body)) = answer {
        if args.json {
            stage.out.json(&json!({ "from": from.as_str(), "body": body }));
        } else {
            // Lines after the first are indented, so that none of them looks like a line of somebody else.
            stage.out.line(format_args!("{from}: {}", body.replace('\n', "\n    ")));
        }
    }
    Ok(())
}

async fn text(given: Option<String>) -> Result<String, Failure> {
    match given {
        Some(text) if text.is_empty() => {
            return Err(Failure::usage("there is nothing to send: TEXT is empty"));
        }
        Some(text) if text != "-" => return Ok(text),
        None if io::stdin().is_terminal() => {
            return Err(Failure::usage("what is to be sent?").advise("give TEXT, or - and standard input"));
        }
        _ => {}
    }
    let bytes = input::standard(LONGEST).await?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage("standard input is not UTF-8"))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::usage("there is nothing on standard input to send")),
        trimmed => Ok(trimmed.to_owned()),
    }
}

struct Exchange {
    to: Jid,
    wait: Option<Duration>,
}

impl Exchange {
    /// Sends, sees that it was not sent back, and waits for the answer.
    async fn run(
        &self,
        client: &mut Client,
        stanza: Element,
        stage: &Stage,
    ) -> Result<Option<(Jid, String)>, Failure> {
        if self.wait.is_some() {
            // Answers to the bare address come only to who is available.
            client.send(presence::available()).await?;
        }
        client.send(stanza).await?;
        // Servers keep the order of a stream (RFC 6120 §10.1): what is refused at once comes before this answer.
        let handle = client.handle();
        let flush = handle.request(iq::get(None, &ping::request()), FLUSH);
        let mut answer = None;
        tokio::pin!(flush);
        loop {
            tokio::select! {
                biased;
                event = client.next() => {
                    let heard = self.hear(event)?;
                    answer = answer.or(heard);
                }
                pong = &mut flush => {
                    // An error is an answer too.
                    if let Err(error) = pong {
                        let failure = Failure::from(error);
                        if failure.exit != crate::exit::Exit::Remote {
                            return Err(failure);
                        }
                    }
                    break;
                }
            }
        }
        let Some(wait) = self.wait else { return Ok(None) };
        let deadline = Instant::from_std(clock::now()).checked_add(wait);
        let _progress = stage.aside.progress(format!("waiting for an answer of {}", self.to));
        while answer.is_none() {
            let event = match deadline {
                Some(deadline) => timeout_at(deadline, client.next())
                    .await
                    .map_err(|_| Failure::timeout(format!("{} did not answer within {wait:?}", self.to)))?,
                None => client.next().await,
            };
            answer = self.hear(event)?;
        }
        Ok(answer)
    }

    /// What somebody answers; an error that came back instead ends it.
    fn hear(&self, event: Option<Event>) -> Result<Option<(Jid, String)>, Failure> {
        let stanza = match event {
            Some(Event::Stanza(stanza)) => stanza,
            Some(Event::Closed(result)) => return Err(Failure::lost(result)),
            None => return Err(Failure::lost(Ok(()))),
            Some(_) => return Ok(None),
        };
        let Ok(message) = Message::parse(stanza.root()) else { return Ok(None) };
        let Some(from) = message.from.clone().filter(|from| from.bare() == self.to.bare()) else {
            return Ok(None);
        };
        match (message.error(), message.body()) {
            (Some(error), _) => {
                let failure = Failure::refused(&error);
                let advice = match error.condition {
                    StanzaCondition::ServiceUnavailable => Some(NOT_KEPT),
                    _ => failure.advice,
                };
                let why = format!("the message came back from {from}: {}", failure.why);
                Err(Failure { why, advice, ..failure })
            }
            (None, Some(body)) => Ok(Some((from, body.into_owned()))),
            (None, None) => Ok(None),
        }
    }
}
