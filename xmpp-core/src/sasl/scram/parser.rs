//! The four messages of SCRAM, read by the grammar of RFC 5802 §7: fixed attributes in their fixed order, optional
//! extensions behind them.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::character::complete::{char, satisfy};
use nom::combinator::{all_consuming, consumed, opt, peek, recognize, success, value};
use nom::error::{ErrorKind, ParseError};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};

use crate::sasl::{Malformed, base64};

/// The attributes that RFC 5802 §5.1 defines. One of these among the extensions is a duplicate or out of order.
const DEFINED: &str = "anmrcsipve";

type Result<'a, T> = nom::IResult<&'a str, T, Fault>;

/// What of the channel the client binds to (`gs2-cbind-flag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding<'a> {
    /// `n`: the client cannot bind.
    Unsupported,
    /// `y`: the client could, and believes that the server cannot.
    NotOffered,
    /// `p=`: bound, by the type of this name.
    Type(&'a str),
}

/// `client-first-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFirst<'a> {
    pub(super) binding: Binding<'a>,
    pub(super) authzid: Option<String>,
    pub(super) gs2_header: &'a str,
    pub(super) bare: &'a str,
    pub(super) username: String,
    pub(super) nonce: &'a str,
}

/// A `gs2-header` that stands alone (RFC 5801 §4).
pub(in crate::sasl) struct Gs2 {
    pub(in crate::sasl) authzid: Option<String>,
    /// The channel is bound.
    pub(in crate::sasl) bound: bool,
}

/// `server-first-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerFirst<'a> {
    pub(super) nonce: &'a str,
    pub(super) salt: Vec<u8>,
    /// The hash over what was offered (XEP-0474).
    pub(super) offer_hash: Option<&'a str>,
    /// Positive; saturated, so that an absurd count is out of bounds and not a matter of grammar.
    pub(super) iterations: u64,
}

/// `client-final-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFinal<'a> {
    pub(super) without_proof: &'a str,
    pub(super) cbind_input: Vec<u8>,
    pub(super) nonce: &'a str,
    pub(super) proof: Vec<u8>,
}

/// `server-final-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServerFinal<'a> {
    Error(&'a str),
    Verifier(Vec<u8>),
}

impl<'a> ClientFirst<'a> {
    pub(super) fn parse(message: &'a [u8]) -> std::result::Result<Self, Malformed> {
        let bare = delimited(
            no_mandatory_extension,
            (attribute('n', saslname), preceded(char(','), attribute('r', printable))),
            extensions,
        );
        let (gs2, bare) = complete(message, (consumed(gs2_header), consumed(bare)))?;
        let (gs2_header, (binding, authzid)) = gs2;
        let (bare, (username, nonce)) = bare;
        Ok(Self { binding, authzid, gs2_header, bare, username, nonce })
    }
}

impl Gs2 {
    pub(in crate::sasl) fn parse(header: &str) -> Option<Self> {
        let (binding, authzid) = complete(header.as_bytes(), gs2_header).ok()?;
        Some(Self { authzid, bound: matches!(binding, Binding::Type(_)) })
    }

    /// The header with this flag.
    pub(in crate::sasl) fn header(flag: &str, authzid: Option<&str>) -> String {
        match authzid {
            None => format!("{flag},,"),
            Some(authzid) => format!("{flag},a={},", escaped(authzid)),
        }
    }
}

impl<'a> ServerFirst<'a> {
    pub(super) fn parse(message: &'a [u8]) -> std::result::Result<Self, Malformed> {
        let attributes = delimited(
            no_mandatory_extension,
            (
                attribute('r', printable),
                preceded(char(','), attribute('s', text)),
                preceded(char(','), attribute('i', posit_number)),
                recognize(extensions),
            ),
            success(()),
        );
        let (nonce, salt, iterations, extensions) = complete(message, attributes)?;
        let mut hashes = extensions.split(',').filter_map(|extension| extension.strip_prefix("h="));
        let offer_hash = hashes.next();
        if hashes.next().is_some() {
            return Err(Malformed::Grammar);
        }
        Ok(Self { nonce, salt: decoded(salt)?, offer_hash, iterations })
    }
}

impl<'a> ClientFinal<'a> {
    pub(super) fn parse(message: &'a [u8]) -> std::result::Result<Self, Malformed> {
        let without_proof =
            terminated((attribute('c', text), preceded(char(','), attribute('r', printable))), extensions);
        let proof = preceded(char(','), attribute('p', text));
        let ((without_proof, (cbind_input, nonce)), proof) =
            complete(message, (consumed(without_proof), proof))?;
        Ok(Self { without_proof, cbind_input: decoded(cbind_input)?, nonce, proof: decoded(proof)? })
    }
}

impl<'a> ServerFinal<'a> {
    pub(super) fn parse(message: &'a [u8]) -> std::result::Result<Self, Malformed> {
        let outcome = alt((attribute('e', text).map(Err), attribute('v', text).map(Ok)));
        match complete(message, terminated(outcome, extensions))? {
            Ok(verifier) => Ok(Self::Verifier(decoded(verifier)?)),
            Err(error) => Ok(Self::Error(error)),
        }
    }
}

/// `=` and `,` escaped, for `saslname`.
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// A nom error that keeps only what the caller can use.
#[derive(Debug)]
struct Fault(Malformed);

impl ParseError<&str> for Fault {
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Self(Malformed::Grammar)
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

fn complete<'a, T>(
    message: &'a [u8],
    parser: impl Parser<&'a str, Output = T, Error = Fault>,
) -> std::result::Result<T, Malformed> {
    let message = str::from_utf8(message).map_err(|_| Malformed::Grammar)?;
    match all_consuming(parser).parse_complete(message) {
        Ok((_, parsed)) => Ok(parsed),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(fault.0),
        Err(nom::Err::Incomplete(_)) => Err(Malformed::Grammar),
    }
}

fn decoded(text: &str) -> std::result::Result<Vec<u8>, Malformed> {
    if text.starts_with('=') {
        return Err(Malformed::Base64); // a lone `=` stands for empty data around SCRAM, not inside
    }
    base64::decode(text).map_err(|_| Malformed::Base64)
}

/// `gs2-header`: the flag and the identity to act for.
fn gs2_header(input: &str) -> Result<'_, (Binding<'_>, Option<String>)> {
    let binding = alt((
        value(Binding::Unsupported, char('n')),
        value(Binding::NotOffered, char('y')),
        attribute('p', recognize(take_while1(|c: char| c.is_ascii_alphanumeric() || ".-".contains(c))))
            .map(Binding::Type),
    ));
    (terminated(binding, char(',')), terminated(opt(attribute('a', saslname)), char(',')))
        .parse_complete(input)
}

fn attribute<'a, T>(
    name: char,
    inner: impl Parser<&'a str, Output = T, Error = Fault>,
) -> impl Parser<&'a str, Output = T, Error = Fault> {
    preceded((char(name), char('=')), inner)
}

/// `reserved-mext` in front of everything: an extension that must be understood, and none is.
fn no_mandatory_extension(input: &str) -> Result<'_, ()> {
    if input.starts_with("m=") {
        return Err(nom::Err::Failure(Fault(Malformed::MandatoryExtension)));
    }
    Ok((input, ()))
}

/// `["," extensions]`: read past. The proof of a client's final message is left for the caller.
fn extensions(input: &str) -> Result<'_, ()> {
    let name = satisfy(|c| c.is_ascii_alphabetic() && !DEFINED.contains(c));
    let (left, _) = many0_count((char(','), name, char('='), text)).parse_complete(input)?;
    if left.starts_with(",m=") {
        return Err(nom::Err::Failure(Fault(Malformed::MandatoryExtension)));
    }
    Ok((left, ()))
}

/// `1*value-char`: everything but NUL and the comma.
fn text(input: &str) -> Result<'_, &str> {
    take_while1(|c| c != ',' && c != '\0').parse_complete(input)
}

/// `1*printable`: visible ASCII but the comma.
fn printable(input: &str) -> Result<'_, &str> {
    take_while1(|c: char| c.is_ascii_graphic() && c != ',').parse_complete(input)
}

fn posit_number(input: &str) -> Result<'_, u64> {
    let digits = preceded(peek(satisfy(|c| c != '0')), take_while1(|c: char| c.is_ascii_digit()));
    digits.map(|digits: &str| digits.parse().unwrap_or(u64::MAX)).parse_complete(input)
}

/// `saslname`, unescaped: `=` is followed by `2C` or `3D` (RFC 5802 §5.1).
fn saslname(input: &str) -> Result<'_, String> {
    let (left, escaped) = text(input)?;
    let mut parts = escaped.split('=');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (replaced, tail) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(tail), _) => (',', tail),
            (_, Some(tail)) => ('=', tail),
            (None, None) => return Err(nom::Err::Failure(Fault(Malformed::Grammar))),
        };
        name.push(replaced);
        name.push_str(tail);
    }
    Ok((left, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn client_first() {
        let first = ClientFirst::parse(b"y,a=t=3Do=2Cm,n=j=2Cu=3D,r=abc,x=y=z,q=1").unwrap();
        assert_eq!(first.binding, Binding::NotOffered);
        assert_eq!(first.authzid.as_deref(), Some("t=o,m"));
        assert_eq!(first.gs2_header, "y,a=t=3Do=2Cm,");
        assert_eq!(first.bare, "n=j=2Cu=3D,r=abc,x=y=z,q=1");
        assert_eq!((first.username.as_str(), first.nonce), ("j,u=", "abc"));
        let bound = ClientFirst::parse(b"p=tls-exporter,,n=u,r=n").unwrap();
        assert_eq!(bound.binding, Binding::Type("tls-exporter"));
    }

    /// MEC-06, MEC-09: order, missing parts, duplicates, NUL, stray escapes, text that is not UTF-8.
    #[test]
    fn client_first_malformed() {
        let malformed: [&[u8]; 26] = [
            b"",
            b"n",
            b"n,",
            b"n,,",
            b"n,,n=u",
            b"n,,n=u,",
            b"n,,n=u,r=",
            b"n,,n=,r=a",
            b"n,,r=a,n=u",
            b"n,n=u,r=a",
            b"n=u,r=a",
            b"x,,n=u,r=a",
            b"p=,,n=u,r=a",
            b"p=a_b,,n=u,r=a",
            b"n,a=,n=u,r=a",
            b"n,u,n=u,r=a",
            b"n,,n=u=,r=a",
            b"n,,n=u=2c,r=a",
            b"n,,n=u=3d,r=a",
            b"n,a==41,n=u,r=a",
            b"n,,n=u,r=a b",
            b"n,,n=u,r=\xc3\xa9",
            b"n,,n=u\0,r=a",
            b"n,,n=u,r=a,r=b",
            b"n,,n=u,r=a,",
            b"n,,n=\xff,r=a",
        ];
        for message in malformed {
            assert_eq!(ClientFirst::parse(message), Err(Malformed::Grammar), "{}", message.escape_ascii());
        }
        for message in [&b"n,,m=x,n=u,r=a"[..], b"n,,n=u,r=a,m=x", b"n,,n=u,r=a,x=1,m=x"] {
            assert_eq!(ClientFirst::parse(message), Err(Malformed::MandatoryExtension));
        }
    }

    #[test]
    fn server_first() {
        let first = ServerFirst::parse(b"r=ab,s=c2FsdA==,i=4096,d=x,h=a=b").unwrap();
        assert_eq!(
            first,
            ServerFirst { nonce: "ab", salt: b"salt".to_vec(), offer_hash: Some("a=b"), iterations: 4096 }
        );
        let absurd = ServerFirst::parse(b"r=ab,s=c2FsdA==,i=99999999999999999999999").unwrap();
        assert_eq!(absurd.iterations, u64::MAX);
    }

    /// MEC-09, MEC-10: order, grammar, positive iteration counts only.
    #[test]
    fn server_first_malformed() {
        let malformed: [&[u8]; 21] = [
            b"",
            b"r=a,s=c2E=,i=1,h=x,h=x",
            b"r=a",
            b"r=a,s=c2E=",
            b"s=c2E=,r=a,i=1",
            b"r=a,i=1,s=c2E=",
            b"r=a,s=c2E=,i=",
            b"r=a,s=c2E=,i=0",
            b"r=a,s=c2E=,i=01",
            b"r=a,s=c2E=,i=-1",
            b"r=a,s=c2E=,i=+1",
            b"r=a,s=c2E=,i=1x",
            b"r=a,s=c2E=,i=1,i=2",
            b"r=a,s=c2E=,i=1,r=b",
            b"r=a,s=c2E=,i=1,",
            b"r=a,s=c2E=,i=1,x",
            b"r=a,s=c2E=,i=1,x=",
            b"r=a,s=,i=1",
            b"r=,s=c2E=,i=1",
            b"x=1,r=a,s=c2E=,i=1",
            b" r=a,s=c2E=,i=1",
        ];
        for message in malformed {
            assert_eq!(ServerFirst::parse(message), Err(Malformed::Grammar), "{}", message.escape_ascii());
        }
        for salt in ["c2E", "c2F=", "c 2E=", "=", "c2E==", "c2E=\n", "c_E="] {
            let message = format!("r=a,s={salt},i=1");
            assert_eq!(ServerFirst::parse(message.as_bytes()), Err(Malformed::Base64), "{salt}");
        }
        for message in [&b"m=x,r=a,s=c2E=,i=1"[..], b"r=a,s=c2E=,i=1,m=x"] {
            assert_eq!(ServerFirst::parse(message), Err(Malformed::MandatoryExtension));
        }
    }

    #[test]
    fn client_final() {
        let last = ClientFinal::parse(b"c=biws,r=ab,x=y,p=cHJvb2Y=").unwrap();
        assert_eq!(last.without_proof, "c=biws,r=ab,x=y");
        assert_eq!((last.nonce, &last.cbind_input[..], &last.proof[..]), ("ab", &b"n,,"[..], &b"proof"[..]));
    }

    /// MEC-09, MEC-11
    #[test]
    fn client_final_malformed() {
        let malformed: [&[u8]; 11] = [
            b"",
            b"c=biws",
            b"c=biws,r=a",
            b"r=a,c=biws,p=cA==",
            b"c=biws,p=cA==,r=a",
            b"c=biws,r=a,p=",
            b"c=,r=a,p=cA==",
            b"c=biws,r=a,p=cA==,p=cA==",
            b"c=biws,r=a,p=cA==,x=y",
            b"c=biws,c=biws,r=a,p=cA==",
            b"c=biws,r=a,,p=cA==",
        ];
        for message in malformed {
            assert_eq!(ClientFinal::parse(message), Err(Malformed::Grammar), "{}", message.escape_ascii());
        }
        for message in [&b"c=biw,r=a,p=cA=="[..], b"c=biws,r=a,p=cA=", b"c=biws,r=a,p=c"] {
            assert_eq!(ClientFinal::parse(message), Err(Malformed::Base64));
        }
    }

    /// MEC-12: the last message is a signature or an error, never both.
    #[test]
    fn server_final() {
        assert_eq!(ServerFinal::parse(b"v=c2ln,x=y"), Ok(ServerFinal::Verifier(b"sig".to_vec())));
        assert_eq!(ServerFinal::parse(b"e=unknown-user"), Ok(ServerFinal::Error("unknown-user")));
        for message in
            [&b""[..], b"v=", b"e=", b"v=c2ln,e=x", b"e=x,v=c2ln", b"x=y,v=c2ln", b"V=c2ln", b"v=c2ln,v=c2ln"]
        {
            assert_eq!(ServerFinal::parse(message), Err(Malformed::Grammar), "{}", message.escape_ascii());
        }
        assert_eq!(ServerFinal::parse(b"v=c2l"), Err(Malformed::Base64));
    }

    proptest! {
        #[test]
        fn never_panics(message: Vec<u8>) {
            let _ = ClientFirst::parse(&message);
            let _ = ServerFirst::parse(&message);
            let _ = ClientFinal::parse(&message);
            let _ = ServerFinal::parse(&message);
        }

        #[test]
        fn never_panics_near_the_grammar(message in "[nypamrscive=,0-9A-D\0é+/]{0,40}") {
            let _ = ClientFirst::parse(message.as_bytes());
            let _ = ServerFirst::parse(message.as_bytes());
            let _ = ClientFinal::parse(message.as_bytes());
            let _ = ServerFinal::parse(message.as_bytes());
        }

        /// MEC-06: every name survives its escaping.
        #[test]
        fn names(name in "[^\0]{1,20}") {
            let message = format!("n,a={0},n={0},r=x", escaped(&name));
            let first = ClientFirst::parse(message.as_bytes()).unwrap();
            prop_assert_eq!(first.authzid.as_ref(), Some(&name));
            prop_assert_eq!(first.username, name);
        }
    }
}
