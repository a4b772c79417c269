//! `names.yaml`: spoken names of organisations, categories and units beside a pack.

use std::path::Path;
use std::sync::Arc;

use linka_audio::Prompt;
use serde::Deserialize;

use crate::clip::{load_clips, read_yaml};
use crate::error::{Fault, PackError};
use crate::manifest::{ClipFile, Manifest, Recipe, checked_text, from_yaml};

/// The most names of one kind: a menu has pages, and patience has an end.
const NAMES_MAX: usize = 200;

/// Names as they are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// What fills `{org}`.
    pub organisations: Vec<Name>,
    /// What fills `{option}` in the question of the category, in spoken order.
    pub categories: Vec<Name>,
    /// What fills `{option}` in the question of the unit, in spoken order.
    pub units: Vec<Name>,
}

/// One name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The id that a line's configuration uses.
    pub id: String,
    /// The name as it is read by eye.
    pub text: String,
    /// The name as a voice must spell it, where that differs.
    pub say: Option<String>,
    /// The audio file.
    pub file: ClipFile,
}

/// Names ready for calls.
#[derive(Clone, Debug)]
pub struct SpokenNames {
    /// What fills `{org}`.
    pub organisations: Vec<SpokenName>,
    /// Categories in spoken order.
    pub categories: Vec<SpokenName>,
    /// Units in spoken order.
    pub units: Vec<SpokenName>,
}

/// One name ready for calls.
#[derive(Clone, Debug)]
pub struct SpokenName {
    /// The id that a line's configuration uses.
    pub id: String,
    /// The name as it is read by eye.
    pub text: String,
    /// The audio.
    pub clip: Arc<Prompt>,
}

impl Names {
    /// Reads `names.yaml` in the folder `dir` of a pack.
    ///
    /// # Errors
    /// When the file cannot be read, is not strict YAML of this shape, or has too many names.
    pub fn load(dir: &Path) -> Result<Self, PackError> {
        let path = dir.join("names.yaml");
        Self::parse(&read_yaml(&path)?).map_err(|fault| fault.at(&path))
    }

    /// Reads the text of a `names.yaml`.
    ///
    /// # Errors
    /// When it is not strict YAML of this shape, or has too many names.
    pub fn parse(yaml: &str) -> Result<Self, Fault> {
        let names: Self = from_yaml(yaml)?;
        for kind in [&names.organisations, &names.categories, &names.units] {
            if kind.len() > NAMES_MAX {
                return Err(Fault::TooManyNames(NAMES_MAX));
            }
        }
        for name in names.all() {
            checked_text(&name.id, name.spoken().to_owned())?;
        }
        Ok(names)
    }

    /// Organisations, categories and units in this order.
    pub fn all(&self) -> impl Iterator<Item = &Name> {
        self.organisations.iter().chain(&self.categories).chain(&self.units)
    }

    /// Everything that the voice of `pack` reads into the files of `names.yaml`.
    pub fn recipes(&self, pack: &Manifest) -> Vec<Recipe> {
        let recipe = |name: &Name| Recipe {
            file: name.file.clone(),
            say: pack.spoken(&format!("{}.", name.spoken().trim_end_matches('.'))),
        };
        self.all().map(recipe).collect()
    }
}

impl Name {
    fn spoken(&self) -> &str {
        self.say.as_deref().unwrap_or(&self.text)
    }
}

impl SpokenNames {
    /// Reads `names.yaml` in the folder `dir` of a pack, and its audio.
    ///
    /// # Errors
    /// When the names or one of their files cannot be read.
    pub fn load(dir: &Path) -> Result<Self, PackError> {
        let names = Names::load(dir)?;
        let paths: Vec<_> = names.all().map(|name| dir.join(name.file.as_path())).collect();
        let mut clips = load_clips(&paths)?.into_iter();
        let mut spoken = |names: Vec<Name>| -> Vec<SpokenName> {
            let pairs = names.into_iter().zip(&mut clips);
            pairs.map(|(name, clip)| SpokenName { id: name.id, text: name.text, clip }).collect()
        };
        Ok(Self {
            organisations: spoken(names.organisations),
            categories: spoken(names.categories),
            units: spoken(names.units),
        })
    }
}
