//! The options that every command with an account has.

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use clap::ValueEnum;
use xmpp_core::{TlsPolicy, jid::Jid};

use super::{
    Account,
    password::{PasswordSource, VARIABLE},
    profile,
};
use crate::{args::HostPort, exit::Failure};

/// The account, and the way to its server. What is not given here comes from the profile and the environment.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct AccountArgs {
    /// The address to log in as. [env: XMPP_JID]
    #[arg(short, long, value_name = "USER@DOMAIN[/RESOURCE]")]
    pub(crate) jid: Option<String>,

    /// The user name, in the place of the one in the address; as typed, capitals and all. [env: XMPP_USER]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// The XMPP domain, in the place of the one in the address. [env: XMPP_DOMAIN]
    #[arg(short, long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,

    /// The resource to ask for, in the place of the one in the address. [env: XMPP_RESOURCE]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) resource: Option<String>,

    /// Reads the password from the first line of this file; - is standard input. [env: XMPP_PASSWORD_FILE]
    ///
    /// Without it the password is taken from XMPP_PASSWORD, and at a terminal it is asked for.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    /// The profile to use, of the configuration file. [env: XMPP_PROFILE]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The configuration file. Default: xmpp/config.toml in the user's configuration folder. [env: XMPP_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The server to connect to over TCP, if it is not the domain itself. [env: XMPP_SERVER]
    #[arg(short, long, value_name = "HOST[:PORT]", visible_alias = "address")]
    pub(crate) server: Option<HostPort>,

    /// The port to connect to over TCP. Default: 5222. [env: XMPP_PORT]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Logs in over BOSH (HTTP) at this URL instead of over TCP. [env: XMPP_BOSH]
    #[arg(short, long, value_name = "URL", conflicts_with_all = ["server", "port"])]
    pub(crate) bosh: Option<String>,

    /// When TLS is needed. Default: required; over BOSH that means https. [env: XMPP_TLS]
    #[arg(long, value_name = "MODE")]
    pub(crate) tls: Option<TlsMode>,

    /// Trusts the authorities in this PEM file as well as those of the system. [env: XMPP_CA]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// How long it may take to connect, and as long again to log in. Default: 30s.
    #[arg(long, value_name = "TIME", value_parser = crate::args::duration)]
    pub(crate) connect_timeout: Option<Duration>,

    /// The environment holds a password, and no layer above it names a file.
    #[arg(skip)]
    pub(super) password_in_environment: bool,
}

/// When TLS is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TlsMode {
    /// No login without TLS.
    Required,
    /// TLS when the server offers it; an attacker on the way can strip the offer.
    #[value(alias = "ifpossible")]
    #[serde(alias = "ifpossible")]
    IfPossible,
    /// Never; SCRAM still protects the password.
    Disabled,
}

impl From<TlsMode> for TlsPolicy {
    fn from(mode: TlsMode) -> Self {
        match mode {
            TlsMode::Required => Self::Required,
            TlsMode::IfPossible => Self::IfPossible,
            TlsMode::Disabled => Self::Disabled,
        }
    }
}

/// How long a connection may take, and a login, when nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

impl AccountArgs {
    /// The account that these options name. What they leave open comes from a profile that they name, then from the
    /// environment. The profile that is the default counts when neither options nor environment name an account, and
    /// one that the environment names when the options do not: what is meant for one account must not reach the server
    /// of another.
    pub(crate) fn resolve(&self) -> Result<Account, Failure> {
        self.resolve_with(&mut |source, whom| source.read(whom))
    }

    /// The same with another way to come to the password, such as to ask for a new one twice.
    pub(crate) fn resolve_with(
        &self,
        read: &mut dyn FnMut(&PasswordSource, &str) -> Result<crate::secret::Secret, Failure>,
    ) -> Result<Account, Failure> {
        let environment = from_environment(|name| env::var_os(name).filter(|value| !value.is_empty()))?;
        let profile = profile::find(self, &environment)?;
        let all = if self.profile.is_some() {
            self.clone().or(profile).or(environment)
        } else {
            self.clone().or(environment).or(profile)
        };
        let (user, domain, resource) = parts(&all)?;
        let whom = format!("{user}@{domain}");
        let password = read(&PasswordSource::of(&all), &whom)?;
        let server = match (all.server, all.port) {
            (Some(server), port) => Some(HostPort { port: port.unwrap_or(server.port), ..server }),
            (None, Some(port)) => Some(HostPort { host: domain.clone(), port }),
            (None, None) => None,
        };
        Ok(Account {
            user,
            domain,
            resource,
            password,
            server,
            bosh: all.bosh,
            tls: all.tls.map_or(TlsPolicy::Required, Into::into),
            ca: all.ca,
            connect_timeout: all.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        })
    }

    /// Whether they say who logs in.
    pub(super) fn name_somebody(&self) -> bool {
        self.jid.is_some() || self.user.is_some()
    }

    /// Fills what is open here from there. An address that is given as a whole is not mixed with parts from there, nor
    /// is the way to the server.
    fn or(self, mut other: Self) -> Self {
        if self.server.is_some() || self.port.is_some() {
            other.bosh = None;
        }
        if self.bosh.is_some() {
            (other.server, other.port) = (None, None);
        }
        if self.jid.is_some() {
            (other.user, other.domain, other.resource) = (None, None, None);
        }
        if self.password_file.is_some() || self.password_in_environment {
            (other.password_file, other.password_in_environment) = (None, self.password_in_environment);
        }
        Self {
            jid: self.jid.or(other.jid),
            user: self.user.or(other.user),
            domain: self.domain.or(other.domain),
            resource: self.resource.or(other.resource),
            password_file: self.password_file.or(other.password_file),
            password_in_environment: other.password_in_environment,
            profile: self.profile.or(other.profile),
            config: self.config.or(other.config),
            server: self.server.or(other.server),
            port: self.port.or(other.port),
            bosh: self.bosh.or(other.bosh),
            tls: self.tls.or(other.tls),
            ca: self.ca.or(other.ca),
            connect_timeout: self.connect_timeout.or(other.connect_timeout),
        }
    }
}

/// User name, domain and resource. They are checked here, before anybody is asked for a password.
fn parts(all: &AccountArgs) -> Result<(String, String, Option<String>), Failure> {
    let (bare, resource) = match all.jid.as_deref().map(|jid| (jid, jid.split_once('/'))) {
        None => ("", None),
        Some((_, Some((bare, resource)))) => (bare, Some(resource)),
        Some((jid, None)) => (jid, None),
    };
    let (user, domain) = bare.split_once('@').map_or((None, bare), |(user, domain)| (Some(user), domain));
    let user = all.user.as_deref().or(user).filter(|user| !user.is_empty());
    let domain = all.domain.as_deref().unwrap_or(domain);
    match user {
        Some(user) if !domain.is_empty() => {
            let resource = all.resource.as_deref().or(resource);
            let bare = format!("{user}@{domain}");
            let address = resource.map_or_else(|| bare.clone(), |resource| format!("{bare}/{resource}"));
            let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{address}: {why}"));
            if bare.contains('/') {
                return Err(wrong(&"malformed address: neither user name nor domain may hold a '/'"));
            }
            Jid::new(&address).map_err(|error| wrong(&format_args!("malformed address: {error}")))?;
            Ok((user.to_owned(), domain.to_owned(), resource.map(str::to_owned)))
        }
        _ => Err(Failure::usage("who is to log in?")
            .advise("give --jid USER@DOMAIN, set XMPP_JID, or name a --profile")),
    }
}

/// What the environment says.
fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Result<AccountArgs, Failure> {
    fn text(get: &impl Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<String>, Failure> {
        let text = get(name).map(OsString::into_string).transpose();
        text.map_err(|_| Failure::usage(format!("{name} is not UTF-8")))
    }
    fn parsed<T>(
        get: &impl Fn(&str) -> Option<OsString>,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        text(get, name)?
            .map(|value| parse(&value).map_err(|why| Failure::usage(format!("{name}={value}: {why}"))))
            .transpose()
    }
    Ok(AccountArgs {
        jid: text(&get, "XMPP_JID")?,
        user: text(&get, "XMPP_USER")?,
        domain: text(&get, "XMPP_DOMAIN")?,
        resource: text(&get, "XMPP_RESOURCE")?,
        password_file: get("XMPP_PASSWORD_FILE").map(PathBuf::from),
        profile: text(&get, "XMPP_PROFILE")?,
        config: get("XMPP_CONFIG").map(PathBuf::from),
        server: parsed(&get, "XMPP_SERVER", |value| value.parse().map_err(str::to_owned))?,
        port: parsed(&get, "XMPP_PORT", |value| value.parse().map_err(|_| "no port number".to_owned()))?,
        bosh: text(&get, "XMPP_BOSH")?,
        tls: parsed(&get, "XMPP_TLS", |value| {
            TlsMode::from_str(value, true).map_err(|_| "not required, if-possible or disabled".to_owned())
        })?,
        ca: get("XMPP_CA").map(PathBuf::from),
        connect_timeout: None,
        password_in_environment: get(VARIABLE).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(jid: &str) -> AccountArgs {
        AccountArgs { jid: Some(jid.to_owned()), ..AccountArgs::default() }
    }

    #[test]
    fn addresses_come_whole_or_in_parts() {
        let whole = args("08-00-00-1A-7C-62@example.com/ilon");
        assert_eq!(
            parts(&whole).unwrap(),
            ("08-00-00-1A-7C-62".into(), "example.com".into(), Some("ilon".into()))
        );
        let both =
            AccountArgs { user: Some("meter".into()), resource: Some("roof".into()), ..args("example.com") };
        assert_eq!(parts(&both).unwrap(), ("meter".into(), "example.com".into(), Some("roof".into())));
        for nobody in [AccountArgs::default(), args("example.com"), args("meter@")] {
            assert_eq!(parts(&nobody).unwrap_err().exit, crate::exit::Exit::Usage);
        }
        let part = |user: &str, domain: &str| AccountArgs {
            user: Some(user.to_owned()),
            domain: Some(domain.to_owned()),
            ..AccountArgs::default()
        };
        for wrong in [args("me ter@e"), args("meter@e/"), args("a@b@c"), part("a/b", "c"), part("a", "b/c")] {
            let why = parts(&wrong).unwrap_err().to_string();
            assert!(why.contains(": malformed address: "), "{why}");
        }
    }

    /// A resource of the environment does not end up behind an address of the command line.
    #[test]
    fn addresses_are_not_mixed() {
        let given = args("juliet@example.com");
        let environment = AccountArgs {
            resource: Some("ilon".into()),
            port: Some(5223),
            ..args("romeo@example.org/orchard")
        };
        let all = given.or(environment.clone());
        assert_eq!(
            (all.jid.as_deref(), &all.resource, all.port),
            (Some("juliet@example.com"), &None, Some(5223))
        );
        let user = AccountArgs { user: Some("nurse".into()), ..AccountArgs::default() };
        assert_eq!(
            parts(&user.or(environment)).unwrap(),
            ("nurse".into(), "example.org".into(), Some("ilon".into()))
        );
    }

    /// Who names a TCP server does not want the BOSH of a profile, and the other way round.
    #[test]
    fn the_way_to_the_server_is_one() {
        let tcp = || AccountArgs { server: Some("h".parse().unwrap()), ..AccountArgs::default() };
        let bosh = || AccountArgs { bosh: Some("https://h/".into()), ..AccountArgs::default() };
        assert_eq!(tcp().or(bosh()).bosh, None);
        assert_eq!(bosh().or(tcp()).server, None);
        let port = AccountArgs { port: Some(15222), ..AccountArgs::default() };
        assert_eq!(port.or(bosh()).bosh, None);
    }

    #[test]
    fn variables_are_checked() {
        let set = |name: &'static str, value: &'static str| {
            from_environment(move |asked| (asked == name).then(|| value.into()))
        };
        assert_eq!(set("XMPP_TLS", "ifpossible").unwrap().tls, Some(TlsMode::IfPossible));
        assert_eq!(set("XMPP_SERVER", "h:15222").unwrap().server.unwrap().port, 15222);
        for (name, value) in [("XMPP_TLS", "maybe"), ("XMPP_PORT", "66000"), ("XMPP_SERVER", "h:x")] {
            let why = set(name, value).unwrap_err().to_string();
            assert!(why.starts_with(&format!("{name}={value}: ")), "{why}");
        }
    }
}
