//! Turns utterances into clips: the engine's `Voice` on prompt packs and spoken names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use linka_audio::{Prompt, tone};
use linka_engine::media::Clip;
use linka_engine::ports::Voice;
use linka_ivr::{Key, Name, Utterance};
use linka_model::{CaseCode, Lang, PromptKey};
use linka_speech::{Digit, Intonation, PackError, Part, PromptPack, Slot, load_clip};

use crate::config::{Setup, Spoken};

/// Pause between the groups of a case code: 0.7 s in frames of 20 ms.
const GROUP_PAUSE_FRAMES: u32 = 35;
/// Loudness of tones: below speech, so that nobody takes the phone from the ear.
const TONE_DBFS: f32 = -18.0;

/// All sound that callers hear, loaded once and shared by all calls.
pub(crate) struct Sounds {
    folder: PathBuf,
    packs: HashMap<Lang, PromptPack>,
    /// Spoken names by file; `None` for one that could not be loaded, so that it is tried once.
    names: RwLock<HashMap<PathBuf, Option<Arc<Prompt>>>>,
    tone: Arc<Prompt>,
    short_tone: Arc<Prompt>,
}

impl Sounds {
    /// Loads the packs of these languages from the prompts folder.
    pub(crate) fn load(folder: &Path, languages: &[Lang]) -> Result<Self, PackError> {
        let mut packs = HashMap::new();
        for lang in languages {
            if !packs.contains_key(lang) {
                packs.insert(*lang, PromptPack::load(&folder.join(lang.as_str()))?);
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            packs,
            names: RwLock::default(),
            tone: Arc::new(Prompt::encode(&tone(1_000.0, 250, TONE_DBFS))),
            short_tone: Arc::new(Prompt::encode(&tone(1_000.0, 120, TONE_DBFS))),
        })
    }

    /// Whether names of a line are still to be loaded.
    pub(crate) fn lacks_names(&self, setup: &Setup) -> bool {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        setup.clips().any(|file| !names.contains_key(file))
    }

    /// Loads the names of a line, so that no call waits for a file. It reads and decodes: call it
    /// where blocking is allowed. One that fails keeps no other back; the first failure is told.
    pub(crate) fn load_names(&self, setup: &Setup) -> Result<(), PackError> {
        let mut outcome = Ok(());
        for file in setup.clips() {
            let is_known =
                || self.names.read().unwrap_or_else(PoisonError::into_inner).contains_key(file);
            if !is_known() {
                let clip = load_clip(&self.folder.join(file));
                let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
                names.insert(file.clone(), clip.as_ref().ok().cloned());
                outcome = outcome.and(clip.map(drop));
            }
        }
        outcome
    }

    fn name(&self, file: &Path) -> Option<Arc<Prompt>> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).get(file).cloned().flatten()
    }
}

/// What one line sounds like.
pub(crate) struct LineVoice {
    pub(crate) sounds: Arc<Sounds>,
    pub(crate) setup: Arc<Setup>,
}

impl Voice for LineVoice {
    fn clips(&self, utterance: &Utterance, code: &CaseCode) -> Vec<Clip> {
        match *utterance {
            Utterance::Prompt { lang, key } => self.say(lang, key, |_| Vec::new()),
            Utterance::Filled { lang, key, name, key_digit } => {
                self.say(lang, key, |slot| match slot {
                    Slot::Org | Slot::Option => self.name(lang, name).into_iter().collect(),
                    Slot::Key => self.key(lang, key_digit).into_iter().collect(),
                    Slot::Digits | Slot::N | Slot::Date => Vec::new(),
                })
            }
            Utterance::Code { lang, key } => self.say(lang, key, |_| self.code(lang, code)),
            Utterance::Silence(length) => vec![silence(length)],
            Utterance::Tone => vec![Clip::Prompt(Arc::clone(&self.sounds.tone))],
            Utterance::ShortTone => vec![Clip::Prompt(Arc::clone(&self.sounds.short_tone))],
            Utterance::PlayBack => Vec::new(),
        }
    }

    fn pack_version(&self, lang: Lang) -> String {
        self.pack(lang).map_or_else(String::new, |pack| pack.version().to_owned())
    }
}

impl LineVoice {
    /// The pack of a language, or of the line's default language where there is none.
    fn pack(&self, lang: Lang) -> Option<&PromptPack> {
        let default = || self.setup.languages.first().and_then(|l| self.sounds.packs.get(l));
        self.sounds.packs.get(&lang).or_else(default)
    }

    fn say(&self, lang: Lang, key: PromptKey, fill: impl Fn(Slot) -> Vec<Clip>) -> Vec<Clip> {
        let parts = self.pack(lang).map_or(&[][..], |pack| pack.say(key));
        let clips = parts.iter().flat_map(|part| match part {
            Part::Clip(prompt) => vec![Clip::Prompt(Arc::clone(prompt))],
            Part::Slot(slot) => fill(*slot),
        });
        clips.collect()
    }

    fn name(&self, lang: Lang, name: Option<Name>) -> Option<Clip> {
        let spoken: &Spoken = match name? {
            Name::Org => &self.setup.org,
            Name::Category(index) => &self.setup.categories.get(index)?.spoken,
            Name::Unit(index) => &self.setup.units.get(index)?.spoken,
        };
        self.sounds.name(spoken.get(&lang)?).map(Clip::Prompt)
    }

    fn key(&self, lang: Lang, key: Option<Key>) -> Option<Clip> {
        self.digit(lang, key_name(key?), Intonation::Final)
    }

    fn digit(&self, lang: Lang, digit: Digit, intonation: Intonation) -> Option<Clip> {
        let pack = self.pack(lang)?;
        Some(Clip::Prompt(Arc::clone(pack.digit(digit, intonation))))
    }

    /// Four groups of four; the voice falls at the end of each group.
    fn code(&self, lang: Lang, code: &CaseCode) -> Vec<Clip> {
        let mut clips = Vec::new();
        for (number, group) in code.groups().iter().enumerate() {
            if number > 0 {
                clips.push(Clip::Silence(GROUP_PAUSE_FRAMES));
            }
            for (place, value) in group.iter().enumerate() {
                let intonation = if place == 3 { Intonation::Final } else { Intonation::Middle };
                let digit = Digit::ALL.get(usize::from(*value)).copied();
                clips.extend(digit.and_then(|digit| self.digit(lang, digit, intonation)));
            }
        }
        clips
    }
}

fn silence(length: Duration) -> Clip {
    Clip::Silence(u32::try_from(length.as_millis() / 20).unwrap_or(u32::MAX))
}

const fn key_name(key: Key) -> Digit {
    match key {
        Key::D0 => Digit::D0,
        Key::D1 => Digit::D1,
        Key::D2 => Digit::D2,
        Key::D3 => Digit::D3,
        Key::D4 => Digit::D4,
        Key::D5 => Digit::D5,
        Key::D6 => Digit::D6,
        Key::D7 => Digit::D7,
        Key::D8 => Digit::D8,
        Key::D9 => Digit::D9,
        Key::Star => Digit::Star,
        Key::Hash => Digit::Hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Choice;

    #[test]
    fn a_name_that_cannot_be_loaded_keeps_no_other_back_and_is_tried_once() {
        let prompts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../prompts");
        let sounds = Sounds::load(&prompts, &[]).unwrap();
        let spoken = |file: &str| Spoken::from([(Lang::CS, PathBuf::from(file))]);
        let setup = Setup {
            languages: vec![Lang::CS],
            channels: 1,
            part_max_s: 600,
            code_first: false,
            org: spoken("cs/names/nowhere.ogg"),
            categories: vec![Choice { id: "a".into(), spoken: spoken("cs/names/org_demo.ogg") }],
            units: Vec::new(),
        };
        assert!(sounds.lacks_names(&setup));
        assert!(sounds.load_names(&setup).is_err());
        assert!(sounds.name(Path::new("cs/names/org_demo.ogg")).is_some());
        assert!(sounds.name(Path::new("cs/names/nowhere.ogg")).is_none());
        assert!(!sounds.lacks_names(&setup) && sounds.load_names(&setup).is_ok());
    }
}
