//! rxml, a parser of XMPP's subset of XML in Rust.

use rxml::{Event, Options, Parse, Parser, WithOptions, error::EndOrError};

use crate::{Name, PeerError, Tag, Trace, trace::Raw};

/// As long as names and values of documents here get. It takes that much memory at once, so not much more.
const TOKEN_BYTES: usize = 256 * 1024;

/// What rxml says of a document.
pub fn read(document: &[u8]) -> Trace {
    let mut parser = Parser::with_options(Options { max_token_length: TOKEN_BYTES, ..Options::default() });
    let mut rest = document;
    let mut trace = Trace::default();
    loop {
        let event = match parser.parse(&mut rest, true) {
            Ok(Some(event)) => event,
            Ok(None) => return trace,
            Err(EndOrError::NeedMoreData) => unreachable!("the end was told"),
            Err(EndOrError::Error(error)) => {
                trace.error = Some(PeerError { at: None, words: error.to_string() });
                return trace;
            }
        };
        trace.events.push(match event {
            // It accepts no other version and encoding.
            Event::XmlDeclaration(..) => Raw::Declaration { version: "1.0".to_owned(), encoding: None },
            Event::StartElement(_, (ns, local), attrs) => Raw::Start(Tag {
                name: Name::new(ns.as_str(), local.as_str()),
                attrs: attrs
                    .iter()
                    .map(|((ns, local), value)| (Name::new(ns.as_str(), local.as_str()), value.clone()))
                    .collect(),
            }),
            Event::EndElement(_) => Raw::End,
            Event::Text(_, text) => Raw::Text { text, at: None },
        });
    }
}
