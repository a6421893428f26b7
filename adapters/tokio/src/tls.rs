//! TLS by rustls: whom to trust, and what went wrong.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    CertificateError, ClientConfig, ProtocolVersion, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio_rustls::TlsStream;
use xmpp_core::{
    sasl::{BindingType, ChannelBindings, certificate},
    tls::{TlsFailure, TlsInfo},
};

use crate::{Error, dial};

/// Which authorities may vouch for a server.
///
/// By default those of the operating system (on Linux the files that OpenSSL uses, `SSL_CERT_FILE` and `SSL_CERT_DIR`
/// included), so that what an administrator installed counts; no list is compiled in, which would age with the program.
///
/// ```no_run
/// use xmpp_tokio::TlsSettings;
///
/// let company = TlsSettings::default().with_ca_file("company-ca.pem")?;
/// let only_lab = TlsSettings::none().with_ca_file("lab-ca.pem")?;
/// # Ok::<(), xmpp_tokio::Error>(())
/// ```
#[derive(Clone)]
pub struct TlsSettings {
    system: bool,
    extra: Vec<CertificateDer<'static>>,
    identity: Option<Arc<CertifiedKey>>,
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("system", &self.system)
            .field("extra", &self.extra.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self { system: true, extra: Vec::new(), identity: None }
    }
}

impl TlsSettings {
    /// Nobody is trusted until an authority is added.
    #[must_use]
    pub fn none() -> Self {
        Self { system: false, extra: Vec::new(), identity: None }
    }

    /// Trusts the authorities in a file of PEM certificates as well.
    ///
    /// # Errors
    /// [`Error::CaFile`]: it cannot be read, or holds no certificate.
    pub fn with_ca_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let wrong = |reason: String| Error::CaFile { path: path.to_owned(), reason };
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        self.add(&pem).map_err(wrong)
    }

    /// Trusts the authorities in this PEM text as well.
    ///
    /// # Errors
    /// [`Error::CaFile`] (without a path): there is no certificate in it.
    pub fn with_ca_pem(self, pem: &[u8]) -> Result<Self, Error> {
        self.add(pem).map_err(|reason| Error::CaFile { path: PathBuf::new(), reason })
    }

    /// Shows this certificate to servers that ask for one, and proves by its key that it is ours: what EXTERNAL needs
    /// ([`Credentials::certificate`](xmpp_core::sasl::client::Credentials::certificate)).
    ///
    /// # Errors
    /// [`Error::Certificate`]: one of them is no PEM, or the key is not the certificate's.
    pub fn with_certificate_pem(self, chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        let identity = certified(chain, key).map_err(|reason| Error::Certificate { reason })?;
        Ok(Self { identity: Some(Arc::new(identity)), ..self })
    }

    fn add(mut self, pem: &[u8]) -> Result<Self, String> {
        self.extra.extend(authorities(pem)?);
        Ok(self)
    }

    /// Reads the system's authorities from disk: call it off the event loop.
    fn build(self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        if self.system {
            // Certificates that cannot be read or parsed are left out: the others still vouch. When none is left, the
            // handshake says that nobody vouches for the server.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        roots.add_parsable_certificates(self.extra);
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring has suites for every version that is compiled in")
            .with_root_certificates(roots);
        Arc::new(match self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
            None => builder.with_no_client_auth(),
        })
    }
}

/// At least one certificate, each of which can be an authority's.
pub(crate) fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("it is no PEM: {error}"))?;
        // What rustls would not take as an authority is told now, not as a failed handshake.
        RootCertStore::empty().add(certificate.clone()).map_err(|error| error.to_string())?;
        found.push(certificate);
    }
    if found.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(found) }
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A certificate, those that lead to its authority, and its key.
pub(crate) fn certified(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, String> {
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => "there is no private key for it".to_owned(),
        error => error.to_string(),
    })?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| error.to_string())
}

/// What a login can use of a finished handshake. `own`: the server's own binding by its certificate, on a server.
pub(crate) fn info<S>(stream: &TlsStream<S>, own: Option<&[u8]>) -> TlsInfo {
    let mut info = TlsInfo::default();
    let mut bindings = ChannelBindings::new();
    let connection = stream.get_ref().1;
    // Under TLS 1.2 it needs the extended master secret (RFC 9266 §4.2), of which rustls does not tell.
    if connection.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
        let label = BindingType::EXPORTER_LABEL;
        let exported = match stream {
            TlsStream::Client(stream) => stream.get_ref().1.export_keying_material([0; 32], label, Some(b"")),
            TlsStream::Server(stream) => stream.get_ref().1.export_keying_material([0; 32], label, Some(b"")),
        };
        if let Ok(exported) = exported {
            bindings = bindings.with(BindingType::TlsExporter, exported.to_vec());
        }
    }
    let peer = connection.peer_certificates().and_then(<[_]>::first);
    let end_point = match stream {
        TlsStream::Client(_) => peer.and_then(|peer| certificate::server_end_point(peer)),
        TlsStream::Server(_) => {
            info.identities = peer.map(|peer| certificate::addresses(peer)).unwrap_or_default();
            own.map(<[u8]>::to_vec)
        }
    };
    if let Some(end_point) = end_point {
        bindings = bindings.with(BindingType::TlsServerEndPoint, end_point);
    }
    info.bindings = bindings;
    info
}

/// A TLS client for one server name.
#[derive(Clone)]
pub(crate) struct TlsClient {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TlsClient {
    /// `name` is whom the certificate must be for: the XMPP domain over TCP (RFC 6120 §13.7.2, whatever host the
    /// connection goes to), the URL's host over HTTP (RFC 9110 §4.3.4).
    pub(crate) async fn new(settings: TlsSettings, name: &str) -> Result<Self, Error> {
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let server = ServerName::try_from(dial::ascii(bare).into_owned())
            .map_err(|_| Error::ServerName { name: name.to_owned() })?;
        let config = tokio::task::spawn_blocking(move || settings.build())
            .await
            .map_err(|_| Error::System(io::Error::other("the trusted authorities could not be loaded")))?;
        Ok(Self { config, name: server })
    }
}

/// Why a handshake failed, in words for people.
pub(crate) fn failure(error: &io::Error) -> TlsFailure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => {
            TlsFailure { certificate: true, reason: certificate_reason(why) }
        }
        Some(error @ (rustls::Error::NoCertificatesPresented | rustls::Error::UnsupportedNameType)) => {
            TlsFailure { certificate: true, reason: error.to_string() }
        }
        Some(error) => TlsFailure { certificate: false, reason: error.to_string() },
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            TlsFailure { certificate: false, reason: "the peer closed the connection during it".to_owned() }
        }
        None => TlsFailure { certificate: false, reason: error.to_string() },
    }
}

fn certificate_reason(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "no trusted authority vouches for it".to_owned(),
        other => other.to_string(),
    }
}
