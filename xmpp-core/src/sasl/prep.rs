//! String preparation of user names and passwords (RFC 4013).
use zeroize::Zeroizing;

pub(super) fn password(_password: &str) -> Option<Zeroizing<String>> {
    todo!()
}
