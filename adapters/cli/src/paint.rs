//! Colours: only ours, and only where they are wanted.

use std::{
    env,
    io::{self, IsTerminal},
};

/// What is told apart by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Faint,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

impl Colour {
    /// The parameter of the terminal's command (ECMA-48 §8.3.117).
    fn code(self) -> u8 {
        match self {
            Self::Faint => 2,
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Blue => 34,
            Self::Magenta => 35,
            Self::Cyan => 36,
        }
    }
}

/// Paints, or leaves everything as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    wanted: bool,
}

impl Paint {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self { wanted: false };
    #[cfg(test)]
    pub(crate) const ALWAYS: Self = Self { wanted: true };

    /// For a stream of output: a terminal that knows colours, of somebody who has not set NO_COLOR (to anything).
    pub(crate) fn on(stream: &impl IsTerminal) -> Self {
        let says = |name: &str, unwanted: fn(&str) -> bool| {
            env::var_os(name).is_some_and(|value| unwanted(&value.to_string_lossy()))
        };
        let unwanted = says("NO_COLOR", |value| !value.is_empty()) || says("TERM", |value| value == "dumb");
        Self { wanted: stream.is_terminal() && !unwanted }
    }

    /// For standard output.
    pub(crate) fn stdout() -> Self {
        Self::on(&io::stdout())
    }

    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        if self.wanted && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code())
        } else {
            text.to_owned()
        }
    }
}
