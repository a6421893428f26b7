//! `Hi` of RFC 5802 §2.2, which is PBKDF2 with HMAC (RFC 8018 §5.2) for one block of output.
//!
//! All the time of a login goes here, so the loop runs over the bare compression functions: the password is one keyed
//! block on each side of the HMAC, compressed once, and every iteration is then two compressions of one block that
//! holds the last output and a constant padding. Through the general HMAC the same loop takes nearly twice as long.

use std::num::NonZeroU32;

use zeroize::{Zeroize, Zeroizing};

use super::Hash;

/// FIPS 180-4 §5.3.1.
const SHA_1: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// FIPS 180-4 §5.3.3.
const SHA_256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// FIPS 180-4 §5.3.5.
const SHA_512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The salted password, for a password that is prepared already.
pub(super) fn hi(hash: Hash, password: &[u8], salt: &[u8], iterations: NonZeroU32) -> Zeroizing<Vec<u8>> {
    let key = if password.len() > hash.block_len() { &hash.digest(password)[..] } else { password };
    let first = hash.hmac(password, &[salt, &[0, 0, 0, 1]].concat());
    let more = iterations.get() - 1;
    match hash {
        Hash::Sha1 => iterate(SHA_1, sha1::block_api::compress, key, first, more),
        Hash::Sha256 => iterate(SHA_256, sha2::block_api::compress256, key, first, more),
        Hash::Sha512 => iterate(SHA_512, sha2::block_api::compress512, key, first, more),
    }
}

/// A word of a hash's state: 4 bytes, or 8.
trait Word: Copy + Default + Zeroize + std::ops::BitXorAssign {
    /// Writes the words to the begin of `out`, which has room for them.
    fn write<const WORDS: usize>(state: [Self; WORDS], out: &mut [u8]);
}

impl Word for u32 {
    fn write<const WORDS: usize>(state: [Self; WORDS], out: &mut [u8]) {
        let bytes = state.map(Self::to_be_bytes);
        out[..WORDS * 4].copy_from_slice(bytes.as_flattened());
    }
}

impl Word for u64 {
    fn write<const WORDS: usize>(state: [Self; WORDS], out: &mut [u8]) {
        let bytes = state.map(Self::to_be_bytes);
        out[..WORDS * 8].copy_from_slice(bytes.as_flattened());
    }
}

/// Iterates `more` times from the first output, which has `WORDS` words; `key` has at most `BLOCK` bytes.
fn iterate<W: Word, const WORDS: usize, const BLOCK: usize>(
    initial: [W; WORDS],
    compress: impl Fn(&mut [W; WORDS], &[[u8; BLOCK]]),
    key: &[u8],
    first: Zeroizing<Vec<u8>>,
    more: u32,
) -> Zeroizing<Vec<u8>> {
    let keyed = |pad: u8| {
        let mut block = Zeroizing::new([pad; BLOCK]);
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        let mut state = Zeroizing::new(initial);
        compress(&mut state, &[*block]);
        state
    };
    let (inner, outer) = (keyed(0x36), keyed(0x5c));

    // The message of both hashes: one output behind one block, padded (FIPS 180-4 §5.1). Its length fits into the last
    // eight bytes, which are zero before for SHA-512.
    let mut block = Zeroizing::new([[0; BLOCK]]);
    let length = (BLOCK + first.len()) as u64 * 8;
    block[0][..first.len()].copy_from_slice(&first); // 20 or 32 of 64 bytes, 64 of 128
    block[0][first.len()] = 0x80;
    block[0][BLOCK - 8..].copy_from_slice(&length.to_be_bytes());

    let mut output = first;
    let mut state = Zeroizing::new([W::default(); WORDS]);
    let mut sum = Zeroizing::new([W::default(); WORDS]);
    for _ in 0..more {
        for keyed in [&inner, &outer] {
            *state = **keyed;
            compress(&mut state, &*block);
            W::write(*state, &mut block[0]);
        }
        for (sum, word) in sum.iter_mut().zip(state.iter()) {
            *sum ^= *word;
        }
    }
    W::write(*sum, &mut block[0]);
    for (byte, other) in output.iter_mut().zip(&block[0]) {
        *byte ^= other;
    }
    output
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// MEC-07: for every length of password and salt, the same as the general implementation.
        #[test]
        fn agrees_with_pbkdf2(
            password in prop::collection::vec(any::<u8>(), 0..270),
            salt in prop::collection::vec(any::<u8>(), 0..140),
            iterations in 1..20_u32,
        ) {
            let count = NonZeroU32::new(iterations).unwrap();
            let mut expected = [0; 20];
            pbkdf2::pbkdf2_hmac::<sha1::Sha1>(&password, &salt, iterations, &mut expected);
            prop_assert_eq!(&hi(Hash::Sha1, &password, &salt, count)[..], &expected);
            let mut expected = [0; 32];
            pbkdf2::pbkdf2_hmac::<sha2::Sha256>(&password, &salt, iterations, &mut expected);
            prop_assert_eq!(&hi(Hash::Sha256, &password, &salt, count)[..], &expected);
            let mut expected = [0; 64];
            pbkdf2::pbkdf2_hmac::<sha2::Sha512>(&password, &salt, iterations, &mut expected);
            prop_assert_eq!(&hi(Hash::Sha512, &password, &salt, count)[..], &expected);
        }
    }
}
