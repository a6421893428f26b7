//! `xmpp demo` against servers that others wrote.

mod support;

use support::{ACCOUNTS, demo, run};
use xmpp_test_servers::{Accounts, Kind, Server};

/// On every path at which the server has BOSH, and again: the subscription is there by then.
fn runs_on(kind: Kind) -> Result<(), Box<dyn std::error::Error>> {
    let accounts = ACCOUNTS
        .iter()
        .fold(Accounts::new(), |accounts, (user, password, _)| accounts.with(*user, *password));
    let server = match kind {
        Kind::Ejabberd => Server::ejabberd(&accounts)?,
        _ => Server::prosody(&accounts)?,
    };
    // Not installed; a line on standard error has said so.
    let Some(server) = server else { return Ok(()) };
    let ca = server.ca_pem_path().display().to_string();
    let tcp = server.c2s_addr().to_string();
    for path in server.bosh_paths() {
        for base in [server.http_base(), server.https_base()] {
            let bosh = format!("{base}{path}");
            eprintln!("{kind} at {bosh}");
            let ended = run(demo(&tcp, &bosh).args(["--domain", server.domain(), "--ca", &ca]));
            ended.expect_success();
        }
    }
    Ok(())
}

#[test]
fn ejabberd() -> Result<(), Box<dyn std::error::Error>> {
    runs_on(Kind::Ejabberd)
}

#[test]
fn prosody() -> Result<(), Box<dyn std::error::Error>> {
    runs_on(Kind::Prosody)
}
