//! Tells a pure tone from a voice.
//!
//! The neural detector takes the steady tones of exchanges around 300 to 450 Hz (dial tone, busy
//! tone) for voice. A sine obeys x[n−1] + x[n+1] = 2·cos ω · x[n] in every sample; a voice, with
//! its harmonics, does so only roughly.

use crate::Frame;

/// What may be left over, as a share of the power that white noise would leave: −31 dB. Through
/// G.711 tones leave −33 dB or less, and no more than one frame in several hundred of speech does.
const LEFT_OVER_MAX: f64 = 0.000_8;

/// Whether the frame is one steady sine and nothing else.
pub(crate) fn is_pure_tone(frame: &Frame) -> bool {
    let (mut cross, mut power) = (0.0, 0.0);
    for (before, here, after) in triples(frame) {
        cross += here * (before + after);
        power += here * here;
    }
    if power == 0.0 {
        return false;
    }
    let coefficient = cross / power;
    let left_over: f64 = triples(frame)
        .map(|(before, here, after)| (before + after - coefficient * here).powi(2))
        .sum();
    // White noise of this power would leave up to six times its power: 1 + 1 + 2².
    left_over < LEFT_OVER_MAX * 6.0 * power
}

fn triples(frame: &Frame) -> impl Iterator<Item = (f64, f64, f64)> {
    let shifted = |by| frame.iter().skip(by).map(|&sample| f64::from(sample));
    shifted(0).zip(shifted(1)).zip(shifted(2)).map(|((before, here), after)| (before, here, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FRAME, SILENCE, tone};

    fn middle(samples: &[i16]) -> Frame {
        samples[800..800 + FRAME].try_into().unwrap()
    }

    #[test]
    fn sines_of_any_pitch_are_pure() {
        for hz in [200.0, 425.0, 1000.0, 2100.0, 3300.0] {
            assert!(is_pure_tone(&middle(&tone(hz, 250, -20.0))), "{hz} Hz");
        }
    }

    #[test]
    fn silence_a_click_and_two_sines_are_not() {
        assert!(!is_pure_tone(&SILENCE));
        let mut click = SILENCE;
        click[80] = 10_000;
        assert!(!is_pure_tone(&click));
        let two = tone(400.0, 250, -20.0);
        let two: Vec<i16> = two.iter().zip(tone(1600.0, 250, -25.0)).map(|(a, b)| a + b).collect();
        assert!(!is_pure_tone(&middle(&two)));
    }
}
