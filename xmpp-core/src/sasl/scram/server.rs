//! One SCRAM exchange, seen from the server (RFC 5802 §5).

use super::StoredKeys;
use super::parser::{Binding, ClientFinal, ClientFirst};
use crate::sasl::{Condition, Malformed, base64, prep, server::Failure};

/// The client's first message, checked; the stored keys are awaited.
#[derive(Debug)]
pub(in crate::sasl) struct First {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) authzid: Option<String>,
    gs2_header: String,
    bare: String,
    nonce: String,
}

/// The salt is out; the proof is awaited.
#[derive(Debug)]
pub(in crate::sasl) struct Challenged {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) authzid: Option<String>,
    gs2_header: String,
    /// The client's first message without its header, the server's first message.
    messages: String,
    nonce: String,
    keys: StoredKeys,
}

impl First {
    pub(in crate::sasl) fn parse(data: &[u8]) -> Result<Self, Failure> {
        let first = ClientFirst::parse(data).map_err(malformed)?;
        match first.binding {
            Binding::Unsupported | Binding::NotOffered => {}
            Binding::Type(_) => return Err(failure("channel binding is not offered")),
        }
        let username = prep::username(&first.username).ok_or(failure("unusable user name"))?.into_owned();
        Ok(Self {
            username,
            authzid: first.authzid,
            gs2_header: first.gs2_header.to_owned(),
            bare: first.bare.to_owned(),
            nonce: first.nonce.to_owned(),
        })
    }

    /// The challenge; `server_nonce` is printable ASCII without a comma, and used once.
    pub(in crate::sasl) fn challenge(self, keys: StoredKeys, server_nonce: &str) -> (Challenged, Vec<u8>) {
        let nonce = format!("{}{server_nonce}", self.nonce);
        let challenge = format!("r={nonce},s={},i={}", base64::encode(&keys.salt), keys.iterations);
        let messages = format!("{},{challenge}", self.bare);
        let Self { username, authzid, gs2_header, .. } = self;
        (Challenged { username, authzid, gs2_header, messages, nonce, keys }, challenge.into_bytes())
    }
}

impl Challenged {
    /// Checks the client's last message and gives our signature.
    pub(in crate::sasl) fn verify(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let last = ClientFinal::parse(data).map_err(malformed)?;
        // Without channel binding the data is the header of the first message alone (RFC 5802 §7, cbind-input).
        if last.cbind_input != self.gs2_header.as_bytes() {
            return Err(failure("the client's c= is not the header of its first message"));
        }
        if last.nonce != self.nonce {
            return Err(failure("the client's second nonce is not the one that it was sent"));
        }
        let auth_message = format!("{},{}", self.messages, last.without_proof);
        if !self.keys.verify_proof(auth_message.as_bytes(), &last.proof) {
            return Err(Failure { condition: Condition::NotAuthorized, detail: "wrong proof" });
        }
        let signature = self.keys.server_signature(auth_message.as_bytes());
        Ok(format!("v={}", base64::encode(&signature)).into_bytes())
    }
}

fn failure(detail: &'static str) -> Failure {
    Failure { condition: Condition::MalformedRequest, detail }
}

fn malformed(malformed: Malformed) -> Failure {
    failure(match malformed {
        Malformed::MandatoryExtension => "a mandatory extension (m=) that is not known",
        Malformed::Base64 => "improper base64 inside of a SCRAM message",
        _ => "a SCRAM message that does not follow the grammar",
    })
}
