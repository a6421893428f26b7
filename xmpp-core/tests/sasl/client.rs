//! The client against a server that is careless, hostile or late.

use proptest::prelude::*;
use xmpp_core::sasl::client::{Config, Credentials, Negotiation, Reply};
use xmpp_core::sasl::scram::StoredCredentials;
use xmpp_core::sasl::server::Step;
use xmpp_core::sasl::{AuthError, Blame, Condition, Malformed, Mechanism, Offer};

use crate::pair::{SALT, config, new_client, new_server, only, respond, stored};

/// A client of this mechanism and the challenge that a real server answers it with.
fn challenged(mechanism: Mechanism, stored: &StoredCredentials) -> (Negotiation, Vec<u8>) {
    let mut client = new_client(config("juliet", "r0m30").mechanisms(only(mechanism)));
    let mut server = new_server();
    let start = client.start(&server.offer()).unwrap();
    server.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = server.credentials(Some(stored)) else { panic!() };
    (client, challenge)
}

/// SASL-11: a server that skips its proof, or everything, has proved nothing.
#[test]
fn success_without_proof() {
    let stored = stored("r0m30");
    for data in [None, Some(&b""[..])] {
        let (mut client, challenge) = challenged(Mechanism::ScramSha256, &stored);
        let mut hasty = new_client(config("juliet", "r0m30"));
        assert_eq!(hasty.success(data), Err(AuthError::SuccessTooEarly));
        hasty.start(&Offer::new(["SCRAM-SHA-1"])).unwrap();
        assert_eq!(hasty.success(data), Err(AuthError::SuccessTooEarly));
        respond(&mut client, &challenge).unwrap();
        let error = client.success(data).unwrap_err();
        assert_eq!(error.blame(), Blame::Peer);
        assert_eq!(client.success(Some(b"v=AA==")), Err(error), "a failed negotiation stays failed");
    }
}

/// SASL-11, MEC-12: an impostor that knows the name, the salt and the count, but not the keys.
#[test]
fn impostor() {
    let impostor = StoredCredentials::derive("guess", SALT, 16).unwrap();
    let (mut client, challenge) = challenged(Mechanism::ScramSha1, &impostor);
    respond(&mut client, &challenge).unwrap();
    assert_eq!(client.success(Some(b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=")), Err(AuthError::ServerSignature));
    assert_eq!(client.keys().map(|_| ()), None);
}

/// MEC-10: the server does not choose how long this side computes.
#[test]
fn iteration_bounds() {
    for (count, accepted) in [(1, false), (4_095, false), (4_096, true), (5_000, true), (5_001, false)] {
        let stored = StoredCredentials::derive("r0m30", SALT, count).unwrap();
        let mut client = new_client(config("juliet", "r0m30").iterations(4_096..=5_000));
        let mut server = new_server();
        let start = client.start(&server.offer()).unwrap();
        server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
        match client.challenge(&challenge) {
            Ok(reply) => assert!(accepted && matches!(reply, Reply::Work(_)), "{count}"),
            Err(error) => {
                assert!(!accepted, "{count}");
                assert_eq!(error, AuthError::Iterations { asked: count.into(), min: 4_096, max: 5_000 });
                assert_eq!(error.blame(), Blame::Policy);
            }
        }
    }
}

/// MEC-10: without a word from the caller, a count below the 4,096 of RFC 7677 §4 is not accepted, nor one that takes
/// seconds.
#[test]
fn default_iteration_bounds() {
    for (asked, accepted) in [(4_095, false), (4_096, true), (5_000_000, true), (5_000_001, false)] {
        let mut client = new_client(Config::new(Credentials::new("juliet", "r0m30")));
        let initial = client.start(&Offer::new(["SCRAM-SHA-256"])).unwrap().initial.unwrap();
        let nonce = str::from_utf8(&initial).unwrap().rsplit_once("r=").unwrap().1;
        let challenge = format!("r={nonce}x,s=c2FsdA==,i={asked}");
        match client.challenge(challenge.as_bytes()) {
            Ok(reply) => assert!(accepted && matches!(reply, Reply::Work(_)), "{asked}"),
            Err(error) => {
                assert!(!accepted && matches!(error, AuthError::Iterations { .. }), "{asked}: {error}");
            }
        }
    }
}

/// PLAIN has one message, and its success carries nothing.
#[test]
fn plain_is_one_message() {
    let start = || {
        let mut client = new_client(config("juliet", "r0m30"));
        client.start(&Offer::new(["PLAIN"])).unwrap();
        client
    };
    assert_eq!(start().challenge(b"").unwrap_err(), AuthError::Malformed(Malformed::Unexpected));
    assert_eq!(start().success(Some(b"x")), Err(AuthError::Malformed(Malformed::Unexpected)));
    assert_eq!(start().success(Some(b"")), Ok(()));
    assert_eq!(start().success(None), Ok(()));
}

/// A computation of an earlier attempt, or of another machine, changes nothing; a challenge before the proof is out is
/// refused.
#[test]
fn stale_work() {
    let stored = stored("r0m30");
    let (mut client, challenge) = challenged(Mechanism::ScramSha1, &stored);
    let Reply::Work(old) = client.challenge(&challenge).unwrap() else { panic!() };
    assert_eq!(client.challenge(&challenge).unwrap_err(), AuthError::Malformed(Malformed::Unexpected));

    let mut server = new_server();
    let start = client.start(&server.offer()).unwrap();
    server.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
    assert!(matches!(client.worked(old.run()), Ok(Reply::Ignored)));
    let Reply::Work(work) = client.challenge(&challenge).unwrap() else { panic!() };
    assert!(matches!(client.worked(old.run()), Ok(Reply::Ignored)));
    let Reply::Respond(response) = client.worked(work.run()).unwrap() else { panic!() };
    assert!(matches!(client.worked(work.run()), Ok(Reply::Ignored)));
    let Step::Success { data, .. } = server.response(&response).unwrap() else { panic!() };
    client.success(data.as_deref()).unwrap();
}

/// Calls that have no meaning yet are typed errors.
#[test]
fn out_of_order() {
    let new = || new_client(config("juliet", "r0m30"));
    assert_eq!(new().challenge(b"").unwrap_err(), AuthError::OutOfOrder);
    assert_eq!(new().failure(Condition::NotAuthorized, None), Err(AuthError::OutOfOrder));
    assert_eq!(AuthError::OutOfOrder.blame(), Blame::Caller);
    assert_eq!(new().mechanism(), None);
}

/// MEC-08, SASL-20: no two attempts use the same nonce.
#[test]
fn fresh_nonces() {
    let mut client = new_client(config("juliet", "r0m30"));
    let first = client.start(&Offer::new(["SCRAM-SHA-1"])).unwrap().initial;
    let second = client.start(&Offer::new(["SCRAM-SHA-1"])).unwrap().initial;
    assert_ne!(first, second);
}

proptest! {
    /// Whatever a server sends, the client neither panics nor believes it.
    #[test]
    fn arbitrary_server(first: Vec<u8>, last: Vec<u8>, pick in 0..Mechanism::PASSWORD.len()) {
        let mut client = new_client(config("juliet", "r0m30").mechanisms(only(Mechanism::PASSWORD[pick])));
        client.start(&new_server().offer()).unwrap();
        prop_assert!(client.challenge(&first).is_err());
        prop_assert!(client.success(Some(&last)).is_err());
    }

    /// MEC-08, MEC-09, MEC-12: one changed byte in a challenge ends the login, here or at the server.
    #[test]
    fn changed_challenge(at: prop::sample::Index, byte: u8) {
        let stored = stored("r0m30");
        let mut client = new_client(config("juliet", "r0m30"));
        let mut server = new_server();
        let start = client.start(&server.offer()).unwrap();
        server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        let Ok(Step::Challenge(mut challenge)) = server.credentials(Some(&stored)) else { panic!() };
        let at = at.index(challenge.len());
        prop_assume!(challenge[at] != byte);
        challenge[at] = byte;
        if let Ok(response) = respond(&mut client, &challenge) {
            prop_assert!(server.response(&response).is_err());
        }
    }
}
