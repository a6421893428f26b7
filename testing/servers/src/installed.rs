//! Whether a server is installed, and what to do when it is not.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Kind, StartError};

/// The variable that decides whether a missing server is skipped or an error.
const SETTING: &str = "XMPP_TEST_SERVERS";

/// Folders of programs that a plain user's `PATH` often lacks.
const MORE_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/usr/bin"];

/// Where the parts of an installed server are.
#[derive(Debug)]
pub(crate) struct Programs {
    /// What runs: `prosody`, or the Erlang emulator `erl`.
    pub(crate) run: PathBuf,
    /// The server's tool: `prosodyctl` or `ejabberdctl`.
    pub(crate) tool: PathBuf,
}

/// The programs; `None` after saying that the test is skipped; an error if skipping is not allowed.
pub(crate) fn check(kind: Kind) -> Result<Option<Programs>, StartError> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let programs = decide(kind, find(kind, &folders)?, &setting())?;
    if programs.is_none() {
        // Straight to standard error: what `eprintln!` says in a test that passes is never shown.
        let line = format!("skipped: {kind} is not installed (on Debian: apt-get install {kind})\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    Ok(programs)
}

/// Whether it is an error that something is missing which a test needs from outside
/// (`XMPP_TEST_SERVERS=required`). If not, the test is skipped, and says so in a line that begins with `skipped:`.
///
/// # Errors
/// [`StartError::Setting`]: the variable holds another word.
pub fn required() -> Result<bool, StartError> {
    understand(&setting())
}

fn setting() -> OsString {
    env::var_os(SETTING).unwrap_or_default()
}

fn understand(setting: &OsStr) -> Result<bool, StartError> {
    match setting.to_str() {
        Some("") => Ok(false),
        Some("required") => Ok(true),
        _ => Err(StartError::Setting(setting.to_string_lossy().into_owned())),
    }
}

fn decide(kind: Kind, found: Option<Programs>, setting: &OsStr) -> Result<Option<Programs>, StartError> {
    if understand(setting)? && found.is_none() {
        return Err(StartError::NotInstalled(kind));
    }
    Ok(found)
}

fn find(kind: Kind, folders: &OsStr) -> Result<Option<Programs>, StartError> {
    let (run, tool) = match kind {
        Kind::Prosody => ("prosody", "prosodyctl"),
        Kind::Ejabberd => ("erl", "ejabberdctl"),
    };
    // Erlang alone is no ejabberd; the server's own tool tells whether it is there.
    let main = if kind == Kind::Prosody { run } else { tool };
    if program(main, folders).is_none() {
        return Ok(None);
    }
    let demand = |name: &str| {
        program(name, folders)
            .ok_or_else(|| StartError::Incomplete(format!("{kind} without the program {name}")))
    };
    Ok(Some(Programs { run: demand(run)?, tool: demand(tool)? }))
}

fn program(name: &str, folders: &OsStr) -> Option<PathBuf> {
    env::split_paths(folders)
        .chain(MORE_FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_server_is_skipped_unless_required() {
        for kind in Kind::ALL {
            assert!(matches!(decide(kind, None, OsStr::new("")), Ok(None)));
            let error = decide(kind, None, OsStr::new("required")).unwrap_err();
            assert!(matches!(error, StartError::NotInstalled(missing) if missing == kind), "{error}");
        }
    }

    #[test]
    fn a_word_that_nobody_understands_is_an_error_even_when_the_server_is_there() {
        let found = || Programs { run: "/bin/sh".into(), tool: "/bin/sh".into() };
        for word in ["1", "Required", "require"] {
            let error = decide(Kind::Prosody, Some(found()), OsStr::new(word)).unwrap_err();
            assert!(matches!(&error, StartError::Setting(value) if value == word), "{error}");
        }
        assert!(matches!(decide(Kind::Prosody, Some(found()), OsStr::new("required")), Ok(Some(_))));
    }

    #[test]
    fn programs_are_found_in_the_given_folders_and_only_if_they_can_be_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some-program-of-a-test");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        assert_eq!(program("some-program-of-a-test", dir.path().as_os_str()), None);
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(program("some-program-of-a-test", dir.path().as_os_str()), Some(path));
    }
}
