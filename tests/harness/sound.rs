//! Sound files. Decoding and resampling is left to sox, so that nothing of the line's own audio
//! code stands between a prompt's file and what is looked for in a recording of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::child::run;
use crate::{Context, Failure, Result};

/// Samples a second of everything that is compared: the telephone's rate.
pub const RATE: usize = 8_000;
/// Samples of one packet of 20 ms.
pub const FRAME: usize = 160;
/// The longest sound that is read: three hours, a call and a half.
const SAMPLES_MAX: usize = RATE * 3 * 3600;

/// How many samples a stretch of time has.
#[must_use]
pub fn samples_of(seconds: f64) -> usize {
    (seconds.max(0.0) * RATE as f64).round() as usize
}

/// How many seconds so many samples last.
#[must_use]
pub fn seconds_of(samples: usize) -> f64 {
    samples as f64 / RATE as f64
}

/// Decodes any file that sox knows (WAV, FLAC, Ogg Vorbis) to mono samples at 8 kHz.
///
/// # Errors
/// sox is missing or cannot read the file.
pub fn decode(file: &Path) -> Result<Vec<i16>> {
    let mut sox = Command::new("sox");
    // -D: no dither, so that the same file always gives the same samples. -G would change levels.
    sox.args(["-D", "-V1"]).arg(file);
    sox.args(["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-L", "-c", "1", "-"]);
    let output = run(&mut sox).because(|| format!("decoding {}", file.display()))?;
    samples_from(&output.stdout)
}

/// Writes a WAV file of 16 bits, 8 kHz, mono.
///
/// # Errors
/// The file cannot be written.
pub fn write_wav(file: &Path, samples: &[i16]) -> Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer =
        hound::WavWriter::create(file, spec).because(|| format!("writing {}", file.display()))?;
    for sample in samples {
        writer.write_sample(*sample)?;
    }
    writer.finalize().because(|| format!("writing {}", file.display()))
}

/// Reads a 16-bit, 8 kHz mono WAV file that another program may still be writing: everything after
/// the header of the data chunk, whatever length the chunk claims.
///
/// # Errors
/// No such file, or no WAV header yet.
pub fn read_growing_wav(file: &Path) -> Result<Vec<i16>> {
    let bytes = fs::read(file).because(|| format!("reading {}", file.display()))?;
    let data = bytes.windows(4).take(4096).position(|name| name == b"data");
    let start = data.because(|| format!("{} has no data chunk", file.display()))? + 8;
    samples_from(bytes.get(start..).unwrap_or_default())
}

fn samples_from(bytes: &[u8]) -> Result<Vec<i16>> {
    let (pairs, _) = bytes.as_chunks::<2>();
    if pairs.len() > SAMPLES_MAX {
        return Err(Failure::new("a sound of more than three hours"));
    }
    Ok(pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_decoded_sample_for_sample() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ramp.wav");
        let ramp: Vec<i16> = (-500..500).map(|s| s * 60).collect();
        write_wav(&file, &ramp).unwrap();
        assert_eq!(decode(&file).unwrap(), ramp);
        assert_eq!(read_growing_wav(&file).unwrap(), ramp);
    }

    #[test]
    fn a_file_in_the_making_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("growing.wav");
        write_wav(&file, &[]).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend([1, 0, 2, 0, 3]); // two samples and half of one; the header still says none
        fs::write(&file, bytes).unwrap();
        assert_eq!(read_growing_wav(&file).unwrap(), [1, 2]);
    }

    #[test]
    fn what_is_no_sound_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text.wav");
        fs::write(&file, "no sound").unwrap();
        assert!(decode(&file).unwrap_err().to_string().contains("text.wav"));
    }

    #[test]
    fn time_and_samples_agree() {
        assert_eq!(samples_of(0.02), FRAME);
        assert!((seconds_of(12_000) - 1.5).abs() < 1e-9);
    }
}
