//! Service discovery (XEP-0030): what an entity is, what it understands, and what belongs to it.

use std::collections::BTreeSet;

use jid::Jid;

use crate::xml::{Builder, Element, ElementRef, ns};

/// What an entity is (XEP-0030 §3.1), such as category `client` and type `bot`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The category, from the registry of XEP-0030.
    pub category: String,
    /// The type inside of the category.
    pub kind: String,
    /// A name for people.
    pub name: Option<String>,
    /// The language of the name.
    pub lang: Option<String>,
}

impl Identity {
    /// An identity without a name.
    pub fn new(category: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { category: category.into(), kind: kind.into(), name: None, lang: None }
    }

    /// With a name for people.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

/// What an entity, or a node of it, is and understands (disco#info).
///
/// ```
/// use xmpp_core::xep::disco::{Identity, Info};
/// use xmpp_core::xml::ns;
///
/// let info = Info::new(Identity::new("automation", "soap")).with_feature(ns::SOAP_FEATURE);
/// let read = Info::parse(info.to_element().root()).unwrap();
/// assert!(read.has_feature(ns::SOAP_FEATURE) && read.has_feature(ns::DISCO_INFO));
/// assert_eq!(read.identities[0].category, "automation");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// The node that was asked for; answers echo it.
    pub node: Option<String>,
    /// What it is: at least one (§3.1).
    pub identities: Vec<Identity>,
    /// What it understands; a set, sorted.
    pub features: BTreeSet<String>,
    /// More about it, as data forms (XEP-0128).
    pub forms: Vec<Element>,
}

impl Info {
    /// An entity that understands discovery, which every one that answers does (§3.1).
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self { identities: vec![identity], ..Self::default() }.with_feature(ns::DISCO_INFO)
    }

    /// With one more feature.
    #[must_use]
    pub fn with_feature(mut self, feature: impl Into<String>) -> Self {
        self.features.insert(feature.into());
        self
    }

    /// With one more identity.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identities.push(identity);
        self
    }

    /// Whether it understands `feature`.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// Reads the payload of a result. Identities and features without their required attributes are ignored.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if !payload.is("query", ns::DISCO_INFO) {
            return None;
        }
        let mut info = Self { node: owned(payload, "node"), ..Self::default() };
        for child in payload.children() {
            match (child.name(), child.ns()) {
                ("identity", ns::DISCO_INFO) => {
                    if let (Some(category), Some(kind)) = (owned(child, "category"), owned(child, "type")) {
                        let lang = child.attr_ns("lang", ns::XML).map(std::borrow::Cow::into_owned);
                        info.identities.push(Identity { category, kind, name: owned(child, "name"), lang });
                    }
                }
                ("feature", ns::DISCO_INFO) => info.features.extend(owned(child, "var")),
                ("x", ns::DATA_FORMS) => info.forms.push(child.to_element()),
                _ => {}
            }
        }
        Some(info)
    }

    /// The payload of a result. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut query = start(ns::DISCO_INFO, self.node.as_deref());
        for identity in &self.identities {
            query = query
                .open("identity", ns::DISCO_INFO)
                .attr("category", &identity.category)
                .attr("type", &identity.kind)
                .attr_opt("name", identity.name.as_deref());
            if let Some(lang) = &identity.lang {
                query = query.lang(lang);
            }
            query = query.close();
        }
        for feature in &self.features {
            query = query.open("feature", ns::DISCO_INFO).attr("var", feature).close();
        }
        query.children(&self.forms).finish_lossy()
    }
}

/// Something that belongs to an entity (XEP-0030 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its address.
    pub jid: Jid,
    /// Its node at that address, if it is not the address itself.
    pub node: Option<String>,
    /// A name for people.
    pub name: Option<String>,
}

impl Item {
    /// An entity with an address of its own.
    pub fn new(jid: impl Into<Jid>) -> Self {
        Self { jid: jid.into(), node: None, name: None }
    }
}

/// What belongs to an entity, or to a node of it (disco#items).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// The node that was asked for; answers echo it.
    pub node: Option<String>,
    /// The items.
    pub items: Vec<Item>,
}

impl Items {
    /// Reads the payload of a result. Items without a valid address are ignored.
    #[must_use]
    pub fn parse(payload: ElementRef<'_>) -> Option<Self> {
        if !payload.is("query", ns::DISCO_ITEMS) {
            return None;
        }
        let items = payload
            .children()
            .filter(|child| child.is("item", ns::DISCO_ITEMS))
            .filter_map(|child| {
                let jid = Jid::new(&child.attr("jid")?).ok()?;
                Some(Item { jid, node: owned(child, "node"), name: owned(child, "name") })
            })
            .collect();
        Some(Self { node: owned(payload, "node"), items })
    }

    /// The payload of a result. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut query = start(ns::DISCO_ITEMS, self.node.as_deref());
        for item in &self.items {
            query = query
                .open("item", ns::DISCO_ITEMS)
                .attr("jid", item.jid.as_str())
                .attr_opt("node", item.node.as_deref())
                .attr_opt("name", item.name.as_deref())
                .close();
        }
        query.finish_lossy()
    }
}

/// Asks what an entity is and understands: the payload for an `<iq/>` of type get.
#[must_use]
pub fn info_request(node: Option<&str>) -> Element {
    start(ns::DISCO_INFO, node).finish_lossy()
}

/// Asks what belongs to an entity: the payload for an `<iq/>` of type get.
#[must_use]
pub fn items_request(node: Option<&str>) -> Element {
    start(ns::DISCO_ITEMS, node).finish_lossy()
}

fn start(ns: &str, node: Option<&str>) -> Builder {
    Element::build("query", ns).attr_opt("node", node)
}

fn owned(element: ElementRef<'_>, name: &str) -> Option<String> {
    element.attr(name).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MSC-03: everything survives the wire, the node is echoed.
    #[test]
    fn info_survives_the_wire() {
        let mut info = Info::new(Identity::new("client", "bot").with_name("a < b"))
            .with_identity(Identity { lang: Some("de".into()), ..Identity::new("automation", "soap") })
            .with_feature("urn:b")
            .with_feature("urn:a")
            .with_feature("urn:b");
        info.node = Some("a node".into());
        info.forms.push("<x xmlns='jabber:x:data' type='result'/>".parse().unwrap());
        assert_eq!(info.features.len(), 3);
        assert_eq!(Info::parse(info.to_element().root()), Some(info));
    }

    /// MSC-03: what is incomplete or foreign is left out.
    #[test]
    fn incomplete_parts_are_left_out() {
        let payload: Element =
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='x'/>\
            <feature/><feature var='a'/><feature xmlns='urn:x' var='b'/></query>"
                .parse()
                .unwrap();
        let info = Info::parse(payload.root()).unwrap();
        assert_eq!((info.identities.len(), info.features.len()), (0, 1));
        assert!(info.has_feature("a"));
        assert_eq!(Info::parse(items_request(None).root()), None);
    }

    /// MSC-03
    #[test]
    fn items_survive_the_wire() {
        let mut item = Item::new("a@example.com/x".parse::<Jid>().unwrap());
        item.name = Some("A".into());
        item.node = Some("n".into());
        let items = Items { node: Some("m".into()), items: vec![item] };
        assert_eq!(Items::parse(items.to_element().root()), Some(items));
        let payload: Element =
            "<query xmlns='http://jabber.org/protocol/disco#items'><item/><item jid='@'/></query>"
                .parse()
                .unwrap();
        assert_eq!(Items::parse(payload.root()), Some(Items::default()));
        assert_eq!(info_request(Some("n")).attr("node").as_deref(), Some("n"));
    }
}
