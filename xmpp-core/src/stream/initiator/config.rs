//! How a client logs in.

use std::{error, fmt};

use jid::{BareJid, FullJid, JidError};

use crate::{sasl::client, stream::Registration, time::Duration, tls::TlsPolicy};

/// Who logs in, and on what terms. `Debug` shows no secret.
///
/// ```
/// use xmpp_core::{TlsPolicy, stream::ClientConfig};
///
/// let mut config = ClientConfig::new("08-00-00-1A-7C-62@example.org/ilon", "secret")?;
/// config.tls = TlsPolicy::Disabled; // a device that can only speak plain HTTP
/// assert_eq!(config.domain(), "example.org");
/// assert_eq!(config.username(), "08-00-00-1A-7C-62");
/// # Ok::<(), xmpp_core::stream::AddressError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// When TLS is needed. Default: always.
    pub tls: TlsPolicy,
    /// The resource to ask for; `None` lets the server choose (RFC 6120 §7.6).
    pub resource: Option<String>,
    /// The default language of what is sent, as a language tag.
    pub lang: Option<String>,
    /// Credentials, mechanisms, bounds.
    pub sasl: client::Config,
    /// Makes the account on the way: after TLS as [`tls`](Self::tls) demands, and before the login, which then proves
    /// that the account works (XEP-0077). The password itself is sent, in clear under [`TlsPolicy::Disabled`]. Default:
    /// the account exists.
    ///
    /// ```
    /// use xmpp_core::stream::{ClientConfig, Registration};
    ///
    /// let mut config = ClientConfig::new("juliet@example.org", "secret")?;
    /// config.registration = Some(Registration::new().with("email", "juliet@capulet.example"));
    /// # Ok::<(), xmpp_core::stream::AddressError>(())
    /// ```
    pub registration: Option<Registration>,
    /// How long it may take from the start to a bound resource. Default: 30 s.
    pub negotiation_timeout: Duration,
    /// How long to wait for the peer's `</stream>` after ours. Default: 5 s.
    pub close_timeout: Duration,
    pub(super) account: BareJid,
    username: String,
}

impl ClientConfig {
    /// For the account `address`, which may end in the resource to ask for.
    ///
    /// The user name that is authenticated is the local part **as typed**: the address in its canonical form is lower
    /// case, but `08-00-00-1A-7C-62` may be what the password was set for.
    ///
    /// # Errors
    /// The address is malformed or has no local part.
    pub fn new(address: &str, password: &str) -> Result<Self, AddressError> {
        let credentials = client::Credentials::new(typed_name(address), password);
        let config = Self::with_credentials(address, credentials)?;
        if config.account.local().is_none() { Err(AddressError::NoLocalPart) } else { Ok(config) }
    }

    /// For whoever logs in without a password: by a certificate, with a token, or anonymously. An anonymous client gives
    /// the domain alone, and gets its address from the server (XEP-0175).
    ///
    /// ```
    /// use xmpp_core::{sasl::client::Credentials, stream::ClientConfig};
    ///
    /// let guest = ClientConfig::with_credentials("example.org", Credentials::anonymous())?;
    /// let device = ClientConfig::with_credentials("meter@example.org/ilon", Credentials::certificate())?;
    /// assert_eq!((guest.username(), device.username()), ("", "meter"));
    /// # Ok::<(), xmpp_core::stream::AddressError>(())
    /// ```
    ///
    /// # Errors
    /// The address is malformed.
    pub fn with_credentials(address: &str, credentials: client::Credentials) -> Result<Self, AddressError> {
        let (bare, resource) = match address.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (address, None),
        };
        if let Some(resource) = resource {
            FullJid::new(&format!("{bare}/{resource}")).map_err(AddressError::Malformed)?;
        }
        let account = BareJid::new(bare).map_err(AddressError::Malformed)?;
        Ok(Self {
            tls: TlsPolicy::default(),
            resource: resource.map(str::to_owned),
            lang: Some("en".to_owned()),
            sasl: client::Config::new(credentials).service(format!("xmpp/{}", account.domain())),
            registration: None,
            negotiation_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(5),
            username: typed_name(address).to_owned(),
            account,
        })
    }

    /// The domain to log in to, in canonical form. The server's certificate must be for it.
    pub fn domain(&self) -> &str {
        self.account.domain()
    }

    /// The account's address in canonical form.
    pub fn account(&self) -> &BareJid {
        &self.account
    }

    /// The local part as it was typed.
    pub fn username(&self) -> &str {
        &self.username
    }
}

/// The local part before it becomes canonical; empty if there is none.
fn typed_name(address: &str) -> &str {
    let bare = address.split_once('/').map_or(address, |(bare, _)| bare);
    bare.split_once('@').map_or("", |(name, _)| name)
}

/// An address that nobody can log in as.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no address (RFC 7622).
    Malformed(JidError),
    /// It names a server, and no account on it.
    NoLocalPart,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "malformed address: {error}"),
            Self::NoLocalPart => f.write_str("the address names no account (nothing before '@')"),
        }
    }
}

impl error::Error for AddressError {}
