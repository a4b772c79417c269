//! Covers lost frames: the last good one again and again, fading, then silence (rule W30).

use crate::{Frame, SILENCE};

/// Frames that are covered before silence falls: 60 ms.
const CONCEALED_MAX: u8 = 3;

/// Makes up frames for those that did not come.
#[derive(Clone)]
pub struct Concealer {
    last: Frame,
    lost: u8,
}

impl Concealer {
    /// A concealer that has heard nothing yet and covers with silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: SILENCE, lost: 0 }
    }

    /// Remembers a frame that came.
    pub fn heard(&mut self, frame: &Frame) {
        self.last = *frame;
        self.lost = 0;
    }

    /// A frame in place of a lost one: the last good one at 3/4, 2/4, 1/4 of its strength, each
    /// fading on towards the next, then silence.
    pub fn conceal(&mut self) -> Frame {
        if self.lost >= CONCEALED_MAX {
            return SILENCE;
        }
        self.lost += 1;
        faded(&self.last, i32::from(CONCEALED_MAX + 1 - self.lost))
    }
}

/// The frame at `quarters`/4 of its strength at the start and a quarter less at the end.
fn faded(frame: &Frame, quarters: i32) -> Frame {
    let length = frame.len() as i32;
    let full = 4 * length;
    let mut strength = quarters * length;
    frame.map(|sample| {
        let faded = i32::from(sample) * strength / full;
        strength -= 1;
        faded as i16
    })
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

// The last frame is the caller's voice.
impl std::fmt::Debug for Concealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Concealer").field("lost", &self.lost).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_milliseconds_fade_and_then_silence_falls() {
        let mut concealer = Concealer::new();
        concealer.heard(&[1000; 160]);
        let starts: Vec<i16> = (0..3).map(|_| concealer.conceal()[0]).collect();
        assert_eq!(starts, [750, 500, 250]);
        assert_eq!(concealer.conceal(), SILENCE);
        assert_eq!(concealer.conceal(), SILENCE);
    }

    #[test]
    fn the_fade_is_continuous_within_and_between_frames() {
        let mut concealer = Concealer::new();
        concealer.heard(&[-8000; 160]);
        let heard: Vec<i16> = (0..3).flat_map(|_| concealer.conceal()).collect();
        assert!(heard.is_sorted());
        // A quarter of 8000 over 160 samples is 12.5 a sample.
        assert!(heard.windows(2).all(|w| w[1] - w[0] <= 13));
        assert!(heard[479].abs() <= 13);
    }

    #[test]
    fn a_good_frame_starts_over() {
        let mut concealer = Concealer::new();
        concealer.heard(&[400; 160]);
        for _ in 0..10 {
            concealer.conceal();
        }
        concealer.heard(&[400; 160]);
        assert_eq!(concealer.conceal()[0], 300);
    }

    #[test]
    fn before_the_first_frame_there_is_only_silence() {
        assert_eq!(Concealer::new().conceal(), SILENCE);
    }

    #[test]
    fn full_scale_does_not_overflow() {
        let mut concealer = Concealer::new();
        concealer.heard(&[i16::MIN; 160]);
        assert_eq!(concealer.conceal()[0], -24_576);
    }

    #[test]
    fn debug_shows_no_sound() {
        assert_eq!(format!("{:?}", Concealer::new()), "Concealer { lost: 0, .. }");
    }
}
