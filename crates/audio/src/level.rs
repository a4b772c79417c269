//! How loud a piece of sound is, in dB below full scale (32768 = 0 dBFS; a full sine is −3 dBFS).

/// A 20 ms frame counts as possible speech only above this RMS level (decision 26).
pub const SPEECH_FLOOR_DBFS: f32 = -45.0;

/// What silence measures: below the smallest level that 16 bits can hold.
const SILENT_DBFS: f32 = -100.0;

/// RMS level in dBFS; −100 for digital silence and for no samples at all.
#[must_use]
pub fn level_dbfs(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return SILENT_DBFS;
    }
    let energy: i64 = samples.iter().map(|&s| i64::from(s) * i64::from(s)).sum();
    dbfs((energy as f64 / samples.len() as f64).sqrt())
}

/// Level of the loudest sample in dBFS; −100 for digital silence and for no samples at all.
#[must_use]
pub fn peak_dbfs(samples: &[i16]) -> f32 {
    let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
    dbfs(f64::from(peak))
}

fn dbfs(amplitude: f64) -> f32 {
    if amplitude <= 0.0 {
        return SILENT_DBFS;
    }
    ((20.0 * (amplitude / 32_768.0).log10()) as f32).max(SILENT_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_nothing_are_at_the_bottom() {
        assert_eq!(level_dbfs(&[]), -100.0);
        assert_eq!(level_dbfs(&[0; 160]), -100.0);
        assert_eq!(peak_dbfs(&[0; 160]), -100.0);
    }

    #[test]
    fn a_full_scale_square_is_zero() {
        assert!(level_dbfs(&[i16::MIN; 160]).abs() < 1e-6);
        assert!(peak_dbfs(&[0, i16::MIN, 0]).abs() < 1e-6);
    }

    #[test]
    fn a_tenth_of_the_amplitude_is_twenty_decibels_less() {
        // 3277 / 32768 = 0.10001; 20 * log10 of it = -19.999.
        assert!((level_dbfs(&[3277, -3277]) + 20.0).abs() < 0.01);
    }

    #[test]
    fn one_sample_in_four_has_half_the_rms() {
        // RMS of (a, 0, 0, 0) is a / 2: 6.02 dB below the peak.
        let frame = [10_000, 0, 0, 0];
        assert!((peak_dbfs(&frame) - level_dbfs(&frame) - 6.0206).abs() < 0.001);
    }
}
