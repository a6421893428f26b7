use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::percent::{Kept, decode, encode};
use super::{Text, UriError, split};

/// What to do with an address: an action, and keys with values (RFC 5122 §2.5).
///
/// XEP-0147 registers `message` (keys `subject`, `body`, `thread`, `from`, `id`, `type`), `roster` (`name`, `group`),
/// `remove`, `subscribe` and `unsubscribe`; other XEPs add theirs, such as `join` (`password`) and `disco`.
///
/// ```
/// use jid::Query;
///
/// let query = Query::new("roster").with("name", "Romeo Montague").with("group", "Friends");
/// assert_eq!(query.get("name"), Some("Romeo Montague"));
/// assert_eq!(query.get("nick"), None);
/// assert_eq!(query.to_string(), "roster;name=Romeo%20Montague;group=Friends");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    action: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// An action without keys.
    pub fn new(action: impl Into<String>) -> Self {
        Self { action: action.into(), pairs: Vec::new() }
    }

    /// Adds a key and its value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.pairs.push((key.into(), value.into()));
        self
    }

    /// The registered name of the action; empty when the query is.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The value of the first key of that name.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// All keys and values, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Reads what stands behind `?`. A key without `=` has an empty value.
    pub(super) fn read(text: Text<'_>) -> Result<Self, UriError> {
        let owned = |text| decode(text, Kept::Query).map(Cow::into_owned);
        let (action, mut rest) = split(text, ';');
        let mut query = Self::new(owned(action)?);
        while let Some(pairs) = rest {
            let (pair, behind) = split(pairs, ';');
            let (key, value) = split(pair, '=');
            query.pairs.push((owned(key)?, value.map(owned).transpose()?.unwrap_or_default()));
            rest = behind;
        }
        Ok(query)
    }

    pub(super) fn print(&self, f: &mut fmt::Formatter<'_>, iri: bool) -> fmt::Result {
        encode(f, &self.action, Kept::Query, iri)?;
        for (key, value) in &self.pairs {
            f.write_char(';')?;
            encode(f, key, Kept::Query, iri)?;
            f.write_char('=')?;
            encode(f, value, Kept::Query, iri)?;
        }
        Ok(())
    }
}

/// Prints as in a URI, without the `?`.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, false)
    }
}
