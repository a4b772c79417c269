//! The text files of the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A text file by its path from the root, with `/` between the parts.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// The part of the path below this folder.
    pub(crate) fn below(&self, folder: &str) -> Option<&str> {
        self.path.strip_prefix(folder)?.strip_prefix('/')
    }

    /// The name of the crate whose sources (not its tests) this file belongs to.
    pub(crate) fn source_of(&self) -> Option<&str> {
        let (name, inside) = self.below("crates")?.split_once('/')?;
        (inside.starts_with("src/") && inside.ends_with(".rs")).then_some(name)
    }

    /// An example for the rules' own tests.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Every text file that is, or could be, committed. Audio and other bytes are left out.
pub(crate) fn files() -> Vec<File> {
    let listed = Command::new("git")
        // Who owns the checkout does not matter for reading names.
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is needed to know which files belong to the checkout");
    assert!(listed.status.success(), "git: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `None` for a file of bytes, and for one that is deleted but not yet committed so.
fn read(name: &str) -> Option<File> {
    let bytes = fs::read(root().join(name)).ok()?;
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(File { path: name.to_owned(), text })
}

#[test]
fn sources_belong_to_a_crate_and_tests_do_not() {
    assert_eq!(File::new("crates/sip/src/agent/mod.rs", "").source_of(), Some("sip"));
    assert_eq!(File::new("crates/sip/tests/torture.rs", "").source_of(), None);
    assert_eq!(File::new("xtask/src/main.rs", "").source_of(), None);
}

#[test]
fn this_very_file_is_found() {
    assert!(files().iter().any(|file| file.path == "tests/tidy/checkout.rs"));
}
