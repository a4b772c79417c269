//! A prompt pack ready for calls: every text and every clip of one language in memory.

use std::path::Path;
use std::sync::Arc;

use linka_audio::Prompt;
use linka_model::{Lang, PromptKey};

use crate::clip::load_clips;
use crate::digit::{Digit, Intonation};
use crate::error::PackError;
use crate::manifest::{Manifest, Piece, PromptEntry};
use crate::text::Slot;

/// All that callers of one language hear.
#[derive(Clone, Debug)]
pub struct PromptPack {
    manifest: Manifest,
    /// In the order of [`PromptKey::ALL`].
    prompts: Vec<Vec<Part>>,
    /// In the order of [`Digit::ALL`].
    digits: Vec<SpokenDigit>,
}

/// A part of a prompt, in the order of its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Audio.
    Clip(Arc<Prompt>),
    /// Filled during the call.
    Slot(Slot),
}

#[derive(Clone, Debug)]
struct SpokenDigit {
    middle: Arc<Prompt>,
    last: Arc<Prompt>,
}

impl PromptPack {
    /// Reads the pack in the folder `dir`: its `pack.yaml`, then all its audio on several cores.
    ///
    /// # Errors
    /// When the manifest is not complete, or an audio file cannot be read or decoded.
    pub fn load(dir: &Path) -> Result<Self, PackError> {
        let manifest = Manifest::load(dir)?;
        let files = manifest.recipes().into_iter().map(|recipe| dir.join(recipe.file.as_path()));
        let clips = load_clips(&files.collect::<Vec<_>>())?;
        Ok(Self::assemble(manifest, clips))
    }

    /// The language of every text.
    pub fn language(&self) -> Lang {
        self.manifest.language
    }

    /// Which texts these are: the proof of a consent names it.
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// The text that a prompt speaks, slots in braces.
    pub fn text(&self, key: PromptKey) -> &str {
        &self.manifest.prompts[key as usize].text
    }

    /// What is played for a prompt. A text with slots only before or after its words begins or ends
    /// with a slot.
    pub fn say(&self, key: PromptKey) -> &[Part] {
        &self.prompts[key as usize]
    }

    /// The spoken name of a key.
    pub fn digit(&self, digit: Digit, intonation: Intonation) -> &Arc<Prompt> {
        let spoken = &self.digits[digit as usize];
        match intonation {
            Intonation::Middle => &spoken.middle,
            Intonation::Final => &spoken.last,
        }
    }

    /// Puts `clips`, which lie in the order of [`Manifest::recipes`], to their places.
    fn assemble(manifest: Manifest, clips: Vec<Arc<Prompt>>) -> Self {
        let mut clips = clips.into_iter();
        let digits = manifest.digits.iter();
        let digits =
            digits.map_while(|_| Some(SpokenDigit { middle: clips.next()?, last: clips.next()? }));
        let digits = digits.collect();
        let parts = |prompt: &PromptEntry| -> Vec<Part> {
            let pieces = prompt.pieces.iter();
            pieces.filter_map(|piece| part(piece, &mut clips)).collect()
        };
        let prompts = manifest.prompts.iter().map(parts).collect();
        Self { manifest, prompts, digits }
    }
}

fn part(piece: &Piece, clips: &mut impl Iterator<Item = Arc<Prompt>>) -> Option<Part> {
    match piece {
        Piece::Clip { .. } => clips.next().map(Part::Clip),
        Piece::Slot(slot) => Some(Part::Slot(*slot)),
    }
}
