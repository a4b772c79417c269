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

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, hz: f32, seconds: f32) -> Pcm {
        let step = std::f32::consts::TAU * hz / rate as f32;
        let samples = (0..(rate as f32 * seconds) as usize).map(|n| (step * n as f32).sin() * 0.1);
        Pcm { rate, samples: samples.collect() }
    }

    /// RMS of the middle half in dB below 1.0.
    fn level(samples: &[f32]) -> f32 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power = middle.iter().map(|s| s * s).sum::<f32>() / middle.len() as f32;
        10.0 * power.log10()
    }

    #[test]
    fn a_second_stays_a_second_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
            let resampled = resample(sine(rate, 1000.0, 1.0), 8_000).unwrap();
            let off = resampled.samples.len() as i64 - 8_000;
            assert!(off.abs() <= 2, "{rate} Hz: {off}");
        }
    }

    #[test]
    fn a_tone_below_four_kilohertz_keeps_its_level() {
        // An amplitude of 0.1 is an RMS of −23.01 dB.
        let resampled = resample(sine(44_100, 1000.0, 1.0), 8_000).unwrap();
        assert!((level(&resampled.samples) + 23.01).abs() < 0.05);
    }

    #[test]
    fn a_tone_above_four_kilohertz_is_cut_off_and_does_not_fold_back() {
        let resampled = resample(sine(44_100, 6000.0, 1.0), 8_000).unwrap();
        assert!(level(&resampled.samples) < -80.0, "{}", level(&resampled.samples));
    }

    #[test]
    fn the_filters_delay_is_taken_out() {
        // A click at 0.5 s of 48 kHz is a click at 0.5 s of 8 kHz.
        let mut samples = vec![0.0; 48_000];
        samples[24_000] = 1.0;
        let resampled = resample(Pcm { rate: 48_000, samples }, 8_000).unwrap();
        let loudest = |a: &(usize, &f32), b: &(usize, &f32)| a.1.abs().total_cmp(&b.1.abs());
        let (at, _) = resampled.samples.iter().enumerate().max_by(loudest).unwrap();
        assert!((3_999..=4_001).contains(&at), "{at}");
    }

    #[test]
    fn the_same_rate_and_no_sound_are_left_alone() {
        let same = sine(8_000, 440.0, 0.1);
        assert_eq!(resample(same.clone(), 8_000), Ok(same));
        let nothing = Pcm { rate: 48_000, samples: Vec::new() };
        assert_eq!(resample(nothing, 8_000).unwrap().samples, []);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for (from, to) in [(0, 8_000), (8_000, 0), (3_999, 8_000), (8_000, 192_001)] {
            let refused = resample(Pcm { rate: from, samples: vec![0.0; 10] }, to);
            assert_eq!(refused, Err(ResampleError { from, to }));
        }
    }

    #[test]
    fn floats_round_and_clip_to_16_bits() {
        let samples = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, f32::NAN, 0.000_02];
        let expected = [0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0, 1];
        assert_eq!(to_i16(&samples), expected);
    }

    #[test]
    fn debug_shows_no_sound() {
        let shown = format!("{:?}", Pcm { rate: 8_000, samples: vec![0.25] });
        assert_eq!(shown, "Pcm { rate: 8000, len: 1 }");
    }
}
