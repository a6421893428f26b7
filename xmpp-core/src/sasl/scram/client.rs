//! One SCRAM exchange, seen from the client (RFC 5802 §5).

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::{fmt, mem};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::parser::{Gs2, ServerFinal, ServerFirst, escaped};
use super::{Hash, Keys};
use crate::entropy::Entropy;
use crate::sasl::client::{Credentials, Reply};
use crate::sasl::{AuthError, BindingType, Downgrade, Malformed, base64, offer};
use crate::work::{Ticket, Work, Worked};

/// What the client knows before the exchange, and the state of it.
pub(in crate::sasl) struct Scram {
    hash: Hash,
    username: String,
    gs2_header: String,
    /// The data behind the header in `c=`, when the channel is bound.
    binding: Zeroizing<Vec<u8>>,
    bare: String,
    nonce: String,
    iterations: RangeInclusive<u32>,
    offer: Offered,
    state: State,
}

/// What the first message says of the channel (RFC 5802 §6).
#[derive(Debug)]
pub(in crate::sasl) enum Flag<'a> {
    /// `n`: this side cannot bind it, or the server is known to find no way that both can.
    Unsupported,
    /// `y`: this side could, and was told that the server cannot.
    NotOffered,
    /// `p`: bound by this.
    Bound(BindingType, &'a [u8]),
}

/// What was offered, as far as it is to be compared (XEP-0474).
#[derive(Debug)]
pub(in crate::sasl) struct Offered {
    pub(in crate::sasl) text: String,
    /// Without the server's own word on it the exchange must not go on.
    pub(in crate::sasl) must_be_confirmed: bool,
}

enum State {
    /// The first message is out.
    ServerFirst { password: Zeroizing<String>, cached: Vec<Keys> },
    /// The server's first message is in; the keys are being derived.
    Deriving { ticket: Ticket, keyed: Keyed },
    /// The proof is out; the server owes its signature.
    ServerFinal { signature: Zeroizing<Vec<u8>>, keys: Keys },
    /// The server knows the password.
    Complete { keys: Keys },
    /// Between two states only.
    Over,
}

/// The server's first message, checked.
struct Keyed {
    message: String,
    nonce: String,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl Scram {
    /// Prepares name and password. `nonce` is printable ASCII without a comma, and used once.
    pub(in crate::sasl) fn new(
        hash: Hash,
        credentials: &Credentials,
        flag: &Flag<'_>,
        offer: Offered,
        iterations: RangeInclusive<u32>,
        cached: Vec<Keys>,
        nonce: String,
    ) -> Result<Self, AuthError> {
        let (username, password) = credentials.prepared()?;
        let authzid = credentials.authzid.as_deref();
        let (gs2_header, binding) = match flag {
            Flag::Unsupported => (Gs2::header("n", authzid), Zeroizing::default()),
            Flag::NotOffered => (Gs2::header("y", authzid), Zeroizing::default()),
            Flag::Bound(kind, data) => {
                (Gs2::header(&format!("p={kind}"), authzid), Zeroizing::new(data.to_vec()))
            }
        };
        let bare = format!("n={},r={nonce}", escaped(&username));
        let state = State::ServerFirst { password, cached };
        Ok(Self { hash, username, gs2_header, binding, bare, nonce, iterations, offer, state })
    }

    pub(in crate::sasl) fn initial(&self) -> Vec<u8> {
        format!("{}{}", self.gs2_header, self.bare).into_bytes()
    }

    pub(in crate::sasl) fn challenge(
        &mut self,
        data: &[u8],
        entropy: &mut Entropy,
    ) -> Result<Reply, AuthError> {
        match mem::replace(&mut self.state, State::Over) {
            State::ServerFirst { password, cached } => {
                let keyed = self.server_first(data)?;
                let fits = |keys: &Keys| keys.fit(&self.username, self.hash, &keyed.salt, keyed.iterations);
                if let Some(keys) = cached.into_iter().find(fits) {
                    return Ok(self.client_final(&keyed, keys));
                }
                let ticket = Ticket::new(entropy);
                let password = Zeroizing::new(password.as_bytes().to_vec());
                let work = Work::new(ticket, self.hash, password, keyed.salt.clone(), keyed.iterations);
                self.state = State::Deriving { ticket, keyed };
                Ok(Reply::Work(work))
            }
            // The signature may come as a challenge, to be answered with nothing (RFC 6120 §6.3.10).
            State::ServerFinal { signature, keys } => {
                self.server_final(data, &signature, keys)?;
                Ok(Reply::Respond(Vec::new()))
            }
            State::Deriving { .. } | State::Complete { .. } | State::Over => {
                Err(AuthError::Malformed(Malformed::Unexpected))
            }
        }
    }

    pub(in crate::sasl) fn worked(&mut self, worked: &Worked) -> Reply {
        match mem::replace(&mut self.state, State::Over) {
            State::Deriving { ticket, keyed } if worked.answers(ticket) => {
                let salted_password = worked.salted_password();
                let keys = Keys::new(
                    self.username.clone(),
                    self.hash,
                    keyed.salt.clone(),
                    keyed.iterations,
                    salted_password,
                );
                self.client_final(&keyed, keys)
            }
            other => {
                self.state = other;
                Reply::Ignored
            }
        }
    }

    pub(in crate::sasl) fn success(&mut self, data: Option<&[u8]>) -> Result<(), AuthError> {
        match (mem::replace(&mut self.state, State::Over), data) {
            (State::ServerFinal { signature, keys }, Some(data)) => self.server_final(data, &signature, keys),
            (State::Complete { keys }, None | Some([])) => {
                self.state = State::Complete { keys };
                Ok(())
            }
            (State::Complete { .. }, Some(_)) => Err(AuthError::Malformed(Malformed::Unexpected)),
            _ => Err(AuthError::SuccessTooEarly),
        }
    }

    /// True once the server has spoken SCRAM with us.
    pub(in crate::sasl) fn is_under_way(&self) -> bool {
        !matches!(self.state, State::ServerFirst { .. })
    }

    /// The keys of this attempt, whether they were right or not, for another one with the same password.
    pub(in crate::sasl) fn derived(&self) -> Option<&Keys> {
        match &self.state {
            State::ServerFinal { keys, .. } | State::Complete { keys } => Some(keys),
            _ => None,
        }
    }

    pub(in crate::sasl) fn keys(&self) -> Option<&Keys> {
        match &self.state {
            State::Complete { keys } => Some(keys),
            _ => None,
        }
    }

    fn server_first(&self, data: &[u8]) -> Result<Keyed, AuthError> {
        let first = match ServerFirst::parse(data) {
            Ok(first) => first,
            // Some servers report an error in place of their first message.
            Err(malformed) => {
                return Err(match ServerFinal::parse(data) {
                    Ok(ServerFinal::Error(error)) => AuthError::Mechanism(error.to_owned()),
                    _ => AuthError::Malformed(malformed),
                });
            }
        };
        if first.nonce.len() <= self.nonce.len() || !first.nonce.starts_with(&self.nonce) {
            return Err(AuthError::Nonce);
        }
        // Before anything is computed: what was offered here is not what the server offered (XEP-0474 §6.2). Who is in the
        // middle can take the attribute away or change it, but not so that the proof or the signature still fits.
        match first.offer_hash {
            Some(told) if told != offer::attribute(&self.offer.text, self.hash) => {
                return Err(AuthError::Downgrade(Downgrade::OfferChanged));
            }
            None if self.offer.must_be_confirmed => {
                return Err(AuthError::Downgrade(Downgrade::NoCommonBinding));
            }
            _ => {}
        }
        let (min, max) = (*self.iterations.start(), *self.iterations.end());
        let iterations = u32::try_from(first.iterations)
            .ok()
            .filter(|iterations| self.iterations.contains(iterations))
            .and_then(NonZeroU32::new)
            .ok_or(AuthError::Iterations { asked: first.iterations, min, max })?;
        // It parsed, so it is UTF-8.
        let message = String::from_utf8_lossy(data).into_owned();
        Ok(Keyed { message, nonce: first.nonce.to_owned(), salt: first.salt, iterations })
    }

    fn client_final(&mut self, keyed: &Keyed, keys: Keys) -> Reply {
        let cbind_input = base64::encode(&[self.gs2_header.as_bytes(), &self.binding].concat());
        let without_proof = format!("c={cbind_input},r={}", keyed.nonce);
        let auth_message = format!("{},{},{without_proof}", self.bare, keyed.message);
        let proof = keys.proof(auth_message.as_bytes());
        let signature = keys.server_signature(auth_message.as_bytes());
        self.state = State::ServerFinal { signature, keys };
        Reply::Respond(format!("{without_proof},p={}", base64::encode(&proof)).into_bytes())
    }

    fn server_final(&mut self, data: &[u8], signature: &[u8], keys: Keys) -> Result<(), AuthError> {
        match ServerFinal::parse(data).map_err(AuthError::Malformed)? {
            ServerFinal::Error(error) => Err(AuthError::Mechanism(error.to_owned())),
            ServerFinal::Verifier(verifier) if bool::from(verifier.ct_eq(signature)) => {
                self.state = State::Complete { keys };
                Ok(())
            }
            ServerFinal::Verifier(_) => Err(AuthError::ServerSignature),
        }
    }
}

impl fmt::Debug for Scram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::ServerFirst { .. } => "ServerFirst",
            State::Deriving { .. } => "Deriving",
            State::ServerFinal { .. } => "ServerFinal",
            State::Complete { .. } => "Complete",
            State::Over => "Over",
        };
        f.debug_struct("Scram").field("hash", &self.hash).field("state", &state).finish_non_exhaustive()
    }
}
