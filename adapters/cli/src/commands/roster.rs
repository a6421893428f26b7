//! `xmpp roster`: the contacts, who of them is online, and with which resources.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};
use xmpp_core::{
    jid::{BareJid, Jid},
    stanza::{
        Available, AvailableResources, Iq, Presence, PresenceKind, StanzaCondition, StanzaKind, iq, presence,
    },
    xep::{
        ping,
        roster::{self, Change, Item, Roster, Subscription},
    },
    xml::{Element, ns},
};
use xmpp_tokio::{Client, Event, RequestError};

use crate::{
    Stage,
    account::AccountArgs,
    args::duration,
    clock,
    exit::{Exit, Failure},
    online::online,
};

const EXAMPLES: &str = "\
Examples:
  xmpp roster --profile office
  xmpp roster --profile office --json | jq '.contacts[].resources'

  # Asks to see a device's presence; lets somebody see ours; removes one:
  xmpp roster --profile office --add 08-00-00-1a-7c-62@example.com
  xmpp roster --profile office --approve boss@example.com
  xmpp roster --profile office --remove old@example.com

Presence of other servers takes its time: what has not come within --wait is not shown.";

/// Shows the contacts of an account, and which of their resources are online.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RosterArgs {
    /// Adds a contact, and asks to see its presence. Can be given several times, as those below.
    #[arg(long, value_name = "ADDRESS", value_parser = bare)]
    add: Vec<BareJid>,

    /// Lets a contact see the account's presence.
    #[arg(long, value_name = "ADDRESS", value_parser = bare)]
    approve: Vec<BareJid>,

    /// Removes a contact: neither sees the other any more.
    #[arg(long, value_name = "ADDRESS", value_parser = bare)]
    remove: Vec<BareJid>,

    /// How long to wait for presence.
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    wait: Duration,

    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    account: AccountArgs,
}

fn bare(text: &str) -> Result<BareJid, String> {
    BareJid::new(text).map_err(|error| error.to_string())
}

/// How long the server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(args: RosterArgs, stage: &Stage) -> Result<(), Failure> {
    let account = args.account.resolve()?;
    let mut session = account.session(None)?;
    // Roster pushes come to who asked for the roster; they are read from the roster itself here.
    session.claims.push(ns::ROSTER.to_owned());
    let book =
        online(&account, session, &stage.aside, async |client| look(&args, client, stage).await).await?;
    if args.json {
        book.json(stage);
    } else {
        book.table(stage);
    }
    Ok(())
}

/// What there is to show.
struct Book {
    items: Vec<Item>,
    there: AvailableResources,
    /// Who asks to see the account's presence.
    asking: Vec<BareJid>,
}

async fn look(args: &RosterArgs, client: &mut Client, stage: &Stage) -> Result<Book, Failure> {
    let _progress = stage.aside.progress("waiting for presence");
    let told = |jid: &BareJid, error: RequestError| {
        let failure = Failure::from(error);
        match failure.exit {
            Exit::Remote => Failure { advice: None, ..failure }.of(jid),
            _ => failure,
        }
    };
    for jid in &args.remove {
        let request = iq::set(None, &roster::remove(jid));
        client.request(request, PATIENCE).await.map_err(|error| told(jid, error))?;
    }
    let known = items(client).await?;
    // To set one that is there would take its name and its groups away (RFC 6121 §2.4).
    for jid in args.add.iter().filter(|jid| known.iter().all(|item| item.jid != **jid)) {
        let request = iq::set(None, &roster::set(&Item::new(jid.clone())));
        client.request(request, PATIENCE).await.map_err(|error| told(jid, error))?;
    }
    // A negative priority: messages to the account go to others of its clients (RFC 6121 §8.5.2.1.1).
    client.send(presence::available_as(None, None, -1).map_err(|error| error.to_string())?).await?;
    for jid in &args.add {
        client.send(presence::subscribe(jid)).await?;
    }
    for jid in &args.approve {
        client.send(presence::subscribed(jid)).await?;
    }
    // What the own server knows comes before its answer to this, whatever that is.
    let _ = client.request(iq::get(None, &ping::request()), PATIENCE).await;
    let mut book = Book { items: Vec::new(), there: AvailableResources::default(), asking: Vec::new() };
    let own = client.jid().clone();
    let deadline = Instant::from_std(clock::now()) + args.wait;
    while let Ok(event) = timeout_at(deadline, client.next()).await {
        let stanza = match event {
            Some(Event::Stanza(stanza)) => stanza,
            Some(Event::Closed(result)) => return Err(Failure::lost(result)),
            None => return Err(Failure::lost(Ok(()))),
            Some(_) => continue,
        };
        if StanzaKind::of(stanza.root()) == Some(StanzaKind::Iq) {
            answer_push(client, &stanza).await?;
            continue;
        }
        let Ok(presence) = Presence::parse(stanza.root()) else { continue };
        match (&presence.from, presence.kind) {
            (Some(from), PresenceKind::Subscribe) => book.asking.push(from.to_bare()),
            (Some(from), _) if from.view() != own.view() => {
                book.there.handle_presence(&presence);
            }
            _ => {}
        }
    }
    book.items = items(client).await?;
    book.items.sort_by(|a, b| a.jid.cmp(&b.jid));
    Ok(book)
}

async fn items(client: &Client) -> Result<Vec<Item>, Failure> {
    let answer = client.request(iq::get(None, &roster::get(None)), PATIENCE).await?;
    Ok(answer.first_child().and_then(Roster::parse).unwrap_or_default().items)
}

/// A roster push is told that it came (RFC 6121 §2.1.6); whoever else sends one is refused.
async fn answer_push(client: &Client, stanza: &Element) -> Result<(), Failure> {
    let Ok(request) = Iq::parse(stanza.root()) else { return Ok(()) };
    if !request.kind.is_request() {
        return Ok(());
    }
    let answer = match Change::of_push(&request, &client.jid().to_bare()) {
        Some(_) => request.result(None),
        None => request.refuse(&StanzaCondition::ServiceUnavailable.into()),
    };
    Ok(client.send(answer).await?)
}

/// What a subscription means for the owner of the roster.
fn words(item: &Item) -> &'static str {
    match (item.subscription, item.ask) {
        (Subscription::Both, _) => "both ways",
        (Subscription::To, _) => "we see it",
        (Subscription::From, false) => "it sees us",
        (Subscription::From, true) => "it sees us, we asked",
        (Subscription::None, true) => "we asked",
        (Subscription::None, false) => "none",
    }
}

fn show(there: &Available) -> &'static str {
    there.show.map_or("online", |show| show.name())
}

impl Book {
    /// Every contact, with its resources below each other; then our own other clients.
    fn table(&self, stage: &Stage) {
        let mut rows = Vec::new();
        for item in &self.items {
            let mut name = Some(
                item.name
                    .as_ref()
                    .map_or_else(|| item.jid.to_string(), |name| format!("{} ({name})", item.jid)),
            );
            let resources = self.there.of(item.jid.view());
            if resources.is_empty() {
                let state = if item.subscription.is_to() { "offline" } else { "" };
                rows.push([
                    name.take().unwrap_or_default(),
                    words(item).to_owned(),
                    String::new(),
                    state.to_owned(),
                    String::new(),
                    String::new(),
                ]);
            }
            for there in resources {
                let first = name.is_some();
                rows.push([
                    name.take().unwrap_or_default(),
                    if first { words(item).to_owned() } else { String::new() },
                    there.jid.resource().to_owned(),
                    show(there).to_owned(),
                    there.priority.to_string(),
                    there.status.clone().unwrap_or_default(),
                ]);
            }
        }
        if rows.is_empty() {
            stage.out.line("There are no contacts yet; --add ADDRESS asks somebody.");
        } else {
            stage.out.columns(["Contact", "Presence seen", "Resource", "State", "Priority", "Status"], &rows);
        }
        for jid in &self.asking {
            stage
                .out
                .line(format_args!("{jid} asks to see this account's presence; --approve {jid} allows it."));
        }
    }

    fn json(&self, stage: &Stage) {
        let resources = |jid: &BareJid| -> Vec<_> {
            let all = self.there.of(Jid::from(jid.clone()).view()).into_iter();
            all.map(|there| {
                json!({
                    "resource": there.jid.resource(),
                    "show": show(there),
                    "priority": there.priority,
                    "status": there.status,
                })
            })
            .collect()
        };
        let contacts: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                json!({
                    "jid": item.jid.as_str(),
                    "name": item.name,
                    "groups": item.groups,
                    "subscription": item.subscription.name(),
                    "asked": item.ask,
                    "resources": resources(&item.jid),
                })
            })
            .collect();
        let asking: Vec<&str> = self.asking.iter().map(BareJid::as_str).collect();
        stage.out.json(&json!({ "contacts": contacts, "asking": asking }));
    }
}
