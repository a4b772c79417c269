//! Loads prompt packs and spoken names, and renders them with a speech program.
//!
//! A pack is a folder: `pack.yaml` with every text, and one audio file for each piece of a text
//! between its slots. [`PromptPack`] is what calls play; [`Manifest`] and [`Names`] are what is
//! written in the folder; [`Synthesizer`] and [`polish`] make the audio, and [`check`] finds what is
//! wrong with it. Programs run as child processes only; in a call nothing is synthesised.

pub mod check;
mod clip;
mod digit;
mod encode;
mod error;
mod manifest;
mod measure;
mod names;
mod pack;
mod polish;
mod synthesizer;
mod text;
mod voice;

pub use clip::{decode_clip, load_clip};
pub use digit::{Digit, Intonation};
pub use encode::{EncodeError, encode_ogg};
pub use error::{Fault, PackError};
pub use manifest::{ClipFile, DigitEntry, Manifest, Piece, PromptEntry, Recipe};
pub use measure::{Measured, correlation, measure};
pub use names::{Name, Names, SpokenName, SpokenNames};
pub use pack::{Part, PromptPack};
pub use polish::polish;
pub use synthesizer::{SynthesisError, Synthesizer};
pub use text::{Slot, SlotError};
pub use voice::{Program, Voice};

/// Samples a second of shipped audio (decision 25).
pub const SHIPPED_RATE_HZ: u32 = 16_000;
/// Samples a second of a call.
pub const CALL_RATE_HZ: u32 = 8_000;
