//! Searches for special bytes, eight at a time.
//!
//! Words of eight bytes are tested by arithmetic that marks each byte that may be special by its highest bit. It may mark
//! too many, never too few; marked words are looked at byte by byte.

/// Eight times the lowest bit, and the highest.
const LOWEST: u64 = u64::MAX / 255;
const HIGHEST: u64 = LOWEST << 7;

/// Marks bytes that are this one.
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    let differences = word ^ (LOWEST * u64::from(byte));
    differences.wrapping_sub(LOWEST) & !differences
}

/// Marks bytes below this one, which is at most 128.
pub(super) fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(LOWEST * u64::from(byte)) & !word
}

/// The first special byte from `at` on, or the end. Of words, `may` marks what may be special.
#[inline]
pub(super) fn find(
    bytes: &[u8],
    mut at: usize,
    may: impl Fn(u64) -> u64,
    special: impl Fn(u8) -> bool,
) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let mut marks = may(u64::from_le_bytes(*word)) & HIGHEST;
        while marks != 0 {
            let i = marks.trailing_zeros() as usize / 8;
            if word.get(i).is_some_and(|&b| special(b)) {
                return at + i;
            }
            marks &= marks - 1;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&b| !special(b)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_byte_at_each_place() {
        let special = |b: u8| b == b'<' || b < 0x20 || b == 0xEF;
        let may = |word| equal(word, b'<') | below(word, 0x20) | equal(word, 0xEF);
        for len in 0..20 {
            for at in 0..len {
                for byte in 0..=255 {
                    for rest in [b'a', 0xFF, 0x80, b' ', b'=', b';', 0xEE, 0xF0] {
                        let mut bytes = vec![rest; len];
                        bytes[at] = byte;
                        let expected = bytes.iter().position(|&b| special(b)).unwrap_or(len);
                        assert_eq!(find(&bytes, 0, may, special), expected, "{bytes:?}");
                    }
                }
            }
        }
        assert_eq!(find(b"<<<", 1, may, special), 1);
        assert_eq!(find(b"<", 5, may, special), 5);
    }
}
