//! Folders that survive a power cut.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes durable what a folder holds: the sync of a file does not say that the file is there.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The same for the folder in which something was made, renamed or removed.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}
