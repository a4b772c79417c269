//! A conference mixer: everybody hears all the others and nobody hears themselves.

use crate::{FRAME, Frame};

/// Sums the frames of one tick and hands out the sum without the listener's own part (mix-minus).
///
/// A tick is `clear`, one `add` per talker, then one `minus` per listener.
#[derive(Debug)]
pub struct Mixer {
    sum: [i32; FRAME],
    talkers: u16,
    talkers_max: u16,
}

impl Mixer {
    /// A mixer for at most `talkers_max` talkers in a tick; with a `u16` the 32-bit sum cannot overflow.
    #[must_use]
    pub const fn new(talkers_max: u16) -> Self {
        Self { sum: [0; FRAME], talkers: 0, talkers_max }
    }

    /// Forgets the last tick.
    pub fn clear(&mut self) {
        self.sum = [0; FRAME];
        self.talkers = 0;
    }

    /// Adds one talker; false if the room is full and the frame was left out.
    pub fn add(&mut self, frame: &Frame) -> bool {
        if self.talkers == self.talkers_max {
            return false;
        }
        self.talkers += 1;
        for (sum, sample) in self.sum.iter_mut().zip(frame) {
            *sum += i32::from(*sample);
        }
        true
    }

    /// What a talker who added `own` hears: all the others, clipped to 16 bits.
    #[must_use]
    pub fn minus(&self, own: &Frame) -> Frame {
        let mut heard = [0; FRAME];
        for ((target, sum), own) in heard.iter_mut().zip(&self.sum).zip(own) {
            *target = clip(sum - i32::from(*own));
        }
        heard
    }

    /// What somebody who only listens hears.
    #[must_use]
    pub fn all(&self) -> Frame {
        self.sum.map(clip)
    }
}

fn clip(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SILENCE;

    #[test]
    fn everyone_hears_the_others_and_not_themselves() {
        let mut mixer = Mixer::new(3);
        let (a, b, c) = ([100; FRAME], [-30; FRAME], [7; FRAME]);
        for frame in [&a, &b, &c] {
            assert!(mixer.add(frame));
        }
        assert_eq!(mixer.minus(&a), [-23; FRAME]);
        assert_eq!(mixer.minus(&b), [107; FRAME]);
        assert_eq!(mixer.minus(&c), [70; FRAME]);
        assert_eq!(mixer.all(), [77; FRAME]);
    }

    #[test]
    fn one_alone_hears_silence_even_at_full_scale() {
        let mut mixer = Mixer::new(1);
        let loud = [i16::MIN; FRAME];
        mixer.add(&loud);
        assert_eq!(mixer.minus(&loud), SILENCE);
    }

    #[test]
    fn loud_sums_clip_instead_of_wrapping() {
        let mut mixer = Mixer::new(3);
        let loud = [i16::MAX; FRAME];
        for _ in 0..3 {
            mixer.add(&loud);
        }
        assert_eq!(mixer.minus(&loud), [i16::MAX; FRAME]);
        mixer.clear();
        for _ in 0..3 {
            mixer.add(&[i16::MIN; FRAME]);
        }
        assert_eq!(mixer.minus(&[i16::MIN; FRAME]), [i16::MIN; FRAME]);
    }

    #[test]
    fn clipping_comes_after_the_own_part_is_taken_out() {
        // 30000 + 30000 is far above 16 bits; without the own 30000 exactly 30000 is left.
        let mut mixer = Mixer::new(2);
        let frame = [30_000; FRAME];
        mixer.add(&frame);
        mixer.add(&frame);
        assert_eq!(mixer.minus(&frame), frame);
    }

    #[test]
    fn a_full_room_takes_no_more_and_clearing_empties_it() {
        let mut mixer = Mixer::new(1);
        assert!(mixer.add(&[1; FRAME]));
        assert!(!mixer.add(&[1; FRAME]));
        assert_eq!(mixer.all(), [1; FRAME]);
        mixer.clear();
        assert_eq!(mixer.all(), SILENCE);
        assert!(mixer.add(&[2; FRAME]));
    }

    #[test]
    fn the_largest_room_at_full_scale_does_not_overflow() {
        let mut mixer = Mixer::new(u16::MAX);
        for _ in 0..u16::MAX {
            mixer.add(&[i16::MIN; FRAME]);
        }
        assert_eq!(mixer.all(), [i16::MIN; FRAME]);
    }
}
