//! Where a password comes from: never from the command line, which every user of the machine can read.

use std::{
    env, fs,
    io::{self, BufRead, IsTerminal, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{AccountArgs, quiet::quietly};
use crate::{exit::Failure, secret::Secret};

/// The variable that holds a password.
pub(super) const VARIABLE: &str = "XMPP_PASSWORD";

/// The variable that holds the one that replaces it.
const NEW_VARIABLE: &str = "XMPP_NEW_PASSWORD";

/// No password is longer than this many bytes; a longer line is that of another file than was meant.
const LONGEST: usize = 4096;
/// What is read of a file: enough to see that the line is too long.
const READ: usize = LONGEST + 1;

/// A place to look for a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PasswordSource {
    /// The first line of a file; `-` is standard input.
    File(PathBuf),
    /// A variable of the environment.
    Environment(&'static str),
    /// A person at the terminal; where there is none, it is told how to do without.
    Ask(&'static str),
}

impl PasswordSource {
    pub(super) fn of(args: &AccountArgs) -> Self {
        match &args.password_file {
            Some(path) => Self::File(path.clone()),
            None if args.password_in_environment => Self::Environment(VARIABLE),
            None => Self::Ask("set XMPP_PASSWORD, or give --password-file FILE"),
        }
    }

    /// Where a password that replaces another one comes from.
    pub(crate) fn new_password(file: Option<PathBuf>) -> Self {
        match file {
            Some(path) => Self::File(path),
            None if env::var_os(NEW_VARIABLE).is_some() => Self::Environment(NEW_VARIABLE),
            None => Self::Ask("set XMPP_NEW_PASSWORD, or give --new-password-file FILE"),
        }
    }

    /// The password of `whom`.
    pub(crate) fn read(&self, whom: &str) -> Result<Secret, Failure> {
        self.read_with(whom, |prompt| rpassword::prompt_password(prompt).map(Secret::new))
    }

    /// A password that is made up now: at a terminal it is asked for twice.
    pub(crate) fn read_new(&self, whom: &str) -> Result<Secret, Failure> {
        self.read_with(whom, |prompt| {
            let first = Secret::new(rpassword::prompt_password(prompt)?);
            let again = Secret::new(rpassword::prompt_password("The same again: ")?);
            if first == again { Ok(first) } else { Err(io::Error::other("they are not the same")) }
        })
    }

    fn read_with(
        &self,
        whom: &str,
        ask: impl FnOnce(String) -> io::Result<Secret>,
    ) -> Result<Secret, Failure> {
        let secret = match self {
            Self::File(path) if path == Path::new("-") => first_line(io::stdin().lock(), path)?,
            Self::File(path) => {
                let wrong = |error| Failure::file(path, &error);
                // With all the room from the start: memory that is outgrown is not wiped.
                let mut start = Zeroizing::new(Vec::with_capacity(READ));
                let file = fs::File::open(path).map_err(wrong)?;
                file.take(READ as u64).read_to_end(&mut start).map_err(wrong)?;
                first_line(&start[..], path)?
            }
            // The error is not repeated: it holds the value.
            Self::Environment(variable) => env::var(variable)
                .map(Secret::new)
                .map_err(|_| Failure::usage(format!("{variable} is not UTF-8")))?,
            Self::Ask(_) if io::stdin().is_terminal() => quietly(|| ask(format!("Password of {whom}: ")))
                .map_err(|error| match error.kind() {
                    io::ErrorKind::Interrupted => Failure::interrupted(),
                    _ => Failure::usage(format!("the password was not read: {error}")),
                })?,
            Self::Ask(instead) => {
                return Err(Failure::usage(format!("there is no password for {whom}")).advise(instead));
            }
        };
        if secret.reveal().is_empty() {
            return Err(Failure::usage(format!("the password for {whom} is empty")));
        }
        Ok(secret)
    }
}

/// What follows the line stays unread: on standard input it can be the message or the envelope.
fn first_line(source: impl BufRead, path: &Path) -> Result<Secret, Failure> {
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    let mut line = Zeroizing::new(String::with_capacity(READ));
    let read = source.take(READ as u64).read_line(&mut line);
    read.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    if line.len() > LONGEST {
        return Err(Failure::usage(format!("{name}: too long for a password")));
    }
    Ok(Secret::new(line.lines().next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts() {
        let line = |text: &str| first_line(text.as_bytes(), Path::new("f"));
        assert_eq!(line("pass word \r\nand more\n").unwrap().reveal(), "pass word ");
        assert_eq!(line("").unwrap().reveal(), "");
        let long = "x".repeat(5000);
        let why = line(&long).unwrap_err().to_string();
        assert_eq!(why, "f: too long for a password");
    }

    #[test]
    fn files_that_are_missing_or_empty_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        let source = PasswordSource::File(path.clone());
        let why = source.read("meter@example.com").unwrap_err().to_string();
        assert!(why.starts_with(&path.display().to_string()), "{why}");
        fs::write(&path, "\n").unwrap();
        let why = source.read("meter@example.com").unwrap_err().to_string();
        assert_eq!(why, "the password for meter@example.com is empty");
        fs::write(&path, "secret\n").unwrap();
        assert_eq!(source.read("meter@example.com").unwrap().reveal(), "secret");
    }
}
