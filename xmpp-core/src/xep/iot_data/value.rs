//! Values of the types that readings have.

use std::borrow::Cow;
use std::str::FromStr;
use std::{error, fmt};

use super::super::iot::lexical;
use super::{DateTime, Spelling};
use crate::xml::{Builder, ElementRef};

/// The value of a field, of one of the types of XEP-0323 §5.4.
///
/// Dates, times and durations are kept as they are written (XML Schema part 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// `boolean`.
    Boolean(bool),
    /// `date`, such as `2013-05-01`.
    Date(String),
    /// `dateTime`.
    DateTime(DateTime),
    /// `duration`, such as `PT3M30S`.
    Duration(String),
    /// `enum`: a word of a type that both sides know.
    Enum {
        /// The word.
        word: String,
        /// The type: `dataType`.
        of: String,
    },
    /// `int`: 32 bits.
    Int(i32),
    /// `long`: 64 bits.
    Long(i64),
    /// `numeric`: a number with its decimals and its unit.
    Numeric {
        /// The number.
        number: Number,
        /// The unit, such as `°C`; empty when it has none.
        unit: String,
    },
    /// `string`.
    String(String),
    /// `time`, such as `08:00:00`.
    Time(String),
}

impl Value {
    /// A number with a unit, which may be empty.
    pub fn numeric(number: Number, unit: impl Into<String>) -> Self {
        Self::Numeric { number, unit: unit.into() }
    }

    /// Reads the value of a field; `None` when the element is no field of a known type.
    pub(super) fn parse(element: ElementRef<'_>) -> Option<Result<Self, &'static str>> {
        let written = element.attr("value");
        let value = written.as_deref().unwrap_or_default();
        // Of these types, only words and strings may begin or end with white space that counts.
        let trimmed = value.trim_matches(lexical::SPACE);
        let kept = |check: fn(&str) -> bool, make: fn(String) -> Self| {
            check(trimmed).then(|| make(trimmed.to_owned()))
        };
        let attr = |name| element.attr(name).map(Cow::into_owned);
        let read = match element.name() {
            "boolean" => lexical::boolean(trimmed).map(Self::Boolean),
            "date" => kept(lexical::is_date, Self::Date),
            "dateTime" => trimmed.parse().ok().map(Self::DateTime),
            "duration" => kept(lexical::is_duration, Self::Duration),
            "enum" => attr("dataType").map(|of| Self::Enum { word: value.to_owned(), of }),
            "int" => lexical::integer(trimmed).and_then(|n| i32::try_from(n).ok()).map(Self::Int),
            "long" => lexical::integer(trimmed).map(Self::Long),
            // The text of the specification says that the unit is optional, its schema says that it is not.
            "numeric" => {
                trimmed.parse().ok().map(|number| Self::numeric(number, attr("unit").unwrap_or_default()))
            }
            "string" => Some(Self::String(value.to_owned())),
            "time" => kept(lexical::is_time, Self::Time),
            _ => return None,
        };
        Some(match written {
            Some(_) => read.ok_or("the value is not of its type"),
            None => Err("the value is missing"),
        })
    }

    /// The name of its element, as the specification has it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Date(_) => "date",
            Self::DateTime(_) => "dateTime",
            Self::Duration(_) => "duration",
            Self::Enum { .. } => "enum",
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Numeric { .. } => "numeric",
            Self::String(_) => "string",
            Self::Time(_) => "time",
        }
    }

    /// The unit, when there is one.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Numeric { unit, .. } if !unit.is_empty() => Some(unit),
            _ => None,
        }
    }

    /// What is sent under a spelling.
    pub(super) fn spelled(&self, spelling: Spelling) -> Cow<'_, Self> {
        let whole = match (spelling, self) {
            (Spelling::Smack, Self::Long(long)) => i32::try_from(*long).ok(),
            (Spelling::Smack, Self::Numeric { number, .. }) => number.whole(),
            _ => None,
        };
        whole.map_or(Cow::Borrowed(self), |whole| Cow::Owned(Self::Int(whole)))
    }

    /// Adds the attributes that are its own to the element that is open.
    pub(super) fn attrs(&self, builder: Builder) -> Builder {
        let builder = builder.attr("value", &self.text());
        match self {
            Self::Enum { of, .. } => builder.attr("dataType", of),
            Self::Numeric { unit, .. } => builder.attr("unit", unit),
            _ => builder,
        }
    }

    /// How many bytes of text it holds.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Boolean(_) | Self::Int(_) | Self::Long(_) => 0,
            Self::DateTime(at) => at.as_str().len(),
            Self::Enum { word, of } => word.len() + of.len(),
            Self::Numeric { number, unit } => number.as_str().len() + unit.len(),
            Self::Date(text) | Self::Duration(text) | Self::String(text) | Self::Time(text) => text.len(),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Boolean(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Long(value) => value.to_string().into(),
            Self::DateTime(at) => at.as_str().into(),
            Self::Numeric { number, .. } => number.as_str().into(),
            Self::Enum { word: text, .. }
            | Self::Date(text)
            | Self::Duration(text)
            | Self::String(text)
            | Self::Time(text) => text.into(),
        }
    }
}

/// As XML Schema writes it; a number with its unit behind it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())?;
        self.unit().map_or(Ok(()), |unit| write!(f, " {unit}"))
    }
}

/// A number, kept as it is written (`xs:double`): 10, 10.0 and 10.00 differ in how exact they are (XEP-0323 §5.4).
///
/// ```
/// use xmpp_core::xep::iot_data::Number;
///
/// let number: Number = "10.00".parse()?;
/// assert_eq!((number.as_str(), number.to_f64(), number.decimals()), ("10.00", 10.0, 2));
/// assert_ne!(number, "10".parse()?);
/// assert!("ten".parse::<Number>().is_err());
/// # Ok::<(), xmpp_core::xep::iot_data::NotANumber>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

/// Neither a decimal number that 64 bits can hold, nor `INF`, `-INF` or `NaN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl Number {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest of 64 bits.
    pub fn to_f64(&self) -> f64 {
        // It was checked when it was made.
        lexical::double(&self.0).unwrap_or(f64::NAN)
    }

    /// How many digits stand behind the point.
    pub fn decimals(&self) -> usize {
        let behind = self.0.split_once('.').map_or("", |(_, behind)| behind);
        behind.bytes().take_while(u8::is_ascii_digit).count()
    }

    /// The same as 32 bits, when nothing is lost.
    fn whole(&self) -> Option<i32> {
        lexical::integer(&self.0).and_then(|number| i32::try_from(number).ok())
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        lexical::double(text).map(|_| Self(text.to_owned())).ok_or(NotANumber)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number is written with digits, perhaps a point and an exponent")
    }
}

impl error::Error for NotANumber {}
