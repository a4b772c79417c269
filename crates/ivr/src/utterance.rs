//! What a [`Play`](crate::Action::Play) is made of.

use core::time::Duration;

use linka_model::{Lang, PromptKey};

use crate::Key;

/// A spoken name. The flow knows its place in the script only, the engine knows the clip.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Name {
    /// The organisation that owns the line.
    Org,
    /// A category, by its index in [`Script::categories`](crate::Script::categories).
    Category(usize),
    /// A unit, by its index in [`Script::units`](crate::Script::units).
    Unit(usize),
}

/// One piece of what a caller hears.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Utterance {
    /// A prompt without slots.
    Prompt {
        /// In this language.
        lang: Lang,
        /// The prompt.
        key: PromptKey,
    },
    /// A prompt with slots for a name, a key, or both.
    Filled {
        /// In this language.
        lang: Lang,
        /// The prompt.
        key: PromptKey,
        /// Fills `{org}` or `{option}`.
        name: Option<Name>,
        /// Fills `{key}`.
        key_digit: Option<Key>,
    },
    /// A prompt followed by the case code's digits in four groups of four, 0.7 s between groups.
    /// The engine owns the code.
    Code {
        /// In this language.
        lang: Lang,
        /// `code_is` or `code_again`.
        key: PromptKey,
    },
    /// Silence of this length.
    Silence(Duration),
    /// 1 kHz for 250 ms: speak now.
    Tone,
    /// A short tone ahead of words that are spoken into a recording.
    ShortTone,
    /// All parts that were recorded and not discarded, in order.
    PlayBack,
}
