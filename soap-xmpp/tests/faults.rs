//! Faults: read from whoever wrote them, written in both versions, and mapped to stanza errors.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{parse, read, soap};
use soap_xmpp::{EnvelopeError, Fault, FaultCode, QName, Rules, Version};
use xmpp_core::stanza::{ErrorType, StanzaCondition, StanzaError};
use xmpp_core::xml::{Element, ElementRef, ns};

fn fault_of(version: Version, children: &str) -> Fault {
    let xml = soap(version, &format!("<s:Body><s:Fault>{children}</s:Fault></s:Body>"));
    read(&xml, Rules::Tolerant).unwrap().fault().unwrap()
}

/// SOP-18: every part of a 1.2 fault.
#[test]
fn all_of_a_1_2_fault() {
    let fault = fault_of(
        Version::V12,
        "<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:a='urn:a'>a:Outer</s:Value><s:Subcode>\
         <s:Value xmlns:b='urn:b'>b:Inner</s:Value></s:Subcode></s:Subcode></s:Code>\
         <s:Reason><s:Text xml:lang='en'>late</s:Text><s:Text xml:lang='de'>spät</s:Text></s:Reason>\
         <s:Node>urn:node</s:Node><s:Role>urn:role</s:Role>\
         <s:Detail><m:Max xmlns:m='urn:m'>5</m:Max><n xmlns='urn:n'/></s:Detail>",
    );
    assert_eq!(fault.code, FaultCode::Sender);
    assert_eq!(fault.subcodes, [QName::new("urn:a", "Outer"), QName::new("urn:b", "Inner")]);
    let reasons: Vec<_> = fault.reasons.iter().map(|r| (r.lang.as_deref(), &*r.text)).collect();
    assert_eq!(reasons, [(Some("en"), "late"), (Some("de"), "spät")]);
    assert_eq!((fault.node.as_deref(), fault.role.as_deref()), (Some("urn:node"), Some("urn:role")));
    assert_eq!(fault.entries().map(ElementRef::name).collect::<Vec<_>>(), ["Max", "n"]);
    assert_eq!(fault.to_string(), "SOAP fault Sender/Outer/Inner: late");
    // It survives its own version, to the letter of the specification.
    let envelope = fault.to_envelope(Version::V12).unwrap();
    assert_eq!(read(&envelope.element().to_xml(), Rules::Strict).unwrap().fault(), Some(fault));
}

/// SOP-19: codes of 1.1 with their dots, and the actor.
#[test]
fn all_of_a_1_1_fault() {
    let fault = fault_of(
        Version::V11,
        "<faultcode>s:Client.Authentication.Expired</faultcode><faultstring xml:lang='en'>who?</faultstring>\
         <faultactor>urn:gate</faultactor><detail><x xmlns='urn:x'/></detail>",
    );
    assert_eq!(fault.code, FaultCode::Sender);
    let soap = |name| QName::new(ns::SOAP_11, name);
    assert_eq!(fault.subcodes, [soap("Authentication"), soap("Expired")]);
    assert_eq!((fault.reason(), fault.node.as_deref()), ("who?", Some("urn:gate")));
    let element = fault.to_element(Version::V11).unwrap();
    assert_eq!(element.child("faultcode", "").unwrap().text(), "c:Client.Authentication.Expired");
    let envelope = fault.to_envelope(Version::V11).unwrap();
    assert_eq!(read(&envelope.element().to_xml(), Rules::Strict).unwrap().fault(), Some(fault));
}

/// SOP-19: codes of 1.1 and 1.2 mean each other, and both writings are strict.
#[test]
fn codes_map_between_versions() {
    for code in FaultCode::STANDARD {
        for version in Version::ALL {
            let envelope = Fault::new(code.clone(), "why").to_envelope(version).unwrap();
            let received = read(&envelope.element().to_xml(), Rules::Strict).unwrap();
            assert_eq!(received.fault().unwrap(), {
                let mut fault = Fault::new(code.clone(), "why");
                fault.reasons[0].lang = Some("en".into());
                fault
            });
        }
    }
    let element = Fault::new(FaultCode::Sender, "x").to_element(Version::V11).unwrap();
    let code = element.child("faultcode", "").unwrap();
    assert_eq!(code.resolve_qname(&code.text()), Some((ns::SOAP_11, "Client")));
}

/// SOP-19: a code of the application's own is a name in 1.1 and the first subcode in 1.2.
#[test]
fn custom_codes() {
    let fault =
        fault_of(Version::V11, "<faultcode xmlns:a='urn:a'>a:Full</faultcode><faultstring>f</faultstring>");
    let full = QName::new("urn:a", "Full");
    assert_eq!(fault.code, FaultCode::Custom(full.clone()));
    let again = fault.to_envelope(Version::V11).unwrap().fault().unwrap();
    assert_eq!(again.code, fault.code);
    let new = fault.to_envelope(Version::V12).unwrap();
    let new = read(&new.element().to_xml(), Rules::Strict).unwrap().fault().unwrap();
    assert_eq!((new.code, new.subcodes), (FaultCode::Receiver, vec![full]));
}

/// SOP-19: what one version cannot say is left out, not bent: subcodes of another namespace behind the dots, and
/// attributes of the other version's own.
#[test]
fn what_the_other_version_cannot_say() {
    let fault = fault_of(
        Version::V12,
        "<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:a='urn:a'>a:Full</s:Value></s:Subcode></s:Code>\
         <s:Detail xmlns:k='urn:k' s:encodingStyle='urn:e' k:kept='1' own='2'><x xmlns='urn:x'/></s:Detail>",
    );
    let old = fault.to_envelope(Version::V11).unwrap();
    let old = read(&old.element().to_xml(), Rules::Strict).unwrap().fault().unwrap();
    assert_eq!((old.code, old.subcodes), (FaultCode::Sender, vec![]));
    let detail = old.detail.unwrap();
    let attrs: Vec<_> = detail.attrs().map(|attr| attr.name.to_owned()).collect();
    assert_eq!(attrs, ["kept", "own"]);
}

/// SOP-22: devices number their faults and qualify the children.
#[test]
fn faults_of_devices() {
    let children =
        "<s:faultcode>1</s:faultcode><s:faultstring>soap fault</s:faultstring><s:detail>x</s:detail>";
    let fault = fault_of(Version::V11, children);
    assert_eq!((fault.code.clone(), fault.reason()), (FaultCode::Other("1".into()), "soap fault"));
    assert_eq!(fault.detail.as_ref().unwrap().text(), "x");
    let xml = soap(Version::V11, &format!("<s:Body><s:Fault>{children}</s:Fault></s:Body>"));
    assert_eq!(read(&xml, Rules::Strict), Err(EnvelopeError::Fault("faultcode")));
    // What such a code says survives in 1.1; 1.2 has no place for it.
    let written = fault.to_envelope(Version::V11).unwrap().fault().unwrap();
    assert_eq!(written.code, fault.code);
    assert_eq!(fault.to_envelope(Version::V12).unwrap().fault().unwrap().code, FaultCode::Receiver);
}

/// SOP-19, SOP-22: what else is out there: no prefix, an undeclared prefix, children that inherit the stream's
/// namespace, parts of the other version, nothing at all.
#[test]
fn sloppy_faults() {
    for (children, code) in [
        ("<faultcode>Client</faultcode>", FaultCode::Sender),
        ("<faultcode>zz:Server</faultcode>", FaultCode::Receiver),
        ("<faultcode xmlns='jabber:client'>s:Server</faultcode>", FaultCode::Receiver),
        ("<s:Code><s:Value>s:MustUnderstand</s:Value></s:Code>", FaultCode::MustUnderstand),
        ("<faultcode> </faultcode>", FaultCode::Other(String::new())),
        // The name of a code in a namespace of the application's own is another code.
        ("<faultcode xmlns:a='urn:a'>a:Client</faultcode>", FaultCode::Custom(QName::new("urn:a", "Client"))),
        ("<s:Code/>", FaultCode::Other(String::new())),
        ("", FaultCode::Other(String::new())),
    ] {
        assert_eq!(fault_of(Version::V11, children).code, code, "{children}");
    }
    let odd = fault_of(
        Version::V12,
        "<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>zz:Odd</s:Value></s:Subcode></s:Code>",
    );
    assert_eq!(odd.subcodes, [QName::new("", "Odd")]);
}

/// SOP-18: what a strict reader finds wrong with a 1.2 fault.
#[test]
fn strict_1_2_faults() {
    let code = "<s:Code><s:Value>s:Sender</s:Value></s:Code>";
    let reason = "<s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason>";
    for (children, part) in [
        (format!("<s:Code/>{reason}"), "Code/Value"),
        (format!("<s:Code><s:Value>s:Client</s:Value></s:Code>{reason}"), "Code/Value"),
        (format!("<s:Code><s:Value>Sender</s:Value></s:Code>{reason}"), "Code/Value"),
        (code.to_owned(), "Reason"),
        (format!("{code}<s:Reason/>"), "Reason/Text"),
        (format!("{code}<s:Reason><s:Text>no</s:Text></s:Reason>"), "Reason/Text"),
        (format!("{reason}{code}"), "the order of its children"),
        (format!("{code}{reason}{reason}"), "the order of its children"),
        (format!("{code}{reason}<x xmlns='urn:x'/>"), "the right children"),
    ] {
        let xml = soap(Version::V12, &format!("<s:Body><s:Fault>{children}</s:Fault></s:Body>"));
        assert_eq!(read(&xml, Rules::Strict), Err(EnvelopeError::Fault(part)), "{children}");
        assert!(read(&xml, Rules::Tolerant).unwrap().fault().is_some());
    }
}

/// SOP-05: each code has its stanza error and comes back from it; who can do something about it follows.
#[test]
fn stanza_errors() {
    for code in FaultCode::STANDARD {
        let error = Fault::new(code.clone(), "x").to_stanza_error();
        assert_eq!(error.condition, StanzaCondition::UndefinedCondition);
        let wait = code == FaultCode::Receiver;
        assert_eq!(error.kind, if wait { ErrorType::Wait } else { ErrorType::Modify });
        let element = error.to_element();
        assert!(element.child(code.name(), ns::SOAP_FAULT).is_some());
        assert!(element.attr("code").is_none(), "the numbers of HTTP are not sent");
        assert_eq!(FaultCode::of_stanza_error(&StanzaError::parse(element.root())), Some(code));
    }
    let error = FaultCode::Other("7".into()).to_stanza_error();
    assert_eq!((error.kind, error.application.unwrap().name()), (ErrorType::Cancel, "Receiver"));
}

/// SOP-07: an error of the transport tells of no fault.
#[test]
fn transport_errors_are_no_faults() {
    let plain = StanzaError::new(StanzaCondition::ServiceUnavailable);
    assert_eq!(FaultCode::of_stanza_error(&plain), None);
    let other: Element = parse("<Sender xmlns='urn:other'/>");
    assert_eq!(FaultCode::of_stanza_error(&plain.with_application(other)), None);
}

/// SOP-16, SOP-17: the answers of a node that does not understand.
#[test]
fn answers_of_a_node_that_does_not_understand() {
    let name = QName::new("urn:h", "h");
    for version in Version::ALL {
        let envelope = Fault::not_understood(version, std::slice::from_ref(&name)).unwrap();
        let envelope = read(&envelope.element().to_xml(), Rules::Strict).unwrap();
        assert_eq!(envelope.fault().unwrap().code, FaultCode::MustUnderstand);
        let block = envelope.header("NotUnderstood", ns::SOAP_12);
        assert_eq!(block.is_some(), version == Version::V12, "1.1 has no such block");
        if let Some(block) = block {
            let qname = block.element().attr("qname").unwrap();
            assert_eq!(block.element().resolve_qname(&qname), Some(("urn:h", "h")));
        }
        let envelope = Fault::version_mismatch(version, &Version::ALL).unwrap();
        let envelope = read(&envelope.element().to_xml(), Rules::Strict).unwrap();
        assert_eq!(envelope.fault().unwrap().code, FaultCode::VersionMismatch);
        let upgrade = envelope.header("Upgrade", ns::SOAP_12).unwrap().element();
        let offered: Vec<_> =
            upgrade.children().map(|c| c.resolve_qname(&c.attr("qname").unwrap()).unwrap().0).collect();
        assert_eq!(offered, [ns::SOAP_12, ns::SOAP_11]);
    }
}

/// SOP-18: what cannot be written is refused, not bent.
#[test]
fn impossible_faults_are_refused() {
    for version in Version::ALL {
        assert!(Fault::new(FaultCode::Sender, "\u{1}").to_element(version).is_err());
    }
    let entry = parse("<e xmlns='urn:e'/>");
    let fault = Fault::new(FaultCode::Receiver, "x").entry(&entry).entry(&entry).node("urn:n").role("urn:r");
    assert_eq!(fault.entries().count(), 2);
    assert_eq!(fault.clone().reason_in("de", "y").reasons.len(), 2);
    let old = fault.to_envelope(Version::V11).unwrap().fault().unwrap();
    assert_eq!((old.node.as_deref(), old.role), (Some("urn:n"), None));
}
