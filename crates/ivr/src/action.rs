//! What the flow wants done.

use linka_model::{Consent, EndReason, Ended, Lang, PromptKey};

use crate::{Key, Utterance};

/// Names one [`Action::Play`] within its call; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PlayId(pub u32);

/// An order to the engine, to be carried out in the order given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Speak. Nothing else is playing when this comes. At its end
    /// [`Event::Played`](crate::Event::Played) is expected.
    Play {
        /// To be reported back.
        play: PlayId,
        /// One after the other.
        utterances: Vec<Utterance>,
    },
    /// Stop what is playing, at once. A play that has just ended by itself may cross with it.
    StopPlaying,
    /// Begin a part. Parts count from 1 and no number is used twice in a call.
    StartRecording {
        /// Its number.
        part: u32,
    },
    /// Keep nothing of what is heard until [`Action::ResumeRecording`].
    PauseRecording,
    /// Go on with the same part.
    ResumeRecording,
    /// End the part and answer with [`Event::Recorded`](crate::Event::Recorded).
    StopRecording,
    /// Destroy a part that has ended: it holds too little, or the caller records it again.
    DiscardPart {
        /// Its number.
        part: u32,
    },
    /// Write this down with the report.
    Note(Fact),
    /// Hand in what was recorded. At most once per call; exactly once if any part that was not
    /// discarded holds enough speech (decision 16).
    Submit {
        /// How the report came to its end.
        ended: Ended,
    },
    /// End the call. The last action; never after [`Event::HungUp`](crate::Event::HungUp).
    HangUp(EndReason),
}

/// What became known in the conversation. A later fact of the same kind replaces the earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// The language of the call.
    Language(Lang),
    /// The category by its index in the script; `None` is "not sure" or not answered.
    Category(Option<usize>),
    /// The unit by its index in the script; `None` is "not sure" or not answered.
    Unit(Option<usize>),
    /// The proof of consent or of its refusal.
    Consent {
        /// What was agreed.
        consent: Consent,
        /// The language in which it was asked.
        lang: Lang,
        /// The key that answered; `None` if none did.
        key: Option<Key>,
        /// The form of the question that was heard.
        prompt: PromptKey,
    },
    /// The whole code was read to the caller.
    CodeSpoken,
}
