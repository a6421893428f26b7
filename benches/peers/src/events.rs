//! Those who read events.

use quick_xml::{NsReader, Reader, events::Event, name::ResolveResult};
use xmpp_benches::{
    corpus::{Corpus, Cut},
    work::Work,
};
use xmpp_benches_foreign::{self as foreign, Found};

use crate::streams::pieces;

/// What a shim has found; it is entered only where it is installed.
pub(crate) fn found(found: Option<Found>) -> Work {
    let Found { stanzas, elements, names, namespaces, attributes, values, texts } = found.unwrap();
    Work { stanzas, elements, names, namespaces, attributes, values, texts }
}

pub(crate) fn libxml2(corpus: &Corpus, cut: Cut) -> Work {
    found(foreign::libxml2::read(cut.pieces(corpus.bytes())))
}

pub(crate) fn expat(corpus: &Corpus, cut: Cut) -> Work {
    found(foreign::expat::read(cut.pieces(corpus.bytes())))
}

/// Reads all events: those of a text are borrowed from it, pieces are copied together.
macro_rules! quick_xml {
    ($kind:ident, $corpus:expr, $cut:expr, |$reader:ident, $event:ident| $goes_on:expr) => {
        if $cut == Cut::Whole {
            let mut $reader = $kind::from_str($corpus.text());
            $reader.config_mut().check_end_names = false;
            loop {
                let $event = $reader.read_event().unwrap();
                if !$goes_on {
                    break;
                }
            }
        } else {
            let mut $reader = $kind::from_reader(pieces($corpus, $cut));
            $reader.config_mut().check_end_names = false;
            let mut buffer = Vec::new();
            loop {
                buffer.clear();
                let $event = $reader.read_event_into(&mut buffer).unwrap();
                if !$goes_on {
                    break;
                }
            }
        }
    };
}

pub(crate) fn quick_xml_ends(corpus: &Corpus, cut: Cut) -> Work {
    let (mut depth, mut work) = (0, Work::default());
    let mut each = |event: Event<'_>| {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth -= 1;
                work.stanzas += usize::from(depth == 1);
            }
            Event::Empty(_) => work.stanzas += usize::from(depth == 1),
            Event::Eof => return false,
            _ => {}
        }
        true
    };
    quick_xml!(Reader, corpus, cut, |reader, event| each(event));
    work
}

/// Names and values as they stand there, from the whole text whatever the cut.
pub(crate) fn quick_xml_raw(corpus: &Corpus, _: Cut) -> Work {
    let (mut depth, mut work) = (0, Work::default());
    let mut each = |event: Event<'_>| {
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let empty = matches!(event, Event::Empty(_));
                if depth > 0 {
                    work.start(tag.local_name().as_ref().len(), 0);
                    for attr in tag.attributes().with_checks(false) {
                        let attr = attr.unwrap();
                        if attr.key.as_namespace_binding().is_none() {
                            work.attribute(attr.value.len());
                        }
                    }
                    work.stanzas += usize::from(depth == 1);
                }
                depth += usize::from(!empty);
            }
            Event::End(_) => depth -= 1,
            Event::Eof => return false,
            _ => {}
        }
        true
    };
    quick_xml!(Reader, corpus, Cut::Whole, |reader, event| each(event));
    work
}

pub(crate) fn quick_xml_namespaces(corpus: &Corpus, cut: Cut) -> Work {
    let (mut depth, mut work) = (0, Work::default());
    let mut each = |resolver: &quick_xml::name::NamespaceResolver, event: Event<'_>| {
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let empty = matches!(event, Event::Empty(_));
                if depth > 0 {
                    let (namespace, name) = resolver.resolve_element(tag.name());
                    let ResolveResult::Bound(namespace) = namespace else { panic!("unbound") };
                    work.start(name.as_ref().len(), namespace.as_ref().len());
                    for attr in tag.attributes() {
                        let attr = attr.unwrap();
                        if attr.key.as_namespace_binding().is_none() {
                            let _ = resolver.resolve_attribute(attr.key);
                            let value = attr.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                            work.attribute(value.len());
                        }
                    }
                    work.stanzas += usize::from(depth == 1);
                }
                depth += usize::from(!empty);
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => work.texts += text.len(),
            Event::GeneralRef(reference) => {
                work.texts += match reference.resolve_char_ref().unwrap() {
                    Some(character) => character.len_utf8(),
                    None => 1, // the predefined five
                };
            }
            Event::Eof => return false,
            _ => {}
        }
        true
    };
    quick_xml!(NsReader, corpus, cut, |reader, event| each(reader.resolver(), event));
    work
}

pub(crate) fn rxml(corpus: &Corpus, cut: Cut) -> Work {
    let mut reader = rxml::Reader::new(pieces(corpus, cut));
    let (mut depth, mut work) = (0, Work::default());
    // The stream is not closed, so it ends with an error.
    while let Ok(Some(event)) = reader.read() {
        match event {
            rxml::Event::StartElement(_, (namespace, name), attrs) => {
                if depth > 0 {
                    work.start(name.len(), namespace.len());
                    for value in attrs.values() {
                        work.attribute(value.len());
                    }
                    work.stanzas += usize::from(depth == 1);
                }
                depth += 1;
            }
            rxml::Event::EndElement(_) => depth -= 1,
            rxml::Event::Text(_, text) => work.texts += text.len(),
            rxml::Event::XmlDeclaration(..) => {}
        }
    }
    work
}
