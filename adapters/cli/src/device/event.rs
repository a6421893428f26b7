//! What happens to a device, told to people and to whoever waits for it.

use std::fmt;

use xmpp_core::jid::Jid;

/// What happened to a device, for its log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DeviceEvent {
    /// It let somebody see its presence.
    Subscribed { from: Jid },
    /// It was told something and answered.
    Told { from: Jid, text: String },
    /// It answered a call, with so many failures counted.
    Answered { from: Option<Jid>, verb: String, faults: u32 },
    /// It answered a call with a SOAP fault, or refused it.
    Refused { from: Option<Jid>, why: String },
    /// It took settings, or why it did not.
    Controlled { from: Option<Jid>, outcome: Result<String, String> },
    /// It gave its values to somebody who reads it, or why it did not.
    Read { from: Option<Jid>, outcome: Result<String, String> },
    /// It will give them at the time that somebody named.
    ReadLater { from: Option<Jid> },
    /// It will not, because whoever asked for it does not want it any more.
    ReadCancelled { from: Option<Jid> },
    /// It reports a bound point to another device.
    Reports { to: Jid, point: &'static str, value: String },
    /// The other device answered a report, or why not.
    Reported { to: Jid, point: &'static str, outcome: Result<(), String> },
}

/// As what the device does.
impl fmt::Display for DeviceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom =
            |from: &Option<Jid>| from.as_ref().map_or_else(|| "its own account".to_owned(), Jid::to_string);
        match self {
            Self::Subscribed { from } => write!(f, "lets {from} see its presence"),
            Self::Told { from, text } => write!(f, "hears {text:?} from {from} and answers"),
            Self::Answered { from, verb, faults: 0 } => write!(f, "answers {verb} of {}", whom(from)),
            Self::Answered { from, verb, faults } => {
                write!(f, "answers {verb} of {}, failures: {faults}", whom(from))
            }
            Self::Refused { from, why } => write!(f, "refuses a call of {}: {why}", whom(from)),
            Self::Controlled { from, outcome: Ok(settings) } => {
                write!(f, "sets {settings} for {}", whom(from))
            }
            Self::Controlled { from, outcome: Err(why) } => {
                write!(f, "refuses the settings of {}: {why}", whom(from))
            }
            Self::Read { from, outcome: Ok(values) } => write!(f, "tells {} {values}", whom(from)),
            Self::Read { from, outcome: Err(why) } => {
                write!(f, "refuses the reading of {}: {why}", whom(from))
            }
            Self::ReadLater { from } => write!(f, "will tell its values to {} later", whom(from)),
            Self::ReadCancelled { from } => write!(f, "will not tell its values to {}", whom(from)),
            Self::Reports { to, point, value } => write!(f, "writes {value}, the value of {point}, to {to}"),
            Self::Reported { to, outcome: Ok(()), .. } => write!(f, "is told by {to} that it was written"),
            Self::Reported { to, outcome: Err(why), .. } => write!(f, "could not write to {to}: {why}"),
        }
    }
}
