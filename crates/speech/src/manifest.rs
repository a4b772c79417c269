//! `pack.yaml`: every text of a language, the files that speak it, and the voice that made them.

use std::collections::BTreeMap;
use std::path::Path;

use linka_model::{Lang, PromptKey};
use serde::Deserialize;

use crate::clip::read_yaml;
use crate::digit::{Digit, Intonation};
use crate::error::{Fault, PackError};
use crate::text::{Slot, Stretch, name_digits, split};
use crate::voice::Voice;

/// The longest text of one prompt, in characters: about half a minute of speech.
pub(crate) const TEXT_CHARS_MAX: usize = 500;

/// A pack as it is written: complete, every text beside its files.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The language of every text.
    pub language: Lang,
    /// Which texts these are. It is kept with every consent and changes with every text.
    pub version: String,
    /// Who made the pack.
    pub author: String,
    /// Under which terms texts and audio may be used (SPDX expression).
    pub licence: String,
    /// What spoke the texts.
    pub voice: Voice,
    /// The twelve keys, in the order of [`Digit::ALL`].
    pub digits: Vec<DigitEntry>,
    /// All prompts, in the order of [`PromptKey::ALL`].
    pub prompts: Vec<PromptEntry>,
}

/// The spoken name of a key.
#[derive(Clone, Debug)]
pub struct DigitEntry {
    /// The word.
    pub say: String,
    /// Spoken while more follows.
    pub middle: ClipFile,
    /// Spoken at the end.
    pub last: ClipFile,
}

/// One prompt: its text and what speaks it.
#[derive(Clone, Debug)]
pub struct PromptEntry {
    /// Which prompt.
    pub key: PromptKey,
    /// When it is heard and what for.
    pub meaning: String,
    /// The text, with slots in braces.
    pub text: String,
    /// The text cut at its slots.
    pub pieces: Vec<Piece>,
}

/// A piece of a prompt.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Words, and the file that speaks them.
    Clip {
        /// The audio file.
        file: ClipFile,
        /// What a voice reads.
        say: String,
    },
    /// Filled during the call.
    Slot(Slot),
}

/// One file to be rendered, and what a voice reads into it.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The audio file.
    pub file: ClipFile,
    /// The words, keys named by their words.
    pub say: String,
}

/// A path inside a pack: relative, never upwards, to a kind of audio that is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ClipFile(String);

impl ClipFile {
    /// The path below the pack's folder.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl TryFrom<String> for ClipFile {
    type Error = Fault;

    fn try_from(name: String) -> Result<Self, Fault> {
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'))
        };
        let read = [".ogg", ".flac", ".wav", ".mp3", ".m4a"].iter().any(|end| name.ends_with(end));
        if read && name.len() <= 100 && name.split('/').all(plain) {
            Ok(Self(name))
        } else {
            Err(Fault::FileName(name))
        }
    }
}

impl Manifest {
    /// Reads `pack.yaml` in the folder `dir`.
    ///
    /// # Errors
    /// When the file cannot be read, is not strict YAML of this shape, or is not complete.
    pub fn load(dir: &Path) -> Result<Self, PackError> {
        let path = dir.join("pack.yaml");
        Self::parse(&read_yaml(&path)?).map_err(|fault| fault.at(&path))
    }

    /// Reads the text of a `pack.yaml`.
    ///
    /// # Errors
    /// When it is not strict YAML of this shape, or not complete.
    pub fn parse(yaml: &str) -> Result<Self, Fault> {
        let written: Written = from_yaml(yaml)?;
        written.voice.check()?;
        Ok(Self {
            language: written.language,
            version: written.version,
            author: written.author,
            licence: written.licence,
            voice: written.voice,
            digits: all_digits(written.digits)?,
            prompts: all_prompts(written.prompts)?,
        })
    }

    /// The word for a key.
    pub fn name_of(&self, digit: Digit) -> &str {
        &self.digits[digit as usize].say
    }

    /// Everything that the voice reads into the files of `pack.yaml`.
    pub fn recipes(&self) -> Vec<Recipe> {
        let digits = self.digits.iter().flat_map(|digit| {
            [Intonation::Middle, Intonation::Final].map(|intonation| digit.recipe(intonation))
        });
        let pieces = self.prompts.iter().flat_map(|prompt| &prompt.pieces);
        digits.chain(pieces.filter_map(|piece| self.recipe(piece))).collect()
    }

    /// Names the keys in a text by their words.
    pub(crate) fn spoken(&self, text: &str) -> String {
        name_digits(text, |digit| self.name_of(digit).to_owned())
    }

    fn recipe(&self, piece: &Piece) -> Option<Recipe> {
        match piece {
            Piece::Clip { file, say } => Some(Recipe { file: file.clone(), say: self.spoken(say) }),
            Piece::Slot(_) => None,
        }
    }
}

impl DigitEntry {
    /// The file for a place in a row.
    pub fn file(&self, intonation: Intonation) -> &ClipFile {
        match intonation {
            Intonation::Middle => &self.middle,
            Intonation::Final => &self.last,
        }
    }

    fn recipe(&self, intonation: Intonation) -> Recipe {
        let end = match intonation {
            Intonation::Middle => ',',
            Intonation::Final => '.',
        };
        Recipe { file: self.file(intonation).clone(), say: format!("{}{end}", self.say) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    language: Lang,
    version: String,
    author: String,
    licence: String,
    voice: Voice,
    digits: BTreeMap<String, WrittenDigit>,
    prompts: BTreeMap<String, WrittenPrompt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDigit {
    say: String,
    middle: ClipFile,
    #[serde(rename = "final")]
    last: ClipFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPrompt {
    meaning: String,
    text: String,
    files: Vec<ClipFile>,
}

/// Strict reading: unknown fields, duplicate keys and loose booleans are refused.
pub(crate) fn from_yaml<'a, T: Deserialize<'a>>(yaml: &'a str) -> Result<T, Fault> {
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(yaml, options).map_err(|e| Fault::Yaml(e.to_string()))
}

pub(crate) fn checked_text(name: &str, text: String) -> Result<String, Fault> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > TEXT_CHARS_MAX {
        return Err(Fault::TextLength { name: name.to_owned(), length, limit: TEXT_CHARS_MAX });
    }
    Ok(text)
}

fn all_digits(mut written: BTreeMap<String, WrittenDigit>) -> Result<Vec<DigitEntry>, Fault> {
    let mut entry = |digit: Digit| {
        let name = digit.as_str();
        let WrittenDigit { say, middle, last } =
            written.remove(name).ok_or(Fault::MissingDigit(name))?;
        Ok(DigitEntry { say: checked_text(name, say)?, middle, last })
    };
    let digits = Digit::ALL.into_iter().map(&mut entry).collect::<Result<_, Fault>>()?;
    match written.into_keys().next() {
        Some(unknown) => Err(Fault::UnknownDigit(unknown)),
        None => Ok(digits),
    }
}

fn all_prompts(mut written: BTreeMap<String, WrittenPrompt>) -> Result<Vec<PromptEntry>, Fault> {
    let mut entry = |key: &PromptKey| {
        let prompt = written.remove(key.as_str()).ok_or(Fault::MissingPrompt(*key))?;
        let text = checked_text(key.as_str(), prompt.text)?;
        let pieces = pieces(key.as_str(), &text, prompt.files)?;
        Ok(PromptEntry { key: *key, meaning: prompt.meaning, text, pieces })
    };
    let prompts = PromptKey::ALL.iter().map(&mut entry).collect::<Result<_, Fault>>()?;
    match written.into_keys().next() {
        Some(unknown) => Err(Fault::UnknownPrompt(unknown)),
        None => Ok(prompts),
    }
}

fn pieces(prompt: &str, text: &str, files: Vec<ClipFile>) -> Result<Vec<Piece>, Fault> {
    let stretches = split(text).map_err(|e| Fault::Slots(prompt.to_owned(), e))?;
    let is_words = |stretch: &&Stretch| matches!(stretch, Stretch::Words(_));
    let counts = (stretches.iter().filter(is_words).count(), files.len());
    let mismatch =
        || Fault::FileCount { prompt: prompt.to_owned(), pieces: counts.0, files: counts.1 };
    if counts.0 != counts.1 {
        return Err(mismatch());
    }
    let mut files = files.into_iter();
    let piece = |stretch| match stretch {
        Stretch::Words(say) => {
            files.next().map(|file| Piece::Clip { file, say }).ok_or_else(mismatch)
        }
        Stretch::Slot(slot) => Ok(Piece::Slot(slot)),
    };
    stretches.into_iter().map(piece).collect()
}
