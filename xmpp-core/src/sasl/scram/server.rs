//! One SCRAM exchange, seen from the server (RFC 5802 §5).

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::StoredKeys;
use super::parser::{Binding, ClientFinal, ClientFirst};
use crate::sasl::{BindingType, ChannelBindings, Condition, Malformed, base64, prep, server::Failure};

/// The client's first message, checked; the stored keys are awaited.
#[derive(Debug)]
pub(in crate::sasl) struct First {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) authzid: Option<String>,
    /// What the client's `c=` must hold: the header, and behind it the data that the channel is bound by.
    cbind_input: Zeroizing<Vec<u8>>,
    is_bound: bool,
    bare: String,
    nonce: String,
}

/// The salt is out; the proof is awaited.
#[derive(Debug)]
pub(in crate::sasl) struct Challenged {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) authzid: Option<String>,
    cbind_input: Zeroizing<Vec<u8>>,
    is_bound: bool,
    /// The client's first message without its header, the server's first message.
    messages: String,
    nonce: String,
    keys: StoredKeys,
}

impl First {
    /// Reads it, and judges its flag (RFC 5802 §6). `plus`: the mechanism binds the channel; `offered`: one that does
    /// was offered.
    pub(in crate::sasl) fn parse(
        data: &[u8],
        plus: bool,
        offered: bool,
        bindings: &ChannelBindings,
    ) -> Result<Self, Failure> {
        let first = ClientFirst::parse(data).map_err(malformed)?;
        let mut cbind_input = Zeroizing::new(first.gs2_header.as_bytes().to_vec());
        match first.binding {
            Binding::Unsupported | Binding::NotOffered if plus => {
                return Err(failure("the mechanism binds the channel, and the message does not"));
            }
            // The client was not told what was offered: somebody took it away (§6).
            Binding::NotOffered if offered => {
                let detail = "the client did not see that channel binding is offered: a downgrade";
                return Err(Failure { condition: Condition::NotAuthorized, detail });
            }
            Binding::Unsupported | Binding::NotOffered => {}
            Binding::Type(_) if !plus => return Err(failure("channel binding under a mechanism without it")),
            Binding::Type(name) => {
                let data = BindingType::from_name(name).and_then(|kind| bindings.get(kind));
                let data = data.ok_or(failure("a channel binding that is not supported"))?;
                cbind_input.extend_from_slice(data);
            }
        }
        let username = prep::username(&first.username).ok_or(failure("unusable user name"))?.into_owned();
        Ok(Self {
            username,
            authzid: first.authzid,
            cbind_input,
            is_bound: plus,
            bare: first.bare.to_owned(),
            nonce: first.nonce.to_owned(),
        })
    }

    /// The challenge; `server_nonce` is printable ASCII without a comma, and used once.
    /// `offer_hash` tells the client what was offered (XEP-0474).
    pub(in crate::sasl) fn challenge(
        self,
        keys: StoredKeys,
        server_nonce: &str,
        offer_hash: Option<&str>,
    ) -> (Challenged, Vec<u8>) {
        let nonce = format!("{}{server_nonce}", self.nonce);
        let mut challenge = format!("r={nonce},s={},i={}", base64::encode(&keys.salt), keys.iterations);
        if let Some(hash) = offer_hash {
            challenge.push_str(",h=");
            challenge.push_str(hash);
        }
        let messages = format!("{},{challenge}", self.bare);
        let Self { username, authzid, cbind_input, is_bound, .. } = self;
        (
            Challenged { username, authzid, cbind_input, is_bound, messages, nonce, keys },
            challenge.into_bytes(),
        )
    }
}

impl Challenged {
    /// Checks the client's last message and gives our signature.
    pub(in crate::sasl) fn verify(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let last = ClientFinal::parse(data).map_err(malformed)?;
        // The header of the first message comes again, and behind it the binding's data (RFC 5802 §7, cbind-input). Another
        // header is a broken client; other data is another channel: somebody stands between.
        let same: bool = last.cbind_input.ct_eq(&self.cbind_input).into();
        if !same && self.is_bound {
            let detail = "the client is bound to another channel";
            return Err(Failure { condition: Condition::NotAuthorized, detail });
        }
        if !same {
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
