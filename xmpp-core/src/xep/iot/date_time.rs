//! Moments as devices write them, with or without a zone.

use std::cmp::Ordering;
use std::str::FromStr;
use std::sync::Arc;
use std::{error, fmt};

use super::lexical::{self, Date};
use crate::time::Timestamp;

/// How many digits a year may have: then every moment fits into 64 bits of seconds.
const YEAR_DIGITS: usize = 9;

const DAY: i64 = 24 * 60 * 60;

/// A moment, kept as it is written (`xs:dateTime`).
///
/// The time of day is optional (XEP-0323 §5.4); a date alone stands for its midnight. The zone is optional too, and where
/// none is told it is unknown (§6.1): such a moment may be 14 hours earlier or later than it reads.
///
/// ```
/// use std::cmp::Ordering;
/// use xmpp_core::{time::Timestamp, xep::iot_data::DateTime};
///
/// let told: DateTime = "2024-03-01T09:30:00+01:00".parse()?;
/// assert_eq!((told.as_str(), told.offset()), ("2024-03-01T09:30:00+01:00", Some(60)));
/// assert_eq!(told.compare(&"2024-03-01T08:30:00.5Z".parse()?), Some(Ordering::Less));
///
/// let untold: DateTime = "2024-03-01T09:30:00".parse()?;
/// assert_eq!((untold.offset(), untold.compare(&told)), (None, None));
/// assert_eq!(untold.timestamp(60), told.timestamp(0), "where the reader assumes a zone");
///
/// let now = DateTime::from(Timestamp::from_unix_micros(1_709_281_800_250_000));
/// assert_eq!(now.to_string(), "2024-03-01T08:30:00.250Z");
/// # Ok::<(), xmpp_core::xep::iot_data::NotADateTime>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTime(Arc<str>);

/// Neither a date nor a date with a time, as XML Schema writes them with at most nine digits of year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADateTime;

impl DateTime {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How far east of UTC its zone is, in minutes; `None` when that is not told.
    pub fn offset(&self) -> Option<i16> {
        self.parts().offset
    }

    /// Which of two moments is earlier; `None` when that depends on a zone that is not told.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        /// The farthest that a zone is away from UTC, in seconds (XML Schema part 2 §3.2.7.4).
        const FARTHEST: i64 = 14 * 60 * 60;
        let (a, b) = (self.parts(), other.parts());
        let doubt = if a.offset.is_some() == b.offset.is_some() { 0 } else { FARTHEST };
        let by = |a_earlier: i64| (a.utc(0) - a_earlier, a.fraction).cmp(&(b.utc(0), b.fraction));
        let (early, late) = (by(doubt), by(-doubt));
        (early == late).then_some(early)
    }

    /// The moment on a clock of UTC, to the microsecond; where no zone is told, in one `offset` minutes east of UTC.
    ///
    /// `None` when it is farther away than [`Timestamp`] reaches, some 290,000 years.
    pub fn timestamp(&self, offset: i16) -> Option<Timestamp> {
        let parts = self.parts();
        let digits = parts.fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = digits.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let micros = i64::try_from(i128::from(parts.utc(offset)) * 1_000_000 + micros).ok()?;
        Some(Timestamp::from_unix_micros(micros))
    }

    fn parts(&self) -> Parts<'_> {
        // It was checked when it was made.
        Parts::of(&self.0).unwrap_or_default()
    }
}

/// To the millisecond, in UTC.
impl From<Timestamp> for DateTime {
    fn from(time: Timestamp) -> Self {
        let millis = time.unix_micros().div_euclid(1000);
        let (days, rest) = (millis.div_euclid(DAY * 1000), millis.rem_euclid(DAY * 1000));
        let (year, month, day) = date_of(days);
        let sign = if year < 0 { "-" } else { "" };
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        let year = year.unsigned_abs();
        let millis = rest % 1000;
        Self(
            format!("{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
                .into(),
        )
    }
}

impl FromStr for DateTime {
    type Err = NotADateTime;

    fn from_str(text: &str) -> Result<Self, NotADateTime> {
        Parts::of(text).map(|_| Self(text.into())).ok_or(NotADateTime)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotADateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment is written 2024-03-01T08:30:00Z, or without Z, or without the time")
    }
}

impl error::Error for NotADateTime {}

/// What a moment says.
#[derive(Clone, Copy, Debug, Default)]
struct Parts<'a> {
    /// Seconds since 1970-01-01T00:00:00 in its own zone.
    local: i64,
    /// The digits behind the point, without zeros at the end: as text they sort as the numbers do.
    fraction: &'a str,
    offset: Option<i16>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (date, time, offset) = lexical::moment(text)?;
        if date.year.len() > YEAR_DIGITS {
            return None;
        }
        let time = time.unwrap_or_default();
        let [hour, minute, second] = [time.hour, time.minute, time.second].map(i64::from);
        let local = days_of(date) * DAY + hour * 3600 + minute * 60 + second;
        Some(Self { local, fraction: time.fraction.trim_end_matches('0'), offset })
    }

    /// Seconds since 1970-01-01T00:00:00Z; where no zone is told, in one `offset` minutes east of UTC.
    fn utc(self, offset: i16) -> i64 {
        self.local - i64::from(self.offset.unwrap_or(offset)) * 60
    }
}

/// From 0000-03-01 to 1970-01-01: years that begin in March have their odd day at the end.
const EPOCH: i64 = 719_468;
/// The days of 400 years, after which the calendar repeats.
const CYCLE: i64 = 146_097;

/// Days since 1970-01-01.
fn days_of(date: Date<'_>) -> i64 {
    // At most nine digits.
    let year: i64 = date.year.parse().unwrap_or_default();
    let year = if date.before_christ { -year } else { year } - i64::from(date.month <= 2);
    let of_cycle = year.rem_euclid(400);
    let month = (i64::from(date.month) + 9) % 12;
    let of_year = (153 * month + 2) / 5 + i64::from(date.day) - 1;
    year.div_euclid(400) * CYCLE + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - EPOCH
}

/// Year, month and day of a day since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let of_cycle = days.rem_euclid(CYCLE);
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (days.div_euclid(CYCLE) * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    /// IOT-08: whether a zone is told stays told, whatever is written.
    #[test]
    fn zones_are_kept() {
        for (text, offset) in [
            ("2013-03-07T16:24:30", None),
            ("2013-03-07T16:24:30Z", Some(0)),
            ("2013-03-07T16:24:30.125+01:30", Some(90)),
            ("2013-03-07T16:24:30-14:00", Some(-840)),
            ("2013-03-07", None),
            ("2013-03-07Z", Some(0)),
        ] {
            let moment = moment(text);
            assert_eq!((moment.to_string().as_str(), moment.offset()), (text, offset));
        }
        for text in ["", "2013-03-07 16:24:30", "2013-02-29", "16:24:30", "1234567890-01-01", "2013-03-07T"] {
            assert_eq!(text.parse::<DateTime>(), Err(NotADateTime), "{text:?}");
        }
    }

    /// IOT-08: what depends on a zone that nobody told is not decided.
    #[test]
    fn order_where_there_is_one() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, order) in [
            ("2013-03-07T16:00:00Z", "2013-03-07T17:00:00+01:00", Some(Equal)),
            ("2013-03-07T16:00:00Z", "2013-03-07T16:00:00.000Z", Some(Equal)),
            ("2013-03-07T16:00:00.2Z", "2013-03-07T16:00:00.15Z", Some(Greater)),
            ("2013-03-07T24:00:00", "2013-03-08T00:00:00", Some(Equal)),
            ("2013-03-07", "2013-03-07T00:00:01", Some(Less)),
            ("2013-03-07T16:00:00", "2013-03-07T16:00:00Z", None),
            ("2013-03-07T00:00:00", "2013-03-07T14:00:00.1Z", Some(Less)),
            ("2013-03-07T00:00:00", "2013-03-07T14:00:00Z", None),
            ("2013-03-07T14:00:00.1", "2013-03-07T00:00:00Z", Some(Greater)),
            ("-0001-12-31T00:00:00Z", "0000-01-01T00:00:00Z", Some(Less)),
        ] {
            assert_eq!(moment(a).compare(&moment(b)), order, "{a} {b}");
            assert_eq!(moment(b).compare(&moment(a)), order.map(Ordering::reverse), "{b} {a}");
        }
    }

    #[test]
    fn days_of_the_calendar() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-28T23:59:59", 951_782_399),
            ("2000-03-01", 951_868_800),
            ("2100-03-01", 4_107_542_400),
            ("1969-12-31T23:59:59", -1),
        ] {
            assert_eq!(
                moment(text).timestamp(0),
                Some(Timestamp::from_unix_micros(seconds * 1_000_000)),
                "{text}"
            );
        }
        assert_eq!(moment("999999999-01-01").timestamp(0), None);
    }

    proptest! {
        /// What a clock says is written and read back, to the millisecond.
        #[test]
        fn timestamps_survive(micros in any::<i64>()) {
            let written = DateTime::from(Timestamp::from_unix_micros(micros));
            let read: DateTime = written.as_str().parse().unwrap();
            let millis = micros.div_euclid(1000);
            match read.timestamp(0) {
                Some(read) => prop_assert_eq!(read.unix_micros(), millis * 1000),
                // The millisecond began before the first microsecond that 64 bits hold.
                None => prop_assert!(millis.checked_mul(1000).is_none()),
            }
        }
    }
}
