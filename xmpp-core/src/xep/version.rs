//! Software version (XEP-0092).

use crate::xml::{Element, ElementRef, ns};

/// The software that an entity runs.
///
/// ```
/// use xmpp_core::xep::version::Version;
///
/// let version = Version::new("meter", "2.1").with_os("FreeRTOS");
/// assert_eq!(Version::parse(version.to_element().root()), Some(version));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The name of the software.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it runs on, if it tells (§5: better not, it helps attackers).
    pub os: Option<String>,
}

impl Version {
    /// A software and its version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), os: None }
    }

    /// Tells the operating system, too.
    #[must_use]
    pub fn with_os(self, os: impl Into<String>) -> Self {
        Self { os: Some(os.into()), ..self }
    }

    /// Reads the payload of a result. What is missing is empty.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if !payload.is("query", ns::VERSION) {
            return None;
        }
        let text = |name| payload.child(name, ns::VERSION).map(|child| child.text().into_owned());
        Some(Self {
            name: text("name").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            os: text("os"),
        })
    }

    /// The payload of a result. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut query = Element::build("query", ns::VERSION).leaf("name", ns::VERSION, &self.name).leaf(
            "version",
            ns::VERSION,
            &self.version,
        );
        if let Some(os) = &self.os {
            query = query.leaf("os", ns::VERSION, os);
        }
        query.finish_lossy()
    }
}

/// The payload of the question, for an `<iq/>` of type get.
#[must_use]
pub fn request() -> Element {
    Element::build("query", ns::VERSION).finish_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MSC-04: what is missing is empty, what is foreign is ignored.
    #[test]
    fn reads_what_is_there() {
        let payload: Element =
            "<query xmlns='jabber:iq:version'><version>1</version><x xmlns='urn:x'/></query>"
                .parse()
                .unwrap();
        assert_eq!(Version::parse(payload.root()), Some(Version::new("", "1")));
        let other: Element = "<query xmlns='jabber:iq:last'/>".parse().unwrap();
        assert_eq!(Version::parse(other.root()), None);
        assert_eq!(Version::parse(request().root()), Some(Version::new("", "")));
    }
}
