//! Works on 20 ms frames of telephone sound: 160 samples of 16 bits at 8 kHz.
//!
//! Everything here is pure: no clock, no socket, no thread. What runs once per tick (the codecs, the
//! [`Mixer`], the [`VoiceDetector`] and the [`Concealer`]) allocates nothing after it was made.

mod codec;
mod conceal;
mod decode;
mod g711;
mod level;
mod mixer;
mod pcm;
mod prompt;
mod tonal;
mod tone;
mod voice;

pub use codec::Codec;
pub use conceal::Concealer;
pub use decode::{DecodeError, LIMITS, Limits, decode_file};
pub use level::{SPEECH_FLOOR_DBFS, level_dbfs, peak_dbfs};
pub use mixer::Mixer;
pub use pcm::{Pcm, ResampleError, resample, to_i16};
pub use prompt::{Frames, Prompt};
pub use tone::tone;
pub use voice::VoiceDetector;

/// Samples a second on the telephone (RFC 3551, section 4.5.14).
pub const RATE: u32 = 8_000;

/// Samples in one frame: 20 ms at 8 kHz.
pub const FRAME: usize = 160;

/// Length of one frame in milliseconds.
pub const FRAME_MS: u32 = 20;

/// 20 ms of linear sound at 8 kHz, 16 bits a sample.
pub type Frame = [i16; FRAME];

/// A frame of digital silence.
pub const SILENCE: Frame = [0; FRAME];
