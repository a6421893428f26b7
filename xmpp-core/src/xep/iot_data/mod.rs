//! Data from sensors (XEP-0323): requests, and the readings that come in messages.
//!
//! A requester asks with an `<iq/>` of type get. The device accepts or refuses it, and sends what it reads in as many
//! messages as it likes; the number that the requester chose tells them apart. The answer and the first data may come in
//! any order, and the answer may be missing.
//!
//! - **Ask**: [`Reader`] is the machine for it. It numbers requests, puts together what comes, picks what was asked for
//!   and gives up in time.
//! - **Answer**: [`Inquiry`] reads a request and builds its answers, at once or bit by bit; [`Schedule`] keeps those
//!   that wait for their time.
//! - **The wire**: [`Ask`] is what requesters say, [`Report`] what devices say.
//!
//! A device that answers at once:
//! ```
//! use xmpp_core::stanza::Iq;
//! use xmpp_core::xep::iot_data::{Ask, Field, Inquiry, Kinds, Reading, Spelling, Value};
//! use xmpp_core::xml::Element;
//!
//! let asked: Element = "<iq xmlns='jabber:client' type='get' id='1' from='app@example.com/pc' to='meter@example.com/a'>\
//!     <req xmlns='urn:xmpp:iot:sensordata' seqnr='3' momentary='true'/></iq>".parse()?;
//! let iq = Iq::parse(asked.root())?;
//!
//! let inquiry = Inquiry::of(&iq).expect("it is a request for sensor data");
//! let Ok(Ask::Read { request, .. }) = &inquiry.ask else { panic!("it asks for readings") };
//! let power = Field::new("Power", Value::numeric("230.0".parse()?, "W")).kinds(Kinds::MOMENTARY);
//! let mut readings = vec![Reading { node: None, at: "2024-03-01T08:30:00Z".parse()?, field: power }];
//! readings.retain(|reading| request.wants(reading));
//! let [result, data] = &inquiry.answer(&readings, Spelling::Smack)?[..] else { panic!("few fit in one message") };
//! assert_eq!(result.attr("type").as_deref(), Some("result"));
//! assert!(data.to_xml().contains("<fields xmlns='urn:xmpp:iot:sensordata' seqnr='3' done='true'>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod flags;
mod inquiry;
mod reader;
mod reading;
mod report;
mod request;
mod schedule;
mod value;

pub use super::iot::{DateTime, Node, NotADateTime, Spelling};
pub use flags::{Kinds, Quality};
pub use inquiry::Inquiry;
pub use reader::{
    AskId, Ended, NotAsked, ReadData, ReadError, Reader, ReaderAction, ReaderConfig, ReaderEvent, ReadoutId,
};
pub use reading::{BadReading, Field, Reading};
pub use report::{News, NodeError, Report};
pub use request::{Ask, Request, Tokens};
pub use schedule::Schedule;
pub use value::{NotANumber, Number, Value};

use super::iot::lexical;
use crate::{
    stanza::{ErrorType, StanzaCondition, StanzaError},
    xml::ElementRef,
};

/// A refusal with the type that XEP-0323 §3.3 gives it, and a description for people.
#[must_use]
pub fn refusal(condition: StanzaCondition, text: impl Into<String>) -> StanzaError {
    let error = StanzaError::new(condition).with_text(text);
    // RFC 6120 lets who lacks a right try again with another identity; here there is no other.
    if condition == StanzaCondition::Forbidden { error.with_type(ErrorType::Cancel) } else { error }
}

/// The number of a read-out, which is a number of 32 bits.
fn seqnr(element: ElementRef<'_>) -> Option<i32> {
    let number = lexical::integer(element.attr("seqnr")?.trim_matches(lexical::SPACE))?;
    i32::try_from(number).ok()
}
