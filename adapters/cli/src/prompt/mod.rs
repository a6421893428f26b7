//! Lines from a person at a terminal, or from a pipe.

mod helper;
mod history;
mod pipe;
mod terminal;

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use crate::{Stage, exit::Failure};
use terminal::Terminal;

/// What a prompt needs to know.
pub(crate) struct Options {
    /// What the file of the history is named after; `None`: none is kept.
    pub(crate) history: Option<&'static str>,
    /// What can be completed.
    pub(crate) words: Words,
    /// Whether Enter begins another line instead of ending the input.
    pub(crate) goes_on: fn(&str) -> bool,
    /// For programs: no prompt, whatever standard input is.
    pub(crate) plain: bool,
}

/// Where the lines of a command come from.
///
/// While a prompt is on the screen, what the [`Stage`] tells is printed above it. The terminal is left as it was found when
/// this is dropped.
pub(crate) struct Prompt {
    lines: mpsc::Receiver<Result<String, Failure>>,
    terminal: Option<Terminal>,
    person: bool,
}

/// The room that a prompt has before it, which becomes the time when a line is done.
pub(crate) const NO_TIME_YET: &str = "      ";

impl Prompt {
    pub(crate) fn open(options: Options, stage: &Stage) -> Self {
        let person = io::stdin().is_terminal();
        let (send, lines) = mpsc::channel(1);
        // A terminal that cannot be written as a screen is as good as a pipe.
        let terminal = if person && !options.plain && io::stdout().is_terminal() {
            Terminal::open(options, stage, send.clone())
        } else {
            None
        };
        if terminal.is_none() {
            pipe::read(send);
        }
        Self { lines, terminal, person }
    }

    /// Whether somebody types. Otherwise a program or a file has prepared everything.
    pub(crate) fn is_person(&self) -> bool {
        self.person
    }

    /// Whether there is a screen with a prompt on it.
    pub(crate) fn is_screen(&self) -> bool {
        self.terminal.is_some()
    }

    /// Asks for the next line. At a terminal nothing is read before.
    pub(crate) fn ask(&mut self, prompt: &str) {
        if let Some(terminal) = &mut self.terminal {
            terminal.ask(prompt);
        }
    }

    /// The next line that was asked for, without its end; `None` when there is none any more: Ctrl-C, Ctrl-D, the end of the
    /// file. Cancel safe.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Failure> {
        let line = self.lines.recv().await.transpose();
        if let Some(terminal) = &mut self.terminal {
            terminal.answered();
        }
        line
    }
}

/// What can be completed: commands, and addresses that were heard of.
#[derive(Clone)]
pub(crate) struct Words {
    commands: &'static [&'static str],
    addresses: Arc<Mutex<BTreeSet<String>>>,
}

/// Of more addresses nothing is remembered.
const ADDRESSES: usize = 1000;

impl Words {
    /// `commands`: with their slashes.
    pub(crate) fn new(commands: &'static [&'static str]) -> Self {
        Self { commands, addresses: Arc::default() }
    }

    /// What could command the terminal when it is completed is no address.
    pub(crate) fn know(&self, address: &str) {
        if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return;
        }
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() < ADDRESSES {
            addresses.insert(address.to_owned());
        }
    }

    /// Where the word begins that ends at `at`, and what it can become. Commands come first in a line; addresses behind them.
    fn complete(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let typed = line.get(..at).unwrap_or(line);
        if !typed.starts_with('/') {
            return (at, Vec::new());
        }
        let begin = typed.rfind(' ').map_or(0, |space| space + 1);
        let word = typed.get(begin..).unwrap_or_default();
        let mut found: Vec<String> = if begin == 0 {
            self.commands.iter().map(|&command| command.to_owned()).collect()
        } else {
            let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
            addresses.iter().cloned().collect()
        };
        found.retain(|candidate| candidate.starts_with(word));
        if let [only] = &mut *found {
            only.push(' ');
        }
        (begin, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_addresses_are_completed() {
        let words = Words::new(&["/who", "/status", "/subscribe"]);
        words.know("romeo@example.net");
        words.know("rosaline@example.net");
        words.know("rogue@example.net/\u{9b}2J");
        let complete = |line: &str| words.complete(line, line.len());
        assert_eq!(complete("/w"), (0, vec!["/who ".to_owned()]));
        assert_eq!(complete("/s").1, ["/status", "/subscribe"]);
        assert_eq!(complete("/to ros"), (4, vec!["rosaline@example.net ".to_owned()]));
        assert_eq!(complete("/to ro").1.len(), 2);
        assert_eq!(complete("ro").1.len(), 0, "a message is not completed");
        assert_eq!(words.complete("/to ros and", 7).1.len(), 1, "up to the cursor");
        for number in 0..2 * ADDRESSES {
            words.know(&format!("{number}@example.net"));
        }
        assert_eq!(complete("/to ").1.len(), ADDRESSES);
    }
}
