//! Profiles: accounts that are written down once, in a TOML file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use serde::{Deserialize, de::IgnoredAny};

use super::{AccountArgs, options::TlsMode};
use crate::{exit::Failure, input};

/// The largest configuration file that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    /// The profile that counts when no account is named.
    default: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Profile {
    jid: Option<String>,
    user: Option<String>,
    domain: Option<String>,
    resource: Option<String>,
    password_file: Option<PathBuf>,
    server: Option<String>,
    port: Option<u16>,
    bosh: Option<String>,
    tls: Option<TlsMode>,
    ca: Option<PathBuf>,
    /// Known only to be refused in clear words.
    password: Option<IgnoredAny>,
}

/// The profile that the options or the environment name, or the default one where no account is named. Without any,
/// nothing is filled in.
pub(super) fn find(args: &AccountArgs, environment: &AccountArgs) -> Result<AccountArgs, Failure> {
    let by_environment = environment.profile.as_ref().filter(|_| !args.name_somebody());
    let named = args.profile.as_ref().or(by_environment);
    let given = args.config.clone().or_else(|| environment.config.clone());
    let Some(path) = given.clone().or_else(usual_place) else { return unknown(named, None) };
    // The usual place may be empty.
    if given.is_none() && matches!(path.try_exists(), Ok(false)) {
        return unknown(named, Some(&path));
    }
    let text = input::text(&path, LARGEST)?;
    let nobody = !args.name_somebody() && !environment.name_somebody();
    read(&text, &path, named.map(String::as_str), nobody)
}

/// `xmpp/config.toml` in the user's configuration folder.
fn usual_place() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("xmpp").join("config.toml"))
}

fn unknown(named: Option<&String>, path: Option<&Path>) -> Result<AccountArgs, Failure> {
    match (named, path) {
        (None, _) => Ok(AccountArgs::default()),
        (Some(name), Some(path)) => {
            Err(Failure::usage(format!("there is no profile {name:?}: {} does not exist", path.display())))
        }
        (Some(name), None) => {
            Err(Failure::usage(format!("there is no profile {name:?}")).advise("name its file with --config"))
        }
    }
}

fn read(text: &str, path: &Path, named: Option<&str>, use_default: bool) -> Result<AccountArgs, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let mut file: File = toml::from_str(text).map_err(|error| wrong(place(text, &error)))?;
    let default = file.default.take().filter(|_| use_default);
    let Some(name) = named.map(str::to_owned).or(default) else { return Ok(AccountArgs::default()) };
    let Some(profile) = file.profile.remove(&name) else {
        let known = file.profile.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none at all" } else { &known };
        return Err(wrong(format!("there is no profile {name:?}; there is: {known}")));
    };
    if profile.password.is_some() {
        let why = format!("profile {name:?}: a password does not stand in this file");
        return Err(wrong(why).advise("put it into a file of its own, and name that as password-file"));
    }
    let server = profile.server.map(|server| server.parse()).transpose();
    let beside = |file: PathBuf| path.parent().unwrap_or(Path::new("")).join(at_home(file));
    Ok(AccountArgs {
        jid: profile.jid,
        user: profile.user,
        domain: profile.domain,
        resource: profile.resource,
        password_file: profile.password_file.map(beside),
        server: server.map_err(|why: &str| wrong(format!("profile {name:?}: server: {why}")))?,
        port: profile.port,
        bosh: profile.bosh,
        tls: profile.tls,
        ca: profile.ca.map(beside),
        ..AccountArgs::default()
    })
}

/// `~/..` as shells understand it.
fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path,
    }
}

/// The line of an error, and its first words: the library's own picture of the place takes several lines.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let why = error.message();
    match before {
        Some(before) => format!("line {}: {why}", before.matches('\n').count() + 1),
        None => why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
default = 'office'

[profile.office]
jid = 'application@example.com/desk'
password-file = 'office.password'
server = '10.0.0.7:15222'

[profile.cellar]
user = '08-00-00-1A-7C-62'
domain = 'example.com'
resource = 'ilon'
bosh = 'http://example.com:5280/httpbind'
tls = 'disabled'
ca = '/etc/ca.pem'
";

    fn reads(text: &str, named: Option<&str>, use_default: bool) -> Result<AccountArgs, String> {
        read(text, Path::new("/home/j/.config/xmpp/config.toml"), named, use_default)
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_profile_is_named_or_the_default() {
        let office = reads(FILE, None, true).unwrap();
        assert_eq!(office.jid.as_deref(), Some("application@example.com/desk"));
        assert_eq!(office.password_file, Some("/home/j/.config/xmpp/office.password".into()));
        assert_eq!(office.server.unwrap().to_string(), "10.0.0.7:15222");
        let cellar = reads(FILE, Some("cellar"), true).unwrap();
        assert_eq!((cellar.tls, cellar.ca), (Some(TlsMode::Disabled), Some("/etc/ca.pem".into())));
        assert_eq!(cellar.user.as_deref(), Some("08-00-00-1A-7C-62"));
        assert!(reads(FILE, None, false).unwrap().jid.is_none(), "an account is named elsewhere");
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let file = "/home/j/.config/xmpp/config.toml: ";
        for (text, named, why) in [
            (FILE, Some("attic"), r#"there is no profile "attic"; there is: cellar, office"#),
            ("[profile.a]\njid = 1\n", None, "line 2: invalid type: integer `1`, expected a string"),
            (
                "[profile.a]\n\nserver = 'h:x'\n",
                Some("a"),
                r#"profile "a": server: the port is no number below 65536"#,
            ),
            (
                "[profile.a]\npassword = 'x'\n",
                Some("a"),
                "profile \"a\": a password does not stand in this file \
                 (put it into a file of its own, and name that as password-file)",
            ),
        ] {
            assert_eq!(reads(text, named, true).unwrap_err(), format!("{file}{why}"));
        }
        let why = reads("[profile.a]\nsever = 'h'\n", None, true).unwrap_err();
        assert!(why.starts_with(&format!("{file}line 2: unknown field `sever`")), "{why}");
    }
}
