//! The exchanges that the specifications print, and a client's answers to a server that it must not believe.

use crate::entropy::Entropy;
use crate::sasl::client::{Credentials, Reply};
use crate::sasl::{AuthError, BindingType, ChannelBindings, Condition, Downgrade, Malformed, base64};

use super::client::{Flag, Offered, Scram};
use super::server::First;
use super::{Hash, StoredCredentials};

/// One exchange: what each side said, with the nonces that it chose.
struct Exchange {
    hash: Hash,
    client_nonce: &'static str,
    server_nonce: &'static str,
    salt: &'static str,
    proof: &'static str,
    signature: &'static str,
}

/// RFC 5802 §5.
const SHA_1: Exchange = Exchange {
    hash: Hash::Sha1,
    client_nonce: "fyko+d2lbbFgONRv9qkxdawL",
    server_nonce: "3rfcNHYJY1ZVvWVs7j",
    salt: "QSXCR+Q6sek8bf92",
    proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    signature: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
};

/// RFC 7677 §3.
const SHA_256: Exchange = Exchange {
    hash: Hash::Sha256,
    client_nonce: "rOprNGfwEbeRWgbNEkqO",
    server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

/// What was offered is not told, and nobody has to vouch for it.
fn offered() -> Offered {
    Offered { text: String::new(), must_be_confirmed: false }
}

fn parsed(message: &[u8]) -> First {
    First::parse(message, false, false, &ChannelBindings::new()).unwrap()
}

impl Exchange {
    fn client(&self) -> Scram {
        let credentials = Credentials::new("user", "pencil");
        let nonce = self.client_nonce.to_owned();
        Scram::new(self.hash, &credentials, &Flag::Unsupported, offered(), 4_096..=10_000, Vec::new(), nonce)
            .unwrap()
    }

    fn nonce(&self) -> String {
        format!("{}{}", self.client_nonce, self.server_nonce)
    }

    fn server_first(&self) -> String {
        format!("r={},s={},i=4096", self.nonce(), self.salt)
    }

    /// A client that sent its proof.
    fn proved(&self) -> Scram {
        let mut client = self.client();
        let response = derive(&mut client, &self.server_first());
        assert_eq!(response, format!("c=biws,r={},p={}", self.nonce(), self.proof));
        client
    }
}

fn derive(client: &mut Scram, challenge: &str) -> String {
    let mut entropy = Entropy::new([1; 32]);
    let Reply::Work(work) = client.challenge(challenge.as_bytes(), &mut entropy).unwrap() else { panic!() };
    let Reply::Respond(response) = client.worked(&work.run()) else { panic!() };
    String::from_utf8(response).unwrap()
}

fn answer(client: &mut Scram, challenge: &str) -> Result<Reply, AuthError> {
    client.challenge(challenge.as_bytes(), &mut Entropy::new([1; 32]))
}

/// MEC-07, MEC-11, MEC-12: the client says and accepts what RFC 5802 §5 and RFC 7677 §3 print.
#[test]
fn printed_exchanges_client() {
    for exchange in [SHA_1, SHA_256] {
        let first = format!("n,,n=user,r={}", exchange.client_nonce);
        assert_eq!(exchange.client().initial(), first.as_bytes());
        let signature = format!("v={}", exchange.signature);
        exchange.proved().success(Some(signature.as_bytes())).unwrap();

        let mut client = exchange.proved();
        let Reply::Respond(empty) = answer(&mut client, &signature).unwrap() else { panic!() };
        assert!(empty.is_empty());
        client.success(None).unwrap();
    }
}

/// MEC-07, MEC-11: so does the server, which never saw the password.
#[test]
fn printed_exchanges_server() {
    for exchange in [SHA_1, SHA_256] {
        let salt = base64::decode(exchange.salt).unwrap();
        let stored = StoredCredentials::derive("pencil", &salt, 4_096).unwrap();
        let first = parsed(&exchange.client().initial());
        assert_eq!(first.username, "user");
        let keys = stored.keys(exchange.hash).unwrap().clone();
        let (challenged, challenge) = first.challenge(keys, exchange.server_nonce, None);
        assert_eq!(challenge, exchange.server_first().as_bytes());
        let response = format!("c=biws,r={},p={}", exchange.nonce(), exchange.proof);
        let signature = challenged.verify(response.as_bytes()).unwrap();
        assert_eq!(signature, format!("v={}", exchange.signature).as_bytes());
    }
}

/// MEC-08, MEC-09, MEC-10: a first message that must not be answered.
#[test]
fn refused_server_first() {
    let nonce = SHA_1.nonce();
    let own = SHA_1.client_nonce;
    let out_of_bounds = |asked| AuthError::Iterations { asked, min: 4_096, max: 10_000 };
    let cases = [
        (format!("r={own},s=c2FsdA==,i=4096"), AuthError::Nonce),
        (format!("r=x{nonce},s=c2FsdA==,i=4096"), AuthError::Nonce),
        (format!("r={}x,s=c2FsdA==,i=4096", &own[1..]), AuthError::Nonce),
        (format!("r={}x,s=c2FsdA==,i=4096", own.to_uppercase()), AuthError::Nonce),
        ("r=x,s=c2FsdA==,i=4096".to_owned(), AuthError::Nonce),
        (format!("r={nonce},s=c2FsdA==,i=4095"), out_of_bounds(4_095)),
        (format!("r={nonce},s=c2FsdA==,i=1"), out_of_bounds(1)),
        (format!("r={nonce},s=c2FsdA==,i=10001"), out_of_bounds(10_001)),
        (format!("r={nonce},s=c2FsdA==,i=4294971392"), out_of_bounds(4_294_971_392)),
        (format!("r={nonce},s=c2FsdA==,i=99999999999999999999"), out_of_bounds(u64::MAX)),
        (format!("r={nonce},s=c2FsdA==,i=0"), AuthError::Malformed(Malformed::Grammar)),
        (format!("s=c2FsdA==,r={nonce},i=4096"), AuthError::Malformed(Malformed::Grammar)),
        (format!("r={nonce},s=c2FsdA=,i=4096"), AuthError::Malformed(Malformed::Base64)),
        (format!("m=x,r={nonce},s=c2FsdA==,i=4096"), AuthError::Malformed(Malformed::MandatoryExtension)),
        ("e=unknown-user".to_owned(), AuthError::Mechanism("unknown-user".to_owned())),
        (format!("v={}", SHA_1.signature), AuthError::Malformed(Malformed::Grammar)),
        (String::new(), AuthError::Malformed(Malformed::Grammar)),
    ];
    for (challenge, expected) in cases {
        assert_eq!(answer(&mut SHA_1.client(), &challenge).unwrap_err(), expected, "{challenge}");
    }
}

/// MEC-12, SASL-11: a last message that must not be believed, in either of its two places.
#[test]
fn refused_server_final() {
    let flipped = SHA_1.signature.replacen('r', "s", 1);
    let cases = [
        (format!("v={flipped}"), AuthError::ServerSignature),
        (format!("v={}", SHA_256.signature), AuthError::ServerSignature),
        ("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(), AuthError::ServerSignature),
        ("v=AA==".to_owned(), AuthError::ServerSignature),
        (format!("v={}", SHA_1.signature.trim_end_matches('=')), AuthError::Malformed(Malformed::Base64)),
        ("v=".to_owned(), AuthError::Malformed(Malformed::Grammar)),
        (String::new(), AuthError::Malformed(Malformed::Grammar)),
        ("e=invalid-proof".to_owned(), AuthError::Mechanism("invalid-proof".to_owned())),
        (format!("e=other-error,v={}", SHA_1.signature), AuthError::Malformed(Malformed::Grammar)),
        (SHA_1.server_first(), AuthError::Malformed(Malformed::Grammar)),
    ];
    for (message, expected) in cases {
        assert_eq!(answer(&mut SHA_1.proved(), &message).unwrap_err(), expected, "{message}");
        assert_eq!(SHA_1.proved().success(Some(message.as_bytes())).unwrap_err(), expected, "{message}");
    }
}

/// SASL-11: success counts in no state but the last one, and nothing follows it.
#[test]
fn success_in_every_state() {
    let signature = format!("v={}", SHA_1.signature);
    assert_eq!(SHA_1.client().success(Some(signature.as_bytes())), Err(AuthError::SuccessTooEarly));
    assert_eq!(SHA_1.client().success(None), Err(AuthError::SuccessTooEarly));

    let mut deriving = SHA_1.client();
    answer(&mut deriving, &SHA_1.server_first()).unwrap();
    assert_eq!(deriving.success(None), Err(AuthError::SuccessTooEarly));

    assert_eq!(SHA_1.proved().success(None), Err(AuthError::SuccessTooEarly));

    let mut complete = SHA_1.proved();
    answer(&mut complete, &signature).unwrap();
    assert_eq!(complete.success(Some(b"more")), Err(AuthError::Malformed(Malformed::Unexpected)));
    let mut complete = SHA_1.proved();
    answer(&mut complete, &signature).unwrap();
    assert!(answer(&mut complete, &signature).is_err());
}

/// MEC-09: unknown extensions are ignored, and signed.
#[test]
fn extensions_are_part_of_what_is_signed() {
    let mut client = SHA_1.client();
    let response = derive(&mut client, &format!("{},x=later,y=z", SHA_1.server_first()));
    assert!(response.starts_with(&format!("c=biws,r={},p=", SHA_1.nonce())));
    assert!(!response.ends_with(SHA_1.proof));
    let signature = format!("v={}", SHA_1.signature);
    assert_eq!(client.success(Some(signature.as_bytes())), Err(AuthError::ServerSignature));
}

/// MEC-06, MEC-11: names are prepared, then escaped; the header with the identity to act for comes back in `c=`.
#[test]
fn names_and_header() {
    let credentials = Credentials::new("j=u\u{ad},l", "pencil").authzid("a,b=c");
    let mut client = {
        let nonce = "abc".to_owned();
        Scram::new(Hash::Sha1, &credentials, &Flag::Unsupported, offered(), 1..=1, Vec::new(), nonce).unwrap()
    };
    assert_eq!(client.initial(), b"n,a=a=2Cb=3Dc,n=j=3Du=2Cl,r=abc");
    let response = derive(&mut client, "r=abcd,s=c2FsdA==,i=1");
    let header = base64::encode(b"n,a=a=2Cb=3Dc,");
    assert!(response.starts_with(&format!("c={header},r=abcd,p=")), "{response}");
    let first = parsed(&client.initial());
    assert_eq!((first.username.as_str(), first.authzid.as_deref()), ("j=u,l", Some("a,b=c")));
}

/// MEC-08, MEC-11: a last message that does not continue the first one.
#[test]
fn refused_client_final() {
    let salt = base64::decode(SHA_1.salt).unwrap();
    let stored = StoredCredentials::derive("pencil", &salt, 4_096).unwrap();
    let (nonce, proof) = (SHA_1.nonce(), SHA_1.proof);
    let short = base64::encode(&[0; 19]);
    let cases = [
        (format!("c=eSws,r={nonce},p={proof}"), Condition::MalformedRequest),
        (format!("c=biw=,r={nonce},p={proof}"), Condition::MalformedRequest),
        (format!("c=biwsAA==,r={nonce},p={proof}"), Condition::MalformedRequest),
        (format!("c=biws,r={nonce}x,p={proof}"), Condition::MalformedRequest),
        (format!("c=biws,r={},p={proof}", SHA_1.client_nonce), Condition::MalformedRequest),
        (format!("c=biws,r={nonce}"), Condition::MalformedRequest),
        (format!("c=biws,m=x,r={nonce},p={proof}"), Condition::MalformedRequest),
        (format!("c=biws,r={nonce},p={short}"), Condition::NotAuthorized),
        (format!("c=biws,r={nonce},p={}", SHA_256.proof), Condition::NotAuthorized),
        (format!("c=biws,r={nonce},x=y,p={proof}"), Condition::NotAuthorized),
        (format!("c=biws,r={nonce},p={}", proof.replacen('v', "w", 1)), Condition::NotAuthorized),
    ];
    for (message, condition) in cases {
        let first = parsed(&SHA_1.client().initial());
        let keys = stored.keys(Hash::Sha1).unwrap().clone();
        let (challenged, _) = first.challenge(keys, SHA_1.server_nonce, None);
        assert_eq!(challenged.verify(message.as_bytes()).unwrap_err().condition, condition, "{message}");
    }
}

/// MEC-13: what each flag means to a server, with and without channel binding on its side.
#[test]
fn channel_binding_flags() {
    let none = ChannelBindings::new();
    let exporter = ChannelBindings::new().with(BindingType::TlsExporter, vec![1; 32]);
    let judged = |flag: &str, plus, offered, bindings| {
        let message = format!("{flag},,n=user,r=abc");
        First::parse(message.as_bytes(), plus, offered, bindings)
            .map(|_| ())
            .map_err(|failure| failure.condition)
    };
    for flag in ["n", "y"] {
        assert_eq!(judged(flag, false, false, &none), Ok(()));
        assert_eq!(
            judged(flag, true, true, &exporter),
            Err(Condition::MalformedRequest),
            "PLUS, and unbound"
        );
    }
    assert_eq!(judged("n", false, true, &exporter), Ok(()));
    assert_eq!(judged("y", false, true, &exporter), Err(Condition::NotAuthorized), "somebody took PLUS away");
    assert_eq!(judged("p=tls-exporter", true, true, &exporter), Ok(()));
    for (flag, plus) in [("p=tls-exporter", false), ("p=tls-unique", true), ("p=tls-unknown", true)] {
        assert_eq!(judged(flag, plus, true, &exporter), Err(Condition::MalformedRequest), "{flag}");
    }
}

/// MEC-13, MEC-14: the data of the channel stands in `c=`, and a server sees what is of another channel.
#[test]
fn bound() {
    let stored = StoredCredentials::derive("pencil", b"salt", 4_096).unwrap();
    let ours = ChannelBindings::new().with(BindingType::TlsExporter, vec![1; 32]);
    for (data, same) in [(vec![1; 32], true), (vec![2; 32], false), (vec![1; 31], false)] {
        let credentials = Credentials::new("user", "pencil");
        let flag = Flag::Bound(BindingType::TlsExporter, &data);
        let nonce = "abc".to_owned();
        let mut client =
            Scram::new(Hash::Sha256, &credentials, &flag, offered(), 1..=4_096, Vec::new(), nonce).unwrap();
        assert_eq!(client.initial(), b"p=tls-exporter,,n=user,r=abc");
        let first = First::parse(&client.initial(), true, true, &ours).unwrap();
        let (challenged, challenge) =
            first.challenge(stored.keys(Hash::Sha256).unwrap().clone(), "def", None);
        let response = derive(&mut client, str::from_utf8(&challenge).unwrap());
        let c = base64::encode(&[b"p=tls-exporter,,", &data[..]].concat());
        assert!(response.starts_with(&format!("c={c},r=abcdef,p=")), "{response}");
        match challenged.verify(response.as_bytes()) {
            Ok(signature) => assert!(same && client.success(Some(&signature)).is_ok()),
            Err(failure) => assert!(!same && failure.condition == Condition::NotAuthorized),
        }
    }
}

/// S2-11: the exchange of XEP-0474 §6.3, as far as its other attribute lets it be ours: the hash is compared before
/// anything is derived.
#[test]
fn offer_hash() {
    let printed = "G6k/rBLDqgOhRRaCuuatSDFkJ08=";
    let start = |text: &str, must_be_confirmed| {
        let credentials = Credentials::new("user", "pencil");
        let offered = Offered { text: text.to_owned(), must_be_confirmed };
        let nonce = "abc".to_owned();
        Scram::new(Hash::Sha1, &credentials, &Flag::Unsupported, offered, 1..=4_096, Vec::new(), nonce)
            .unwrap()
    };
    let challenge = format!("r=abcdef,s=QSXCR+Q6sek8bf92,i=4096,h={printed}");
    let silent = "r=abcdef,s=QSXCR+Q6sek8bf92,i=4096";
    let offer = "SCRAM-SHA-1\u{1e}SCRAM-SHA-1-PLUS\u{1f}tls-exporter\u{1e}tls-server-end-point";
    assert!(answer(&mut start(offer, true), &challenge).is_ok());
    assert!(answer(&mut start(offer, false), silent).is_ok());
    let changed = AuthError::Downgrade(Downgrade::OfferChanged);
    assert_eq!(answer(&mut start("another", false), &challenge).unwrap_err(), changed);
    let unconfirmed = AuthError::Downgrade(Downgrade::NoCommonBinding);
    assert_eq!(answer(&mut start(offer, true), silent).unwrap_err(), unconfirmed);
}
