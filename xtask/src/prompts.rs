//! `cargo xtask prompts`: renders every text of every pack with the voice that the pack names, or
//! with `--check` compares the shipped audio with its texts spoken again.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use linka_speech::check::{Finding, file, unnamed};
use linka_speech::{Manifest, Names, Recipe, Synthesizer, encode_ogg, polish};

const USAGE: &str = "usage: cargo xtask prompts [--check] [LANGUAGE]...

Renders the texts of prompts/LANGUAGE (all languages without one) and writes the audio beside them.
  --check  write nothing: render into memory, compare with the shipped audio, list every finding
Needs the Debian packages espeak-ng and vorbis-tools.";

/// Runs the command with what follows its name.
///
/// # Errors
/// What could not be done, or how many findings `--check` listed.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (flags, languages): (Vec<&String>, Vec<&String>) =
        args.iter().partition(|argument| argument.starts_with('-'));
    let check = match flags.as_slice() {
        [] => false,
        [flag] if *flag == "--check" => true,
        _ => return Err(USAGE.to_owned()),
    };
    let mut findings = 0;
    for dir in packs(&languages)? {
        let pack = Pack::load(&dir)?;
        findings += if check { pack.check()? } else { pack.render()? };
    }
    if findings == 0 { Ok(()) } else { Err(format!("{findings} findings in the prompt packs")) }
}

/// The folder of one language and everything that is spoken in it.
struct Pack {
    dir: PathBuf,
    version: String,
    synthesizer: Synthesizer,
    recipes: Vec<Recipe>,
}

impl Pack {
    fn load(dir: &Path) -> Result<Self, String> {
        let manifest = Manifest::load(dir).map_err(|e| e.to_string())?;
        let names = Names::load(dir).map_err(|e| e.to_string())?;
        Ok(Self {
            dir: dir.to_owned(),
            recipes: [manifest.recipes(), names.recipes(&manifest)].concat(),
            version: manifest.voice.program_version.clone(),
            synthesizer: Synthesizer::new(manifest.voice),
        })
    }

    fn render(&self) -> Result<usize, String> {
        self.warn_of_other_version()?;
        for (index, recipe) in self.recipes.iter().enumerate() {
            self.progress(index, recipe);
            let path = self.dir.join(recipe.file.as_path());
            encode_ogg(&self.speak(recipe)?, &path)
                .map_err(|e| format!("{}: {e}", path.display()))?;
        }
        self.summary(&unnamed(&self.dir, &self.recipes))
    }

    fn check(&self) -> Result<usize, String> {
        self.warn_of_other_version()?;
        let mut findings = Vec::new();
        for (index, recipe) in self.recipes.iter().enumerate() {
            self.progress(index, recipe);
            findings.extend(file(&self.dir, recipe, &self.speak(recipe)?));
        }
        findings.extend(unnamed(&self.dir, &self.recipes));
        self.summary(&findings)
    }

    fn speak(&self, recipe: &Recipe) -> Result<Vec<i16>, String> {
        let name = || recipe.file.as_path().display();
        let speech = self.synthesizer.speak(&recipe.say).map_err(|e| format!("{}: {e}", name()))?;
        polish(speech).map_err(|e| format!("{}: {e}", name()))
    }

    /// Another version may sound different: findings are then no fault of the pack.
    fn warn_of_other_version(&self) -> Result<(), String> {
        let installed = self.synthesizer.installed_version().map_err(|e| e.to_string())?;
        if installed != self.version {
            say(&format!(
                "{}: made with version {} of the program, installed is {installed}",
                self.dir.display(),
                self.version
            ));
        }
        Ok(())
    }

    fn progress(&self, index: usize, recipe: &Recipe) {
        let (done, all) = (index + 1, self.recipes.len());
        let name = recipe.file.as_path().display();
        // Back to the start of the line, and clear it.
        let dir = self.dir.display();
        let _ = write!(io::stderr(), "\r\x1b[K{dir}: {done}/{all} {name} ");
    }

    fn summary(&self, findings: &[Finding]) -> Result<usize, String> {
        say("\r\x1b[K");
        findings.iter().for_each(|finding| say(&finding.to_string()));
        let (dir, count) = (self.dir.display(), self.recipes.len());
        say(&format!("{dir}: {count} texts, {} findings", findings.len()));
        Ok(findings.len())
    }
}

/// The folders of the languages that are named, or of all.
fn packs(languages: &[&String]) -> Result<Vec<PathBuf>, String> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let prompts = root.parent().unwrap_or(&root).join("prompts");
    if !languages.is_empty() {
        return Ok(languages.iter().map(|language| prompts.join(language)).collect());
    }
    let entries = fs::read_dir(&prompts).map_err(|e| format!("{}: {e}", prompts.display()))?;
    let mut dirs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    dirs.retain(|dir| dir.join("pack.yaml").is_file());
    dirs.sort();
    Ok(dirs)
}

fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
