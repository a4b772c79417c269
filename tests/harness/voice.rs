//! Callers' voices (espeak-ng), and checks that a stored report holds what was said.

use std::fmt;
use std::process::Command;

use crate::child::run;
use crate::hear::correlate;
use crate::sound::{self, FRAME, RATE};
use crate::{Context, Failure, Result};

/// Frames louder than this are speech for the checks here (dBFS, decision 25 uses the same).
const SPEECH_DBFS: f64 = -45.0;
/// Samples from here on count as clipped: within one step of A-law below full scale.
const CLIPPED: u16 = 32_000;

/// Speaks a text in a language that espeak-ng knows (`cs`, `en` …): mono samples at 8 kHz, 6 dB
/// below what the voice gives, so that resampling cannot clip.
///
/// # Errors
/// espeak-ng or sox is missing, or does not know the language.
pub fn say(text: &str, language: &str) -> Result<Vec<i16>> {
    let folder = tempfile::tempdir()?;
    let (loud, quiet) = (folder.path().join("voice.wav"), folder.path().join("quiet.wav"));
    let mut espeak = Command::new("espeak-ng");
    run(espeak.args(["-v", language, "-s", "150", "-w"]).arg(&loud).arg(text))?;
    run(Command::new("sox").args(["-D", "-V1", "-v", "0.5"]).arg(&loud).arg(&quiet))?;
    let samples = sound::decode(&quiet)?;
    if level_dbfs(&samples) < SPEECH_DBFS {
        return Err(Failure::new(format!("espeak-ng said nothing in {language}")));
    }
    Ok(samples)
}

/// How well a recording holds what was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Normalised correlation at the best alignment: 1 is the same, 0 is unrelated. Through G.711
    /// about 0.99.
    pub correlation: f64,
    /// Where in the recording the speech begins, in samples; negative if its start is missing.
    pub offset: i64,
    /// Level of the recorded speech against the spoken one, in dB.
    pub gain_db: f64,
}

/// Aligns `spoken` with `recorded` and compares them over the stretch that both have.
///
/// # Errors
/// One of them is empty.
pub fn compare(recorded: &[i16], spoken: &[i16]) -> Result<Likeness> {
    if recorded.is_empty() || spoken.is_empty() {
        return Err(Failure::new("nothing to compare"));
    }
    let offset = correlate::best_offset(recorded, spoken)?;
    let start = usize::try_from(offset.max(0)).unwrap_or(0);
    let skipped = usize::try_from((-offset).max(0)).unwrap_or(0);
    let recorded = recorded.get(start..).unwrap_or_default();
    let spoken = spoken.get(skipped..).because(|| "the alignment is outside the speech")?;
    let length = recorded.len().min(spoken.len());
    let (recorded, spoken) =
        (recorded.get(..length).unwrap_or_default(), spoken.get(..length).unwrap_or_default());
    Ok(Likeness {
        correlation: correlate::normalised(recorded, spoken),
        offset,
        gain_db: level_dbfs(recorded) - level_dbfs(spoken),
    })
}

/// How alike `recorded` and `spoken` are piece by piece: the median correlation of seconds of
/// `spoken`, each sought anew. A jitter buffer that moves its delay in between, as every telephone's
/// does, spoils a comparison of the whole; it spoils at most the pieces that it moves in.
///
/// # Errors
/// `spoken` holds no whole second.
pub fn compare_pieces(recorded: &[i16], spoken: &[i16]) -> Result<f64> {
    let pieces = spoken.chunks_exact(RATE).filter(|piece| level_dbfs(piece) > -40.0);
    let found = pieces.map(|piece| Ok(compare(recorded, piece)?.correlation));
    let mut found: Vec<f64> = found.collect::<Result<_>>()?;
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied().because(|| "no second of speech to compare")
}

/// What can be said of a recording by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Root mean square of the frames that are speech, in dBFS; −∞ if none is.
    pub speech_dbfs: f64,
    /// Seconds of speech.
    pub speech_s: f64,
    /// Samples at full scale.
    pub clipped: usize,
    /// The longest stretch without speech, in seconds.
    pub longest_silence_s: f64,
}

/// Looks at a recording frame by frame.
#[must_use]
pub fn condition(samples: &[i16]) -> Condition {
    let speaks: Vec<bool> =
        samples.chunks(FRAME).map(|frame| level_dbfs(frame) > SPEECH_DBFS).collect();
    let speech: Vec<i16> = samples
        .chunks(FRAME)
        .filter(|frame| level_dbfs(frame) > SPEECH_DBFS)
        .flatten()
        .copied()
        .collect();
    let silence = speaks.split(|speaks| *speaks).map(<[bool]>::len).max().unwrap_or(0);
    Condition {
        speech_dbfs: level_dbfs(&speech),
        speech_s: sound::seconds_of(speech.len()),
        clipped: samples.iter().filter(|sample| sample.unsigned_abs() >= CLIPPED).count(),
        longest_silence_s: sound::seconds_of(silence * FRAME),
    }
}

/// Root mean square against full scale: a square wave of 32768 is 0 dBFS, silence −∞.
#[must_use]
pub fn level_dbfs(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return f64::NEG_INFINITY;
    }
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (energy / samples.len() as f64 / 32_768_f64.powi(2)).log10()
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { speech_dbfs, speech_s, clipped, longest_silence_s } = self;
        write!(
            f,
            "{speech_s:.1} s of speech at {speech_dbfs:.1} dBFS, {clipped} samples clipped, \
             at most {longest_silence_s:.1} s of silence"
        )
    }
}

/// A sine, for tests of levels: `dbfs` is its root mean square.
#[must_use]
pub fn sine(hertz: f64, seconds: f64, dbfs: f64) -> Vec<i16> {
    let peak = 32_768.0 * 10_f64.powf(dbfs / 20.0) * 2_f64.sqrt();
    let turn = std::f64::consts::TAU * hertz / RATE as f64;
    (0..sound::samples_of(seconds)).map(|n| (peak * (turn * n as f64).sin()) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;

    fn through_a_law(samples: &[i16]) -> Vec<i16> {
        samples.iter().map(|sample| Law::A.decode(Law::A.encode(*sample))).collect()
    }

    #[test]
    fn a_shifted_recording_through_g711_is_found_and_alike() {
        let spoken = say("The invoices of March were changed afterwards.", "en").unwrap();
        let mut line = vec![0; 3_210];
        line.extend(&spoken);
        line.extend([0; 800]);
        let likeness = compare(&through_a_law(&line), &spoken).unwrap();
        assert_eq!(likeness.offset, 3_210);
        assert!(likeness.correlation > 0.99, "{likeness:?}");
        assert!(likeness.gain_db.abs() < 0.2, "{likeness:?}");
    }

    #[test]
    fn a_recording_that_starts_late_has_a_negative_offset() {
        let spoken = say("The invoices of March were changed afterwards.", "en").unwrap();
        let likeness = compare(&spoken[1_000..], &spoken).unwrap();
        assert_eq!(likeness.offset, -1_000);
        assert!(likeness.correlation > 0.999, "{likeness:?}");
    }

    #[test]
    fn a_slip_in_the_middle_spoils_the_whole_but_not_the_pieces() {
        let spoken =
            say("The invoices of March were changed after they had been paid.", "en").unwrap();
        let middle = spoken.len() / 2;
        let mut slipped = spoken.clone();
        slipped.drain(middle..middle + 160);
        assert!(compare(&slipped, &spoken).unwrap().correlation < 0.9);
        assert!(compare_pieces(&slipped, &spoken).unwrap() > 0.95);
        let other = say("Nobody has seen the keys since Friday, I believe.", "en").unwrap();
        assert!(compare_pieces(&other, &spoken).unwrap() < 0.6);
    }

    #[test]
    fn other_words_are_not_alike() {
        let spoken = say("The invoices of March were changed afterwards.", "en").unwrap();
        let other = say("Somebody takes parts home from the store every Friday.", "en").unwrap();
        assert!(compare(&other, &spoken).unwrap().correlation < 0.4);
    }

    #[test]
    fn a_lost_second_lowers_the_likeness() {
        let spoken =
            say("The invoices of March were changed afterwards by the boss.", "en").unwrap();
        let mut holed = spoken.clone();
        holed[8_000..16_000].fill(0);
        assert!(compare(&holed, &spoken).unwrap().correlation < 0.9);
    }

    #[test]
    fn half_the_amplitude_is_six_decibels_less() {
        let tone = sine(440.0, 1.0, -10.0);
        let half: Vec<i16> = tone.iter().map(|sample| sample / 2).collect();
        assert!((compare(&half, &tone).unwrap().gain_db + 6.02).abs() < 0.05);
    }

    #[test]
    fn level_silence_and_clipping_are_measured() {
        let mut samples = sine(500.0, 1.0, -20.0);
        samples.extend([0; 4_000]);
        samples.extend(sine(500.0, 1.0, -20.0));
        samples.extend([i16::MAX, i16::MIN]);
        let seen = condition(&samples[..samples.len() - 2]);
        assert!((seen.speech_dbfs + 20.0).abs() < 0.1, "{seen}");
        assert!((seen.speech_s - 2.0).abs() < 0.03, "{seen}");
        assert!((seen.longest_silence_s - 0.5).abs() < 0.03, "{seen}");
        assert_eq!((seen.clipped, condition(&samples).clipped), (0, 2));
    }
}
