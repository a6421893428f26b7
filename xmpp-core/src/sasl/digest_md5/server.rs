//! The server's side.

use subtle::ConstantTimeEq;

use super::directives::{Directives, quote};
use super::{COUNT, Exchange};
use crate::sasl::{Condition, prep, server::Failure};

/// A challenge that is out.
#[derive(Debug)]
pub(in crate::sasl) struct Asked {
    realm: String,
    service: String,
    nonce: String,
}

/// The client's answer, checked as far as that goes without its secret.
#[derive(Debug)]
pub(in crate::sasl) struct Response {
    pub(in crate::sasl) username: String,
    pub(in crate::sasl) authzid: Option<String>,
    pub(in crate::sasl) realm: String,
    nonce: String,
    cnonce: String,
    uri: String,
    value: String,
}

impl Asked {
    /// `service` is the name of the protocol; `nonce` is used once.
    pub(in crate::sasl) fn new(realm: &str, service: &str, nonce: String) -> (Self, Vec<u8>) {
        let asked = Self { realm: realm.to_owned(), service: service.to_owned(), nonce };
        let challenge = format!(
            "realm={},nonce={},qop=\"auth\",charset=utf-8,algorithm=md5-sess",
            quote(realm),
            quote(&asked.nonce)
        );
        (asked, challenge.into_bytes())
    }

    pub(in crate::sasl) fn read(self, data: &[u8]) -> Result<Response, Failure> {
        let directives = Directives::parse(data).ok_or(malformed("malformed DIGEST-MD5 response"))?;
        let one = |name| directives.one(name).map_err(|()| malformed("a directive that stands twice"));
        let needed = |name| one(name)?.ok_or(malformed("a directive that must be there is not"));
        let username = prep::username(needed("username")?).ok_or(malformed("unusable user name"))?;
        if needed("nonce")? != self.nonce || needed("nc")? != COUNT {
            return Err(malformed("another nonce, or another count, than was asked for"));
        }
        if one("qop")?.is_some_and(|qop| !qop.eq_ignore_ascii_case("auth")) {
            return Err(malformed("a security layer, which was not offered"));
        }
        if one("charset")?.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
            return Err(malformed("an unknown charset"));
        }
        if one("realm")?.unwrap_or_default() != self.realm {
            return Err(malformed("another realm than was offered"));
        }
        let uri = needed("digest-uri")?;
        // Whoever asked the client for a login to another service cannot use it here (§2.1.2).
        let (service, host) = uri.split_once('/').unwrap_or_default();
        let host = host.split_once('/').map_or(host, |(_, name)| name);
        if !service.eq_ignore_ascii_case(&self.service) || !host.eq_ignore_ascii_case(&self.realm) {
            return Err(malformed("a response for another service"));
        }
        Ok(Response {
            username: username.into_owned(),
            authzid: one("authzid")?.filter(|authzid| !authzid.is_empty()).map(str::to_owned),
            cnonce: needed("cnonce")?.to_owned(),
            uri: uri.to_owned(),
            value: needed("response")?.to_owned(),
            nonce: self.nonce,
            realm: self.realm,
        })
    }
}

impl Response {
    /// Our own proof, if the client's is right. Constant time.
    pub(in crate::sasl) fn verify(&self, secret: &[u8; 16]) -> Option<Vec<u8>> {
        let exchange = Exchange {
            secret,
            nonce: &self.nonce,
            cnonce: &self.cnonce,
            authzid: self.authzid.as_deref(),
            uri: &self.uri,
        };
        let right = exchange.value("AUTHENTICATE").as_bytes().ct_eq(self.value.as_bytes());
        bool::from(right).then(|| format!("rspauth={}", exchange.value("")).into_bytes())
    }
}

fn malformed(detail: &'static str) -> Failure {
    Failure { condition: Condition::MalformedRequest, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::digest_md5::Secret;

    fn asked() -> Asked {
        Asked::new("elwood.innosoft.com", "imap", "OA6MG9tEQGm2hh".into()).0
    }

    const RESPONSE: &str = "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.innosoft.com\",response=d388dad90d4bbd760a152321f2143af7,qop=auth";

    /// MEC-18, MEC-19: the exchange of RFC 2831 §4.
    #[test]
    fn printed_exchange() {
        let response = asked().read(RESPONSE.as_bytes()).unwrap();
        assert_eq!((response.username.as_str(), response.authzid.as_deref()), ("chris", None));
        let secret = Secret::derive("chris", "elwood.innosoft.com", "secret").unwrap();
        let proof = response.verify(secret.hash()).unwrap();
        assert_eq!(proof, b"rspauth=ea40f60335c427b5527b84dbabcdfffd");
        assert_eq!(response.verify(&[0; 16]), None);
    }

    /// MEC-17: another nonce, realm, count, service or layer, and what stands twice or not at all.
    #[test]
    fn refused() {
        for (from, to) in [
            ("OA6MG9tEQGm2hh", "OA6MG9tEQGm2hx"),
            ("realm=\"elwood", "realm=\"elwoox"),
            ("nc=00000001", "nc=00000002"),
            ("imap/elwood", "imap/elwoox"),
            ("imap/", "smtp/"),
            ("qop=auth", "qop=auth-int"),
            ("charset=utf-8", "charset=latin-1"),
            ("username=\"chris\",", ""),
            ("cnonce=\"OA6MHXh6VqTrRk\",", ""),
            ("qop=auth", "qop=auth,username=a"),
            ("username=\"chris\"", "username=\"\""),
        ] {
            let message = RESPONSE.replace(from, to);
            let failure = asked().read(message.as_bytes()).unwrap_err();
            assert_eq!(failure.condition, Condition::MalformedRequest, "{message}");
        }
    }
}
