//! What a [`Reader`](super::Reader) tells.

use std::{error, fmt};

use super::super::{BadReading, NodeError, Reading};
use crate::{
    stanza::StanzaError,
    xml::{BuildError, Element},
};

/// Names a read-out of one [`Reader`](super::Reader).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadoutId(pub(super) i32);

impl ReadoutId {
    /// Its number on the wire.
    pub fn seqnr(self) -> i32 {
        self.0
    }
}

/// Names a request of a [`Reader`](super::Reader), whose outcome it awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AskId {
    pub(super) readout: ReadoutId,
    pub(super) cancels: bool,
}

impl AskId {
    /// The read-out that it is about.
    pub fn readout(self) -> ReadoutId {
        self.readout
    }
}

/// What a [`Reader`](super::Reader) asks for, or tells.
#[derive(Debug)]
pub enum ReaderAction {
    /// Send this request, which has no id yet, and give the outcome to [`Reader::handle_answer`](super::Reader::handle_answer).
    Ask {
        /// Names it.
        ask: AskId,
        /// An `<iq/>` of type get.
        iq: Element,
    },
    /// Something happened.
    Event(ReaderEvent),
}

/// What happens to a read-out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReaderEvent {
    /// The device accepted the request. It may say so late, or never.
    Accepted {
        /// The read-out.
        readout: ReadoutId,
        /// The device will read later.
        queued: bool,
    },
    /// The device begins with what it had queued.
    Started {
        /// The read-out.
        readout: ReadoutId,
    },
    /// The device does not cancel, and may go on.
    NotCancelled {
        /// The read-out.
        readout: ReadoutId,
        /// Why not.
        error: Box<StanzaError>,
    },
    /// A read-out is over: exactly once for each.
    Ended(Ended),
}

/// How a read-out ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The read-out.
    pub readout: ReadoutId,
    /// What had come until then, however it ended.
    pub data: ReadData,
    /// Whether that is all that was asked for; if not, why not.
    pub outcome: Result<(), ReadError>,
}

/// What came of a read-out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadData {
    /// What was asked for, in the order in which it came, each reading once.
    pub readings: Vec<Reading>,
    /// What came in the place of readings and is none.
    pub bad: Vec<BadReading>,
    /// What the device could not read.
    pub errors: Vec<NodeError>,
}

/// Why a read-out is not complete.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReadError {
    /// The device, or a server on the way, refused the request.
    Refused(Box<StanzaError>),
    /// The device could not read all: see [`ReadData::errors`].
    Failed,
    /// The device did not say in time that it is done.
    Timeout,
    /// The device sent more than [`ReaderConfig::bytes`](super::ReaderConfig::bytes).
    TooMuch,
    /// The device cancelled, as it was asked to.
    Cancelled,
    /// The answer to the request breaks the rules of answers. The device is to blame.
    BadAnswer,
    /// The stream was lost for good.
    Disconnected,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the request was refused: {error}"),
            Self::Failed => f.write_str("the device could not read all"),
            Self::Timeout => f.write_str("the device was not done in time"),
            Self::TooMuch => f.write_str("the device sent more than is taken"),
            Self::Cancelled => f.write_str("the read-out was cancelled"),
            Self::BadAnswer => f.write_str("the answer to the request is malformed"),
            Self::Disconnected => f.write_str("the stream was lost before the device was done"),
        }
    }
}

impl error::Error for ReadError {}

/// Why nothing was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAsked {
    /// As many read-outs as allowed are under way.
    TooMany,
    /// The request cannot be written.
    Build(BuildError),
}

impl fmt::Display for NotAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => f.write_str("too many read-outs are under way"),
            Self::Build(error) => error.fmt(f),
        }
    }
}

impl error::Error for NotAsked {}
