//! What the program prints.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use xmpp_core::{Direction, Item};

/// Prints lines. Clones print to the same place.
///
/// When nobody reads any more, nothing more is printed, and the program goes on: its exit code still tells.
#[derive(Clone)]
pub(crate) struct Tell {
    out: Arc<Mutex<Option<Box<dyn Write + Send>>>>,
    verbose: bool,
}

impl Tell {
    pub(crate) fn new(out: impl Write + Send + 'static, verbose: bool) -> Self {
        Self { out: Arc::new(Mutex::new(Some(Box::new(out)))), verbose }
    }

    /// Some text, and the end of a line.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        let text = harmless(&text.to_string());
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.as_mut().is_some_and(|out| writeln!(out, "{text}").and_then(|()| out.flush()).is_err()) {
            *out = None;
        }
    }

    /// The next step.
    pub(crate) fn step(&self, number: usize, title: &str) {
        self.line(format_args!("\n{number:>2}. {title}"));
    }

    /// What somebody does.
    pub(crate) fn does(&self, who: &str, what: impl fmt::Display) {
        self.line(format_args!("    {who:<12} {what}"));
    }

    /// Rows in columns, under titles.
    pub(crate) fn table<const N: usize>(&self, titles: [&str; N], rows: &[[String; N]]) {
        let mut widths = titles.map(|title| title.chars().count());
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        self.row(&titles, widths);
        self.row(&widths.map(|width| "-".repeat(width)), widths);
        for row in rows {
            self.row(row, widths);
        }
    }

    fn row<const N: usize>(&self, cells: &[impl AsRef<str>; N], widths: [usize; N]) {
        let mut line = " ".repeat(14);
        for (cell, width) in cells.iter().zip(widths) {
            let cell = cell.as_ref();
            line += "   ";
            line += cell;
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count()));
        }
        self.line(line.trim_end());
    }

    /// What a trace calls: prints XML in both directions if that is wanted.
    pub(crate) fn trace(&self, who: &'static str) -> impl Fn(Direction, &Item) + Send + Sync + use<> {
        let tell = self.clone();
        move |direction, item| {
            if tell.verbose {
                let arrow = match direction {
                    Direction::In => "<-",
                    Direction::Out => "->",
                };
                let mut text = format!("      {who} {arrow} server");
                for line in item.to_string().lines() {
                    text += "\n      | ";
                    text += line;
                }
                tell.line(text);
            }
        }
    }
}

/// Without the characters by which a peer could command a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same without ends of lines.
pub(crate) fn one_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed(act: impl FnOnce(&Tell)) -> String {
        let page = Page::default();
        act(&Tell::new(page.clone(), true));
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_characters() {
        let text = printed(|tell| {
            tell.table(["Name", "V"], &[["Temperature °C".into(), "1".into()], ["x".into(), "22".into()]]);
        });
        let expected = "Name             V\n--------------   --\nTemperature °C   1\nx                22\n";
        let indented: String = expected.lines().map(|line| format!("{}{line}\n", " ".repeat(17))).collect();
        assert_eq!(text, indented);
    }

    /// What a peer says cannot move the cursor, clear the screen or begin a line of its own.
    #[test]
    fn peers_do_not_command_the_terminal() {
        assert_eq!(printed(|tell| tell.line("a\u{1b}[2Jb\u{9b}c\rd")), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\n");
        assert_eq!(one_line("a\n  b\tc\u{7}"), "a b c\u{fffd}");
    }

    #[test]
    fn a_closed_pipe_ends_the_printing_and_nothing_else() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let tell = Tell::new(Closed, false);
        tell.line("nobody hears this");
        assert!(tell.out.lock().unwrap().is_none());
        tell.line("nor this");
    }

    /// Traced elements are printed with their secrets masked.
    #[test]
    fn traces_hide_secrets() {
        let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>";
        let item = Item::Element(auth.parse().unwrap());
        let text = printed(|tell| tell.trace("device 1")(Direction::Out, &item));
        assert!(text.starts_with("      device 1 -> server\n      | <auth"), "{text}");
        assert!(text.contains("***") && !text.contains("AGEAYg"), "{text}");
    }
}
