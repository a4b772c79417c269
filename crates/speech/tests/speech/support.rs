//! Where the shipped packs lie, and scratch folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use linka_speech::{Manifest, Names, PromptPack, Recipe, SpokenNames};

pub(crate) const LANGUAGES: [&str; 2] = ["cs", "en"];

pub(crate) fn pack_dir(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../prompts").join(language)
}

/// A shipped pack and its names, loaded once for all tests.
pub(crate) struct Shipped {
    pub(crate) pack: PromptPack,
    pub(crate) names: SpokenNames,
}

/// In the order of [`LANGUAGES`].
pub(crate) fn shipped() -> &'static [Shipped; 2] {
    static SHIPPED: LazyLock<[Shipped; 2]> = LazyLock::new(|| {
        LANGUAGES.map(|language| Shipped {
            pack: PromptPack::load(&pack_dir(language)).unwrap(),
            names: SpokenNames::load(&pack_dir(language)).unwrap(),
        })
    });
    &SHIPPED
}

/// Everything that the voice of a shipped pack reads.
pub(crate) fn recipes(language: &str) -> Vec<Recipe> {
    let manifest = Manifest::load(&pack_dir(language)).unwrap();
    let names = Names::load(&pack_dir(language)).unwrap();
    [manifest.recipes(), names.recipes(&manifest)].concat()
}

/// Audio is made by programs: without them nothing can be compared, and that is a failure.
pub(crate) fn require_programs() {
    for (program, package) in [("espeak-ng", "espeak-ng"), ("oggenc", "vorbis-tools")] {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        let runs = command.status().is_ok_and(|status| status.success());
        assert!(runs, "{program} does not run: install the Debian package {package}");
    }
}

/// A folder that is gone when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("linka-speech-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    /// A copy of a shipped pack.
    pub(crate) fn pack(name: &str, language: &str) -> Self {
        let scratch = Self::new(name);
        copy(&pack_dir(language), &scratch.0);
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
