//! Certificates: given ones, and throw-away ones for demos and tests.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use xmpp_core::sasl::certificate;

use super::ServeError;
use crate::{carrier::tcp::TlsServer, dial, tls};

/// A server's certificate and key.
#[derive(Clone)]
pub struct ServerTls(pub(super) TlsServer, Arc<CertifiedKey>);

impl ServerTls {
    /// From PEM: the certificate, then those that lead to its authority; and the certificate's private key.
    ///
    /// # Errors
    /// One of them is no PEM, or the key is not the certificate's.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, ServeError> {
        let certified = tls::certified(chain, key).map_err(ServeError::Certificate)?;
        Self::build(Arc::new(certified), WebPkiClientVerifier::no_client_auth())
    }

    /// Asks clients for a certificate that one of these authorities (PEM) vouches for; who has none may come all the same.
    /// With [`Mechanism::External`](xmpp_core::sasl::Mechanism::External) among
    /// [`ServeConfig::mechanisms`](super::ServeConfig::mechanisms), whom it names (`xmppAddr`, XEP-0178) can log in by it,
    /// over TCP.
    ///
    /// # Errors
    /// There is no certificate of an authority in it.
    pub fn with_client_authorities(self, pem: &[u8]) -> Result<Self, ServeError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(tls::authorities(pem).map_err(ServeError::Certificate)?);
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), tls::provider())
            .allow_unauthenticated()
            .build()
            .map_err(|error| ServeError::Certificate(error.to_string()))?;
        Self::build(self.1, verifier)
    }

    fn build(certified: Arc<CertifiedKey>, clients: Arc<dyn ClientCertVerifier>) -> Result<Self, ServeError> {
        let config = ServerConfig::builder_with_provider(tls::provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| ServeError::Certificate(error.to_string()))?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&certified))));
        let end_point = certified.cert.first().and_then(|own| certificate::server_end_point(own));
        Ok(Self(TlsServer { config: Arc::new(config), end_point }, certified))
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerTls(..)")
    }
}

/// An authority that exists for one run of a demo or a test, and one certificate that it signed.
///
/// ```
/// use xmpp_tokio::{TlsSettings, server::ThrowAway};
///
/// let made = ThrowAway::new(&["example.org", "localhost"])?;
/// let trusting = TlsSettings::none().with_ca_pem(made.ca_pem.as_bytes()).expect("it was just made");
/// # let _ = trusting;
/// # Ok::<(), xmpp_tokio::server::ServeError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThrowAway {
    /// The authority's certificate, for clients to trust.
    pub ca_pem: String,
    /// What the server shows.
    pub tls: ServerTls,
}

impl ThrowAway {
    /// For a server of these names. A name that is an IP address is certified as one.
    ///
    /// # Errors
    /// A name is none, or there are no random numbers.
    pub fn new(names: &[&str]) -> Result<Self, ServeError> {
        Self::make(names).map_err(|error| ServeError::Certificate(error.to_string()))?
    }

    fn make(names: &[&str]) -> Result<Result<Self, ServeError>, rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.distinguished_name = name("throw-away authority");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ca_pem = ca.self_signed(&ca_key)?.pem();

        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(
            names.iter().map(|name| dial::ascii(name).into_owned()).collect::<Vec<_>>(),
        )?;
        leaf.distinguished_name = name("throw-away server");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key))?;
        let tls = ServerTls::from_pem(leaf.pem().as_bytes(), key.serialize_pem().as_bytes());
        Ok(tls.map(|tls| Self { ca_pem, tls }))
    }
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
