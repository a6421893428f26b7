//! The keys of SCRAM (RFC 5802 §3), derived, stored and compared.

use std::fmt;
use std::num::NonZeroU32;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::derive;
#[cfg(feature = "digest-md5")]
use crate::sasl::digest_md5::Secret;
use crate::sasl::prep;

/// The length of the salts shown for users that do not exist, bytes.
const DECOY_SALT: usize = 16;

/// The hash of a SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-1, 20 bytes. Weak as a hash, still sound inside HMAC.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Hash {
    /// All, the best first.
    pub const ALL: &'static [Self] = &[Self::Sha512, Self::Sha256, Self::Sha1];

    /// The length of its output, bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The length of what it compresses at once, bytes.
    pub(super) const fn block_len(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// `Hi` of RFC 5802 §2.2, for a prepared password.
    pub(crate) fn salted_password(
        self,
        password: &[u8],
        salt: &[u8],
        iterations: NonZeroU32,
    ) -> Zeroizing<Vec<u8>> {
        derive::hi(self, password, salt, iterations)
    }

    pub(in crate::sasl) fn hmac(self, key: &[u8], data: &[u8]) -> Zeroizing<Vec<u8>> {
        fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Zeroizing<Vec<u8>> {
            // HMAC takes keys of every length (RFC 2104 §2), so this never fails.
            let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes every key");
            mac.update(data);
            let mut output = mac.finalize().into_bytes();
            let kept = Zeroizing::new(output.to_vec());
            output.as_mut_slice().zeroize();
            kept
        }
        match self {
            Self::Sha1 => mac::<Hmac<Sha1>>(key, data),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, data),
            Self::Sha512 => mac::<Hmac<Sha512>>(key, data),
        }
    }

    pub(in crate::sasl) fn digest(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        })
    }
}

/// What a client may keep instead of deriving again: the keys for one user, password, salt, iteration count and hash.
///
/// As secret as the password: who has them can log in as the user. Whoever changes the password drops them.
#[derive(Clone)]
pub struct Keys {
    pub(super) username: String,
    pub(super) hash: Hash,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
    pub(super) client_key: Zeroizing<Vec<u8>>,
    pub(super) server_key: Zeroizing<Vec<u8>>,
}

impl Keys {
    pub(super) fn new(
        username: String,
        hash: Hash,
        salt: Vec<u8>,
        iterations: NonZeroU32,
        salted_password: &[u8],
    ) -> Self {
        Self {
            username,
            hash,
            salt,
            iterations,
            client_key: hash.hmac(salted_password, b"Client Key"),
            server_key: hash.hmac(salted_password, b"Server Key"),
        }
    }

    /// `ClientProof` (RFC 5802 §3).
    pub(super) fn proof(&self, auth_message: &[u8]) -> Vec<u8> {
        let stored_key = self.hash.digest(&self.client_key);
        let signature = self.hash.hmac(&stored_key, auth_message);
        xor(&self.client_key, &signature)
    }

    /// `ServerSignature` (RFC 5802 §3).
    pub(super) fn server_signature(&self, auth_message: &[u8]) -> Zeroizing<Vec<u8>> {
        self.hash.hmac(&self.server_key, auth_message)
    }

    /// True when these are the keys for what the server asks.
    pub(super) fn fit(&self, username: &str, hash: Hash, salt: &[u8], iterations: NonZeroU32) -> bool {
        self.username == username && self.hash == hash && self.salt == salt && self.iterations == iterations
    }

    /// The hash that they are for.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// What a server keeps for one hash. It verifies a login; it does not give one (RFC 5802 §9).
#[derive(Clone)]
pub struct StoredKeys {
    pub(super) hash: Hash,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
    pub(super) stored_key: Zeroizing<Vec<u8>>,
    pub(super) server_key: Zeroizing<Vec<u8>>,
}

/// Why no stored keys come of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The password is empty or holds characters that a password must not have (RFC 4013 §2.3).
    Password,
    /// The salt is empty.
    Salt,
    /// The iteration count is zero.
    Iterations,
    /// A key has not the length of the hash's output.
    Length,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "this password cannot be used",
            Self::Salt => "the salt is empty",
            Self::Iterations => "the iteration count is zero",
            Self::Length => "a key has not the length of its hash",
        })
    }
}

impl std::error::Error for KeyError {}

impl StoredKeys {
    /// Keys as they were read from storage.
    pub fn new(
        hash: Hash,
        salt: &[u8],
        iterations: u32,
        stored_key: &[u8],
        server_key: &[u8],
    ) -> Result<Self, KeyError> {
        let (salt, iterations) = checked(salt, iterations)?;
        if stored_key.len() != hash.output_len() || server_key.len() != hash.output_len() {
            return Err(KeyError::Length);
        }
        Ok(Self {
            hash,
            salt: salt.to_vec(),
            iterations,
            stored_key: Zeroizing::new(stored_key.to_vec()),
            server_key: Zeroizing::new(server_key.to_vec()),
        })
    }

    pub(in crate::sasl) fn from_salted_password(
        hash: Hash,
        salt: &[u8],
        iterations: NonZeroU32,
        salted_password: &[u8],
    ) -> Self {
        let keys = Keys::new(String::new(), hash, salt.to_vec(), iterations, salted_password);
        let stored_key = hash.digest(&keys.client_key);
        Self { hash, salt: keys.salt, iterations, stored_key, server_key: keys.server_key }
    }

    /// The hash that these keys are for.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The salt, which every client that asks is shown.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The iteration count, which every client that asks is shown.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations.get()
    }

    pub(in crate::sasl) fn count(&self) -> NonZeroU32 {
        self.iterations
    }

    /// `StoredKey` (RFC 5802 §3), to write it to storage.
    #[must_use]
    pub fn stored_key(&self) -> &[u8] {
        &self.stored_key
    }

    /// `ServerKey` (RFC 5802 §3), to write it to storage. Who has it can pose as this server.
    #[must_use]
    pub fn server_key(&self) -> &[u8] {
        &self.server_key
    }

    /// Keys that belong to no password, from a `seed` that only the server knows: they answer for a user that does not
    /// exist. The salt depends on the seed alone, as that of real users from [`StoredCredentials::derive`] does.
    pub(in crate::sasl) fn decoy(hash: Hash, seed: &[u8], iterations: NonZeroU32) -> Self {
        let mut salt = Hash::Sha256.hmac(seed, b"salt").to_vec();
        salt.truncate(DECOY_SALT);
        Self {
            hash,
            salt,
            iterations,
            stored_key: hash.hmac(seed, b"stored key"),
            server_key: hash.hmac(seed, b"server key"),
        }
    }

    /// True when the proof was made with the key that belongs to these (RFC 5802 §3). Constant time.
    pub(super) fn verify_proof(&self, auth_message: &[u8], proof: &[u8]) -> bool {
        if proof.len() != self.hash.output_len() {
            return false;
        }
        let signature = self.hash.hmac(&self.stored_key, auth_message);
        let client_key = Zeroizing::new(xor(proof, &signature));
        self.hash.digest(&client_key).ct_eq(&self.stored_key).into()
    }

    /// `ServerSignature` (RFC 5802 §3).
    pub(super) fn server_signature(&self, auth_message: &[u8]) -> Zeroizing<Vec<u8>> {
        self.hash.hmac(&self.server_key, auth_message)
    }

    /// True when this password, salted as these keys are, gives these keys. Constant time.
    pub(in crate::sasl) fn verify_salted_password(&self, salted_password: &[u8]) -> bool {
        let client_key = self.hash.hmac(salted_password, b"Client Key");
        self.hash.digest(&client_key).ct_eq(&self.stored_key).into()
    }
}

impl fmt::Debug for StoredKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKeys")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// What a server keeps for one user: keys for one hash or several, and never the password.
///
/// ```
/// use xmpp_core::sasl::scram::StoredCredentials;
///
/// let salt = *b"16 random bytes.";
/// let stored = StoredCredentials::derive("pencil", &salt, 4_096)?;
/// assert!(!format!("{stored:?}").contains("pencil"));
/// # Ok::<(), xmpp_core::sasl::scram::KeyError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct StoredCredentials {
    keys: Vec<StoredKeys>,
    #[cfg(feature = "digest-md5")]
    digest_md5: Vec<Secret>,
}

impl StoredCredentials {
    /// Derives keys for every hash from a password. It blocks for the whole derivation (milliseconds to seconds): for
    /// registration, small servers and tests. The salt should be 16 random bytes, new for each user: that length is shown
    /// for users that do not exist as well.
    pub fn derive(password: &str, salt: &[u8], iterations: u32) -> Result<Self, KeyError> {
        let (salt, iterations) = checked(salt, iterations)?;
        let password = prep::new_password(password).ok_or(KeyError::Password)?;
        let keys = Hash::ALL.iter().map(|&hash| {
            let salted = hash.salted_password(password.as_bytes(), salt, iterations);
            StoredKeys::from_salted_password(hash, salt, iterations, &salted)
        });
        Ok(keys.collect())
    }

    /// Adds keys, replacing those of the same hash.
    pub fn insert(&mut self, keys: StoredKeys) {
        self.keys.retain(|old| old.hash != keys.hash);
        self.keys.push(keys);
    }

    /// Adds what DIGEST-MD5 needs, replacing that of the same realm.
    #[cfg(feature = "digest-md5")]
    pub fn insert_digest_md5(&mut self, secret: Secret) {
        self.digest_md5.retain(|old| old.realm != secret.realm);
        self.digest_md5.push(secret);
    }

    /// What DIGEST-MD5 needs in a realm.
    #[cfg(feature = "digest-md5")]
    #[must_use]
    pub fn digest_md5(&self, realm: &str) -> Option<&Secret> {
        self.digest_md5.iter().find(|secret| secret.realm == realm)
    }

    /// The keys for a hash.
    #[must_use]
    pub fn keys(&self, hash: Hash) -> Option<&StoredKeys> {
        self.keys.iter().find(|keys| keys.hash == hash)
    }

    /// The keys for the best hash that there is.
    #[must_use]
    pub fn best(&self) -> Option<&StoredKeys> {
        Hash::ALL.iter().find_map(|&hash| self.keys(hash))
    }

    /// The keys by which a password in clear is checked: those for SHA-256 if there are any, as for users that do not
    /// exist, so that both take the same time.
    pub(in crate::sasl) fn for_password(&self) -> Option<&StoredKeys> {
        self.keys(Hash::Sha256).or_else(|| self.best())
    }
}

impl FromIterator<StoredKeys> for StoredCredentials {
    fn from_iter<I: IntoIterator<Item = StoredKeys>>(keys: I) -> Self {
        let mut all = Self::default();
        for keys in keys {
            all.insert(keys);
        }
        all
    }
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

fn checked(salt: &[u8], iterations: u32) -> Result<(&[u8], NonZeroU32), KeyError> {
    if salt.is_empty() {
        return Err(KeyError::Salt);
    }
    Ok((salt, NonZeroU32::new(iterations).ok_or(KeyError::Iterations)?))
}
