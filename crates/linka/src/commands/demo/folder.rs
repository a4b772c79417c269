//! The data folder of a demo, which bears a mark: what a node has put into a folder without one is
//! never touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::serving;

/// The mark. It says how far the demo got.
const MARK: &str = ".demo";
const PREPARING: &str = "preparing\n";
const PREPARED: &str = "prepared\n";

/// A folder that is a demo's.
pub(super) struct DemoFolder {
    path: PathBuf,
}

impl DemoFolder {
    /// Marks a folder as a demo's; `fresh` empties it first. Nothing is changed while a node runs
    /// in it, or where it is the folder of a node that is no demo.
    pub(super) fn claim(path: &Path, fresh: bool) -> Result<Self, Failure> {
        let _until_it_is_marked = serving::take(path)?;
        let folder = Self { path: path.to_owned() };
        let is_marked = folder.mark().is_some() || path.join("demo.json").is_file();
        if !is_marked && ["linka.db", "database.yaml"].iter().any(|name| path.join(name).exists()) {
            return Err(Failure::new(format!(
                "the folder {} holds a node that is no demo: choose another with --data DIR",
                path.display()
            )));
        }
        if fresh {
            folder.empty()?;
        }
        if fresh || !is_marked {
            folder.write_mark(PREPARING)?;
        }
        Ok(folder)
    }

    /// Whether everything that a demo begins with was made once.
    pub(super) fn is_prepared(&self) -> bool {
        self.mark().is_none_or(|mark| mark == PREPARED)
    }

    /// Everything was made.
    pub(super) fn set_prepared(&self) -> Result<(), Failure> {
        self.write_mark(PREPARED)
    }

    /// Removes what the last run told of itself. Call it when no other run can be there.
    pub(super) fn forget_description(&self) {
        let _may_be_missing = fs::remove_file(self.path.join("demo.json"));
    }

    /// Writes `demo.json`, whole or not at all.
    pub(super) fn describe(&self, description: &serde_json::Value) -> Result<(), Failure> {
        let temporary = self.path.join(".demo.json");
        let failed = |error| Failure::new(format!("cannot write {}: {error}", temporary.display()));
        fs::write(&temporary, format!("{description:#}\n")).map_err(failed)?;
        fs::rename(&temporary, self.path.join("demo.json")).map_err(failed)
    }

    fn mark(&self) -> Option<String> {
        fs::read_to_string(self.path.join(MARK)).ok()
    }

    fn write_mark(&self, text: &str) -> Result<(), Failure> {
        let mark = self.path.join(MARK);
        fs::write(&mark, text)
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", mark.display())))
    }

    /// Removes what a demo made, and nothing else that lies in the folder. The mark goes last: an
    /// emptying that was broken off can be repeated.
    fn empty(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            Failure::new(format!("cannot empty the folder {}: {error}", self.path.display()))
        };
        let gone = |result: io::Result<()>| match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            Ok(()) | Err(_) => Ok(()),
        };
        gone(fs::remove_dir_all(self.path.join("reports")))?;
        for name in ["linka.db", "linka.db-wal", "linka.db-shm", "secret.key", "demo.json", MARK] {
            gone(fs::remove_file(self.path.join(name)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node_in(path: &Path) {
        fs::write(path.join("linka.db"), "books").unwrap();
        fs::create_dir_all(path.join("reports/one")).unwrap();
    }

    fn is_whole(path: &Path) -> bool {
        path.join("linka.db").is_file() && path.join("reports/one").is_dir()
    }

    #[test]
    fn a_demo_empties_its_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        DemoFolder::claim(path, false).unwrap();
        node_in(path);
        fs::write(path.join("notes.txt"), "mine").unwrap();
        let claimed = DemoFolder::claim(path, true).unwrap();
        assert!(!path.join("linka.db").exists() && !path.join("reports").exists());
        assert!(path.join("notes.txt").is_file() && !claimed.is_prepared());
    }

    #[test]
    fn the_folder_of_a_node_that_is_no_demo_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        node_in(folder.path());
        for fresh in [true, false] {
            let message = DemoFolder::claim(folder.path(), fresh).err().unwrap().to_string();
            assert!(message.contains("no demo"), "{message}");
            assert!(is_whole(folder.path()) && !folder.path().join(MARK).exists());
        }
    }

    #[test]
    fn a_folder_in_which_a_demo_runs_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        DemoFolder::claim(folder.path(), false).unwrap().describe(&serde_json::json!({})).unwrap();
        node_in(folder.path());
        let _running = serving::take(folder.path()).unwrap();
        for fresh in [true, false] {
            let message = DemoFolder::claim(folder.path(), fresh).err().unwrap().to_string();
            assert!(message.contains("another linka is serving from"), "{message}");
            assert!(is_whole(folder.path()) && folder.path().join("demo.json").is_file());
        }
    }

    #[test]
    fn what_was_broken_off_is_prepared_again_and_what_is_whole_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!DemoFolder::claim(folder.path(), false).unwrap().is_prepared());
        let again = DemoFolder::claim(folder.path(), false).unwrap();
        assert!(!again.is_prepared());
        again.set_prepared().unwrap();
        assert!(DemoFolder::claim(folder.path(), false).unwrap().is_prepared());
    }
}
