//! `xmpp ping`: whether somebody answers, and how fast (XEP-0199).

use std::time::Duration;

use serde_json::json;
use xmpp_core::{jid::Jid, stanza::iq, xep::ping};
use xmpp_tokio::Client;

use crate::{
    Stage,
    account::AccountArgs,
    args::{address, duration},
    clock,
    exit::Failure,
    online::online,
};

const EXAMPLES: &str = "\
Examples:
  xmpp ping --jid juliet@example.com          # the own server
  xmpp ping --jid juliet@example.com romeo@example.net/orchard
  xmpp ping --profile office example.org --count 5 --interval 1s";

/// Logs in and asks the server, or somebody else, for a sign of life.
///
/// A bare address (without a resource) is answered by its server, a full one by the client or device behind it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PingArgs {
    /// Whom to ask. Default: the own server.
    #[arg(value_name = "ADDRESS", value_parser = address)]
    to: Option<Jid>,

    /// How often.
    #[arg(short, long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,

    /// How long to wait between two.
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    interval: Duration,

    /// How long an answer may take.
    #[arg(short, long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    timeout: Duration,

    /// Prints each answer as a line of JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    account: AccountArgs,
}

pub(crate) async fn run(args: PingArgs, stage: &Stage) -> Result<(), Failure> {
    let account = args.account.resolve()?;
    let session = account.session(None)?;
    online(&account, session, &stage.aside, async |client| {
        tokio::select! {
            outcome = pings(&args, client, stage) => outcome,
            () = stage.out.unread() => Ok(()),
        }
    })
    .await
}

async fn pings(args: &PingArgs, client: &Client, stage: &Stage) -> Result<(), Failure> {
    // The own server is asked without an address (XEP-0199 §4.2), and told by its domain.
    let whom = args.to.as_ref().map_or_else(|| client.jid().domain().to_owned(), Jid::to_string);
    for number in 1..=args.count {
        if number > 1 {
            tokio::time::sleep(args.interval).await;
        }
        let began = clock::now();
        let progress = stage.aside.progress(format!("waiting for {whom}"));
        let request = iq::get(args.to.as_ref().map(Jid::view), &ping::request());
        let outcome = client.request(request, args.timeout).await;
        drop(progress);
        let ms = (clock::now() - began).as_secs_f64() * 1000.0;
        outcome.map_err(|error| Failure::from(error).of(&whom))?;
        if args.json {
            let ms = (ms * 1000.0).round() / 1000.0;
            stage.out.json(&json!({ "from": whom, "number": number, "ms": ms }));
        } else {
            stage.out.line(format_args!("{whom} answers in {ms:.1} ms"));
        }
    }
    Ok(())
}
