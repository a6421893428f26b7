//! Where it is kept what was typed.

use std::{fs, io, path::PathBuf};

use etcetera::BaseStrategy;

/// The file for a command's history, in a folder that only its owner sees. `None`: there is no place for one.
pub(super) fn file(name: &str) -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    // Not every system has a place for states.
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("xmpp");
    create(&folder).ok()?;
    let file = folder.join(format!("{name}-history"));
    private(&file).ok()?;
    Some(file)
}

fn create(folder: &std::path::Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates the file if it is not there: what is typed may be secret.
fn private(file: &std::path::Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}
