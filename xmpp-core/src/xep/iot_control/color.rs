//! Colors of lamps and displays.

use std::fmt;
use std::str::FromStr;

/// A color: red, green, blue, and perhaps how opaque (XEP-0325 §3.2.10).
///
/// ```
/// use xmpp_core::xep::iot_control::Color;
///
/// let color: Color = "3399FF".parse()?;
/// assert_eq!(color, Color { red: 0x33, green: 0x99, blue: 0xFF, alpha: None });
/// assert_eq!(color.to_string(), "3399FF");
/// assert!("3399F".parse::<Color>().is_err());
/// # Ok::<(), xmpp_core::xep::iot_control::NotAColor>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
    /// Opacity, 0 to 255, if it is given.
    pub alpha: Option<u8>,
}

/// A color is written with six or eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAColor;

impl fmt::Display for NotAColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a color is written with six or eight hexadecimal digits")
    }
}

impl std::error::Error for NotAColor {}

impl FromStr for Color {
    type Err = NotAColor;

    fn from_str(text: &str) -> Result<Self, NotAColor> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAColor);
        }
        let byte = |at: usize| text.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (text.len(), byte(0), byte(2), byte(4)) {
            (6 | 8, Some(red), Some(green), Some(blue)) => Ok(Self { red, green, blue, alpha: byte(6) }),
            _ => Err(NotAColor),
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}{:02X}{:02X}", self.red, self.green, self.blue)?;
        match self.alpha {
            Some(alpha) => write!(f, "{alpha:02X}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IOT-10: six or eight digits.
    #[test]
    fn colors() {
        for good in ["3399FF", "3399ff80"] {
            assert!(good.parse::<Color>().is_ok(), "{good:?}");
        }
        for bad in ["", "3399F", "3399FF8", "3399FG", "#3399FF", "+399FF", "33\u{e9}9F"] {
            assert_eq!(bad.parse::<Color>(), Err(NotAColor), "{bad:?}");
        }
        assert_eq!("3399ff80".parse::<Color>().unwrap().to_string(), "3399FF80");
    }
}
