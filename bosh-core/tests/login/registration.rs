//! Accounts that are made on the way in.

use std::time::Duration;

use xmpp_core::{
    Error, TlsPolicy,
    stream::{Registration, RegistrationError},
};

use crate::World;

/// XEP-0077 §3.1.1: an account is made on the way in, over https, over http where that is wished for, and over a network
/// that loses answers.
#[test]
fn account_is_made() {
    for (secure, policy, lossy) in
        [(true, TlsPolicy::Required, 0), (false, TlsPolicy::Disabled, 0), (true, TlsPolicy::Required, 3)]
    {
        let mut world = World::new(secure, |login, _| {
            *login = xmpp_core::ClientConfig::new("juliet@example.org/balcony", "n3w").unwrap();
            login.tls = policy;
            login.registration = Some(Registration::new());
        });
        world.lossy = lossy;
        world.pass(Duration::from_secs(30));
        assert_eq!(world.client_heard, ["online juliet@example.org/balcony"], "{policy:?}, {lossy}");
        assert_eq!(world.made.len(), 1);
    }
    // Over http the policy may forbid what SCRAM would still protect.
    let mut world = World::new(false, |login, _| {
        login.tls = TlsPolicy::IfPossible;
        login.registration = Some(Registration::new());
    });
    world.settle();
    assert!(matches!(world.client_end, Some(Err(Error::Registration(RegistrationError::ClearText)))));
}

/// XEP-0077 §3.1: the name is taken.
#[test]
fn account_exists() {
    let mut world = World::new(true, |login, _| login.registration = Some(Registration::new()));
    world.pass(Duration::from_mins(2));
    assert!(matches!(world.client_end, Some(Err(Error::Registration(RegistrationError::Conflict)))));
    assert!(matches!(world.server_end, Some(Err(Error::ClosedEarly(_)))), "{:?}", world.server_end);
}
