//! BOSH bodies.

use bosh_core::{
    Body, BodyError,
    manager::{self, Addressed},
};
use xmpp_core::xml::{Element, ElementRef, Limits, NodeRef, ns};

use crate::moved::assert_moved;

/// What is read and written is read as the same body again, and a manager answers everything that is none.
pub fn bosh_body(data: &[u8]) {
    match Body::parse(data) {
        Ok(body) => {
            same_again(&body);
            managed(data, &body);
        }
        Err(error) => refused(data, &error),
    }
}

/// Wider than what was read with: what a stanza inherited is declared on it now.
const WIDE: Limits = Limits {
    stanza_bytes: 8 << 20,
    header_bytes: 8 << 20,
    depth: 1024,
    attributes: 1024,
    namespace_declarations: 1024,
    text_bytes: 1 << 20,
    name_bytes: 64 << 10,
};

fn same_again(body: &Body) {
    let bytes = body.to_bytes();
    let text = bytes.escape_ascii().to_string();
    let again = Body::parse_with(&bytes, WIDE).unwrap_or_else(|error| panic!("{error:?} in {text}"));
    assert_eq!(without_payload(&again), without_payload(body), "{text}");
    assert_eq!(again.payload.len(), body.payload.len(), "{text}");
    for (was, is) in body.payload.iter().zip(&again.payload) {
        // The namespace of the body is turned into that of stanzas, where older software leaves it; what such an
        // element holds can only be compared when there is none of it.
        if !holds_body_namespace(was.root()) {
            assert_moved(was, is, &text);
        }
    }
    assert_eq!(
        again.to_bytes(),
        Body::parse_with(&again.to_bytes(), WIDE).expect("it was read before").to_bytes()
    );
}

fn holds_body_namespace(element: ElementRef<'_>) -> bool {
    element.ns() == ns::HTTP_BIND
        || element.nodes().any(|node| match node {
            NodeRef::Element(child) => holds_body_namespace(child),
            NodeRef::Text(_) => false,
        })
}

fn without_payload(body: &Body) -> Body {
    Body { payload: Vec::new(), ..body.clone() }
}

fn managed(data: &[u8], body: &Body) {
    match manager::read("POST", data) {
        Ok(read) => {
            assert_eq!(&read, body);
            assert!(read.rid.is_some_and(|rid| rid <= bosh_core::MAX_RID));
            match manager::addressed(&read) {
                Addressed::New => assert_eq!(read.sid, None),
                Addressed::Session(sid) => assert_eq!(read.sid.as_deref(), Some(sid)),
            }
        }
        Err(answer) => {
            assert_eq!(body.rid, None);
            readable(&answer);
        }
    }
}

fn refused(data: &[u8], error: &BodyError) {
    let _ = error.to_string();
    match manager::read("POST", data) {
        Ok(_) => panic!("a manager reads what is no body"),
        Err(answer) => readable(&answer),
    }
    // The payload of a body is made of whole elements, so what is no XML is no body.
    assert_eq!(Element::parse(data).is_err(), matches!(error, BodyError::Xml(_)));
}

fn readable(answer: &manager::Answer) {
    assert!(answer.status == 200 || answer.status >= 400);
    if answer.status == 200 {
        assert!(Body::parse(&answer.body).is_ok());
    }
}
