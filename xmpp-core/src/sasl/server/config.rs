//! What a server offers.

use std::fmt;
use std::num::NonZeroU32;

use zeroize::Zeroizing;

use crate::sasl::Mechanism;

/// What is offered, and the secret behind answers about users that do not exist.
#[derive(Clone)]
pub struct Config {
    pub(super) secret: Zeroizing<[u8; 32]>,
    pub(super) mechanisms: Vec<Mechanism>,
    pub(super) plain_without_tls: bool,
    pub(super) iterations: NonZeroU32,
    pub(super) realm: String,
    pub(super) service: String,
}

/// What accounts have and users that do not exist show, unless configured otherwise.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

impl Config {
    /// `secret` is constant for the life of the service and known to it alone: from it come the salts shown for
    /// unknown users, which must not change from one attempt to the next.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
            mechanisms: Mechanism::PASSWORD.to_vec(),
            plain_without_tls: false,
            iterations: ITERATIONS,
            realm: String::new(),
            service: "xmpp".to_owned(),
        }
    }

    /// Offers only these, in this order, where the connection allows them: EXTERNAL needs a certificate that the client
    /// showed ([`with_identities`]), names in `-PLUS` need [`with_bindings`], PLAIN and OAUTHBEARER need encryption.
    /// Default: [`Mechanism::PASSWORD`].
    ///
    /// [`with_identities`]: super::Negotiation::with_identities
    /// [`with_bindings`]: super::Negotiation::with_bindings
    #[must_use]
    pub fn mechanisms(mut self, offered: impl Into<Vec<Mechanism>>) -> Self {
        self.mechanisms = offered.into();
        self
    }

    /// Offers PLAIN on connections that are not encrypted, too.
    #[must_use]
    pub fn plain_without_tls(mut self, allowed: bool) -> Self {
        self.plain_without_tls = allowed;
        self
    }

    /// The iteration count of the accounts here: users that do not exist are shown the same, and accounts that are made in
    /// band get it (10,000 unless set). Zero changes nothing.
    #[must_use]
    pub fn iterations(mut self, usual: u32) -> Self {
        self.iterations = NonZeroU32::new(usual).unwrap_or(self.iterations);
        self
    }

    /// The host that is logged in to, and the name of the protocol (`xmpp` unless set). Only DIGEST-MD5 needs them: the
    /// host is its realm.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>, host: impl Into<String>) -> Self {
        self.service = service.into();
        self.realm = host.into();
        self
    }

    /// Sets the host where none is set.
    pub(crate) fn with_host(mut self, host: &str) -> Self {
        if self.realm.is_empty() {
            host.clone_into(&mut self.realm);
        }
        self
    }

    pub(crate) fn usual_iterations(&self) -> NonZeroU32 {
        self.iterations
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("mechanisms", &self.mechanisms)
            .field("plain_without_tls", &self.plain_without_tls)
            .finish_non_exhaustive()
    }
}
