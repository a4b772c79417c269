//! Decodes an audio file to mono, within limits that a hostile file cannot leave (rule B17).
//!
//! Limits bound what this code holds on to, and a decoder that panics on a broken file refuses it.
//! Neither stops a decoder from asking for memory without measure: files from outside are therefore
//! decoded in a child process with limits of its own, which calls this function.

use std::io::Cursor;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::Pcm;

/// What a file may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes_max: usize,
    /// Playing time in seconds.
    pub seconds_max: u32,
    /// Lowest sampling rate in Hz: below it there is less than the telephone carries.
    pub rate_min: u32,
    /// Highest sampling rate in Hz.
    pub rate_max: u32,
    /// Channels; two are averaged to one.
    pub channels_max: usize,
}

/// The limits of [`decode_file`]: 20 MiB, 10 minutes, 8 to 48 kHz, two channels (rule B17).
pub const LIMITS: Limits = Limits {
    bytes_max: 20 * 1024 * 1024,
    seconds_max: 600,
    rate_min: 8_000,
    rate_max: 48_000,
    channels_max: 2,
};

/// Endings of the files that are taken (decision on P7): WAV, FLAC, MP3, MPEG-4 audio, Ogg Vorbis.
const EXTENSIONS: [&str; 5] = ["wav", "flac", "mp3", "m4a", "ogg"];

/// Damaged packets that are skipped before a file counts as broken; a cut MP3 begins with one.
const DAMAGED_MAX: u32 = 8;

/// Why a file gave no sound. No text of the file itself is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The ending is none of the five that are taken.
    #[error("the file's ending is none of wav, flac, mp3, m4a, ogg")]
    Extension,
    /// The file is larger than the limit.
    #[error("the file is larger than {} MiB", LIMITS.bytes_max / (1024 * 1024))]
    TooLarge,
    /// It plays longer than the limit.
    #[error("the sound is longer than {} minutes", LIMITS.seconds_max / 60)]
    TooLong,
    /// The sampling rate lies outside the limits.
    #[error("the sampling rate is not between {} and {} Hz", LIMITS.rate_min, LIMITS.rate_max)]
    Rate,
    /// There are no channels or more than the limit.
    #[error("the sound has no channel or more than {}", LIMITS.channels_max)]
    Channels,
    /// The container or codec is none that is built in.
    #[error("the format or codec is not supported")]
    Unsupported,
    /// The file is damaged.
    #[error("the file is damaged")]
    Damaged,
    /// The file is sound but holds no samples.
    #[error("the file holds no sound")]
    Empty,
}

impl From<Error> for DecodeError {
    fn from(error: Error) -> Self {
        // Whatever else goes wrong, the file gave no sound.
        if matches!(error, Error::Unsupported(_)) { Self::Unsupported } else { Self::Damaged }
    }
}

/// Decodes a whole file; `extension` (without the dot, either case) says what it claims to be.
/// Two channels are averaged.
///
/// # Errors
/// If the file breaks a limit of [`LIMITS`], is damaged, or is of a kind that is not taken.
pub fn decode_file(bytes: Vec<u8>, extension: &str) -> Result<Pcm, DecodeError> {
    let extension = known_extension(extension)?;
    if bytes.len() > LIMITS.bytes_max {
        return Err(DecodeError::TooLarge);
    }
    // Broken WAV headers are known to make the decoder's arithmetic overflow.
    let decoded = std::panic::catch_unwind(|| decode(bytes, extension));
    decoded.unwrap_or(Err(DecodeError::Damaged))
}

fn decode(bytes: Vec<u8>, extension: &str) -> Result<Pcm, DecodeError> {
    let mut reader = probe(bytes, extension)?;
    let track = reader.default_track(TrackType::Audio).ok_or(DecodeError::Unsupported)?;
    let track_id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
    let mut decoder = decoder(parameters.ok_or(DecodeError::Unsupported)?)?;
    read_all(reader.as_mut(), decoder.as_mut(), track_id)
}

fn known_extension(extension: &str) -> Result<&'static str, DecodeError> {
    let known = EXTENSIONS.into_iter().find(|known| known.eq_ignore_ascii_case(extension));
    known.ok_or(DecodeError::Extension)
}

fn probe(bytes: Vec<u8>, extension: &str) -> Result<Box<dyn FormatReader>, DecodeError> {
    let mut hint = Hint::new();
    hint.with_extension(extension);
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    Ok(symphonia::default::get_probe().probe(&hint, source, format, metadata)?)
}

/// Makes a decoder; what the header promises is checked first, before anything is allocated for it.
fn decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    if let Some(rate) = parameters.sample_rate {
        check_rate(rate)?;
    }
    if let Some(channels) = &parameters.channels {
        check_channels(channels.count())?;
    }
    let options = AudioDecoderOptions::default();
    Ok(symphonia::default::get_codecs().make_audio_decoder(parameters, &options)?)
}

fn read_all(
    reader: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track_id: u32,
) -> Result<Pcm, DecodeError> {
    let mut sound = Sound::default();
    let mut damaged = 0;
    // Every packet takes at least a byte of a file whose size is bounded, so the loop ends.
    while let Some(packet) = reader.next_packet()? {
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                buffer.copy_to_vec_interleaved(&mut sound.block);
                sound.append(buffer.spec().rate(), buffer.spec().channels().count())?;
            }
            Err(Error::DecodeError(_)) if damaged < DAMAGED_MAX => damaged += 1,
            Err(error) => return Err(error.into()),
        }
    }
    sound.finish()
}

/// What was decoded so far.
#[derive(Default)]
struct Sound {
    rate: u32,
    samples: Vec<f32>,
    /// The packet just decoded, channels interleaved.
    block: Vec<f32>,
}

impl Sound {
    /// Averages the block's channels and appends it.
    fn append(&mut self, rate: u32, channels: usize) -> Result<(), DecodeError> {
        check_rate(rate)?;
        check_channels(channels)?;
        if self.rate != 0 && self.rate != rate {
            return Err(DecodeError::Rate);
        }
        self.rate = rate;
        let length = self.samples.len() + self.block.len() / channels;
        if length as u64 > u64::from(rate) * u64::from(LIMITS.seconds_max) {
            return Err(DecodeError::TooLong);
        }
        let frames = self.block.chunks_exact(channels);
        self.samples.extend(frames.map(|frame| frame.iter().sum::<f32>() / channels as f32));
        Ok(())
    }

    fn finish(self) -> Result<Pcm, DecodeError> {
        if self.samples.is_empty() {
            return Err(DecodeError::Empty);
        }
        Ok(Pcm { rate: self.rate, samples: self.samples })
    }
}

fn check_rate(rate: u32) -> Result<(), DecodeError> {
    let allowed = LIMITS.rate_min..=LIMITS.rate_max;
    if allowed.contains(&rate) { Ok(()) } else { Err(DecodeError::Rate) }
}

fn check_channels(channels: usize) -> Result<(), DecodeError> {
    let allowed = 1..=LIMITS.channels_max;
    if allowed.contains(&channels) { Ok(()) } else { Err(DecodeError::Channels) }
}
