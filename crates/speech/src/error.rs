//! What can be wrong with a pack: what, where, and how to mend it.

use std::path::{Path, PathBuf};

use linka_audio::{DecodeError, ResampleError};
use linka_model::PromptKey;

use crate::text::SlotError;

/// A pack that cannot be used, and the file in which the fault stands.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", file.display())]
pub struct PackError {
    /// The file to look into.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a file of a pack.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file is not there or may not be read.
    #[error("cannot be read ({0}); check the path, or make the audio with `cargo xtask prompts`")]
    Unreadable(#[from] std::io::Error),
    /// The file is larger than anything that belongs into a pack.
    #[error("is larger than {limit_bytes} bytes; this cannot be part of a pack")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// Not the YAML of a pack; line, column and excerpt are in the message.
    #[error("{0}")]
    Yaml(String),
    /// A prompt that calls need is not there.
    #[error("the prompt `{}` is missing; add it with meaning, text and files", .0.as_str())]
    MissingPrompt(PromptKey),
    /// A prompt that no call knows.
    #[error("`{0}` is no prompt; remove it, or correct its name")]
    UnknownPrompt(String),
    /// A key of the telephone has no name.
    #[error("the digit `{0}` is missing; add it with say, middle and final")]
    MissingDigit(&'static str),
    /// A digit that is on no telephone.
    #[error("`{0}` is no digit; there are 0 to 9, star and hash")]
    UnknownDigit(String),
    /// The braces of a text are wrong.
    #[error("the text of `{0}` is wrong: {1}")]
    Slots(String, SlotError),
    /// A text without words, or too long to be one prompt.
    #[error("the text of `{name}` has {length} characters; write 1 to {limit}")]
    TextLength {
        /// The prompt or name.
        name: String,
        /// Its length in characters.
        length: usize,
        /// The longest text.
        limit: usize,
    },
    /// Files and pieces of a text do not match.
    #[error(
        "`{prompt}` has {pieces} pieces of text between its slots and {files} files; name one file a piece"
    )]
    FileCount {
        /// The prompt.
        prompt: String,
        /// Pieces of its text.
        pieces: usize,
        /// Files that are named.
        files: usize,
    },
    /// A file name that may lead out of the pack, or of a kind that is not read.
    #[error(
        "`{0}` is no audio file of a pack; use a-z, 0-9, `_`, `.` and `/`, and end in .ogg, .flac, .wav, .mp3 or .m4a"
    )]
    FileName(String),
    /// A setting of the voice that the program does not know.
    #[error("the voice's {setting} is {value}; use {allowed}")]
    Voice {
        /// The setting.
        setting: &'static str,
        /// What is written.
        value: String,
        /// What may be written.
        allowed: &'static str,
    },
    /// More names than can be spoken.
    #[error("has more than {0} names; remove some")]
    TooManyNames(usize),
    /// Not sound, or not in a form that is read.
    #[error("cannot be decoded ({0}); render it again with `cargo xtask prompts`")]
    Decode(#[from] DecodeError),
    /// A sampling rate that no prompt has.
    #[error("{0}; render it again with `cargo xtask prompts`")]
    Rate(#[from] ResampleError),
}

impl Fault {
    /// Says where the fault stands.
    pub(crate) fn at(self, file: &Path) -> PackError {
        PackError { file: file.to_owned(), fault: self }
    }
}
