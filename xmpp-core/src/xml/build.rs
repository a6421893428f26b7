//! Elements made from nothing.

use super::{BuildError, Element, ElementRef};

/// Builds an [`Element`], children by [`open`](Self::open) and [`close`](Self::close).
///
/// Mistakes are kept until [`finish`](Self::finish) reports the first. What is still open at the end is closed there.
///
/// ```
/// use xmpp_core::xml::{Element, ns};
/// let iq = Element::build("iq", ns::CLIENT)
///     .attr("type", "result")
///     .open("query", ns::VERSION)
///     .leaf("name", ns::VERSION, "xmpp")
///     .leaf("version", ns::VERSION, "0.1")
///     .close()
///     .finish()?;
/// let query = iq.child("query", ns::VERSION).unwrap();
/// assert_eq!(query.child("name", ns::VERSION).unwrap().text(), "xmpp");
/// # Ok::<(), xmpp_core::xml::BuildError>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    error: Option<BuildError>,
}

impl Builder {
    pub(super) fn new(prefix: &str, name: &str, ns: &str) -> Builder {
        let _ = (prefix, name, ns);
        todo!()
    }

    /// An attribute without namespace on the element that is open.
    #[must_use]
    pub fn attr(self, name: &str, value: &str) -> Builder {
        let _ = (name, value);
        todo!()
    }

    /// The attribute if there is a value.
    #[must_use]
    pub fn attr_opt(self, name: &str, value: Option<&str>) -> Builder {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// An attribute with a namespace; the prefix is declared here unless it is bound to that namespace already.
    #[must_use]
    pub fn attr_ns(self, prefix: &str, ns: &str, name: &str, value: &str) -> Builder {
        let _ = (prefix, ns, name, value);
        todo!()
    }

    /// `xml:lang` on the element that is open.
    #[must_use]
    pub fn lang(self, lang: &str) -> Builder {
        self.attr_ns("xml", super::ns::XML, "lang", lang)
    }

    /// Declares a prefix on the element that is open, for names in its content such as the value of `xsi:type`.
    #[must_use]
    pub fn declare(self, prefix: &str, ns: &str) -> Builder {
        let _ = (prefix, ns);
        todo!()
    }

    /// Text in the element that is open.
    #[must_use]
    pub fn text(self, text: &str) -> Builder {
        let _ = text;
        todo!()
    }

    /// A copy of a whole element. The prefixes that it uses or inherits stay, so that QNames in its content resolve.
    #[must_use]
    pub fn child<'a>(self, child: impl Into<ElementRef<'a>>) -> Builder {
        let _ = child.into();
        todo!()
    }

    /// Copies of several elements.
    #[must_use]
    pub fn children<'a, E: Into<ElementRef<'a>>>(self, children: impl IntoIterator<Item = E>) -> Builder {
        children.into_iter().fold(self, Builder::child)
    }

    /// Begins a child; what follows goes into it, until [`close`](Self::close).
    #[must_use]
    pub fn open(self, name: &str, ns: &str) -> Builder {
        self.open_prefixed("", name, ns)
    }

    /// Begins a child whose name has a prefix; the prefix is declared there unless it is bound to `ns` already.
    #[must_use]
    pub fn open_prefixed(self, prefix: &str, name: &str, ns: &str) -> Builder {
        let _ = (prefix, name, ns);
        todo!()
    }

    /// Ends the child that was opened last.
    #[must_use]
    pub fn close(self) -> Builder {
        todo!()
    }

    /// A child that holds only text: `open`, `text`, `close`.
    #[must_use]
    pub fn leaf(self, name: &str, ns: &str, text: &str) -> Builder {
        self.open(name, ns).text(text).close()
    }

    /// A child that holds nothing: `open`, `close`.
    #[must_use]
    pub fn empty(self, name: &str, ns: &str) -> Builder {
        self.open(name, ns).close()
    }

    /// Goes on with a function, for parts that depend on something.
    #[must_use]
    pub fn with(self, part: impl FnOnce(Builder) -> Builder) -> Builder {
        part(self)
    }

    /// The element.
    ///
    /// # Errors
    /// The first [`BuildError`]: names that are none, characters that XML cannot carry, attributes after content.
    pub fn finish(self) -> Result<Element, BuildError> {
        match self.error {
            Some(error) => Err(error),
            None => todo!(),
        }
    }

    /// The element, whatever it takes: characters that XML cannot carry become U+FFFD, those that a name cannot carry
    /// become `_`, what has no place is left out. For content that is known to be valid.
    pub fn finish_lossy(self) -> Element {
        todo!()
    }
}
