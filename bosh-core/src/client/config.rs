//! What a client asks for, and its bounds.

use xmpp_core::{time::Duration, xml::Limits};

/// What a [`BoshClient`](super::BoshClient) asks of the manager, and what it bears.
///
/// ```
/// use bosh_core::ClientConfig;
/// let mut config = ClientConfig::new(false); // http, not https
/// config.wait = 30;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Whether the manager is reached by `https`. All requests of a session are (XEP-0124 §19.1).
    pub secure: bool,
    /// How long in seconds the manager may hold a request (§7.1). Default: 60, below the 90 or more that proxies wait.
    pub wait: u32,
    /// How many requests the manager may hold (§7.1). Default: 1, as §7.1 recommends; 0 asks for a polling session.
    pub hold: u32,
    /// The server that the manager should connect to, `xmpp:host:port` (§7.1). Default: the manager finds it.
    pub route: Option<String>,
    /// How much longer than `wait` an answer may take before the request counts as broken. Default: 15 s.
    pub margin: Duration,
    /// How often a request that created no session is repeated. Default: 2, so that a wrong address is told soon.
    pub create_retries: u32,
    /// How often a broken request of a session is repeated. Default: 6, about half a minute.
    pub retries: u32,
    /// How long to wait before the first repetition; doubled each time. Default: 500 ms.
    pub backoff: Duration,
    /// The longest wait before a repetition. Default: 16 s.
    pub backoff_max: Duration,
    /// How long an answer with content is given to be answered, before an empty request takes the place that the answer
    /// could have. Saves a request in every exchange, and keeps the two from overtaking each other on the way, which
    /// some managers do not cope with. What the server has to say meanwhile waits as long. Default: 20 ms.
    pub linger: Duration,
    /// How many bytes of payload share one request; a larger stanza goes alone. Default: 65,536, since many web
    /// servers refuse larger bodies.
    pub body_bytes: usize,
    /// How many bytes may wait for a free request before [`has_room`](xmpp_core::Wire::has_room) says no. Default: 262,144.
    pub backlog: usize,
    /// What a response may hold; [`stanza_bytes`](Limits::stanza_bytes) bounds the whole body. Default: 1,048,576
    /// bytes, because a manager puts everything that waits into one body.
    pub limits: Limits,
}

impl ClientConfig {
    /// The defaults. `secure` tells whether the manager is reached by `https`.
    #[must_use]
    pub fn new(secure: bool) -> Self {
        Self {
            secure,
            wait: 60,
            hold: 1,
            route: None,
            margin: Duration::from_secs(15),
            create_retries: 2,
            retries: 6,
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(16),
            linger: Duration::from_millis(20),
            body_bytes: 64 * 1024,
            backlog: 256 * 1024,
            limits: Limits { stanza_bytes: 1024 * 1024, ..Limits::default() },
        }
    }
}
