//! Sound of any sampling rate on its way to the telephone's 8 kHz.

use rubato::audioadapter::Adapter;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

/// Mono sound; samples lie between −1 and 1.
#[derive(Clone, PartialEq)]
pub struct Pcm {
    /// Samples a second.
    pub rate: u32,
    /// The samples in order.
    pub samples: Vec<f32>,
}

// Sound may be a voice: only its size may be shown.
impl std::fmt::Debug for Pcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pcm").field("rate", &self.rate).field("len", &self.samples.len()).finish()
    }
}

/// Two rates between which nothing can be resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot resample from {from} Hz to {to} Hz: rates lie between 4000 and 192000 Hz")]
pub struct ResampleError {
    /// Rate of the sound.
    pub from: u32,
    /// Rate that was asked for.
    pub to: u32,
}

/// Rates in Hz that [`resample`] takes; beyond them its filter would grow without bound.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Input samples per step of the resampler.
const CHUNK: usize = 1024;

/// Converts to `to` samples a second, cutting off what the new rate cannot carry. The delay of the
/// filter is removed and the length keeps the same number of seconds.
///
/// # Errors
/// If either rate lies outside 4 to 192 kHz.
pub fn resample(pcm: Pcm, to: u32) -> Result<Pcm, ResampleError> {
    let error = ResampleError { from: pcm.rate, to };
    if !RATES.contains(&pcm.rate) || !RATES.contains(&to) {
        return Err(error);
    }
    if pcm.rate == to || pcm.samples.is_empty() {
        return Ok(Pcm { rate: to, samples: pcm.samples });
    }
    let samples = convert(&pcm, to).ok_or(error)?;
    Ok(Pcm { rate: to, samples })
}

fn convert(pcm: &Pcm, to: u32) -> Option<Vec<f32>> {
    let length = pcm.samples.len();
    let (from, to) = (usize::try_from(pcm.rate).ok()?, usize::try_from(to).ok()?);
    let mut resampler = Fft::<f32>::new(from, to, CHUNK, 1, FixedSync::Both).ok()?;
    let input = InterleavedSlice::new(&pcm.samples, 1, length).ok()?;
    let output = resampler.process_all(&input, length, None).ok()?;
    (0..output.frames()).map(|n| output.read_sample(0, n)).collect()
}

/// Rounds to 16 bits and clips what lies outside ±1.
#[must_use]
pub fn to_i16(samples: &[f32]) -> Vec<i16> {
    // A float cast saturates and turns a NaN into silence.
    samples.iter().map(|sample| (sample * 32_768.0).round() as i16).collect()
}
