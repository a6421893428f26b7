//! Unpredictable bytes from the operating system.

use crate::secret::Secret;

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("the operating system gives no random numbers: {error}"))?;
    Ok(bytes)
}

/// A password for an account that somebody else does not have to remember: 128 bits.
pub(crate) fn password() -> Result<Secret, String> {
    let bits = u128::from_le_bytes(bytes()?);
    Ok(Secret::new(format!("{bits:032x}")))
}
