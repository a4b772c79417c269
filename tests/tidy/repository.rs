//! Rules on the repository as a whole: names of decisions, words that belong to one machine, rules
//! that are cited but nowhere explained.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkout::File;
use crate::sources::has_word;

/// Where decisions are written down.
const DECISIONS: &str = "docs/adr";

/// Files in the folder of decisions that are not named `0007-title-in-words.md`.
pub(crate) fn decision_names(file: &File) -> Vec<String> {
    let Some(name) = file.below(DECISIONS) else { return Vec::new() };
    let bad = name != "README.md" && decision_number(name).is_none();
    bad.then(|| format!("{}: decisions are named NNNN-title.md", file.path)).into_iter().collect()
}

/// Numbers that two decisions claim.
pub(crate) fn decision_numbers(files: &[File]) -> Vec<String> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let names = files.iter().filter_map(|file| file.below(DECISIONS));
    let numbered = names.filter_map(|name| Some((decision_number(name)?, name)));
    numbered
        .filter_map(|(number, name)| Some(format!("{} and {name}", seen.insert(number, name)?)))
        .collect()
}

fn decision_number(name: &str) -> Option<&str> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_title = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let well_named = number.len() == 4
        && number.chars().all(|c| c.is_ascii_digit())
        && !title.is_empty()
        && title.chars().all(is_title);
    well_named.then_some(number)
}

/// Absolute paths of somebody's machine, and hosts that cargo alone has to know. Spelled from parts,
/// so that this file has to keep the rule too.
const MACHINE_WORDS: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("crates.io", "-index"),
];

/// Where one of [`MACHINE_WORDS`] stands.
pub(crate) fn machine_words(file: &File) -> Vec<String> {
    if file.path == "Cargo.lock" {
        return Vec::new();
    }
    let numbered = file.text.lines().enumerate();
    numbered
        .flat_map(|(index, line)| MACHINE_WORDS.map(|word| (index + 1, line, word)))
        .filter(|(_, line, word)| has_path(line, word))
        .map(|(number, _, word)| format!("{}:{number}: {word}", file.path))
        .collect()
}

/// A path from the root; one that goes on from another folder is a part of a longer one.
fn has_path(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | ')');
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !word.starts_with('/') || !before.is_some_and(is_part)
    })
}

/// Rules that code cites ("rule W7") and no document explains.
pub(crate) fn unexplained_rules(files: &[File]) -> Vec<String> {
    let code = files
        .iter()
        .filter(|file| file.path.ends_with(".rs") && file.below("tests/tidy").is_none());
    let cited: BTreeSet<(String, &str)> = code
        .flat_map(|file| cited_rules(&file.text).map(|rule| (rule, file.path.as_str())))
        .collect();
    let docs: Vec<&File> = files.iter().filter(|file| is_document(&file.path)).collect();
    let mut missing: BTreeMap<&str, &str> = BTreeMap::new();
    for (rule, path) in &cited {
        if !docs.iter().any(|doc| has_word(&doc.text, rule)) {
            missing.entry(rule).or_insert(path);
        }
    }
    missing
        .iter()
        .map(|(rule, path)| format!("{rule} is cited in {path} and stands in no document"))
        .collect()
}

fn is_document(path: &str) -> bool {
    path.ends_with(".md") && (path.starts_with("docs/") || path == "ARCHITECTURE.md")
}

/// What comments cite: a capital letter and a number, after "rule" or "rules" or in parentheses.
fn cited_rules(text: &str) -> impl Iterator<Item = String> {
    let comments = text.lines().filter_map(|line| Some(line.split_once("//")?.1));
    comments.flat_map(|comment| {
        let words: Vec<&str> = comment.split_whitespace().collect();
        let before = [""].into_iter().chain(words.clone());
        let cited = before.zip(words).filter(|(before, word)| {
            word.starts_with('(') || matches!(bare(before), "rule" | "rules" | "Rule" | "Rules")
        });
        let names = cited.map(|(_, word)| bare(word).to_owned());
        names.filter(|name| is_rule(name)).collect::<Vec<_>>()
    })
}

fn bare(word: &str) -> &str {
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    word.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

fn is_rule(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && !letters.as_str().is_empty()
        && letters.all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_without_number_or_title_is_found() {
        let names = |name: &str| decision_names(&File::new(&format!("docs/adr/{name}"), "")).len();
        assert_eq!(names("0001-one-binary.md"), 0);
        assert_eq!(names("README.md"), 0);
        assert_eq!(names("1-one-binary.md"), 1);
        assert_eq!(names("0001.md"), 1);
        assert_eq!(names("0001-One Binary.md"), 1);
    }

    #[test]
    fn a_number_that_is_used_twice_is_found() {
        let file = |name: &str| File::new(&format!("docs/adr/{name}"), "");
        let twice = [file("0001-a.md"), file("0002-b.md"), file("0001-c.md")];
        assert_eq!(decision_numbers(&twice), ["0001-a.md and 0001-c.md"]);
    }

    #[test]
    fn paths_of_a_machine_are_found_with_their_line() {
        let [work, home, _, _, host, _] = MACHINE_WORDS;
        let file = |text: &str| machine_words(&File::new("docs/a.md", text));
        assert_eq!(file(&format!("one\nsee {home}me/x\n")), [format!("docs/a.md:2: {home}")]);
        assert_eq!(file(&format!("`{work}main`")).len(), 1);
        assert_eq!(file(&format!("https://{host}/crates")).len(), 1);
        assert!(file(&format!("..{work}main and http://example.org{home}")).is_empty());
    }

    #[test]
    fn the_lock_file_may_name_its_registry() {
        let [.., index] = MACHINE_WORDS;
        assert!(machine_words(&File::new("Cargo.lock", index)).is_empty());
        assert_eq!(machine_words(&File::new("tests/tidy/repository.rs", index)).len(), 1);
    }

    #[test]
    fn a_rule_that_is_cited_and_not_explained_is_found() {
        let code = File::new("crates/sip/src/a.rs", "// Resent until ACK (rule W7, W8).\n");
        let docs = |text| File::new("docs/sip.md", text);
        let found = unexplained_rules(&[code.clone(), docs("W70 is another one\n")]);
        assert_eq!(found, ["W7 is cited in crates/sip/src/a.rs and stands in no document"]);
        assert!(unexplained_rules(&[code, docs("- **W7** Resend.\n")]).is_empty());
    }

    #[test]
    fn a_rule_has_a_letter_and_a_number() {
        let cited: Vec<String> =
            cited_rules("/// rule M8 of rules I10, rule of thumb, rule A (W7, RFC) S3\nf(B1);")
                .collect();
        assert_eq!(cited, ["M8", "I10", "W7"]);
    }
}
