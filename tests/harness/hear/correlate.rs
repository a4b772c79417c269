//! Correlation of waveforms.

use realfft::RealFftPlanner;

use crate::Result;

/// Normalised correlation of two sounds that are laid on each other, −1 to 1; 0 if one is silent.
/// The shorter one's length counts.
#[must_use]
pub fn normalised(a: &[i16], b: &[i16]) -> f64 {
    let (mut product, mut energy_a, mut energy_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        product += a * b;
        energy_a += a * a;
        energy_b += b * b;
    }
    let energy: f64 = energy_a * energy_b;
    if energy > 0.0 { product / energy.sqrt() } else { 0.0 }
}

/// Where `needle` lies in `hay`: the shift with the largest correlation, negative if the needle
/// begins before the hay does.
///
/// # Errors
/// The arithmetic library refuses, which would be a fault of this harness.
pub fn best_offset(hay: &[i16], needle: &[i16]) -> Result<i64> {
    let size = (hay.len() + needle.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let transform = |sound: &[i16]| -> Result<Vec<_>> {
        let mut input: Vec<f32> =
            sound.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        input.resize(size, 0.0);
        let mut output = forward.make_output_vec();
        forward.process(&mut input, &mut output)?;
        Ok(output)
    };
    let mut product = transform(hay)?;
    for (bin, needle) in product.iter_mut().zip(transform(needle)?) {
        *bin *= needle.conj();
    }
    // What a real signal has at both ends is real; rounding must not say otherwise.
    if let [first, .., last] = product.as_mut_slice() {
        (first.im, last.im) = (0.0, 0.0);
    }
    let mut shifts = inverse.make_output_vec();
    inverse.process(&mut product, &mut shifts)?;
    let best = shifts.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at);
    let best = i64::try_from(best).unwrap_or(0);
    // The upper end of the circle stands for negative shifts.
    let hay_length = i64::try_from(hay.len()).unwrap_or(i64::MAX);
    Ok(if best < hay_length { best } else { best - i64::try_from(size).unwrap_or(0) })
}

/// The best normalised correlation of `window` with `hay` at a shift of at most `reach` samples
/// around `centre`, and the place in `hay` where it is.
pub(super) fn best_near(
    hay: &[i16],
    window: &[i16],
    centre: usize,
    reach: usize,
) -> Option<(usize, f64)> {
    let first = centre.saturating_sub(reach);
    let places = (first..=centre + reach).filter_map(|at| {
        let stretch = hay.get(at..at + window.len())?;
        Some((at, normalised(stretch, window)))
    });
    places.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_alike_to_itself_opposite_to_its_mirror_and_unlike_silence() {
        let sound = [100, -200, 300, 50];
        assert!((normalised(&sound, &sound) - 1.0).abs() < 1e-9);
        assert!((normalised(&sound, &sound.map(|s: i16| -s)) + 1.0).abs() < 1e-9);
        assert!(normalised(&sound, &[0; 4]).abs() < 1e-9);
    }

    #[test]
    fn a_click_is_found_at_its_place() {
        let mut hay = [0; 100];
        hay[70] = 1_000;
        assert_eq!(best_offset(&hay, &[0, 1_000, 0]).unwrap(), 69);
    }

    #[test]
    fn a_needle_that_began_before_is_shifted_backwards() {
        let mut needle = [0; 50];
        needle[30] = 900;
        assert_eq!(best_offset(&[0, 900, 0, 0], &needle).unwrap(), -29);
    }

    #[test]
    fn a_search_near_a_place_does_not_look_far() {
        let mut hay = [0; 200];
        hay[150] = 500;
        let window = [0, 500, 0];
        assert_eq!(best_near(&hay, &window, 145, 10).unwrap().0, 149);
        assert!(best_near(&hay, &window, 50, 10).unwrap().1.abs() < 1e-9);
    }
}
