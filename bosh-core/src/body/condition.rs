//! Terminal binding conditions (XEP-0124 §17.2).

use std::fmt;

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Why a session was terminated (XEP-0124 §17.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Condition {
            $($(#[$doc])* $variant,)+
        }

        impl Condition {
            /// All of them, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The value of the attribute.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The condition of that name. One that is not known counts as
            /// [`UndefinedCondition`](Self::UndefinedCondition).
            #[must_use]
            pub fn of_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    _ => Self::UndefinedCondition,
                }
            }

            fn meaning(self) -> &'static str {
                match self {
                    Self::BadRequest => "the manager finds our request malformed",
                    Self::HostGone => "the domain is no longer served here",
                    Self::HostUnknown => "the domain is not served here",
                    Self::ImproperAddressing => "the request names no domain, or a malformed one",
                    Self::InternalServerError => "the manager failed",
                    Self::ItemNotFound => "the manager does not know the session, or the request's number",
                    Self::OtherRequest => "another request of ours was the cause",
                    Self::PolicyViolation => "we broke a rule of the manager",
                    Self::RemoteConnectionFailed => "the manager cannot reach the server",
                    Self::RemoteStreamError => "the server ended the stream with an error",
                    Self::SeeOtherUri => "the manager is at another address",
                    Self::SystemShutdown => "the manager is being shut down",
                    Self::UndefinedCondition => "the manager does not say why",
                }
            }
        }
    };
}

conditions! {
    /// The format of a header or of the body is not acceptable.
    BadRequest = "bad-request",
    /// The domain or host is no longer served.
    HostGone = "host-gone",
    /// The domain or host is not known.
    HostUnknown = "host-unknown",
    /// `to` or `route` is missing or malformed.
    ImproperAddressing = "improper-addressing",
    /// A failure inside the manager.
    InternalServerError = "internal-server-error",
    /// The session, the stream, the `rid` or the key is not known or not valid.
    ItemNotFound = "item-not-found",
    /// Another request of the session caused the end.
    OtherRequest = "other-request",
    /// Too many requests, or too often.
    PolicyViolation = "policy-violation",
    /// The manager could not connect to the server, or lost it.
    RemoteConnectionFailed = "remote-connection-failed",
    /// The payload ends in the stream error.
    RemoteStreamError = "remote-stream-error",
    /// Another address must be used; `<uri/>` tells which.
    SeeOtherUri = "see-other-uri",
    /// The manager is being shut down.
    SystemShutdown = "system-shutdown",
    /// None of the others.
    UndefinedCondition = "undefined-condition",
}

/// The condition's name and what it means.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.meaning())
    }
}
