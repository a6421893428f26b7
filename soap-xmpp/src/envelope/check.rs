//! Whether an element is an envelope.

use xmpp_core::xml::{ElementRef, NodeRef, ns};

use super::{EnvelopeError, HeaderBlock, header::truth, is_fault};
use crate::{QName, Version, fault};

/// How strictly an envelope is checked.
///
/// Both refuse what cannot be processed: no or several bodies, a misplaced header, an unknown version, a senseless
/// `mustUnderstand`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rules {
    /// Accepts what real toolkits and devices send: unqualified names and attributes, `encodingStyle` anywhere,
    /// `mustUnderstand="true"` in 1.1, faults with qualified children or numeric codes.
    #[default]
    Tolerant,
    /// SOAP 1.2 part 1 §5, SOAP 1.1 §4 and XEP-0072 §7.1 to the letter.
    Strict,
}

/// The version of a good envelope.
pub(super) fn check(envelope: ElementRef<'_>, rules: Rules) -> Result<Version, EnvelopeError> {
    if envelope.name() != "Envelope" {
        return Err(EnvelopeError::NotAnEnvelope(QName::of(envelope)));
    }
    let version =
        Version::by_ns(envelope.ns()).ok_or_else(|| EnvelopeError::Version(envelope.ns().to_owned()))?;
    let (header, body) = parts(envelope, version, rules)?;
    for block in header.into_iter().flat_map(ElementRef::children) {
        flags(HeaderBlock::new(block, version), rules)?;
    }
    if rules == Rules::Strict {
        strict(envelope, header, body, version)?;
    }
    Ok(version)
}

/// Header, if any, and body.
type Parts<'a> = (Option<ElementRef<'a>>, ElementRef<'a>);

fn parts(envelope: ElementRef<'_>, version: Version, rules: Rules) -> Result<Parts<'_>, EnvelopeError> {
    let (mut header, mut body) = (None, None);
    for (position, child) in envelope.children().enumerate() {
        if child.is("Header", version.ns()) {
            match (header, position) {
                (Some(_), _) => return Err(EnvelopeError::SeveralHeaders),
                (None, 0) => header = Some(child),
                (None, _) => return Err(EnvelopeError::HeaderNotFirst),
            }
        } else if child.is("Body", version.ns()) {
            if body.replace(child).is_some() {
                return Err(EnvelopeError::SeveralBodies);
            }
        } else if body.is_none()
            || version == Version::V12
            || (rules == Rules::Strict && !is_qualified(child))
        {
            // Version 1.1 allows qualified elements behind the body (§4), 1.2 allows none (part 1 §5.1).
            return Err(EnvelopeError::Unexpected(QName::of(child)));
        }
    }
    Ok((header, body.ok_or(EnvelopeError::NoBody)?))
}

fn flags(block: HeaderBlock<'_>, rules: Rules) -> Result<(), EnvelopeError> {
    let version = block.version();
    if let Some(value) = block.soap_attr("mustUnderstand") {
        // Version 1.1 knows the digits only (§4.2.3).
        let digit = version == Version::V12 || rules == Rules::Tolerant || value.trim().len() == 1;
        if truth(&value).is_none() || !digit {
            return Err(EnvelopeError::MustUnderstand { block: block.name(), value: value.into_owned() });
        }
    }
    match block.soap_attr("relay").filter(|_| version == Version::V12) {
        Some(value) if truth(&value).is_none() => {
            Err(EnvelopeError::Relay { block: block.name(), value: value.into_owned() })
        }
        _ => Ok(()),
    }
}

fn strict(
    envelope: ElementRef<'_>,
    header: Option<ElementRef<'_>>,
    body: ElementRef<'_>,
    version: Version,
) -> Result<(), EnvelopeError> {
    frame(envelope, "Envelope", version)?;
    elements_only(envelope, "Envelope")?;
    if let Some(header) = header {
        frame(header, "Header", version)?;
        elements_only(header, "Header")?;
    }
    frame(body, "Body", version)?;
    for child in header.into_iter().flat_map(ElementRef::children).chain(body.children()) {
        if !is_qualified(child) {
            return Err(EnvelopeError::Unqualified(child.name().to_owned()));
        }
    }
    if let Some(element) = body.children().find(|child| is_fault(*child)) {
        if body.children().count() != 1 {
            return Err(EnvelopeError::FaultNotAlone);
        }
        if version == Version::V12 {
            frame(element, "Fault", version)?;
        }
        fault::check(element, version).map_err(EnvelopeError::Fault)?;
    }
    Ok(())
}

/// The attributes of an element of the envelope itself (SOAP 1.2 part 1 §5.1.1 and §5.2.1; SOAP 1.1 §4.1.1).
fn frame(element: ElementRef<'_>, name: &'static str, version: Version) -> Result<(), EnvelopeError> {
    for attr in element.attrs() {
        if attr.ns.is_empty() && (version == Version::V12 || name == "Envelope") {
            return Err(EnvelopeError::Attribute { element: name, name: attr.name.to_owned() });
        }
        if version == Version::V12 && attr.ns == ns::SOAP_12 && attr.name == "encodingStyle" {
            return Err(EnvelopeError::EncodingStyle(name));
        }
    }
    Ok(())
}

fn elements_only(element: ElementRef<'_>, name: &'static str) -> Result<(), EnvelopeError> {
    let is_text = |node| matches!(node, NodeRef::Text(text) if !text.trim().is_empty());
    if element.nodes().any(is_text) { Err(EnvelopeError::Text(name)) } else { Ok(()) }
}

/// An element without a namespace of its own inherits that of the stanza once it is inside of one.
pub(crate) fn is_qualified(element: ElementRef<'_>) -> bool {
    !matches!(element.ns(), "" | ns::CLIENT | ns::SERVER)
}
