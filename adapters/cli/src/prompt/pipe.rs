//! Lines from a pipe or a file.

use std::{
    io::{self, BufRead, Read},
    thread,
};

use tokio::sync::mpsc;

use crate::exit::Failure;

/// The longest line, in bytes. Servers take less than this.
const LONGEST: u64 = 1 << 20;

/// Reads standard input in a thread of its own, no faster than the lines are taken.
pub(super) fn read(lines: mpsc::Sender<Result<String, Failure>>) {
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(line) = line(&mut input).transpose() {
            let last = line.is_err();
            if lines.blocking_send(line).is_err() || last {
                return;
            }
        }
    });
}

fn line(input: &mut impl BufRead) -> Result<Option<String>, Failure> {
    let wrong = |why: String| Failure::usage(format!("standard input: {why}"));
    let mut line = Vec::new();
    let read = input.take(LONGEST + 1).read_until(b'\n', &mut line);
    if read.map_err(|error| wrong(error.to_string()))? == 0 {
        return Ok(None);
    }
    if line.len() as u64 > LONGEST {
        return Err(wrong("a line is longer than 1 MiB".to_owned()));
    }
    let mut text = String::from_utf8(line).map_err(|_| wrong("a line is not UTF-8".to_owned()))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_their_ends() {
        let mut input = &b"one\r\n\ntwo\r\rthree"[..];
        let mut next = || line(&mut input).unwrap();
        assert_eq!(next().as_deref(), Some("one"));
        assert_eq!(next().as_deref(), Some(""));
        assert_eq!(next().as_deref(), Some("two\r\rthree"), "the last one needs no end");
        assert_eq!(next(), None);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        let long = vec![b'x'; 2 << 20];
        for (input, why) in [(&b"\xff\n"[..], "UTF-8"), (&long, "1 MiB")] {
            let failure = line(&mut &*input).unwrap_err();
            assert!(failure.why.contains(why), "{failure}");
        }
    }
}
