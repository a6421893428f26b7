//! What a test asks for.

use std::fmt;

/// One of the servers that can be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Prosody, written in Lua.
    Prosody,
    /// ejabberd, written in Erlang.
    Ejabberd,
}

impl Kind {
    /// Every kind, for tests that run against all of them.
    pub const ALL: [Self; 2] = [Self::Prosody, Self::Ejabberd];

    /// The name of the program and of its Debian package.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prosody => "prosody",
            Self::Ejabberd => "ejabberd",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The accounts that exist once the server is ready, in the order in which they are registered.
///
/// ```
/// let accounts = xmpp_test_servers::Accounts::new().with("08-00-00-1A-7C-62", "ilon");
/// assert!(!format!("{accounts:?}").contains("ilon"));
/// ```
#[derive(Clone, Default)]
pub struct Accounts(Vec<(String, String)>);

impl Accounts {
    /// No accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account. The server prepares the name itself (RFC 7622 §3.3), so upper case may be given as the
    /// person would type it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.0.push((name.into(), password.into()));
        self
    }

    /// Name and password of each account.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, password)| (name.as_str(), password.as_str()))
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Accounts and policy of a server.
///
/// ```
/// use xmpp_test_servers::{Accounts, Kind, Server, Setup};
///
/// let setup = Setup::new(Accounts::new().with("juliet", "secret")).tls_required(false);
/// for kind in Kind::ALL {
///     let Some(server) = Server::start(kind, &setup)? else { continue };
///     assert_eq!(server.kind(), kind);
/// }
/// # Ok::<(), xmpp_test_servers::StartError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Setup {
    pub(crate) accounts: Accounts,
    pub(crate) tls_required: bool,
    pub(crate) plain_bosh: bool,
    pub(crate) registration: bool,
}

impl Setup {
    /// These accounts; TLS required over TCP; login over plain HTTP allowed, as devices need it; no in-band registration.
    pub fn new(accounts: Accounts) -> Self {
        Self { accounts, tls_required: true, plain_bosh: true, registration: false }
    }

    /// Whether a client over TCP must start TLS before it logs in. When not, TLS is still offered.
    #[must_use]
    pub fn tls_required(mut self, required: bool) -> Self {
        self.tls_required = required;
        self
    }

    /// Whether a client may log in over plain HTTP. When not, Prosody offers no SASL mechanism there (unless TLS
    /// is not required either), and ejabberd, which has no such policy, serves BOSH over HTTPS only.
    #[must_use]
    pub fn plain_bosh(mut self, allowed: bool) -> Self {
        self.plain_bosh = allowed;
        self
    }

    /// Whether clients may make accounts in band (XEP-0077), as many and as fast as they like.
    #[must_use]
    pub fn registration(mut self, allowed: bool) -> Self {
        self.registration = allowed;
        self
    }
}
