//! Organisations, their lines, and the names that callers hear.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use linka_metering::Country;
use linka_model::{Currency, Did, Lang, LineKind};
use serde::{Deserialize, Serialize};

/// Clips of one spoken name by language, as paths below the prompts folder.
pub(crate) type Spoken = BTreeMap<Lang, PathBuf>;

/// An organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    pub(crate) name: String,
    pub(crate) currency: Currency,
    /// Its name as callers hear it.
    pub(crate) spoken: Spoken,
    #[serde(default)]
    pub(crate) lines: Vec<LineConfig>,
}

/// A line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineConfig {
    /// Visible to the organisation only.
    pub(crate) name: String,
    pub(crate) number: Did,
    pub(crate) country: Country,
    pub(crate) kind: LineKind,
    #[serde(default = "default_channels")]
    pub(crate) channels: u32,
    /// The first is the default.
    pub(crate) languages: Vec<Lang>,
    #[serde(default)]
    pub(crate) categories: Vec<Choice>,
    #[serde(default)]
    pub(crate) units: Vec<Choice>,
    /// Longest part of a report, in seconds.
    #[serde(default = "default_part")]
    pub(crate) part_max_s: u64,
    /// Read the case code before the recording too, whatever the credit.
    #[serde(default)]
    pub(crate) code_first: bool,
}

/// A category or a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) spoken: Spoken,
}

const fn default_channels() -> u32 {
    30
}

const fn default_part() -> u64 {
    600
}

/// What a call needs to know of a line, as it is kept with the line in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) languages: Vec<Lang>,
    pub(crate) channels: u32,
    pub(crate) part_max_s: u64,
    #[serde(default)]
    pub(crate) code_first: bool,
    /// The organisation's name as callers hear it.
    pub(crate) org: Spoken,
    pub(crate) categories: Vec<Choice>,
    pub(crate) units: Vec<Choice>,
}

impl Setup {
    pub(crate) fn of(org: &Organisation, line: &LineConfig) -> Self {
        Self {
            languages: line.languages.clone(),
            channels: line.channels,
            part_max_s: line.part_max_s,
            code_first: line.code_first,
            org: org.spoken.clone(),
            categories: line.categories.clone(),
            units: line.units.clone(),
        }
    }

    /// What a line has when it is ordered, before its organisation sets it up.
    pub(crate) fn ordered(language: Lang) -> Self {
        Self {
            languages: vec![language],
            channels: default_channels(),
            part_max_s: default_part(),
            code_first: false,
            org: Spoken::new(),
            categories: Vec::new(),
            units: Vec::new(),
        }
    }

    /// Every clip, for loading them ahead of calls.
    pub(crate) fn clips(&self) -> impl Iterator<Item = &PathBuf> {
        let choices = self.categories.iter().chain(&self.units);
        self.org.values().chain(choices.flat_map(|choice| choice.spoken.values()))
    }

    /// What keeps this line from working: each finding says what, and how to mend it.
    pub(crate) fn findings(&self, prompts: &Path) -> Vec<String> {
        let mut findings = Vec::new();
        if self.languages.is_empty() {
            findings.push("has no language: name at least one under `languages`".to_owned());
        }
        let unique: BTreeSet<_> = self.languages.iter().collect();
        if unique.len() < self.languages.len() {
            findings.push("names a language twice under `languages`".to_owned());
        }
        for lang in unique {
            let pack = prompts.join(lang.as_str()).join("pack.yaml");
            if !pack.is_file() {
                findings.push(format!(
                    "speaks `{lang}`, but there is no prompt pack {}",
                    pack.display()
                ));
            }
            self.missing_names(*lang, prompts, &mut findings);
        }
        if !(1..=1_000).contains(&self.channels) {
            findings.push("channels must lie between 1 and 1000 calls at once".to_owned());
        }
        if !(10..=1_800).contains(&self.part_max_s) {
            findings.push("part_max_s must lie between 10 and 1800 seconds".to_owned());
        }
        findings.extend(twice("category", &self.categories));
        findings.extend(twice("unit", &self.units));
        findings
    }

    fn missing_names(&self, lang: Lang, prompts: &Path, findings: &mut Vec<String>) {
        let mut need = |what: &str, spoken: &Spoken| match spoken.get(&lang) {
            None => findings.push(format!(
                "has no spoken name in `{lang}` for {what}: add `{lang}: FILE` under its `spoken`"
            )),
            Some(file) if !prompts.join(file).is_file() => findings.push(format!(
                "names the clip {} for {what}, but there is no such file",
                prompts.join(file).display()
            )),
            Some(_) => {}
        };
        need("the organisation", &self.org);
        for choice in &self.categories {
            need(&format!("category `{}`", choice.id), &choice.spoken);
        }
        for choice in &self.units {
            need(&format!("unit `{}`", choice.id), &choice.spoken);
        }
    }
}

fn twice(what: &str, choices: &[Choice]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let again = choices.iter().find(|choice| !seen.insert(&choice.id))?;
    Some(format!("names the {what} `{}` twice", again.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        Setup {
            languages: vec![Lang::CS],
            channels: 1,
            part_max_s: 600,
            code_first: false,
            org: Spoken::new(),
            categories: vec![Choice { id: "fraud".into(), spoken: Spoken::new() }],
            units: Vec::new(),
        }
    }

    #[test]
    fn a_line_whose_names_lack_clips_is_found_out() {
        let findings = setup().findings(Path::new("/nowhere")).join("\n");
        assert!(findings.contains("no spoken name in `cs` for the organisation"), "{findings}");
        assert!(findings.contains("no spoken name in `cs` for category `fraud`"), "{findings}");
        assert!(findings.contains("no prompt pack"), "{findings}");
    }

    #[test]
    fn a_choice_named_twice_is_found_out() {
        let mut twice = setup();
        twice.categories.push(twice.categories[0].clone());
        let findings = twice.findings(Path::new("/nowhere")).join("\n");
        assert!(findings.contains("names the category `fraud` twice"), "{findings}");
    }
}
