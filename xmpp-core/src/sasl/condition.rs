//! The reasons that a server names when it refuses an authentication (RFC 6120 §6.5).

use std::fmt;

/// Why a server refused an authentication: the eleven conditions of RFC 6120 §6.5.
///
/// ```
/// use xmpp_core::sasl::Condition;
///
/// assert_eq!(Condition::from_name("account-disabled"), Condition::AccountDisabled);
/// assert_eq!(Condition::from_name("no-such-condition"), Condition::NotAuthorized);
/// assert_eq!(Condition::InvalidMechanism.as_str(), "invalid-mechanism");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The client aborted the exchange (§6.5.1).
    Aborted,
    /// The account exists and may not be used now (§6.5.2).
    AccountDisabled,
    /// The password or certificate has run out (§6.5.3).
    CredentialsExpired,
    /// The mechanism is not allowed before TLS (§6.5.4).
    EncryptionRequired,
    /// The data was not proper base64 (§6.5.5).
    IncorrectEncoding,
    /// The user may not act for this authorization identity (§6.5.6).
    InvalidAuthzid,
    /// The server does not offer this mechanism (§6.5.7).
    InvalidMechanism,
    /// The data does not follow the mechanism's grammar (§6.5.8).
    MalformedRequest,
    /// The server's policy asks for a stronger mechanism for this user (§6.5.9).
    MechanismTooWeak,
    /// Wrong name, password or proof; also what every unknown condition means (§6.5.10).
    NotAuthorized,
    /// The server cannot tell now; the same credentials may work later (§6.5.11).
    TemporaryAuthFailure,
}

impl Condition {
    /// All eleven, in the order of RFC 6120 §6.5.
    pub const ALL: [Self; 11] = [
        Self::Aborted,
        Self::AccountDisabled,
        Self::CredentialsExpired,
        Self::EncryptionRequired,
        Self::IncorrectEncoding,
        Self::InvalidAuthzid,
        Self::InvalidMechanism,
        Self::MalformedRequest,
        Self::MechanismTooWeak,
        Self::NotAuthorized,
        Self::TemporaryAuthFailure,
    ];

    /// The name of the element that carries this condition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AccountDisabled => "account-disabled",
            Self::CredentialsExpired => "credentials-expired",
            Self::EncryptionRequired => "encryption-required",
            Self::IncorrectEncoding => "incorrect-encoding",
            Self::InvalidAuthzid => "invalid-authzid",
            Self::InvalidMechanism => "invalid-mechanism",
            Self::MalformedRequest => "malformed-request",
            Self::MechanismTooWeak => "mechanism-too-weak",
            Self::NotAuthorized => "not-authorized",
            Self::TemporaryAuthFailure => "temporary-auth-failure",
        }
    }

    /// The condition of an element name. What no specification names counts as `not-authorized` (RFC 6120 §6.5);
    /// so does `bad-auth` of servers older than RFC 3920, while their `bad-protocol` is a malformed request.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "bad-protocol" => Self::MalformedRequest,
            _ => Self::ALL.into_iter().find(|known| known.as_str() == name).unwrap_or(Self::NotAuthorized),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SASL-08: every condition survives the way over its name; unknown and legacy names have a meaning.
    #[test]
    fn names() {
        for condition in Condition::ALL {
            assert_eq!(Condition::from_name(condition.as_str()), condition);
            assert_eq!(condition.to_string(), condition.as_str());
        }
        assert_eq!(Condition::from_name("bad-auth"), Condition::NotAuthorized);
        assert_eq!(Condition::from_name("bad-protocol"), Condition::MalformedRequest);
        assert_eq!(Condition::from_name(""), Condition::NotAuthorized);
        assert_eq!(Condition::from_name("Aborted"), Condition::NotAuthorized);
    }
}
