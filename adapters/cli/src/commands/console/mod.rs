//! `xmpp console`: what is said on a stream, and anything to be said on it.

mod command;
mod filter;
mod highlight;
mod input;
mod run;
mod view;

use std::{path::PathBuf, time::Duration};

use xmpp_core::jid::Jid;

use crate::{
    Stage,
    account::AccountArgs,
    args::{address, duration},
    exit::Failure,
    online::stay_online,
    paint::Paint,
};
use filter::{Filter, Kind};
use run::{Console, load};
use view::View;

const EXAMPLES: &str = "\
Examples:
  xmpp console --profile office                            type XML, or /help
  xmpp console --profile office --presence --only message,presence
  xmpp console --profile office --play login.xml --delay 500ms
  echo \"<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>\" | xmpp console --profile office --only iq

Everything that is said is shown, the login and what the program answers by itself (pings, discovery) included; passwords
are masked. What is typed is sent as it is, whether it is a stanza or not; only that it is well-formed is checked, and the
default namespace is jabber:client.

A file that is played holds elements one after the other, with white space and comments between them. It is checked as a
whole before the first one is sent. From a pipe, or after --play without a terminal, the program ends when every request
has its answer and after --linger at the latest; if anything else was sent, after --linger.

What is typed at the prompt is kept in console-history in the user's folder for states (~/.local/state/xmpp), which only its
owner can read; what begins with a space is not kept.";

/// Shows the XML in both directions, and sends what is typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConsoleArgs {
    /// Shows only these kinds.
    #[arg(short, long, value_name = "KINDS", value_enum, value_delimiter = ',')]
    only: Vec<Kind>,

    /// Shows only what goes to or comes from this address; without a resource all of its resources are meant.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    with: Option<Jid>,

    /// Sends initial presence: what others send to the account comes here too.
    #[arg(long)]
    presence: bool,

    /// Sends the elements of this file first.
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,

    /// How long to wait between the elements of a file.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    delay: Duration,

    /// How long to wait for answers when there is nothing more to send.
    #[arg(short, long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    linger: Duration,

    /// Keeps no history of what is typed.
    #[arg(long)]
    no_history: bool,

    #[command(flatten)]
    account: AccountArgs,
}

pub(crate) async fn run(args: ConsoleArgs, stage: &Stage) -> Result<(), Failure> {
    let play = args.play.as_deref().map(load).transpose()?;
    let account = args.account.resolve()?;
    let session = account.session(None)?;
    let view = View::new(stage.out.clone(), Paint::stdout(), Filter::new(&args.only, args.with.clone()));
    let shown = view.clone();
    let trace = move |direction, item: &_| shown.item(direction, item);
    stay_online(&account, session, &stage.aside, trace, async |client| {
        Console::new(&args, client, view, stage).run(client, play).await
    })
    .await
}
