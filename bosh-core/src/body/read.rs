//! Reading a body.

use std::borrow::Cow;

use xmpp_core::xml::{Builder, Element, ElementRef, Limits, NodeRef, ns};

use super::{Body, BodyError, Condition, Type, Version};
use crate::MAX_RID;

/// What elements inherit from the body is said again by each of them where it goes on. All that together may be this many
/// times as large as a body may be: real bodies stay below two, and one made for it would grow ten thousand times.
const REPEATED: usize = 8;

impl Body {
    /// Reads a body under the default limits.
    ///
    /// # Errors
    /// [`BodyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BodyError> {
        Self::parse_with(bytes, Limits::default())
    }

    /// Reads a body. [`Limits::stanza_bytes`] bounds the whole body here.
    ///
    /// # Errors
    /// [`BodyError`].
    pub fn parse_with(bytes: &[u8], limits: Limits) -> Result<Self, BodyError> {
        let document = Element::parse_with(bytes, limits).map_err(BodyError::Xml)?;
        let root = document.root();
        if !root.is("body", ns::HTTP_BIND) {
            return Err(BodyError::NotABody { name: root.name().to_owned(), ns: root.ns().to_owned() });
        }
        let text = |name| root.attr(name).map(Cow::into_owned);
        let xbosh = |name| root.attr_ns(name, ns::XBOSH);
        let mut body = Self {
            rid: positive(root, "rid", MAX_RID)?,
            sid: text("sid"),
            to: text("to"),
            from: text("from"),
            lang: root.attr_ns("lang", ns::XML).map(Cow::into_owned),
            route: text("route"),
            ver: root
                .attr("ver")
                .and_then(|ver| read_version(&ver))
                .map(|(major, minor)| Version { major, minor }),
            wait: small(root, "wait")?,
            hold: small(root, "hold")?,
            requests: small(root, "requests")?,
            inactivity: small(root, "inactivity")?,
            polling: small(root, "polling")?,
            maxpause: small(root, "maxpause")?,
            pause: small(root, "pause")?,
            content: text("content"),
            accept: text("accept"),
            charsets: text("charsets"),
            stream: text("stream"),
            // What is malformed here says nothing, and real clients send it.
            ack: number(root, "ack", MAX_RID).unwrap_or(None),
            report: number(root, "report", MAX_RID).unwrap_or(None),
            time: number(root, "time", u64::MAX).unwrap_or(None),
            kind: match root.attr("type").as_deref() {
                Some("terminate") => Some(Type::Terminate),
                Some("error") => Some(Type::Error),
                _ => None,
            },
            condition: root.attr("condition").map(|name| Condition::of_name(&name)),
            uri: None,
            key: text("key"),
            newkey: text("newkey"),
            authid: text("authid"),
            xmpp_version: xbosh("version").and_then(|version| read_version(&version)),
            restart: xbosh("restart").is_some_and(|value| is_true(&value)),
            restartlogic: xbosh("restartlogic").is_some_and(|value| is_true(&value)),
            payload: Vec::new(),
        };
        let mut spare = Spare(limits.stanza_bytes.saturating_mul(REPEATED));
        let around = said(root);
        for node in root.nodes() {
            match node {
                NodeRef::Element(child) => {
                    spare.spend(around)?;
                    body.take(child, around, &mut spare)?;
                }
                NodeRef::Text(text) => {
                    if !text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                        return Err(BodyError::Text);
                    }
                }
            }
        }
        Ok(body)
    }

    fn take(&mut self, child: ElementRef<'_>, around: usize, spare: &mut Spare) -> Result<(), BodyError> {
        if child.ns() != ns::HTTP_BIND {
            self.payload.push(child.to_element());
            return Ok(());
        }
        match child.name() {
            "message" | "presence" | "iq" => {
                let mut stanza = Element::build(child.name(), ns::CLIENT);
                // The language of the body holds for what is in it.
                if let Some(lang) = child.lang().filter(|_| child.attr_ns("lang", ns::XML).is_none()) {
                    stanza = stanza.lang(&lang);
                }
                self.payload.push(as_client(child, stanza, around, spare)?.finish_lossy());
            }
            "uri" => self.uri = Some(child.text().trim().to_owned()),
            _ => {}
        }
        Ok(())
    }
}

/// How many bytes may still be said again.
struct Spare(usize);

impl Spare {
    fn spend(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.0 = self.0.checked_sub(bytes).ok_or(BodyError::Inherited)?;
        Ok(())
    }
}

/// The bytes that an element hands down: prefixes and a language.
fn said(element: ElementRef<'_>) -> usize {
    let lang = element.attr_ns("lang", ns::XML).map_or(0, |lang| lang.len());
    element.declarations().map(|(prefix, uri)| declared(prefix, uri)).sum::<usize>() + lang
}

fn declared(prefix: &str, uri: &str) -> usize {
    " xmlns:=''".len() + prefix.len() + uri.len()
}

/// The content of `from` into `into`, its namespace turned from the body's to `jabber:client` all the way down. `around`:
/// what is handed down to `from`.
fn as_client(
    from: ElementRef<'_>,
    mut into: Builder,
    around: usize,
    spare: &mut Spare,
) -> Result<Builder, BodyError> {
    let around = around + said(from);
    for attr in from.attrs() {
        into = match attr.prefix {
            Some(prefix) => {
                spare.spend(declared(prefix, attr.ns))?;
                into.attr_ns(prefix, attr.ns, attr.name, &attr.value)
            }
            None => into.attr(attr.name, &attr.value),
        };
    }
    for node in from.nodes() {
        into = match node {
            NodeRef::Text(text) => into.text(&text),
            NodeRef::Element(child) if child.ns() == ns::HTTP_BIND => {
                as_client(child, into.open(child.name(), ns::CLIENT), around, spare)?.close()
            }
            NodeRef::Element(child) => {
                spare.spend(around)?;
                into.child(child)
            }
        };
    }
    Ok(into)
}

/// Digits only, at most `max`; white space around it is no part of it (XML Schema collapses it).
fn number(root: ElementRef<'_>, name: &'static str, max: u64) -> Result<Option<u64>, BodyError> {
    let Some(value) = root.attr(name) else { return Ok(None) };
    let digits = value.trim();
    let parsed = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    match parsed {
        Some(number) if number <= max => Ok(Some(number)),
        _ => Err(BodyError::Attribute { name, value: value.into_owned() }),
    }
}

fn positive(root: ElementRef<'_>, name: &'static str, max: u64) -> Result<Option<u64>, BodyError> {
    match number(root, name, max)? {
        Some(0) => Err(BodyError::Attribute { name, value: "0".to_owned() }),
        other => Ok(other),
    }
}

fn small(root: ElementRef<'_>, name: &'static str) -> Result<Option<u32>, BodyError> {
    // Larger ones are cut: no duration or count that is meant seriously passes this.
    Ok(number(root, name, u64::MAX)?.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}

fn read_version(text: &str) -> Option<(u32, u32)> {
    let number = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let (major, minor) = text.trim().split_once('.')?;
    Some((number(major)?, number(minor)?))
}

/// The two ways of XML Schema to write "true".
fn is_true(value: &str) -> bool {
    matches!(value.trim(), "true" | "1")
}
