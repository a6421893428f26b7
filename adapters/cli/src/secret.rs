//! Passwords, and how they come to the program.

use std::{env, fmt};

use zeroize::Zeroizing;

/// A password: not shown, and wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// `USER:PASSWORD`, or `USER` with the password in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: String,
    password: Option<Secret>,
}

impl Account {
    /// Never fails: an error of the command line's parser would quote the password.
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((user, password)) => Self::new(user, Secret::new(password)),
            None => Self { user: text.to_owned(), password: None },
        }
    }

    pub(crate) fn new(user: &str, password: Secret) -> Self {
        Self { user: user.to_owned(), password: Some(password) }
    }

    /// The password, if it was given.
    pub(crate) fn given(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The password, looked for in the environment if it was not given.
    pub(crate) fn password(&self, variable: &str) -> Result<Secret, String> {
        match &self.password {
            Some(password) => Ok(password.clone()),
            None => env::var(variable).map(Secret::new).map_err(|_| {
                format!("no password for {}: set {variable}, or give {}:PASSWORD", self.user, self.user)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let account = Account::parse("08-00-00-1A-7C-62:se:cret");
        assert_eq!(account.user, "08-00-00-1A-7C-62");
        assert_eq!(account.password("XMPP_TEST_UNSET").unwrap().reveal(), "se:cret");
        assert!(!format!("{account:?}").contains("cret"));
    }

    #[test]
    fn a_missing_password_says_where_it_is_looked_for() {
        let why = Account::parse("meter").password("XMPP_TEST_UNSET").unwrap_err();
        assert_eq!(why, "no password for meter: set XMPP_TEST_UNSET, or give meter:PASSWORD");
    }
}
