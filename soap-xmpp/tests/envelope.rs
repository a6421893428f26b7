//! Envelopes: what is accepted, what is refused, and why.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{parse, read, soap, transfer};
use soap_xmpp::{Envelope, EnvelopeError, QName, Rules, Version};
use xmpp_core::xml::{Element, ns};

fn strict(xml: &str) -> Result<Envelope, EnvelopeError> {
    read(xml, Rules::Strict)
}

fn tolerant(xml: &str) -> Result<Envelope, EnvelopeError> {
    read(xml, Rules::Tolerant)
}

/// SOP-15, SOP-19: the structure of both versions; each violation has its own error under both rules.
#[test]
fn broken_structure_is_refused_and_named() {
    for version in Version::ALL {
        for (inside, error) in [
            ("", EnvelopeError::NoBody),
            ("<s:Header/>", EnvelopeError::NoBody),
            ("<s:Body/><s:Body/>", EnvelopeError::SeveralBodies),
            ("<s:Header/><s:Header/><s:Body/>", EnvelopeError::SeveralHeaders),
            ("<s:Body/><s:Header/>", EnvelopeError::HeaderNotFirst),
            ("<x xmlns='urn:x'/><s:Body/>", EnvelopeError::Unexpected(QName::new("urn:x", "x"))),
            ("<s:Header/><x xmlns='urn:x'/><s:Body/>", EnvelopeError::Unexpected(QName::new("urn:x", "x"))),
            (
                "<s:Header><h xmlns='urn:h' s:mustUnderstand='maybe'/></s:Header><s:Body/>",
                EnvelopeError::MustUnderstand { block: QName::new("urn:h", "h"), value: "maybe".into() },
            ),
        ] {
            let xml = soap(version, inside);
            assert_eq!(strict(&xml), Err(error.clone()), "{xml}");
            assert_eq!(tolerant(&xml), Err(error), "{xml}");
        }
    }
}

/// SOP-15: nothing may follow the body in 1.2. SOP-19: in 1.1 qualified elements may.
#[test]
fn what_follows_the_body() {
    let inside = "<s:Body/><x xmlns='urn:x'/>";
    let unexpected = EnvelopeError::Unexpected(QName::new("urn:x", "x"));
    assert_eq!(tolerant(&soap(Version::V12, inside)), Err(unexpected));
    assert!(strict(&soap(Version::V11, inside)).is_ok());
    let unqualified = soap(Version::V11, "<s:Body/><x/>");
    assert!(matches!(strict(&unqualified), Err(EnvelopeError::Unexpected(_))));
    assert!(tolerant(&unqualified).is_ok());
}

/// SOP-17: another version is told apart from what is no envelope at all.
#[test]
fn other_versions_and_other_elements() {
    let other = "<e:Envelope xmlns:e='urn:soap-13'><e:Body/></e:Envelope>";
    assert_eq!(tolerant(other), Err(EnvelopeError::Version("urn:soap-13".into())));
    assert_eq!(tolerant("<Envelope/>"), Err(EnvelopeError::Version(String::new())));
    let query = EnvelopeError::NotAnEnvelope(QName::new("urn:q", "query"));
    assert_eq!(tolerant("<query xmlns='urn:q'/>"), Err(query));
}

/// SOP-12, SOP-15, SOP-19: what strict rules refuse and tolerant ones accept.
#[test]
fn strict_rules() {
    use EnvelopeError as E;
    let encoding = ns::SOAP_12_ENCODING;
    for (version, xml, error) in [
        (Version::V12, soap(Version::V12, "text<s:Body/>"), E::Text("Envelope")),
        (Version::V11, soap(Version::V11, "<s:Header>text</s:Header><s:Body/>"), E::Text("Header")),
        (Version::V12, soap(Version::V12, "<s:Body><x/></s:Body>"), E::Unqualified("x".into())),
        (Version::V11, soap(Version::V11, "<s:Header><h/></s:Header><s:Body/>"), E::Unqualified("h".into())),
        (
            Version::V12,
            soap(Version::V12, "<s:Body a='1'/>"),
            E::Attribute { element: "Body", name: "a".into() },
        ),
        (
            Version::V12,
            soap(Version::V12, "<s:Header a='1'/><s:Body/>"),
            E::Attribute { element: "Header", name: "a".into() },
        ),
        (
            Version::V11,
            format!("<s:Envelope xmlns:s='{}' a='1'><s:Body/></s:Envelope>", ns::SOAP_11),
            E::Attribute { element: "Envelope", name: "a".into() },
        ),
        (
            Version::V12,
            soap(Version::V12, &format!("<s:Body s:encodingStyle='{encoding}'/>")),
            E::EncodingStyle("Body"),
        ),
        (
            Version::V11,
            soap(Version::V11, "<s:Header><h xmlns='urn:h' s:mustUnderstand='true'/></s:Header><s:Body/>"),
            E::MustUnderstand { block: QName::new("urn:h", "h"), value: "true".into() },
        ),
        (Version::V12, soap(Version::V12, "<s:Body><s:Fault/><x xmlns='urn:x'/></s:Body>"), E::FaultNotAlone),
        (Version::V12, soap(Version::V12, "<s:Body><s:Fault/></s:Body>"), E::Fault("Code")),
        (Version::V11, soap(Version::V11, "<s:Body><s:Fault/></s:Body>"), E::Fault("faultcode")),
    ] {
        assert_eq!(strict(&xml), Err(error), "{xml}");
        assert_eq!(tolerant(&xml).map(|envelope| envelope.version()), Ok(version), "{xml}");
    }
}

/// SOP-12: an element that is unqualified on its own inherits the namespace of the stanza; that does not qualify it.
#[test]
fn content_namespace_does_not_qualify() {
    let iq = format!("<iq xmlns='jabber:client'>{}</iq>", soap(Version::V11, "<s:Body><Read/></s:Body>"));
    let iq = parse(&iq);
    let envelope = iq.first_child().unwrap();
    assert_eq!(Envelope::read(envelope, Rules::Strict), Err(EnvelopeError::Unqualified("Read".into())));
    assert_eq!(Envelope::read(envelope, Rules::Tolerant).unwrap().payload().unwrap().name(), "Read");
}

/// SOP-22, SOP-19: `encodingStyle` on the envelope is legal in 1.1, and what a SmartServer sends.
#[test]
fn encoding_style_on_a_1_1_envelope() {
    let call = parse("<Read xmlns='urn:x'/>");
    for prefix in ["SOAP-ENV", ""] {
        let envelope = Envelope::build(Version::V11)
            .prefix(prefix)
            .encoding_style(Version::V11.encoding())
            .body(&call)
            .finish()
            .unwrap();
        let style = envelope.element().attr_ns("encodingStyle", ns::SOAP_11);
        assert_eq!(style.as_deref(), Some(ns::SOAP_11_ENCODING));
        assert_eq!(Envelope::read(&parse(&envelope.element().to_xml()), Rules::Strict), Ok(envelope));
    }
    let mut envelope = Envelope::build(Version::V12).encoding_style(Version::V12.encoding());
    envelope = envelope.body(&call);
    let element = Element::from(envelope.finish().unwrap());
    assert_eq!(Envelope::read(&element, Rules::Strict), Err(EnvelopeError::EncodingStyle("Envelope")));
}

/// SOP-12: a body may hold text, and a document that was escaped into a string.
#[test]
fn text_and_embedded_documents() {
    let document = "<a xmlns='urn:a'><b>1 &lt; 2</b></a>";
    let envelope = Envelope::build(Version::V11).body_text(document).finish().unwrap();
    let wrapped = transfer(&Element::build("iq", ns::CLIENT).child(envelope.element()).finish().unwrap());
    let envelope = Envelope::read(wrapped.first_child().unwrap(), Rules::Strict).unwrap();
    assert_eq!((envelope.payload(), &*envelope.text()), (None, document));
    let embedded = Envelope::embedded(envelope.body()).unwrap().unwrap();
    assert_eq!(embedded.child("b", "urn:a").unwrap().text(), "1 < 2");

    assert!(Envelope::embedded(parse("<p>plain</p>").root()).is_none());
    assert!(Envelope::embedded(parse("<p>&lt;a><b/></p>").root()).is_none(), "elements beside the text");
    assert!(Envelope::embedded(parse("<p>&lt;a></p>").root()).unwrap().is_err());
}

/// SOP-09: data that belongs to a call may travel inside of the envelope as a header block.
#[test]
fn header_blocks_are_found_by_name() {
    let rep = parse("<r:Representation xmlns:r='urn:rep' resource='http://example.org/me.png'/>");
    let other = parse("<other xmlns='urn:other'/>");
    let envelope = Envelope::build(Version::V12).header(&other).header(&rep).finish().unwrap();
    assert_eq!(envelope.headers().count(), 2);
    let found = envelope.header("Representation", "urn:rep").unwrap();
    assert_eq!(found.element().attr("resource").as_deref(), Some("http://example.org/me.png"));
    assert!(envelope.header("Representation", "urn:other").is_none());
    assert_eq!((envelope.payload(), &*envelope.text()), (None, ""));
}

/// Characters that XML cannot carry are refused when an envelope is built.
#[test]
fn impossible_content_is_refused() {
    assert!(Envelope::build(Version::V12).body_text("\u{0}").finish().is_err());
    assert!(Envelope::build(Version::V12).prefix("1").finish().is_err());
    assert!(Envelope::build(Version::V12).declare("soap", "urn:other").finish().is_err());
}
