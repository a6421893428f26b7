//! The server is the machine, the script the client.
//!
//! Lines: `iMECHANISM DATA` and `aMECHANISM` begin an attempt with and without initial data, `rDATA` is a response,
//! `x` an abort.

use std::sync::LazyLock;

use xmpp_core::{
    entropy::Entropy,
    sasl::{
        ChannelBindings, Mechanism, base64,
        scram::{Hash, StoredCredentials},
        server::{Config, Negotiation, Step},
    },
};

use super::{BINDING, ITERATIONS, PASSWORD, SALT, USER, filled, lines, reference};

static STORED: LazyLock<StoredCredentials> = LazyLock::new(|| {
    StoredCredentials::derive(PASSWORD, SALT, ITERATIONS).expect("password and salt are not empty")
});

/// What was said in the attempt that runs.
#[derive(Default)]
struct Attempt {
    mechanism: Option<Mechanism>,
    first: Vec<u8>,
    challenge: String,
    last: Vec<u8>,
}

/// Gives how often the script got in.
pub(super) fn run(script: &[u8], bindings: ChannelBindings) -> usize {
    let config = Config::new([1; 32]).iterations(ITERATIONS);
    let mut server = Negotiation::new(config, true, Entropy::new([2; 32])).with_bindings(bindings);
    let mut attempt = Attempt::default();
    let mut successes = 0;
    for (command, rest) in lines(script) {
        let step = match command {
            b'i' | b'a' => {
                let (name, data) = match rest.iter().position(|b| *b == b' ') {
                    Some(at) => (&rest[..at], &rest[at + 1..]), // the position is inside
                    None => (rest, &[][..]),
                };
                let Ok(name) = str::from_utf8(name) else { continue };
                attempt = Attempt { mechanism: Mechanism::from_name(name), ..Attempt::default() };
                if command == b'i' {
                    attempt.first = data.to_vec();
                }
                server.auth(name, (command == b'i').then_some(data))
            }
            b'r' => {
                let data = filled(rest, |sign| attempt.fill(sign, rest));
                if attempt.first.is_empty() {
                    attempt.first.clone_from(&data);
                } else {
                    attempt.last.clone_from(&data);
                }
                server.response(&data)
            }
            b'x' => {
                let _ = server.abort();
                attempt = Attempt::default();
                continue;
            }
            _ => continue,
        };
        let mut step = step;
        loop {
            step = Ok(match step {
                Ok(Step::Lookup { username, .. }) => {
                    match server.credentials((username == USER).then_some(&*STORED)) {
                        Ok(step) => step,
                        Err(_) => break,
                    }
                }
                Ok(Step::Work(work)) => match server.worked(work.run()) {
                    Ok(step) => step,
                    Err(_) => break,
                },
                Ok(Step::Challenge(challenge)) => {
                    attempt.challenge = String::from_utf8(challenge).expect("challenges are text");
                    break;
                }
                Ok(Step::Success { mechanism, username, authzid, data }) => {
                    assert_eq!(attempt.mechanism, Some(mechanism));
                    attempt.judge(&username, authzid.as_deref(), data.as_deref());
                    successes += 1;
                    break;
                }
                Ok(Step::Token(_) | Step::Ignored) | Err(_) => break,
            });
        }
    }
    successes
}

impl Attempt {
    fn fill(&self, sign: u8, template: &[u8]) -> Option<String> {
        let nonce = self.challenge.strip_prefix("r=")?.split(',').next()?;
        match sign {
            b'N' => Some(nonce.to_owned()),
            b'P' => {
                let template = str::from_utf8(template).ok()?;
                let without_proof = template.rsplit_once(",p=")?.0.replace("%N", nonce);
                let hash = self.mechanism?.hash()?;
                Some(reference::proof(hash, &salted(hash), &self.messages(&without_proof)?))
            }
            _ => None,
        }
    }

    fn messages(&self, without_proof: &str) -> Option<String> {
        let bare = str::from_utf8(&self.first).ok()?.splitn(3, ',').nth(2)?;
        Some(format!("{bare},{},{without_proof}", self.challenge))
    }

    fn judge(&self, username: &str, authzid: Option<&str>, data: Option<&[u8]>) {
        assert_eq!(username, USER);
        let Some(hash) = self.mechanism.and_then(Mechanism::hash) else {
            let mut parts = self.first.split(|b| *b == 0);
            let wanted = parts.next().map(|id| String::from_utf8_lossy(id).into_owned());
            assert_eq!(authzid, wanted.as_deref().filter(|id| !id.is_empty()));
            // What is prepared may be spelled in several ways; the last part is the password in each.
            assert!(parts.next().is_some() && parts.next().is_some_and(|word| !word.is_empty()));
            assert_eq!(data, None);
            return;
        };
        let last = str::from_utf8(&self.last).expect("accepted messages are text");
        let (without_proof, proof) = last.rsplit_once(",p=").expect("accepted messages hold a proof");
        let messages = self.messages(without_proof).expect("accepted messages have their parts");
        assert_eq!(
            proof,
            reference::proof(hash, &salted(hash), &messages),
            "a success without the right proof"
        );
        if self.mechanism.is_some_and(Mechanism::binds_channel) {
            let c = without_proof.strip_prefix("c=").and_then(|rest| rest.split(',').next());
            let c =
                c.and_then(|c| base64::decode(c).ok()).expect("accepted messages say what they are bound to");
            assert!(c.starts_with(b"p=tls-exporter,") && c.ends_with(BINDING), "bound to another channel");
        }
        let signature = format!("v={}", reference::signature(hash, &salted(hash), &messages));
        assert_eq!(data, Some(signature.as_bytes()));
    }
}

fn salted(hash: Hash) -> Vec<u8> {
    reference::salted_password(hash, PASSWORD, SALT, ITERATIONS)
}
