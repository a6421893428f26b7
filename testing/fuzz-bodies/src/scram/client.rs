//! The client is the machine, the script the server.
//!
//! The first line names the mechanisms that are offered. Then `cDATA` is a challenge, `sDATA` and `n` are a success
//! with and without data, `fCONDITION` is a failure.

use xmpp_core::{
    entropy::Entropy,
    sasl::{
        ChannelBindings, Condition, Mechanism, Offer, base64,
        client::{Config, Credentials, Negotiation, Reply, Start},
    },
};

use super::{PASSWORD, USER, filled, lines, reference};

/// What the peer could know, and whether the client has seen the right signature.
#[derive(Default)]
struct Attempt {
    mechanism: Option<Mechanism>,
    bare: String,
    challenge: String,
    signature: Option<String>,
    proved: bool,
}

/// Gives how many successes of the server were believed.
pub(super) fn run(script: &[u8], bindings: ChannelBindings) -> usize {
    let mut parts = script.splitn(2, |b| *b == b'\n');
    let Some(Ok(offered)) = parts.next().map(str::from_utf8) else { return 0 };
    let config = Config::new(Credentials::new(USER, PASSWORD))
        .mechanisms(&Mechanism::PASSWORD[..6]) // all but PLAIN
        .iterations(1..=64);
    let mut client = Negotiation::new(config, true, Entropy::new([3; 32])).with_bindings(bindings);
    // Behind a bar stand types of channel binding.
    let (mechanisms, types) = offered.split_once('|').unwrap_or((offered, ""));
    let types = types.split(' ').filter(|kind| !kind.is_empty());
    let offer = Offer::new(mechanisms.split(' ')).with_binding_types(types);
    let Ok(start) = client.start(&offer) else { return 0 };
    let mut attempt = Attempt::new(start);
    let mut successes = 0;
    for (command, rest) in lines(parts.next().unwrap_or_default()) {
        let data = filled(rest, |sign| attempt.fill(sign));
        match command {
            b'c' => {
                attempt.note(&data);
                let mut reply = client.challenge(&data);
                if let Ok(Reply::Work(work)) = reply {
                    reply = client.worked(work.run());
                }
                if let Ok(Reply::Respond(response)) = reply {
                    attempt.answered(&data, &response);
                }
            }
            b's' | b'n' => {
                let data = (command == b's').then_some(&*data);
                if let Some(data) = data {
                    attempt.note(data);
                }
                if client.success(data).is_ok() {
                    assert!(attempt.proved, "a success without the right signature");
                    assert!(client.keys().is_some());
                    successes += 1;
                }
            }
            b'f' => {
                let condition = Condition::from_name(&String::from_utf8_lossy(&data));
                if let Ok(start) = client.failure(condition, None) {
                    attempt = Attempt::new(start);
                }
            }
            _ => {}
        }
    }
    successes
}

impl Attempt {
    fn new(start: Start) -> Self {
        let initial = start.initial.and_then(|data| String::from_utf8(data).ok()).unwrap_or_default();
        let (header, bare) = initial.split_once(",,").expect("no other identity");
        let bound = start.mechanism.ends_with("-PLUS");
        let right = if bound { header == "p=tls-exporter" } else { matches!(header, "n" | "y") };
        assert!(right, "{} says {header}", start.mechanism);
        let bare = bare.to_owned();
        let mechanism = Mechanism::from_name(start.mechanism);
        assert!(mechanism.is_some_and(|mechanism| mechanism != Mechanism::Plain));
        Self { mechanism, bare, ..Self::default() }
    }

    fn fill(&self, sign: u8) -> Option<String> {
        match sign {
            b'N' => Some(self.bare.rsplit_once(",r=")?.1.to_owned()),
            b'V' => self.signature.clone(),
            _ => None,
        }
    }

    /// Whether the server proves itself with this.
    fn note(&mut self, data: &[u8]) {
        if let (Some(signature), Ok(data)) = (&self.signature, str::from_utf8(data)) {
            let told = data.strip_prefix("v=").and_then(|rest| rest.split(',').next());
            self.proved |= told == Some(signature);
        }
    }

    /// The client has answered a challenge; if that was the proof, the right signature is known from now on.
    fn answered(&mut self, challenge: &[u8], response: &[u8]) {
        let response = str::from_utf8(response).expect("responses are text");
        let Some((without_proof, proof)) = response.rsplit_once(",p=") else { return };
        let challenge = str::from_utf8(challenge).expect("accepted challenges are text");
        challenge.clone_into(&mut self.challenge);
        let field = |name| self.challenge.split(',').find_map(|part| part.strip_prefix(name));
        let salt =
            field("s=").and_then(|salt| base64::decode(salt).ok()).expect("accepted challenges have a salt");
        let count = field("i=").and_then(|count| count.parse().ok()).expect("and a count");
        assert!((1..=64).contains(&count), "a count out of bounds was accepted");
        let nonce = field("r=").expect("and a nonce");
        assert!(nonce.starts_with(&self.fill(b'N').expect("it is in every first message")));
        let hash = self.mechanism.and_then(Mechanism::hash).expect("only SCRAM is allowed");
        let salted = reference::salted_password(hash, PASSWORD, &salt, count);
        let messages = format!("{},{},{without_proof}", self.bare, self.challenge);
        assert_eq!(proof, reference::proof(hash, &salted, &messages));
        self.signature = Some(reference::signature(hash, &salted, &messages));
    }
}
