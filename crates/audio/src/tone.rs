//! Tones such as the one before a recording.

use std::f64::consts::{PI, SQRT_2, TAU};

use crate::{RATE, to_i16};

/// Fade at both ends, so that a tone begins and ends without a click: 5 ms.
const RAMP: usize = 40;
/// No tone is longer than a minute.
const TONE_MS_MAX: u32 = 60_000;

/// A sine of `hz` at 8 kHz, `ms` long (at most a minute), whose RMS level between the 5 ms ramps
/// is `dbfs`; a level above −3 dBFS is clipped.
#[must_use]
pub fn tone(hz: f32, ms: u32, dbfs: f32) -> Vec<i16> {
    let length = (ms.min(TONE_MS_MAX) * (RATE / 1000)) as usize;
    let amplitude = SQRT_2 * 10f64.powf(f64::from(dbfs) / 20.0);
    let step = TAU * f64::from(hz) / f64::from(RATE);
    let sine = (0..length).map(|n| (step * n as f64).sin() * amplitude * ramp(n, length));
    to_i16(&sine.map(|sample| sample as f32).collect::<Vec<_>>())
}

/// Raised cosine from the nearer end: 0 at the first and last sample, 1 from `RAMP` on.
fn ramp(n: usize, length: usize) -> f64 {
    let from_end = n.min(length - 1 - n);
    if from_end >= RAMP {
        return 1.0;
    }
    0.5 - 0.5 * (PI * from_end as f64 / RAMP as f64).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{level_dbfs, peak_dbfs};

    #[test]
    fn a_quarter_second_has_two_thousand_samples() {
        assert_eq!(tone(1000.0, 250, -20.0).len(), 2000);
        assert!(tone(1000.0, 0, -20.0).is_empty());
    }

    #[test]
    fn the_middle_has_the_level_asked_for() {
        let samples = tone(1000.0, 250, -20.0);
        assert!((level_dbfs(&samples[400..1600]) + 20.0).abs() < 0.05);
        // A sine's peak is 3.01 dB above its RMS; at 1 kHz and 8 kHz a sample lies on the crest.
        assert!((peak_dbfs(&samples) + 16.99).abs() < 0.05);
    }

    #[test]
    fn both_ends_are_ramped() {
        let samples = tone(1000.0, 250, -20.0);
        // Half-way up the ramp (2.5 ms = 20 samples) the envelope is one half: peak of one period
        // around it is close to half the full peak of 4634 (32768 * 0.1 * 1.414).
        let half: i16 = samples[16..24].iter().copied().max().unwrap();
        assert!((1900..2800).contains(&half), "{half}");
        assert_eq!((samples[0], samples[1999]), (0, 0));
        assert!(samples[1..4].iter().all(|s| s.abs() < 100));
        assert!(samples[1996..].iter().all(|s| s.abs() < 100));
    }

    #[test]
    fn a_kilohertz_crosses_zero_twice_a_millisecond() {
        let samples = tone(1000.0, 100, -20.0);
        let rises = samples.windows(2).filter(|w| w[0] <= 0 && w[1] > 0).count();
        assert!((99..=101).contains(&rises), "{rises}");
    }

    #[test]
    fn a_tone_that_is_too_loud_clips_and_a_tone_that_is_too_long_is_cut() {
        assert_eq!(tone(1000.0, 20, 20.0).iter().max(), Some(&i16::MAX));
        assert_eq!(tone(1000.0, u32::MAX, -20.0).len(), 480_000);
    }
}
