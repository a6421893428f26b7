//! Escaping, exactly as much as needed (XML 1.0 §2.4, §3.3.3; RFC 6120 §11.1).

use std::borrow::Cow;

/// Whether XML 1.0 can carry this character at all (XML 1.0 §2.2).
pub const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The text as it stands between tags: `&`, `<`, `>` and carriage returns escaped. Borrowed when nothing had to be.
///
/// Characters that XML cannot carry ([`is_char`]) become U+FFFD.
pub fn text(s: &str) -> Cow<'_, str> {
    let _ = s;
    todo!()
}

/// The value as it stands between single or double quotes: also quotes, tabs and line ends are escaped.
///
/// Characters that XML cannot carry ([`is_char`]) become U+FFFD.
pub fn attr(s: &str) -> Cow<'_, str> {
    let _ = s;
    todo!()
}
