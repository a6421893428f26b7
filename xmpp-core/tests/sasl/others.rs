//! EXTERNAL, ANONYMOUS and OAUTHBEARER, both roles.

use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::bearer::TokenError;
use xmpp_core::sasl::client::{Config, Credentials, Negotiation, Reply};
use xmpp_core::sasl::scram::StoredCredentials;
use xmpp_core::sasl::server::{self, Identity, Step};
use xmpp_core::sasl::{AuthError, Blame, Condition, Malformed, Mechanism, Offer};

use crate::pair::only;

fn client(credentials: Credentials) -> Negotiation {
    Negotiation::new(Config::new(credentials), true, Entropy::new([10; 32]))
}

fn server(mechanisms: &[Mechanism], secure: bool) -> server::Negotiation {
    let config = server::Config::new([7; 32]).mechanisms(mechanisms);
    server::Negotiation::new(config, secure, Entropy::new([20; 32]))
}

fn certified(names: &[&str]) -> server::Negotiation {
    server(Mechanism::ALL, true).with_identities(
        names
            .iter()
            .map(|name| Identity { username: (*name).to_owned(), address: format!("{name}@example.org") }),
    )
}

/// MEC-05: whom a certificate names, and whom the client wants to be; the account must exist, and needs no password.
#[test]
fn external() {
    type Case = (&'static [&'static str], Option<&'static str>, Result<&'static str, Condition>);
    let cases: [Case; 7] = [
        (&["juliet"], None, Ok("juliet")),
        (&["juliet"], Some("juliet@example.org"), Ok("juliet")),
        (&["juliet"], Some("JULIET@example.org"), Ok("juliet")),
        (&["juliet", "romeo"], Some("romeo@example.org"), Ok("romeo")),
        (&["juliet", "romeo"], None, Err(Condition::InvalidAuthzid)),
        (&["juliet"], Some("romeo@example.org"), Err(Condition::InvalidAuthzid)),
        (&["nobody"], None, Err(Condition::NotAuthorized)),
    ];
    for (named, wanted, expected) in cases {
        let mut credentials = Credentials::certificate();
        if let Some(wanted) = wanted {
            credentials = credentials.authzid(wanted);
        }
        let (mut client, mut server) = (client(credentials), certified(named));
        let start = client.start(&server.offer()).unwrap();
        assert_eq!(start.mechanism, "EXTERNAL");
        let outcome = match server.auth(start.mechanism, start.initial.as_deref()) {
            Ok(Step::Lookup { username, mechanism: Mechanism::External }) => {
                let known = StoredCredentials::default();
                server.credentials((username != "nobody").then_some(&known))
            }
            other => other,
        };
        match (outcome, expected) {
            (Ok(Step::Success { mechanism, username, authzid, data: None }), Ok(expected)) => {
                assert_eq!((mechanism, username.as_str()), (Mechanism::External, expected));
                assert_eq!(authzid, Some(format!("{expected}@example.org")));
                assert_eq!(client.success(None), Ok(()));
            }
            (Err(failure), Err(expected)) => assert_eq!(failure.condition, expected, "{named:?} {wanted:?}"),
            (outcome, _) => panic!("{named:?} {wanted:?}: {outcome:?}"),
        }
    }
}

/// MEC-05, SASL-07: without a certificate it is neither offered nor taken; a certificate that is not taken is followed by
/// the password.
#[test]
fn external_refused() {
    let mut unseen = server(Mechanism::ALL, true);
    assert!(!unseen.offer().mechanisms.contains(&"EXTERNAL".to_owned()));
    assert_eq!(unseen.auth("EXTERNAL", Some(b"")).unwrap_err().condition, Condition::InvalidMechanism);
    let mut server = certified(&["juliet"]);
    assert_eq!(server.auth("EXTERNAL", Some(b"a\0b")).unwrap_err().condition, Condition::MalformedRequest);

    let offer = Offer::new(["EXTERNAL", "SCRAM-SHA-1"]);
    for condition in [Condition::NotAuthorized, Condition::InvalidAuthzid, Condition::InvalidMechanism] {
        let mut both = client(Credentials::new("juliet", "r0m30").with_certificate());
        assert_eq!(both.start(&offer).unwrap().mechanism, "EXTERNAL");
        assert_eq!(both.failure(condition, None).unwrap().mechanism, "SCRAM-SHA-1");
    }
    let mut alone = client(Credentials::certificate());
    alone.start(&offer).unwrap();
    assert!(alone.failure(Condition::NotAuthorized, None).is_err());
    let config = Config::new(Credentials::certificate());
    let mut clear = Negotiation::new(config, false, Entropy::new([1; 32]));
    assert!(matches!(clear.start(&offer), Err(AuthError::NoMechanism { .. })));
}

/// MEC-03, MEC-04: who asks for it is let in under a new name each time, with a trace or without; nobody else falls back
/// to it, and no server offers it unasked.
#[test]
fn anonymous() {
    let offered = Offer::new(["ANONYMOUS"]);
    assert!(client(Credentials::new("juliet", "r0m30")).start(&offered).is_err());
    assert!(!server(Mechanism::PASSWORD, true).offer().mechanisms.contains(&"ANONYMOUS".to_owned()));
    let mut names = Vec::new();
    let mut server = server(&[Mechanism::Anonymous], true);
    let mut guest = client(Credentials::anonymous());
    let start = guest.start(&server.offer()).unwrap();
    assert_eq!(start.initial.as_deref(), Some(&b""[..]), "no trace");
    for trace in [start.initial.as_deref(), None, Some(b"sirhc")] {
        let step = server.auth("ANONYMOUS", trace).unwrap();
        let Step::Success { username, authzid: None, data: None, .. } = step else { panic!("{step:?}") };
        assert!(username.len() == 32 && !names.contains(&username));
        assert_eq!(username, username.to_lowercase(), "the same as an address");
        names.push(username);
    }
    assert_eq!(guest.success(None), Ok(()));
    let long = "x".repeat(256);
    for trace in [long.as_bytes(), b"a\0b", b"\xff"] {
        let failure = server.auth("ANONYMOUS", Some(trace)).unwrap_err();
        assert_eq!(failure.condition, Condition::MalformedRequest);
    }
}

/// MEC-21: a good token, a bad one with the dialogue about it, and no token without encryption.
#[test]
fn bearer() {
    let offer = server(&[Mechanism::OAuthBearer], true).offer();
    for good in [true, false] {
        let mut server = server(&[Mechanism::OAuthBearer], true);
        let mut client = client(Credentials::bearer("juliet@example.org", "dG9rZW4="));
        let start = client.start(&offer).unwrap();
        assert!(!format!("{client:?} {start:?}").contains("dG9rZW4"));
        let step = server.auth(start.mechanism, start.initial.as_deref()).unwrap();
        assert!(!format!("{step:?} {server:?}").contains("dG9rZW4"));
        let Step::Token(message) = step else { panic!() };
        assert_eq!((&**message.token, message.authzid.as_deref()), ("dG9rZW4=", Some("juliet@example.org")));
        let verdict = if good { Ok("juliet".to_owned()) } else { Err(TokenError::InvalidToken) };
        match server.token(verdict).unwrap() {
            Step::Success { username, authzid, data: None, .. } if good => {
                assert_eq!((username.as_str(), authzid.as_deref()), ("juliet", Some("juliet@example.org")));
                assert_eq!(client.success(None), Ok(()));
            }
            Step::Challenge(report) if !good => {
                let Reply::Respond(answer) = client.challenge(&report).unwrap() else { panic!() };
                assert_eq!(answer, b"\x01");
                let failure = server.response(&answer).unwrap_err();
                assert_eq!(failure.condition, Condition::NotAuthorized);
                let error = client.failure(failure.condition, None).unwrap_err();
                assert_eq!(error, AuthError::Token("{\"status\":\"invalid_token\"}".to_owned()));
                assert_eq!(error.blame(), Blame::Credentials);
            }
            step => panic!("{step:?}"),
        }
    }
    let mut clear = server(&[Mechanism::OAuthBearer], false);
    assert!(clear.offer().mechanisms.is_empty());
    let refused = clear.auth("OAUTHBEARER", Some(b"n,,\x01auth=Bearer a\x01\x01")).unwrap_err();
    assert_eq!(refused.condition, Condition::EncryptionRequired);
    let config = Config::new(Credentials::bearer("juliet", "dG9rZW4="));
    let mut in_clear = Negotiation::new(config.plain_without_tls(true), false, Entropy::new([1; 32]));
    assert!(in_clear.start(&offer).is_err());
}

/// S2-10: whose credentials bind nothing loses nothing where types are announced without a mechanism for them.
#[test]
fn nothing_to_bind() {
    let odd = Offer::new(["OAUTHBEARER", "PLAIN"]).with_binding_types(["tls-exporter"]);
    let with = |credentials| client(credentials).with_bindings(crate::pair::bindings()).start(&odd);
    assert_eq!(with(Credentials::bearer("juliet", "dG9rZW4=")).unwrap().mechanism, "OAUTHBEARER");
    assert!(matches!(with(Credentials::new("juliet", "r0m30")), Err(AuthError::Downgrade(_))));
}

/// MEC-21, SASL-11: a success after the report of an error is none; nor are two reports.
#[test]
fn bearer_contradictions() {
    let start = || {
        let mut client = client(Credentials::bearer("juliet", "dG9rZW4="));
        client.start(&Offer::new(["OAUTHBEARER"])).unwrap();
        client.challenge(&b"x".repeat(5000)).unwrap();
        client
    };
    let unexpected = AuthError::Malformed(Malformed::Unexpected);
    assert_eq!(start().success(None), Err(unexpected.clone()));
    assert_eq!(start().challenge(b"{}").unwrap_err(), unexpected);
    let AuthError::Token(kept) = start().failure(Condition::NotAuthorized, None).unwrap_err() else {
        panic!()
    };
    assert_eq!(kept.len(), 1024);
    let mut server = server(&[Mechanism::OAuthBearer], true);
    assert_eq!(
        server.auth("OAUTHBEARER", Some(b"n,,\x01\x01")).unwrap_err().condition,
        Condition::MalformedRequest
    );
    assert!(matches!(server.token(Ok("juliet".to_owned())), Ok(Step::Ignored)));
}

/// SASL-09: a token that an attempt asked about which is over by then is not taken for the next one.
#[test]
fn late_token() {
    let mut server = server(&[Mechanism::OAuthBearer], true);
    let message = |token: &str| format!("n,,\x01auth=Bearer {token}\x01\x01").into_bytes();
    assert!(matches!(server.auth("OAUTHBEARER", Some(&message("a"))), Ok(Step::Token(_))));
    assert!(matches!(server.auth("OAUTHBEARER", Some(&message("b"))), Ok(Step::Ignored)));
    let step = server.token(Ok("juliet".to_owned())).unwrap();
    assert!(matches!(&step, Step::Token(message) if **message.token == *"b"), "{step:?}");
    assert_eq!(server.unavailable().unwrap_err().condition, Condition::TemporaryAuthFailure);
    assert!(only(Mechanism::OAuthBearer).len() == 1);
}

#[cfg(feature = "digest-md5")]
mod digest_md5 {
    use xmpp_core::sasl::digest_md5::Secret;

    use super::*;
    use crate::pair::respond;

    fn stored() -> StoredCredentials {
        let mut stored = StoredCredentials::derive("r0m30", b"16 random bytes.", 16).unwrap();
        stored.insert_digest_md5(Secret::derive("juliet", "example.org", "r0m30").unwrap());
        stored
    }

    fn config(password: &str) -> Config {
        Config::new(Credentials::new("juliet", password)).service("xmpp/example.org")
    }

    fn server() -> server::Negotiation {
        let config =
            server::Config::new([7; 32]).mechanisms([Mechanism::DigestMd5]).service("xmpp", "example.org");
        server::Negotiation::new(config, true, Entropy::new([20; 32]))
    }

    /// MEC-18, MEC-19, MEC-20: right and wrong passwords, known and unknown users, proof in the success or before it.
    #[test]
    fn both_roles() {
        for (password, known, early_end) in
            [("r0m30", true, false), ("r0m30", true, true), ("wrong", true, false), ("r0m30", false, false)]
        {
            let (stored, mut server) = (stored(), server());
            let config = config(password).mechanisms([Mechanism::DigestMd5]);
            let mut client = Negotiation::new(config, true, Entropy::new([10; 32]));
            let start = client.start(&server.offer()).unwrap();
            assert_eq!(start.initial, None, "the server begins");
            let Step::Challenge(challenge) = server.auth(start.mechanism, None).unwrap() else { panic!() };
            let response = respond(&mut client, &challenge).unwrap();
            let lookup = server.response(&response).unwrap();
            assert!(matches!(&lookup, Step::Lookup { username, .. } if username == "juliet"), "{lookup:?}");
            match server.credentials(known.then_some(&stored)) {
                Ok(Step::Success { data: Some(data), .. }) => {
                    assert!(password == "r0m30" && known);
                    if early_end {
                        assert!(respond(&mut client, &data).unwrap().is_empty());
                    }
                    assert_eq!(client.success((!early_end).then_some(&data)), Ok(()));
                }
                Err(failure) => {
                    assert!(password == "wrong" || !known);
                    assert_eq!(failure.condition, Condition::NotAuthorized);
                }
                step => panic!("{step:?}"),
            }
        }
        assert_eq!(
            server().auth("DIGEST-MD5", Some(b"x")).unwrap_err().condition,
            Condition::MalformedRequest
        );
    }

    /// MEC-20, SASL-18: only where it is asked for, behind SCRAM, and not after it.
    #[test]
    fn last_resort() {
        let offer = Offer::new(["DIGEST-MD5", "PLAIN", "SCRAM-SHA-1"]);
        let start = |config: Config| {
            let mut client = Negotiation::new(config, false, Entropy::new([10; 32]));
            client.start(&offer).map(|start| start.mechanism)
        };
        assert_eq!(start(config("r0m30")), Ok("SCRAM-SHA-1"));
        assert_eq!(start(config("r0m30").mechanisms(Mechanism::ALL)), Ok("SCRAM-SHA-1"));
        let just = || config("r0m30").mechanisms([Mechanism::DigestMd5]);
        assert_eq!(start(just()), Ok("DIGEST-MD5"));
        assert!(start(just().pinned(true)).is_err());
    }
}
