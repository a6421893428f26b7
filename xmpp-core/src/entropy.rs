//! Unpredictable numbers for machines that have no generator of their own.

use std::fmt;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

type HmacSha256 = Hmac<Sha256>;

/// A deterministic generator, seeded once with 32 bytes from the operating system.
///
/// The same seed gives the same output, which makes every run of a machine repeatable. Hence the one rule: **the same
/// 32 bytes must never seed two machines.** Nonces, ids and keys would repeat, and whoever saw the first run could
/// forge the second. A session that is restored from storage takes fresh bytes too; a machine inside of another one
/// gets a [`fork`](Self::fork).
///
/// Output blocks are HMAC-SHA-256 of a counter; after each call the key is replaced by a one-way function of itself (a
/// ratchet), so that memory read later does not reveal earlier output. The key is wiped on drop and never shown.
///
/// ```
/// use xmpp_core::entropy::Entropy;
///
/// let mut entropy = Entropy::new([7; 32]); // a real program takes 32 bytes from the operating system
/// let mut salt = [0; 16];
/// entropy.fill(&mut salt);
/// let mut inner = entropy.fork("sasl");
/// assert_ne!(entropy.token(), inner.token());
/// ```
pub struct Entropy {
    key: Zeroizing<[u8; 32]>,
}

impl Entropy {
    /// A generator from 32 unpredictable bytes, which must seed no other machine.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(seed) }
    }

    /// Fills `out` with unpredictable bytes.
    pub fn fill(&mut self, out: &mut [u8]) {
        for (counter, chunk) in (0u64..).zip(out.chunks_mut(32)) {
            let block = self.block(b"out", &counter.to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]); // a chunk has at most 32 bytes
        }
        self.ratchet();
    }

    /// An independent generator for an inner machine. Two forks differ, also under the same label; the label says what
    /// the fork is for, so that a changed purpose changes its output too.
    #[must_use]
    pub fn fork(&mut self, label: &str) -> Self {
        let key = self.block(b"fork", label.as_bytes());
        self.ratchet();
        Self { key }
    }

    /// An id that nobody can guess: 128 bits as 22 characters of `A-Z a-z 0-9 - _`.
    #[must_use]
    pub fn token(&mut self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn ratchet(&mut self) {
        self.key = self.block(b"next", b"");
    }

    /// The domains have no common prefix, so that no two uses of a key meet.
    fn block(&self, domain: &[u8], data: &[u8]) -> Zeroizing<[u8; 32]> {
        // HMAC takes keys of every length (RFC 2104 §2), so this never fails.
        let mut mac = HmacSha256::new_from_slice(&*self.key).expect("HMAC takes every key");
        mac.update(domain);
        mac.update(data);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn repeats_for_the_same_seed_only() {
        let take = |seed: u8| {
            let mut entropy = Entropy::new([seed; 32]);
            let mut bytes = [0; 100];
            entropy.fill(&mut bytes);
            (bytes, entropy.token(), entropy.fork("a").token())
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
    }

    #[test]
    fn output_never_comes_twice() {
        let mut entropy = Entropy::new([0; 32]);
        let mut inner = entropy.fork("x");
        let mut again = entropy.fork("x");
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            for token in [entropy.token(), inner.token(), again.token()] {
                assert_eq!(token.len(), 22);
                assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
                assert!(seen.insert(token));
            }
        }
        let mut blocks = [0; 96];
        entropy.fill(&mut blocks);
        assert!(blocks[..32] != blocks[32..64] && blocks[32..64] != blocks[64..]);
    }

    #[test]
    fn fills_any_length() {
        for len in [0, 1, 31, 32, 33, 64, 65] {
            let mut long = vec![0; len];
            Entropy::new([9; 32]).fill(&mut long);
            let mut first = vec![0; len.min(32)];
            Entropy::new([9; 32]).fill(&mut first);
            assert_eq!(long[..first.len()], first[..], "the length asked for changes no byte");
        }
    }

    /// SASL-20
    #[test]
    fn is_redacted() {
        assert_eq!(format!("{:?}", Entropy::new([65; 32])), "Entropy(..)");
    }
}
