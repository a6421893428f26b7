//! How devices write the time, in UTC.

use xmpp_core::time::Timestamp;

const DAYS: [&str; 7] = ["THU", "FRI", "SAT", "SUN", "MON", "TUE", "WED"];
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// `2026-04-04T12:57:41.310Z`
pub(crate) fn stamp(time: Timestamp) -> String {
    let parts = Parts::of(time);
    format!("{}.{:03}Z", parts.seconds(), parts.millis)
}

/// `2026-04-04T12:57:41`: the device's own clock, without zone.
pub(crate) fn local(time: Timestamp) -> String {
    Parts::of(time).seconds()
}

/// `SAT APR 04 12:57:41 2026`
pub(crate) fn words(time: Timestamp) -> String {
    let Parts { weekday, year, month, day, hour, minute, second, .. } = Parts::of(time);
    format!("{weekday} {} {day:02} {hour:02}:{minute:02}:{second:02} {year:04}", MONTHS[month - 1])
}

struct Parts {
    weekday: &'static str,
    year: i64,
    /// 1 to 12.
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millis: i64,
}

impl Parts {
    fn of(time: Timestamp) -> Self {
        let millis = time.unix_micros().div_euclid(1000);
        let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = date(days);
        Self {
            // The remainder of a division by 7 is an index into 7 names.
            weekday: DAYS[usize::try_from(days.rem_euclid(7)).unwrap_or_default()],
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millis: rest % 1000,
        }
    }

    fn seconds(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Year, month (1 to 12) and day of a day counted from 1970-01-01, by the rules of the Gregorian calendar.
fn date(mut days: i64) -> (i64, usize, i64) {
    // In steps of 400 years, which have the same number of days each, then of single years and months.
    let mut year = 1970 + 400 * days.div_euclid(146_097);
    days = days.rem_euclid(146_097);
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let february = 28 + i64::from(leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000 + 310_000)
    }

    #[test]
    fn dates_across_leap_days_and_centuries() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.310Z"),
            (951_782_399, "2000-02-28T23:59:59.310Z"),
            (951_782_400, "2000-02-29T00:00:00.310Z"),
            (951_868_800, "2000-03-01T00:00:00.310Z"),
            (1_207_313_861, "2008-04-04T12:57:41.310Z"),
            (1_735_689_599, "2024-12-31T23:59:59.310Z"),
            (4_107_542_400, "2100-03-01T00:00:00.310Z"),
            (-1, "1969-12-31T23:59:59.310Z"),
        ] {
            assert_eq!(stamp(at(seconds)), expected);
        }
    }

    #[test]
    fn other_forms() {
        assert_eq!(local(at(1_207_313_861)), "2008-04-04T12:57:41");
        assert_eq!(words(at(1_207_313_861)), "FRI APR 04 12:57:41 2008");
        assert_eq!(words(at(1_703_980_799)), "SAT DEC 30 23:59:59 2023");
    }
}
