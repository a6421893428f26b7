//! Prosody's configuration and accounts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::installed::Programs;
use crate::process::LOG;
use crate::{DOMAIN, Plan, StartError, quoted};

/// Where `mod_bosh` is mounted; it knows one path only.
pub(crate) const BOSH_PATH: &str = "/http-bind";

/// The modules of every server. Left out on purpose: offline storage and archives, so that a message for somebody
/// who is not there comes back as an error, on both servers alike.
const MODULES: [&str; 10] =
    ["saslauth", "tls", "roster", "disco", "ping", "version", "time", "carbons", "smacks", "bosh"];
/// Accounts that are made in band; changes of passwords, and removal.
const REGISTRATION: [&str; 2] = ["register_ibr", "user_account_management"];

/// Writes the configuration, registers the accounts, and returns what to run.
pub(crate) fn prepare(programs: &Programs, plan: &Plan<'_>) -> Result<Command, StartError> {
    let file = plan.dir.join("prosody.cfg.lua");
    fs::create_dir(plan.dir.join("data")).map_err(StartError::io("make the data folder"))?;
    fs::write(&file, configuration(plan)).map_err(StartError::io("write the configuration"))?;
    for (name, password) in plan.setup.accounts.iter() {
        register(&programs.tool, &file, plan.dir, name, password)?;
    }
    let mut command = clean(&programs.run, plan.dir);
    command.arg("-F").arg("--config").arg(&file);
    Ok(command)
}

fn configuration(plan: &Plan<'_>) -> String {
    let Plan { dir, certificates, c2s, http, https, setup } = plan;
    let registration = setup.registration.then_some(REGISTRATION).into_iter().flatten();
    let modules: Vec<_> = MODULES.into_iter().chain(registration).map(|name| format!("\"{name}\"")).collect();
    let modules = modules.join(", ");
    let path = |name: &str| quoted(&dir.join(name));
    let ssl = format!(
        "{{ certificate = {}, key = {}, cafile = {}, verify = \"none\" }}",
        quoted(&certificates.certificate),
        quoted(&certificates.key),
        quoted(&certificates.ca_pem)
    );
    format!(
        r#"run_as_root = true
pidfile = {pid}
data_path = {data}
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = {log} }} }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
s2s_direct_tls_ports = {{ }}
component_ports = {{ }}
http_ports = {{ {http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ {https} }}
https_interfaces = {{ "127.0.0.1" }}
http_default_host = "{DOMAIN}"
http_paths = {{ bosh = "{BOSH_PATH}" }}
ssl = {ssl}
https_ssl = {ssl}
c2s_require_encryption = {tls_required}
allow_unencrypted_plain_auth = {plain_without_tls}
consider_bosh_secure = {plain_bosh}
-- The stored password is the clear one: with a stored key, only one of the SCRAM mechanisms is offered.
authentication = "internal_plain"
storage = "internal"
allow_registration = {registration}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s", "offline" }}
VirtualHost "{DOMAIN}"
"#,
        pid = path("prosody.pid"),
        data = path("data"),
        log = path(LOG),
        tls_required = setup.tls_required,
        plain_without_tls = !setup.tls_required,
        plain_bosh = setup.plain_bosh,
        registration = setup.registration,
    )
}

fn register(tool: &Path, file: &Path, dir: &Path, name: &str, password: &str) -> Result<(), StartError> {
    let output = clean(tool, dir)
        .arg("--config")
        .arg(file)
        .args(["register", name, DOMAIN, password])
        .stdin(Stdio::null())
        .output()
        .map_err(StartError::io("run prosodyctl"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(StartError::Register { name: name.to_owned(), output: String::from_utf8_lossy(&text).into_owned() })
}

/// A command that sees nothing of the caller's environment but `PATH`.
pub(crate) fn clean(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", dir);
    command
}
