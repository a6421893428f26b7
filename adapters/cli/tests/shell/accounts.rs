//! Who logs in, where, and with which password: options, a named profile, the environment, the default profile.

use std::{fs, process::Command};

use tempfile::TempDir;

use crate::support::{
    command,
    nowhere::Nowhere,
    run, run_with,
    serve::{ACCOUNTS, Serve},
};

/// A folder with a configuration file, whose profiles lead to a port where nobody listens.
struct Folder {
    dir: TempDir,
    server: String,
    _nowhere: Nowhere,
}

impl Folder {
    /// `SERVER` stands for the port in the text.
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = Nowhere::new();
        let server = nowhere.address.clone();
        fs::write(dir.path().join("config.toml"), config.replace("SERVER", &server)).unwrap();
        fs::write(dir.path().join("office.password"), "Secret-of-office\n").unwrap();
        Self { dir, server, _nowhere: nowhere }
    }

    fn ping(&self, options: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = command(&["ping", "-v"]);
        command.args(options).env("XMPP_CONFIG", self.dir.path().join("config.toml"));
        for (name, value) in environment {
            command.env(name, value.replace("SERVER", &self.server));
        }
        command
    }

    /// As whom and where it tries to log in.
    #[track_caller]
    fn tries(&self, options: &[&str], environment: &[(&str, &str)]) -> String {
        let ended = run(self.ping(options, environment));
        let (first, _) = ended.err.split_once('\n').unwrap_or_default();
        let place = first.strip_prefix("xmpp: connects to ").unwrap_or_else(|| panic!("{ended:?}"));
        place.replace(&self.server, "SERVER")
    }
}

const PROFILES: &str = "\
default = 'office'

[profile.office]
jid = 'office@localhost/desk'
password-file = 'office.password'
server = 'SERVER'

[profile.cellar]
user = 'cellar'
domain = 'localhost'
password-file = 'office.password'
bosh = 'http://SERVER/bosh'
tls = 'disabled'
";

#[test]
fn the_default_profile_counts_when_nobody_is_named() {
    let folder = Folder::new(PROFILES);
    assert_eq!(folder.tries(&[], &[]), "SERVER as office@localhost");
    // An account that is named elsewhere has nothing to do with it, its server and its password.
    let named = [("XMPP_PASSWORD", "x"), ("XMPP_SERVER", "SERVER")];
    assert_eq!(folder.tries(&["--jid=juliet@localhost"], &named), "SERVER as juliet@localhost");
    run(folder.ping(&["--jid=juliet@localhost", "--server", &folder.server], &[])).fails(
        2,
        &["there is no password for juliet@localhost", "set XMPP_PASSWORD, or give --password-file"],
    );
    let by_environment = [&named[..], &[("XMPP_JID", "nurse@localhost")]].concat();
    assert_eq!(folder.tries(&[], &by_environment), "SERVER as nurse@localhost");
}

#[test]
fn options_count_more_than_a_profile_and_that_more_than_the_environment() {
    let folder = Folder::new(PROFILES);
    let environment =
        [("XMPP_JID", "nurse@localhost"), ("XMPP_PASSWORD", "x"), ("XMPP_SERVER", "127.0.0.1:1")];
    assert_eq!(folder.tries(&["--profile=office"], &environment), "SERVER as office@localhost");
    assert_eq!(folder.tries(&["--profile=cellar"], &[]), "http://SERVER/bosh as cellar@localhost");
    assert_eq!(
        folder.tries(&["--profile=cellar", "--user=attic"], &[]),
        "http://SERVER/bosh as attic@localhost"
    );
    assert_eq!(folder.tries(&["-p", "office", "-j", "juliet@localhost"], &[]), "SERVER as juliet@localhost");
    // What an option says of the server replaces the other way to it as well.
    let tcp = folder.tries(&["--profile=cellar", "--server", &folder.server], &[]);
    assert_eq!(tcp, "SERVER as cellar@localhost");
    let bosh = format!("http://{}/other", folder.server);
    let bosh = folder.tries(&["--profile=office", "--tls=disabled", "--bosh", &bosh], &environment[..2]);
    assert_eq!(bosh, "http://SERVER/other as office@localhost");
}

/// A profile that the environment names stands behind the environment, and out of the way of who is named by options.
#[test]
fn a_profile_of_the_environment() {
    let folder = Folder::new(PROFILES);
    let cellar = ("XMPP_PROFILE", "cellar");
    assert_eq!(folder.tries(&[], &[cellar]), "http://SERVER/bosh as cellar@localhost");
    assert_eq!(folder.tries(&[], &[cellar, ("XMPP_USER", "attic")]), "http://SERVER/bosh as attic@localhost");
    run(folder.ping(&["--jid=juliet@localhost"], &[cellar]))
        .fails(2, &["there is no password for juliet@localhost"]);
}

#[test]
fn parts_of_the_environment() {
    let folder = Folder::new("");
    let (host, port) = folder.server.split_once(':').unwrap();
    let environment = [
        ("XMPP_USER", "nurse"),
        ("XMPP_DOMAIN", "localhost"),
        ("XMPP_RESOURCE", "kitchen"),
        ("XMPP_PASSWORD", "x"),
        ("XMPP_SERVER", host),
        ("XMPP_PORT", port),
        ("XMPP_TLS", "IfPossible"),
    ];
    assert_eq!(folder.tries(&[], &environment), "SERVER as nurse@localhost");
    let bosh = [&environment[..4], &[("XMPP_BOSH", "http://SERVER/"), ("XMPP_TLS", "disabled")]].concat();
    assert_eq!(folder.tries(&[], &bosh), "http://SERVER/ as nurse@localhost");
    assert_eq!(folder.tries(&["--user=maid"], &environment), "SERVER as maid@localhost");
}

#[test]
fn variables_that_are_malformed_are_named() {
    for (name, value, why) in [
        ("XMPP_PORT", "66000", "XMPP_PORT=66000: no port number"),
        ("XMPP_SERVER", "h:x", "XMPP_SERVER=h:x: the port is no number below 65536"),
        ("XMPP_TLS", "maybe", "XMPP_TLS=maybe: not required, if-possible or disabled"),
        ("XMPP_JID", "a b@localhost", "a b@localhost: malformed address: localpart"),
        ("XMPP_PROFILE", "nothing", "there is no profile \"nothing\"; there is: none at all"),
        ("XMPP_BOSH", "ftp://h/", "\"ftp://h/\" is no BOSH address"),
        ("XMPP_CA", "/no/such.pem", "the CA file /no/such.pem cannot be used"),
        ("XMPP_CONFIG", "/no/such.toml", "/no/such.toml: No such file"),
        ("XMPP_PASSWORD_FILE", "/no/such.password", "/no/such.password: No such file"),
    ] {
        let mut command = command(&["ping"]);
        command.env("XMPP_JID", "juliet@localhost").env("XMPP_PASSWORD", "x").env(name, value);
        run(command).fails(2, &[why]);
    }
    for name in ["XMPP_JID", "XMPP_PASSWORD", "XMPP_TLS"] {
        use std::os::unix::ffi::OsStrExt;
        let mut command = command(&["ping", "--jid=juliet@localhost"]);
        command.env(name, std::ffi::OsStr::from_bytes(b"hidden\xff"));
        let ended = run(command);
        ended.fails(2, &[&format!("{name} is not UTF-8")]);
        assert!(!ended.err.contains("hidden"), "{}", ended.err);
    }
}

/// An empty variable is one that is not set.
#[test]
fn empty_variables_are_none() {
    let mut command = command(&["ping", "--jid=juliet@localhost"]);
    for name in [
        "XMPP_PASSWORD",
        "XMPP_PASSWORD_FILE",
        "XMPP_SERVER",
        "XMPP_PORT",
        "XMPP_TLS",
        "XMPP_PROFILE",
        "XMPP_CA",
    ] {
        command.env(name, "");
    }
    run(command).fails(2, &["there is no password for juliet@localhost"]);
}

/// Malformed accounts are told before anybody is asked for a password, and before anything is sent.
#[test]
fn malformed_accounts() {
    for (options, why) in [
        (&["--jid=ju liet@localhost"][..], "ju liet@localhost: malformed address: localpart"),
        (&["--jid=juliet@localhost/"], "juliet@localhost/: malformed address: resourcepart: it is empty"),
        (&["--jid=a@b@c"], "a@b@c: malformed address: domainpart"),
        (&["--jid=juliet@localhost", "--user=a/b"], "neither user name nor domain may hold a '/'"),
        (&["--jid=juliet@localhost", "--domain=a/b"], "neither user name nor domain may hold a '/'"),
        (
            &["--jid=localhost"],
            "who is to log in? (give --jid USER@DOMAIN, set XMPP_JID, or name a --profile)",
        ),
        (&[], "who is to log in?"),
    ] {
        run({
            let mut command = command(&["ping"]);
            command.args(options);
            command
        })
        .fails(2, &[why]);
    }
}

/// Each source of a password, against a server that knows the right one.
#[test]
fn passwords_come_from_where_they_are_said_to() {
    let server = Serve::start();
    let (_, right) = ACCOUNTS[0];
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("juliet.password");
    fs::write(&file, format!("{right}\r\nand a remark\n")).unwrap();
    let file = file.display().to_string();
    let ping = |options: &[&str], environment: &[(&str, &str)]| {
        let mut command = server.juliet(&["ping"]);
        command.args(options).env_remove("XMPP_PASSWORD").envs(environment.iter().copied());
        command
    };
    run(ping(&[], &[("XMPP_PASSWORD", right)])).well();
    run(ping(&[], &[("XMPP_PASSWORD_FILE", &file)])).well();
    run(ping(&["--password-file", &file], &[("XMPP_PASSWORD", "wrong")])).well();
    run_with(ping(&["--password-file=-"], &[]), &format!("{right}\n")).well();
    run_with(ping(&["--password-file=-"], &[("XMPP_PASSWORD", "wrong")]), right).well();
    fs::write(dir.path().join("config.toml"), "[profile.j]\npassword-file = 'juliet.password'\n").unwrap();
    let config = dir.path().join("config.toml").display().to_string();
    run(ping(&["--config", &config, "--profile=j"], &[("XMPP_PASSWORD", "wrong")])).well();
    run(ping(&[], &[])).fails(2, &["there is no password for juliet@localhost"]);
}
