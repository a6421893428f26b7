//! What a client says of itself, and its bounds.

use crate::{
    stream::ClientConfig,
    time::Duration,
    xep::{AutoReply, disco::Identity, version::Version},
};

/// How a client logs in and what it answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// Account, TLS policy, SASL.
    pub client: ClientConfig,
    /// The name of the software, as XEP-0092 tells it.
    pub software: String,
    /// Its version.
    pub version: String,
    /// What it is, for discovery: category and type of XEP-0030. Default: `client`, `pc`.
    pub identity: (String, String),
    /// Features to announce on top of those that the session answers itself (XEP-0030).
    pub features: Vec<String>,
    /// Namespaces of request payloads that the application answers. Requests of every other namespace are answered by
    /// the session.
    pub claims: Vec<String>,
    /// How many of our requests may await a response. Default: 4096.
    pub max_requests: usize,
    /// How many requests of others the application may leave open. More are answered with `resource-constraint`.
    /// Default: 1024.
    pub max_owed: usize,
    /// How long the application may take to answer one. Then the session answers with `internal-server-error`.
    /// Default: 60 s.
    pub answer_timeout: Duration,
}

impl SessionConfig {
    /// The defaults for an account.
    pub fn new(client: ClientConfig) -> Self {
        Self {
            client,
            software: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            identity: ("client".to_owned(), "pc".to_owned()),
            features: Vec::new(),
            claims: Vec::new(),
            max_requests: 4096,
            max_owed: 1024,
            answer_timeout: Duration::from_mins(1),
        }
    }

    pub(super) fn auto_reply(&self) -> AutoReply {
        let (category, kind) = &self.identity;
        let reply = AutoReply::new(Identity::new(category, kind).with_name(&self.software))
            .version(Version::new(&self.software, &self.version));
        let reply = self.claims.iter().fold(reply, AutoReply::claim);
        self.features.iter().fold(reply, AutoReply::feature)
    }
}
