//! Who reads streams.

use std::{
    hint::black_box,
    io::{self, BufRead, Read},
};

use xmpp_benches::{
    corpus::{Corpus, Cut},
    paths::{self, Kept},
    work::Work,
};
use xmpp_benches_foreign as foreign;

use crate::{events, trees};

/// One who reads a stream.
#[derive(Clone, Copy)]
pub struct Contestant {
    /// For tables.
    pub name: &'static str,
    /// Reads it, and says what was found.
    pub read: fn(&Corpus, Cut) -> Work,
    /// What of the whole work that must be.
    pub part: fn(Work) -> Work,
    /// It has no stream: it is given the whole text, or even where each stanza ends.
    pub whole: bool,
    /// Its allocations can be counted.
    pub rust: bool,
}

/// All that can take part, ours first.
pub fn all() -> Vec<Contestant> {
    let ours = Contestant { name: "", read: kept, part: only_stanzas, whole: false, rust: true };
    let complete = Contestant { part: |work| work, ..ours };
    let mut all = vec![
        Contestant { name: "ours, elements kept", ..ours },
        Contestant { name: "ours, elements shown", read: shown, ..ours },
        Contestant { name: "ours, every name and value read", read, ..complete },
    ];
    for (name, _, version) in foreign::peers() {
        let foreign = Contestant { rust: false, ..complete };
        match (name, version) {
            ("libxml2", Some(_)) => {
                all.push(Contestant { name: "libxml2 push", read: events::libxml2, ..foreign });
            }
            ("expat", Some(_)) => {
                all.push(Contestant { name: "expat, namespaces", read: events::expat, ..foreign });
            }
            ("pugixml", Some(_)) => {
                let whole = Contestant { whole: true, ..foreign };
                let part = only_stanzas;
                all.push(Contestant { name: "pugixml tree", read: trees::pugixml_made, part, ..whole });
                let part = |work| Work { namespaces: 0, ..work };
                all.push(Contestant { name: "pugixml tree, read", read: trees::pugixml_read, part, ..whole });
            }
            _ => {}
        }
    }
    all.extend([
        Contestant { name: "quick-xml NsReader", read: events::quick_xml_namespaces, ..complete },
        Contestant { name: "rxml", read: events::rxml, ..complete },
        Contestant { name: "roxmltree tree", read: trees::roxmltree_made, whole: true, ..ours },
        Contestant { name: "roxmltree tree, read", read: trees::roxmltree_read, whole: true, ..complete },
        Contestant { name: "minidom tree", read: trees::minidom_made, ..ours },
        Contestant { name: "minidom tree, read", read: trees::minidom_read, ..complete },
        Contestant {
            name: "quick-xml raw events, attributes",
            read: events::quick_xml_raw,
            part: |Work { stanzas, elements, names, attributes, values, .. }| Work {
                stanzas,
                elements,
                names,
                attributes,
                values,
                ..Work::default()
            },
            whole: true,
            ..ours
        },
        Contestant { name: "quick-xml, finding ends only", read: events::quick_xml_ends, ..ours },
    ]);
    all
}

fn only_stanzas(work: Work) -> Work {
    Work::stanzas(work.stanzas)
}

/// Checked elements, kept for a while and not looked at.
fn kept(corpus: &Corpus, cut: Cut) -> Work {
    let mut kept = Kept::default();
    Work::stanzas(paths::read_stream(corpus, cut, |element| kept.put(element)))
}

/// Checked elements that are shown, of which nobody wants to know anything but where they end.
fn shown(corpus: &Corpus, cut: Cut) -> Work {
    Work::stanzas(paths::look_at_stream(corpus, cut, |element| _ = black_box(element)))
}

/// Checked elements that are shown and looked at.
fn read(corpus: &Corpus, cut: Cut) -> Work {
    let mut work = Work::default();
    work.stanzas = paths::look_at_stream(corpus, cut, |element| work.element(element));
    work
}

/// The limit: how many angle brackets there are.
pub fn angle_brackets(corpus: &Corpus, cut: Cut) -> usize {
    cut.pieces(corpus.bytes()).map(|piece| memchr::memchr2_iter(b'<', b'>', piece).count()).sum()
}

/// A stream as a reader that hands out one piece at a time.
pub fn pieces(corpus: &Corpus, cut: Cut) -> impl BufRead {
    Pieces { pieces: cut.pieces(corpus.bytes()), current: &[] }
}

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

#[cfg(test)]
mod tests {
    use xmpp_benches::corpus;

    use super::*;

    /// Everybody finds the same in every kind of content, however it is cut.
    #[test]
    fn same_work() {
        for corpus in
            [corpus::mixed(300), corpus::attrs(3), corpus::soap(3), corpus::bulk(3), corpus::intl(30)]
        {
            let work = read(&corpus, Cut::Whole);
            assert_eq!(work.stanzas, corpus.len());
            for contestant in all() {
                for cut in Cut::ALL {
                    let found = (contestant.read)(&corpus, cut);
                    assert_eq!(found, (contestant.part)(work), "{}, {cut:?}", contestant.name);
                }
            }
        }
    }
}
