//! Who logs in, and by which rules.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use crate::sasl::{AuthError, BindingType, Credential, Mechanism, prep, scram::Keys};

/// Who logs in. The strings stay as typed; each mechanism prepares them by its own rules.
///
/// ```
/// use xmpp_core::sasl::client::Credentials;
///
/// let person = Credentials::new("juliet", "r0m30");
/// let device = Credentials::certificate(); // the TLS library holds it
/// let both = Credentials::new("juliet", "r0m30").with_certificate(); // EXTERNAL first, the password otherwise
/// let guest = Credentials::anonymous();
/// let app = Credentials::bearer("juliet@example.com", "dG9rZW4=");
/// ```
#[derive(Clone)]
pub struct Credentials {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) password: Option<Zeroizing<String>>,
    pub(in crate::sasl) token: Option<Zeroizing<String>>,
    pub(in crate::sasl) certificate: bool,
    pub(in crate::sasl) anonymous: bool,
    pub(in crate::sasl) authzid: Option<String>,
}

impl Credentials {
    fn none() -> Self {
        Self {
            username: String::new(),
            password: None,
            token: None,
            certificate: false,
            anonymous: false,
            authzid: None,
        }
    }

    /// A simple user name (for XMPP usually the local part, as typed) and a password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        let password = Some(Zeroizing::new(password.into()));
        Self { username: username.into(), password, ..Self::none() }
    }

    /// The client's certificate, which the TLS library shows: EXTERNAL.
    ///
    /// A certificate that names several addresses needs an [`authzid`](Self::authzid), and one that names one must have
    /// none (XEP-0178 §2).
    #[must_use]
    pub fn certificate() -> Self {
        Self { certificate: true, ..Self::none() }
    }

    /// Nobody in particular: ANONYMOUS. Never used unless asked for by this.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { anonymous: true, ..Self::none() }
    }

    /// A token of OAuth: OAUTHBEARER. `user` is whom it is for, for XMPP the bare JID.
    pub fn bearer(user: impl Into<String>, token: impl Into<String>) -> Self {
        let token = Some(Zeroizing::new(token.into()));
        Self { username: user.into(), token, ..Self::none() }
    }

    /// Has a certificate as well, which is tried first.
    #[must_use]
    pub fn with_certificate(mut self) -> Self {
        self.certificate = true;
        self
    }

    /// Acts for another identity (for XMPP a bare JID, RFC 6120 §6.3.8). Leave it out to act for the user.
    #[must_use]
    pub fn authzid(mut self, authzid: impl Into<String>) -> Self {
        self.authzid = Some(authzid.into());
        self
    }

    /// User name and password as SCRAM and DIGEST-MD5 compare them; whom to act for stays as it is.
    pub(in crate::sasl) fn prepared(&self) -> Result<(String, Zeroizing<String>), AuthError> {
        let username = prep::username(&self.username).ok_or(AuthError::Unusable(Credential::Username))?;
        let password = self.password.as_deref().and_then(|password| prep::password(password));
        let password = password.ok_or(AuthError::Unusable(Credential::Password))?;
        if self.authzid.as_ref().is_some_and(|authzid| authzid.is_empty() || authzid.contains('\0')) {
            return Err(AuthError::Unusable(Credential::Authzid));
        }
        Ok((username.into_owned(), password))
    }

    /// Whether they are what a mechanism needs.
    pub(super) fn suit(&self, mechanism: Mechanism) -> bool {
        match mechanism {
            Mechanism::External => self.certificate,
            Mechanism::OAuthBearer => self.token.is_some(),
            Mechanism::Anonymous => self.anonymous,
            _ => self.password.is_some(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("authzid", &self.authzid)
            .field("certificate", &self.certificate)
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}

/// Whether the channel must be bound (RFC 5802 §6). TLS alone shows that some authority vouches for the server; a bound
/// login shows that the one who knows the password is at the other end of this very connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Binding {
    /// Never, as if this side could not.
    Never,
    /// Where both sides can. The default.
    #[default]
    Preferred,
    /// Without it there is no login: only mechanisms that end in `-PLUS`, and EXTERNAL.
    Required,
}

/// Credentials and the rules for using them.
#[derive(Debug, Clone)]
pub struct Config {
    /// Behind a pointer, because configurations are moved a lot.
    pub(super) rules: Box<Rules>,
}

#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) credentials: Credentials,
    pub(super) mechanisms: Vec<Mechanism>,
    pub(super) plain_without_tls: bool,
    pub(super) pinned: bool,
    pub(super) binding: Binding,
    pub(super) binding_types: Vec<BindingType>,
    pub(super) iterations: RangeInclusive<u32>,
    pub(super) keys: Vec<Keys>,
    pub(super) service: String,
}

impl Config {
    /// The default rules: all mechanisms that the credentials suit but DIGEST-MD5, the best first; PLAIN only when
    /// encrypted; the channel bound where both sides can; 4,096 to 5,000,000 iterations.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        let advised = |mechanism: &Mechanism| *mechanism == Mechanism::Plain || !mechanism.is_weak();
        let rules = Box::new(Rules {
            credentials,
            mechanisms: Mechanism::ALL.iter().copied().filter(advised).collect(),
            plain_without_tls: false,
            pinned: false,
            binding: Binding::default(),
            binding_types: BindingType::ALL.to_vec(),
            iterations: 4_096..=5_000_000,
            keys: Vec::new(),
            service: String::new(),
        });
        Self { rules }
    }

    /// Only these, the most wanted first. Leave PLAIN out to be sure that the password itself is never sent.
    #[must_use]
    pub fn mechanisms(mut self, preferred: impl Into<Vec<Mechanism>>) -> Self {
        self.rules.mechanisms = preferred.into();
        self
    }

    /// Sends the password in clear over connections that are not encrypted.
    #[must_use]
    pub fn plain_without_tls(mut self, allowed: bool) -> Self {
        self.rules.plain_without_tls = allowed;
        self
    }

    /// This account has logged in by a mechanism that [pins](Mechanism::pins): PLAIN (and DIGEST-MD5) are out from now
    /// on, whatever the server offers (XEP-0474 §7). Keep it with the account.
    #[must_use]
    pub fn pinned(mut self, pinned: bool) -> Self {
        self.rules.pinned = pinned;
        self
    }

    /// Whether the channel must be bound.
    #[must_use]
    pub fn binding(mut self, binding: Binding) -> Self {
        self.rules.binding = binding;
        self
    }

    /// Binds by these types only, the most wanted first. Default: all, the strongest first. Where TLS ends before the
    /// server, [`BindingType::TlsServerEndPoint`] may be what is left.
    #[must_use]
    pub fn binding_types(mut self, preferred: impl Into<Vec<BindingType>>) -> Self {
        self.rules.binding_types = preferred.into();
        self
    }

    /// The service that is logged in to, as `protocol/host`: `xmpp/example.com`. Only DIGEST-MD5 needs it.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.rules.service = service.into();
        self
    }

    /// The user name as typed, for who makes an account (XEP-0077).
    pub(crate) fn username(&self) -> &str {
        &self.rules.credentials.username
    }

    /// The password as typed, for the same.
    pub(crate) fn password(&self) -> Option<&str> {
        self.rules.credentials.password.as_ref().map(|password| password.as_str())
    }

    pub(crate) fn sends_plain_without_tls(&self) -> bool {
        self.rules.plain_without_tls
    }

    /// The iteration counts that are accepted from a server.
    ///
    /// The lower bound keeps a false server from learning a cheap hash of the password (RFC 7677 §4 asks for 4,096). The
    /// upper bound is there because the server chooses how much this side computes: 5,000,000 is some four times the
    /// highest count that is recommended today and half a second of a fast core. Small devices may want less.
    #[must_use]
    pub fn iterations(mut self, accepted: RangeInclusive<u32>) -> Self {
        self.rules.iterations = accepted;
        self
    }

    /// Keys of earlier logins with this password ([`Negotiation::keys`](super::Negotiation::keys)): those for the user,
    /// the hash, the salt and the count that the server asks for save the derivation, others do no harm.
    #[must_use]
    pub fn keys(mut self, keys: impl IntoIterator<Item = Keys>) -> Self {
        self.rules.keys = keys.into_iter().collect();
        self
    }
}
