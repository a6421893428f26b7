//! quick-xml with every check that it has. It checks less than XML asks for, so what it refuses counts, and what it
//! reads where both accept.

use std::borrow::Cow;

use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event, attributes::Attribute},
    name::{LocalName, Namespace, NamespaceResolver, QName, ResolveResult},
};

use crate::{Name, PeerError, Tag, Trace, trace::Raw};

type Result<T> = std::result::Result<T, String>;

/// What quick-xml says of a document.
pub fn read(document: &[u8]) -> Trace {
    let mut trace = Trace::default();
    if let Err(words) = events(document, &mut trace.events) {
        trace.error = Some(PeerError { at: None, words });
    }
    trace
}

#[allow(clippy::needless_pass_by_value, reason = "what map_err wants")]
fn words(error: impl ToString) -> String {
    error.to_string()
}

fn events(document: &[u8], events: &mut Vec<Raw>) -> Result<()> {
    let mut reader = NsReader::from_reader(document);
    let config = reader.config_mut();
    config.check_comments = true;
    config.expand_empty_elements = true;
    let mut open = 0_u32;
    loop {
        let at = usize::try_from(reader.buffer_position()).map_err(words)?;
        let event = reader.read_event().map_err(words)?;
        let text = |text: Cow<'_, str>| Raw::Text { text: text.into_owned(), at: Some(at) };
        let raw = match event {
            Event::Start(tag) => {
                open += 1;
                Raw::Start(start(&tag, reader.resolver())?)
            }
            Event::End(_) => {
                open = open.checked_sub(1).ok_or("an end tag too many")?;
                Raw::End
            }
            Event::Text(content) => text(content.xml10_content()),
            Event::CData(content) => {
                events.push(Raw::Cdata);
                text(content.xml10_content())
            }
            Event::GeneralRef(reference) => {
                let character =
                    reference.resolve_char_ref().map_err(words)?.map(|c| Cow::Owned(c.to_string()));
                let entity = || resolve_xml_entity(&reference).map(Cow::Borrowed);
                text(character.or_else(entity).ok_or("an entity that nobody declared")?)
            }
            Event::Decl(declaration) => {
                let version = declaration.version().map_err(words)?;
                let encoding = declaration.encoding().transpose().map_err(words)?;
                Raw::Declaration { version: version.into_owned(), encoding: encoding.map(Cow::into_owned) }
            }
            Event::Comment(_) => Raw::Comment { at, len: 0 },
            Event::PI(_) => Raw::Instruction { at, len: 0 },
            Event::DocType(_) => Raw::Doctype { at },
            Event::Empty(_) => unreachable!("they are expanded"),
            Event::Eof if open > 0 => return Err("the end inside of an element".to_owned()),
            Event::Eof => return Ok(()),
        };
        events.push(raw);
    }
}

fn start(tag: &BytesStart<'_>, resolver: &NamespaceResolver) -> Result<Tag> {
    let name = |(ns, local): (ResolveResult<'_>, LocalName<'_>)| {
        let ns = match ns {
            ResolveResult::Bound(Namespace(raw)) => namespace(raw)?,
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => return Err("an unbound prefix".to_owned()),
        };
        Ok(Name::new(&ns, local.as_ref()))
    };
    let mut attrs = Vec::new();
    for attr in tag.attributes() {
        let attr = attr.map_err(words)?;
        let value = attr.normalized_value(XmlVersion::Implicit1_0).map_err(words)?.into_owned();
        if attr.key.as_namespace_binding().is_none() {
            attrs.push((name(resolver.resolve_attribute(attr.key))?, value));
        }
    }
    Ok(Tag { name: name(resolver.resolve_element(tag.name()))?, attrs: attrs.into_iter().collect() })
}

/// It gives namespaces as they stand in the document.
fn namespace(raw: &str) -> Result<String> {
    let attr = Attribute { key: QName("xmlns"), value: raw.into() };
    Ok(attr.normalized_value(XmlVersion::Implicit1_0).map_err(words)?.into_owned())
}
