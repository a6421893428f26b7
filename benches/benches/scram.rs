//! A client's SCRAM handshake of 4,096 rounds, against `sasl` of xmpp-rs and the bare compression function.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

use std::cell::RefCell;

use sasl::{client::Mechanism as _, common::ChannelBinding, common::scram::ScramProvider};
use xmpp_benches::contest::Run;
use xmpp_core::{
    entropy::Entropy,
    sasl::{
        Mechanism,
        client::{Config, Credentials, Negotiation, Reply},
        scram::StoredCredentials,
        server::{self, Step},
    },
};

const ROUNDS: u32 = 4096;

/// A server with one account, for a message at a time.
struct Server(server::Negotiation, StoredCredentials);

impl Server {
    fn new() -> Self {
        let stored = StoredCredentials::derive("r0m30", b"0123456789abcdef", ROUNDS).unwrap();
        Self(server::Negotiation::new(server::Config::new([1; 32]), true, Entropy::new([2; 32])), stored)
    }

    fn challenge(&mut self, mechanism: Mechanism, initial: &[u8]) -> Vec<u8> {
        let step = self.0.auth(mechanism.name(), Some(initial)).unwrap();
        assert!(matches!(step, Step::Lookup { .. }));
        let Ok(Step::Challenge(challenge)) = self.0.credentials(Some(&self.1)) else { panic!() };
        challenge
    }

    fn success(&mut self, response: &[u8]) -> Vec<u8> {
        let Ok(Step::Success { data: Some(data), .. }) = self.0.response(response) else { panic!("refused") };
        data
    }
}

fn ours(config: &Config, mechanism: Mechanism, server: &mut Server, seed: u8) {
    let mut client = Negotiation::new(config.clone(), true, Entropy::new([seed; 32]));
    let start = client.start(&server.0.offer()).unwrap();
    let challenge = server.challenge(mechanism, &start.initial.unwrap());
    let response = match client.challenge(&challenge).unwrap() {
        Reply::Work(work) => client.worked(work.run()).unwrap(),
        reply => reply,
    };
    let Reply::Respond(response) = response else { panic!() };
    client.success(Some(&server.success(&response))).unwrap();
}

fn peer<S: ScramProvider>(mechanism: Mechanism, server: &mut Server) {
    let mut client =
        sasl::client::mechanisms::Scram::<S>::new("juliet", "r0m30", ChannelBinding::None).unwrap();
    let challenge = server.challenge(mechanism, &client.initial());
    let response = client.response(&challenge).unwrap();
    client.success(&server.success(&response)).unwrap();
}

/// The compressions of PBKDF2 with one block of output: two a round, one after another.
fn sha1_compressions() -> u32 {
    let (mut state, mut block) = ([0_u32; 5], [[0_u8; 64]]);
    for _ in 0..2 * ROUNDS {
        sha1::block_api::compress(&mut state, &block);
        block[0][..4].copy_from_slice(&state[0].to_be_bytes());
    }
    state[0]
}

fn sha256_compressions() -> u32 {
    let (mut state, mut block) = ([0_u32; 8], [[0_u8; 64]]);
    for _ in 0..2 * ROUNDS {
        sha2::block_api::compress256(&mut state, &block);
        block[0][..4].copy_from_slice(&state[0].to_be_bytes());
    }
    state[0]
}

fn handshake(run: &mut Run) {
    // Both sides end in success, which each asserts; the server's part is the same, and costs some microseconds.
    let server = RefCell::new(Server::new());
    for mechanism in [Mechanism::ScramSha1, Mechanism::ScramSha256] {
        let config = Config::new(Credentials::new("juliet", "r0m30")).mechanisms([mechanism]);
        let sha1 = mechanism == Mechanism::ScramSha1;
        let mut contest = run.contest(&format!("{mechanism}, 4,096 rounds"));
        contest.enter("ours", || ours(&config, mechanism, &mut server.borrow_mut(), 3));
        contest.enter("sasl", || match sha1 {
            true => peer::<sasl::common::scram::Sha1>(mechanism, &mut server.borrow_mut()),
            false => peer::<sasl::common::scram::Sha256>(mechanism, &mut server.borrow_mut()),
        });
        let limit = if sha1 { sha1_compressions } else { sha256_compressions };
        contest.limit("limit: compressions alone", limit(), limit);
        contest.measure(run);

        let mut client = Negotiation::new(config.clone(), true, Entropy::new([4; 32]));
        let start = client.start(&server.borrow().0.offer()).unwrap();
        let Ok(Reply::Work(work)) =
            client.challenge(&server.borrow_mut().challenge(mechanism, &start.initial.unwrap()))
        else {
            panic!()
        };
        let Ok(Reply::Respond(response)) = client.worked(work.run()) else { panic!() };
        client.success(Some(&server.borrow_mut().success(&response))).unwrap();
        let cached = config.clone().keys(client.keys());
        let mut contest = run.contest(&format!("{mechanism}, keys cached, both sides"));
        contest.enter("ours", || ours(&cached, mechanism, &mut server.borrow_mut(), 3));
        contest.measure(run);
    }
}

fn main() {
    let mut run = Run::from_args();
    handshake(&mut run);
}
