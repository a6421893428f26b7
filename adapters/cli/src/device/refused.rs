//! Why a point is not read or written.

use std::fmt;

use soap_xmpp::smartserver::ItemFault;

/// Why a point is not read or written: one of the numbers that these devices report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PointError {
    /// An item without a name.
    NameMissing,
    /// A name without a functional block of this device.
    NameUnknown,
    /// The block has no such point.
    PointUnknown,
    /// A write without a value.
    ValueMissing,
    /// The point does not take this value.
    Format(String),
    /// Nobody can write it, or somebody with a higher priority has.
    NotSettable(String),
}

impl PointError {
    /// The number of the fault.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::ValueMissing => 4,
            Self::NameMissing => 5,
            Self::NameUnknown => 6,
            Self::NotSettable(_) => 10,
            Self::Format(_) => 11,
            Self::PointUnknown => 14,
        }
    }

    pub(crate) fn to_fault(&self) -> ItemFault {
        ItemFault::new(self.code(), self.to_string())
    }
}

impl fmt::Display for PointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameMissing => f.write_str("The item has no UCPTname"),
            Self::NameUnknown => f.write_str("There is nothing of this name"),
            Self::PointUnknown => f.write_str("The functional block has no such data point"),
            Self::ValueMissing => f.write_str("The item has no UCPTvalue"),
            Self::Format(why) | Self::NotSettable(why) => f.write_str(why),
        }
    }
}
