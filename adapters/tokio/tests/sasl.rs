//! Logins over real TLS: channel binding, certificates of clients, nobody in particular.
#![cfg(feature = "server")]

mod support;

use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, OtherNameValue,
    SanType,
};
use support::{Server, is_wrong_password, soon};
use xmpp_tokio::{
    ClientConfig, Connector, Error, SessionConfig, TlsSettings,
    server::ServeConfig,
    xmpp_core::{
        Direction, Item, TlsPolicy,
        sasl::{AuthError, BindingType, Mechanism, client, client::Credentials},
    },
};

/// What was said, as XML with its secrets masked.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn note(&self) -> impl Fn(Direction, &Item) + Send + Sync + 'static {
        let all = Arc::clone(&self.0);
        move |_, item| all.lock().expect("no panic").push(item.to_string())
    }

    fn has(&self, part: &str) -> bool {
        self.0.lock().expect("no panic").iter().any(|item| item.contains(part))
    }
}

fn session(config: ClientConfig) -> SessionConfig {
    SessionConfig::new(config)
}

fn to(server: &Server, config: ClientConfig) -> Connector {
    let tcp = server.running.tcp_addr;
    Connector::new(session(config)).host(tcp.ip().to_string()).port(tcp.port()).tls(server.tls.clone())
}

fn juliet() -> ClientConfig {
    ClientConfig::new("juliet@example.org/balcony", "jul1et").expect("an address")
}

/// MEC-13, MEC-14, S2-10, S2-11: over TLS 1.3 both sides export the same, say so, and bind to it, with each hash; a wrong
/// password is still one.
#[tokio::test]
async fn bound_to_the_channel() {
    let server = Server::start(|_| {}).await;
    for mechanism in [Mechanism::ScramSha512Plus, Mechanism::ScramSha256Plus, Mechanism::ScramSha1Plus] {
        let mut config = juliet();
        config.sasl = config.sasl.mechanisms([mechanism]).binding(client::Binding::Required);
        let said = Said::default();
        let client = soon(to(&server, config).trace(said.note()).connect()).await.expect("it is bound");
        assert!(said.has(&format!("mechanism='{mechanism}'")));
        assert!(said.has("tls-exporter") && said.has("tls-server-end-point"), "both are announced");
        soon(client.close()).await;
    }
    // Each type by itself: both sides hash the same certificate.
    for kind in [BindingType::TlsExporter, BindingType::TlsServerEndPoint] {
        let mut config = juliet();
        config.sasl = config.sasl.binding(client::Binding::Required).binding_types([kind]);
        let client = soon(to(&server, config).connect()).await.expect("it is bound");
        assert_eq!(client.login().mechanism, Some(Mechanism::ScramSha512Plus), "{kind}");
        assert!(client.login().keys.is_some());
        soon(client.close()).await;
    }
    let mut wrong = ClientConfig::new("juliet@example.org", "wrong").expect("an address");
    wrong.sasl = wrong.sasl.binding(client::Binding::Required);
    let error = soon(to(&server, wrong).connect()).await.expect_err("the password is wrong");
    assert!(is_wrong_password(&error), "{error}");
    server.running.shutdown().await;
}

/// MEC-15, SASL-14: without -PLUS on the other side it is SCRAM all the same, and over BOSH as well.
#[tokio::test]
async fn unbound() {
    let server =
        Server::start(|config| config.mechanisms = vec![Mechanism::ScramSha256, Mechanism::Plain]).await;
    let said = Said::default();
    let client = soon(to(&server, juliet()).trace(said.note()).connect()).await.expect("it logs in");
    assert!(said.has("mechanism='SCRAM-SHA-256'"));
    soon(client.close()).await;
    let mut demanding = juliet();
    demanding.sasl = demanding.sasl.binding(client::Binding::Required);
    let error = soon(to(&server, demanding).connect()).await.expect_err("nothing binds");
    assert!(matches!(no_mechanism(&error), Some(AuthError::NoMechanism { .. })), "{error}");
    soon(server.https("juliet@example.org", "jul1et")).await.expect("over HTTP").close().await;
    server.running.shutdown().await;
}

fn no_mechanism(error: &Error) -> Option<&AuthError> {
    match error {
        Error::Stream { source: xmpp_core::Error::Auth(error), .. } => Some(error),
        _ => None,
    }
}

/// An authority for clients.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let pem = ca.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(ca, key), pem }
    }

    /// A certificate that names these addresses (`id-on-xmppAddr`).
    fn client(&self, addresses: &[&str]) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut leaf = CertificateParams::default();
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let name = |address: &&str| {
            let oid = vec![1, 3, 6, 1, 5, 5, 7, 8, 5];
            SanType::OtherName((oid, OtherNameValue::Utf8String((*address).to_owned())))
        };
        leaf.subject_alt_names = addresses.iter().map(name).collect();
        let leaf = leaf.signed_by(&key, &self.issuer).expect("a certificate");
        (leaf.pem(), key.serialize_pem())
    }
}

fn asking(config: &mut ServeConfig, authority: &Authority) {
    let tls = config.tls.take().expect("a certificate");
    config.tls = Some(tls.with_client_authorities(authority.pem.as_bytes()).expect("an authority"));
    config.mechanisms.insert(0, Mechanism::External);
}

fn by_certificate(server: &Server, config: ClientConfig, (chain, key): &(String, String)) -> Connector {
    let tls = server.tls.clone().with_certificate_pem(chain.as_bytes(), key.as_bytes()).expect("its own key");
    to(server, config).tls(tls)
}

/// MEC-05: who shows a certificate logs in by it, as whom it names, without a password.
#[tokio::test]
async fn external() {
    let authority = Authority::new();
    let server = Server::start(|config| asking(config, &authority)).await;
    let config = |credentials| {
        ClientConfig::with_credentials("juliet@example.org/desk", credentials).expect("an address")
    };

    let one = authority.client(&["juliet@example.org"]);
    let said = Said::default();
    let connector = by_certificate(&server, config(Credentials::certificate()), &one).trace(said.note());
    let client = soon(connector.connect()).await.expect("the certificate names it");
    assert_eq!(client.jid().to_string(), "juliet@example.org/desk");
    assert!(said.has("mechanism='EXTERNAL'>") && !said.has("mechanism='SCRAM"));
    soon(client.close()).await;

    let several = authority.client(&["romeo@example.org", "juliet@example.org", "juliet@elsewhere.example"]);
    let chosen = Credentials::certificate().authzid("juliet@example.org");
    let client =
        soon(by_certificate(&server, config(chosen), &several).connect()).await.expect("it says which");
    soon(client.close()).await;

    for (certificate, credentials) in [
        (&several, Credentials::certificate()),
        (&one, Credentials::certificate().authzid("romeo@example.org")),
        (&authority.client(&["nobody@example.org"]), Credentials::certificate()),
        (&authority.client(&["juliet@elsewhere.example"]), Credentials::certificate()),
        (&authority.client(&[]), Credentials::certificate()),
    ] {
        let outcome = soon(by_certificate(&server, config(credentials), certificate).connect()).await;
        let error = outcome.expect_err("it does not say who this is");
        assert!(no_mechanism(&error).is_some(), "{error}");
    }
    server.running.shutdown().await;
}

/// MEC-05: no certificate, or one of somebody else's authority, is no way in; a password still is.
#[tokio::test]
async fn certificates_of_others() {
    let authority = Authority::new();
    let server = Server::start(|config| asking(config, &authority)).await;
    let stranger = Authority::new().client(&["juliet@example.org"]);
    let external = ClientConfig::with_credentials("juliet@example.org", Credentials::certificate());
    let connector = by_certificate(&server, external.clone().expect("an address"), &stranger);
    assert!(soon(connector.connect()).await.is_err(), "its authority is not known");
    let error = soon(to(&server, external.expect("an address")).connect()).await.expect_err("it shows none");
    assert!(matches!(no_mechanism(&error), Some(AuthError::NoMechanism { .. })), "{error}");

    let mut both = juliet();
    both.sasl = client::Config::new(Credentials::new("juliet", "jul1et").with_certificate());
    let nobody = authority.client(&["nobody@example.org"]);
    let client = soon(by_certificate(&server, both, &nobody).connect()).await.expect("the password is right");
    soon(client.close()).await;

    let (chain, _) = authority.client(&[]);
    let (_, key) = authority.client(&[]);
    let error =
        TlsSettings::none().with_certificate_pem(chain.as_bytes(), key.as_bytes()).expect_err("another key");
    assert!(matches!(error, Error::Certificate { .. }), "{error}");
    server.running.shutdown().await;
}

/// MEC-03, MEC-04: nobody in particular gets a new address each time, over TCP and BOSH; only where it is offered.
#[tokio::test]
async fn anonymous() {
    let server = Server::start(|config| config.mechanisms.push(Mechanism::Anonymous)).await;
    let config = || {
        let mut config =
            ClientConfig::with_credentials("example.org", Credentials::anonymous()).expect("a domain");
        config.tls = TlsPolicy::Required;
        config
    };
    let first = soon(to(&server, config()).connect()).await.expect("anybody");
    let https = server.running.https_addr.expect("it listens").port();
    let url = format!("https://localhost:{https}/http-bind");
    let second =
        soon(Connector::new(session(config())).tls(server.tls.clone()).bosh(&url)).await.expect("anybody");
    assert_ne!(first.jid().to_bare(), second.jid().to_bare());
    assert_eq!(first.jid().domain(), "example.org");
    soon(first.close()).await;
    soon(second.close()).await;
    server.running.shutdown().await;

    let closed = Server::start(|_| {}).await;
    let error = soon(to(&closed, config()).connect()).await.expect_err("it is not offered");
    assert!(matches!(no_mechanism(&error), Some(AuthError::NoMechanism { .. })), "{error}");
    closed.running.shutdown().await;
}
