//! XML as RFC 6120 §11 and §4.8 want it; one part of it a file.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod build;
mod characters;
mod cuts;
mod edit;
mod framing;
mod limits;
mod namespaces;
mod pretty;
mod restricted;
mod write;

use xmpp_core::xml::{Element, Limits, Piece, PieceRef, StreamReader, XmlError, XmlErrorKind};

const HEADER: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                      version='1.0' xml:lang='en'>";

/// Pieces until nothing more comes, and the error that ended it.
fn read(chunks: &[&[u8]]) -> (Vec<Piece>, Option<XmlError>) {
    read_with(Limits::default(), chunks)
}

fn read_with(limits: Limits, chunks: &[&[u8]]) -> (Vec<Piece>, Option<XmlError>) {
    let outcome = pushed(limits, chunks);
    let shown = shown(limits, chunks);
    assert_eq!(shown, outcome, "what is shown is what is kept");
    let written = |(pieces, _): &(Vec<Piece>, _)| pieces.iter().map(to_xml).collect::<Vec<_>>();
    assert_eq!(written(&shown), written(&outcome));
    outcome
}

fn pushed(limits: Limits, chunks: &[&[u8]]) -> (Vec<Piece>, Option<XmlError>) {
    let mut reader = StreamReader::new(limits);
    let mut pieces = Vec::new();
    for chunk in chunks {
        reader.push(chunk);
        loop {
            match reader.next_piece() {
                Ok(Some(piece)) => pieces.push(piece),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.next_piece(), Err(error), "a dead reader stays dead");
                    return (pieces, Some(error));
                }
            }
        }
    }
    (pieces, None)
}

/// The same from pieces that are only shown.
fn shown(limits: Limits, chunks: &[&[u8]]) -> (Vec<Piece>, Option<XmlError>) {
    let mut reader = StreamReader::new(limits);
    let mut pieces = Vec::new();
    for chunk in chunks {
        let mut feed = reader.feed(chunk);
        loop {
            match feed.look() {
                Ok(Some(piece)) => {
                    let kept = piece.to_piece();
                    if let (PieceRef::Element(shown), Piece::Element(kept)) = (&piece, &kept) {
                        assert_eq!(*shown, kept.root());
                        assert_eq!(shown.to_xml(), kept.to_xml());
                    }
                    pieces.push(kept);
                }
                Ok(None) => break,
                Err(error) => return (pieces, Some(error)),
            }
        }
    }
    (pieces, None)
}

fn to_xml(piece: &Piece) -> String {
    match piece {
        Piece::Open(element) | Piece::Element(element) => element.to_xml(),
        Piece::Close => String::new(),
    }
}

/// That many attributes, as they stand in a tag.
fn attributes(n: usize) -> String {
    (0..n).fold(String::new(), |mut all, i| {
        all += " a";
        all += &i.to_string();
        all += "=''";
        all
    })
}

/// The first-level elements behind the usual header.
fn elements(content: &str) -> Vec<Element> {
    let (pieces, error) = read(&[HEADER.as_bytes(), content.as_bytes()]);
    assert_eq!(error, None, "{content}");
    pieces
        .into_iter()
        .filter_map(|piece| if let Piece::Element(e) = piece { Some(e) } else { None })
        .collect()
}

fn element(content: &str) -> Element {
    let mut all = elements(content);
    assert_eq!(all.len(), 1, "{content}");
    all.remove(0)
}

/// What is wrong with this content of a stream, and where in it. The same as a document, where that makes sense.
fn refused(content: impl AsRef<[u8]>) -> (usize, XmlErrorKind) {
    let content = content.as_ref();
    let (_, error) = read(&[HEADER.as_bytes(), content]);
    let error = error.unwrap_or_else(|| panic!("accepted: {}", String::from_utf8_lossy(content)));
    (usize::try_from(error.position).unwrap() - HEADER.len(), error.kind)
}

fn kind(content: impl AsRef<[u8]>) -> XmlErrorKind {
    refused(content).1
}

fn document_kind(document: impl AsRef<[u8]>) -> XmlErrorKind {
    match Element::parse(document.as_ref()) {
        Err(error) => error.kind,
        Ok(element) => panic!("accepted: {element}"),
    }
}
