//! Looks for canaries: a caller's number and name that must be nowhere in what the line leaves
//! behind, in none of the forms in which a careless program might write them.

mod forms;

use std::fmt;
use std::fs;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{Context, Failure, Result};
use forms::forms_of;

/// Limits of a search: folders inside folders, files, bytes of one file.
const DEPTH_MAX: usize = 16;
const FILES_MAX: usize = 100_000;
const BYTES_MAX: u64 = 1 << 30;

/// Something that must not be found.
#[derive(Clone, Debug)]
pub struct Canary {
    name: String,
    /// Each way to write it as a text.
    texts: Vec<String>,
}

impl Canary {
    /// A telephone number in E.164 with its country's code: looked for as `+420…`, `420…`,
    /// `00420…`, in national form, and in groups of three.
    ///
    /// # Errors
    /// The number does not begin with `+` and the code.
    pub fn number(name: &str, number: &str, country_code: &str) -> Result<Self> {
        let digits = number.strip_prefix('+').because(|| format!("{name} has no +"))?;
        let national = digits.strip_prefix(country_code);
        let national = national.because(|| format!("{name} is not of +{country_code}"))?;
        let grouped = in_threes(national);
        let texts = vec![
            number.to_owned(),
            digits.to_owned(),
            format!("00{digits}"),
            national.to_owned(),
            format!("0{national}"),
            grouped.replace(' ', "-"),
            grouped,
        ];
        Ok(Self { name: name.to_owned(), texts })
    }

    /// A name or any other text, in its own, in small and in capital letters.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        let mut texts = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
        texts.dedup();
        Self { name: name.to_owned(), texts }
    }
}

fn in_threes(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    digits.chunks(3).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// Where a canary was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The canary's name, never its value.
    pub canary: String,
    /// In which form, such as "SHA-256 in hex".
    pub form: &'static str,
    /// The file, or the label of the bytes.
    pub place: String,
    /// At which byte; `None` if it is in the file's name.
    pub offset: Option<usize>,
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} in {}", self.canary, self.form, self.place)?;
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => f.write_str(", in the name"),
        }
    }
}

/// Looks for all forms of all canaries at once.
pub struct Searcher {
    automaton: AhoCorasick,
    /// Canary and form of each pattern of the automaton.
    patterns: Vec<(String, &'static str)>,
}

impl Searcher {
    /// Prepares the search.
    ///
    /// # Errors
    /// There is no canary, or one is too short: fewer than 6 bytes are found by chance.
    pub fn new(canaries: &[Canary]) -> Result<Self> {
        let mut needles = Vec::new();
        let mut patterns = Vec::new();
        for Canary { name, texts } in canaries {
            for text in texts {
                if text.len() < 6 {
                    return Err(Failure::new(format!("a form of {name} is too short")));
                }
                for (form, needle) in forms_of(text) {
                    needles.push(needle);
                    patterns.push((name.clone(), form));
                }
            }
        }
        if needles.is_empty() {
            return Err(Failure::new("no canary to look for"));
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles)?;
        Ok(Self { automaton, patterns })
    }

    /// Looks through bytes that a test has in hand, such as a program's output.
    #[must_use]
    pub fn bytes(&self, label: &str, bytes: &[u8]) -> Vec<Hit> {
        let found = self.automaton.find_overlapping_iter(bytes);
        found
            .filter_map(|found| self.hit(found.pattern().as_usize(), label, Some(found.start())))
            .collect()
    }

    /// Looks through a file, or a folder with everything below it: names and contents.
    ///
    /// # Errors
    /// It cannot be read, or is larger than a search should be.
    pub fn path(&self, path: &Path) -> Result<Vec<Hit>> {
        let mut hits = Vec::new();
        let mut files = 0;
        self.visit(path, DEPTH_MAX, &mut files, &mut hits)?;
        if files == 0 {
            return Err(Failure::new(format!("{} holds no file to search", path.display())));
        }
        Ok(hits)
    }

    fn visit(
        &self,
        path: &Path,
        depth: usize,
        files: &mut usize,
        hits: &mut Vec<Hit>,
    ) -> Result<()> {
        hits.extend(self.name(path));
        let about = fs::symlink_metadata(path).because(|| path.display().to_string())?;
        if about.is_dir() {
            let deeper = depth.checked_sub(1).because(|| "folders are too deep to search")?;
            for entry in fs::read_dir(path)? {
                self.visit(&entry?.path(), deeper, files, hits)?;
            }
        } else if about.is_file() {
            *files += 1;
            if *files > FILES_MAX || about.len() > BYTES_MAX {
                return Err(Failure::new(format!("too much to search: {}", path.display())));
            }
            let bytes = fs::read(path).because(|| format!("reading {}", path.display()))?;
            hits.extend(self.bytes(&path.display().to_string(), &bytes));
        }
        Ok(())
    }

    fn name(&self, path: &Path) -> Vec<Hit> {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let place = path.display().to_string();
        let found = self.automaton.find_overlapping_iter(name);
        found.filter_map(|found| self.hit(found.pattern().as_usize(), &place, None)).collect()
    }

    fn hit(&self, pattern: usize, place: &str, offset: Option<usize>) -> Option<Hit> {
        let (canary, form) = self.patterns.get(pattern)?;
        Some(Hit { canary: canary.clone(), form, place: place.to_owned(), offset })
    }
}

#[cfg(test)]
mod tests;
