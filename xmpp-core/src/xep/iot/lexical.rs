//! The lexical forms of XML Schema part 2 that settings and readings are written in, and no others.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while_m_n},
    character::complete::{char, digit0, digit1, one_of},
    combinator::{all_consuming, opt, recognize, verify},
};

/// The white space that does not count around values of most types.
pub(crate) const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number that 64 bits hold.
pub(crate) fn integer(text: &str) -> Option<i64> {
    all_consuming((sign, digit1)).parse_complete(text).ok().and_then(|_| text.parse().ok())
}

/// A decimal number with or without exponent, `INF`, `-INF` or `NaN`.
pub(crate) fn double(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => decimal(text),
    }
}

/// A decimal number with or without exponent. What is too large for 64 bits is none: infinity was not meant.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let mantissa = alt((recognize((digit1, opt((char('.'), digit0)))), recognize((char('.'), digit1))));
    all_consuming((sign, mantissa, opt((one_of("eE"), sign, digit1)))).parse_complete(text).ok()?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A day of the calendar, as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Date<'a> {
    pub(crate) before_christ: bool,
    /// At least four digits.
    pub(crate) year: &'a str,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

/// A time of day, as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Time<'a> {
    /// 24 at the end of a day.
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    /// The digits behind the point.
    pub(crate) fraction: &'a str,
}

pub(crate) fn is_date(text: &str) -> bool {
    all_consuming((date, zone)).parse_complete(text).is_ok()
}

pub(crate) fn is_time(text: &str) -> bool {
    all_consuming((time, zone)).parse_complete(text).is_ok()
}

pub(crate) fn is_date_time(text: &str) -> bool {
    all_consuming((date, char('T'), time, zone)).parse_complete(text).is_ok()
}

/// A date, a time if there is one, and how far east of UTC in minutes it was taken, if that is told.
pub(crate) fn moment(text: &str) -> Option<(Date<'_>, Option<Time<'_>>, Option<i16>)> {
    let (_, (date, time, zone)) =
        all_consuming((date, opt((char('T'), time)), zone)).parse_complete(text).ok()?;
    Some((date, time.map(|(_, time)| time), zone))
}

/// `P`, then years, months and days, then `T` and hours, minutes and seconds; at least one of each that is begun.
pub(crate) fn is_duration(text: &str) -> bool {
    fn part(unit: char) -> impl FnMut(&str) -> IResult<&str, Option<&str>> {
        move |input| opt(recognize((digit1, char(unit)))).parse_complete(input)
    }
    let clock = (
        char('T'),
        verify(
            recognize((part('H'), part('M'), opt(recognize((digit1, opt((char('.'), digit1)), char('S')))))),
            |parts: &str| !parts.is_empty(),
        ),
    );
    let parts = recognize((part('Y'), part('M'), part('D'), opt(clock)));
    all_consuming((opt(char('-')), char('P'), verify(parts, |parts: &str| !parts.is_empty())))
        .parse_complete(text)
        .is_ok()
}

fn sign(input: &str) -> IResult<&str, Option<char>> {
    opt(one_of("+-")).parse_complete(input)
}

/// Two digits of at most this value.
fn two(most: u8) -> impl FnMut(&str) -> IResult<&str, u8> {
    move |input| {
        take_while_m_n(2, 2, |c: char| c.is_ascii_digit())
            .map_res(|digits: &str| digits.parse::<u8>())
            .map_opt(|number| (number <= most).then_some(number))
            .parse_complete(input)
    }
}

fn date(input: &str) -> IResult<&str, Date<'_>> {
    let (input, minus) = opt(char('-')).parse_complete(input)?;
    let (input, year) = verify(digit1, |year: &str| year.len() >= 4).parse_complete(input)?;
    let (input, (_, month, _)) =
        (char('-'), verify(two(12), |month| *month > 0), char('-')).parse_complete(input)?;
    // Only the last two digits, and whether the century divides, decide; 400 years repeat the calendar.
    let last =
        year.bytes().rev().take(4).zip([1, 10, 100, 1000]).map(|(d, n)| u32::from(d - b'0') * n).sum::<u32>();
    let leap = last % 4 == 0 && (last % 100 != 0 || last % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let (input, day) = verify(two(days), |day| *day > 0).parse_complete(input)?;
    Ok((input, Date { before_christ: minus.is_some(), year, month, day }))
}

fn time(input: &str) -> IResult<&str, Time<'_>> {
    let (rest, (hour, _, minute, _, second, digits)) = alt((
        (two(23), char(':'), two(59), char(':'), two(59), opt((char('.'), digit1))),
        // The end of a day.
        (
            tag("24").map(|_| 24),
            char(':'),
            tag("00").map(|_| 0),
            char(':'),
            tag("00").map(|_| 0),
            opt((char('.'), verify(digit1, zeros))),
        ),
    ))
    .parse_complete(input)?;
    Ok((rest, Time { hour, minute, second, fraction: digits.map_or("", |(_, digits)| digits) }))
}

fn zeros(digits: &str) -> bool {
    digits.bytes().all(|digit| digit == b'0')
}

/// `Z`, an offset of at most 14 hours, or nothing; in minutes east of UTC.
fn zone(input: &str) -> IResult<&str, Option<i16>> {
    let clock =
        alt(((two(13), char(':'), two(59)), (tag("14").map(|_| 14), char(':'), tag("00").map(|_| 0))));
    let offset = (one_of("+-"), clock).map(|(sign, (hours, _, minutes))| {
        let minutes = i16::from(hours) * 60 + i16::from(minutes);
        if sign == '-' { -minutes } else { minutes }
    });
    opt(alt((char('Z').map(|_| 0), offset))).parse_complete(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accepts: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(accepts(text), "{text:?}");
        }
        for text in bad {
            assert!(!accepts(text), "{text:?}");
        }
    }

    /// IOT-10: numbers as XML Schema has them, not as Rust does.
    #[test]
    fn numbers() {
        check(
            |text| integer(text).is_some(),
            &["0", "-1", "+7", "007", "9223372036854775807", "-9223372036854775808"],
            &["", "+", "1.0", "0x1", "1_0", "9223372036854775808", " 1"],
        );
        check(
            |text| double(text).is_some(),
            &["0", "21.5", "-.5", "5.", "1e3", "1E-3", "+1.5e+2", "INF", "-INF", "NaN"],
            &["", ".", "e3", "1e", "inf", "nan", "infinity", "+INF", "1e999", "0x1", "1,5"],
        );
        assert_eq!(double("-1.25e2"), Some(-125.0));
        assert_eq!(decimal("NaN"), None);
    }

    /// IOT-10: dates that exist.
    #[test]
    fn dates() {
        check(
            is_date,
            &[
                "2013-05-01",
                "2024-02-29",
                "2000-02-29",
                "12000-02-29",
                "-0044-03-15",
                "2013-05-01Z",
                "2013-05-01+14:00",
            ],
            &[
                "2013-5-1",
                "2023-02-29",
                "1900-02-29",
                "2013-13-01",
                "2013-00-01",
                "2013-04-31",
                "2013-01-00",
                "13-01-01",
            ],
        );
        check(
            is_time,
            &["08:00:00", "23:59:59.999", "24:00:00", "24:00:00.0", "00:00:00-13:59", "08:00:00Z"],
            &[
                "8:00:00",
                "24:00:01",
                "24:00:00.1",
                "23:60:00",
                "23:59:60",
                "08:00",
                "08:00:00.",
                "08:00:00+15:00",
            ],
        );
        check(
            is_date_time,
            &["2013-04-02T08:00:00", "2013-04-02T08:00:00.5Z"],
            &["2013-04-02 08:00:00", "2013-04-02", "2013-04-02T", "2013-04-02t08:00:00"],
        );
    }

    /// IOT-10
    #[test]
    fn durations() {
        check(
            is_duration,
            &["PT3M30S", "P1Y", "-P1D", "P1Y2M3DT4H5M6.7S", "PT0.5S"],
            &["", "P", "PT", "P1YT", "1Y", "P1S", "P1M1Y", "PT1.5M", "P-1Y"],
        );
    }
}
