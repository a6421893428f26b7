//! What is read of files and of standard input, none of it without a bound.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{exit::Failure, signals::unless_interrupted};

/// The content of a file of at most so many bytes, wiped when it is dropped: it can hold passwords or a key.
pub(crate) fn file(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let content = fs::File::open(path).and_then(|file| read(file, most));
    content.map(Zeroizing::new).map_err(|error| Failure::file(path, &error))
}

/// The same as text.
pub(crate) fn text(path: &Path, most: usize) -> Result<Zeroizing<String>, Failure> {
    let bytes = file(path, most)?;
    let text =
        str::from_utf8(&bytes).map_err(|_| Failure::usage(format!("{}: it is not UTF-8", path.display())));
    text.map(|text| Zeroizing::new(text.to_owned()))
}

/// Standard input to its end, at most so many bytes. Ctrl-C ends the waiting.
pub(crate) async fn standard(most: usize) -> Result<Vec<u8>, Failure> {
    let wrong = |error: io::Error| Failure::usage(format!("standard input: {error}"));
    // A thread that reads for ever is no reason to stay: the program does not wait for it.
    let reading = tokio::task::spawn_blocking(move || read(io::stdin(), most));
    unless_interrupted(async { reading.await.map_err(io::Error::from).flatten().map_err(wrong) }).await
}

fn read(source: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}
