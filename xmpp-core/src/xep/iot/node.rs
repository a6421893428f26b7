//! Which thing behind an address.

use std::borrow::Cow;

use crate::xml::{Builder, ElementRef};

/// A thing behind a concentrator (XEP-0323 §5.9, XEP-0325 §3.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Its id: `nodeId`.
    pub id: String,
    /// The data source that it belongs to: `sourceId`.
    pub source: Option<String>,
    /// What tells apart nodes of the same id: `cacheType`.
    pub cache: Option<String>,
}

impl Node {
    /// A node by its id alone.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), source: None, cache: None }
    }

    /// From the attributes of an element; `None` when it has no `nodeId`.
    pub(crate) fn parse(element: ElementRef<'_>) -> Option<Self> {
        let attr = |name| element.attr(name).map(Cow::into_owned);
        Some(Self { id: attr("nodeId")?, source: attr("sourceId"), cache: attr("cacheType") })
    }

    /// Adds its attributes to the element that is open.
    pub(crate) fn attrs(&self, builder: Builder) -> Builder {
        builder
            .attr("nodeId", &self.id)
            .attr_opt("sourceId", self.source.as_deref())
            .attr_opt("cacheType", self.cache.as_deref())
    }

    /// Adds a `<node/>`.
    pub(crate) fn write(&self, builder: Builder, ns: &str) -> Builder {
        self.attrs(builder.open("node", ns)).close()
    }
}
