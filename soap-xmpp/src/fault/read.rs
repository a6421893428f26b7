//! Faults as they are received.

use std::borrow::Cow;

use xmpp_core::xml::{ElementRef, ns};

use super::{Fault, FaultCode, Reason};
use crate::{QName, Version};

impl Fault {
    /// Reads a `<Fault/>`. Whatever can be understood is: children of either version in any namespace (devices
    /// qualify those of 1.1, and unqualified ones inherit the namespace of the stream), codes that are numbers or
    /// have an undeclared prefix. What is missing is empty.
    ///
    /// ```
    /// use soap_xmpp::{Fault, FaultCode};
    /// use xmpp_core::xml::Element;
    /// let fault: Element = "<s:Fault xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
    ///     <s:faultcode>1</s:faultcode><s:faultstring>unknown call</s:faultstring></s:Fault>".parse()?;
    /// let fault = Fault::read(fault.root());
    /// assert_eq!((fault.code.clone(), fault.reason()), (FaultCode::Other("1".into()), "unknown call"));
    /// # Ok::<(), xmpp_core::xml::XmlError>(())
    /// ```
    pub fn read(element: ElementRef<'_>) -> Self {
        let mut fault = Self {
            code: FaultCode::Other(String::new()),
            subcodes: Vec::new(),
            reasons: Vec::new(),
            node: None,
            role: None,
            detail: None,
        };
        for child in element.children() {
            match child.name() {
                "faultcode" => (fault.code, fault.subcodes) = code_11(child),
                "faultstring" => fault.reasons.push(reason(child)),
                "faultactor" | "Node" => fault.node = uri(child),
                "Code" => (fault.code, fault.subcodes) = code_12(child),
                "Reason" => fault.reasons.extend(child.children().filter(|c| c.name() == "Text").map(reason)),
                "Role" => fault.role = uri(child),
                "detail" | "Detail" => fault.detail = Some(child.to_element()),
                _ => {}
            }
        }
        fault
    }
}

/// The name of a code without its namespace.
fn standard(name: &str) -> Option<FaultCode> {
    match name {
        "Client" => Some(FaultCode::Sender),
        "Server" => Some(FaultCode::Receiver),
        _ => FaultCode::STANDARD.into_iter().find(|code| code.name() == name),
    }
}

fn code_11(element: ElementRef<'_>) -> (FaultCode, Vec<QName>) {
    let text = element.text();
    let text = text.trim();
    // A name never begins with a digit, so `resolve_qname` leaves numbers alone. With a prefix that nobody declared,
    // a name of SOAP still means what it says.
    let Some((ns, name)) = element.resolve_qname(text) else {
        let known = text.split_once(':').and_then(|(_, name)| standard(name));
        return (known.unwrap_or_else(|| FaultCode::Other(text.to_owned())), Vec::new());
    };
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    // Many write `Client` without prefix, which then is in whatever namespace is the default.
    let known = Version::by_ns(ns).is_some() || !text.contains(':');
    match standard(first).filter(|_| known) {
        Some(FaultCode::Sender) if parts.clone().next() == Some(FaultCode::DataEncodingUnknown.name()) => {
            (FaultCode::DataEncodingUnknown, parts.skip(1).map(|part| QName::new(ns, part)).collect())
        }
        Some(code) => (code, parts.map(|part| QName::new(ns, part)).collect()),
        None => (FaultCode::Custom(QName::new(ns, name)), Vec::new()),
    }
}

fn code_12(element: ElementRef<'_>) -> (FaultCode, Vec<QName>) {
    let Some(value) = value(element) else { return (FaultCode::Other(String::new()), Vec::new()) };
    let (code, mut subcodes) = code_11(value);
    // The names of 1.2 have no parts behind dots, subcodes are elements that nest.
    let mut place = subcode(element);
    while let Some(element) = place {
        if let Some(value) = self::value(element) {
            let text = value.text();
            let name = match value.resolve_qname(&text) {
                Some((ns, name)) => QName::new(ns, name),
                None => QName::new("", text.trim().rsplit(':').next().unwrap_or_default()),
            };
            subcodes.push(name);
        }
        place = subcode(element);
    }
    (code, subcodes)
}

fn value(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element.children().find(|child| child.name() == "Value")
}

fn subcode(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element.children().find(|child| child.name() == "Subcode")
}

fn reason(element: ElementRef<'_>) -> Reason {
    Reason {
        // What is inherited may be the stream's own language, which says nothing of a text from elsewhere.
        lang: element.attr_ns("lang", ns::XML).filter(|lang| !lang.is_empty()).map(Cow::into_owned),
        text: element.text().into_owned(),
    }
}

fn uri(element: ElementRef<'_>) -> Option<String> {
    let text = element.text();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Strict: what a fault lacks, or has in a wrong form.
pub(crate) fn check(fault: ElementRef<'_>, version: Version) -> Result<(), &'static str> {
    match version {
        Version::V11 => check_11(fault),
        Version::V12 => check_12(fault),
    }
}

/// SOAP 1.1 §4.4: unqualified children, the first two required, a code that is a name.
fn check_11(fault: ElementRef<'_>) -> Result<(), &'static str> {
    let code = fault.child("faultcode", "").ok_or("faultcode")?;
    let text = code.text();
    let (ns, name) = code.resolve_qname(&text).ok_or("faultcode")?;
    let first = name.split('.').next().unwrap_or_default();
    if ns.is_empty() {
        return Err("faultcode");
    }
    if ns == ns::SOAP_11 && !matches!(first, "VersionMismatch" | "MustUnderstand" | "Client" | "Server") {
        return Err("faultcode");
    }
    fault.child("faultstring", "").ok_or("faultstring")?;
    Ok(())
}

/// SOAP 1.2 part 1 §5.4: the parts in their order, a code out of five, a language on each text.
fn check_12(fault: ElementRef<'_>) -> Result<(), &'static str> {
    let soap = ns::SOAP_12;
    let code = fault.child("Code", soap).ok_or("Code")?;
    let value = code.child("Value", soap).ok_or("Code/Value")?;
    let text = value.text();
    let (ns, name) = value.resolve_qname(&text).ok_or("Code/Value")?;
    if ns != soap || !FaultCode::STANDARD.iter().any(|code| code.name() == name) {
        return Err("Code/Value");
    }
    let mut place = code.child("Subcode", soap);
    while let Some(subcode) = place {
        let value = subcode.child("Value", soap).ok_or("Subcode/Value")?;
        value.resolve_qname(&value.text()).ok_or("Subcode/Value")?;
        place = subcode.child("Subcode", soap);
    }
    let reason = fault.child("Reason", soap).ok_or("Reason")?;
    let mut texts = reason.children().peekable();
    texts.peek().ok_or("Reason/Text")?;
    if !texts.all(|text| text.is("Text", soap) && text.attr_ns("lang", ns::XML).is_some()) {
        return Err("Reason/Text");
    }
    let order = ["Code", "Reason", "Node", "Role", "Detail"];
    let mut least = 0;
    for child in fault.children() {
        let at = order.iter().position(|name| child.is(name, soap)).ok_or("the right children")?;
        if at < least {
            return Err("the order of its children");
        }
        least = at + 1;
    }
    Ok(())
}
