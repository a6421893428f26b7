//! Selectors: the small part of `XPath` by which calls choose items (`xSelect`).

use super::points::Point;

/// A selector such as `//Item[@xsi:type="LON_Dp_Cfg"][starts-with(UCPTname,"Net/LON")][position()<10]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Kind(String),
    StartsWith(String),
    Contains(String),
    PositionBelow(usize),
}

impl Selector {
    /// `None` for what is no selector, or one that asks for more than this device can.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix("//Item")?;
        let mut tests = Vec::new();
        while !rest.is_empty() {
            let (test, behind) = test(rest.strip_prefix('[')?)?;
            tests.push(test);
            rest = behind.strip_prefix(']')?.trim_start();
        }
        Some(Self { tests })
    }

    /// The points that pass every test, in their order.
    pub(crate) fn choose<'a>(&self, points: impl Iterator<Item = &'a Point>) -> Vec<&'a Point> {
        let mut chosen: Vec<&Point> = points.collect();
        // One after the other, as each test of a path counts positions in what the ones before it left.
        for test in &self.tests {
            match test {
                Test::Kind(kind) => chosen.retain(|_| is_kind(kind)),
                Test::StartsWith(start) => chosen.retain(|point| point.name().starts_with(start.as_str())),
                Test::Contains(part) => chosen.retain(|point| point.name().contains(part.as_str())),
                Test::PositionBelow(limit) => chosen.truncate(limit.saturating_sub(1)),
            }
        }
        chosen
    }
}

/// Every point is known under the type of its data, of its configuration and of any configuration.
fn is_kind(kind: &str) -> bool {
    [Point::DATA, Point::CONFIGURATION, "Dp_Cfg"].contains(&kind)
}

/// A test and what follows it.
fn test(text: &str) -> Option<(Test, &str)> {
    let text = text.trim_start();
    let (test, rest) = if let Some(rest) = text.strip_prefix("@xsi:type") {
        let (kind, rest) = quoted(rest.trim_start().strip_prefix('=')?)?;
        (Test::Kind(kind), rest)
    } else if let Some(rest) = text.strip_prefix("starts-with(") {
        let (start, rest) = name_argument(rest)?;
        (Test::StartsWith(start), rest)
    } else if let Some(rest) = text.strip_prefix("contains(") {
        let (part, rest) = name_argument(rest)?;
        (Test::Contains(part), rest)
    } else {
        let rest = text.strip_prefix("position()")?.trim_start().strip_prefix('<')?.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, rest) = rest.split_at(digits);
        (Test::PositionBelow(number.parse().ok()?), rest)
    };
    Some((test, rest.trim_start()))
}

/// The rest of `f(UCPTname,"..")`.
fn name_argument(text: &str) -> Option<(String, &str)> {
    let rest = text.trim_start().strip_prefix("UCPTname")?.trim_start().strip_prefix(',')?;
    let (value, rest) = quoted(rest)?;
    Some((value, rest.trim_start().strip_prefix(')')?))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let (value, rest) = text.strip_prefix(quote)?.split_once(quote)?;
    Some((value.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::super::{OUTPUT_1, OUTPUT_2, points::Points};
    use super::*;
    use xmpp_core::time::Timestamp;

    fn names(selector: &str) -> Option<Vec<&'static str>> {
        let points = Points::example(Timestamp::from_unix_micros(0));
        Some(Selector::parse(selector)?.choose(points.iter()).into_iter().map(Point::name).collect())
    }

    #[test]
    fn chooses_by_name_type_and_position() {
        let outputs = Some(vec![OUTPUT_1, OUTPUT_2]);
        assert_eq!(names(r#"//Item[starts-with(UCPTname,"Net/LON/iLON App/Digital")]"#), outputs);
        assert_eq!(names(r#"//Item[@xsi:type="Dp_Cfg"][ contains( UCPTname , 'Output' ) ]"#), outputs);
        assert_eq!(names("//Item[position()<3]"), outputs);
        assert_eq!(names(r#"//Item[contains(UCPTname,"Output 2")][position() < 2]"#), Some(vec![OUTPUT_2]));
        assert_eq!(names(r#"//Item[@xsi:type="UFPTscheduler_Cfg"]"#), Some(vec![]));
        assert_eq!(names("//Item").map(|all| all.len()), Some(7));
        assert_eq!(names("//Item[position()<0]"), Some(vec![]));
    }

    #[test]
    fn refuses_what_it_cannot() {
        for wrong in [
            "",
            "Item",
            "//Item[",
            "//Item[]",
            "//Item[position()<]",
            "//Item[position()<99999999999999999999999]",
            r#"//Item[starts-with(UCPTname,"a]"#,
            r#"//Item[starts-with(UCPTname,"a")"#,
            r#"//Item[UCPTlastUpdate>"2008-03-17T00:00:00"]"#,
            "//Item or //Thing",
        ] {
            assert_eq!(Selector::parse(wrong), None, "{wrong}");
        }
    }
}
