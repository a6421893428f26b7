//! Both sides of an authentication, joined without a network.

use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::client::{Negotiation as Client, Reply, Start};
use xmpp_core::sasl::scram::StoredCredentials;
use xmpp_core::sasl::server::{Config as ServerConfig, Failure, Negotiation as Server, Step};
use xmpp_core::sasl::{AuthError, BindingType, ChannelBindings, Mechanism, client};

pub(crate) const SALT: &[u8; 16] = b"sixteen bytes ok";
/// Few, so that the tests are fast; the clients here accept them.
pub(crate) const ITERATIONS: u32 = 16;

/// How far an authentication came.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Success { mechanism: &'static str, username: String, authzid: Option<String> },
    Client(AuthError),
    Server(Failure),
}

/// What differs between two ways to carry the same exchange (RFC 6120 §6.3.10).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Carriage {
    /// The client's first message comes as an answer to an empty challenge.
    pub(crate) late_start: bool,
    /// The server's last data comes as a challenge, before an empty success.
    pub(crate) early_end: bool,
}

pub(crate) fn stored(password: &str) -> StoredCredentials {
    StoredCredentials::derive(password, SALT, ITERATIONS).unwrap()
}

pub(crate) fn config(username: &str, password: &str) -> client::Config {
    client::Config::new(client::Credentials::new(username, password)).iterations(1..=10_000)
}

/// What both ends know of one connection.
pub(crate) fn bindings() -> ChannelBindings {
    ChannelBindings::new()
        .with(BindingType::TlsExporter, vec![0xe; 32])
        .with(BindingType::TlsServerEndPoint, vec![0x5; 32])
}

pub(crate) fn new_client(config: client::Config) -> Client {
    Client::new(config, true, Entropy::new([10; 32])).with_bindings(bindings())
}

pub(crate) fn new_server() -> Server {
    configured(ServerConfig::new([7; 32]))
}

pub(crate) fn configured(config: ServerConfig) -> Server {
    Server::new(config, true, Entropy::new([20; 32])).with_bindings(bindings())
}

pub(crate) fn only(mechanism: Mechanism) -> Vec<Mechanism> {
    vec![mechanism]
}

/// Runs one attempt. `store` answers lookups.
pub(crate) fn run(
    client: &mut Client,
    server: &mut Server,
    store: impl Fn(&str) -> Option<StoredCredentials>,
    carriage: Carriage,
) -> Outcome {
    match client.start(&server.offer()) {
        Ok(start) => attempt(client, server, store, carriage, start),
        Err(error) => Outcome::Client(error),
    }
}

pub(crate) fn attempt(
    client: &mut Client,
    server: &mut Server,
    store: impl Fn(&str) -> Option<StoredCredentials>,
    carriage: Carriage,
    start: Start,
) -> Outcome {
    let mut step = if carriage.late_start {
        match server.auth(start.mechanism, None) {
            Ok(Step::Challenge(empty)) if empty.is_empty() => server.response(&start.initial.unwrap()),
            other => panic!("asked for data, got {other:?}"),
        }
    } else {
        server.auth(start.mechanism, start.initial.as_deref())
    };
    loop {
        step = match step {
            Err(failure) => return Outcome::Server(failure),
            Ok(Step::Lookup { username, mechanism }) => {
                assert_eq!(mechanism.name(), start.mechanism);
                server.credentials(store(&username).as_ref())
            }
            Ok(Step::Work(work)) => server.worked(work.run()),
            Ok(Step::Challenge(challenge)) => match respond(client, &challenge) {
                Ok(response) => server.response(&response),
                Err(error) => return Outcome::Client(error),
            },
            Ok(Step::Success { mechanism, username, authzid, data }) => {
                assert_eq!(mechanism.name(), start.mechanism);
                let believed = match data {
                    Some(data) if carriage.early_end => respond(client, &data).and_then(|response| {
                        assert!(response.is_empty());
                        client.success(None)
                    }),
                    data => client.success(data.as_deref()),
                };
                return match believed {
                    Ok(()) => Outcome::Success { mechanism: start.mechanism, username, authzid },
                    Err(error) => Outcome::Client(error),
                };
            }
            Ok(Step::Token(_)) => panic!("no token is used here"),
            Ok(Step::Ignored) => panic!("nothing here is out of date"),
        }
    }
}

/// The client's response, its computation done on the way.
pub(crate) fn respond(client: &mut Client, challenge: &[u8]) -> Result<Vec<u8>, AuthError> {
    let mut reply = client.challenge(challenge)?;
    if let Reply::Work(work) = reply {
        reply = client.worked(work.run())?;
    }
    let Reply::Respond(response) = reply else { panic!("no response: {reply:?}") };
    Ok(response)
}
