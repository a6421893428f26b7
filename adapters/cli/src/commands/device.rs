//! `xmpp device`: a device of the SmartServer family, on any server.

use tokio::select;
use xmpp_core::jid::FullJid;

use crate::{
    Stage,
    account::AccountArgs,
    actor,
    device::{Binding, Device, OUTPUT_1, OUTPUT_2, RESOURCE},
    exit::Failure,
    online::{close, log_in},
    signals::{unless_interrupted, wanted_to_end},
    tell::unbroken,
};

const EXAMPLES: &str = "\
Examples:
  # As a device in the field: its user name is its MAC address, and only
  # plain HTTP leaves its site.
  xmpp device --jid 08-00-00-1A-7C-62@example.com --tls disabled \\
              --bosh http://xmpp.example.com:5280/http-bind

  # Over TCP with STARTTLS.
  xmpp device --jid 08-00-00-1A-7C-62@example.com

  # A Web connection: what is written to its second output is written to the
  # first output of another device.
  xmpp device --profile cellar --bind 08-00-00-1A-7C-63@example.com/ilon

What it does: it lets everybody see its presence, answers each chat message with \"I like that statement.\", answers \
the SOAP calls SystemService_Read_Info (SI_TIME), List, Read and Write of its data points, control requests \
(XEP-0325) with the parameters Setpoint (5 to 35), Fan (true, false) and Level (0 to 3), and requests for sensor data \
(XEP-0323). It runs until Ctrl-C, or until nobody reads any more what it tells.";

/// Runs a simulated energy controller (SmartServer) and tells what it is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeviceArgs {
    /// Writes each value of its output 2 to output 1 of the device at this address.
    #[arg(long, value_name = "ADDRESS/RESOURCE", value_parser = peer)]
    bind: Vec<FullJid>,

    #[command(flatten)]
    account: AccountArgs,
}

fn peer(text: &str) -> Result<FullJid, String> {
    FullJid::new(text).map_err(|error| error.to_string())
}

pub(crate) async fn run(args: DeviceArgs, stage: &Stage) -> Result<(), Failure> {
    let account = args.account.resolve()?;
    let mut session = account.session(Some(RESOURCE))?;
    Device::describe(&mut session);
    let mut client = unless_interrupted(log_in(&account, session, &stage.aside)).await?;
    stage.out.line(format_args!("{} is online at {}. Ctrl-C ends it.", client.jid(), account.place()));
    let bindings = args.bind.into_iter().map(|peer| Binding {
        point: OUTPUT_2,
        peer: peer.into(),
        peer_point: OUTPUT_1,
    });
    let work = async {
        let mut device = actor::appear(&client, bindings.collect()).await?;
        // A line an event, whatever others put into what they say.
        actor::live(&mut client, &mut device, |event| stage.out.line(unbroken(&event.to_string()))).await
    };
    let outcome = select! {
        outcome = work => outcome,
        () = wanted_to_end() => Ok(()),
        () = stage.out.unread() => Ok(()),
    };
    close(client).await;
    outcome
}
