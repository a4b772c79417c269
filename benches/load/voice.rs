//! The voices of the telephones, and the plainest way to mix them.

use linka_audio::{Codec, FRAME, Frame};

/// One frame on the wire.
pub type Payload = [u8; FRAME];

/// Tones that fit a whole number of times into 20 ms: 50 Hz and its multiples below 3400 Hz.
const TONES: usize = 67;
/// Strengths that voices have; some are loud enough for two of them to clip.
const STRENGTHS: usize = 300;

/// The voice of telephone `number`: pitch, strength and phase make it unlike any other. Its period is
/// one frame, so every frame of it is the same.
#[must_use]
pub fn voice(number: usize) -> Payload {
    let hertz = 50.0 * (1 + number % TONES) as f64;
    let strength = 1_500.0 + 60.0 * (number * 37 % STRENGTHS) as f64;
    let phase = 0.7 * number as f64;
    let mut samples: Frame = [0; FRAME];
    for (n, sample) in samples.iter_mut().enumerate() {
        let angle = core::f64::consts::TAU * hertz * n as f64 / 8_000.0 + phase;
        *sample = (strength * angle.sin()) as i16;
    }
    encoded(&samples)
}

/// What somebody hears who hears exactly these: sum, clip, encode, one sample after the other.
#[must_use]
pub fn mix<'a>(voices: impl Iterator<Item = &'a Payload>) -> Payload {
    let mut sums = [0_i32; FRAME];
    for voice in voices {
        let mut samples: Frame = [0; FRAME];
        Codec::Pcma.decode(voice, &mut samples);
        for (sum, sample) in sums.iter_mut().zip(samples) {
            *sum += i32::from(sample);
        }
    }
    encoded(&sums.map(|sum| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16))
}

fn encoded(samples: &Frame) -> Payload {
    let mut payload = [0; FRAME];
    Codec::Pcma.encode(samples, &mut payload);
    payload
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nine_hundred_voices_differ_and_so_do_the_mixes_of_neighbours() {
        let voices: Vec<Payload> = (0..900).map(voice).collect();
        let pairs = voices.windows(2).map(|pair| mix(pair.iter()));
        let all: HashSet<Payload> = voices.iter().copied().chain(pairs).collect();
        assert_eq!(all.len(), 900 + 899);
    }

    #[test]
    fn nobody_is_silence_and_one_alone_is_unchanged() {
        assert_eq!(mix([].iter()), [Codec::Pcma.silence(); FRAME]);
        let one = voice(7);
        assert_eq!(mix([one].iter()), one);
    }

    #[test]
    fn opposite_voices_at_full_scale_clip_and_cancel() {
        let (top, bottom) = ([0xAA; FRAME], [0x2A; FRAME]);
        assert_eq!(mix([top, top].iter()), top);
        assert_eq!(mix([top, bottom].iter()), [Codec::Pcma.silence(); FRAME]);
    }
}
