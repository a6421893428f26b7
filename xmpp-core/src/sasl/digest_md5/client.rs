//! The client's side.

use std::{fmt, mem};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::directives::{Directives, quote};
use super::{COUNT, Exchange, hashed};
use crate::sasl::client::{Credentials, Reply};
use crate::sasl::{AuthError, Credential, Malformed};

/// One exchange.
pub(in crate::sasl) struct Digest {
    username: String,
    password: Zeroizing<String>,
    authzid: Option<String>,
    uri: String,
    cnonce: String,
    state: State,
}

enum State {
    /// The server begins.
    Challenge,
    /// The response is out; the server owes this.
    Owed(Zeroizing<String>),
    Complete,
    /// Between two states only.
    Over,
}

impl Digest {
    /// `uri` names the service (§2.1.2, `digest-uri`); `cnonce` is used once.
    pub(in crate::sasl) fn new(
        credentials: &Credentials,
        uri: String,
        cnonce: String,
    ) -> Result<Self, AuthError> {
        let (username, password) = credentials.prepared()?;
        let authzid = credentials.authzid.clone();
        Ok(Self { username, password, authzid, uri, cnonce, state: State::Challenge })
    }

    pub(in crate::sasl) fn challenge(&mut self, data: &[u8]) -> Result<Reply, AuthError> {
        match mem::replace(&mut self.state, State::Over) {
            State::Challenge => self.respond(data).map(|response| Reply::Respond(response.into_bytes())),
            State::Owed(owed) => {
                self.verify(data, &owed)?;
                Ok(Reply::Respond(Vec::new()))
            }
            State::Complete | State::Over => Err(AuthError::Malformed(Malformed::Unexpected)),
        }
    }

    pub(in crate::sasl) fn success(&mut self, data: Option<&[u8]>) -> Result<(), AuthError> {
        match (mem::replace(&mut self.state, State::Over), data) {
            (State::Owed(owed), Some(data)) => self.verify(data, &owed),
            (State::Complete, None | Some([])) => {
                self.state = State::Complete;
                Ok(())
            }
            (State::Complete, Some(_)) => Err(AuthError::Malformed(Malformed::Unexpected)),
            _ => Err(AuthError::SuccessTooEarly),
        }
    }

    fn respond(&mut self, data: &[u8]) -> Result<String, AuthError> {
        let malformed = AuthError::Malformed(Malformed::Grammar);
        let challenge = Challenge::parse(data).ok_or(malformed)?;
        let Self { username, password, authzid, uri, cnonce, .. } = &*self;
        if !challenge.utf8 {
            let foreign = |text: &str| text.chars().any(|c| u32::from(c) > 0xff);
            if foreign(username) {
                return Err(AuthError::Unusable(Credential::Username));
            }
            if foreign(password) {
                return Err(AuthError::Unusable(Credential::Password));
            }
        }
        let realm = challenge.realm.as_deref();
        let secret = hashed(username, realm.unwrap_or_default(), password);
        let nonce = &challenge.nonce;
        let exchange = Exchange { secret: &secret, nonce, cnonce, authzid: authzid.as_deref(), uri };
        let value = exchange.value("AUTHENTICATE");
        let (nonce, cnonce, uri) = (quote(nonce), quote(cnonce), quote(uri));
        let directives = [
            Some(format!("username={}", quote(username))),
            realm.map(|realm| format!("realm={}", quote(realm))),
            Some(format!("nonce={nonce},cnonce={cnonce},nc={COUNT},qop=auth")),
            Some(format!("digest-uri={uri},response={value}")),
            challenge.utf8.then(|| "charset=utf-8".to_owned()),
            authzid.as_ref().map(|authzid| format!("authzid={}", quote(authzid))),
        ];
        let response = directives.into_iter().flatten().collect::<Vec<_>>().join(",");
        self.state = State::Owed(Zeroizing::new(exchange.value("")));
        Ok(response)
    }

    /// The server's proof (§2.1.3).
    fn verify(&mut self, data: &[u8], owed: &str) -> Result<(), AuthError> {
        let malformed = AuthError::Malformed(Malformed::Grammar);
        let directives = Directives::parse(data).ok_or(malformed.clone())?;
        let told = directives.one("rspauth").ok().flatten().ok_or(malformed)?;
        if bool::from(told.as_bytes().ct_eq(owed.as_bytes())) {
            self.state = State::Complete;
            Ok(())
        } else {
            Err(AuthError::ServerSignature)
        }
    }

    /// True once the server has spoken DIGEST-MD5 with us.
    pub(in crate::sasl) fn is_under_way(&self) -> bool {
        !matches!(self.state, State::Challenge)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digest").field("username", &self.username).finish_non_exhaustive()
    }
}

/// `digest-challenge`.
struct Challenge {
    /// The first that is offered.
    realm: Option<String>,
    nonce: String,
    utf8: bool,
}

impl Challenge {
    /// `None`: malformed, or nothing that this client can do (§2.1.1).
    fn parse(data: &[u8]) -> Option<Self> {
        let directives = Directives::parse(data)?;
        let one = |name| directives.one(name).ok();
        let nonce = one("nonce")?.filter(|nonce| !nonce.is_empty())?.to_owned();
        if one("algorithm")?.is_none_or(|algorithm| !algorithm.eq_ignore_ascii_case("md5-sess")) {
            return None;
        }
        let qops = one("qop")?.unwrap_or("auth");
        let qop = |wanted| qops.split([',', ' ', '\t']).any(|qop| qop.eq_ignore_ascii_case(wanted));
        if !qop("auth") || (qop("auth-conf") && one("cipher")?.is_none()) {
            return None;
        }
        let utf8 = match one("charset")? {
            Some(charset) if charset.eq_ignore_ascii_case("utf-8") => true,
            Some(_) => return None,
            None => false,
        };
        one("stale")?;
        one("maxbuf")?;
        let realm = directives.all("realm").next().map(str::to_owned);
        Some(Self { realm, nonce, utf8 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Digest {
        let credentials = Credentials::new("chris", "secret");
        Digest::new(&credentials, "imap/elwood.innosoft.com".into(), "OA6MHXh6VqTrRk".into()).unwrap()
    }

    const CHALLENGE: &str = "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8";

    /// MEC-18, MEC-19: the exchange of RFC 2831 §4; only the right `rspauth` ends it, once.
    #[test]
    fn printed_exchange() {
        let mut client = client();
        let Ok(Reply::Respond(response)) = client.challenge(CHALLENGE.as_bytes()) else { panic!() };
        let response = String::from_utf8(response).unwrap();
        assert!(response.contains("response=d388dad90d4bbd760a152321f2143af7"), "{response}");
        assert!(client.is_under_way());
        let rspauth = b"rspauth=ea40f60335c427b5527b84dbabcdfffd";
        assert!(matches!(client.challenge(rspauth), Ok(Reply::Respond(empty)) if empty.is_empty()));
        assert_eq!(client.success(None), Ok(()));
        assert_eq!(client.success(Some(rspauth)), Err(AuthError::Malformed(Malformed::Unexpected)));
        assert!(!format!("{client:?}").contains("secret"));
    }

    /// MEC-19: a server that does not prove itself is not believed.
    #[test]
    fn refused_proofs() {
        let cases: [(&[u8], AuthError); 5] = [
            (b"rspauth=ea40f60335c427b5527b84dbabcdfffe", AuthError::ServerSignature),
            (b"rspauth=", AuthError::Malformed(Malformed::Grammar)),
            (b"", AuthError::Malformed(Malformed::Grammar)),
            (b"x=y", AuthError::Malformed(Malformed::Grammar)),
            (b"rspauth=a,rspauth=a", AuthError::Malformed(Malformed::Grammar)),
        ];
        for (data, expected) in cases {
            let mut one = client();
            one.challenge(CHALLENGE.as_bytes()).unwrap();
            assert_eq!(one.challenge(data).unwrap_err(), expected);
            let mut other = client();
            other.challenge(CHALLENGE.as_bytes()).unwrap();
            assert_eq!(other.success(Some(data)), Err(expected));
        }
        assert_eq!(client().success(None), Err(AuthError::SuccessTooEarly));
        let mut early = client();
        early.challenge(CHALLENGE.as_bytes()).unwrap();
        assert_eq!(early.success(None), Err(AuthError::SuccessTooEarly));
    }

    /// MEC-17: what must stand once stands once, what is not understood is not answered.
    #[test]
    fn refused_challenges() {
        for challenge in [
            "",
            "nonce=a",
            "algorithm=md5-sess",
            "nonce=\"\",algorithm=md5-sess",
            "nonce=a,nonce=a,algorithm=md5-sess",
            "nonce=a,algorithm=md5-sess,algorithm=md5-sess",
            "nonce=a,algorithm=md5",
            "nonce=a,algorithm=md5-sess,qop=\"auth-int\"",
            "nonce=a,algorithm=md5-sess,qop=\"auth,auth-conf\"",
            "nonce=a,algorithm=md5-sess,charset=latin-1",
            "nonce=a,algorithm=md5-sess,charset=utf-8,charset=utf-8",
            "nonce=a,algorithm=md5-sess,stale=true,stale=true",
        ] {
            let error = client().challenge(challenge.as_bytes()).unwrap_err();
            assert_eq!(error, AuthError::Malformed(Malformed::Grammar), "{challenge}");
        }
        assert!(client().challenge(b"nonce=a, Algorithm=MD5-sess, foo=bar").is_ok());
        let credentials = Credentials::new("chris\u{20ac}", "secret");
        let mut foreign = Digest::new(&credentials, "xmpp/x".into(), "c".into()).unwrap();
        let error = foreign.challenge(b"nonce=a,algorithm=md5-sess").unwrap_err();
        assert_eq!(error, AuthError::Unusable(Credential::Username));
    }
}
