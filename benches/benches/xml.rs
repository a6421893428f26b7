//! Streams and elements, against quick-xml, rxml and minidom.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

mod common;

use std::io::{self, BufRead, Read};

use common::Contest;
use criterion::{Criterion, criterion_group, criterion_main};
use quick_xml::{events::Event, name::ResolveResult};
use xmpp_benches::{
    corpus::{self, Corpus, Cut},
    paths,
};
use xmpp_core::xml::{Context, Element, ElementRef, ns};

/// What was found in a stream, below the header.
#[derive(Debug, Default, PartialEq)]
struct Work {
    stanzas: usize,
    elements: usize,
    names: usize,
    namespaces: usize,
    attributes: usize,
    values: usize,
    texts: usize,
}

impl Work {
    fn element(&mut self, element: ElementRef<'_>) {
        self.start(element.name().len(), element.ns().len());
        for attr in element.attrs() {
            self.attribute(attr.value.len());
        }
        self.texts += element.text().len();
        for child in element.children() {
            self.element(child);
        }
    }

    fn start(&mut self, name: usize, namespace: usize) {
        self.elements += 1;
        self.names += name;
        self.namespaces += namespace;
    }

    fn attribute(&mut self, value: usize) {
        self.attributes += 1;
        self.values += value;
    }
}

/// Pieces as a reader that hands out one at a time.
struct Pieces<'a, I: Iterator<Item = &'a [u8]>> {
    pieces: I,
    current: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Pieces<'a, I> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

impl<'a, I: Iterator<Item = &'a [u8]>> BufRead for Pieces<'a, I> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.current.is_empty() {
            self.current = self.pieces.next().unwrap_or_default();
        }
        Ok(self.current)
    }

    fn consume(&mut self, n: usize) {
        self.current = &self.current[n..];
    }
}

fn pieces(corpus: &Corpus, cut: Cut) -> impl BufRead {
    Pieces { pieces: cut.pieces(corpus.bytes()), current: &[] }
}

fn ours(corpus: &Corpus, cut: Cut) -> Work {
    let mut work = Work::default();
    work.stanzas = paths::read_stream(corpus, cut, |element| work.element(element.root()));
    work
}

/// Stanzas, without looking at what is in them.
fn ours_unread(corpus: &Corpus, cut: Cut) -> usize {
    paths::read_stream(corpus, cut, |_| ())
}

fn quick_xml_ends(corpus: &Corpus, cut: Cut) -> usize {
    let mut reader = quick_xml::Reader::from_reader(pieces(corpus, cut));
    reader.config_mut().check_end_names = false;
    let (mut buffer, mut depth, mut stanzas) = (Vec::new(), 0, 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).unwrap() {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth -= 1;
                stanzas += usize::from(depth == 1);
            }
            Event::Empty(_) => stanzas += usize::from(depth == 1),
            Event::Eof => return stanzas,
            _ => {}
        }
    }
}

fn quick_xml_namespaces(corpus: &Corpus, cut: Cut) -> Work {
    let mut reader = quick_xml::NsReader::from_reader(pieces(corpus, cut));
    let (mut buffer, mut depth, mut work) = (Vec::new(), 0, Work::default());
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).unwrap();
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let empty = matches!(event, Event::Empty(_));
                if depth > 0 {
                    let (namespace, name) = reader.resolver().resolve_element(tag.name());
                    let ResolveResult::Bound(namespace) = namespace else { panic!("unbound") };
                    work.start(name.as_ref().len(), namespace.as_ref().len());
                    for attr in tag.attributes() {
                        let attr = attr.unwrap();
                        if attr.key.as_namespace_binding().is_none() {
                            let _ = reader.resolver().resolve_attribute(attr.key);
                            work.attribute(
                                attr.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().len(),
                            );
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
            Event::Eof => return work,
            _ => {}
        }
    }
}

fn rxml(corpus: &Corpus, cut: Cut) -> Work {
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

fn angle_brackets(corpus: &Corpus, cut: Cut) -> usize {
    cut.pieces(corpus.bytes()).map(|piece| memchr::memchr2_iter(b'<', b'>', piece).count()).sum()
}

fn streams(criterion: &mut Criterion) {
    let corpus = corpus::mixed(100_000);
    let brackets = corpus.bytes().iter().filter(|b| matches!(b, b'<' | b'>')).count();
    for cut in Cut::ALL {
        let name = format!("stream, mixed, {}", cut.name());
        let mut contest = Contest::large(criterion, &name, corpus.bytes().len());
        contest.enter("ours, every name and value read", || ours(&corpus, cut));
        if cut != Cut::Every(16 * 1024) {
            contest.enter("quick-xml NsReader", || quick_xml_namespaces(&corpus, cut));
            contest.enter("rxml", || rxml(&corpus, cut));
        }
        drop(contest);

        let name = format!("framing, mixed, {}", cut.name());
        let mut contest = Contest::large(criterion, &name, corpus.bytes().len());
        contest.enter("ours, elements not looked at", || ours_unread(&corpus, cut));
        contest.enter("quick-xml, finding ends only", || quick_xml_ends(&corpus, cut));
        contest.limit("limit: memchr2", brackets, || angle_brackets(&corpus, cut));
    }
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

/// A document to an element, and looked at.
fn parse(criterion: &mut Criterion) {
    let corpora = [
        ("chat", corpus::chat(1)),
        ("attrs", corpus::attrs(1)),
        ("soap", corpus::soap(1)),
        ("bulk", corpus::bulk(1)),
        ("intl", corpus::intl(1)),
    ];
    for (name, corpus) in corpora {
        let document = paths::stanza(&corpus).to_xml();
        let mut contest = Contest::new(criterion, &format!("parse, {name}")).with_bytes(document.len());
        contest.enter("ours", || {
            let mut work = Work::default();
            work.element(Element::parse(document.as_bytes()).unwrap().root());
            work
        });
        contest.enter("minidom", || {
            let mut work = Work::default();
            minidom_work(&minidom::Element::from_reader(document.as_bytes()).unwrap(), &mut work);
            work
        });
    }
}

fn look_up(criterion: &mut Criterion) {
    let element = paths::stanza(&corpus::attrs(1));
    let peer = minidom::Element::from_reader(element.to_xml().as_bytes()).unwrap();
    let mut contest = Contest::new(criterion, "attribute look-up, 58 x 4, attrs");
    contest.enter("ours", || {
        let query = element.child("query", "urn:example:meters").unwrap();
        let read = |m: ElementRef<'_>| {
            ["i", "n", "v", "absent"].map(|n| m.attr(n).map_or(0, |v| v.len())).iter().sum::<usize>()
        };
        query.children().map(read).sum::<usize>()
    });
    contest.enter("minidom", || {
        let query = peer.get_child("query", "urn:example:meters").unwrap();
        let read = |m: &minidom::Element| {
            ["i", "n", "v", "absent"].map(|n| m.attr(n).map_or(0, str::len)).iter().sum::<usize>()
        };
        query.children().map(read).sum::<usize>()
    });
}

/// To another stream under another sender, against parsing and writing.
fn forward(criterion: &mut Criterion) {
    for (name, corpus) in [("chat", corpus::chat(1)), ("soap", corpus::soap(1))] {
        let element = paths::stanza(&corpus);
        let context = Context::client_stream().lang(Some("en"));
        // What it inherits from the stream, without the language, which is the same on both.
        let document = corpus.stanzas().next().unwrap().replacen(' ', " xmlns='jabber:client' ", 1);
        let mut out = Vec::with_capacity(16 * 1024);
        paths::forward_to(&element, &context, &mut out);
        let expected = out.clone();
        let mut contest = Contest::new(criterion, &format!("forward, {name}")).with_bytes(expected.len());
        contest.enter("ours", || {
            out.clear();
            paths::forward_to(&element, &context, &mut out);
            out.len()
        });
        let mut copy = Vec::with_capacity(16 * 1024);
        contest.limit("limit: memcpy", expected.len(), || {
            copy.clear();
            copy.extend_from_slice(&expected);
            copy.len()
        });
        let mut anew = Vec::with_capacity(16 * 1024);
        contest.enter("parse and write", || {
            anew.clear();
            paths::forward_to(&Element::parse(document.as_bytes()).unwrap(), &context, &mut anew);
            anew.len()
        });
        assert_eq!(anew, expected);
    }
}

/// A chat message from nothing to bytes.
fn build(criterion: &mut Criterion) {
    let context = Context::client_stream();
    let mut out = Vec::with_capacity(1024);
    paths::build_chat(&context, &mut out);
    let expected =
        Element::parse(format!("<x xmlns='{}'>{}</x>", ns::CLIENT, str::from_utf8(&out).unwrap()).as_bytes());
    let expected = expected.unwrap().first_child().unwrap().to_element();
    let mut contest = Contest::new(criterion, "build and write, chat").with_bytes(out.len());
    contest.enter("ours", || {
        out.clear();
        paths::build_chat(&context, &mut out);
    });

    let mut peer = Vec::with_capacity(1024);
    quick_xml_chat(&mut peer);
    assert_eq!(Element::parse(&peer).unwrap(), expected);
    contest.enter("quick-xml's writer", || {
        peer.clear();
        quick_xml_chat(&mut peer);
    });

    let mut peer = Vec::with_capacity(1024);
    minidom_chat(&mut peer);
    assert_eq!(Element::parse(&peer).unwrap(), expected);
    contest.enter("minidom", || {
        peer.clear();
        minidom_chat(&mut peer);
    });
}

const BODY: &str = "the pump in hall seven runs again & draws less than before";

fn quick_xml_chat(out: &mut Vec<u8>) {
    let mut writer = quick_xml::Writer::new(out);
    writer
        .create_element("message")
        .with_attributes([
            ("xmlns", ns::CLIENT),
            ("from", "juliet@example.com/balcony"),
            ("to", "romeo@example.net/orchard"),
            ("type", "chat"),
            ("id", "m000017"),
        ])
        .write_inner_content(|writer| {
            writer.create_element("body").write_text_content(quick_xml::events::BytesText::new(BODY))?;
            let active = writer.create_element("active");
            active.with_attribute(("xmlns", "http://jabber.org/protocol/chatstates")).write_empty()?;
            writer.create_element("request").with_attribute(("xmlns", "urn:xmpp:receipts")).write_empty()?;
            Ok(())
        })
        .unwrap();
}

fn minidom_chat(out: &mut Vec<u8>) {
    let name = |name: &str| rxml::NcName::try_from(name).unwrap();
    let message = minidom::Element::builder("message", ns::CLIENT)
        .attr(name("from"), "juliet@example.com/balcony")
        .attr(name("to"), "romeo@example.net/orchard")
        .attr(name("type"), "chat")
        .attr(name("id"), "m000017")
        .append(minidom::Element::builder("body", ns::CLIENT).append(BODY).build())
        .append(minidom::Element::bare("active", "http://jabber.org/protocol/chatstates"))
        .append(minidom::Element::bare("request", "urn:xmpp:receipts"))
        .build();
    message.write_to(out).unwrap();
}

criterion_group!(benches, parse, look_up, forward, build, streams);
criterion_main!(benches);
