//! What the program prints.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tokio::sync::watch;
use xmpp_core::{Direction, Item};

/// Prints lines. Clones print to the same place, in the order in which they were told.
///
/// A thread of its own writes: a reader that takes its time, such as a pager, must not hold up what the program does.
/// When nobody reads any more, nothing more is printed, and the program goes on: its exit code still tells. What would go
/// on for ever ends then, see [`unread`](Self::unread).
#[derive(Clone)]
pub(crate) struct Tell {
    writer: mpsc::Sender<Told>,
    /// How many lines were told, those that are not printed yet included.
    told: Arc<AtomicU64>,
    printed: watch::Receiver<Printed>,
    verbose: bool,
}

/// Prints one line, and sees to its end, in a way of its own.
pub(crate) type Printer = Box<dyn FnMut(String) -> io::Result<()> + Send>;

#[derive(Clone, Copy, Default)]
struct Printed {
    lines: u64,
    /// Nothing more can be printed.
    broken: bool,
}

enum Told {
    Line(String),
    /// What comes now is printed by this, or as before.
    Through(Option<Printer>),
    /// Everything before was written, or this is why not.
    Finish(mpsc::Sender<Option<io::Error>>),
    /// Everything before was dealt with.
    Settle(mpsc::Sender<()>),
}

/// Writes until nobody can tell anything more.
fn write(mut sink: impl Write, told: &mpsc::Receiver<Told>, printed: &watch::Sender<Printed>) {
    let mut failed = None;
    let mut printer: Option<Printer> = None;
    for told in told {
        match told {
            Told::Line(line) => {
                if failed.is_none() {
                    let outcome = match &mut printer {
                        Some(print) => print(line),
                        None => writeln!(sink, "{line}").and_then(|()| sink.flush()),
                    };
                    failed = outcome.err();
                }
                printed.send_modify(|printed| {
                    printed.lines += 1;
                    printed.broken |= failed.is_some();
                });
            }
            Told::Through(other) => printer = other,
            Told::Finish(done) => {
                // Whoever asked may be gone.
                let _ = done.send(failed.take());
            }
            Told::Settle(done) => {
                let _ = done.send(());
            }
        }
    }
}

/// The underlines of a table's titles are not longer than this, whatever stands below.
const UNDERLINE: usize = 50;

impl Tell {
    pub(crate) fn new(sink: impl Write + Send + 'static, verbose: bool) -> Self {
        let (writer, told) = mpsc::channel();
        let (print, printed) = watch::channel(Printed::default());
        thread::spawn(move || write(sink, &told, &print));
        Self { writer, told: Arc::default(), printed, verbose }
    }

    /// Some text, and the end of a line.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        self.data(harmless(&text.to_string()));
    }

    /// Text for other programs as well as for people, and the end of a line. It comes through unchanged: whoever makes
    /// it sees to it that it holds no control characters, as JSON and CSV writers here do, or none but our own colours.
    pub(crate) fn data(&self, text: impl fmt::Display) {
        self.told.fetch_add(1, Ordering::Relaxed);
        // The writer lives as long as somebody can tell it something.
        let _ = self.writer.send(Told::Line(text.to_string()));
    }

    /// What is told from now on is printed by `printer`, or as at first.
    pub(crate) fn through(&self, printer: Option<Printer>) {
        let _ = self.writer.send(Told::Through(printer));
    }

    /// How many lines were told and are not printed yet.
    pub(crate) fn behind(&self) -> u64 {
        self.told.load(Ordering::Relaxed).saturating_sub(self.printed.borrow().lines)
    }

    /// Waits until no more than so many lines are to be printed. Who goes on telling for hours waits here, so that a reader
    /// who takes nothing holds it up in the end.
    pub(crate) async fn behind_no_more_than(&self, lines: u64) {
        // Without a writer nothing is waited for.
        let _ = self
            .printed
            .clone()
            .wait_for(|printed| self.told.load(Ordering::Relaxed).saturating_sub(printed.lines) <= lines)
            .await;
    }

    /// Waits until it is known that nobody reads any more.
    pub(crate) async fn unread(&self) {
        let _ = self.printed.clone().wait_for(|printed| printed.broken).await;
    }

    /// Waits until everything was printed that was told before, but not for ever.
    pub(crate) fn settle(&self, patience: Duration) {
        let (done, settled) = mpsc::channel();
        let _ = self.writer.send(Told::Settle(done));
        let _ = settled.recv_timeout(patience);
    }

    /// One line of JSON. Characters by which a terminal could be commanded are escaped, as JSON allows of any.
    pub(crate) fn json(&self, value: &serde_json::Value) {
        use fmt::Write as _;
        let mut text = String::new();
        for c in value.to_string().chars() {
            // All of them are of four hexadecimal digits.
            if commands(c) {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            } else {
                text.push(c);
            }
        }
        self.data(text);
    }

    /// XML. Characters by which a terminal could be commanded become references, which mean the same.
    pub(crate) fn xml(&self, xml: &str) {
        self.data(references(xml));
    }

    /// Waits until everything was written. Whether it was, or could have been if only somebody had wanted to read it.
    pub(crate) fn finish(&self) -> Result<(), String> {
        let (done, outcome) = mpsc::channel();
        let _ = self.writer.send(Told::Finish(done));
        match outcome.recv() {
            Ok(Some(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
            _ => Ok(()),
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

    /// Rows in columns under titles, below a step of the demo.
    pub(crate) fn table<const N: usize>(&self, titles: [&str; N], rows: &[[String; N]]) {
        self.indented(17, titles, rows);
    }

    /// Rows in columns under titles.
    pub(crate) fn columns<const N: usize>(&self, titles: [&str; N], rows: &[[String; N]]) {
        self.indented(0, titles, rows);
    }

    fn indented<const N: usize>(&self, indent: usize, titles: [&str; N], rows: &[[String; N]]) {
        let mut widths = titles.map(|title| title.chars().count());
        // What a peer says stays in its cell.
        let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| unbroken(cell))).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        self.row(indent, &titles, widths);
        self.row(indent, &widths.map(|width| "-".repeat(width.min(UNDERLINE))), widths);
        for row in &rows {
            self.row(indent, row, widths);
        }
    }

    fn row<const N: usize>(&self, indent: usize, cells: &[impl AsRef<str>; N], widths: [usize; N]) {
        let mut line = " ".repeat(indent);
        for (place, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let cell = cell.as_ref();
            if place > 0 {
                line += "   ";
            }
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
                tell.line(xml_lines(who, direction, item));
            }
        }
    }
}

/// What is said when the output could not be written, and somebody may have wanted it.
pub(crate) fn unwritten(error: &io::Error) -> String {
    format!("standard output takes nothing more: {error}")
}

/// An item as XML, its secrets masked, under a line that says which way it went.
pub(crate) fn xml_lines(who: &str, direction: Direction, item: &Item) -> String {
    let arrow = match direction {
        Direction::In => "<-",
        Direction::Out => "->",
    };
    let mut text = format!("      {who} {arrow} server");
    for line in item.to_string().lines() {
        text += "\n      | ";
        text += line;
    }
    text
}

/// XML in which the characters by which a peer could command a terminal are references. Tabs and ends of lines stay; a
/// carriage return, which means the end of a line too (XML 1.0 §2.11), becomes one.
pub(crate) fn references(xml: &str) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(xml.len());
    let mut rest = xml.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => text.push('\n'),
            '\t' | '\n' => text.push(c),
            c if commands(c) => {
                let _ = write!(text, "&#x{:x};", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text
}

/// Without the characters by which a peer could command a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if commands(c) && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Control characters, and those that reorder or break what stands on a line (line and paragraph separators, embeddings,
/// overrides and isolates of the bidirectional algorithm).
fn commands(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same on one line, its spaces kept.
pub(crate) fn unbroken(text: &str) -> String {
    harmless(&text.replace(['\n', '\r', '\t'], " "))
}

/// The same as words with one space between them.
pub(crate) fn one_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

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

    pub(crate) fn printed(act: impl FnOnce(&Tell)) -> String {
        let page = Page::default();
        let tell = Tell::new(page.clone(), true);
        act(&tell);
        tell.finish().unwrap();
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_characters() {
        let text = printed(|tell| {
            tell.table(["Name", "V"], &[["Temperature °C".into(), "1".into()], ["x".into(), "22".into()]]);
        });
        let expected = "Name             V\n--------------   --\nTemperature °C   1\nx                22\n";
        let found: Vec<&str> = text.lines().map(|line| line.strip_prefix(&" ".repeat(17)).unwrap()).collect();
        assert_eq!(found, expected.lines().collect::<Vec<_>>());
    }

    /// What a peer says cannot move the cursor, clear the screen or begin a line of its own.
    #[test]
    fn peers_do_not_command_the_terminal() {
        assert_eq!(printed(|tell| tell.line("a\u{1b}[2Jb\u{9b}c\rd")), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\n");
        assert_eq!(printed(|tell| tell.line("a\u{202e}b\u{2028}")), "a\u{fffd}b\u{fffd}\n");
        assert_eq!(one_line("a\n  b\tc\u{7}"), "a b c\u{fffd}");
        let cells = printed(|tell| tell.columns(["A", "B"], &[["1\n2".into(), "3".into()]]));
        assert_eq!(cells, "A     B\n---   -\n1 2   3\n");
    }

    #[test]
    fn data_keeps_its_meaning() {
        let json = serde_json::json!({ "a": "b\u{9b}2J\u{7f}°" });
        assert_eq!(printed(|tell| tell.json(&json)), "{\"a\":\"b\\u009b2J\\u007f°\"}\n");
        assert_eq!(printed(|tell| tell.xml("<a>\u{9b}\u{85}°\n\tx</a>")), "<a>&#x9b;&#x85;°\n\tx</a>\n");
        assert_eq!(printed(|tell| tell.xml("a\r\nb\rc\u{202e}")), "a\nb\nc&#x202e;\n");
    }

    #[test]
    fn a_closed_pipe_ends_the_printing_and_nothing_else() {
        struct Broken(io::ErrorKind);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let finish = |kind| {
            let tell = Tell::new(Broken(kind), false);
            tell.line("nobody hears this");
            tell.line("nor this");
            tell.finish()
        };
        assert_eq!(finish(io::ErrorKind::BrokenPipe), Ok(()));
        let why = finish(io::ErrorKind::StorageFull).unwrap_err();
        assert!(why.starts_with("standard output takes nothing more: "), "{why}");
    }

    /// Takes one write for each message; gone when nobody can send any more.
    struct Slow(mpsc::Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A reader that takes its time holds up nobody who tells something.
    #[test]
    fn a_slow_reader_holds_up_nobody() {
        let (read, reader) = mpsc::channel();
        let tell = Tell::new(Slow(reader), false);
        for _ in 0..10_000 {
            tell.line("x".repeat(100));
        }
        drop(read);
        assert_eq!(tell.finish(), Ok(()));
    }

    /// Who tells for hours learns that nobody reads any more, and how far the reader is behind.
    #[tokio::test]
    async fn readers_that_are_slow_or_gone_are_known() {
        let (read, reader) = mpsc::channel();
        let tell = Tell::new(Slow(reader), false);
        for _ in 0..10 {
            tell.line("x");
        }
        assert_eq!(tell.behind(), 10);
        // The line and its end are written one after the other.
        for _ in 0..10 {
            read.send(()).unwrap();
        }
        tell.behind_no_more_than(5).await;
        assert_eq!(tell.behind(), 5);
        drop(read);
        tell.unread().await;
        tell.behind_no_more_than(0).await;
    }

    /// While a prompt is on the screen, lines go around it; their order stays.
    #[test]
    fn lines_can_take_another_way_for_a_while() {
        let other = Page::default();
        let text = printed(|tell| {
            tell.line("1");
            let mut page = other.clone();
            tell.through(Some(Box::new(move |line| writeln!(page, "> {line}"))));
            tell.line("2");
            tell.settle(Duration::from_secs(10));
            assert_eq!(*other.0.lock().unwrap(), b"> 2\n");
            tell.through(None);
            tell.line("3");
        });
        assert_eq!(text, "1\n3\n");
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
