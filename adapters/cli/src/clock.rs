//! The only place of this program that reads a clock.
#![expect(clippy::disallowed_methods, reason = "the machines are told the time, and this is who tells it")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::{ZonedDateTime, tz::TimeZone};
use xmpp_core::time::Timestamp;

pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall clock. One that stands before 1970 or beyond the year 290,000 counts as 1970.
pub(crate) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or_default())
}

/// A moment on the clocks of this place; where the place is not known, of Greenwich.
pub(crate) fn local(at: Timestamp) -> ZonedDateTime {
    utc(at).to_zoned_datetime(TimeZone::system())
}

/// A moment as the calendar has it.
pub(crate) fn utc(at: Timestamp) -> jiff::Timestamp {
    // One that no calendar has is not on any clock either.
    jiff::Timestamp::from_microsecond(at.unix_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
