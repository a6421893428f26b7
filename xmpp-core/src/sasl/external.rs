//! EXTERNAL (RFC 4422 appendix A): the client's certificate has said who it is, the message names whom to act for.

use super::{AuthError, Credential};

/// The client's message: whom to act for, or nothing.
pub(super) fn write(authzid: Option<&str>) -> Result<Vec<u8>, AuthError> {
    match authzid {
        Some(authzid) if authzid.contains('\0') => Err(AuthError::Unusable(Credential::Authzid)),
        authzid => Ok(authzid.unwrap_or_default().as_bytes().to_vec()),
    }
}

/// Reads it; `Err`: it is no UTF-8, or holds a NUL.
pub(super) fn parse(message: &[u8]) -> Result<Option<&str>, ()> {
    match str::from_utf8(message) {
        Ok("") => Ok(None),
        Ok(authzid) if !authzid.contains('\0') => Ok(Some(authzid)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MEC-05: nothing, or an identity, and nothing else.
    #[test]
    fn grammar() {
        assert_eq!(write(None).as_deref(), Ok(&b""[..]));
        assert_eq!(write(Some("a@b")).as_deref(), Ok(&b"a@b"[..]));
        assert_eq!(write(Some("a\0")), Err(AuthError::Unusable(Credential::Authzid)));
        assert_eq!(parse(b""), Ok(None));
        assert_eq!(parse("ä@b".as_bytes()), Ok(Some("ä@b")));
        assert_eq!((parse(b"a\0b"), parse(b"\xff")), (Err(()), Err(())));
    }
}
