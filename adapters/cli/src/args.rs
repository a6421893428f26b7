//! The command line.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use clap::{Parser, Subcommand};
use xmpp_core::jid::Jid;

use crate::{commands, secret::Account};

const ABOUT: &str = "\
Devices and applications talk over XMPP: chat, SOAP calls, control requests, raw XML, and a small server to try it all.";

const EXAMPLES: &str = "\
Examples:
  xmpp demo                        see a device and an application talk
  xmpp ping --jid me@example.com   see whether a login works
  xmpp COMMAND --help              what a command does, with examples";

const ACCOUNTS: &str = "\
Accounts:
  Each command that logs in takes --jid USER@DOMAIN. It asks for the password at a terminal, and reads it from \
XMPP_PASSWORD or --password-file elsewhere. Everything can stand in the environment (XMPP_JID, XMPP_SERVER, ..) or \
in a profile of the configuration file, ~/.config/xmpp/config.toml:

    default = \"office\"

    [profile.office]
    jid = \"application@example.com/desk\"
    password-file = \"office.password\"      # beside this file

    [profile.cellar]
    jid = \"08-00-00-1A-7C-62@example.com/ilon\"
    password-file = \"cellar.password\"
    bosh = \"http://example.com:5280/http-bind\"
    tls = \"disabled\"

  Options count most, then a profile that is named with --profile, then the environment, then the default profile. \
The default profile is left out where options or environment name an account, and one that XMPP_PROFILE names where \
options do. Who names a --server does not get the bosh of a profile or of the environment, nor the other way round.";

/// Devices and applications talk over XMPP.
#[derive(Debug, Parser)]
#[command(
    name = "xmpp",
    version,
    about = "Devices and applications talk over XMPP",
    long_about = ABOUT,
    max_term_width = 100,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{ACCOUNTS}\n\n{}", crate::exit::CODES),
)]
pub(crate) struct Args {
    /// Tells on standard error what happens: -v the steps, -vv also the XML (passwords masked). With demo -v is enough
    /// for the XML, which stands between the steps.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, display_order = 900)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArgs),
    Serve(commands::serve::ServeArgs),
    Device(commands::device::DeviceArgs),
    Register(commands::register::RegisterArgs),
    Ping(commands::ping::PingArgs),
    Send(commands::send::SendArgs),
    Chat(commands::chat::ChatArgs),
    Console(commands::console::ConsoleArgs),
    Soap(commands::soap::SoapArgs),
    Roster(commands::roster::RosterArgs),
    Request(commands::request::RequestArgs),
    Completions(commands::manual::CompletionsArgs),
    Man(commands::manual::ManArgs),
}

const DEMO_EXAMPLES: &str = "\
Everybody logs in with SCRAM, which never sends the password itself. Without options, everything runs inside this \
program: a small server on loopback with a certificate made at start, two devices that log in over BOSH, and an \
application that logs in over TCP with STARTTLS.

Examples:
  xmpp demo
  xmpp demo -v | less     # with the XML in both directions; passwords masked

  # Against your own server, with three accounts that exist there:
  xmpp demo --server xmpp.example.com:5222 --domain example.com \\
            --bosh https://xmpp.example.com:5443/http-bind \\
            --device 08-00-00-1A-7C-62 --device2 08-00-00-1A-7C-63 \\
            --app application

  # Their passwords, kept out of the command line, which others can see:
  export XMPP_DEVICE_PASSWORD=... XMPP_DEVICE2_PASSWORD=... \\
         XMPP_APP_PASSWORD=...

The application subscribes to the device's presence, and the subscription stays; nothing else is left behind, and the \
demo can be run again. It ends within 10 seconds: with exit code 0 if every step went well, with 1 and a line on \
standard error if one did not, with 2 if the command line is not understood.";

/// Shows a device and an application talk, each step told.
///
/// Login, presence, chat, SOAP calls and faults, a Web connection between two devices, a control request.
#[derive(Debug, clap::Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub(crate) struct DemoArgs {
    /// Uses this server instead of the one inside. The application connects to it over TCP with STARTTLS.
    #[arg(long, value_name = "HOST[:PORT]", requires_all = ["bosh", "device", "device2", "app"])]
    pub(crate) server: Option<HostPort>,

    /// Where that server has BOSH. Over http: nothing is encrypted, and SCRAM protects the passwords.
    #[arg(long, value_name = "URL", requires = "server")]
    pub(crate) bosh: Option<String>,

    /// The domain of the accounts, if it is not HOST. The server's certificate must be for it.
    #[arg(long, value_name = "DOMAIN", requires = "server")]
    pub(crate) domain: Option<String>,

    /// Trusts the authorities in this PEM file as well as those of the system.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(crate) ca: Option<PathBuf>,

    /// The account of the device. The password may stand in XMPP_DEVICE_PASSWORD instead.
    #[arg(long, value_name = "USER[:PASSWORD]", requires = "server", value_parser = account)]
    pub(crate) device: Option<Account>,

    /// The account of the second device. The password may stand in XMPP_DEVICE2_PASSWORD instead.
    #[arg(long, value_name = "USER[:PASSWORD]", requires = "server", value_parser = account)]
    pub(crate) device2: Option<Account>,

    /// The account of the application. The password may stand in XMPP_APP_PASSWORD instead.
    #[arg(long, value_name = "USER[:PASSWORD]", requires = "server", value_parser = account)]
    pub(crate) app: Option<Account>,
}

#[expect(clippy::unnecessary_wraps, reason = "the parser of the command line wants a result")]
pub(crate) fn account(text: &str) -> Result<Account, String> {
    Ok(Account::parse(text))
}

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// As it is typed, with the port.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// An address on the command line.
pub(crate) fn address(text: &str) -> Result<Jid, String> {
    Jid::new(text).map_err(|error| error.to_string())
}

/// The longest time that is waited for anything. A longer one is a mistake, and clocks have an end.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// A time with its unit, such as `5s`, `500ms` or `1m 30s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time such as 5s, 500ms or 1m 30s".to_owned();
    let signed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(signed).map_err(|_| wrong())?;
    if duration > LONGEST { Err("longer than a year".to_owned()) } else { Ok(duration) }
}

impl FromStr for HostPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        // More than one colon without brackets is an IPv6 address without a port.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
            _ => (text, None),
        };
        let port =
            port.map_or(Ok(5222), |port| port.parse().map_err(|_| "the port is no number below 65536"))?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() { Err("there is no host") } else { Ok(Self { host: host.to_owned(), port }) }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_fit_each_other() {
        Args::command().debug_assert();
        assert!(Args::try_parse_from(["xmpp", "demo"]).is_ok());
        assert!(Args::try_parse_from(["xmpp"]).is_err());
        let server = ["--server", "h", "--bosh", "http://h/", "--device", "a:b", "--device2", "c:d"];
        let line = |more: &[&'static str]| [&["xmpp", "demo"], &server[..], more].concat();
        assert!(Args::try_parse_from(line(&["--app", "e"])).is_ok());
        assert!(Args::try_parse_from(line(&[])).is_err(), "no application");
        assert!(Args::try_parse_from(["xmpp", "demo", "--app", "e:f"]).is_err(), "no server");
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "5", "-5s", "soon", "8761h", "9223372036854775807s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_with_and_without_port() {
        let parse = |text: &str| text.parse::<HostPort>().map(|parsed| (parsed.host, parsed.port));
        assert_eq!(parse("example.com"), Ok(("example.com".into(), 5222)));
        assert_eq!(parse("example.com:15222"), Ok(("example.com".into(), 15222)));
        assert_eq!(parse("[::1]:15222"), Ok(("::1".into(), 15222)));
        assert_eq!(parse("[::1]"), Ok(("::1".into(), 5222)));
        assert_eq!(parse("::1"), Ok(("::1".into(), 5222)));
        for text in ["example.com:15222", "[::1]:5222"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
        for wrong in ["", ":5222", "h:", "h:x", "h:65536"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
