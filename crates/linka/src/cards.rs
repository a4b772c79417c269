//! The folder of rate cards.

use std::path::{Path, PathBuf};

use linka_engine::clock;
use linka_metering::{CardFile, Folder, read_folder};

use crate::config::text;
use crate::failure::Failure;

/// So many files are read at most.
const FILES_MAX: usize = 1_000;
/// A file of rate cards is not longer than this, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// Reads every rate card of a folder, and what is wrong with them.
pub(crate) fn read(folder: &Path) -> Result<Folder, Failure> {
    let mut texts = Vec::new();
    for file in files(folder)? {
        texts.push((file.display().to_string(), text(&file)?));
    }
    let files: Vec<CardFile<'_>> =
        texts.iter().map(|(name, text)| CardFile { name, text }).collect();
    Ok(read_folder(&files, clock::wall_ms()))
}

/// Reads a folder that nothing is wrong with; else everything that is.
pub(crate) fn sound(path: &Path) -> Result<Folder, Failure> {
    let folder = read(path)?;
    if folder.errors.is_empty() {
        return Ok(folder);
    }
    let errors: Vec<String> = folder.errors.iter().map(ToString::to_string).collect();
    Err(Failure::new(errors.join("\n")))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    if files.len() > FILES_MAX {
        let message = format!("{}: more than {FILES_MAX} rate cards", folder.display());
        return Err(Failure::new(message));
    }
    let long = |file: &&PathBuf| file.metadata().is_ok_and(|facts| facts.len() > FILE_MAX);
    match files.iter().find(long) {
        Some(file) => {
            Err(Failure::new(format!("{}: longer than {FILE_MAX} bytes", file.display())))
        }
        None => Ok(files),
    }
}
