//! The server against a client that is careless, hostile or late.

use proptest::prelude::*;
use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::scram::{Hash, KeyError, StoredCredentials, StoredKeys};
use xmpp_core::sasl::server::{Config, Failure, Negotiation, Step};
use xmpp_core::sasl::{Condition, Mechanism};

use crate::pair::{
    Carriage, ITERATIONS, Outcome, SALT, attempt, config, new_client, new_server, only, run, stored,
};

fn condition(outcome: Result<Step, Failure>) -> Condition {
    outcome.unwrap_err().condition
}

fn salt_and_count(step: &Step) -> String {
    let Step::Challenge(challenge) = step else { panic!("{step:?}") };
    let text = str::from_utf8(challenge).unwrap();
    // Behind it stands the hash of what is offered.
    text.split_once(",s=").unwrap().1.split_once(",h=").unwrap().0.to_owned()
}

/// SASL-14, SASL-08: PLAIN is neither offered nor taken unprotected; what is not offered is not taken.
#[test]
fn offers() {
    let names =
        |config: Config, secure| Negotiation::new(config, secure, Entropy::new([1; 32])).offer().mechanisms;
    let config = || Config::new([7; 32]);
    assert_eq!(names(config(), true), ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
    assert_eq!(names(config(), false), ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]);
    assert_eq!(
        names(config().plain_without_tls(true), false),
        ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]
    );
    assert_eq!(names(config().mechanisms(only(Mechanism::ScramSha1)), true), ["SCRAM-SHA-1"]);

    let mut in_clear = Negotiation::new(config(), false, Entropy::new([1; 32]));
    assert_eq!(condition(in_clear.auth("PLAIN", Some(b"\0a\0b"))), Condition::EncryptionRequired);
    let mut one =
        Negotiation::new(config().mechanisms(only(Mechanism::ScramSha1)), true, Entropy::new([1; 32]));
    for name in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "scram-sha-1", "", "GSSAPI"] {
        assert_eq!(condition(one.auth(name, Some(b"\0a\0b"))), Condition::InvalidMechanism, "{name}");
    }
    assert_eq!(one.failures(), 6);
}

/// SASL-06: an abort at any point ends the attempt, and the client may begin again.
#[test]
fn abort() {
    let stored = stored("r0m30");
    let mut server = new_server();
    assert_eq!(server.abort().condition, Condition::Aborted);
    server.auth("SCRAM-SHA-1", Some(b"n,,n=juliet,r=abc")).unwrap();
    assert_eq!(server.abort().condition, Condition::Aborted);
    assert!(matches!(server.credentials(Some(&stored)), Ok(Step::Ignored)));
    assert_eq!(condition(server.response(b"c=biws,r=abc,p=AA==")), Condition::MalformedRequest);
    let mut client = new_client(config("juliet", "r0m30"));
    let outcome = run(&mut client, &mut server, |_| Some(stored.clone()), Carriage::default());
    assert!(matches!(outcome, Outcome::Success { .. }));
    assert_eq!(server.failures(), 3);
}

/// SASL-09: a second auth discards the first, with what was being looked up or computed for it.
#[test]
fn second_auth() {
    let stored = stored("r0m30");
    let mut server = new_server();
    server.auth("PLAIN", Some(b"\0juliet\0r0m30")).unwrap();
    let Ok(Step::Work(old)) = server.credentials(Some(&stored)) else { panic!() };
    let lookup = server.auth("PLAIN", Some(b"\0romeo\0guess")).unwrap();
    assert!(matches!(lookup, Step::Lookup { username, .. } if username == "romeo"));
    assert!(matches!(server.worked(old.run()), Ok(Step::Ignored)));
    let Ok(Step::Work(new)) = server.credentials(Some(&stored)) else { panic!() };
    assert!(matches!(server.worked(old.run()), Ok(Step::Ignored)), "juliet's password does not let romeo in");
    assert_eq!(condition(server.worked(new.run())), Condition::NotAuthorized);
    assert!(matches!(server.worked(new.run()), Ok(Step::Ignored)));

    let mut client = new_client(config("juliet", "r0m30"));
    let start = client.start(&server.offer()).unwrap();
    server.auth("SCRAM-SHA-1", Some(b"n,,n=romeo,r=abc")).unwrap();
    assert!(matches!(server.credentials(None), Ok(Step::Challenge(_))));
    let outcome = attempt(&mut client, &mut server, |_| Some(stored.clone()), Carriage::default(), start);
    assert!(matches!(outcome, Outcome::Success { username, .. } if username == "juliet"));
}

/// SASL-09: an answer that was asked for by a discarded attempt is not taken for the next one; or juliet could start as
/// romeo while her own keys are being fetched.
#[test]
fn late_lookup() {
    let juliet = stored("r0m30");
    for discard in [
        (|server| assert_eq!(server.abort().condition, Condition::Aborted)) as fn(&mut Negotiation),
        |server| assert_eq!(server.refuse(Condition::TemporaryAuthFailure, "slow").detail, "slow"),
        |server| assert!(server.response(b"too early").is_err()),
        |_| (),
    ] {
        for mechanism in ["PLAIN", "SCRAM-SHA-1"] {
            let mut server = new_server();
            server.auth("SCRAM-SHA-1", Some(b"n,,n=juliet,r=abc")).unwrap();
            discard(&mut server);
            let message: &[u8] = if mechanism == "PLAIN" { b"\0romeo\0r0m30" } else { b"n,,n=romeo,r=abc" };
            assert!(matches!(server.auth(mechanism, Some(message)), Ok(Step::Ignored)));
            assert!(matches!(server.auth(mechanism, Some(message)), Ok(Step::Ignored)));
            let step = server.credentials(Some(&juliet));
            assert!(matches!(&step, Ok(Step::Lookup { username, .. }) if username == "romeo"), "{step:?}");
            let step = server.credentials(None);
            assert!(matches!(step, Ok(Step::Work(_) | Step::Challenge(_))), "{step:?}");
        }
    }
}

/// An unknown user is shown a salt that looks real, stays the same, and depends on name and service.
#[test]
fn unknown_users() {
    let ask = |server: &mut Negotiation, mechanism: &str, name: &str| {
        server.auth(mechanism, Some(format!("n,,n={name},r=abc").as_bytes())).unwrap();
        salt_and_count(&server.credentials(None).unwrap())
    };
    let mut server = new_server();
    let shown = ask(&mut server, "SCRAM-SHA-1", "nobody");
    assert_eq!(shown, ask(&mut new_server(), "SCRAM-SHA-1", "nobody"));
    assert_eq!(
        shown,
        ask(&mut server, "SCRAM-SHA-256", "nobody"),
        "as the accounts here have one salt for all"
    );
    assert_ne!(shown, ask(&mut server, "SCRAM-SHA-1", "nobody2"));
    let mut elsewhere =
        Negotiation::new(Config::new([8; 32]).iterations(4_096), true, Entropy::new([20; 32]));
    let elsewhere = ask(&mut elsewhere, "SCRAM-SHA-1", "nobody");
    assert_ne!(shown, elsewhere);
    assert!(elsewhere.ends_with(",i=4096") && shown.ends_with(",i=10000"), "{shown} {elsewhere}");

    server.auth("SCRAM-SHA-1", Some(b"n,,n=juliet,r=abc")).unwrap();
    let real = salt_and_count(&server.credentials(Some(&stored("r0m30"))).unwrap());
    assert_eq!(real.split(',').next().map(str::len), shown.split(',').next().map(str::len));
}

/// A user whose keys were made for another hash fails like an unknown one, and passes with the hash that it has.
#[test]
fn one_hash_only() {
    let both = stored("r0m30");
    let one: StoredCredentials = [both.keys(Hash::Sha1).unwrap().clone()].into_iter().collect();
    for &mechanism in Mechanism::PASSWORD {
        let mut client = new_client(config("juliet", "r0m30").mechanisms(only(mechanism)));
        let outcome = run(&mut client, &mut new_server(), |_| Some(one.clone()), Carriage::default());
        match outcome {
            Outcome::Success { .. } => assert!(mechanism.hash().is_none_or(|hash| hash == Hash::Sha1)),
            Outcome::Server(failure) => {
                assert_eq!(failure.condition, Condition::NotAuthorized);
                assert_ne!(mechanism.hash(), Some(Hash::Sha1));
            }
            Outcome::Client(error) => panic!("{error}"),
        }
    }
}

/// Keys read from storage are those that were derived; keys that do not fit are refused.
#[test]
fn storage() {
    let derived = stored("r0m30");
    let keys = derived.keys(Hash::Sha256).unwrap();
    assert_eq!(keys.hash(), Hash::Sha256);
    let read =
        StoredKeys::new(Hash::Sha256, keys.salt(), keys.iterations(), keys.stored_key(), keys.server_key());
    let read: StoredCredentials = [read.unwrap()].into_iter().collect();
    let mut client = new_client(config("juliet", "r0m30").mechanisms(only(Mechanism::ScramSha256)));
    let outcome = run(&mut client, &mut new_server(), |_| Some(read.clone()), Carriage::default());
    assert!(matches!(outcome, Outcome::Success { .. }), "{outcome:?}");

    let key = [0; 20];
    let refused = |salt: &[u8], count, stored: &[u8], server: &[u8]| {
        StoredKeys::new(Hash::Sha1, salt, count, stored, server).unwrap_err()
    };
    assert_eq!(refused(b"", ITERATIONS, &key, &key), KeyError::Salt);
    assert_eq!(refused(SALT, 0, &key, &key), KeyError::Iterations);
    assert_eq!(refused(SALT, ITERATIONS, &key[1..], &key), KeyError::Length);
    assert_eq!(refused(SALT, ITERATIONS, &key, &[0; 32]), KeyError::Length);
    assert_eq!(StoredCredentials::derive("", SALT, 1).unwrap_err(), KeyError::Password);
    assert_eq!(StoredCredentials::derive("x", b"", 1).unwrap_err(), KeyError::Salt);
    assert_eq!(StoredCredentials::derive("x", SALT, 0).unwrap_err(), KeyError::Iterations);
}

/// SASL-08: the caller's own reasons end the attempt as well, also after the proof was right.
#[test]
fn refuse() {
    let mut server = new_server();
    server.auth("PLAIN", Some(b"\0juliet\0r0m30")).unwrap();
    let failure = server.refuse(Condition::AccountDisabled, "by the administrator");
    assert_eq!(failure.condition, Condition::AccountDisabled);
    assert!(matches!(server.credentials(Some(&stored("r0m30"))), Ok(Step::Ignored)));
    assert_eq!(server.failures(), 1);
}

/// SASL-08: a store that cannot be asked is a temporary failure, and the next attempt asks again.
#[test]
fn unavailable() {
    let mut server = new_server();
    assert!(matches!(server.unavailable(), Ok(Step::Ignored)));
    for message in [&b"\0juliet\0r0m30"[..], b"\0romeo\0guess"] {
        assert!(matches!(server.auth("PLAIN", Some(message)), Ok(Step::Lookup { .. })));
        assert_eq!(condition(server.unavailable()), Condition::TemporaryAuthFailure);
    }
    server.auth("PLAIN", Some(b"\0juliet\0r0m30")).unwrap();
    assert!(matches!(server.auth("SCRAM-SHA-1", Some(b"n,,n=romeo,r=abc")), Ok(Step::Ignored)));
    assert!(matches!(server.unavailable(), Ok(Step::Lookup { username, .. }) if username == "romeo"));
    assert_eq!(condition(server.unavailable()), Condition::TemporaryAuthFailure);
    assert_eq!(server.failures(), 3);
}

/// MEC-01, MEC-06, MEC-09: malformed first messages are told apart from wrong passwords.
#[test]
fn malformed_first_message() {
    let mut server = new_server();
    let cases: [(&str, &[u8]); 11] = [
        ("PLAIN", b""),
        ("PLAIN", b"\0\0"),
        ("PLAIN", b"juliet\0r0m30"),
        ("PLAIN", b"\0juliet\0r0m30\0"),
        ("PLAIN", b"\0bell\x07\0r0m30"),
        ("SCRAM-SHA-1", b""),
        ("SCRAM-SHA-1", b"n,,n=juliet"),
        ("SCRAM-SHA-1", b"n,,m=x,n=juliet,r=abc"),
        ("SCRAM-SHA-256", b"n,,n=ju=20liet,r=abc"),
        ("SCRAM-SHA-256", b"n,,n=bell\x07,r=abc"),
        ("SCRAM-SHA-256", b"p=tls-exporter,,n=juliet,r=abc"),
    ];
    for (mechanism, message) in cases {
        let outcome = server.auth(mechanism, Some(message));
        assert_eq!(condition(outcome), Condition::MalformedRequest, "{}", message.escape_ascii());
    }
    assert_eq!(condition(server.response(b"x")), Condition::MalformedRequest);
}

proptest! {
    /// Whatever a client sends, the server neither panics nor lets it in.
    #[test]
    fn arbitrary_client(pick in 0..Mechanism::PASSWORD.len(), first: Vec<u8>, last: Vec<u8>) {
        let mut server = new_server();
        let _ = server.auth(Mechanism::PASSWORD[pick].name(), Some(&first));
        let _ = server.credentials(None);
        prop_assert!(server.response(&last).is_err());
    }

    /// MEC-08, MEC-11, MEC-12: one changed byte in the client's last message is no proof.
    #[test]
    fn changed_proof(at: prop::sample::Index, byte: u8) {
        let stored = stored("r0m30");
        let mut client = new_client(config("juliet", "r0m30"));
        let mut server = new_server();
        let start = client.start(&server.offer()).unwrap();
        server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
        let mut response = crate::pair::respond(&mut client, &challenge).unwrap();
        let at = at.index(response.len());
        prop_assume!(response[at] != byte);
        response[at] = byte;
        prop_assert!(server.response(&response).is_err());
    }
}
