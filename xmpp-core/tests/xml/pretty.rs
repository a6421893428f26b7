use xmpp_core::xml::{Element, Limits, StreamReader, masked, pretty};

use crate::element;

#[test]
fn indentation() {
    let e: Element = "<a x='1'>\n<b><c>text</c><d/></b><m>mixed <i>in<j/></i> text</m><e></e><f> </f></a>"
        .parse()
        .unwrap();
    assert_eq!(
        pretty(&e.root()),
        "<a x='1'>\n  <b>\n    <c>text</c>\n    <d/>\n  </b>\n  <m>mixed <i>in<j/></i> text</m>\n  <e/>\n  <f> </f>\n</a>"
    );
}

/// White space that somebody asked to keep is kept.
#[test]
fn preserved_space() {
    let e: Element = "<a xml:space='preserve'> <b/></a>".parse().unwrap();
    assert_eq!(pretty(&e.root()), "<a xml:space='preserve'> <b/></a>");
}

/// What people see is complete: declarations that were inherited too.
#[test]
fn inherited_declarations() {
    let e = element("<stream:features><x/></stream:features>");
    assert_eq!(
        pretty(&e.root()),
        "<stream:features xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'>\n  <x/>\n\
         </stream:features>"
    );
}

/// Secrets show neither in masked text nor in `Debug`.
#[test]
fn secrets() {
    for (xml, secret) in [
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>c2VjcmV0</auth>", "c2VjcmV0"),
        ("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>c2Vj<![CDATA[cmV0]]></response>", "c2Vj"),
        ("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>c2VjcmV0</challenge>", "c2VjcmV0"),
        ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>c2VjcmV0</success>", "c2VjcmV0"),
        (
            "<iq><query xmlns='jabber:iq:register'><username>u</username><password>s3cret</password></query></iq>",
            "s3cret",
        ),
        ("<iq><query xmlns='jabber:iq:auth'><password>s3<b/>cret</password></query></iq>", "s3"),
        (
            "<x xmlns='jabber:x:data'><field var='a' type='text-private'><value>s3</value><value>cret</value></field></x>",
            "cret",
        ),
        ("<x xmlns='jabber:x:data'><field var='password'><value>s3cret</value></field></x>", "s3cret"),
        ("<handshake xmlns='jabber:component:accept'>0123abcd</handshake>", "0123abcd"),
        (
            "<authenticate xmlns='urn:xmpp:sasl:2'><initial-response>c2VjcmV0</initial-response></authenticate>",
            "c2VjcmV0",
        ),
    ] {
        let e: Element = xml.parse().unwrap();
        let mut reader = StreamReader::new(Limits::default());
        reader.push(xml.as_bytes());
        let builder = Element::build("r", "").child(&e);
        for shown in [
            format!("{reader:?}"),
            format!("{builder:?}"),
            masked(&e.root()),
            format!("{e:?}"),
            format!("{:?}", e.root()),
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(masked(&e.root()).contains("***"));
        assert!(pretty(&e.root()).contains(secret) && e.to_string().contains(secret));
    }
    let empty: Element =
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>".parse().unwrap();
    assert_eq!(masked(&empty.root()), empty.to_xml());
}
