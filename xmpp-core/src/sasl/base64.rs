//! Base64 as XMPP carries SASL data (RFC 6120 §6.3.5, §6.4.2): strict, with a sign for "present and empty".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Text that is not proper base64: a foreign character, white space, wrong padding or stray bits.
///
/// A server answers it with [`incorrect-encoding`](super::Condition::IncorrectEncoding).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError;

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("improper base64")
    }
}

impl std::error::Error for DecodeError {}

/// The text of a `<challenge/>` or `<response/>`, where no data and empty data are the same: an empty element.
#[must_use]
pub fn encode(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// The text of an `<auth/>` or `<success/>`, where data may be absent (no text) or present and empty (`=`).
///
/// ```
/// use xmpp_core::sasl::base64;
///
/// assert_eq!(base64::encode_payload(None), "");
/// assert_eq!(base64::encode_payload(Some(b"")), "=");
/// assert_eq!(base64::encode_payload(Some(b"hi")), "aGk=");
/// ```
#[must_use]
pub fn encode_payload(data: Option<&[u8]>) -> String {
    match data {
        None => String::new(),
        Some([]) => "=".to_owned(),
        Some(data) => encode(data),
    }
}

/// Reads the text of a `<challenge/>` or `<response/>`. A lone `=` counts as empty here too: some peers write it
/// everywhere, and it can mean nothing else.
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    Ok(decode_payload(text)?.unwrap_or_default())
}

/// Reads the text of an `<auth/>` or `<success/>`: no text is no data, `=` is empty data.
///
/// ```
/// use xmpp_core::sasl::base64;
///
/// assert_eq!(base64::decode_payload(""), Ok(None));
/// assert_eq!(base64::decode_payload("="), Ok(Some(vec![])));
/// assert!(base64::decode_payload(" aGk=").is_err());
/// ```
pub fn decode_payload(text: &str) -> Result<Option<Vec<u8>>, DecodeError> {
    match text {
        "" => Ok(None),
        "=" => Ok(Some(Vec::new())),
        text => STANDARD.decode(text).map(Some).map_err(|_| DecodeError),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SASL-02: absent, empty and present stay apart.
    #[test]
    fn absent_is_not_empty() {
        for data in [None, Some(&b""[..]), Some(b"\0"), Some(b"=")] {
            assert_eq!(decode_payload(&encode_payload(data)), Ok(data.map(<[u8]>::to_vec)));
        }
        assert_eq!(encode(b""), "");
        assert_eq!(decode(""), Ok(vec![]));
        assert_eq!(decode("="), Ok(vec![]));
    }

    /// SASL-04: foreign characters, white space, inner or missing padding and stray bits are refused, not skipped.
    #[test]
    fn strict() {
        let improper = [
            "YQ",
            "YQ=",
            "YQ===",
            "Y",
            "====",
            "==",
            "=YQ=",
            "YQ==YQ==",
            "Y=Q=",
            "YQ==\n",
            " YQ==",
            "YW I=",
            "YR==",
            "YWJ=",
            "YW-_",
            "YW\u{e4}=",
            "YQ==x",
            "&amp",
            "YWJj\0",
            "YWJjZA",
            "YWJjZA=",
        ];
        for text in improper {
            assert_eq!(decode(text), Err(DecodeError), "{text:?}");
            assert_eq!(decode_payload(text), Err(DecodeError), "{text:?}");
        }
        assert_eq!(decode("+/+/"), Ok(vec![0xfb, 0xff, 0xbf]));
    }

    proptest! {
        /// SASL-04: whatever decodes is the one encoding of its bytes.
        #[test]
        fn canonical(text in "[A-Za-z0-9+/= \n_-]{0,12}") {
            if let Ok(data) = decode(&text) && text != "=" {
                prop_assert_eq!(encode(&data), text);
            }
        }
    }
}
