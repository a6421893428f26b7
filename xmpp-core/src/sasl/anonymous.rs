//! ANONYMOUS (RFC 4505): a message with a trace, or with nothing.

/// The longest trace, characters (RFC 4505 §2).
const MAX_TRACE: usize = 255;

/// Whether a client's message follows the grammar: up to 255 characters of UTF-8 without NUL. What it says is nobody's
/// proof of anything, and is not kept.
pub(super) fn is_well_formed(message: &[u8]) -> bool {
    str::from_utf8(message).is_ok_and(|trace| trace.chars().count() <= MAX_TRACE && !trace.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MEC-03: a trace may be left out, and is bounded in characters.
    #[test]
    fn traces() {
        assert!(is_well_formed(b"") && is_well_formed(b"sirhc"));
        assert!(is_well_formed("ä".repeat(255).as_bytes()));
        assert!(!is_well_formed("ä".repeat(256).as_bytes()));
        assert!(!is_well_formed(b"a\0b") && !is_well_formed(b"\xff"));
    }
}
