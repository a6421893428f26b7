//! Files and standard input that cannot be used: exit code 2, the file named, and nothing sent.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::support::{command, run, run_with};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// A command of an account whose server is not there: exit code 3 would say that it was tried.
fn offline(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.args(["--jid=juliet@localhost", "--server=127.0.0.1:1"]).env("XMPP_PASSWORD", "x");
    command
}

#[test]
fn password_files() {
    let dir = folder(&[("empty", ""), ("blank", "\nsecond\n"), ("long", &"x".repeat(5000))]);
    for (name, why) in [
        ("missing", "missing: No such file or directory"),
        ("empty", "the password for juliet@localhost is empty"),
        ("blank", "the password for juliet@localhost is empty"),
        ("long", "long: too long for a password"),
        ("", "Is a directory"),
    ] {
        let file = dir.path().join(name);
        run(offline(&["ping", "--password-file", &file.display().to_string()])).fails(2, &[why]);
    }
    run_with(offline(&["ping", "--password-file=-"]), "")
        .fails(2, &["the password for juliet@localhost is empty"]);
    run_with(offline(&["ping", "--password-file=-"]), &"x".repeat(5000))
        .fails(2, &["standard input: too long for a password"]);
}

#[test]
fn certificates() {
    let dir = folder(&[
        ("text", "no certificate\n"),
        ("broken", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"),
    ]);
    for (name, why) in [
        ("missing", "No such file or directory"),
        ("text", "it holds no certificate"),
        ("broken", "it is no PEM"),
        ("", "Is a directory"),
    ] {
        let file = dir.path().join(name).display().to_string();
        run(offline(&["ping", "--ca", &file])).fails(2, &["the CA file", &file, "cannot be used", why]);
    }
}

#[test]
fn configuration_files() {
    for (text, options, why) in [
        ("default = \n", &[][..], "config.toml: line 1: "),
        (
            "[profile.a]\njid = 'a@localhost'\nsever = 'h'\n",
            &[],
            "config.toml: line 3: unknown field `sever`",
        ),
        ("[profile.a]\nport = 'x'\n", &[], "config.toml: line 2: invalid type"),
        ("[profile.a]\ntls = 'maybe'\n", &[], "config.toml: line 2: unknown variant `maybe`"),
        ("default = 'b'\n[profile.a]\n", &[], "there is no profile \"b\"; there is: a"),
        ("[profile.a]\n", &["--profile=b"], "there is no profile \"b\"; there is: a"),
        ("", &["--profile=b"], "there is no profile \"b\"; there is: none at all"),
        ("[profile.a]\npassword = 'hidden'\n", &["--profile=a"], "a password does not stand in this file"),
        ("[profile.a]\nserver = 'h:x'\n", &["--profile=a"], "server: the port is no number below 65536"),
    ] {
        let dir = folder(&[("config.toml", text)]);
        let mut command = command(&["ping", "--config"]);
        command.arg(dir.path().join("config.toml")).args(options);
        let ended = run(command);
        ended.fails(2, &[why]);
        assert!(!ended.err.contains("hidden"), "{}", ended.err);
    }
    run(offline(&["ping", "--config=/no/such.toml"])).fails(2, &["/no/such.toml: No such file"]);
    run(offline(&["ping", "--config=/dev/zero"])).fails(2, &["/dev/zero: it is larger than"]);
    run(offline(&["ping", "--config=/"])).fails(2, &["/: Is a directory"]);
}

/// Without `--config` and `XMPP_CONFIG` the usual place is looked at, and may be empty.
#[test]
fn the_usual_place() {
    let home = tempfile::tempdir().unwrap();
    let at_home = |arguments: &[&str]| {
        let mut command = offline(arguments);
        command.env_remove("XMPP_CONFIG").env_remove("XDG_CONFIG_HOME").env("HOME", home.path());
        command
    };
    run(at_home(&["ping"])).fails(3, &["nothing listens there"]);
    run(at_home(&["ping", "--profile=a"]))
        .fails(2, &["there is no profile \"a\"", "config.toml does not exist"]);
    let place = home.path().join(".config/xmpp");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("config.toml"), "[profile.a]\nresource = 'x'\n").unwrap();
    run(at_home(&["ping", "--profile=a"])).fails(3, &["nothing listens there"]);
}

/// Where the mistake is, as editors count; in a file and on standard input alike.
#[test]
fn envelopes() {
    let envelope = |body: &str| {
        format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>\n<e:Body>{body}</e:Body>\n</e:Envelope>\n"
        )
    };
    for (text, why) in [
        (envelope("\n  <é></b>"), "line 3, column 6: "),
        (envelope("<a>&nbsp;</a>"), "line 2, column "),
        (String::new(), "line 1, column 1: the document ends early"),
        (envelope("")[..50].to_owned(), "line 1, column 51: the document ends early"),
        ("<a/>".to_owned(), "no SOAP envelope"),
        (format!("<iq type='set'>{}</iq>", envelope("<a/>")), "an iq stands around the envelope"),
        (" ".repeat(20 << 20), "it is larger than 16777216 bytes"),
    ] {
        let dir = folder(&[("call.xml", &text)]);
        let file: PathBuf = dir.path().join("call.xml");
        run(offline(&["soap", "a@localhost/b", &file.display().to_string()])).fails(2, &["call.xml: ", why]);
        run_with(offline(&["soap", "a@localhost/b", "-"]), &text).fails(2, &["standard input: ", why]);
        run_with(offline(&["soap", "a@localhost/b"]), &text).fails(2, &["standard input: ", why]);
    }
    run(offline(&["soap", "a@localhost/b", "/no/such.xml"])).fails(2, &["/no/such.xml: No such file"]);
    run(offline(&["soap", "a@localhost/b", "/tmp"])).fails(2, &["/tmp: Is a directory"]);
    run(offline(&["soap", "a@localhost/b", "/dev/zero"])).fails(2, &["/dev/zero: it is larger than"]);
}

#[test]
fn messages() {
    run_with(offline(&["send", "a@localhost", "-"]), "\n")
        .fails(2, &["there is nothing on standard input to send"]);
    run_with(offline(&["send", "a@localhost"]), &"x".repeat(2 << 20))
        .fails(2, &["standard input: it is larger than"]);
    run(offline(&["send", "a@localhost", ""])).fails(2, &["there is nothing to send: TEXT is empty"]);
    run(offline(&["send", "a@localhost", "a\u{1b}b"]))
        .fails(2, &["the message cannot be sent: XML cannot carry U+001B"]);
}

#[test]
fn what_a_server_needs() {
    let dir =
        folder(&[("people", "juliet:x\nromeo\n"), ("twice", "juliet:x\nJULIET:y\n"), ("text", "hidden\n")]);
    let at = |name: &str| dir.path().join(name).display().to_string();
    let serve = |options: &[&str]| {
        let mut command = command(&["serve", "--port=0", "--http-port=0", "--https-port=0"]);
        command.args(options);
        command
    };
    run(serve(&["--accounts", &at("missing")])).fails(2, &["missing: No such file"]);
    run(serve(&["--accounts", "/dev/zero"])).fails(2, &["/dev/zero: it is larger than"]);
    let ended = run(serve(&["--accounts", &at("people")]));
    ended.fails(2, &["people: line 2: not USER:PASSWORD"]);
    run(serve(&["--cert", &at("missing"), "--key", &at("text")])).fails(2, &["missing: No such file"]);
    let ended = run(serve(&["--cert", &at("text"), "--key", &at("text")]));
    ended.fails(
        2,
        &["the certificate cannot be used: there is no private key for it", "see --cert and --key"],
    );
    run(serve(&["--ca-out", &at("no/folder.pem")])).fails(2, &["no/folder.pem: No such file"]);
    run(serve(&["--account=a b:hidden"])).fails(2, &["the account \"a b\" cannot be made"]);
    run(serve(&["--account=juliet:"])).fails(2, &["the account \"juliet\" cannot be made"]);
    run(serve(&["--domain=a b"])).fails(2, &["the domain cannot be served"]);
    run(serve(&["--accounts", &at("twice")])).fails(2, &["the account \"JULIET\" is given twice"]);
    run(serve(&["--accounts", &at("twice"), "--account=juliet"])).fails(2, &["is given twice"]);
}
