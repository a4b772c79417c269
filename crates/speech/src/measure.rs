//! Measures of a clip: loudness, peak, silence at its ends, and likeness to another.

use linka_audio::{SPEECH_FLOOR_DBFS, level_dbfs, peak_dbfs};

use crate::SHIPPED_RATE_HZ;

/// Samples of 20 ms at the rate of shipped audio.
const FRAME: usize = SHIPPED_RATE_HZ as usize / 50;
/// The grain in which silence is measured.
const GRAIN_MS: u32 = 5;
pub(crate) const GRAIN: usize = SHIPPED_RATE_HZ as usize / 1000 * GRAIN_MS as usize;

/// What decision 25 asks about a clip.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Measured {
    /// RMS of all 20 ms frames above −45 dBFS; −100 where there is none.
    pub level_dbfs: f32,
    /// The loudest sample.
    pub peak_dbfs: f32,
    /// Silence before the first sound, in steps of 5 ms.
    pub lead_ms: u32,
    /// Silence after the last sound, in steps of 5 ms.
    pub tail_ms: u32,
}

/// Measures 16 kHz samples.
pub fn measure(samples: &[i16]) -> Measured {
    let sounding: Vec<i16> =
        samples.chunks(FRAME).filter(|frame| !is_silent(frame)).flatten().copied().collect();
    let silence_ms = |grains: usize| u32::try_from(grains).unwrap_or(u32::MAX) * GRAIN_MS;
    Measured {
        level_dbfs: level_dbfs(&sounding),
        peak_dbfs: peak_dbfs(samples),
        lead_ms: silence_ms(samples.chunks(GRAIN).take_while(|grain| is_silent(grain)).count()),
        tail_ms: silence_ms(samples.rchunks(GRAIN).take_while(|grain| is_silent(grain)).count()),
    }
}

/// Normalised correlation of two clips laid on each other at their starts: 1 is the same sound at
/// any loudness, 0 has nothing in common. What the longer one has more counts as unlike.
pub fn correlation(a: &[i16], b: &[i16]) -> f32 {
    let energy = energy(a, b);
    if energy <= 0.0 { 0.0 } else { (dot(a, b) / energy) as f32 }
}

/// What [`dot`] of two clips is when they are the same sound.
pub(crate) fn energy(a: &[i16], b: &[i16]) -> f64 {
    (dot(a, a) * dot(b, b)).sqrt()
}

/// Clips of ten minutes stay below 2^54: the sum is exact.
pub(crate) fn dot(a: &[i16], b: &[i16]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum::<i64>() as f64
}

pub(crate) fn is_silent(samples: &[i16]) -> bool {
    level_dbfs(samples) <= SPEECH_FLOOR_DBFS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square wave of amplitude 3277 is at 20·log10(3277 / 32768) = −20.0 dBFS.
    fn square(samples: usize) -> Vec<i16> {
        (0..samples).map(|n| if n % 20 < 10 { 3277 } else { -3277 }).collect()
    }

    #[test]
    fn silence_at_the_ends_does_not_lower_the_level() {
        // 40 ms of silence, 100 ms of sound, 60 ms of silence: 640, 1600 and 960 samples.
        let clip = [vec![0; 640], square(1600), vec![0; 960]].concat();
        let measured = measure(&clip);
        assert!((measured.level_dbfs + 20.0).abs() < 0.01, "{measured:?}");
        assert!((measured.peak_dbfs + 20.0).abs() < 0.01, "{measured:?}");
        assert_eq!((measured.lead_ms, measured.tail_ms), (40, 60));
    }

    #[test]
    fn what_is_below_the_floor_is_silence() {
        // 184 / 32768 is −45.01 dBFS, 185 / 32768 is −44.97 dBFS.
        assert!(is_silent(&[184; 320]));
        assert!(!is_silent(&[185; 320]));
        assert_eq!(measure(&[100; 1600]).level_dbfs, -100.0);
    }

    #[test]
    fn same_sound_at_another_loudness_correlates_fully() {
        let loud = square(800);
        let soft: Vec<i16> = loud.iter().map(|s| s / 3).collect();
        assert!((correlation(&loud, &soft) - 1.0).abs() < 1e-6);
        let inverted: Vec<i16> = loud.iter().map(|s| -s).collect();
        assert!((correlation(&loud, &inverted) + 1.0).abs() < 1e-6);
    }

    #[test]
    fn quarter_of_a_clip_is_only_half_alike() {
        // A quarter has 1/4 of the energy: 1/4 over sqrt(1 · 1/4) = 1/2.
        assert!((correlation(&square(800), &square(200)) - 0.5).abs() < 1e-4);
        assert_eq!(correlation(&square(800), &[0; 800]), 0.0);
    }
}
