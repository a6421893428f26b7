//! Documents without what XMPP forbids.

use crate::{peers::expat, trace::Raw};

/// The document without its document type, comments and processing instructions, as libexpat finds them. `None` if
/// libexpat refuses the document, or if there are none.
///
/// # Panics
/// Where libexpat is not there.
pub fn reduced(document: &[u8]) -> Option<Vec<u8>> {
    let trace = expat::read_with_doctype(document);
    if trace.error.is_some() {
        return None;
    }
    let mut out = Vec::with_capacity(document.len());
    let mut from = 0;
    let mut doctype = None;
    let mut cut = |start: usize, end: usize| {
        out.extend_from_slice(document.get(from..start).unwrap_or_default());
        from = end;
    };
    for event in &trace.events {
        match *event {
            Raw::Doctype { at } => doctype = document.get(..at)?.windows(9).rposition(|w| w == b"<!DOCTYPE"),
            Raw::DoctypeEnd { at } => cut(doctype.take()?, at),
            Raw::Comment { at, len } | Raw::Instruction { at, len } if doctype.is_none() => cut(at, at + len),
            _ => {}
        }
    }
    if from == 0 {
        return None;
    }
    out.extend_from_slice(document.get(from..).unwrap_or_default());
    Some(out)
}
