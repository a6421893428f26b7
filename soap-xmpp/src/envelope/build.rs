//! Envelopes made from their parts.

use xmpp_core::xml::{BuildError, Element};

use super::Envelope;
use crate::Version;

/// Builds an [`Envelope`]. What is added is copied with everything that its prefixes mean.
///
/// ```
/// use soap_xmpp::{Envelope, Version};
/// use xmpp_core::xml::{Element, ns};
/// let call: Element = "<c:Call xmlns:c='urn:example' xmlns:t='urn:example:t' kind='t:fast'/>".parse()?;
/// let envelope = Envelope::build(Version::V12).prefix("env").declare("xsd", ns::XSD).body(&call).finish()?;
/// assert_eq!(envelope.payload().unwrap().resolve_qname("t:fast"), Some(("urn:example:t", "fast")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopeBuilder {
    version: Version,
    prefix: String,
    declared: Vec<(String, String)>,
    encoding_style: Option<String>,
    headers: Vec<Element>,
    body: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Element(Element),
    Text(String),
}

impl EnvelopeBuilder {
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            prefix: "soap".to_owned(),
            declared: Vec::new(),
            encoding_style: None,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The prefix of the envelope's own elements instead of `soap`. Empty makes theirs the default namespace.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Declares a prefix on the envelope, for names in values such as `xsd:string`.
    #[must_use]
    pub fn declare(mut self, prefix: impl Into<String>, ns: impl Into<String>) -> Self {
        self.declared.push((prefix.into(), ns.into()));
        self
    }

    /// Puts `encodingStyle` on the envelope, as devices do. SOAP 1.2 does not allow it there.
    #[must_use]
    pub fn encoding_style(mut self, uri: impl Into<String>) -> Self {
        self.encoding_style = Some(uri.into());
        self
    }

    /// Adds a header block. [`Target::block`](crate::Target::block) makes one with `mustUnderstand` or a role.
    #[must_use]
    pub fn header(mut self, block: &Element) -> Self {
        self.headers.push(block.clone());
        self
    }

    /// Adds a child to the body.
    #[must_use]
    pub fn body(mut self, child: &Element) -> Self {
        self.body.push(Part::Element(child.clone()));
        self
    }

    /// Adds text to the body.
    #[must_use]
    pub fn body_text(mut self, text: impl Into<String>) -> Self {
        self.body.push(Part::Text(text.into()));
        self
    }

    /// The envelope.
    ///
    /// # Errors
    /// [`BuildError`] for prefixes that are none and characters that XML cannot carry.
    pub fn finish(self) -> Result<Envelope, BuildError> {
        let version = self.version;
        let (prefix, soap) = (self.prefix.as_str(), version.ns());
        let mut builder = Element::build_prefixed(prefix, "Envelope", soap);
        for (prefix, ns) in &self.declared {
            builder = builder.declare(prefix, ns);
        }
        if let Some(uri) = &self.encoding_style {
            let prefix = if prefix.is_empty() { "soap" } else { prefix };
            builder = builder.attr_ns(prefix, soap, "encodingStyle", uri);
        }
        if !self.headers.is_empty() {
            builder = builder.open_prefixed(prefix, "Header", soap).children(&self.headers).close();
        }
        builder = builder.open_prefixed(prefix, "Body", soap);
        for part in &self.body {
            builder = match part {
                Part::Element(element) => builder.child(element),
                Part::Text(text) => builder.text(text),
            };
        }
        Ok(Envelope::trusted(builder.close().finish()?, version))
    }
}
