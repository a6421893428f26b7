//! `xmpp soap`: one call, and its answer (XEP-0072).

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use soap_xmpp::{
    AnsweredFault, CallError, Envelope, Requester, RequesterConfig, Rules,
    smartserver::{self, Answer},
};
use xmpp_core::{
    jid::Jid,
    xml::{Element, XmlError, ns, pretty},
};
use xmpp_tokio::Client;

use crate::{
    Stage,
    account::AccountArgs,
    args::{address, duration},
    caller,
    exit::{Exit, Failure},
    input,
    locate::{Unseen, locate},
    online::online,
    random,
};

const EXAMPLES: &str = "\
Examples:
  # What time does the SmartServer have?
  xmpp soap --profile office 08-00-00-1a-7c-62@example.com/ilon --time

  # An envelope from a file, and from standard input:
  xmpp soap --profile office 08-00-00-1a-7c-62@example.com read.xml
  make-envelope | xmpp soap --profile office meter@example.com/ilon -

The file holds a SOAP envelope (1.1 or 1.2) and nothing around it. The answer's envelope is printed indented. A SOAP \
fault is told on standard error with exit code 5, its detail printed where the answer would be; so are the failures \
that a SmartServer counts inside of an ordinary answer. Without a resource in the address, the one that is online is \
found by its presence.";

/// Calls somebody with SOAP inside of an IQ, and prints the answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SoapArgs {
    /// Whom to call.
    #[arg(value_name = "TO", value_parser = address)]
    to: Jid,

    /// The envelope; - is standard input, and so is leaving it out where that is no terminal.
    #[arg(value_name = "FILE", conflicts_with = "time")]
    file: Option<PathBuf>,

    /// Asks a SmartServer for its time: SystemService_Read_Info with SI_TIME.
    #[arg(long)]
    time: bool,

    /// How long the answer may take, and finding the resource before it.
    #[arg(short, long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,

    /// Asks for the recipient's presence where it is not seen yet. The subscription stays.
    #[arg(long)]
    subscribe: bool,

    /// Prints the answer exactly as it came.
    #[arg(long, conflicts_with = "json")]
    raw: bool,

    /// Prints one line of JSON: the answer as XML, the failures in it, or the fault.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    account: AccountArgs,
}

/// The largest envelope that is read, in bytes. Servers take stanzas of 64 kB to some 500 kB.
const LARGEST: usize = 16 << 20;

pub(crate) async fn run(args: SoapArgs, stage: &Stage) -> Result<(), Failure> {
    let given = if args.time {
        Some(smartserver::read_info("SI_TIME").map_err(|error| error.to_string())?)
    } else {
        of_file(args.file.as_deref())?
    };
    let account = args.account.resolve()?;
    let call = match given {
        Some(call) => call,
        None => envelope("standard input", &input::standard(LARGEST).await?)?,
    };
    let session = account.session(None)?;
    let outcome = online(&account, session, &stage.aside, async |client| {
        let unseen = if args.subscribe { Unseen::Subscribe } else { Unseen::Fail };
        let to = locate(client, &args.to, unseen, args.timeout, &stage.aside).await?;
        let outcome = make(client, &to, &call, args.timeout, stage).await?;
        Ok((to, outcome))
    })
    .await?;
    let (to, outcome) = outcome;
    let outcome = match outcome {
        Ok(answer) => show(&answer, &args, stage),
        Err(CallError::Fault(answered)) => Err(fault(&answered, &args, stage)),
        Err(CallError::Stanza(error)) => Err(Failure::refused(&error)),
        Err(error @ CallError::Timeout) => Err(Failure::timeout(error.to_string())),
        Err(error @ CallError::Disconnected) => Err(Failure::new(Exit::Connection, error.to_string())),
        Err(error) => Err(Failure::new(Exit::Remote, error.to_string())),
    };
    outcome.map_err(|failure| failure.of(&to))
}

async fn make(
    client: &mut Client,
    to: &Jid,
    call: &Envelope,
    timeout: Duration,
    stage: &Stage,
) -> Result<Result<Envelope, CallError>, Failure> {
    let mut requester = Requester::new(RequesterConfig::default(), random::bytes()?, client.jid().clone());
    let _progress = stage.aside.progress(format!("waiting for the answer of {to}"));
    caller::call(client, &mut requester, to, call, timeout).await
}

/// The envelope in a file; none where it comes on standard input.
fn of_file(file: Option<&Path>) -> Result<Option<Envelope>, Failure> {
    match file {
        Some(path) if path != Path::new("-") => {
            envelope(&path.display().to_string(), &input::file(path, LARGEST)?).map(Some)
        }
        None if io::stdin().is_terminal() => {
            Err(Failure::usage("what is to be called?").advise("give a FILE with an envelope, -, or --time"))
        }
        _ => Ok(None),
    }
}

fn envelope(name: &str, bytes: &[u8]) -> Result<Envelope, Failure> {
    let element = Element::parse(bytes).map_err(|error| Failure::usage(place(name, bytes, &error)))?;
    if element.is("iq", ns::CLIENT) || element.name() == "iq" {
        return Err(Failure::usage(format!("{name}: an iq stands around the envelope"))
            .advise("leave it out here; xmpp console --play sends stanzas as they are"));
    }
    Envelope::read(&element, Rules::default())
        .map_err(|error| Failure::usage(format!("{name}: no SOAP envelope: {error}")))
}

/// Where a mistake is, as editors count.
fn place(name: &str, bytes: &[u8], error: &XmlError) -> String {
    let before = usize::try_from(error.position).ok().and_then(|at| bytes.get(..at)).unwrap_or(bytes);
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{name}: line {line}, column {column}: {}", error.kind)
}

/// The answer on standard output. Failures that a device counts inside are told apart from it.
fn show(answer: &Envelope, args: &SoapArgs, stage: &Stage) -> Result<(), Failure> {
    let content = Answer::of(answer);
    let failures: Vec<_> = content.iter().flat_map(Answer::all_faults).collect();
    let count = content.as_ref().map_or(0, |content| content.fault_count);
    if args.json {
        let failures: Vec<_> =
            failures.iter().map(|fault| json!({ "code": fault.code, "text": fault.text })).collect();
        stage.out.json(&json!({
            "answer": answer.element().to_xml(),
            "failure_count": count,
            "failures": failures,
            "fault": null,
        }));
    } else {
        print(answer.element(), args, stage);
    }
    let told = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    match (count, failures.is_empty()) {
        (0, true) => Ok(()),
        (1, true) => Err(Failure::new(Exit::Remote, "the device counts 1 failure")),
        (count, true) => Err(Failure::new(Exit::Remote, format!("the device counts {count} failures"))),
        (_, false) => Err(Failure::new(Exit::Remote, format!("the device could not do it all: {told}"))),
    }
}

fn fault(answered: &AnsweredFault, args: &SoapArgs, stage: &Stage) -> Failure {
    let AnsweredFault { fault, error, .. } = answered;
    if args.json {
        stage.out.json(&json!({
            "answer": null,
            "failure_count": 0,
            "failures": [],
            "fault": {
                "code": fault.code.name(),
                "reason": fault.reason(),
                "detail": fault.detail.as_ref().map(Element::to_xml),
                "condition": error.as_ref().map(|error| error.condition.name()),
            },
        }));
    } else if args.raw {
        print(answered.envelope.element(), args, stage);
    } else if let Some(detail) = &fault.detail {
        print(detail, args, stage);
    }
    Failure::new(Exit::Remote, fault.to_string())
}

fn print(element: &Element, args: &SoapArgs, stage: &Stage) {
    let xml = if args.raw { element.to_xml() } else { pretty(&element.root()) };
    stage.out.xml(&xml);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Result<Envelope, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.xml");
        std::fs::write(&path, text).unwrap();
        of_file(Some(&path))
            .map(|envelope| envelope.expect("it is not on standard input"))
            .map_err(|failure| failure.to_string().replace(&path.display().to_string(), "call.xml"))
    }

    #[test]
    fn envelopes_are_read_from_files() {
        let call = "<?xml version='1.0'?>\n<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>\n\
            <e:Body><Read xmlns='urn:x'/></e:Body></e:Envelope>\n";
        assert_eq!(reads(call).unwrap().payload().unwrap().name(), "Read");
    }

    #[test]
    fn mistakes_in_a_file_are_found() {
        for (text, why) in [
            ("<a>\n  <é></b>\n</a>", "call.xml: line 2, column 6: "),
            ("", "call.xml: line 1, column 1: "),
            ("<a/>", "call.xml: no SOAP envelope: "),
            ("<iq type='set'><x/></iq>", "call.xml: an iq stands around the envelope"),
        ] {
            let found = reads(text).unwrap_err();
            assert!(found.starts_with(why), "{found} does not start with {why}");
        }
    }
}
