//! What a manager grants a session, and its bounds.

use std::fmt;

/// What a [`BoshSession`](super::BoshSession) grants its client.
///
/// ```
/// use bosh_core::SessionConfig;
/// let sid = "22 unpredictable characters"; // xmpp_core::entropy::Entropy::token()
/// let mut config = SessionConfig::new(sid, true);
/// config.inactivity = 120;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The session's name. It must be unpredictable (XEP-0124 §19.3): who knows it and a `rid` can take part.
    pub sid: String,
    /// Whether the requests come in over `https`.
    pub secure: bool,
    /// The longest time in seconds that a request is held, whatever the client asks for. Default: 60.
    pub wait: u32,
    /// How many requests are held at most. Default: 1.
    pub hold: u32,
    /// After how many seconds without a request the session ends (§10). Default: 60.
    pub inactivity: u32,
    /// How many seconds must lie between empty requests of a polling session (§12); `inactivity` is granted on top of
    /// it. Default: 2.
    pub polling: u32,
    /// How many bytes of payload share one response; a larger stanza goes alone. Default: 262,144.
    pub body_bytes: usize,
    /// How many bytes may wait for a request before [`has_room`](xmpp_core::Wire::has_room) says no. Default: 262,144.
    pub backlog: usize,
}

/// Without the `sid`: who knows it can take part in the session.
impl fmt::Debug for SessionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConfig")
            .field("secure", &self.secure)
            .field("wait", &self.wait)
            .field("hold", &self.hold)
            .field("inactivity", &self.inactivity)
            .field("polling", &self.polling)
            .finish_non_exhaustive()
    }
}

impl SessionConfig {
    /// The defaults for a session of this name. `secure` tells whether its requests come in over `https`.
    #[must_use]
    pub fn new(sid: impl Into<String>, secure: bool) -> Self {
        Self {
            sid: sid.into(),
            secure,
            wait: 60,
            hold: 1,
            inactivity: 60,
            polling: 2,
            body_bytes: 256 * 1024,
            backlog: 256 * 1024,
        }
    }
}
