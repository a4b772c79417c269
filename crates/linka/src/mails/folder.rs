//! Mails as files, for who has no server: DATA/mails/ID.eml, readable by their owner alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::NotSent;

/// Files in the folder; with more of them, nobody reads them.
const FILES_MAX: usize = 10_000;

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn of(data: &Path) -> Self {
        Self(data.join("mails"))
    }

    pub(super) fn shown(&self) -> impl std::fmt::Display + '_ {
        self.0.display()
    }

    /// Writes the file whole or not at all. The same mail again replaces it.
    pub(super) fn write(&self, id: Uuid, message: &[u8]) -> Result<(), NotSent> {
        let failed = |error: io::Error| NotSent::for_now(format!("the folder of mails: {error}"));
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed)?;
        if fs::read_dir(&self.0).map_err(failed)?.take(FILES_MAX).count() == FILES_MAX {
            let full = format!("the folder of mails holds {FILES_MAX} files: move some away");
            return Err(NotSent::for_now(full));
        }
        let path = self.0.join(format!("{id}.eml"));
        let unfinished = path.with_extension("new");
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&unfinished)?;
            file.write_all(message)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_the_same_mail_is_one_file() {
        let data = std::env::temp_dir().join(format!("linka-mails-{}", std::process::id()));
        drop(fs::remove_dir_all(&data));
        let folder = Folder::of(&data);
        folder.write(Uuid::nil(), b"one").unwrap();
        folder.write(Uuid::nil(), b"two").unwrap();
        let files: Vec<_> = fs::read_dir(data.join("mails")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(fs::read(files[0].path()).unwrap(), b"two");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(&data).unwrap();
    }
}
