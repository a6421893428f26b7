//! Faults as they are sent.

use xmpp_core::xml::{BuildError, Builder, Element, ElementRef, NodeRef, ns};

use super::{Fault, FaultCode};
use crate::{Envelope, QName, Version};

impl Fault {
    /// The `<Fault/>` in a version. What the version cannot say is left out: [`FaultCode::Other`] and
    /// [`FaultCode::Custom`] become `Receiver` in 1.2 (a custom name the first subcode), 1.1 has one reason, no role,
    /// and subcodes of one namespace behind the dots of the code.
    ///
    /// # Errors
    /// [`BuildError`] for characters that XML cannot carry.
    pub fn to_element(&self, version: Version) -> Result<Element, BuildError> {
        match version {
            Version::V11 => self.write_11(),
            Version::V12 => self.write_12(),
        }
    }

    /// An envelope with this fault.
    ///
    /// # Errors
    /// As [`to_element`](Self::to_element).
    pub fn to_envelope(&self, version: Version) -> Result<Envelope, BuildError> {
        Envelope::build(version).body(&self.to_element(version)?).finish()
    }

    /// The answer to an envelope whose mandatory header blocks are not understood: the fault, and in 1.2 a header
    /// block `NotUnderstood` for each (SOAP 1.2 part 1 §5.4.8).
    ///
    /// # Errors
    /// As [`to_element`](Self::to_element).
    pub fn not_understood(version: Version, blocks: &[QName]) -> Result<Envelope, BuildError> {
        let fault = Self::new(FaultCode::MustUnderstand, "a mandatory header block is not understood");
        let mut envelope = Envelope::build(version).body(&fault.to_element(version)?);
        for name in blocks.iter().filter(|_| version == Version::V12) {
            let block = Element::build_prefixed("soap", "NotUnderstood", ns::SOAP_12);
            let (block, value) = with_qname(block, "n", name);
            envelope = envelope.header(&block.attr("qname", &value).finish()?);
        }
        envelope.finish()
    }

    /// The answer to an envelope of a version that is not understood: the fault, in the version `answer`, and the
    /// header block `Upgrade` with the versions that are, best first (SOAP 1.2 part 1 §5.4.7 and appendix A).
    ///
    /// # Errors
    /// As [`to_element`](Self::to_element).
    pub fn version_mismatch(answer: Version, supported: &[Version]) -> Result<Envelope, BuildError> {
        let fault = Self::new(FaultCode::VersionMismatch, "this version of SOAP is not supported");
        let mut upgrade = Element::build_prefixed("soap12", "Upgrade", ns::SOAP_12);
        for version in supported {
            upgrade = upgrade
                .open_prefixed("soap12", "SupportedEnvelope", ns::SOAP_12)
                .declare("s", version.ns())
                .attr("qname", "s:Envelope")
                .close();
        }
        let block = upgrade.finish()?;
        Envelope::build(answer).header(&block).body(&fault.to_element(answer)?).finish()
    }

    fn write_11(&self) -> Result<Element, BuildError> {
        let fault = Element::build_prefixed("soap", "Fault", ns::SOAP_11).open("faultcode", "");
        let soap = |name: &str| QName::new(ns::SOAP_11, name);
        let code = match &self.code {
            FaultCode::Sender => Some(soap("Client")),
            FaultCode::DataEncodingUnknown => Some(soap("Client.DataEncodingUnknown")),
            FaultCode::Receiver => Some(soap("Server")),
            FaultCode::VersionMismatch | FaultCode::MustUnderstand => Some(soap(self.code.name())),
            FaultCode::Custom(name) => Some(name.clone()),
            FaultCode::Other(_) => None,
        };
        let fault = match (&self.code, code) {
            (FaultCode::Other(text), _) => fault.text(text),
            (_, None) => fault,
            (_, Some(mut code)) => {
                for subcode in self.subcodes.iter().take_while(|subcode| subcode.ns == code.ns) {
                    code.name.push('.');
                    code.name.push_str(&subcode.name);
                }
                let (fault, value) = with_qname(fault, "c", &code);
                fault.text(&value)
            }
        };
        let mut fault = fault.close().open("faultstring", "");
        if let Some(reason) = self.reasons.first() {
            if let Some(lang) = &reason.lang {
                fault = fault.lang(lang);
            }
            fault = fault.text(&reason.text);
        }
        fault = fault.close();
        if let Some(uri) = self.node.as_ref().or(self.role.as_ref()) {
            fault = fault.leaf("faultactor", "", uri);
        }
        if let Some(detail) = &self.detail {
            fault = copy_content(fault.open("detail", ""), detail.root()).close();
        }
        fault.finish()
    }

    fn write_12(&self) -> Result<Element, BuildError> {
        let soap = ns::SOAP_12;
        let custom = match &self.code {
            FaultCode::Custom(name) => Some(name),
            _ => None,
        };
        let mut fault = Element::build_prefixed("soap", "Fault", soap)
            .open_prefixed("soap", "Code", soap)
            .open_prefixed("soap", "Value", soap)
            .text("soap:")
            .text(self.code.name())
            .close();
        let mut nested = 0;
        for subcode in custom.into_iter().chain(&self.subcodes) {
            fault = fault.open_prefixed("soap", "Subcode", soap).open_prefixed("soap", "Value", soap);
            let (builder, value) = with_qname(fault, "c", subcode);
            fault = builder.text(&value).close();
            nested += 1;
        }
        for _ in 0..=nested {
            fault = fault.close();
        }
        fault = fault.open_prefixed("soap", "Reason", soap);
        for reason in &self.reasons {
            let lang = reason.lang.as_deref().unwrap_or("en");
            fault = fault.open_prefixed("soap", "Text", soap).lang(lang).text(&reason.text).close();
        }
        if self.reasons.is_empty() {
            // One text is required (part 1 §5.4.2).
            fault = fault.open_prefixed("soap", "Text", soap).lang("en").text(self.code.name()).close();
        }
        fault = fault.close();
        for (name, uri) in [("Node", &self.node), ("Role", &self.role)] {
            if let Some(uri) = uri {
                fault = fault.open_prefixed("soap", name, soap).text(uri).close();
            }
        }
        if let Some(detail) = &self.detail {
            fault = copy_content(fault.open_prefixed("soap", "Detail", soap), detail.root()).close();
        }
        fault.finish()
    }
}

/// Declares what a name in a value needs, and gives the value. A name without namespace must not meet a default one.
fn with_qname(builder: Builder, prefix: &str, name: &QName) -> (Builder, String) {
    if name.ns.is_empty() {
        (builder, name.name.clone())
    } else {
        (builder.declare(prefix, &name.ns), format!("{prefix}:{}", name.name))
    }
}

/// Attributes and content of an element, for one of another name.
pub(super) fn copy_content(builder: Builder, from: ElementRef<'_>) -> Builder {
    let mut builder = builder.inherit(from);
    for attr in from.attrs() {
        builder = match (attr.ns, attr.prefix) {
            ("", _) => builder.attr(attr.name, &attr.value),
            // `encodingStyle` and the like mean another thing in the other version.
            (ns::SOAP_11 | ns::SOAP_12, _) => builder,
            (space, prefix) => builder.attr_ns(prefix.unwrap_or("a"), space, attr.name, &attr.value),
        };
    }
    for node in from.nodes() {
        builder = match node {
            NodeRef::Element(element) => builder.child(element),
            NodeRef::Text(text) => builder.text(&text),
        };
    }
    builder
}
