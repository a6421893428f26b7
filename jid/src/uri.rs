//! `xmpp:` URIs and IRIs (RFC 5122), and their queries (XEP-0147).

mod error;
mod percent;
mod query;

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt::{self, Display, Write};
use core::str::FromStr;

use crate::{BareJid, Jid, JidRef};
pub use error::UriError;
use percent::{Kept, decode, encode};
pub use query::Query;

/// A link to an address, and perhaps what to do with it: `xmpp:romeo@example.net?message;subject=Hi`.
///
/// It prints as a URI, in ASCII; [`iri`](Self::iri) keeps the letters. Both are read.
/// ```
/// use jid::{Jid, Query, XmppUri};
///
/// let uri: XmppUri = "xmpp:ji%C5%99i@%C4%8Dechy.example/v%20Praze?message;subject=Ahoj".parse()?;
/// assert_eq!(uri.address().map(Jid::as_str), Some("jiři@čechy.example/v Praze"));
/// let query = uri.query().expect("it has one");
/// assert_eq!((query.action(), query.get("subject")), ("message", Some("Ahoj")));
/// assert_eq!(uri.iri().to_string(), "xmpp:jiři@čechy.example/v%20Praze?message;subject=Ahoj");
///
/// let room = Jid::new("garden@chat.example.com")?;
/// let uri = XmppUri::new(room).with_query(Query::new("join").with("password", "let me in"));
/// assert_eq!(uri.to_string(), "xmpp:garden@chat.example.com?join;password=let%20me%20in");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct XmppUri {
    account: Option<BareJid>,
    address: Option<Jid>,
    query: Option<Query>,
    fragment: Option<String>,
}

impl XmppUri {
    /// A link to an address.
    pub fn new(address: impl Into<Jid>) -> Self {
        Self { account: None, address: Some(address.into()), query: None, fragment: None }
    }

    /// Asks who follows the link to log in as `account` (RFC 5122 §2.3), which has a localpart.
    ///
    /// # Errors
    /// [`UriError::Account`] when it has none.
    pub fn with_account(mut self, account: BareJid) -> Result<Self, UriError> {
        if account.local().is_none() {
            return Err(UriError::Account);
        }
        self.account = Some(account);
        Ok(self)
    }

    /// Says what to do with the address.
    #[must_use]
    pub fn with_query(mut self, query: Query) -> Self {
        self.query = Some(query);
        self
    }

    /// Adds a fragment, which has no meaning of its own (RFC 5122 §2.6).
    #[must_use]
    pub fn with_fragment(mut self, fragment: impl Into<String>) -> Self {
        self.fragment = Some(fragment.into());
        self
    }

    /// Reads a URI or an IRI.
    ///
    /// A resource may hold a raw `/` or `@`, and a query what RFC 3986 allows in one; RFC 5122 would have them encoded, and
    /// many are not.
    ///
    /// # Errors
    /// [`UriError`] names the byte or the part.
    pub fn parse(uri: &str) -> Result<Self, UriError> {
        let scheme =
            uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("xmpp:")).ok_or(UriError::Scheme)?;
        let (rest, fragment) = split(Text::new(uri, scheme.len()), '#');
        let (rest, query) = split(rest, '?');
        let (account, path) = match rest.text.strip_prefix("//") {
            Some(_) => {
                let (account, path) = split(rest.behind(2), '/');
                let account = address(account)?;
                if account.local().is_none() {
                    return Err(UriError::Account);
                }
                // An authority holds no slash.
                (Some(account.into_bare()), path.filter(|path| !path.text.is_empty()))
            }
            None => (None, Some(rest)),
        };
        Ok(Self {
            account,
            address: path.map(address).transpose()?,
            query: query.map(Query::read).transpose()?,
            fragment: fragment.map(|text| decode(text, Kept::Fragment).map(Cow::into_owned)).transpose()?,
        })
    }

    /// The account to log in as; ignored by whoever has an account configured (RFC 5122 §2.3).
    pub fn account(&self) -> Option<&BareJid> {
        self.account.as_ref()
    }

    /// The address that the link is about. Only a link with an [`account`](Self::account) may have none.
    pub fn address(&self) -> Option<&Jid> {
        self.address.as_ref()
    }

    /// What to do with the address. What is not understood is to be ignored (RFC 5122 §2.5).
    pub fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    /// What stands behind `#`, decoded.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// Prints as an IRI, where letters beyond ASCII stay (RFC 5122 §2.7).
    pub fn iri(&self) -> impl Display + '_ {
        struct Iri<'a>(&'a XmppUri);

        impl Display for Iri<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.print(f, true)
            }
        }

        Iri(self)
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, iri: bool) -> fmt::Result {
        f.write_str("xmpp:")?;
        if let Some(account) = &self.account {
            f.write_str("//")?;
            print_address(f, account.view(), iri)?;
            if self.address.is_some() {
                f.write_char('/')?;
            }
        }
        if let Some(address) = &self.address {
            print_address(f, address.view(), iri)?;
        }
        if let Some(query) = &self.query {
            f.write_char('?')?;
            query.print(f, iri)?;
        }
        if let Some(fragment) = &self.fragment {
            f.write_char('#')?;
            encode(f, fragment, Kept::Fragment, iri)?;
        }
        Ok(())
    }
}

fn print_address(f: &mut fmt::Formatter<'_>, address: JidRef<'_>, iri: bool) -> fmt::Result {
    if let Some(local) = address.local() {
        encode(f, local, Kept::Local, iri)?;
        f.write_char('@')?;
    }
    match address.domain() {
        // The brackets of an IPv6 address are part of the syntax (RFC 3986 §3.2.2).
        literal if literal.starts_with('[') => f.write_str(literal)?,
        name => encode(f, name, Kept::Domain, iri)?,
    }
    if let Some(resource) = address.resource() {
        f.write_char('/')?;
        encode(f, resource, Kept::Resource, iri)?;
    }
    Ok(())
}

/// Prints as a URI, in ASCII (RFC 5122 §3.3).
impl Display for XmppUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, false)
    }
}

impl FromStr for XmppUri {
    type Err = UriError;

    fn from_str(uri: &str) -> Result<Self, UriError> {
        Self::parse(uri)
    }
}

impl TryFrom<&str> for XmppUri {
    type Error = UriError;

    fn try_from(uri: &str) -> Result<Self, UriError> {
        Self::parse(uri)
    }
}

/// A piece of a URI that still has to be decoded, and where it stands.
#[derive(Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Text<'a> {
    /// What stands behind the first `start` bytes.
    fn new(uri: &'a str, start: usize) -> Self {
        Self { text: uri.get(start..).unwrap_or_default(), start }
    }

    fn behind(self, skipped: usize) -> Self {
        Self { text: self.text.get(skipped..).unwrap_or_default(), start: self.start + skipped }
    }
}

/// What stands before the first delimiter, and behind it. Delimiters are found before anything is decoded, so that an
/// encoded one never divides.
fn split(whole: Text<'_>, delimiter: char) -> (Text<'_>, Option<Text<'_>>) {
    match whole.text.split_once(delimiter) {
        Some((before, _)) => (Text { text: before, ..whole }, Some(whole.behind(before.len() + 1))),
        None => (whole, None),
    }
}

fn address(path: Text<'_>) -> Result<Jid, UriError> {
    let (bare, resource) = split(path, '/');
    let (local, domain) = match split(bare, '@') {
        (local, Some(domain)) => (Some(local), domain),
        (domain, None) => (None, domain),
    };
    let local = local.map(|text| decode(text, Kept::Local)).transpose()?;
    let domain = decode(domain, Kept::Domain)?;
    let resource = resource.map(|text| decode(text, Kept::Resource)).transpose()?;
    Jid::from_parts(local.as_deref(), &domain, resource.as_deref()).map_err(UriError::Address)
}
