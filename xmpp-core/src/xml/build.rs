//! Elements made from nothing.

use super::make::Maker;
use super::{BuildError, Context, Element, ElementRef, ns};

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
#[must_use = "a builder does nothing before it is finished"]
pub struct Builder {
    maker: Box<Maker>,
}

impl Builder {
    pub(super) fn new(prefix: &str, name: &str, ns: &str) -> Builder {
        let mut maker = Maker::new();
        maker.start(prefix, name, ns, &[]);
        Builder { maker }
    }

    /// An attribute without namespace on the element that is open.
    pub fn attr(mut self, name: &str, value: &str) -> Builder {
        self.maker.attr("", "", name, value);
        self
    }

    /// The attribute if there is a value.
    pub fn attr_opt(self, name: &str, value: Option<&str>) -> Builder {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// An attribute with a namespace; the prefix is declared here unless it is bound to that namespace already.
    pub fn attr_ns(mut self, prefix: &str, ns: &str, name: &str, value: &str) -> Builder {
        self.maker.attr(prefix, ns, name, value);
        self
    }

    /// `xml:lang` on the element that is open.
    pub fn lang(self, lang: &str) -> Builder {
        self.attr_ns("xml", ns::XML, "lang", lang)
    }

    /// Declares a prefix on the element that is open, for names in its content such as the value of `xsi:type`.
    pub fn declare(mut self, prefix: &str, ns: &str) -> Builder {
        self.maker.declare(prefix, ns);
        self
    }

    /// Declares on the element that is open what prefixes mean at `from`, as far as they are free here. Children of
    /// `from` that are copied next need not each declare them again.
    ///
    /// ```
    /// use xmpp_core::xml::{Element, ns};
    /// let old: Element = "<old xmlns:p='urn:p'><p:a/><p:b/></old>".parse()?;
    /// let new = Element::build("new", "").inherit(&old).children(old.children()).finish()?;
    /// assert_eq!(new.to_xml(), "<new xmlns:p='urn:p'><p:a/><p:b/></new>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inherit<'a>(mut self, from: impl Into<ElementRef<'a>>) -> Builder {
        self.maker.inherit(from.into());
        self
    }

    /// Text in the element that is open.
    pub fn text(mut self, text: &str) -> Builder {
        self.maker.text(text);
        self
    }

    /// A copy of a whole element. The prefixes that it uses or inherits stay, so that `QName`s in its content resolve.
    /// Several that inherit the same are better copied after [`inherit`](Self::inherit): copies declare at most 1 MiB
    /// again in all, or [`finish`](Self::finish) says [`BuildError::TooLarge`].
    pub fn child<'a>(mut self, child: impl Into<ElementRef<'a>>) -> Builder {
        self.maker.copy(child.into());
        self
    }

    /// Copies of several elements.
    pub fn children<'a, E: Into<ElementRef<'a>>>(self, children: impl IntoIterator<Item = E>) -> Builder {
        children.into_iter().fold(self, Builder::child)
    }

    /// Begins a child; what follows goes into it, until [`close`](Self::close).
    pub fn open(self, name: &str, ns: &str) -> Builder {
        self.open_prefixed("", name, ns)
    }

    /// Begins a child whose name has a prefix; the prefix is declared there unless it is bound to `ns` already.
    pub fn open_prefixed(mut self, prefix: &str, name: &str, ns: &str) -> Builder {
        self.maker.start(prefix, name, ns, &[]);
        self
    }

    /// Ends the child that was opened last.
    pub fn close(mut self) -> Builder {
        self.maker.close();
        self
    }

    /// A child that holds only text: `open`, `text`, `close`.
    pub fn leaf(self, name: &str, ns: &str, text: &str) -> Builder {
        self.open(name, ns).text(text).close()
    }

    /// A child that holds nothing: `open`, `close`.
    pub fn empty(self, name: &str, ns: &str) -> Builder {
        self.open(name, ns).close()
    }

    /// Goes on with a function, for parts that depend on something.
    pub fn with(self, part: impl FnOnce(Builder) -> Builder) -> Builder {
        part(self)
    }

    /// The element.
    ///
    /// # Errors
    /// The first [`BuildError`]: names that are none, characters that XML cannot carry, attributes after content.
    pub fn finish(self) -> Result<Element, BuildError> {
        Ok(self.maker.checked()?.finish())
    }

    /// Appends the element as it must stand at a place where `context` is in scope: what [`Element::write`] would, for
    /// one that nobody keeps. Usual elements take no memory besides what is written.
    ///
    /// ```
    /// use xmpp_core::xml::{Context, Element, ns};
    /// let mut out = Vec::new();
    /// Element::build("presence", ns::CLIENT).leaf("show", ns::CLIENT, "away").write(&mut out, &Context::client_stream())?;
    /// assert_eq!(out, b"<presence><show>away</show></presence>");
    /// # Ok::<(), xmpp_core::xml::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// As [`finish`](Self::finish); nothing is appended then.
    pub fn write(self, out: &mut Vec<u8>, context: &Context) -> Result<(), BuildError> {
        self.maker.checked()?.write(out, context);
        Ok(())
    }

    /// The element, whatever it takes: characters that XML cannot carry become U+FFFD, those that a name cannot carry
    /// become `_`, what has no place is left out. For content that is known to be valid.
    pub fn finish_lossy(self) -> Element {
        self.maker.finish()
    }
}
