//! Where a BOSH client's requests go.

use std::time::Duration;

use hyper::{
    Uri,
    http::uri::{Authority, Scheme},
};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Error, TlsSettings, dial, tls, tls::TlsClient};

/// A connection in clear or under TLS.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(crate) struct Endpoint {
    authority: Authority,
    port: u16,
    path: String,
    tls: Option<TlsClient>,
    connect_timeout: Duration,
}

impl Endpoint {
    pub(crate) async fn new(url: &str, tls: TlsSettings, connect_timeout: Duration) -> Result<Self, Error> {
        // Errors are shown to people, and a password may stand before the `@`.
        let user =
            url.split_once("//").and_then(|(_, rest)| rest.rsplit_once('@')).map_or("", |(user, _)| user);
        let shown = match user.split_once(':') {
            Some((_, password)) if !password.is_empty() => url.replace(password, "***"),
            _ => url.to_owned(),
        };
        let wrong = |reason| Error::Url { url: shown.clone(), reason };
        let parts = url.parse::<Uri>().map_err(|_| wrong("it is no URL"))?.into_parts();
        let secure = match parts.scheme {
            Some(scheme) if scheme == Scheme::HTTPS => true,
            Some(scheme) if scheme == Scheme::HTTP => false,
            _ => return Err(wrong("it begins neither with http:// nor with https://")),
        };
        let authority = parts.authority.ok_or_else(|| wrong("it names no host"))?;
        if authority.host().is_empty() {
            return Err(wrong("it names no host"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("a user name in it would not be used"));
        }
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = parts.path_and_query.map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned());
        let tls = if secure { Some(TlsClient::new(tls, authority.host()).await?) } else { None };
        Ok(Self { authority, port, path, tls, connect_timeout })
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn authority(&self) -> &str {
        self.authority.as_str()
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// A connection, or why there is none.
    pub(super) async fn connect(&self) -> Result<Box<dyn Duplex>, String> {
        let dialed = dial::dial(self.authority.host(), self.port, self.connect_timeout).await;
        let tcp = dialed.map_err(|error| error.to_string())?;
        // Bodies are small and are answered one by one; a socket that refuses the option still works.
        let _ = tcp.set_nodelay(true);
        let Some(TlsClient { config, name }) = self.tls.clone() else { return Ok(Box::new(tcp)) };
        match tokio_rustls::TlsConnector::from(config).connect(name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => {
                let failure = tls::failure(&error);
                let what = if failure.certificate { "the certificate is not accepted" } else { "TLS failed" };
                Err(format!("{}: {what}: {failure}", self.authority))
            }
        }
    }
}
