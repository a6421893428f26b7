//! RFC 5802 §3 once more, straight from its formulas, to judge the machines by.

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use xmpp_core::sasl::{base64, scram::Hash};

pub(super) fn salted_password(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Vec<u8> {
    let mut out = vec![0; hash.output_len()];
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, iterations, &mut out),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), salt, iterations, &mut out),
        _ => pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, iterations, &mut out),
    }
    out
}

/// The text of the proof.
pub(super) fn proof(hash: Hash, salted: &[u8], messages: &str) -> String {
    let client_key = hmac(hash, salted, b"Client Key");
    let signature = hmac(hash, &digest(hash, &client_key), messages.as_bytes());
    let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
    base64::encode(&proof)
}

/// The text of the server's signature.
pub(super) fn signature(hash: Hash, salted: &[u8], messages: &str) -> String {
    base64::encode(&hmac(hash, &hmac(hash, salted, b"Server Key"), messages.as_bytes()))
}

fn digest(hash: Hash, data: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha1 => Sha1::digest(data).to_vec(),
        Hash::Sha512 => Sha512::digest(data).to_vec(),
        _ => Sha256::digest(data).to_vec(),
    }
}

fn hmac(hash: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
        let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(data);
        mac.finalize().into_bytes().to_vec()
    }
    match hash {
        Hash::Sha1 => mac::<Hmac<Sha1>>(key, data),
        Hash::Sha512 => mac::<Hmac<Sha512>>(key, data),
        _ => mac::<Hmac<Sha256>>(key, data),
    }
}
