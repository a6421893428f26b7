//! Settings as people type them: `name1=value1;name2=value2`.

use std::{error, fmt};

use nom::{IResult, Parser, bytes::complete::take_till, character::complete::char, combinator::opt};

use super::{Parameter, Value, lexical};

/// Reads `name1=value1;name2=value2`.
///
/// A value is a whole number (32 bits, or 64 when it does not fit), a decimal number with a point or an exponent, or
/// `true` or `false` in any case. White space around names and values does not count, a semicolon at the end neither.
/// Names and values hold no `=` and no `;`.
///
/// ```
/// use xmpp_core::xep::iot_control::{Parameter, TextProblem, Value, parse_settings};
///
/// assert_eq!(
///     parse_settings("Setpoint = 21.5; Fan=true; Level=3; Count=5000000000")?,
///     [
///         Parameter::new("Setpoint", Value::Double(21.5)),
///         Parameter::new("Fan", Value::Boolean(true)),
///         Parameter::new("Level", Value::Int(3)),
///         Parameter::new("Count", Value::Long(5_000_000_000)),
///     ]
/// );
/// let error = parse_settings("Setpoint=21.5;Fan=on").unwrap_err();
/// assert_eq!((error.problem, error.position), (TextProblem::Value, 18));
/// # Ok::<(), xmpp_core::xep::iot_control::TextError>(())
/// ```
///
/// # Errors
/// [`TextError`] says what is wrong and where.
pub fn parse_settings(text: &str) -> Result<Vec<Parameter>, TextError> {
    let mut parameters = Vec::new();
    let mut rest = text;
    loop {
        let (behind, (raw_name, value)) = setting(rest).map_err(|_| at(text, rest, TextProblem::Setting))?;
        let name = raw_name.trim();
        match value {
            // Nothing, or nothing behind the last semicolon.
            None if name.is_empty() && behind.is_empty() => {
                return if parameters.is_empty() {
                    Err(at(text, rest, TextProblem::Empty))
                } else {
                    Ok(parameters)
                };
            }
            None => return Err(at(text, rest.trim_start(), TextProblem::Setting)),
            Some(_) if name.is_empty() => return Err(at(text, rest, TextProblem::Name)),
            Some(raw) => {
                let value = typed(raw.trim()).map_err(|problem| at(text, raw.trim_start(), problem))?;
                parameters.push(Parameter::new(name, value));
            }
        }
        match behind.chars().next() {
            None => return Ok(parameters),
            Some(';') => rest = behind.get(1..).unwrap_or_default(),
            // A value ends at `;` or at a second `=`.
            Some(_) => return Err(at(text, behind, TextProblem::Value)),
        }
    }
}

/// A name, and behind `=` a value.
fn setting(input: &str) -> IResult<&str, (&str, Option<&str>)> {
    let word = || take_till(|c| c == '=' || c == ';');
    (word(), opt((char('='), word()).map(|(_, value)| value))).parse_complete(input)
}

fn typed(text: &str) -> Result<Value, TextProblem> {
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Ok(Value::Boolean(text.eq_ignore_ascii_case("true")));
    }
    if let Some(number) = lexical::integer(text) {
        return Ok(i32::try_from(number).map_or(Value::Long(number), Value::Int));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // As a decimal number it would lose its last digits in silence.
        return Err(TextProblem::TooLarge);
    }
    lexical::decimal(text).map(Value::Double).ok_or(TextProblem::Value)
}

/// What is wrong at `rest`, which is a part of `text` up to some place.
fn at(text: &str, rest: &str, problem: TextProblem) -> TextError {
    let position = (rest.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len());
    TextError { problem, position }
}

/// What is wrong with settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextProblem {
    /// There are none.
    Empty,
    /// A setting without `=`, or with nothing at all.
    Setting,
    /// A setting without a name.
    Name,
    /// What is no whole number, no decimal number, and neither `true` nor `false`; or a value with a `=` inside.
    Value,
    /// A whole number that 64 bits do not hold.
    TooLarge,
}

/// What is wrong with settings, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    /// What is wrong.
    pub problem: TextProblem,
    /// Where, in bytes from the start; on a character boundary.
    pub position: usize,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match self.problem {
            TextProblem::Empty => "there are no settings",
            TextProblem::Setting => "a setting is written name=value",
            TextProblem::Name => "a setting has no name",
            TextProblem::Value => "the value is no number and neither true nor false",
            TextProblem::TooLarge => "the number does not fit into 64 bits",
        };
        write!(f, "{problem} (byte {})", self.position)
    }
}

impl error::Error for TextError {}
