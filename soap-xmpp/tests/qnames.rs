//! Names inside of values: SOP-20.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{parse, transfer};
use soap_xmpp::{Envelope, Fault, FaultCode, Rules, Version};
use xmpp_core::xml::{Context, Element, ElementRef, ns};

const MESSAGE: &str = "urn:example:message";

fn in_iq(envelope: &Envelope) -> Element {
    Element::build("iq", ns::CLIENT)
        .attr("id", "1")
        .attr("type", "set")
        .child(envelope.element())
        .finish()
        .unwrap()
}

fn unwrap(iq: &Element) -> Envelope {
    Envelope::read(iq.first_child().unwrap(), Rules::Strict).unwrap()
}

fn item_type(envelope: &Envelope) -> (String, String) {
    fn item(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
        if element.name() == "Item" { Some(element) } else { element.children().find_map(item) }
    }
    let item = item(envelope.body()).unwrap();
    let value = item.attr_ns("type", ns::XSI).unwrap();
    let (ns, name) = item.resolve_qname(&value).unwrap();
    (ns.to_owned(), name.to_owned())
}

/// SOP-20: an unprefixed `xsi:type` resolves by the default namespace, a prefixed one by its declaration, wherever
/// that stands; after parsing, wrapping, and being written into a stream as often as one likes.
#[test]
fn types_resolve_after_every_hop() {
    let soap = ns::SOAP_11;
    let xsi = ns::XSI;
    for xml in [
        format!(
            "<E:Envelope xmlns:E='{soap}' xmlns:xsi='{xsi}'><E:Body><Read xmlns='{MESSAGE}'><Item xsi:type='Dp_Data'/>\
             </Read></E:Body></E:Envelope>"
        ),
        format!(
            "<E:Envelope xmlns:E='{soap}' xmlns:xsi='{xsi}' xmlns:t='{MESSAGE}'><E:Body><t:Read>\
             <t:Item xsi:type='t:Dp_Data'/></t:Read></E:Body></E:Envelope>"
        ),
        // The envelope is the default namespace, and the prefix of the value is used by nothing else.
        format!(
            "<Envelope xmlns='{soap}' xmlns:t='{MESSAGE}'><Body><x:Item xmlns:x='urn:x' xmlns:i='{xsi}' \
             i:type=' t:Dp_Data '/></Body></Envelope>"
        ),
        // CDATA and an odd quote: an element that cannot be copied as it is.
        format!(
            "<E:Envelope  xmlns:E='{soap}' xmlns:xsi=\"{xsi}\"\n xmlns='{MESSAGE}'><E:Body><Item xsi:type='Dp_Data'>\
             <![CDATA[x]]></Item></E:Body></E:Envelope>"
        ),
    ] {
        let mut envelope = Envelope::read(&parse(&xml), Rules::Strict).unwrap();
        let original = envelope.clone();
        for hop in 0..3 {
            assert_eq!(
                item_type(&envelope),
                (MESSAGE.to_owned(), "Dp_Data".to_owned()),
                "hop {hop} of {xml}"
            );
            envelope = unwrap(&transfer(&in_iq(&envelope)));
        }
        assert_eq!(envelope, original);
    }
}

/// SOP-20: declarations of the stanza and of the stream are part of what an envelope means.
#[test]
fn declarations_outside_the_envelope_stay() {
    let iq = format!(
        "<iq xmlns='jabber:client' xmlns:t='{MESSAGE}' xmlns:xsi='{}' id='1' type='set'><s:Envelope xmlns:s='{}'>\
         <s:Body><t:Read><t:Item xsi:type='t:Dp_Data'/></t:Read></s:Body></s:Envelope></iq>",
        ns::XSI,
        ns::SOAP_12
    );
    let envelope = unwrap(&parse(&iq));
    assert_eq!(item_type(&envelope).0, MESSAGE);
    assert_eq!(item_type(&unwrap(&transfer(&in_iq(&envelope)))).0, MESSAGE);
    // A part that is cut out and put into another envelope as well.
    let payload = envelope.payload().unwrap().to_element();
    let other = Envelope::build(Version::V11).prefix("t").body(&payload).finish().unwrap();
    assert_eq!(item_type(&unwrap(&transfer(&in_iq(&other)))), (MESSAGE.to_owned(), "Dp_Data".to_owned()));
}

/// SOP-20: an envelope that needs nothing from outside crosses a stream byte for byte.
#[test]
fn a_tidy_envelope_is_copied() {
    let xml = format!(
        "<env:Envelope xmlns:env='{}' xmlns:t='urn:t'><env:Body><m:a xmlns:m='urn:m' k='t:b'>x &amp; y</m:a></env:Body>\
         </env:Envelope>",
        ns::SOAP_12
    );
    let envelope = Envelope::read(&parse(&xml), Rules::Strict).unwrap();
    let mut out = Vec::new();
    in_iq(&envelope).write(&mut out, &Context::client_stream());
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out, format!("<iq id='1' type='set'>{xml}</iq>"));
}

/// SOP-20, SOP-18: a fault code resolves whatever the prefix, the default namespace included.
#[test]
fn fault_codes_resolve_by_scope() {
    let xml = |code: &str| {
        format!(
            "<Envelope xmlns='{soap}' xmlns:z='{soap}'><Body><Fault><Code><Value>{code}</Value></Code><Reason>\
             <Text xml:lang='en'>no</Text></Reason></Fault></Body></Envelope>",
            soap = ns::SOAP_12
        )
    };
    for code in ["z:Sender", "Sender", "\n z:Sender "] {
        let envelope = Envelope::read(&parse(&xml(code)), Rules::Strict).unwrap();
        assert_eq!(unwrap(&transfer(&in_iq(&envelope))).fault().unwrap().code, FaultCode::Sender);
    }
}

/// SOP-20: names in the detail keep their meaning when a fault goes from one version to the other.
#[test]
fn detail_keeps_its_scope_across_versions() {
    let xml = format!(
        "<s:Envelope xmlns:s='{}' xmlns:t='{MESSAGE}' xmlns:xsi='{}'><s:Body><s:Fault><faultcode>s:Client</faultcode>\
         <faultstring>no</faultstring><detail t:level='2'>See <Item xmlns='urn:d' xsi:type='t:Dp_Data'/></detail>\
         </s:Fault></s:Body></s:Envelope>",
        ns::SOAP_11,
        ns::XSI
    );
    let fault = Envelope::read(&parse(&xml), Rules::Strict).unwrap().fault().unwrap();
    for version in Version::ALL {
        let envelope = unwrap(&transfer(&in_iq(&fault.to_envelope(version).unwrap())));
        assert_eq!(item_type(&envelope), (MESSAGE.to_owned(), "Dp_Data".to_owned()));
        let detail = Fault::read(envelope.payload().unwrap()).detail.unwrap();
        assert_eq!(detail.attr_ns("level", MESSAGE).as_deref(), Some("2"));
        assert_eq!(detail.text().trim(), "See");
    }
}
