//! SOAP envelopes and faults.

use soap_xmpp::{Envelope, Fault, HeaderBlock, Rules, Understanding, Version};
use xmpp_core::xml::Element;

/// What is read and written is read as the same envelope again; one that is built from the same parts has the same
/// parts; faults keep what both versions can say.
pub fn soap_envelope(data: &[u8]) {
    let Ok(element) = Element::parse(data) else { return };
    for rules in [Rules::Strict, Rules::Tolerant] {
        if let Ok(envelope) = Envelope::read(&element, rules) {
            again(&envelope, rules);
        }
    }
    // Also what is no proper fault must be told as one.
    fault(&Fault::read(element.root()));
}

fn again(envelope: &Envelope, rules: Rules) {
    let text = envelope.element().to_xml();
    let element = Element::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error:?} in {text}"));
    let read = Envelope::read(&element, rules).unwrap_or_else(|error| panic!("{error:?} in {text}"));
    assert_eq!((read.version(), read.element()), (envelope.version(), envelope.element()));
    assert_eq!(read.payload(), envelope.payload());
    assert_eq!(read.text(), envelope.text());

    let mut builder = Envelope::build(envelope.version());
    for block in envelope.headers() {
        assert_eq!(block.name().name, block.element().name());
        builder = builder.header(&block.element().to_element());
    }
    for child in envelope.body().children() {
        builder = builder.body(&child.to_element());
    }
    if let Ok(built) = builder.finish() {
        assert_eq!(built.version(), envelope.version());
        assert!(built.headers().map(HeaderBlock::element).eq(envelope.headers().map(HeaderBlock::element)));
        assert!(built.body().children().eq(envelope.body().children()));
        let nobody = Understanding::default();
        assert_eq!(built.not_understood(&nobody), envelope.not_understood(&nobody));
    }
    if let Some(told) = envelope.fault() {
        fault(&told);
    }
}

fn fault(fault: &Fault) {
    let _ = (fault.to_string(), fault.reason(), fault.entries().count(), fault.to_stanza_error());
    for version in Version::ALL {
        let Ok(envelope) = fault.to_envelope(version) else { continue };
        assert_eq!(envelope.version(), version);
        let read = envelope.fault().expect("it was written as a fault");
        let twice = read.to_envelope(version).expect("it was read from an envelope");
        assert_eq!(twice.fault(), Some(read), "what was written once does not change");
    }
}
