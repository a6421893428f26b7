//! Every mechanism, carried in every way, with right and wrong names and passwords.

use proptest::prelude::*;
use xmpp_core::sasl::client::{Config, Credentials, Reply};
use xmpp_core::sasl::scram::StoredCredentials;
use xmpp_core::sasl::server::Step;
use xmpp_core::sasl::{Blame, Condition, Mechanism};

use crate::pair::{Carriage, Outcome, config, new_client, new_server, only, run, stored};

fn carriages() -> impl Iterator<Item = Carriage> {
    [false, true].into_iter().flat_map(|late_start| {
        [false, true].into_iter().map(move |early_end| Carriage { late_start, early_end })
    })
}

/// SASL-03, MEC-01, MEC-11, MEC-12: success with initial data or without, with the last data in the success or before.
#[test]
fn right_password() {
    let stored = stored("r0m30");
    for &mechanism in Mechanism::PASSWORD {
        for carriage in carriages() {
            let mut client = new_client(config("juliet", "r0m30").mechanisms(only(mechanism)));
            let outcome = run(&mut client, &mut new_server(), |_| Some(stored.clone()), carriage);
            let success = Outcome::Success {
                mechanism: mechanism.name(),
                username: "juliet".to_owned(),
                authzid: None,
            };
            assert_eq!(outcome, success, "{carriage:?}");
            assert_eq!(client.mechanism(), Some(mechanism));
        }
    }
}

/// SASL-12: the identity to act for arrives as it was given.
#[test]
fn authzid() {
    let stored = stored("r0m30");
    for &mechanism in Mechanism::PASSWORD {
        let credentials = Credentials::new("juliet", "r0m30").authzid("a=b,c@capulet.example");
        let mut client = new_client(Config::new(credentials).iterations(1..=16).mechanisms(only(mechanism)));
        let outcome = run(&mut client, &mut new_server(), |_| Some(stored.clone()), Carriage::default());
        let Outcome::Success { authzid, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(authzid.as_deref(), Some("a=b,c@capulet.example"));
    }
}

/// SASL-08, MEC-01: a wrong password and an unknown user look the same, and the client ends with the server's word.
#[test]
fn wrong_password_and_unknown_user() {
    let stored = stored("r0m30");
    for &mechanism in Mechanism::PASSWORD {
        for known in [true, false] {
            let mut client = new_client(config("juliet", "wrong").mechanisms(only(mechanism)));
            let mut server = new_server();
            let found = known.then(|| stored.clone());
            let outcome = run(&mut client, &mut server, |_| found.clone(), Carriage::default());
            let Outcome::Server(failure) = outcome else { panic!("{outcome:?}") };
            assert_eq!(failure.condition, Condition::NotAuthorized);
            assert_eq!(server.failures(), 1);
            let error = client.failure(failure.condition, Some("no")).unwrap_err();
            assert_eq!(error.blame(), Blame::Credentials);
            assert_eq!(client.failure(failure.condition, None).unwrap_err(), error, "it stays the same");
        }
    }
}

/// MEC-06, MEC-07, MEC-02: names and passwords that are equal after preparation are equal.
#[test]
fn prepared() {
    let stored = stored("IX");
    for &mechanism in Mechanism::PASSWORD {
        let mut client = new_client(config("ju\u{ad}liet", "\u{2168}").mechanisms(only(mechanism)));
        let find = |username: &str| (username == "juliet").then(|| stored.clone());
        let outcome = run(&mut client, &mut new_server(), find, Carriage::default());
        assert!(matches!(outcome, Outcome::Success { .. }), "{outcome:?}");
    }
}

/// MEC-16: keys of one login save the derivation at the next one, and change nothing else.
#[test]
fn cached_keys() {
    let before = stored("r0m30");
    for &mechanism in Mechanism::PASSWORD.iter().filter(|mechanism| mechanism.hash().is_some()) {
        let rules = config("juliet", "r0m30").mechanisms(only(mechanism));
        let mut first = new_client(rules.clone());
        assert!(first.keys().is_none());
        run(&mut first, &mut new_server(), |_| Some(before.clone()), Carriage::default());
        let keys = first.keys();
        assert!(keys.is_some());

        let mut again = new_client(rules.clone().keys(keys.clone()));
        let mut server = new_server();
        let start = again.start(&server.offer()).unwrap();
        server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        let Ok(Step::Challenge(challenge)) = server.credentials(Some(&before)) else { panic!() };
        let reply = again.challenge(&challenge).unwrap();
        let Reply::Respond(response) = reply else { panic!("derived again: {reply:?}") };
        assert!(server.response(&response).is_ok());

        // Another salt: the keys do not fit, and the password does.
        let resalted = StoredCredentials::derive("r0m30", b"another salt 16b", 20).unwrap();
        let mut after = new_client(rules.keys(keys));
        let outcome = run(&mut after, &mut new_server(), |_| Some(resalted.clone()), Carriage::default());
        assert!(matches!(outcome, Outcome::Success { .. }), "{outcome:?}");
    }
}

/// SASL-20: nothing that is printed holds a secret.
#[test]
fn redacted() {
    let stored = stored("r0m30");
    let config = config("juliet", "r0m30");
    let mut client = new_client(config.clone());
    let mut server = new_server();
    let mut shown = vec![format!("{stored:?} {config:?} {client:?} {server:?}")];
    for &mechanism in Mechanism::PASSWORD {
        client = new_client(config.clone().mechanisms(only(mechanism)));
        let start = client.start(&server.offer()).unwrap();
        shown.push(format!("{client:?} {start:?}"));
        let lookup = server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        shown.push(format!("{server:?} {lookup:?}"));
        let step = server.credentials(Some(&stored));
        shown.push(format!("{server:?} {step:?}"));
        if let Ok(Step::Challenge(challenge)) = step {
            let reply = client.challenge(&challenge).unwrap();
            shown.push(format!("{client:?} {reply:?}"));
            let Reply::Work(work) = reply else { panic!() };
            let worked = work.run();
            shown.push(format!("{worked:?}"));
            let reply = client.worked(worked).unwrap();
            shown.push(format!("{client:?} {reply:?}"));
            let Reply::Respond(response) = reply else { panic!() };
            let Step::Success { data, .. } = server.response(&response).unwrap() else { panic!() };
            client.success(data.as_deref()).unwrap();
            shown.push(format!("{client:?} {:?}", client.keys().unwrap()));
        }
    }
    let shown = shown.join("\n");
    let in_bytes = format!("{:?}", b"r0m30");
    for secret in ["r0m30", in_bytes.trim_matches(['[', ']'])] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for (n, key) in
        [stored.best().unwrap().stored_key(), stored.best().unwrap().server_key()].iter().enumerate()
    {
        let bytes = format!("{:?}", &key[..4]);
        assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "key {n}");
    }
}

proptest! {
    /// MEC-01, MEC-06, MEC-07: every name and password that a login may use reaches the other side.
    #[test]
    fn any_name(name in "[ -~]{1,12}", password in "[ -~]{1,12}", pick in 0..Mechanism::PASSWORD.len(), late_start: bool) {
        let stored = stored(&password);
        let mut client = new_client(config(&name, &password).mechanisms(only(Mechanism::PASSWORD[pick])));
        let carriage = Carriage { late_start, early_end: !late_start };
        let outcome = run(&mut client, &mut new_server(), |_| Some(stored.clone()), carriage);
        let Outcome::Success { username, .. } = outcome else { panic!("{outcome:?}") };
        prop_assert_eq!(username, name);
    }
}
