//! `xmpp chat`: a conversation, for people and for scripts.

mod book;
mod command;
mod show;
mod talk;

use std::time::Duration;

use xmpp_core::jid::Jid;

use crate::{
    Stage,
    account::AccountArgs,
    args::{address, duration},
    exit::Failure,
    online::stay_online,
};
use talk::Talk;

const EXAMPLES: &str = "\
Examples:
  xmpp chat --jid juliet@example.com romeo@example.net
  xmpp chat --profile office                               /to ADDRESS begins a conversation, /help tells more
  printf 'hello\\n' | xmpp chat --profile office 08-00-00-1a-7c-62@example.com/ilon
  printf '/ping\\n' | xmpp chat --profile office boss@example.com --json --linger 0s

Lines are messages, those that begin with / are commands. Ctrl-C and Ctrl-D end it, and the stream is closed in good order.
From a pipe, everything is sent, and what arrives within --linger is printed; the exit code is 5 if something came back as
an error, 2 for a command that is not known.

With --json each event is a line: an object with \"event\" (online, message, sent, error, presence, subscription, ..) and
\"time\"; commands are read as from a pipe.

What is typed at the prompt is kept in chat-history in the user's folder for states (~/.local/state/xmpp), which only its
owner can read; a line that begins with a space is not kept.";

/// Talks to somebody: messages and presence as they come, lines as they are typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ChatArgs {
    /// Whom to talk to.
    #[arg(value_name = "TO", value_parser = address)]
    to: Option<Jid>,

    /// How long to go on listening when the lines of a pipe have ended.
    #[arg(short, long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    linger: Duration,

    /// Prints each event as a line of JSON.
    #[arg(long)]
    json: bool,

    /// Keeps no history of what is typed.
    #[arg(long)]
    no_history: bool,

    #[command(flatten)]
    account: AccountArgs,
}

pub(crate) async fn run(args: ChatArgs, stage: &Stage) -> Result<(), Failure> {
    let account = args.account.resolve()?;
    let session = account.session(None)?;
    stay_online(
        &account,
        session,
        &stage.aside,
        |_, _| (),
        async |client| Talk::new(&args, client, stage)?.run(client).await,
    )
    .await
}
