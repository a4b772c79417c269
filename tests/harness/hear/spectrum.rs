//! A sound as log energies of 20 bands of the telephone's range, every 10 ms, and how they change.

use std::ops::Range;

use realfft::RealFftPlanner;

use crate::sound::RATE;
use crate::{Context, Result};

/// Samples between two frames: 10 ms.
pub(super) const HOP: usize = 80;
/// Samples that a frame looks at: 32 ms.
const WINDOW: usize = 256;
const BANDS: usize = 20;
/// The bands and their differences over 40 ms.
pub(super) const FEATURES: usize = 2 * BANDS;
/// The edges of the telephone's range, in Hz.
const LOWEST: f32 = 200.0;
const HIGHEST: f32 = 3_400.0;
/// Energies further below the loud ones than this are noise, in dB.
const DEPTH: f32 = 45.0;
/// A frame sounds if its loudest band is less than this below the loud ones, in dB.
const AUDIBLE: f32 = 32.0;

/// One frame.
pub(super) type Frame = [f32; FEATURES];
type Bands = [f32; BANDS];

/// What clips and recording are measured by: taken once from all clips, so that a short clip and a
/// long recording keep the same measure.
pub(super) struct Scale {
    loud: f32,
    means: Bands,
}

/// A sound in frames.
pub(super) struct Spectrum {
    pub(super) frames: Vec<Frame>,
    pub(super) audible: Vec<bool>,
}

impl Scale {
    /// The level and the mean energy of each band of these sounds.
    pub(super) fn of<'a>(sounds: impl Iterator<Item = &'a [i16]>) -> Result<Self> {
        let mut all = Vec::new();
        for sound in sounds {
            all.extend(energies(sound)?);
        }
        let mut peaks: Vec<f32> = all.iter().map(peak).filter(|peak| *peak > 0.0).collect();
        peaks.sort_by(f32::total_cmp);
        let loud = *peaks.get(peaks.len() * 9 / 10).because(|| "the clips are silent")?;
        let mut scale = Self { loud, means: [0.0; BANDS] };
        let audible: Vec<Bands> =
            all.iter().filter(|b| scale.sounds(b)).map(|b| scale.levels(b)).collect();
        for (band, mean) in scale.means.iter_mut().enumerate() {
            let sum: f32 = audible.iter().filter_map(|frame| frame.get(band)).sum();
            *mean = sum / audible.len().max(1) as f32;
        }
        Ok(scale)
    }

    fn sounds(&self, bands: &Bands) -> bool {
        peak(bands) > self.loud - AUDIBLE
    }

    /// dB above the noise floor, less the band's mean.
    fn levels(&self, bands: &Bands) -> Bands {
        let mut levels = *bands;
        for (level, mean) in levels.iter_mut().zip(self.means) {
            *level = (*level - self.loud + DEPTH).max(0.0) - mean;
        }
        levels
    }
}

impl Spectrum {
    /// Measures a sound.
    pub(super) fn of(samples: &[i16], scale: &Scale) -> Result<Self> {
        let bands = energies(samples)?;
        let audible = bands.iter().map(|bands| scale.sounds(bands)).collect();
        let levels: Vec<Bands> = bands.iter().map(|bands| scale.levels(bands)).collect();
        let frames = (0..levels.len()).map(|at| frame(&levels, at)).collect();
        Ok(Self { frames, audible })
    }

    /// The frames from the first to the last that sounds.
    pub(super) fn sounds(&self) -> Range<usize> {
        let first = self.audible.iter().position(|audible| *audible).unwrap_or(0);
        let last = self.audible.iter().rposition(|audible| *audible).map_or(0, |last| last + 1);
        first..last
    }
}

/// Levels and their change from 20 ms before to 20 ms after.
fn frame(levels: &[Bands], at: usize) -> Frame {
    let silent = [0.0; BANDS];
    let now = levels.get(at).unwrap_or(&silent);
    let before = levels.get(at.saturating_sub(2)).unwrap_or(now);
    let after = levels.get(at + 2).unwrap_or(now);
    let mut frame = [0.0; FEATURES];
    let (lower, upper) = frame.split_at_mut(BANDS);
    lower.copy_from_slice(now);
    for ((change, after), before) in upper.iter_mut().zip(after).zip(before) {
        *change = after - before;
    }
    frame
}

fn peak(bands: &Bands) -> f32 {
    bands.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The energy of every band in dB, frame by frame.
fn energies(samples: &[i16]) -> Result<Vec<Bands>> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
    let (window, filters) = (hann(), filters());
    let mut input = fft.make_input_vec();
    let mut output = fft.make_output_vec();
    let mut frames = Vec::new();
    for stretch in samples.windows(WINDOW).step_by(HOP) {
        for ((slot, sample), weight) in input.iter_mut().zip(stretch).zip(&window) {
            *slot = f32::from(*sample) * weight;
        }
        fft.process(&mut input, &mut output)?;
        let power: Vec<f32> = output.iter().map(|bin| bin.norm_sqr()).collect();
        let energy = |filter: &Vec<f32>| -> f32 {
            power.iter().zip(filter).map(|(power, weight)| power * weight).sum()
        };
        let mut bands = [0.0; BANDS];
        for (band, filter) in bands.iter_mut().zip(&filters) {
            *band = 10.0 * (energy(filter) + 1.0).log10();
        }
        frames.push(bands);
    }
    Ok(frames)
}

fn hann() -> Vec<f32> {
    let turn = std::f32::consts::TAU / WINDOW as f32;
    (0..WINDOW).map(|n| 0.5 - 0.5 * (turn * n as f32).cos()).collect()
}

/// Triangles of equal width on the mel scale, each over its two neighbours' centres.
fn filters() -> Vec<Vec<f32>> {
    let (low, high) = (mel(LOWEST), mel(HIGHEST));
    let edge = |n: usize| {
        let place = low + (high - low) * n as f32 / (BANDS + 1) as f32;
        700.0 * (10_f32.powf(place / 2_595.0) - 1.0)
    };
    let filter = |band: usize| {
        let (left, centre, right) = (edge(band), edge(band + 1), edge(band + 2));
        let weight = |bin: usize| {
            let hertz = (bin * RATE) as f32 / WINDOW as f32;
            let rising = (hertz - left) / (centre - left);
            let falling = (right - hertz) / (right - centre);
            rising.min(falling).max(0.0)
        };
        (0..=WINDOW / 2).map(weight).collect()
    };
    (0..BANDS).map(filter).collect()
}

fn mel(hertz: f32) -> f32 {
    2_595.0 * (1.0 + hertz / 700.0).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::sine;

    fn loudest_band(hertz: f64) -> usize {
        let frames = energies(&sine(hertz, 0.1, -20.0)).unwrap();
        let bands = frames[3];
        (0..BANDS).max_by(|a, b| bands[*a].total_cmp(&bands[*b])).unwrap()
    }

    #[test]
    fn higher_tones_are_in_higher_bands() {
        assert!(loudest_band(300.0) < loudest_band(1_000.0));
        assert!(loudest_band(1_000.0) < loudest_band(3_000.0));
    }

    #[test]
    fn silence_before_and_after_is_not_part_of_the_sound() {
        let mut sound = vec![0; 8_000];
        sound.extend(sine(700.0, 0.5, -20.0));
        sound.extend([0; 4_000]);
        let scale = Scale::of([sound.as_slice()].into_iter()).unwrap();
        let sounds = Spectrum::of(&sound, &scale).unwrap().sounds();
        // 1.0 to 1.5 s, widened by at most a window of 32 ms on each side.
        assert!((96..=100).contains(&sounds.start), "{sounds:?}");
        assert!((146..=151).contains(&sounds.end), "{sounds:?}");
    }

    #[test]
    fn silent_clips_are_refused() {
        assert!(Scale::of([[0; 8_000].as_slice()].into_iter()).is_err());
    }
}
