//! A throw-away authority and one certificate signed by it.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

use crate::{DOMAIN, StartError};

const DAY: Duration = Duration::from_hours(24);

/// The files that a server's configuration names. The authority's key is never written.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// The authority's certificate, for clients.
    pub(crate) ca_pem: PathBuf,
    /// The server's certificate.
    pub(crate) certificate: PathBuf,
    /// The key of the server's certificate.
    pub(crate) key: PathBuf,
    /// Certificate and key in one file.
    pub(crate) both: PathBuf,
}

impl Certificates {
    /// Writes a new authority and a new certificate for `localhost` and `127.0.0.1` into the folder. They are two
    /// certificates because rustls refuses an authority's as that of a server.
    pub(crate) fn make(dir: &Path) -> Result<Self, StartError> {
        let (ca, certificate, key) =
            generate().map_err(|error| StartError::Certificate(error.to_string()))?;
        let files = Self {
            ca_pem: dir.join("ca.pem"),
            certificate: dir.join("server.crt"),
            key: dir.join("server.key"),
            both: dir.join("server.pem"),
        };
        write_private(&files.ca_pem, &ca)?;
        write_private(&files.certificate, &certificate)?;
        write_private(&files.key, &key)?;
        write_private(&files.both, &format!("{certificate}{key}"))?;
        Ok(files)
    }
}

/// PEM texts of the authority's certificate, the server's certificate and the server's key.
fn generate() -> Result<(String, String, String), rcgen::Error> {
    let mut authority = lasting(CertificateParams::default());
    authority.distinguished_name = name("loopback test authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut server = lasting(CertificateParams::new([DOMAIN.to_owned(), "127.0.0.1".to_owned()])?);
    server.distinguished_name = name(DOMAIN);
    server.is_ca = IsCa::ExplicitNoCa;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let server = server.signed_by(&key, &authority)?;
    Ok((authority.pem(), server.pem(), key.serialize_pem()))
}

/// Valid from yesterday for a month. Without dates a certificate lasts until the year 4096, and ejabberd, which
/// sets a timer for the end of each, dies of so long a timer.
#[expect(clippy::disallowed_methods, reason = "a certificate has dates")]
fn lasting(mut params: CertificateParams) -> CertificateParams {
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + 30 * DAY).into();
    params
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn write_private(path: &Path, text: &str) -> Result<(), StartError> {
    use std::io::Write;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(StartError::io(format!("write {}", path.display())))
}
