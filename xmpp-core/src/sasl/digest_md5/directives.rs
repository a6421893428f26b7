//! `name=value` pairs, divided by commas (RFC 2831 §7.1, with the lists of RFC 2616 §2.1).

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, none_of};
use nom::combinator::{all_consuming, map};
use nom::multi::{many0, many0_count, many1_count, separated_list1};
use nom::sequence::{delimited, preceded, separated_pair, terminated};

/// Longer messages are refused (RFC 2831 §2.1.1, §2.1.2 set 2,048 and 4,096 bytes).
const MAX: usize = 4096;

/// The directives of one message, in their order; names in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directives(Vec<(String, String)>);

impl Directives {
    /// `None`: it does not follow the grammar.
    pub(super) fn parse(message: &[u8]) -> Option<Self> {
        let text = str::from_utf8(message).ok().filter(|text| text.len() <= MAX)?;
        let space = || take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
        let name = map(token, str::to_ascii_lowercase);
        let pair = separated_pair(
            name,
            delimited(space(), char('='), space()),
            alt((quoted, map(token, str::to_owned))),
        );
        let commas = |input| many1_count(delimited(space(), char(','), space())).parse_complete(input);
        let leading = many0_count(delimited(space(), char(','), space()));
        let trailing = many0_count(preceded(space(), char(',')));
        let list = delimited((leading, space()), separated_list1(commas, pair), (trailing, space()));
        let parsed: nom::IResult<&str, _> = all_consuming(list).parse_complete(text);
        parsed.ok().map(|(_, pairs)| Self(pairs))
    }

    /// The one value of a name; `Err`: there are several.
    pub(super) fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, ()> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() { Err(()) } else { Ok(value) }
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A quoted string of these characters.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Visible ASCII without the separators of RFC 2616 §2.2.
fn token(input: &str) -> nom::IResult<&str, &str> {
    let separator = |c: char| "()<>@,;:\\\"/[]?={} \t".contains(c);
    take_while1(|c: char| c.is_ascii_graphic() && !separator(c)).parse_complete(input)
}

fn quoted(input: &str) -> nom::IResult<&str, String> {
    let plain = none_of("\"\\\0");
    let escaped = preceded(char('\\'), none_of("\0"));
    let inside = many0(alt((escaped, plain)));
    let (left, characters) = preceded(char('"'), terminated(inside, char('"'))).parse_complete(input)?;
    Ok((left, characters.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// MEC-17: quoted strings, escapes, commas inside and between, names without regard to case.
    #[test]
    fn grammar() {
        let parsed = Directives::parse(br#" , Realm = "a, \"b\\", nonce=abc,,x="",realm=c , "#).unwrap();
        assert_eq!(parsed.all("realm").collect::<Vec<_>>(), ["a, \"b\\", "c"]);
        assert_eq!(parsed.one("nonce"), Ok(Some("abc")));
        assert_eq!(parsed.one("x"), Ok(Some("")));
        assert_eq!(parsed.one("y"), Ok(None));
        assert_eq!(parsed.one("realm"), Err(()), "twice");
        let malformed: [&[u8]; 10] =
            [b"", b",", b"a", b"a=", b"=b", b"a=b c=d", b"a=\"b", b"a=b\"", b"a=\"b\0\"", b"a=\xff"];
        for message in malformed {
            assert_eq!(Directives::parse(message), None, "{}", message.escape_ascii());
        }
        assert_eq!(Directives::parse(format!("a={}", "b".repeat(MAX)).as_bytes()), None);
    }

    proptest! {
        #[test]
        fn quoted_text_survives(text in "[^\0]{0,20}") {
            let message = format!("a={}", quote(&text));
            let parsed = Directives::parse(message.as_bytes()).unwrap();
            prop_assert_eq!(parsed.one("a"), Ok(Some(text.as_str())));
        }

        #[test]
        fn never_panics(message in "[a-c=,\"\\\\ \0é]{0,40}") {
            let _ = Directives::parse(message.as_bytes());
        }
    }
}
