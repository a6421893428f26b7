//! Logins over streams, both roles: bound to the channel, by certificate, by token, anonymously; and what is left of one
//! login for the next.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by panicking")]

use std::time::Instant;

use xmpp_core::{
    Action, ApiMisuse, ClientConfig, Error, Event, Session, SessionConfig, TcpClient, TcpServer,
    jid::BareJid,
    sasl::{
        AuthError, BindingType, ChannelBindings, Condition, Mechanism,
        bearer::TokenError,
        client::{Binding, Credentials},
        scram::{Keys, StoredCredentials},
        server,
    },
    stream::{Receiver, ReceiverConfig, ReceiverEvent},
    tls::TlsInfo,
    wire::TcpWire,
    xml::Limits,
};

/// What a handshake tells one side.
fn channel(exported: u8) -> TlsInfo {
    let mut info = TlsInfo::default();
    info.bindings = ChannelBindings::new()
        .with(BindingType::TlsExporter, vec![exported; 32])
        .with(BindingType::TlsServerEndPoint, vec![5; 32]);
    info
}

/// How a login ended, seen from both sides.
#[derive(Debug)]
struct Outcome {
    client: Result<Login, Error>,
    /// Whom the server let in, and how.
    server: Option<(BareJid, Mechanism)>,
    /// How often the client derived keys.
    derivations: usize,
    sent: String,
}

#[derive(Debug)]
struct Login {
    jid: String,
    mechanism: Option<Mechanism>,
    keys: Option<Keys>,
}

struct Run {
    client: ClientConfig,
    mechanisms: Vec<Mechanism>,
    client_tls: TlsInfo,
    server_tls: TlsInfo,
    token: Result<String, TokenError>,
}

impl Run {
    fn new(client: ClientConfig) -> Self {
        Self {
            client,
            mechanisms: Mechanism::ALL.to_vec(),
            client_tls: channel(1),
            server_tls: channel(1),
            token: Err(TokenError::InvalidToken),
        }
    }

    /// Runs until the client is online, or its stream is over.
    fn go(self) -> Outcome {
        let now = Instant::now();
        let stored = StoredCredentials::derive("r0m30", b"16 random bytes.", 4_096).unwrap();
        let session = Session::new(SessionConfig::new(self.client), [1; 32], now.into());
        let mut client = TcpClient::new(session, TcpWire::new(Limits::default()), now);
        let sasl = server::Config::new([2; 32]).mechanisms(self.mechanisms);
        let receiver = Receiver::new(ReceiverConfig::new("example.org", sasl), [3; 32], now.into());
        let mut server = TcpServer::new(receiver, TcpWire::new(Limits::default()), now);
        let (mut let_in, mut derivations, mut sent) = (None, 0, String::new());
        loop {
            while let Some(action) = client.poll() {
                match action {
                    Action::Transport(bytes) => {
                        sent.push_str(str::from_utf8(&bytes).unwrap());
                        server.input(now).handle_input(&bytes);
                    }
                    Action::StartTls => client.handle_tls(now, Ok(self.client_tls.clone())),
                    Action::Work(work) => {
                        derivations += 1;
                        client.handle_worked(now, work.run());
                    }
                    Action::Event(Event::Online(bound)) => {
                        let (mechanism, keys) = (bound.mechanism, bound.keys);
                        let client = Ok(Login { jid: bound.jid.to_string(), mechanism, keys });
                        return Outcome { client, server: let_in, derivations, sent };
                    }
                    Action::Event(Event::Closed(result)) => {
                        let client = Err(result.unwrap_err());
                        return Outcome { client, server: let_in, derivations, sent };
                    }
                    Action::Shutdown | Action::Event(_) => {}
                }
            }
            while let Some(action) = server.poll() {
                match action {
                    Action::Transport(bytes) => client.input(now).handle_input(&bytes),
                    Action::StartTls => server.handle_tls(now, Ok(self.server_tls.clone())),
                    Action::Work(work) => server.handle_worked(now, work.run()),
                    Action::Event(ReceiverEvent::Lookup { username, .. }) => {
                        server.credentials(now, (username == "juliet").then_some(&stored)).unwrap();
                    }
                    Action::Event(ReceiverEvent::Token(_)) => {
                        // Keys are the answer to another question.
                        assert_eq!(server.credentials(now, Some(&stored)), Err(ApiMisuse::NotReady));
                        server.token(now, self.token.clone()).unwrap();
                    }
                    Action::Event(ReceiverEvent::Authenticated { account, mechanism }) => {
                        let_in = Some((account, mechanism));
                    }
                    Action::Event(ReceiverEvent::Bind { account, resource }) => {
                        let resource = resource.as_deref().unwrap_or("made");
                        server.bind(now, Ok(account.with_resource(resource).unwrap())).unwrap();
                    }
                    Action::Shutdown | Action::Event(_) => {}
                }
            }
        }
    }
}

fn juliet() -> ClientConfig {
    ClientConfig::new("juliet@example.org/balcony", "r0m30").unwrap()
}

fn by(credentials: Credentials) -> ClientConfig {
    ClientConfig::with_credentials("juliet@example.org/balcony", credentials).unwrap()
}

/// MEC-13, S2-10, S2-11: both ends of one TLS connection bind to it; the two ends of two do not, and nothing weaker is
/// said to whoever stands between them.
#[test]
fn bound() {
    let outcome = Run::new(juliet()).go();
    let login = outcome.client.unwrap();
    assert_eq!(login.mechanism, Some(Mechanism::ScramSha512Plus));
    assert_eq!(outcome.server.unwrap().1, Mechanism::ScramSha512Plus);

    let mut between = Run::new(juliet());
    between.client_tls = channel(9);
    let outcome = between.go();
    assert!(outcome.server.is_none());
    let error = outcome.client.unwrap_err();
    let Error::Auth(AuthError::Rejected { condition, .. }) = error else { panic!("{error}") };
    assert_eq!(condition, Condition::NotAuthorized);
    assert_eq!(outcome.sent.matches("<auth ").count(), 1, "{}", outcome.sent);
}

/// MEC-15: an adapter that tells nothing of the channel logs in by SCRAM all the same, unless that is not enough.
#[test]
fn unbound() {
    for (ours, theirs, mechanism) in [
        (channel(1), TlsInfo::default(), Mechanism::ScramSha512),
        (TlsInfo::default(), channel(1), Mechanism::ScramSha512),
        (TlsInfo::default(), TlsInfo::default(), Mechanism::ScramSha512),
    ] {
        let mut run = Run::new(juliet());
        (run.client_tls, run.server_tls) = (ours, theirs);
        assert_eq!(run.go().client.unwrap().mechanism, Some(mechanism));
    }
    let mut config = juliet();
    config.sasl = config.sasl.binding(Binding::Required);
    let mut demanding = Run::new(config);
    demanding.server_tls = TlsInfo::default();
    assert!(matches!(demanding.go().client, Err(Error::Auth(AuthError::NoMechanism { .. }))));
}

/// MEC-16, SASL-18: what one login leaves saves the derivation at the next, for this user and hash only.
#[test]
fn keys_for_the_next_login() {
    let first = Run::new(juliet()).go();
    assert_eq!(first.derivations, 1);
    let login = first.client.unwrap();
    assert!(login.mechanism.unwrap().pins());
    let keys = login.keys.unwrap();
    let with = |address: &str, mechanism| {
        let mut config = ClientConfig::new(address, "r0m30").unwrap();
        config.sasl = config.sasl.keys([keys.clone()]).pinned(true).mechanisms([mechanism]);
        Run::new(config).go()
    };
    let again = with("juliet@example.org", Mechanism::ScramSha512);
    assert!(again.client.is_ok() && again.derivations == 0);
    let other_hash = with("juliet@example.org", Mechanism::ScramSha256Plus);
    assert!(other_hash.client.is_ok() && other_hash.derivations == 1);
    let other_user = with("romeo@example.org", Mechanism::ScramSha512);
    assert!(other_user.client.is_err() && other_user.derivations == 1);
    let plain = with("juliet@example.org", Mechanism::Plain);
    assert!(matches!(plain.client, Err(Error::Auth(AuthError::NoMechanism { .. }))), "{plain:?}");
}

/// MEC-05: a certificate that names an account of this domain, in the address or in the choice of the client.
#[test]
fn external() {
    let named = |addresses: &[&str], credentials: Credentials| {
        let mut run = Run::new(by(credentials));
        run.server_tls.identities = addresses.iter().map(|address| BareJid::new(address).unwrap()).collect();
        run.go()
    };
    let outcome = named(&["juliet@example.org"], Credentials::certificate());
    let login = outcome.client.unwrap();
    assert_eq!(
        (login.jid.as_str(), login.mechanism),
        ("juliet@example.org/balcony", Some(Mechanism::External))
    );
    assert!(outcome.sent.contains("mechanism='EXTERNAL'>=</auth>"), "{}", outcome.sent);
    let chosen = Credentials::certificate().authzid("juliet@example.org");
    assert!(named(&["romeo@example.org", "juliet@example.org"], chosen).client.is_ok());
    for addresses in [&["juliet@example.net"][..], &["example.org"], &["romeo@example.org"], &[]] {
        let outcome = named(addresses, Credentials::certificate());
        assert!(outcome.client.is_err() && outcome.server.is_none(), "{addresses:?}");
    }
    let fallback = named(&["romeo@example.org"], Credentials::new("juliet", "r0m30").with_certificate());
    assert_eq!(fallback.client.unwrap().mechanism, Some(Mechanism::ScramSha512Plus));
}

/// MEC-03, MEC-04: the address is the server's choice, and the header names none.
#[test]
fn anonymous() {
    let config = ClientConfig::with_credentials("example.org", Credentials::anonymous()).unwrap();
    let outcome = Run::new(config.clone()).go();
    let (account, mechanism) = outcome.server.unwrap();
    assert_eq!(mechanism, Mechanism::Anonymous);
    assert_eq!(outcome.client.unwrap().jid, format!("{account}/made"));
    assert!(!outcome.sent.contains(" from="), "{}", outcome.sent);
    let mut unasked = Run::new(config);
    unasked.mechanisms = Mechanism::PASSWORD.to_vec();
    assert!(matches!(unasked.go().client, Err(Error::Auth(AuthError::NoMechanism { .. }))));
}

/// MEC-21: a token, good or bad.
#[test]
fn bearer() {
    for (token, good) in [
        (Ok("juliet".to_owned()), true),
        (Ok("romeo".to_owned()), false),
        (Err(TokenError::InvalidToken), false),
    ] {
        let mut run = Run::new(by(Credentials::bearer("juliet@example.org", "dG9rZW4=")));
        run.token = token.clone();
        let outcome = run.go();
        assert_eq!(outcome.client.is_ok(), good, "{token:?}: {:?}", outcome.client);
        match outcome.client {
            Ok(login) => assert_eq!(login.mechanism, Some(Mechanism::OAuthBearer)),
            Err(Error::Auth(AuthError::Token(report))) => assert!(report.contains("invalid_token")),
            Err(Error::Auth(AuthError::Rejected { .. })) => assert!(token.is_ok(), "the header said juliet"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// MEC-18, MEC-20: the server begins; only where both sides ask for it.
#[cfg(feature = "digest-md5")]
#[test]
fn digest_md5_is_not_for_nothing() {
    let mut config = juliet();
    config.sasl = config.sasl.mechanisms([Mechanism::DigestMd5]);
    let outcome = Run::new(config).go();
    assert!(outcome.sent.contains("mechanism='DIGEST-MD5'/>"), "{}", outcome.sent);
    let error = outcome.client.unwrap_err();
    assert!(matches!(error, Error::Auth(AuthError::Rejected { .. })), "no secret is stored for it: {error}");
}
