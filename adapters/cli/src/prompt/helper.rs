//! What the line editor asks while a line is typed.

use std::{borrow::Cow, cell::Cell};

use rustyline::{
    Context, Helper, Result,
    completion::Completer,
    highlight::{CmdKind, Highlighter},
    hint::Hinter,
    validate::{ValidationContext, ValidationResult, Validator},
};

use super::{NO_TIME_YET, Words};
use crate::{
    clock,
    paint::{Colour, Paint},
};

pub(super) struct Editing {
    pub(super) words: Words,
    pub(super) goes_on: fn(&str) -> bool,
    pub(super) paint: Paint,
    /// The line is done, and drawn for the last time.
    done: Cell<bool>,
}

impl Editing {
    pub(super) fn new(words: Words, goes_on: fn(&str) -> bool, paint: Paint) -> Self {
        Self { words, goes_on, paint, done: Cell::new(false) }
    }
}

impl Helper for Editing {}

impl Completer for Editing {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(self.words.complete(line, at))
    }
}

impl Hinter for Editing {
    type Hint = String;
}

impl Validator for Editing {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        Ok(if (self.goes_on)(context.input()) {
            ValidationResult::Incomplete
        } else {
            // A message, if an empty one, has the line drawn once more: with the time.
            ValidationResult::Valid(Some(String::new()))
        })
    }
}

impl Highlighter for Editing {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let painted = |prompt: &str| Cow::Owned(self.paint.paint(Colour::Cyan, prompt));
        match prompt.strip_prefix(NO_TIME_YET) {
            Some(rest) if self.done.get() => {
                let time = clock::local(clock::wall()).strftime("%H:%M ").to_string();
                Cow::Owned(format!("{time}{}", painted(rest)))
            }
            _ => painted(prompt),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.done.set(kind == CmdKind::ForcedRefresh);
        false
    }
}
