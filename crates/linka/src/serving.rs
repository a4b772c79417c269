//! Who serves from a data folder: whoever runs a node there holds the lock on `serving.lock`.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use linka_store::StoreError;

use crate::failure::Failure;

/// The lock's file, as the store names it.
const LOCK: &str = "serving.lock";

/// Takes the folder for as long as the answer lives; makes the folder where it is missing. Fails
/// where a node runs in it.
pub(crate) fn take(folder: &Path) -> Result<File, Failure> {
    let unusable = |error: io::Error| {
        Failure::new(format!(
            "cannot use the data folder {}: {error}. Choose another with --data DIR, or make it writable",
            folder.display()
        ))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600);
    let file = file.open(folder.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Serving(folder.to_owned()).into()),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Whether a node runs in the folder. Changes nothing.
pub(crate) fn is_taken(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(LOCK)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_taken(folder.path()));
        let lock = take(folder.path()).unwrap();
        assert!(is_taken(folder.path()));
        let message = take(folder.path()).unwrap_err().to_string();
        assert!(message.contains("another linka is serving from"), "{message}");
        drop(lock);
        assert!(!is_taken(folder.path()));
    }
}
