//! ejabberd's configuration and accounts.
//!
//! `ejabberdctl` changes to another user, starts Erlang's distribution and with it a name server that stays behind.
//! So the emulator is run directly, as a lone node without a name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installed::Programs;
use crate::process::LOG;
use crate::prosody::clean;
use crate::{DOMAIN, Plan, StartError, quoted};

/// Where BOSH is served.
pub(crate) const BOSH_PATHS: [&str; 3] = ["/http-bind", "/httpbind", "/bosh"];
/// The file, in the server's folder, that says that all accounts are registered.
pub(crate) const READY: &str = "ready";

/// The modules of every server, without offline storage and archives as on Prosody.
const MODULES: [&str; 9] = [
    "mod_bosh",
    "mod_caps",
    "mod_carboncopy",
    "mod_disco",
    "mod_ping",
    "mod_roster",
    "mod_stream_mgmt",
    "mod_time",
    "mod_version",
];

/// Writes the configuration and returns what to run; the accounts are registered by the server while it starts.
pub(crate) fn prepare(programs: &Programs, plan: &Plan<'_>) -> Result<Command, StartError> {
    let file = plan.dir.join("ejabberd.yml");
    let resolver = plan.dir.join("inetrc");
    let database = plan.dir.join("database");
    fs::create_dir(&database).map_err(StartError::io("make the database folder"))?;
    fs::write(&file, configuration(plan)).map_err(StartError::io("write the configuration"))?;
    fs::write(&resolver, "{lookup, [file, native]}.\n")
        .map_err(StartError::io("write the resolver's file"))?;
    let mut command = clean(&programs.run, plan.dir);
    command
        .env("ERL_LIBS", libraries(&programs.tool)?)
        .env("ERL_INETRC", resolver)
        .env("ERL_CRASH_DUMP_BYTES", "0")
        .env("EJABBERD_CONFIG_PATH", file)
        .env("EJABBERD_LOG_PATH", plan.dir.join(LOG))
        .args(["-noinput", "-mnesia", "dir"])
        .arg(quoted(&database))
        .args(["-eval", &start_expression(plan)]);
    Ok(command)
}

fn configuration(plan: &Plan<'_>) -> String {
    let Plan { certificates, c2s, http, https, setup, .. } = plan;
    let handlers = BOSH_PATHS.map(|path| format!("{path}: mod_bosh")).join(", ");
    let plain_handlers = if setup.plain_bosh { handlers.as_str() } else { "" };
    let tls = if setup.tls_required { "starttls_required" } else { "starttls" };
    let mut modules = MODULES.map(|module| format!("  {module}: {{}}\n")).concat();
    if setup.registration {
        modules.push_str("  mod_register: { access: all, ip_access: all }\n");
    }
    // The stored password is the clear one: with a stored key, only one of the SCRAM mechanisms is offered.
    format!(
        r#"loglevel: info
hosts: ["{DOMAIN}"]
certfiles: [{both}]
ca_file: {ca}
acme: {{ auto: false }}
auth_method: internal
auth_password_format: plain
s2s_access: none
registration_timeout: infinity
listen:
  - {{ port: {c2s}, ip: "127.0.0.1", module: ejabberd_c2s, {tls}: true, max_stanza_size: 262144 }}
  - {{ port: {http}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{ {plain_handlers} }} }}
  - {{ port: {https}, ip: "127.0.0.1", module: ejabberd_http, tls: true, request_handlers: {{ {handlers} }} }}
modules:
{modules}"#,
        both = quoted(&certificates.both),
        ca = quoted(&certificates.ca_pem),
    )
}

/// Starts the server, registers each account, and only then leaves the mark. Whatever fails on the way ends the
/// emulator with the reason on its standard output.
fn start_expression(plan: &Plan<'_>) -> String {
    let mut steps = vec!["{ok, _} = application:ensure_all_started(ejabberd)".to_owned()];
    steps.extend(plan.setup.accounts.iter().map(|(name, password)| {
        let [name, domain, password] = [name, DOMAIN, password].map(binary);
        format!("ok = ejabberd_auth:try_register({name}, {domain}, {password})")
    }));
    steps.push(format!("ok = file:write_file(\"{READY}\", <<>>)."));
    steps.join(", ")
}

/// An Erlang binary written as numbers, so that no character needs an escape.
fn binary(text: &str) -> String {
    let numbers: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    format!("<<{}>>", numbers.join(","))
}

/// The folder of ejabberd's compiled modules, which the distribution's own start script names.
fn libraries(tool: &Path) -> Result<PathBuf, StartError> {
    let script = fs::read(tool).map_err(StartError::io(format!("read {}", tool.display())))?;
    let script = String::from_utf8_lossy(&script);
    script
        .lines()
        .find_map(|line| line.trim().strip_prefix("ERL_LIBS="))
        .map(|value| PathBuf::from(value.trim_matches(['\'', '"'])))
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| StartError::Incomplete(format!("{} names no folder of modules", tool.display())))
}
