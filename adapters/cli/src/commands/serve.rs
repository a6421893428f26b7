//! `xmpp serve`: the small embedded server, until Ctrl-C.

use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde_json::json;
use tempfile::NamedTempFile;
use xmpp_core::{Direction, Item, TlsPolicy, sasl::Mechanism, xml::ns};
use xmpp_tokio::server::{self, Running, ServeConfig, ServerTls, ThrowAway};

use crate::{
    Stage,
    account::TlsMode,
    exit::Failure,
    input,
    online::within_goodbye,
    random,
    secret::{Account, Secret},
    signals::Ending,
};

const EXAMPLES: &str = "\
Examples:
  xmpp serve --account juliet --account romeo  # passwords made up and told
  xmpp serve --accounts people.txt             # lines of USER:PASSWORD
  xmpp serve --register                        # clients make accounts
  xmpp serve --anonymous                       # nobody needs one
  xmpp serve --domain example.com --listen 0.0.0.0 \\
             --cert chain.pem --key key.pem --accounts people.txt

What it is not: it is for trying things out and for tests, and not for production. It serves one domain, does not \
talk to other servers (no federation), stores nothing (accounts, rosters and messages are gone when it ends), keeps no \
messages for who is offline, and does not limit how many clients come. Who outgrows it installs ejabberd or Prosody, \
clusters included, and goes on with the same commands.

Without --cert a certificate is made at the start, and an authority for it that exists as long as the server runs: \
clients need --ca with the file that is told at the start.";

/// Runs a small server: TCP with STARTTLS, and BOSH over https and http.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct ServeArgs {
    /// The domain that is served.
    #[arg(short, long, value_name = "DOMAIN", default_value = "localhost")]
    domain: String,

    /// An account. Without a password one is made up and told.
    #[arg(short, long, value_name = "USER[:PASSWORD]", value_parser = crate::args::account)]
    account: Vec<Account>,

    /// Accounts from a file: lines of USER:PASSWORD.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,

    /// Lets clients make their own accounts (xmpp register).
    #[arg(long)]
    register: bool,

    /// Lets anybody in without an account, under a name that ends with the stream (ANONYMOUS).
    #[arg(long)]
    anonymous: bool,

    /// Lets clients log in by certificates of these authorities, as PEM, that name their account (EXTERNAL, over TCP).
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// The address to listen at.
    #[arg(short, long, value_name = "IP", default_value = "127.0.0.1")]
    listen: IpAddr,

    /// The port for TCP with STARTTLS; 0 takes any that is free, here and below.
    #[arg(short, long, value_name = "PORT", default_value_t = 5222)]
    port: u16,

    /// The port for BOSH over http.
    #[arg(long, value_name = "PORT", default_value_t = 5280)]
    http_port: u16,

    /// The port for BOSH over https.
    #[arg(long, value_name = "PORT", default_value_t = 5443)]
    https_port: u16,

    /// Lets nobody log in over plain http, which SmartServers need.
    #[arg(long)]
    https_only: bool,

    /// What is demanded of clients over TCP.
    #[arg(long, value_name = "MODE", value_enum, default_value_t = TlsMode::Required)]
    tls: TlsMode,

    /// The certificate, with those that lead to its authority, as PEM.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The certificate's private key, as PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Writes the made-up authority's certificate here, and leaves it there.
    #[arg(long, value_name = "FILE", conflicts_with = "cert")]
    ca_out: Option<PathBuf>,

    /// Tells addresses and made-up passwords as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: ServeArgs, stage: &Stage) -> Result<(), Failure> {
    let mut accounts = args.account.clone();
    if let Some(path) = &args.accounts {
        accounts.extend(read_accounts(path)?);
    }
    each_once(&accounts)?;
    let made_up = make_up(&mut accounts)?;
    let mut config = ServeConfig::new(&*args.domain).trace(trace(stage));
    config.accounts = accounts
        .iter()
        .filter_map(|account| Some((account.user.clone(), account.given()?.reveal().to_owned())))
        .collect();
    config.tcp = SocketAddr::new(args.listen, args.port);
    config.http = SocketAddr::new(args.listen, args.http_port);
    config.https = Some(SocketAddr::new(args.listen, args.https_port));
    config.policy = TlsPolicy::from(args.tls);
    config.clear_bosh = !args.https_only;
    config.registration = args.register;
    let (mut tls, ca) = certificate(&args)?;
    if let Some(authorities) = &args.client_ca {
        let asking = tls.with_client_authorities(&input::file(authorities, LARGEST)?);
        tls = asking.map_err(|error| Failure::from(error).advise("see --client-ca"))?;
        config.mechanisms.insert(0, Mechanism::External);
    }
    if args.anonymous {
        config.mechanisms.push(Mechanism::Anonymous);
    }
    config.tls = Some(tls);
    // Whoever reads where it listens may want it to end at once, and then it still ends in good order.
    let mut ending = Ending::listen();
    let running = server::serve(config).await?;
    let place =
        Place { args: &args, running: &running, ca: ca.as_ref().map(Ca::path), accounts: &accounts, made_up };
    place.tell(stage);
    tokio::select! {
        () = ending.wanted() => {}
        // Nobody could be told where it is.
        () = stage.out.unread() => {}
    }
    stage.aside.step("says goodbye to its clients");
    within_goodbye(running.shutdown()).await;
    Ok(())
}

/// The largest file of accounts, certificates or a key that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// `USER:PASSWORD` a line.
fn read_accounts(path: &Path) -> Result<Vec<Account>, Failure> {
    let text = input::text(path, LARGEST)?;
    let mut accounts = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let account = Account::parse(line);
        if account.given().is_none() {
            let why = format!("{}: line {}: not USER:PASSWORD", path.display(), number + 1);
            return Err(Failure::usage(why));
        }
        accounts.push(account);
    }
    Ok(accounts)
}

/// Of two passwords for one account, one would not count, and nobody could tell which.
fn each_once(accounts: &[Account]) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    // User names are the same in capitals (RFC 7622 §3.3).
    match accounts.iter().find(|account| !names.insert(account.user.to_lowercase())) {
        Some(twice) => Err(Failure::usage(format!("the account {:?} is given twice", twice.user))),
        None => Ok(()),
    }
}

/// Gives a password to those that have none; says to whom.
fn make_up(accounts: &mut [Account]) -> Result<Vec<(String, Secret)>, Failure> {
    let mut made_up = Vec::new();
    for account in accounts.iter_mut().filter(|account| account.given().is_none()) {
        let password = random::password()?;
        *account = Account::new(&account.user, password.clone());
        made_up.push((account.user.clone(), password));
    }
    Ok(made_up)
}

/// The certificate of a made-up authority: a file that goes with the server, or one that stays.
enum Ca {
    Kept(PathBuf),
    Passing(NamedTempFile),
}

impl Ca {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(file) => file.path(),
        }
    }
}

fn certificate(args: &ServeArgs) -> Result<(ServerTls, Option<Ca>), Failure> {
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        let tls = ServerTls::from_pem(&input::file(cert, LARGEST)?, &input::file(key, LARGEST)?);
        return Ok((tls.map_err(|error| Failure::from(error).advise("see --cert and --key"))?, None));
    }
    // The URLs of BOSH name the address that is listened at.
    let listen = args.listen.to_string();
    let mut names = vec![args.domain.as_str(), "localhost"];
    if !args.listen.is_unspecified() {
        names.push(&listen);
    }
    names.dedup();
    let made = ThrowAway::new(&names)?;
    let ca = match &args.ca_out {
        Some(path) => {
            fs::write(path, &made.ca_pem).map_err(|error| Failure::file(path, &error))?;
            Ca::Kept(path.clone())
        }
        None => Ca::Passing(temporary(&made.ca_pem).map_err(|error| {
            Failure::usage(format!("no temporary file can be written: {error}"))
                .advise("name one with --ca-out")
        })?),
    };
    Ok((made.tls, Some(ca)))
}

fn temporary(text: &str) -> std::io::Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix("xmpp-ca-").suffix(".pem").tempfile()?;
    fs::write(file.path(), text)?;
    Ok(file)
}

/// With `-v` who comes, with `-vv` what is said.
fn trace(stage: &Stage) -> impl Fn(Direction, &Item) + Send + Sync + use<> {
    let aside = stage.aside.clone();
    let xml = aside.xml("client");
    move |direction, item| {
        if let (Direction::Out, Item::Element(element)) = (direction, item)
            && let Some(bound) = element.child("bind", ns::BIND).and_then(|bind| bind.child("jid", ns::BIND))
        {
            aside.step(format_args!("{} logs in", bound.text()));
        }
        // As the client sees it, like in its own trace.
        let direction = match direction {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        };
        xml(direction, item);
    }
}

/// What a person has to know to come in.
struct Place<'a> {
    args: &'a ServeArgs,
    running: &'a Running,
    ca: Option<&'a Path>,
    accounts: &'a [Account],
    made_up: Vec<(String, Secret)>,
}

impl Place<'_> {
    fn tell(&self, stage: &Stage) {
        let Self { args, running, .. } = self;
        let domain = &args.domain;
        let tcp = running.tcp_addr;
        let http = format!("http://{}/http-bind", running.http_addr);
        let https = running.https_addr.map(|address| format!("https://{address}/http-bind"));
        if args.json {
            let passwords: serde_json::Map<_, _> = self
                .made_up
                .iter()
                .map(|(user, password)| (user.clone(), password.reveal().into()))
                .collect();
            return stage.out.json(&json!({
                "domain": domain,
                "tcp": tcp.to_string(),
                "http": (!args.https_only).then_some(http),
                "https": https,
                "ca": self.ca.map(|path| path.display().to_string()),
                "passwords": passwords,
            }));
        }
        let line = |what: &str, value: &str| stage.out.line(format_args!("  {what:<9} {value}"));
        stage
            .out
            .line(format_args!("Serving {domain} until Ctrl-C. For trying things out: nothing is stored."));
        line(
            "TCP",
            &format!(
                "{tcp} with {}",
                match args.tls {
                    TlsMode::Required => "STARTTLS, required",
                    TlsMode::IfPossible => "STARTTLS, not required",
                    TlsMode::Disabled => "no TLS",
                }
            ),
        );
        if let Some(https) = &https {
            line("BOSH", https);
        }
        if !args.https_only {
            line("BOSH", &format!("{http} (--tls disabled)"));
        }
        if let Some(ca) = self.ca {
            line("CA", &ca.display().to_string());
        }
        for (user, password) in &self.made_up {
            line("Account", &format!("{user}@{domain}, password {}", password.reveal()));
        }
        let others = self.accounts.len() - self.made_up.len();
        match (others, self.accounts.len()) {
            (_, 0) if args.register || args.anonymous => {}
            (_, 0) => line("Accounts", "none; see --account, --accounts and --register"),
            (0, _) => {}
            (1, _) => line("Accounts", "1 with the password that was given"),
            (others, _) => line("Accounts", &format!("{others} with the passwords that were given")),
        }
        if args.register {
            line("Accounts", "clients make their own (xmpp register)");
        }
        if args.anonymous {
            line("Accounts", "none is needed (ANONYMOUS)");
        }
        if let Some(authorities) = &args.client_ca {
            let words = format!("by certificates of {}, too (EXTERNAL, over TCP)", authorities.display());
            line("Accounts", &words);
        }
        let first = self.accounts.first().map(|account| ("ping", &*account.user));
        if let Some((command, user)) = first.or(args.register.then_some(("register", "juliet"))) {
            stage.out.line("Try it from another terminal:");
            let ca = self.ca.map_or_else(String::new, |path| format!(" --ca {}", path.display()));
            let server =
                if tcp.ip().is_unspecified() { format!("localhost:{}", tcp.port()) } else { tcp.to_string() };
            stage.out.line(format_args!("  xmpp {command} --jid {user}@{domain} --server {server}{ca}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_stand_in_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("people");
        fs::write(&path, "# ours\n\njuliet:O: Romeo\n  08-00-00-1A-7C-62:x\n").unwrap();
        let accounts = read_accounts(&path).unwrap();
        let pairs: Vec<_> =
            accounts.iter().map(|account| (&*account.user, account.given().unwrap().reveal())).collect();
        assert_eq!(pairs, [("juliet", "O: Romeo"), ("08-00-00-1A-7C-62", "x")]);
        fs::write(&path, "juliet:a\nromeo\n").unwrap();
        let why = read_accounts(&path).unwrap_err().to_string();
        assert!(why.ends_with("people: line 2: not USER:PASSWORD"), "{why}");
    }

    #[test]
    fn who_has_no_password_gets_one() {
        let mut accounts = [Account::parse("a:given"), Account::parse("b"), Account::parse("c")];
        let made_up = make_up(&mut accounts).unwrap();
        assert_eq!(made_up.iter().map(|(user, _)| &**user).collect::<Vec<_>>(), ["b", "c"]);
        assert!(made_up[0].1 != made_up[1].1 && made_up[0].1.reveal().len() == 32);
        assert_eq!(accounts[1].given(), Some(&made_up[0].1));
    }
}
