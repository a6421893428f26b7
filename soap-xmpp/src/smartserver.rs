//! What devices of the `SmartServer` family say inside of envelopes, for both sides of a call.
//!
//! They speak SOAP 1.1 and report most failures in an ordinary answer: `UCPTfaultCount` and `<fault/>` elements are an
//! application's matter and no SOAP faults ([`crate::Fault`]). Names are matched without their namespace, since
//! that carries the version of the firmware, and older ones leave parts unqualified.
//!
//! ```
//! use soap_xmpp::smartserver::{self, Answer, Item, Request, Value};
//!
//! // The application asks ...
//! let call = smartserver::read(&["Net/LON/iLON App/Digital Output 1/nviClaValue_1"])?;
//! // ... the device understands and answers ...
//! let request = Request::of(&call).unwrap();
//! assert_eq!(request.verb, "Read");
//! let item = Item::new(&request.items[0].name).kind("Dp_Data").value(Value::new("ON").format("UCPTvalueDef"));
//! let reply = smartserver::answer(&request.verb, &[item], &[])?;
//! // ... and the application reads the value.
//! let answer = Answer::of(&reply).unwrap();
//! assert_eq!((answer.fault_count, &*answer.items[0].values[0].text), (0, "ON"));
//! # Ok::<(), xmpp_core::xml::BuildError>(())
//! ```

use std::fmt;

use xmpp_core::xml::{BuildError, Builder, Element, ElementRef, ns};

use crate::{Envelope, Version};

/// The namespace of messages of firmware 4.
pub const MESSAGE_NS: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";

/// A value of a data point.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Value {
    /// The value as text: `21.0`, `ON`, `100.0 1`.
    pub text: String,
    /// How the text is to be read (`LonFormat`).
    pub format: Option<String>,
    /// The unit, when the format has one.
    pub unit: Option<String>,
}

impl Value {
    /// A value without format.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// With the format, such as `UCPTvalueDef`.
    #[must_use]
    pub fn format(self, format: impl Into<String>) -> Self {
        Self { format: Some(format.into()), ..self }
    }
}

/// One `<Item/>`: a data point or a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Item {
    /// The path: network, channel, device, block and point with slashes between (`UCPTname`).
    pub name: String,
    /// The local part of `xsi:type`, such as `Dp_Data`.
    pub kind: Option<String>,
    /// The values (`UCPTvalue`): one data point may be given in several formats.
    pub values: Vec<Value>,
    /// When the value was last updated, as the device writes it (`UCPTlastUpdate`).
    pub last_update: Option<String>,
    /// The state of the point (`UCPTpointStatus`), `AL_NUL` when it is well.
    pub status: Option<String>,
    /// Whose writing wins, 0 before 255 (`UCPTpriority`).
    pub priority: Option<u8>,
    /// What went wrong with this item.
    pub faults: Vec<ItemFault>,
}

impl Item {
    /// An item with a path and nothing else.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With a type.
    #[must_use]
    pub fn kind(self, kind: impl Into<String>) -> Self {
        Self { kind: Some(kind.into()), ..self }
    }

    /// With a value.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }

    fn of(element: ElementRef<'_>) -> Self {
        let text = |name| child(element, name).map(|found| found.text().trim().to_owned());
        let attr = |value: ElementRef<'_>, name| value.attr(name).map(std::borrow::Cow::into_owned);
        let kind = element.attr_ns("type", ns::XSI);
        Self {
            name: text("UCPTname").unwrap_or_default(),
            kind: kind.map(|kind| kind.trim().rsplit(':').next().unwrap_or_default().to_owned()),
            values: children(element, "UCPTvalue")
                .map(|value| Value {
                    text: value.text().trim().to_owned(),
                    format: attr(value, "LonFormat"),
                    unit: attr(value, "Unit"),
                })
                .collect(),
            last_update: text("UCPTlastUpdate"),
            status: text("UCPTpointStatus"),
            priority: text("UCPTpriority").and_then(|priority| priority.parse().ok()),
            faults: children(element, "fault").map(ItemFault::of).collect(),
        }
    }

    fn write(&self, mut builder: Builder) -> Builder {
        builder = builder.open("Item", MESSAGE_NS);
        if let Some(kind) = &self.kind {
            // Without a prefix: the type is in the namespace of the message, which is the default one here.
            builder = builder.attr_ns("xsi", ns::XSI, "type", kind);
        }
        builder = builder.leaf("UCPTname", MESSAGE_NS, &self.name);
        if let Some(time) = &self.last_update {
            builder = builder.leaf("UCPTlastUpdate", MESSAGE_NS, time);
        }
        for value in &self.values {
            builder = builder
                .open("UCPTvalue", MESSAGE_NS)
                .attr_opt("LonFormat", value.format.as_deref())
                .attr_opt("Unit", value.unit.as_deref())
                .text(&value.text)
                .close();
        }
        if let Some(status) = &self.status {
            builder = builder.leaf("UCPTpointStatus", MESSAGE_NS, status);
        }
        if let Some(priority) = self.priority {
            builder = builder.leaf("UCPTpriority", MESSAGE_NS, &priority.to_string());
        }
        self.faults.iter().fold(builder, |builder, fault| fault.write(builder)).close()
    }
}

/// A failure that the device reports in an ordinary answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFault {
    /// The number: 2 a parameter, 3 malformed XML or selector, 6 no such name, 10 cannot be set, 14 no such data point.
    pub code: Option<u32>,
    /// It is only a warning.
    pub warning: bool,
    /// A description for people.
    pub text: String,
}

impl ItemFault {
    /// A failure.
    pub fn new(code: u32, text: impl Into<String>) -> Self {
        Self { code: Some(code), warning: false, text: text.into() }
    }

    fn of(element: ElementRef<'_>) -> Self {
        let code = child(element, "faultcode");
        Self {
            code: code.and_then(|code| code.text().trim().parse().ok()),
            warning: code.is_some_and(|code| code.attr("faultType").as_deref() == Some("_warning")),
            text: child(element, "faultstring")
                .map_or_else(String::new, |text| text.text().trim().to_owned()),
        }
    }

    fn write(&self, builder: Builder) -> Builder {
        builder
            .open("fault", MESSAGE_NS)
            .open("faultcode", MESSAGE_NS)
            .attr("faultType", if self.warning { "_warning" } else { "_error" })
            .text(&self.code.map_or_else(String::new, |code| code.to_string()))
            .close()
            .open("faultstring", MESSAGE_NS)
            .lang("en-US")
            .text(&self.text)
            .close()
            .close()
    }
}

impl fmt::Display for ItemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} (code {code})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What is asked of a device, or by one that reports its data points to another (a Web connection).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `Read`, `Write`, `List`, `Get`, `Set`, `SystemService_Read_Info` and so on.
    pub verb: String,
    /// The items that are named.
    pub items: Vec<Item>,
    /// The selector that stands in their place (`xSelect`).
    pub select: Option<String>,
    /// Which information a system service asks for, such as `SI_TIME`.
    pub info: Option<String>,
}

impl Request {
    /// Reads a request; `None` for an envelope without a call.
    pub fn of(envelope: &Envelope) -> Option<Self> {
        let payload = envelope.payload()?;
        let content = content(payload);
        let root = content.as_ref().map(Element::root);
        let text = |name| root.and_then(|root| child(root, name)).map(|found| found.text().trim().to_owned());
        Some(Self {
            verb: payload.name().to_owned(),
            items: root.into_iter().flat_map(|root| children(root, "Item").map(Item::of)).collect(),
            select: text("xSelect"),
            info: text("UCPTsystemInfoType"),
        })
    }
}

/// What a device answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of the answer, such as `ReadResponse`. Some devices repeat the verb alone.
    pub name: String,
    /// How many failures the device counts (`UCPTfaultCount`).
    pub fault_count: u32,
    /// Failures of the call as a whole; those of one item stand in the [`Item`].
    pub faults: Vec<ItemFault>,
    /// The items.
    pub items: Vec<Item>,
    /// Name and text of each field of a system service's answer, in their order.
    pub info: Vec<(String, String)>,
}

impl Answer {
    /// Reads an answer; `None` for an envelope without one, such as an empty body or a SOAP fault.
    pub fn of(envelope: &Envelope) -> Option<Self> {
        let payload = envelope.payload().filter(|_| envelope.fault().is_none())?;
        let content = content(payload);
        let root = content.as_ref().map(Element::root);
        let count = root.and_then(|root| child(root, "UCPTfaultCount"));
        let mut info = Vec::new();
        if let Some(service) = root.filter(|root| root.name() == "iLONSystemService") {
            fields(service, 8, &mut info);
        }
        Some(Self {
            name: payload.name().to_owned(),
            fault_count: count.and_then(|count| count.text().trim().parse().ok()).unwrap_or(0),
            faults: root.into_iter().flat_map(|root| children(root, "fault").map(ItemFault::of)).collect(),
            items: root.into_iter().flat_map(|root| children(root, "Item").map(Item::of)).collect(),
            info,
        })
    }

    /// All failures, of the call and of its items.
    pub fn all_faults(&self) -> impl Iterator<Item = &ItemFault> {
        self.faults.iter().chain(self.items.iter().flat_map(|item| &item.faults))
    }
}

/// An envelope as these devices write it: SOAP 1.1, `encodingStyle`, the prefixes of XML Schema.
///
/// # Errors
/// [`BuildError`] for characters that XML cannot carry, as with all functions here.
pub fn envelope(payload: &Element) -> Result<Envelope, BuildError> {
    Envelope::build(Version::V11)
        .prefix("SOAP-ENV")
        .encoding_style(Version::V11.encoding())
        .declare("xsi", ns::XSI)
        .declare("xsd", ns::XSD)
        .body(payload)
        .finish()
}

/// The call of a verb with items: `Get`, `Set`, `Delete`, `Write`.
pub fn call(verb: &str, items: &[Item]) -> Result<Envelope, BuildError> {
    let call = Element::build(verb, MESSAGE_NS).open("iLonItem", MESSAGE_NS);
    envelope(&items.iter().fold(call, |call, item| item.write(call)).finish()?)
}

/// `Read`: the values of data points.
pub fn read(names: &[&str]) -> Result<Envelope, BuildError> {
    call("Read", &names.iter().map(|name| Item::new(*name)).collect::<Vec<_>>())
}

/// `Write`: sets data points. An [`Item`] needs a name and a value at least.
pub fn write(items: &[Item]) -> Result<Envelope, BuildError> {
    call("Write", items)
}

/// A verb with a selector in place of items: `List`, `Get`, `Read`.
pub fn select(verb: &str, selector: &str) -> Result<Envelope, BuildError> {
    let call = Element::build(verb, MESSAGE_NS).open("iLonItem", MESSAGE_NS);
    envelope(&call.leaf("xSelect", MESSAGE_NS, selector).finish()?)
}

/// `SystemService_Read_Info`: information about the system, such as `SI_TIME` or `SI_NETWORK`.
pub fn read_info(kind: &str) -> Result<Envelope, BuildError> {
    let call = Element::build("SystemService_Read_Info", MESSAGE_NS).open("iLONSystemService", MESSAGE_NS);
    envelope(&call.leaf("UCPTsystemInfoType", MESSAGE_NS, kind).finish()?)
}

/// The answer to a verb with items. The failures of the call come first, those of items are counted too.
pub fn answer(verb: &str, items: &[Item], faults: &[ItemFault]) -> Result<Envelope, BuildError> {
    let count = faults.len() + items.iter().map(|item| item.faults.len()).sum::<usize>();
    let mut answer = Element::build(&format!("{verb}Response"), MESSAGE_NS)
        .open("iLonItem", MESSAGE_NS)
        .leaf("UCPTfaultCount", MESSAGE_NS, &count.to_string());
    answer = faults.iter().fold(answer, |answer, fault| fault.write(answer));
    envelope(&items.iter().fold(answer, |answer, item| item.write(answer)).finish()?)
}

/// The answer to a system service: a group, such as `TIME`, and its fields.
pub fn info_answer(verb: &str, group: &str, fields: &[(&str, &str)]) -> Result<Envelope, BuildError> {
    let answer = Element::build(&format!("{verb}Response"), MESSAGE_NS)
        .open("iLONSystemService", MESSAGE_NS)
        .open(group, MESSAGE_NS);
    envelope(
        &fields.iter().fold(answer, |answer, (name, text)| answer.leaf(name, MESSAGE_NS, text)).finish()?,
    )
}

fn children<'a>(element: ElementRef<'a>, name: &'static str) -> impl Iterator<Item = ElementRef<'a>> + 'a {
    element.children().filter(move |child| child.name() == name)
}

fn child<'a>(element: ElementRef<'a>, name: &str) -> Option<ElementRef<'a>> {
    element.children().find(|child| child.name() == name)
}

/// The element that holds items or a system service's data: directly in the payload, inside of `<Result/>`, or in a
/// string parameter that carries it escaped.
fn content(payload: ElementRef<'_>) -> Option<Element> {
    fn find(element: ElementRef<'_>, depth: u32) -> Option<Element> {
        if matches!(element.name(), "iLonItem" | "iLONSystemService") && element.first_child().is_some() {
            return Some(element.to_element());
        }
        if depth == 0 {
            return None;
        }
        match Envelope::embedded(element) {
            Some(document) => find(document.ok()?.root(), depth - 1),
            None => element.children().find_map(|child| find(child, depth - 1)),
        }
    }
    find(payload, 4)
}

/// The leaves. Groups nest once in practice; the depth keeps a hostile answer off the stack.
fn fields(element: ElementRef<'_>, depth: u32, into: &mut Vec<(String, String)>) {
    for child in element.children() {
        if child.first_child().is_some() {
            if depth > 0 {
                fields(child, depth - 1, into);
            }
        } else {
            into.push((child.name().to_owned(), child.text().trim().to_owned()));
        }
    }
}
