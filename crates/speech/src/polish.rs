//! Makes raw speech fit for shipping: one rate, one level, short silence at the ends.

use linka_audio::{Pcm, ResampleError, resample, to_i16};

use crate::SHIPPED_RATE_HZ;
use crate::measure::{GRAIN, is_silent, measure};

/// The middle of what decision 25 allows.
const LEVEL_DBFS: f32 = -21.0;
/// Samples above the knee are bent, so that none passes the ceiling: a single loud consonant must
/// not make the whole text soft. The ceiling leaves room for what lossy encoding adds.
const KNEE: f32 = 0.55;
/// −2.5 dBFS.
const CEILING: f32 = 0.75;
/// Soft consonants lie below the floor: so much is kept round the sound.
const LEAD: usize = SHIPPED_RATE_HZ as usize / 1000 * 60;
const TAIL: usize = SHIPPED_RATE_HZ as usize / 1000 * 80;
/// Bending lowers the level a little; a few rounds meet it.
const ROUNDS: usize = 4;

/// Resamples to 16 kHz, sets the level and trims.
///
/// # Errors
/// When the speech has a sampling rate that no program gives.
pub fn polish(speech: Pcm) -> Result<Vec<i16>, ResampleError> {
    let speech = resample(speech, SHIPPED_RATE_HZ)?.samples;
    let mut clip = trim(&level(&speech));
    fade(&mut clip);
    Ok(clip)
}

fn level(speech: &[f32]) -> Vec<i16> {
    let mut gain = 1.0;
    let mut levelled = amplify(speech, gain);
    for _ in 0..ROUNDS {
        gain *= 10_f32.powf((LEVEL_DBFS - measure(&levelled).level_dbfs).clamp(-20.0, 20.0) / 20.0);
        levelled = amplify(speech, gain);
    }
    levelled
}

fn amplify(speech: &[f32], gain: f32) -> Vec<i16> {
    to_i16(&speech.iter().map(|sample| bend(sample * gain)).collect::<Vec<_>>())
}

/// A straight line below the knee, then a smooth curve towards the ceiling.
fn bend(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    let room = CEILING - KNEE;
    (KNEE + room * (over / room).tanh()).copysign(sample)
}

fn trim(clip: &[i16]) -> Vec<i16> {
    let is_sound = |grain: &[i16]| !is_silent(grain);
    let Some(first) = clip.chunks(GRAIN).position(is_sound) else {
        return Vec::new();
    };
    let last = clip.rchunks(GRAIN).position(is_sound).unwrap_or(0);
    let (start, end) = (first * GRAIN, clip.len().saturating_sub(last * GRAIN));
    let (from, to) = (start.saturating_sub(LEAD), (end + TAIL).min(clip.len()));
    // Where the program itself began or ended sooner, silence is added.
    let mut trimmed = vec![0; LEAD.saturating_sub(start)];
    trimmed.extend_from_slice(clip.get(from..to).unwrap_or_default());
    trimmed.resize(trimmed.len() + (end + TAIL).saturating_sub(clip.len()), 0);
    trimmed
}

/// 5 ms at either end, so that no cut is heard.
fn fade(clip: &mut [i16]) {
    let scale = |sample: &mut i16, step: usize| {
        *sample = (i32::from(*sample) * step as i32 / GRAIN as i32) as i16;
    };
    clip.iter_mut().take(GRAIN).enumerate().for_each(|(n, sample)| scale(sample, n));
    clip.iter_mut().rev().take(GRAIN).enumerate().for_each(|(n, sample)| scale(sample, n));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 ms of silence, 500 ms of a 200 Hz square wave, 300 ms of silence, at 16 kHz.
    fn speech(amplitude: f32) -> Pcm {
        let square = (0..8000).map(|n| if n % 80 < 40 { amplitude } else { -amplitude });
        let silence = |ms: usize| vec![0.0; ms * 16];
        let samples = [silence(200), square.collect(), silence(300)].concat();
        Pcm { rate: 16_000, samples }
    }

    #[test]
    fn soft_and_loud_speech_come_out_at_the_same_level() {
        for amplitude in [0.02, 0.089, 0.9] {
            let measured = measure(&polish(speech(amplitude)).unwrap());
            assert!((measured.level_dbfs + 21.0).abs() < 0.1, "{amplitude}: {measured:?}");
        }
    }

    #[test]
    fn silence_at_the_ends_is_cut_to_60_and_80_ms() {
        let clip = polish(speech(0.1)).unwrap();
        // 60 + 500 + 80 ms.
        assert_eq!(clip.len(), 640 * 16);
        let measured = measure(&clip);
        assert_eq!((measured.lead_ms, measured.tail_ms), (60, 80));
    }

    #[test]
    fn missing_silence_is_added() {
        let tight = Pcm { rate: 16_000, samples: speech(0.1).samples[3200..11_200].to_vec() };
        assert_eq!(polish(tight).unwrap().len(), 640 * 16);
    }

    #[test]
    fn lone_peaks_are_bent_below_the_ceiling() {
        // 1 ms in 50 ms at ten times the amplitude: a crest of 20 dB and more.
        let mut loud = speech(0.05);
        loud.samples[3200..11_200].chunks_mut(800).for_each(|chunk| chunk[..16].fill(0.5));
        let measured = measure(&polish(loud).unwrap());
        // 20·log10(0.75) = −2.499.
        assert!(measured.peak_dbfs <= -2.49, "{measured:?}");
        assert!((measured.level_dbfs + 21.0).abs() < 0.2, "{measured:?}");
    }

    #[test]
    fn nothing_but_silence_leaves_nothing() {
        assert!(polish(Pcm { rate: 22_050, samples: vec![0.0; 22_050] }).unwrap().is_empty());
    }
}
