//! Writes `CONFORMANCE.md` at the root of the workspace: one row a requirement of the specifications, with the tests
//! that show it.
//!
//! Tests name requirements in the comments above them (`/// JID-03, JID-04: ...`, ranges as `BSH-34..38`), in their
//! messages, or in the head of their file. Three tables beside this crate's `Cargo.toml` hold the rest:
//! `requirements.tsv` says what the ids mean, `notes.tsv` what the tests of a requirement leave open, or that they show
//! nothing of it, and `untested.tsv` why a requirement has no test.
//!
//! ```text
//! cargo run -p xmpp-conformance -- --write
//! ```
//!
//! That also takes the rows out of `untested.tsv` whose requirements have tests by now. Without `--write` the program
//! only tells what it would complain about. A test fails while the document is older than the sources.

mod ids;
mod page;
mod report;
mod scan;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use ids::Ids;
pub use report::Report;
pub use scan::{Evidence, Mentions, scan};
pub use tables::{Group, Requirement, TableError, Tables, Untested};

/// What can go wrong before there is a report.
#[derive(Debug)]
pub enum Error {
    /// A file that cannot be read or written.
    Io(PathBuf, io::Error),
    /// A table with an error in it.
    Table(TableError),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Table(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

/// The root of the workspace that this crate was built in.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// Reads the tables and the sources under `root` and compares them.
pub fn report(root: &Path) -> Result<Report, Error> {
    let own = root.join("testing").join("conformance");
    let table = |name: &str| read(&own.join(name));
    let tables = Tables::parse(&table("requirements.tsv")?, &table("notes.tsv")?, &table("untested.tsv")?)?;
    let ids = tables.ids();
    let mut files = Vec::new();
    // The examples in this crate's own sources are evidence of nothing.
    collect(root, &own, &mut files)?;
    files.sort();
    let mut sources = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap_or(&file);
        let path = path.to_string_lossy().replace('\\', "/");
        let mentions = scan(&path, &read(&file)?, &ids);
        sources.insert(path, mentions);
    }
    Ok(Report::new(tables, sources))
}

impl Report {
    /// Writes the page to the root of the workspace, and `untested.tsv` anew where rows have become stale.
    pub fn write(&self, root: &Path) -> Result<(), Error> {
        let write =
            |path: PathBuf, text: &str| fs::write(&path, text).map_err(|error| Error::Io(path, error));
        let untested = root.join("testing").join("conformance").join("untested.tsv");
        let before = read(&untested)?;
        let tidied = self.tidied(&before);
        if tidied != before {
            write(untested, &tidied)?;
        }
        write(root.join("CONFORMANCE.md"), &self.page())
    }
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::Io(path.to_owned(), error))
}

fn collect(folder: &Path, without: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |error| Error::Io(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // A link could lead out of the workspace, or round in a circle.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && name != "target" && !name.starts_with('.') && path != without {
            collect(&path, without, files)?;
        } else if kind.is_file() && name.ends_with(".rs") {
            files.push(path);
        }
    }
    Ok(())
}
