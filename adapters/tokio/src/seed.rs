//! Unpredictable bytes from the operating system.

use std::io;

/// 32 bytes for one machine; never used twice.
pub(crate) fn seed() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
