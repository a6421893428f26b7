//! The messages of the mechanisms beside SCRAM, and the machines that exchange them.
//!
//! The first byte of an input says what the rest is: `b` a message of OAUTHBEARER, `p` one of PLAIN, `x` a certificate;
//! `d` the challenges of a server of DIGEST-MD5, a line each (with `!` a success), `e` the response of a client of it; `c` and `s` the lines of any
//! mechanism, to a client and to a server.

use xmpp_core::{
    entropy::Entropy,
    sasl::{
        BindingType, ChannelBindings, Condition, Mechanism, Offer,
        bearer::{Bearer, TokenError},
        certificate,
        client::{self, Config, Credentials, Reply},
        digest_md5::Secret,
        plain::Plain,
        scram::StoredCredentials,
        server::{self, Identity, Step},
    },
};

/// What is read is written again the same, no message and no order of messages makes a machine panic, and nobody who
/// knows nothing is let in or believed.
pub fn sasl(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    match kind {
        b'b' => bearer(rest),
        b'p' => plain(rest),
        b'x' => {
            let _ = certificate::server_end_point(rest);
            let _ = certificate::addresses(rest);
        }
        b'd' => digest_client(rest),
        b'e' => digest_server(rest),
        b'c' => any_server(rest),
        b's' => any_client(rest),
        _ => {}
    }
}

fn bearer(data: &[u8]) {
    let Ok(message) = Bearer::parse(data) else { return };
    // A grammar of pairs lets through what cannot be said again: control characters in the identity or the host.
    if let Ok(written) = message.write() {
        assert_eq!(Bearer::parse(&written).as_ref(), Ok(&message));
    }
}

fn plain(data: &[u8]) {
    if let Ok(message) = Plain::parse(data) {
        let written = message.write().expect("what was read can be written");
        assert_eq!(Plain::parse(&written), Ok(message));
    }
}

fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|b| *b == b'\n').take(16)
}

fn digest_client(data: &[u8]) {
    let config = Config::new(Credentials::new("juliet", "r0m30"))
        .mechanisms([Mechanism::DigestMd5])
        .service("xmpp/example.org");
    let mut client = client::Negotiation::new(config, true, Entropy::new([3; 32]));
    client.start(&Offer::new(["DIGEST-MD5"])).expect("it is offered");
    let mut responses = 0;
    for line in lines(data) {
        if let Some((b'!', data)) = line.split_first() {
            assert!(client.success(Some(data)).is_err(), "a proof by guessing");
            return;
        }
        match client.challenge(line) {
            Ok(Reply::Respond(response)) => {
                responses += 1;
                // The second answers the proof, which nobody without the password can have made.
                assert!(responses == 1 && !response.is_empty(), "a proof by guessing");
            }
            Ok(reply) => panic!("{reply:?}"),
            Err(_) => return,
        }
    }
}

fn stored() -> StoredCredentials {
    let mut stored = StoredCredentials::default();
    stored.insert_digest_md5(Secret::derive("juliet", "example.org", "r0m30").expect("a password"));
    stored
}

fn digest_server(data: &[u8]) {
    let config =
        server::Config::new([1; 32]).mechanisms([Mechanism::DigestMd5]).service("xmpp", "example.org");
    let mut server = server::Negotiation::new(config, true, Entropy::new([2; 32]));
    let Ok(Step::Challenge(challenge)) = server.auth("DIGEST-MD5", None) else { panic!("the server begins") };
    let challenge = String::from_utf8(challenge).expect("challenges are text");
    let nonce = challenge.split('"').nth(3).expect("a nonce").to_owned();
    // The nonce is put in, so that messages come as far as those of an honest client do.
    let text = String::from_utf8_lossy(data).replace("%N", &nonce);
    if let Ok(Step::Lookup { username, .. }) = server.response(text.as_bytes()) {
        assert!(!username.is_empty());
        assert!(server.credentials(Some(&stored())).is_err(), "a proof by guessing");
    }
}

fn bindings() -> ChannelBindings {
    ChannelBindings::new().with(BindingType::TlsServerEndPoint, vec![5; 32])
}

/// The first line is the offer; then each line is a challenge, with `!` before it a success, with `?` a failure.
fn any_server(data: &[u8]) {
    let config = Config::new(Credentials::new("juliet", "r0m30").with_certificate())
        .mechanisms(Mechanism::ALL)
        .iterations(1..=8)
        .service("xmpp/example.org");
    let mut client = client::Negotiation::new(config, true, Entropy::new([3; 32])).with_bindings(bindings());
    let mut lines = lines(data);
    let offered = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (mechanisms, types) = offered.split_once('|').unwrap_or((&offered, ""));
    let types = types.split(' ').filter(|kind| !kind.is_empty());
    let Ok(_) = client.start(&Offer::new(mechanisms.split(' ')).with_binding_types(types)) else { return };
    for line in lines {
        match line.split_first() {
            Some((b'!', data)) => {
                if client.success(Some(data).filter(|data| !data.is_empty())).is_ok() {
                    let proves = client.mechanism().is_some_and(|used| used.hash().is_some());
                    assert!(!proves, "a proof by guessing");
                }
            }
            Some((b'?', name)) => {
                let condition = Condition::from_name(&String::from_utf8_lossy(name));
                let _ = client.failure(condition, None);
            }
            _ => {
                if let Ok(Reply::Work(work)) = client.challenge(line) {
                    let _ = client.worked(work.run());
                }
            }
        }
    }
}

/// The first line is the mechanism; then each line is a response, `!` an abort.
fn any_client(data: &[u8]) {
    let config = server::Config::new([1; 32]).mechanisms(Mechanism::ALL).service("xmpp", "example.org");
    let identity = Identity { username: "romeo".to_owned(), address: "romeo@example.org".to_owned() };
    let mut server = server::Negotiation::new(config, true, Entropy::new([2; 32]))
        .with_bindings(bindings())
        .with_identities([identity]);
    let mut lines = lines(data);
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (mechanism, initial) = match first.split_once(' ') {
        Some((mechanism, initial)) => (mechanism, Some(initial.as_bytes())),
        None => (&*first, None),
    };
    let mut step = server.auth(mechanism, initial);
    loop {
        step = match step {
            Ok(Step::Lookup { mechanism: Mechanism::External, username }) => {
                assert_eq!(username, "romeo", "the certificate names nobody else");
                server.credentials(Some(&stored()))
            }
            Ok(Step::Lookup { .. }) => server.credentials(Some(&stored())),
            Ok(Step::Token(_)) => server.token(Err(TokenError::InvalidToken)),
            Ok(Step::Work(work)) => server.worked(work.run()),
            Ok(Step::Success { mechanism, username, .. }) => {
                assert!(
                    matches!(mechanism, Mechanism::External | Mechanism::Anonymous),
                    "{mechanism} for {username}"
                );
                return;
            }
            Ok(Step::Challenge(_) | Step::Ignored) | Err(_) => match lines.next() {
                Some(b"!") => Err(server.abort()),
                Some(line) => server.response(line),
                None => return,
            },
        };
    }
}
