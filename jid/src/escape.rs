//! Escaping of localparts (XEP-0106), for names that hold what localparts may not.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::{JidError, Part, Reason};

/// What is escaped, in the order of XEP-0106 §3.2, and the two digits behind the backslash.
const CODES: [(char, &str); 10] = [
    (' ', "20"),
    ('"', "22"),
    ('&', "26"),
    ('\'', "27"),
    ('/', "2f"),
    (':', "3a"),
    ('<', "3c"),
    ('>', "3e"),
    ('@', "40"),
    ('\\', "5c"),
];

/// Escapes a name, so that it can be a localpart (XEP-0106 §4.2): an address of another system, or what a person types.
///
/// ```
/// assert_eq!(jid::escape("at&t guy")?, r"at\26t\20guy");
/// assert_eq!(jid::escape(r"c:\5commas")?, r"c\3a\5c5commas"); // would be taken for an escape
/// assert_eq!(jid::escape(r"c:\cool")?, r"c\3a\cool"); // would not
/// # Ok::<(), jid::JidError>(())
/// ```
///
/// # Errors
/// [`Reason::OuterSpace`] for a space at an end, which cannot be escaped (XEP-0106 §4.1).
pub fn escape(name: &str) -> Result<Cow<'_, str>, JidError> {
    let outer = if name.starts_with(' ') { Some(0) } else { name.strip_suffix(' ').map(str::len) };
    if let Some(position) = outer {
        return Err(JidError::new(Part::Local, Reason::OuterSpace, position));
    }
    let mut out = String::new();
    let mut copied = 0;
    for (at, c) in name.char_indices() {
        let behind = name.get(at + c.len_utf8()..).unwrap_or_default();
        let Some((_, code)) = CODES.iter().find(|(plain, _)| *plain == c) else { continue };
        // In any case: localparts go to lower case, where `\2F` would become an escape.
        if c == '\\' && !CODES.iter().any(|(_, code)| begins_with(behind, code)) {
            continue;
        }
        out.push_str(name.get(copied..at).unwrap_or_default());
        out.push('\\');
        out.push_str(code);
        copied = at + 1;
    }
    Ok(finished(name, out, copied))
}

/// The name that an escaped localpart stands for, to be shown to people or given to another system (XEP-0106 §3.3).
///
/// Not for comparison and not for the wire (§4.1): two localparts may look alike unescaped. A space that would come to
/// stand at an end stays escaped, for no name is escaped like that.
///
/// ```
/// assert_eq!(jid::unescape(r"d\27artagnan"), "d'artagnan");
/// assert_eq!(jid::unescape(r"foob\41r"), r"foob\41r"); // no escape
/// assert_eq!(jid::unescape(r"\5c27"), r"\27"); // once
/// ```
pub fn unescape(local: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, _) in local.match_indices('\\') {
        let behind = local.get(at + 1..).unwrap_or_default();
        let Some((plain, code)) = CODES.iter().find(|(_, code)| behind.starts_with(code)) else { continue };
        if *plain == ' ' && (at == 0 || behind.len() == code.len()) {
            continue;
        }
        out.push_str(local.get(copied..at).unwrap_or_default());
        out.push(*plain);
        // An escape holds no second backslash, so none is looked at again.
        copied = at + 1 + code.len();
    }
    finished(local, out, copied)
}

/// What was replaced so far and the rest of the text, or the text itself if nothing was.
fn finished(text: &str, mut replaced: String, copied: usize) -> Cow<'_, str> {
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    replaced.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(replaced)
}

fn begins_with(text: &str, code: &str) -> bool {
    text.get(..code.len()).is_some_and(|start| start.eq_ignore_ascii_case(code))
}
