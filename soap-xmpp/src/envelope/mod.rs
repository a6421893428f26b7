//! Envelopes: what is wrapped into a stanza as it is.

mod build;
mod check;
mod error;
mod header;

use std::borrow::Cow;

use xmpp_core::xml::{Element, ElementRef, XmlError};

pub use build::EnvelopeBuilder;
pub use check::Rules;
pub use error::EnvelopeError;
pub use header::{HeaderBlock, Role, Target, Understanding};

use crate::{Fault, QName, Version};

/// A SOAP envelope of version 1.1 or 1.2: checked, owned, and cheap to clone.
///
/// It holds the element exactly as it was received or built, so prefixes stay, and names inside of values (`xsi:type`,
/// fault codes) resolve after it has been wrapped, written and read again. Body children are given as elements, or
/// as text where a toolkit sent its document as an escaped string ([`embedded`](Self::embedded)).
///
/// ```
/// use soap_xmpp::{Envelope, Rules, Version};
/// use xmpp_core::xml::Element;
///
/// let time = Element::build("GetTime", "urn:example:clock").finish()?;
/// let envelope = Envelope::build(Version::V11).body(&time).finish()?;
///
/// let received = Envelope::read(envelope.element(), Rules::Strict)?;
/// assert_eq!(received.version(), Version::V11);
/// assert!(received.payload().unwrap().is("GetTime", "urn:example:clock"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    element: Element,
    version: Version,
}

impl Envelope {
    /// Begins an envelope.
    pub fn build(version: Version) -> EnvelopeBuilder {
        EnvelopeBuilder::new(version)
    }

    /// Takes an `<Envelope/>` as it is, after checking it.
    ///
    /// # Errors
    /// [`EnvelopeError`]: what is wrong with it, by the [`Rules`] asked for.
    pub fn read<'a>(element: impl Into<ElementRef<'a>>, rules: Rules) -> Result<Self, EnvelopeError> {
        let element = element.into();
        let version = check::check(element, rules)?;
        Ok(Self { element: element.to_element(), version })
    }

    /// The version, which the namespace tells.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The `<Envelope/>`.
    pub fn element(&self) -> &Element {
        &self.element
    }

    /// The header blocks.
    pub fn headers(&self) -> impl Iterator<Item = HeaderBlock<'_>> + '_ {
        let version = self.version;
        self.element
            .child("Header", version.ns())
            .into_iter()
            .flat_map(ElementRef::children)
            .map(move |block| HeaderBlock::new(block, version))
    }

    /// The header block of this name.
    pub fn header(&self, name: &str, ns: &str) -> Option<HeaderBlock<'_>> {
        self.headers().find(|block| block.element().is(name, ns))
    }

    /// The `<Body/>`.
    pub fn body(&self) -> ElementRef<'_> {
        // Both constructors make sure that there is one.
        self.element.child("Body", self.version.ns()).unwrap_or(self.element.root())
    }

    /// The first child of the body: the call or its answer. `None` for an empty body and for one that holds text only.
    pub fn payload(&self) -> Option<ElementRef<'_>> {
        self.body().first_child()
    }

    /// The text that stands directly in the body, without that of its children.
    pub fn text(&self) -> Cow<'_, str> {
        self.body().text()
    }

    /// The fault that the body holds. It is looked for by any namespace that a sloppy peer may have given it
    /// ([`Fault::read`]).
    pub fn fault(&self) -> Option<Fault> {
        self.payload().filter(|payload| is_fault(*payload)).map(Fault::read)
    }

    /// The names of those header blocks that a node must understand and does not (SOAP 1.2 part 1 §2.4). Not empty
    /// means: process nothing and answer with [`Fault::not_understood`]. A [`Responder`](crate::Responder) does so.
    ///
    /// The first one is always named, others as long as all names together are short: each names its namespace, so that
    /// an envelope of thousands of blocks in one long namespace would give an answer a thousand times its size.
    pub fn not_understood(&self, by: &Understanding) -> Vec<QName> {
        const NAMED: usize = 16 * 1024;
        let mut named = 0;
        self.headers()
            .filter(|block| block.must_understand() && !by.covers(*block))
            .map(|block| (block, block.element().ns().len() + block.element().name().len()))
            .take_while(|(_, len)| {
                let is_first = named == 0;
                named += len;
                is_first || named <= NAMED
            })
            .map(|(block, _)| block.name())
            .collect()
    }

    /// The document that an element carries as an escaped string, as some toolkits send their payload. `None` unless
    /// the element holds text only, and that begins as a document does.
    ///
    /// # Errors
    /// The [`XmlError`] of a string that begins like a document and is none.
    pub fn embedded(element: ElementRef<'_>) -> Option<Result<Element, XmlError>> {
        if element.first_child().is_some() {
            return None;
        }
        let text = element.text();
        let text = text.trim();
        text.starts_with('<').then(|| Element::parse(text.as_bytes()))
    }

    /// From an element that was built here and is known to be an envelope.
    pub(crate) fn trusted(element: Element, version: Version) -> Self {
        Self { element, version }
    }
}

/// Whether a body child is a fault.
pub(crate) fn is_fault(element: ElementRef<'_>) -> bool {
    element.name() == "Fault" && Version::by_ns(element.ns()).is_some()
}

impl From<Envelope> for Element {
    fn from(envelope: Envelope) -> Self {
        envelope.element
    }
}
