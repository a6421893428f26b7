//! `xmpp register`: makes an account on a server that allows it, changes its password, removes it (XEP-0077).

use std::{path::PathBuf, time::Duration};

use serde_json::json;
use xmpp_core::{TlsPolicy, stanza::iq, stream::Registration, xep::register};
use xmpp_tokio::{Client, RequestError};

use crate::{
    Stage,
    account::{Account, AccountArgs, PasswordSource},
    exit::Failure,
    online::online,
    secret::Secret,
};

const EXAMPLES: &str = "\
Examples:
  xmpp register --jid juliet@example.com            # asks for a new password
  xmpp register --profile cellar --in-clear         # as the profile has it
  xmpp register --jid juliet@example.com --field email=juliet@example.org
  xmpp register --jid juliet@example.com --change-password
  xmpp register --jid juliet@example.com --remove

The account logs in right away, which proves that it works. Many servers do not let clients make accounts; then whoever \
runs the server makes them (ejabberdctl register, prosodyctl register). The new password of --change-password is asked \
for at a terminal, and comes from XMPP_NEW_PASSWORD or --new-password-file elsewhere.";

/// Makes an account on a server that lets clients do so.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RegisterArgs {
    /// What else the server wants to know. Can be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = field)]
    field: Vec<(String, String)>,

    /// Sends the password of the new account even where nothing is encrypted (--tls disabled over TCP or http).
    ///
    /// A login proves a password without sending it; a registration has to send it.
    #[arg(long)]
    in_clear: bool,

    /// Logs in and changes the password instead.
    #[arg(long, conflicts_with_all = ["remove", "field"])]
    change_password: bool,

    /// Reads the new password from the first line of this file.
    #[arg(long, value_name = "FILE", requires = "change_password")]
    new_password_file: Option<PathBuf>,

    /// Logs in and removes the account instead.
    #[arg(long, conflicts_with = "field")]
    remove: bool,

    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    account: AccountArgs,
}

fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("not NAME=VALUE".to_owned()),
    }
}

/// How long the server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(args: RegisterArgs, stage: &Stage) -> Result<(), Failure> {
    let done = if args.remove {
        remove(&args, stage).await?
    } else if args.change_password {
        change(&args, stage).await?
    } else {
        make(&args, stage).await?
    };
    if args.json {
        stage.out.json(&json!({ "account": done.account, "outcome": done.outcome }));
    } else {
        stage.out.line(format_args!("{} {}", done.account, done.words));
    }
    Ok(())
}

struct Done {
    account: String,
    outcome: &'static str,
    words: &'static str,
}

async fn make(args: &RegisterArgs, stage: &Stage) -> Result<Done, Failure> {
    let account = args.account.resolve_with(&mut PasswordSource::read_new)?;
    check_channel(&account, args.in_clear)?;
    let mut session = account.session(None)?;
    let fields = args.field.iter().fold(Registration::new(), |known, (name, value)| known.with(name, value));
    session.client.registration = Some(fields);
    if args.in_clear {
        session.client.sasl = session.client.sasl.plain_without_tls(true);
    }
    let account =
        online(&account, session, &stage.aside, async |client| Ok(client.jid().bare().to_string())).await?;
    Ok(Done { account, outcome: "registered", words: "is registered, and logs in." })
}

/// Passwords go in clear only where that was said.
fn check_channel(account: &Account, in_clear: bool) -> Result<(), Failure> {
    let clear = match &account.bosh {
        Some(url) => !url.starts_with("https:"),
        None => account.tls == TlsPolicy::Disabled,
    };
    if clear && account.tls != TlsPolicy::Required && !in_clear {
        return Err(Failure::usage("the password of the new account would be sent in clear")
            .advise("register over TLS, or say --in-clear where that is meant"));
    }
    Ok(())
}

async fn change(args: &RegisterArgs, stage: &Stage) -> Result<Done, Failure> {
    let account = args.account.resolve()?;
    let whom = account.address();
    let source = PasswordSource::new_password(args.new_password_file.clone());
    let new: Secret = source.read_new(&format!("the new one of {whom}"))?;
    check_channel(&account, args.in_clear)?;
    let session = account.session(None)?;
    let account = online(&account, session, &stage.aside, async |client| {
        let user = client.jid().local().unwrap_or_default().to_owned();
        let query = register::change_password(&user, new.reveal())
            .map_err(|error| Failure::usage(format!("the new password cannot be sent: {error}")))?;
        client.request(iq::set(None, &query), PATIENCE).await?;
        Ok(client.jid().bare().to_string())
    })
    .await?;
    Ok(Done { account, outcome: "password-changed", words: "has a new password." })
}

async fn remove(args: &RegisterArgs, stage: &Stage) -> Result<Done, Failure> {
    let account = args.account.resolve()?;
    let session = account.session(None)?;
    let account = online(&account, session, &stage.aside, async |client| removal(client).await).await?;
    Ok(Done { account, outcome: "removed", words: "is removed." })
}

/// Some servers close the stream before their answer has left.
async fn removal(client: &mut Client) -> Result<String, Failure> {
    let account = client.jid().bare().to_string();
    match client.request(iq::set(None, &register::removal()), PATIENCE).await {
        Ok(_) | Err(RequestError::Failed(xmpp_core::RequestError::Disconnected)) => Ok(account),
        Err(error) => Err(error.into()),
    }
}
