//! Which mechanism is tried, and which one after a refusal.

use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::client::{Config, Negotiation};
use xmpp_core::sasl::server::{self, Step};
use xmpp_core::sasl::{AuthError, Blame, Condition, Credential, Mechanism, Offer, Withheld};

use crate::pair::{config, configured, only, stored};

const ALL: [&str; 3] = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"];

/// A client that cannot bind the channel.
fn client() -> Negotiation {
    unbound(config("juliet", "r0m30"))
}

fn unbound(config: Config) -> Negotiation {
    Negotiation::new(config, true, Entropy::new([1; 32]))
}

fn in_clear(allowed: bool) -> Negotiation {
    let config = config("juliet", "r0m30").plain_without_tls(allowed);
    Negotiation::new(config, false, Entropy::new([1; 32]))
}

fn names(names: &[&str]) -> Offer {
    Offer::new(names.iter().copied())
}

/// SASL-01, SASL-16: our order decides; unknown, repeated and oddly spaced names do no harm, case matters.
#[test]
fn our_order() {
    let cases: [(&[&str], Option<&str>); 8] = [
        (&ALL, Some("SCRAM-SHA-256")),
        (&["PLAIN", "SCRAM-SHA-1"], Some("SCRAM-SHA-1")),
        (&["PLAIN"], Some("PLAIN")),
        (&["X-NEW", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "SCRAM-SHA-1"], Some("SCRAM-SHA-1")),
        (&[" \n SCRAM-SHA-1\t"], Some("SCRAM-SHA-1")),
        (&["scram-sha-1", "Plain"], None),
        (&["SCRAM-SHA-3-PLUS", "GSSAPI", ""], None),
        (&[], None),
    ];
    for (offered, expected) in cases {
        match (client().start(&names(offered)), expected) {
            (Ok(start), Some(expected)) => assert_eq!(start.mechanism, expected, "{offered:?}"),
            (Err(error), None) => {
                let offered = offered.iter().map(|&name| name.to_owned()).collect();
                assert_eq!(error, AuthError::NoMechanism { offered, withheld: Vec::new() });
                assert_eq!(error.blame(), Blame::Policy);
            }
            (outcome, _) => panic!("{offered:?}: {outcome:?}"),
        }
    }
    let preferring = vec![Mechanism::ScramSha1, Mechanism::ScramSha256];
    let mut client = unbound(config("juliet", "r0m30").mechanisms(preferring));
    assert_eq!(client.start(&names(&ALL)).unwrap().mechanism, "SCRAM-SHA-1");
    let mut pinned = unbound(config("juliet", "r0m30").mechanisms(only(Mechanism::ScramSha256)));
    assert!(pinned.start(&names(&["PLAIN", "SCRAM-SHA-1"])).is_err(), "nothing outside of the list");
}

/// SASL-14: the password goes out in clear over an encrypted connection, or when somebody said so in so many words.
#[test]
fn plain_needs_encryption() {
    let withheld = in_clear(false).start(&names(&["PLAIN"])).unwrap_err();
    let in_clear_only = vec![(Mechanism::Plain, Withheld::InClear)];
    let offered = vec!["PLAIN".to_owned()];
    assert_eq!(withheld, AuthError::NoMechanism { offered, withheld: in_clear_only });
    assert!(withheld.to_string().contains("PLAIN is not used without encryption"), "{withheld}");
    assert_eq!(in_clear(true).start(&names(&["PLAIN"])).unwrap().mechanism, "PLAIN");
    assert_eq!(in_clear(false).start(&names(&ALL)).unwrap().mechanism, "SCRAM-SHA-256");
    let mut refused = in_clear(false);
    refused.start(&names(&["PLAIN", "SCRAM-SHA-1"])).unwrap();
    assert!(refused.failure(Condition::InvalidMechanism, None).is_err(), "nor as the second choice");
}

/// SASL-07: what the server turns out not to do is followed by the next mechanism of our list; at its end stands the
/// server's last word.
#[test]
fn falls_back() {
    for condition in [Condition::InvalidMechanism, Condition::MalformedRequest, Condition::IncorrectEncoding]
    {
        let mut client = client();
        client.start(&names(&ALL)).unwrap();
        assert_eq!(client.failure(condition, None).unwrap().mechanism, "SCRAM-SHA-1");
        let plain = client.failure(condition, None).unwrap();
        assert_eq!((plain.mechanism, plain.initial.as_deref()), ("PLAIN", Some(&b"\0juliet\0r0m30"[..])));
        let last = client.failure(condition, Some("that was all")).unwrap_err();
        assert_eq!(last, AuthError::Rejected { condition, text: Some("that was all".to_owned()) });
    }
}

/// SASL-07, SASL-18: everything else is final, above all a wrong password.
#[test]
fn does_not_fall_back() {
    for condition in [
        Condition::Aborted,
        Condition::AccountDisabled,
        Condition::CredentialsExpired,
        Condition::EncryptionRequired,
        Condition::InvalidAuthzid,
        Condition::MechanismTooWeak,
        Condition::NotAuthorized,
        Condition::TemporaryAuthFailure,
        Condition::from_name("unheard-of"),
    ] {
        let mut client = client();
        client.start(&names(&ALL)).unwrap();
        let rejected = AuthError::Rejected { condition, text: None };
        assert_eq!(client.failure(condition, None), Err(rejected.clone()));
        assert_eq!(client.failure(Condition::InvalidMechanism, None), Err(rejected));
    }
}

/// SASL-18: a server that has shown to do SCRAM is not given the password in clear, whatever it says.
#[test]
fn no_plain_after_a_challenge() {
    let mut client = client();
    let mut server =
        configured(server::Config::new([7; 32]).mechanisms([Mechanism::Plain, Mechanism::ScramSha1]));
    let start = client.start(&server.offer()).unwrap();
    server.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored("r0m30"))) else { panic!() };
    client.challenge(&challenge).unwrap();
    let condition = Condition::MalformedRequest;
    assert_eq!(client.failure(condition, None), Err(AuthError::Rejected { condition, text: None }));
}

/// SASL-06: after an error on our side the refusal that answers our abort brings that error, not another attempt.
#[test]
fn own_error_stays() {
    let mut client = client();
    client.start(&names(&ALL)).unwrap();
    assert_eq!(client.challenge(b"r=forged,s=c2FsdA==,i=4096").unwrap_err(), AuthError::Nonce);
    assert_eq!(client.failure(Condition::Aborted, None), Err(AuthError::Nonce));
    assert_eq!(client.challenge(b"").unwrap_err(), AuthError::Nonce);
    assert_eq!(client.success(None), Err(AuthError::Nonce));
    client.start(&names(&ALL)).unwrap(); // a new offer begins anew
}

/// MEC-01, MEC-06, MEC-07: strings that cannot be sent are named before anything is sent.
#[test]
fn unusable_strings() {
    let cases = [
        ("", "r0m30", Credential::Username, &ALL[1..]),
        ("\u{ad}", "r0m30", Credential::Username, &ALL[1..]),
        ("bell\u{7}", "r0m30", Credential::Username, &ALL[1..]),
        ("juliet", "", Credential::Password, &ALL[1..]),
        ("juliet", "\u{e000}", Credential::Password, &ALL[1..]),
        ("", "r0m30", Credential::Username, &ALL[..1]),
        ("juliet", "", Credential::Password, &ALL[..1]),
        ("juliet", "nul\0", Credential::Password, &ALL[..1]),
    ];
    for (username, password, which, offered) in cases {
        let error = unbound(config(username, password)).start(&names(offered)).unwrap_err();
        assert_eq!(error, AuthError::Unusable(which), "{username:?} {offered:?}");
        assert_eq!(error.blame(), Blame::Credentials);
    }
}
