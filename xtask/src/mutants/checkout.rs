//! A copy of the checkout, in which mistakes may be made.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::process::answer;

/// The copy.
pub(crate) struct Checkout {
    from: PathBuf,
    root: PathBuf,
}

impl Checkout {
    /// Brings the copy up to the checkout: its files as they stand, committed or not.
    ///
    /// A file that is the same already is not touched, so that only what differs is built again.
    pub(crate) fn make(from: &Path, root: &Path) -> Result<Self, String> {
        let copy = Self { from: from.to_owned(), root: root.to_owned() };
        let place = from.to_string_lossy();
        let listed = ["-C", &place, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = answer("git", &listed).ok_or("git cannot list the files of the checkout")?;
        let files: BTreeSet<&str> = listed.split('\0').filter(|file| !file.is_empty()).collect();
        let files: BTreeSet<&str> =
            files.into_iter().filter(|file| from.join(file).is_file()).collect();
        files.iter().try_for_each(|file| copy.restore(file))?;
        remove_others(root, root, &files)
            .map_err(|error| format!("{}: {error}", root.display()))?;
        Ok(copy)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a file as it is in the checkout.
    pub(crate) fn restore(&self, file: &str) -> Result<(), String> {
        let copied = || -> io::Result<()> {
            let (right, path) = (fs::read(self.from.join(file))?, self.root.join(file));
            if fs::read(&path).is_ok_and(|text| text == right) {
                return Ok(());
            }
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, right)
        };
        copied().map_err(|error| format!("{file}: {error}"))
    }
}

/// Removes what the checkout no longer has: a migration that is gone must not be run.
fn remove_others(root: &Path, folder: &Path, files: &BTreeSet<&str>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, files)?;
        } else if !path.strip_prefix(root).is_ok_and(|file| is_listed(file, files)) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn is_listed(file: &Path, files: &BTreeSet<&str>) -> bool {
    file.to_str().is_some_and(|file| files.contains(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_what_the_checkout_has_and_forgets_what_is_gone() {
        let folder = std::env::temp_dir().join(format!("linka-mutants-{}", std::process::id()));
        let (from, root) = (folder.join("from"), folder.join("copy"));
        fs::create_dir_all(from.join("src")).unwrap();
        answer("git", &["init", "--quiet", &from.to_string_lossy()]).unwrap();
        for (file, text) in [("a.rs", "a"), ("src/b.rs", "b"), (".gitignore", "c.log")] {
            fs::write(from.join(file), text).unwrap();
        }
        fs::write(from.join("c.log"), "no part of it").unwrap();
        let copy = Checkout::make(&from, &root).unwrap();
        assert_eq!(fs::read_to_string(root.join("src/b.rs")).unwrap(), "b");
        assert!(!root.join("c.log").exists());

        fs::write(root.join("a.rs"), "mutated").unwrap();
        copy.restore("a.rs").unwrap();
        assert_eq!(fs::read_to_string(root.join("a.rs")).unwrap(), "a");
        fs::write(root.join("src/b.rs"), "mutated").unwrap();
        fs::remove_file(from.join("a.rs")).unwrap();
        Checkout::make(&from, &root).unwrap();
        assert!(!root.join("a.rs").exists());
        assert_eq!(fs::read_to_string(root.join("src/b.rs")).unwrap(), "b");
        fs::remove_dir_all(folder).unwrap();
    }
}
