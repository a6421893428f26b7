//! Splitting an address and bringing its parts into canonical form.

use alloc::string::String;

use crate::repr::len;
use crate::{JidError, JidRef, Part, Reason};

/// The most octets that a part may have once enforced (RFC 7622 §3.2, §3.3, §3.4).
pub(crate) const MAX_PART: usize = 1023;

/// An address in canonical form: the given string itself, or a new one.
pub(crate) enum Canon<'a> {
    Same(JidRef<'a>),
    Changed(Buffer),
}

/// A canonical address under construction.
#[derive(Default)]
pub(crate) struct Buffer {
    pub(crate) text: String,
    at: u16,
    slash: u16,
}

impl Buffer {
    pub(crate) fn view(&self) -> JidRef<'_> {
        JidRef { text: &self.text, at: self.at, slash: self.slash }
    }
}

impl Canon<'_> {
    pub(crate) fn view(&self) -> JidRef<'_> {
        match self {
            Self::Same(view) => *view,
            Self::Changed(buffer) => buffer.view(),
        }
    }
}

/// An address cut at its separators, nothing checked (RFC 7622 §3.1).
struct Split<'a> {
    local: Option<&'a str>,
    domain: &'a str,
    resource: Option<&'a str>,
}

impl<'a> Split<'a> {
    /// The first `/` ends what may hold a localpart, then the first `@` ends the localpart.
    fn new(address: &'a str) -> Self {
        let (bare, resource) = match address.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (address, None),
        };
        let (local, domain) = match bare.split_once('@') {
            Some((local, domain)) => (Some(local), domain),
            None => (None, bare),
        };
        Self { local, domain, resource }
    }
}

/// Parses a whole address.
pub(crate) fn address(address: &str) -> Result<Canon<'_>, JidError> {
    let Split { local, domain, resource } = Split::new(address);
    let at = local.map_or(0, |local| local.len() + 1);
    let slash = at + domain.len();
    let mut buffer = Buffer::default();
    if let Some(local) = local {
        push_local(&mut buffer, local)?;
    }
    push_domain(&mut buffer, domain).map_err(|error| error.shifted(at))?;
    if let Some(resource) = resource {
        push_resource(&mut buffer, resource).map_err(|error| error.shifted(slash + 1))?;
    }
    if buffer.text == address {
        return Ok(Canon::Same(JidRef { text: address, at: buffer.at, slash: buffer.slash }));
    }
    Ok(Canon::Changed(buffer))
}

/// Joins parts that are not canonical yet. Positions count from the start of the part that is wrong.
pub(crate) fn parts(local: Option<&str>, domain: &str, resource: Option<&str>) -> Result<Buffer, JidError> {
    let mut buffer = Buffer::default();
    if let Some(local) = local {
        push_local(&mut buffer, local)?;
    }
    push_domain(&mut buffer, domain)?;
    if let Some(resource) = resource {
        push_resource(&mut buffer, resource)?;
    }
    Ok(buffer)
}

/// Puts a resource behind a canonical bare address.
pub(crate) fn join(bare: JidRef<'_>, resource: &str) -> Result<Buffer, JidError> {
    let mut buffer = Buffer { text: String::from(bare.text), at: bare.at, slash: bare.slash };
    push_resource(&mut buffer, resource)?;
    Ok(buffer)
}

fn push_local(buffer: &mut Buffer, local: &str) -> Result<(), JidError> {
    if local.is_empty() {
        return Err(JidError::new(Part::Local, Reason::Empty, 0));
    }
    for (position, c) in local.char_indices() {
        match c {
            '"' | '&' | '\'' | '/' | ':' | '<' | '>' | '@' => {
                return Err(JidError::new(Part::Local, Reason::Excluded(c), position));
            }
            '!'..='~' => buffer.text.push(c.to_ascii_lowercase()),
            _ => return Err(JidError::new(Part::Local, Reason::Disallowed(c), position)),
        }
    }
    if buffer.text.len() > MAX_PART {
        return Err(JidError::new(Part::Local, Reason::TooLong, 0));
    }
    buffer.at = len(&buffer.text);
    buffer.text.push('@');
    Ok(())
}

fn push_domain(buffer: &mut Buffer, domain: &str) -> Result<(), JidError> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_empty() {
        return Err(JidError::new(Part::Domain, Reason::Empty, 0));
    }
    for (position, c) in domain.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '[' | ']' | ':' => {
                buffer.text.push(c.to_ascii_lowercase());
            }
            _ => return Err(JidError::new(Part::Domain, Reason::Disallowed(c), position)),
        }
    }
    if domain.len() > MAX_PART {
        return Err(JidError::new(Part::Domain, Reason::TooLong, 0));
    }
    buffer.slash = len(&buffer.text);
    Ok(())
}

fn push_resource(buffer: &mut Buffer, resource: &str) -> Result<(), JidError> {
    if resource.is_empty() {
        return Err(JidError::new(Part::Resource, Reason::Empty, 0));
    }
    if let Some((position, c)) = resource.char_indices().find(|(_, c)| !matches!(c, ' '..='~')) {
        return Err(JidError::new(Part::Resource, Reason::Disallowed(c), position));
    }
    if resource.len() > MAX_PART {
        return Err(JidError::new(Part::Resource, Reason::TooLong, 0));
    }
    buffer.text.push('/');
    buffer.text.push_str(resource);
    Ok(())
}
