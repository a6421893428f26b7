//! Those who make a tree of each stanza.

use minidom::tree_builder::TreeBuilder;
use xmpp_benches::{
    corpus::{Corpus, Cut},
    paths::Kept,
    work::Work,
};
use xmpp_benches_foreign::pugixml;
use xmpp_core::xml::ns;

use crate::{events::found, streams::pieces};

/// Where each stanza ends is given.
pub(crate) fn pugixml_made(corpus: &Corpus, _: Cut) -> Work {
    found(pugixml::read(corpus.stanzas(), false))
}

pub(crate) fn pugixml_read(corpus: &Corpus, _: Cut) -> Work {
    found(pugixml::read(corpus.stanzas(), true))
}

/// Where each stanza ends is given.
pub(crate) fn roxmltree_made(corpus: &Corpus, _: Cut) -> Work {
    let (mut kept, mut work) = (Kept::default(), Work::default());
    for stanza in corpus.stanzas() {
        kept.put(roxmltree::Document::parse(stanza).unwrap());
        work.stanzas += 1;
    }
    work
}

pub(crate) fn roxmltree_read(corpus: &Corpus, _: Cut) -> Work {
    let mut work = Work::default();
    for stanza in corpus.stanzas() {
        let document = roxmltree::Document::parse(stanza).unwrap();
        work.stanzas += 1;
        for node in document.descendants() {
            if node.is_element() {
                let tag = node.tag_name();
                // What the stream declares, it cannot know.
                work.start(tag.name().len(), tag.namespace().unwrap_or(ns::CLIENT).len());
                for attr in node.attributes() {
                    work.attribute(attr.value().len());
                }
            } else if node.is_text() {
                work.texts += node.text().map_or(0, str::len);
            }
        }
    }
    work
}

pub(crate) fn minidom_made(corpus: &Corpus, cut: Cut) -> Work {
    let mut kept = Kept::default();
    Work::stanzas(minidom(corpus, cut, |element| kept.put(element)))
}

pub(crate) fn minidom_read(corpus: &Corpus, cut: Cut) -> Work {
    let mut work = Work::default();
    work.stanzas = minidom(corpus, cut, |element| minidom_work(&element, &mut work));
    work
}

/// Takes each stanza out of the tree of the stream when it is complete.
fn minidom(corpus: &Corpus, cut: Cut, mut each: impl FnMut(minidom::Element)) -> usize {
    let mut reader = rxml::RawReader::new(pieces(corpus, cut));
    let (mut tree, mut stanzas) = (TreeBuilder::new(), 0);
    // The stream is not closed, so it ends with an error.
    while let Ok(Some(event)) = reader.read() {
        let end = matches!(event, rxml::RawEvent::ElementFoot(_));
        tree.process_event(event).unwrap();
        if end && tree.depth() == 1 {
            each(tree.unshift_child().unwrap());
            stanzas += 1;
        }
    }
    stanzas
}

fn minidom_work(element: &minidom::Element, work: &mut Work) {
    work.start(element.name().len(), element.ns().len());
    for value in element.attrs().values() {
        work.attribute(value.len());
    }
    work.texts += element.texts().map(str::len).sum::<usize>();
    for child in element.children() {
        minidom_work(child, work);
    }
}
