//! Which part of the talk is shown.

use std::fmt;

use xmpp_core::{Item, jid::Jid, stanza::StanzaKind, xml::ElementRef};

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum Kind {
    Message,
    Presence,
    Iq,
    /// Login, TLS, errors of the stream, and everything else that is no stanza.
    Other,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Message, Self::Presence, Self::Iq, Self::Other];

    pub(super) fn of(item: &Item) -> Self {
        let Item::Element(element) = item else { return Self::Other };
        match StanzaKind::of(element.root()) {
            Some(StanzaKind::Message) => Self::Message,
            Some(StanzaKind::Presence) => Self::Presence,
            Some(StanzaKind::Iq) => Self::Iq,
            None => Self::Other,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Presence => "presence",
            Self::Iq => "iq",
            Self::Other => "other",
        }
    }
}

/// What is shown: everything, some kinds, what goes to and comes from somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Empty: all.
    kinds: Vec<Kind>,
    with: Option<Jid>,
}

impl Filter {
    pub(super) fn new(kinds: &[Kind], with: Option<Jid>) -> Self {
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        Self { kinds, with }
    }

    /// `off`, or kinds, or `with` and an address, or both.
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let mut words = typed.split([',', ' ']).filter(|word| !word.is_empty());
        let mut kinds = Vec::new();
        let mut with = None;
        while let Some(word) = words.next() {
            match word {
                "off" | "all" => return Ok(Self::default()),
                "with" => {
                    let address = words.next().ok_or("with whom?")?;
                    with = Some(
                        Jid::new(address).map_err(|error| format!("{address:?} is no address: {error}"))?,
                    );
                }
                _ => {
                    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == word);
                    kinds.push(kind.ok_or_else(|| {
                        format!("{word:?} is none of message, presence, iq, other, with ADDRESS, off")
                    })?);
                }
            }
        }
        Ok(Self::new(&kinds, with))
    }

    pub(super) fn passes(&self, item: &Item) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&Kind::of(item)) {
            return false;
        }
        match (&self.with, item) {
            (None, _) => true,
            (Some(with), Item::Element(element)) => {
                ["from", "to"].iter().any(|name| is(element.root(), name, with))
            }
            (Some(_), _) => false,
        }
    }
}

/// A bare address stands for all its resources.
fn is(element: ElementRef<'_>, name: &str, with: &Jid) -> bool {
    let Some(address) = element.attr(name).and_then(|address| Jid::new(&address).ok()) else { return false };
    if with.is_bare() { address.bare() == with.view() } else { address == *with }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.name()).collect();
        f.write_str(if kinds.is_empty() { "everything" } else { "only " })?;
        f.write_str(&kinds.join(", "))?;
        match &self.with {
            Some(with) => write!(f, " with {with}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(xml: &str) -> Item {
        Item::Element(super::super::input::read(xml).unwrap().remove(0))
    }

    #[test]
    fn kinds() {
        let filter = Filter::parse("iq, message").unwrap();
        assert!(filter.passes(&item("<iq/>")) && filter.passes(&item("<message/>")));
        for other in [item("<presence/>"), item("<auth xmlns='urn:x'/>"), Item::CLOSE] {
            assert!(!filter.passes(&other), "{other}");
            assert!(Filter::default().passes(&other), "{other}");
        }
        let other = Filter::parse("other").unwrap();
        assert!(other.passes(&Item::CLOSE) && other.passes(&item("<iq xmlns='urn:x'/>")));
        assert!(!other.passes(&item("<iq/>")));
        assert_eq!(
            (filter.to_string(), Filter::parse("off").unwrap().to_string()),
            ("only message, iq".into(), "everything".into())
        );
    }

    #[test]
    fn addresses() {
        let bare = Filter::parse("with R@e").unwrap();
        for (xml, passes) in [
            ("<iq to='r@e'/>", true),
            ("<iq from='r@e/x' to='me@e'/>", true),
            ("<iq from='me@e' to='e'/>", false),
            ("<iq/>", false),
            ("<iq to='@'/>", false),
        ] {
            assert_eq!(bare.passes(&item(xml)), passes, "{xml}");
        }
        assert!(!bare.passes(&Item::CLOSE));
        let full = Filter::parse("iq with r@e/x").unwrap();
        assert!(full.passes(&item("<iq from='r@e/x'/>")));
        assert!(!full.passes(&item("<iq from='r@e'/>")) && !full.passes(&item("<message from='r@e/x'/>")));
        assert_eq!(full.to_string(), "only iq with r@e/x");
    }

    #[test]
    fn what_is_no_filter_is_told() {
        for wrong in ["mesage", "with", "with @", "iq romeo@example.net"] {
            assert!(Filter::parse(wrong).is_err(), "{wrong}");
        }
    }
}
