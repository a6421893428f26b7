//! TLS by rustls: whom to trust, and what went wrong.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use xmpp_core::tls::TlsFailure;

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
#[derive(Clone, Debug)]
pub struct TlsSettings {
    system: bool,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self { system: true, extra: Vec::new() }
    }
}

impl TlsSettings {
    /// Nobody is trusted until an authority is added.
    #[must_use]
    pub fn none() -> Self {
        Self { system: false, extra: Vec::new() }
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

    fn add(mut self, pem: &[u8]) -> Result<Self, String> {
        let before = self.extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| format!("it is no PEM: {error}"))?;
            // What rustls would not take as an authority is told now, not as a failed handshake.
            RootCertStore::empty().add(certificate.clone()).map_err(|error| error.to_string())?;
            self.extra.push(certificate);
        }
        if self.extra.len() == before { Err("it holds no certificate".to_owned()) } else { Ok(self) }
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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has suites for every version that is compiled in")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }
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
