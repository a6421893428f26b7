//! The channel, bound or not: what each side says of it, and what somebody between them can make of that.

use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::client::{Binding, Config, Negotiation, Reply};
use xmpp_core::sasl::server::{self, Step};
use xmpp_core::sasl::{
    AuthError, BindingType, ChannelBindings, Condition, Downgrade, Mechanism, Offer, Withheld,
};

use crate::pair::{
    Carriage, Outcome, attempt, bindings, config, configured, new_client, new_server, only, respond, run,
    stored,
};

const EXPORTER: BindingType = BindingType::TlsExporter;
const END_POINT: BindingType = BindingType::TlsServerEndPoint;

fn having(types: &[BindingType]) -> ChannelBindings {
    types.iter().fold(ChannelBindings::new(), |all, &kind| all.with(kind, vec![7; 32]))
}

fn client(config: Config, types: &[BindingType]) -> Negotiation {
    Negotiation::new(config, true, Entropy::new([1; 32])).with_bindings(having(types))
}

fn juliet() -> Config {
    config("juliet", "r0m30")
}

fn offer(mechanisms: &[&str], types: &[&str]) -> Offer {
    Offer::new(mechanisms.iter().copied()).with_binding_types(types.iter().copied())
}

/// The mechanism, and the flag of the first message.
fn said(client: &mut Negotiation, offer: &Offer) -> Result<(String, String), AuthError> {
    let start = client.start(offer)?;
    let initial = String::from_utf8(start.initial.unwrap()).unwrap();
    Ok((start.mechanism.to_owned(), initial.split(',').next().unwrap().to_owned()))
}

const PLUS: &[&str] = &["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "PLAIN"];
const NO_PLUS: &[&str] = &["SCRAM-SHA-1", "PLAIN"];

/// MEC-13, MEC-14, MEC-15, S2-10: what a client says, by what it can do and what it is told; having a binding never
/// leaves it with less than SCRAM.
#[test]
fn flags() {
    // What this side can, the offer, and what is said.
    type Case = (
        &'static [BindingType],
        &'static [&'static str],
        &'static [&'static str],
        &'static str,
        &'static str,
    );
    let cases: &[Case] = &[
        // Nothing to bind by: n, whatever is offered.
        (&[], PLUS, &["tls-exporter"], "SCRAM-SHA-1", "n"),
        (&[], NO_PLUS, &[], "SCRAM-SHA-1", "n"),
        // Both can: the strongest type that both have.
        (
            &[EXPORTER, END_POINT],
            PLUS,
            &["tls-server-end-point", "tls-exporter"],
            "SCRAM-SHA-1-PLUS",
            "p=tls-exporter",
        ),
        (
            &[EXPORTER, END_POINT],
            PLUS,
            &["tls-server-end-point"],
            "SCRAM-SHA-1-PLUS",
            "p=tls-server-end-point",
        ),
        (
            &[END_POINT],
            PLUS,
            &["tls-unique", "tls-server-end-point"],
            "SCRAM-SHA-1-PLUS",
            "p=tls-server-end-point",
        ),
        // The server does not say which: the strongest of ours.
        (&[EXPORTER, END_POINT], PLUS, &[], "SCRAM-SHA-1-PLUS", "p=tls-exporter"),
        // The server seems to have none: y. This is where others drop to PLAIN.
        (&[EXPORTER, END_POINT], NO_PLUS, &[], "SCRAM-SHA-1", "y"),
        // It has some, and none of ours.
        (&[EXPORTER], PLUS, &["tls-server-end-point"], "SCRAM-SHA-1", "n"),
        (&[EXPORTER], PLUS, &["tls-dummy"], "SCRAM-SHA-1", "n"),
    ];
    for (own, mechanisms, types, mechanism, flag) in cases {
        let told = said(&mut client(juliet(), own), &offer(mechanisms, types)).unwrap();
        assert_eq!(told, ((*mechanism).to_owned(), (*flag).to_owned()), "{own:?} {mechanisms:?} {types:?}");
    }
    let never = juliet().binding(Binding::Never);
    let told = said(&mut client(never, &[EXPORTER]), &offer(PLUS, &["tls-exporter"])).unwrap();
    assert_eq!(told, ("SCRAM-SHA-1".to_owned(), "n".to_owned()));
    // An order of one's own.
    let least = juliet().binding_types([END_POINT]);
    let told = said(&mut client(least, &[EXPORTER, END_POINT]), &offer(PLUS, &[])).unwrap();
    assert_eq!(told, ("SCRAM-SHA-1-PLUS".to_owned(), "p=tls-server-end-point".to_owned()));
    // Another hash is bound than the one that this side wants: the server would take `y` for an attack.
    let picky = juliet().mechanisms([Mechanism::ScramSha256Plus, Mechanism::ScramSha1]);
    let told = said(&mut client(picky, &[EXPORTER]), &offer(PLUS, &["tls-exporter"])).unwrap();
    assert_eq!(told, ("SCRAM-SHA-1".to_owned(), "n".to_owned()));
}

/// MEC-13: whoever demands binding gets it, or an error that says what is missing.
#[test]
fn required() {
    let demanding = || juliet().binding(Binding::Required);
    let told = said(&mut client(demanding(), &[EXPORTER]), &offer(PLUS, &["tls-exporter"])).unwrap();
    assert_eq!(told.0, "SCRAM-SHA-1-PLUS");
    for (own, mechanisms, types) in [
        (&[][..], PLUS, &["tls-exporter"][..]),
        (&[EXPORTER], NO_PLUS, &[]),
        (&[EXPORTER], PLUS, &["tls-unique"]),
    ] {
        let error = said(&mut client(demanding(), own), &offer(mechanisms, types)).unwrap_err();
        let AuthError::NoMechanism { withheld, .. } = &error else { panic!("{error}") };
        assert!(withheld.contains(&(Mechanism::ScramSha1, Withheld::NotBound)), "{withheld:?}");
        assert!(withheld.contains(&(Mechanism::Plain, Withheld::NotBound)), "{withheld:?}");
        let plus = withheld.contains(&(Mechanism::ScramSha1Plus, Withheld::NoBinding));
        assert_eq!(plus, mechanisms == PLUS);
    }
    // A -PLUS that fails is not followed by less than that.
    let mut client = client(demanding(), &[EXPORTER]);
    client.start(&offer(PLUS, &[])).unwrap();
    let condition = Condition::NotAuthorized;
    assert_eq!(client.failure(condition, None), Err(AuthError::Rejected { condition, text: None }));
}

/// S2-10: announced types without a mechanism for them were not said by one server.
#[test]
fn mechanisms_taken_away() {
    let error = said(&mut client(juliet(), &[EXPORTER]), &offer(NO_PLUS, &["tls-exporter"])).unwrap_err();
    assert_eq!(error, AuthError::Downgrade(Downgrade::MechanismsMissing));
    let unable = said(&mut client(juliet(), &[]), &offer(NO_PLUS, &["tls-exporter"])).unwrap();
    assert_eq!(unable.1, "n", "whoever cannot bind has nothing to lose");
}

/// S2-10, S2-11: a list of types that lacks the one which every server has goes on only if the server vouches for it, and
/// never with PLAIN.
#[test]
fn types_taken_away() {
    let stored = stored("r0m30");
    let dummy = offer(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "PLAIN"], &["tls-dummy"]);
    let mut victim = client(juliet(), &[EXPORTER, END_POINT]);
    victim.start(&dummy).unwrap();
    let silent = b"r=x,s=c2FsdA==,i=4096";
    assert_eq!(victim.challenge(silent).unwrap_err(), AuthError::Nonce, "an exchange was begun");

    // The true server offers more, and its hash says so.
    let mut server = new_server();
    let start = victim.start(&dummy).unwrap();
    server.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
    assert_eq!(victim.challenge(&challenge).unwrap_err(), AuthError::Downgrade(Downgrade::OfferChanged));
    // Without its hash it does not go on either.
    let start = victim.start(&dummy).unwrap();
    server.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = server.credentials(Some(&stored)) else { panic!() };
    let stripped = String::from_utf8(challenge).unwrap();
    let stripped = stripped.split_once(",h=").unwrap().0;
    let error = victim.challenge(stripped.as_bytes()).unwrap_err();
    assert_eq!(error, AuthError::Downgrade(Downgrade::NoCommonBinding));
    let only_plain = offer(&["SCRAM-SHA-3", "X-PLUS", "PLAIN"], &["tls-dummy"]);
    let error = victim.start(&only_plain).unwrap_err();
    assert!(matches!(&error, AuthError::NoMechanism { withheld, .. } if withheld.len() == 1), "{error:?}");
}

/// S2-11: whatever is taken from the offer or added to it, client and server part; the offer itself is no secret, and
/// the right one goes through.
#[test]
fn changed_offer() {
    let stored = stored("r0m30");
    let honest = new_server().offer();
    assert!(honest.binding_types.len() == 2 && honest.mechanisms.len() == 7);
    let mut changes = Vec::new();
    for n in 0..honest.mechanisms.len() {
        let mut less = honest.clone();
        less.mechanisms.remove(n);
        changes.push(less);
    }
    for n in 0..honest.binding_types.len() {
        let mut less = honest.clone();
        less.binding_types.remove(n);
        changes.push(less);
    }
    let mut more = honest.clone();
    more.mechanisms.push("X-NEW".to_owned());
    changes.push(more);
    for changed in changes {
        let mut client = new_client(juliet());
        let start = client.start(&changed).unwrap();
        let outcome =
            attempt(&mut client, &mut new_server(), |_| Some(stored.clone()), Carriage::default(), start);
        assert_eq!(outcome, Outcome::Client(AuthError::Downgrade(Downgrade::OfferChanged)), "{changed:?}");
    }
    let mut shuffled = honest.clone();
    shuffled.mechanisms.reverse();
    let mut client = new_client(juliet());
    let start = client.start(&shuffled).unwrap();
    let outcome =
        attempt(&mut client, &mut new_server(), |_| Some(stored.clone()), Carriage::default(), start);
    assert!(matches!(outcome, Outcome::Success { .. }), "the order is nobody's secret: {outcome:?}");
}

/// MEC-13: somebody in the middle who has a certificate for the name, and passes everything on.
#[test]
fn somebody_in_the_middle() {
    let stored = stored("r0m30");
    let passed_on = |client: &mut Negotiation, server: &mut server::Negotiation, offer: &Offer| {
        let start = client.start(offer).unwrap();
        attempt(client, server, |_| Some(stored.clone()), Carriage::default(), start)
    };
    let other = || {
        let config = juliet().mechanisms(Mechanism::PASSWORD);
        Negotiation::new(config, true, Entropy::new([1; 32])).with_bindings(having(&[EXPORTER, END_POINT]))
    };
    // The data is of another channel. What is left then is what the server said it can do: nothing.
    let mut client = other();
    let outcome = passed_on(&mut client, &mut new_server(), &new_server().offer());
    let Outcome::Server(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.condition, Condition::NotAuthorized);
    assert!(matches!(client.failure(failure.condition, None), Err(AuthError::Rejected { .. })));
    for condition in [Condition::MalformedRequest, Condition::InvalidMechanism, Condition::IncorrectEncoding]
    {
        let mut client = other();
        client.start(&new_server().offer()).unwrap();
        while let Ok(start) = client.failure(condition, None) {
            assert!(start.mechanism.ends_with("-PLUS"), "{condition} talks it down to {}", start.mechanism);
        }
    }
    // Taking all that binds away shows by the flag.
    let unbound: Vec<_> = Mechanism::PASSWORD.iter().filter(|known| !known.binds_channel()).collect();
    let outcome =
        passed_on(&mut other(), &mut new_server(), &Offer::new(unbound.iter().map(|known| known.name())));
    let Outcome::Server(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.condition, Condition::NotAuthorized);
    assert!(failure.detail.contains("downgrade"));
}

/// MEC-15, SASL-07: where a server does not say which bindings it verifies, a -PLUS that it refuses is followed by the
/// same without binding, at whatever point it says so; never by the password in clear.
#[test]
fn falls_back_from_a_guess() {
    let stored = stored("r0m30");
    let silent = || {
        let server = new_server().offer();
        Offer::new(server.mechanisms)
    };
    for condition in [
        Condition::NotAuthorized,
        Condition::MalformedRequest,
        Condition::InvalidMechanism,
        Condition::IncorrectEncoding,
    ] {
        let mut client = new_client(juliet());
        let start = client.start(&silent()).unwrap();
        assert_eq!(start.mechanism, "SCRAM-SHA-512-PLUS");
        let next = client.failure(condition, Some("no such binding")).unwrap();
        if condition == Condition::InvalidMechanism {
            assert_eq!(next.mechanism, "SCRAM-SHA-256-PLUS", "only this hash is not there");
            continue;
        }
        assert_eq!(next.mechanism, "SCRAM-SHA-512");
        assert!(next.initial.unwrap().starts_with(b"n,,"), "y would be taken for an attack");
        while let Ok(start) = client.failure(Condition::InvalidMechanism, None) {
            assert!(start.mechanism.starts_with("SCRAM-"), "{}", start.mechanism);
        }
    }
    // After the proof: the server found the data wrong.
    let mut server = configured(server::Config::new([7; 32]));
    let mut client =
        Negotiation::new(juliet(), true, Entropy::new([1; 32])).with_bindings(having(&[EXPORTER]));
    let mut offer = server.offer();
    let outcome = {
        let start = client.start(&offer).unwrap();
        attempt(&mut client, &mut server, |_| Some(stored.clone()), Carriage::default(), start)
    };
    assert!(matches!(outcome, Outcome::Server(_)), "{outcome:?}");
    assert!(client.failure(Condition::NotAuthorized, None).is_err(), "it said that it can");
    offer.binding_types.clear();
    let start = client.start(&offer).unwrap();
    let mut silent = configured(server::Config::new([7; 32]));
    silent.auth(start.mechanism, start.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = silent.credentials(Some(&stored)) else { panic!() };
    let (challenge, _) = str::from_utf8(&challenge).unwrap().split_once(",h=").unwrap();
    let response = respond(&mut client, challenge.as_bytes()).unwrap();
    assert_eq!(silent.response(&response).unwrap_err().condition, Condition::NotAuthorized);
    let next = client.failure(Condition::NotAuthorized, None).unwrap();
    assert_eq!(next.mechanism, "SCRAM-SHA-512");
    silent.auth(next.mechanism, next.initial.as_deref()).unwrap();
    let Ok(Step::Challenge(challenge)) = silent.credentials(Some(&stored)) else { panic!() };
    let (challenge, _) = str::from_utf8(&challenge).unwrap().split_once(",h=").unwrap();
    let reply = client.challenge(challenge.as_bytes()).unwrap();
    assert!(matches!(reply, Reply::Respond(_)), "the keys are there already: {reply:?}");
    let condition = Condition::NotAuthorized;
    let last = client.failure(condition, None).unwrap_err();
    assert_eq!(last, AuthError::Rejected { condition, text: None }, "a wrong password stays wrong");
}

/// MEC-13: both roles, each way of having bindings or not, each policy: success exactly where the rules allow it, bound
/// exactly where both can.
#[test]
fn matrix() {
    let stored = stored("r0m30");
    let sets: [&[BindingType]; 4] = [&[], &[EXPORTER], &[END_POINT], &[EXPORTER, END_POINT]];
    for own in sets {
        for theirs in sets {
            for policy in [Binding::Never, Binding::Preferred, Binding::Required] {
                let mut client = client(juliet().binding(policy), own);
                let server =
                    server::Negotiation::new(server::Config::new([7; 32]), true, Entropy::new([20; 32]));
                let mut server = server.with_bindings(having(theirs));
                let outcome = run(&mut client, &mut server, |_| Some(stored.clone()), Carriage::default());
                let common = own.iter().any(|kind| theirs.contains(kind));
                match outcome {
                    Outcome::Success { mechanism, .. } => {
                        let bound = mechanism.ends_with("-PLUS");
                        assert_eq!(
                            bound,
                            common && policy != Binding::Never,
                            "{own:?} {theirs:?} {policy:?}"
                        );
                        assert!(bound || policy != Binding::Required);
                    }
                    Outcome::Client(AuthError::NoMechanism { .. }) => {
                        assert!(policy == Binding::Required && !common, "{own:?} {theirs:?} {policy:?}");
                    }
                    outcome => panic!("{own:?} {theirs:?} {policy:?}: {outcome:?}"),
                }
            }
        }
    }
}

/// SASL-18: once an account has gone by SCRAM, its password is never shown, whoever asks for it.
#[test]
fn pinned() {
    for mechanism in Mechanism::ALL {
        let pins = mechanism.name().starts_with("SCRAM-") || *mechanism == Mechanism::External;
        assert_eq!(mechanism.pins(), pins, "{mechanism}");
    }
    let pinned = || juliet().pinned(true);
    let error = new_client(pinned()).start(&Offer::new(["PLAIN"])).unwrap_err();
    let withheld = vec![(Mechanism::Plain, Withheld::Pinned)];
    assert_eq!(error, AuthError::NoMechanism { offered: vec!["PLAIN".to_owned()], withheld });
    assert!(error.to_string().contains("has used a better one"), "{error}");
    let mut client = new_client(pinned());
    client.start(&Offer::new(["PLAIN", "SCRAM-SHA-1"])).unwrap();
    assert!(client.failure(Condition::InvalidMechanism, None).is_err());
    let mut client = new_client(pinned().mechanisms(only(Mechanism::Plain)).plain_without_tls(true));
    assert!(client.start(&Offer::new(["PLAIN"])).is_err(), "no other rule opens it again");
    assert!(!bindings().is_empty());
}
