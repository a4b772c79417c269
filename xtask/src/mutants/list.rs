//! The committed list of mutants: what is broken on purpose, and which test has to notice.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// A mistake to be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// Who made the mistake, and the invariant that it breaks.
    pub(crate) modelled_on: String,
    /// Whose tests are run.
    pub(crate) package: String,
    /// The file of tests; without one, the tests within the crate.
    pub(crate) suite: Option<String>,
    /// The test that has to fail.
    pub(crate) catcher: String,
    #[serde(rename = "change")]
    changes: Vec<Change>,
}

/// One replacement in one file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// From the root of the checkout.
    file: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutants {
    mutant: Vec<Mutant>,
}

impl Mutant {
    /// Reads the list of a checkout.
    pub(crate) fn all(root: &Path) -> Result<Vec<Self>, String> {
        let path = root.join("xtask/mutants.toml");
        let text = read(&path)?;
        let list = toml::from_str(&text).map(|mutants: Mutants| mutants.mutant);
        list.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Makes the mistake in a checkout. Fails, with nothing written in that file, where a text does
    /// not stand there exactly once.
    pub(crate) fn apply(&self, root: &Path) -> Result<(), String> {
        for change in &self.changes {
            let path = root.join(&change.file);
            let mutated = change.replaced(&read(&path)?)?;
            fs::write(&path, mutated).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The files that it changes, from the root of the checkout.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.file.as_str())
    }
}

impl Change {
    fn replaced(&self, text: &str) -> Result<String, String> {
        let from = self.from.trim();
        match text.matches(from).count() {
            1 => Ok(text.replacen(from, self.to.trim(), 1)),
            count => Err(format!(
                "{}: stands {count} times instead of once: {from:?}. Bring xtask/mutants.toml up to the code",
                self.file
            )),
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{answer, root};

    #[test]
    fn every_mutant_of_the_list_fits_the_code_as_it_stands() {
        let mutants = Mutant::all(&root()).unwrap();
        let misfits: Vec<String> = mutants
            .iter()
            .flat_map(|mutant| &mutant.changes)
            .filter_map(|change| change.replaced(&read(&root().join(&change.file)).unwrap()).err())
            .collect();
        assert_eq!(misfits, Vec::<String>::new());
        assert!(mutants.len() >= 9, "the eight of docs/metering.md and the stale node");
    }

    #[test]
    fn every_catcher_is_a_test_of_its_package() {
        let root = root();
        for mutant in Mutant::all(&root).unwrap() {
            let name = mutant.catcher.rsplit("::").next().unwrap_or_default();
            let folder = root.join("crates").join(mutant.package.trim_start_matches("linka-"));
            let found = answer("grep", &["-rlwF", name, &folder.to_string_lossy()]);
            assert!(found.is_some(), "{}: no test {name}", mutant.name);
        }
    }

    #[test]
    fn a_text_that_does_not_stand_once_is_refused() {
        let change =
            Change { file: "a.rs".to_owned(), from: "\n  x == 1\n".to_owned(), to: "x".to_owned() };
        assert_eq!(change.replaced("if x == 1 {}"), Ok("if x {}".to_owned()));
        for text in ["if x == 2 {}", "if x == 1 || y { x == 1 }"] {
            let error = change.replaced(text).unwrap_err();
            assert!(error.contains("a.rs") && error.contains("x == 1"), "{error}");
        }
    }
}
