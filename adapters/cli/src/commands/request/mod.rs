//! `xmpp request`: the driver. One request to a thing, and a row that says what became of it.

mod print;
mod sensor;

use std::{
    future,
    io::{self, IsTerminal},
    pin::pin,
    time::Duration,
};

use tokio::{
    select,
    time::{Interval, MissedTickBehavior, interval},
};
use xmpp_core::{
    jid::Jid,
    stanza::iq,
    xep::{
        iot_control::{self, Set, parse_settings},
        iot_data,
    },
    xml::Element,
};
use xmpp_tokio::{Client, RequestError};

use crate::{
    Stage,
    account::{Account, AccountArgs},
    args::duration,
    clock,
    driver::Row,
    exit::{Exit, Failure},
    locate::{Locator, Unseen},
    online::{cause, close, log_in},
    signals::{unless_interrupted, wanted_to_end},
};
use print::{Format, Printer};

const EXAMPLES: &str = "\
Examples:
  # Sets three parameters of a device in the own domain; its resource is
  # found by its presence.
  xmpp request --profile office --recipient 08-00-00-1a-7c-62 \\
               --data 'Setpoint=21.5;Fan=true;Level=3'

  # Reads all that can be measured now, or some of it:
  xmpp request --profile office --recipient meter --protocol sensor-data
  xmpp request --profile office --recipient meter --protocol sensor-data \\
               --field Setpoint --field Fan

  # As an IoT platform's driver is configured, each setting an option:
  xmpp request --address xmpp.example.com --port 5222 --domain example.com \\
               --user application --resource driver \\
               --password-file app.password --tls if-possible \\
               --recipient 08-00-00-1a-7c-62 --recipient-resource ilon \\
               --data 'Level=2' --timeout 5000

  # Appends a row every five seconds, as CSV:
  xmpp request --profile office --recipient meter --data 'Level=2' \\
               --every 5s --csv >> rows.csv

Each value of --data is typed by its form: 3 is an Integer, 21.5 a Double, true a Boolean. The exit code is 0 only \
when the request (with --every: each of them) was successful.";

/// Sets parameters of a thing or reads them, and prints a row that says what became of it.
///
/// The columns of the row: Successful, Response Time (ms), Reply Code, Reply, Error.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RequestArgs {
    /// Whom to ask: a user name of the own domain, or a whole address.
    #[arg(long, value_name = "USER")]
    recipient: String,

    /// The recipient's resource. Without it the one that is online is found by its presence.
    #[arg(long, value_name = "NAME")]
    recipient_resource: Option<String>,

    /// What to set: name=value;name=value. For the protocol control.
    #[arg(long, value_name = "SETTINGS")]
    data: Option<String>,

    /// A field to read; all of them without this. For the protocol sensor-data, and more than once if wanted.
    #[arg(long, value_name = "NAME")]
    field: Vec<String>,

    /// How to ask.
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Protocol::Control)]
    protocol: Protocol,

    /// How XML is spelled: as the specification has it, or as Smack does (bool in the place of boolean).
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Spelling::Spec)]
    spelling: Spelling,

    /// How long an answer may take, in milliseconds; finding the resource too.
    #[arg(short, long, value_name = "MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..=MOST_MILLIS))]
    timeout: u64,

    /// Asks for the recipient's presence where it is not seen yet. The subscription stays.
    #[arg(long)]
    subscribe: bool,

    /// Asks again and again, with this time from one to the next, until Ctrl-C or until nobody reads the rows.
    #[arg(long, value_name = "TIME", value_parser = pause)]
    every: Option<Duration>,

    /// Ends after so many rows.
    #[arg(long, value_name = "N", requires = "every", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Prints each row as a line of JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Prints rows as CSV, the titles first.
    #[arg(long)]
    csv: bool,

    #[command(flatten)]
    account: AccountArgs,
}

/// The extension by which a thing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// Sets parameters (XEP-0325).
    Control,
    /// Reads what can be measured now (XEP-0323).
    SensorData,
}

/// Where the specification and the most common implementation differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Spelling {
    Spec,
    Smack,
}

impl From<Spelling> for iot_control::Spelling {
    fn from(spelling: Spelling) -> Self {
        match spelling {
            Spelling::Spec => Self::Spec,
            Spelling::Smack => Self::Smack,
        }
    }
}

/// A year, as elsewhere.
const MOST_MILLIS: u64 = 365 * 24 * 3_600_000;

/// Less than this between two requests would be a flood.
const LEAST_PAUSE: Duration = Duration::from_millis(10);

fn pause(text: &str) -> Result<Duration, String> {
    let pause = duration(text)?;
    if pause < LEAST_PAUSE { Err(format!("less than {LEAST_PAUSE:?}")) } else { Ok(pause) }
}

pub(crate) async fn run(args: RequestArgs, stage: &Stage) -> Result<(), Failure> {
    let request = Request::new(&args)?;
    let account = args.account.resolve()?;
    let driver = Driver {
        to: recipient(&args, &account)?,
        request,
        unseen: if args.subscribe { Unseen::Subscribe } else { Unseen::Fail },
        timeout: Duration::from_millis(args.timeout),
        account,
        stage,
    };
    let format = match (args.json, args.csv) {
        (true, _) => Format::Json,
        (_, true) => Format::Csv,
        _ => Format::Table,
    };
    let mut printer = Printer::new(format, stage.out.clone(), terminal_width());
    driver.rows(&mut printer, args.every, args.count).await
}

/// Its width in characters, if rows are printed on one.
fn terminal_width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| width.0)
}

/// A user name alone is one of the account's domain.
fn recipient(args: &RequestArgs, account: &Account) -> Result<Jid, Failure> {
    let name = &args.recipient;
    let address = if name.contains(['@', '/']) { name.clone() } else { format!("{name}@{}", account.domain) };
    let wrong = |error: &dyn std::error::Error| Failure::usage(format!("--recipient {name}: {error}"));
    let address = Jid::new(&address).map_err(|error| wrong(&error))?;
    match &args.recipient_resource {
        None => Ok(address),
        Some(resource) => {
            let full = address.into_bare().with_resource(resource);
            Ok(Jid::from(full.map_err(|error| wrong(&error))?))
        }
    }
}

/// What is asked.
enum Request {
    /// Parameters are set.
    Control(Element),
    /// Sensors are read.
    SensorData(iot_data::Request),
}

/// What became of a request.
struct Outcome {
    row: Row,
    /// For programs: what the row has no column for.
    readings: Option<Vec<serde_json::Value>>,
    failure: Option<Failure>,
}

impl Outcome {
    fn failed(failure: Failure, took: Duration) -> Self {
        Self { row: Row::failed(failure.why.clone(), took), readings: None, failure: Some(failure) }
    }
}

impl Request {
    fn new(args: &RequestArgs) -> Result<Self, Failure> {
        match (args.protocol, args.data.as_deref()) {
            (Protocol::Control, Some(text)) => {
                let wrong =
                    |error: &dyn std::error::Error| Failure::usage(format!("--data {text:?}: {error}"));
                let settings = parse_settings(text).map_err(|error| wrong(&error))?;
                let set = Set::new(settings).to_element(args.spelling.into());
                if !args.field.is_empty() {
                    return Err(Failure::usage("--field is for --protocol sensor-data"));
                }
                Ok(Self::Control(set.map_err(|error| wrong(&error))?))
            }
            (Protocol::Control, None) => {
                Err(Failure::usage("what is to be set?").advise("give --data 'name=value;name=value'"))
            }
            (Protocol::SensorData, Some(_)) => {
                Err(Failure::usage("--data is for --protocol control").advise("--field chooses what is read"))
            }
            (Protocol::SensorData, None) => {
                let all = iot_data::Request::momentary();
                Ok(Self::SensorData(args.field.iter().fold(all, iot_data::Request::field)))
            }
        }
    }

    /// Asks, and says what became of it; a failure is only what keeps the row from being made.
    async fn ask(&self, stream: &mut Connected, to: &Jid, timeout: Duration) -> Result<Outcome, Failure> {
        let Connected { client, locator } = stream;
        let began = clock::now();
        match self {
            Self::Control(set) => {
                let outcome = match client.request(iq::set(Some(to.view()), set), timeout).await {
                    Ok(result) => Ok(result),
                    Err(RequestError::Failed(error)) => Err(error),
                    Err(error) => return Err(error.into()),
                };
                let row = Row::of(&outcome, clock::now() - began);
                let failure = outcome.err().map(|error| Failure::from(&error));
                // The row knows what the extension says beyond the condition.
                let why = row.error.clone().unwrap_or_default();
                let failure = failure.map(|failure| Failure { why, ..failure });
                Ok(Outcome { row, readings: None, failure })
            }
            Self::SensorData(request) => {
                let other = |stanza| locator.note(&stanza);
                let ended = sensor::read(client, to, request, timeout, other).await?;
                let (row, failure) = sensor::row(&ended, clock::now() - began);
                Ok(Outcome { row, readings: Some(sensor::details(&ended)), failure })
            }
        }
    }
}

struct Driver<'a> {
    request: Request,
    account: Account,
    to: Jid,
    unseen: Unseen,
    timeout: Duration,
    stage: &'a Stage,
}

/// A stream, and who is there.
struct Connected {
    client: Client,
    locator: Locator,
}

impl Driver<'_> {
    /// Prints row after row. Only a login that fails at the very first ends it early: what is wrong then stays wrong.
    async fn rows(
        &self,
        printer: &mut Printer,
        every: Option<Duration>,
        count: Option<u64>,
    ) -> Result<(), Failure> {
        let mut connected = Some(unless_interrupted(self.connect()).await?);
        let mut ticks = every.map(ticks);
        let (mut rows, mut failed, mut last) = (0_u64, 0_u64, None);
        loop {
            let outcome = select! {
                outcome = self.row(&mut connected) => outcome,
                () = self.unwanted() => {
                    self.end(connected).await;
                    return match every {
                        Some(_) => verdict(rows, failed, last),
                        None => Err(Failure::interrupted()),
                    };
                }
            };
            printer.print(&outcome.row, outcome.readings.as_deref());
            rows += 1;
            if let Some(failure) = outcome.failure {
                failed += 1;
                last = Some(failure);
            }
            let more = every.is_some() && count.is_none_or(|count| rows < count);
            if !more {
                break;
            }
            select! {
                () = self.rest(ticks.as_mut(), &mut connected) => {}
                () = self.unwanted() => break,
            }
        }
        self.end(connected).await;
        match (every, last) {
            (None, Some(failure)) => Err(failure),
            (_, last) => verdict(rows, failed, last),
        }
    }

    async fn connect(&self) -> Result<Connected, Failure> {
        let session = self.account.session(None)?;
        let client = log_in(&self.account, session, &self.stage.aside).await?;
        Ok(Connected { client, locator: Locator::default() })
    }

    /// One request, on a new stream if the last one is lost. Whatever goes wrong is a row too.
    async fn row(&self, connected: &mut Option<Connected>) -> Outcome {
        let began = clock::now();
        match self.try_row(connected).await {
            Ok(outcome) => outcome,
            Err(mut failure) => {
                let took = clock::now() - began;
                if failure.exit == Exit::Connection
                    && let Some(Connected { mut client, .. }) = connected.take()
                {
                    failure = cause(&mut client, failure).await;
                    close(client).await;
                }
                Outcome::failed(failure, took)
            }
        }
    }

    async fn try_row(&self, connected: &mut Option<Connected>) -> Result<Outcome, Failure> {
        let stream = match connected {
            Some(stream) => stream,
            None => connected.insert(self.connect().await?),
        };
        let aside = &self.stage.aside;
        let Connected { client, locator } = stream;
        let to = locator.find(client, &self.to, self.unseen, self.timeout, aside).await?;
        let _progress = aside.progress(format!("waiting for the answer of {to}"));
        let outcome = self.request.ask(stream, &to, self.timeout).await?;
        match outcome.failure {
            Some(failure) if failure.exit == Exit::Connection => Err(failure),
            failure => Ok(Outcome { failure: failure.map(|failure| failure.of(&to)), ..outcome }),
        }
    }

    /// Until the next request is due. Presence that comes meanwhile is noted; a stream that is lost is made anew then.
    async fn rest(&self, ticks: Option<&mut Interval>, connected: &mut Option<Connected>) {
        let mut due = pin!(tick(ticks));
        while let Some(Connected { client, locator }) = connected {
            let event = select! {
                () = &mut due => return,
                event = client.next() => event,
            };
            // That the recipient does not want to be found is told by the next request.
            if locator.handle(event, &self.to).is_err_and(|failure| failure.exit == Exit::Connection) {
                *connected = None;
            }
        }
        due.await;
    }

    /// Nobody wants more rows: Ctrl-C, or nobody reads them.
    async fn unwanted(&self) {
        select! {
            () = wanted_to_end() => {}
            () = self.stage.out.unread() => {}
        }
    }

    async fn end(&self, connected: Option<Connected>) {
        if let Some(connected) = connected {
            close(connected.client).await;
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first one is over at once: it is the request that was just made.
    ticks.reset();
    ticks
}

async fn tick(ticks: Option<&mut Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => future::pending().await,
    }
}

/// How several requests ended together.
fn verdict(rows: u64, failed: u64, last: Option<Failure>) -> Result<(), Failure> {
    match last {
        None => Ok(()),
        Some(last) => Err(Failure::new(
            last.exit,
            format!("{failed} of {rows} requests were not successful; the last: {last}"),
        )),
    }
}
