//! Organisations and lines: each named once, and everything that callers hear is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use linka_model::Lang;
use linka_speech::{PromptPack, load_clip};

use super::Findings;
use crate::config::{Organisation, Setup};

/// The longest name of an organisation or a line, in characters.
const NAME_MAX: usize = 200;

pub(super) fn check(organisations: &[Organisation], prompts: &Path, found: &mut Findings) {
    let mut languages: BTreeSet<Lang> = BTreeSet::new();
    let mut clips: BTreeSet<PathBuf> = BTreeSet::new();
    for organisation in organisations {
        for line in &organisation.lines {
            languages.extend(&line.languages);
            let setup = Setup::of(organisation, line);
            clips.extend(setup.clips().cloned());
            for what in setup.findings(prompts) {
                found.wrong(format!("{} {}: {what}", organisation.name, line.number));
            }
        }
    }
    names(organisations, found);
    for lang in languages {
        let folder = prompts.join(lang.as_str());
        if folder.join("pack.yaml").is_file() {
            let _pack = found.take(PromptPack::load(&folder));
        }
    }
    for clip in clips {
        let file = prompts.join(clip);
        if file.is_file() {
            let _clip = found.take(load_clip(&file));
        }
    }
}

/// Whatever leads to an organisation or a line leads to one only.
fn names(organisations: &[Organisation], found: &mut Findings) {
    let (mut orgs, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for organisation in organisations {
        let name = &organisation.name;
        if !orgs.insert(name) {
            found.wrong(format!("the organisation `{name}` stands twice: put its lines together"));
        }
        length("an organisation", name, found);
        let mut lines = BTreeSet::new();
        for line in &organisation.lines {
            if !numbers.insert(line.number.as_str()) {
                found.wrong(format!("two lines have the number {}", line.number));
            }
            if !lines.insert(&line.name) {
                found.wrong(format!("{name} has two lines with the name `{}`", line.name));
            }
            length("a line", &line.name, found);
        }
    }
}

fn length(whose: &str, name: &str, found: &mut Findings) {
    if !(1..=NAME_MAX).contains(&name.chars().count()) {
        found.wrong(format!("the name of {whose} has 1 to {NAME_MAX} characters: `{name}`"));
    }
}
