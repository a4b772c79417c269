//! Says of every 20 ms frame whether somebody speaks in it.

use earshot::Detector;

use crate::tonal::is_pure_tone;
use crate::{Frame, SPEECH_FLOOR_DBFS, level_dbfs};

/// Samples that the detector wants at once: 16 ms at its 16 kHz.
const WINDOW: usize = 256;
/// Score from which a window is taken for voice.
const THRESHOLD: f32 = 0.5;
/// Frames for which voice holds on after the last window that was taken for it: 100 ms.
const HANGOVER_FRAMES: u8 = 5;

/// A voice detector for one direction of one call.
///
/// A frame is speech when it is louder than −45 dBFS and the neural detector takes it for voice,
/// or took a frame of the last 100 ms for it (decision 26). A pure tone is not speech.
pub struct VoiceDetector {
    // 12 KiB of network state: on the heap, so that a leg stays cheap to move.
    detector: Box<Detector>,
    window: [i16; WINDOW],
    filled: usize,
    previous: i16,
    hangover: Hangover,
}

impl VoiceDetector {
    /// A detector that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            detector: Box::new(Detector::default()),
            window: [0; WINDOW],
            filled: 0,
            previous: 0,
            hangover: Hangover::default(),
        }
    }

    /// Whether this frame, the next in time, is speech.
    pub fn is_speech(&mut self, frame: &Frame) -> bool {
        let voiced = self.score(frame) >= THRESHOLD;
        let held = self.hangover.hold(voiced);
        held && level_dbfs(frame) > SPEECH_FLOOR_DBFS && !is_pure_tone(frame)
    }

    /// Best score of the windows that this frame completes: one, and every fourth time two.
    fn score(&mut self, frame: &Frame) -> f32 {
        let mut best = 0.0;
        for &sample in frame {
            let between = i16::midpoint(self.previous, sample);
            self.previous = sample;
            for sample in [between, sample] {
                if let Some(score) = self.push(sample) {
                    best = score.max(best);
                }
            }
        }
        best
    }

    /// Adds one sample at 16 kHz; a score when it completes a window.
    fn push(&mut self, sample: i16) -> Option<f32> {
        if let Some(slot) = self.window.get_mut(self.filled) {
            *slot = sample;
        }
        self.filled += 1;
        if self.filled < WINDOW {
            return None;
        }
        self.filled = 0;
        Some(self.detector.predict_i16(&self.window))
    }
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

// The window holds the caller's voice.
impl std::fmt::Debug for VoiceDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceDetector")
            .field("hangover", &self.hangover.left)
            .finish_non_exhaustive()
    }
}

/// Bridges the short pauses within words.
#[derive(Default)]
struct Hangover {
    left: u8,
}

impl Hangover {
    /// Whether there is voice in this frame or was in one of the last five.
    const fn hold(&mut self, voiced: bool) -> bool {
        let held = voiced || self.left > 0;
        self.left = if voiced { HANGOVER_FRAMES } else { self.left.saturating_sub(1) };
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voice_holds_on_for_100_ms() {
        let mut hangover = Hangover::default();
        let mut held = |voiced| hangover.hold(voiced);
        assert!(!held(false));
        assert!(held(true));
        assert!((0..5).all(|_| held(false)), "five frames of 20 ms");
        assert!(!held(false));
    }

    #[test]
    fn voice_in_a_pause_begins_the_hold_anew() {
        let mut hangover = Hangover::default();
        let mut held = |voiced| hangover.hold(voiced);
        for _ in 0..3 {
            assert!(held(true));
            assert!((0..5).all(|_| held(false)));
        }
    }

    #[test]
    fn debug_shows_no_sound() {
        let shown = format!("{:?}", VoiceDetector::new());
        assert_eq!(shown, "VoiceDetector { hangover: 0, .. }");
    }
}
