//! A prompt, encoded once per codec when it is loaded, so that playing it costs no encoding.

use std::slice::ChunksExact;
use std::sync::Arc;
use std::time::Duration;

use crate::{Codec, FRAME, FRAME_MS};

/// The frames of a prompt in one codec, 160 bytes each.
pub type Frames<'a> = ChunksExact<'a, u8>;

/// A spoken text ready for the wire in both codecs, padded with silence to whole frames.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    /// G.711 A-law, one byte a sample, a multiple of [`FRAME`].
    pub alaw: Arc<[u8]>,
    /// G.711 µ-law, as long as `alaw`.
    pub ulaw: Arc<[u8]>,
    /// Samples before padding.
    pub samples: usize,
}

impl Prompt {
    /// Encodes 8 kHz samples in both codecs.
    #[must_use]
    pub fn encode(samples: &[i16]) -> Self {
        let encoded = |codec: Codec| -> Arc<[u8]> {
            let mut bytes = vec![codec.silence(); samples.len().next_multiple_of(FRAME)];
            codec.encode(samples, &mut bytes);
            bytes.into()
        };
        Self { alaw: encoded(Codec::Pcma), ulaw: encoded(Codec::Pcmu), samples: samples.len() }
    }

    /// All bytes in one codec; cloning the `Arc` is how a player keeps them.
    #[must_use]
    pub fn bytes(&self, codec: Codec) -> &Arc<[u8]> {
        match codec {
            Codec::Pcma => &self.alaw,
            Codec::Pcmu => &self.ulaw,
        }
    }

    /// All frames in one codec.
    pub fn frames(&self, codec: Codec) -> Frames<'_> {
        self.bytes(codec).chunks_exact(FRAME)
    }

    /// One frame of 160 bytes, or none past the end: what a player asks for in each tick.
    #[must_use]
    pub fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        let start = index.checked_mul(FRAME)?;
        self.bytes(codec).get(start..start.checked_add(FRAME)?)
    }

    /// Number of 20 ms frames.
    #[must_use]
    pub fn frame_count(&self) -> usize {
        self.alaw.len() / FRAME
    }

    /// Time it takes to play, in whole frames.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_millis(self.frame_count() as u64 * u64::from(FRAME_MS))
    }
}

// A clip may hold a spoken name: only its length may be shown.
impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompt").field("duration", &self.duration()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_has_no_frames() {
        let prompt = Prompt::encode(&[]);
        assert_eq!((prompt.frame_count(), prompt.samples), (0, 0));
        assert_eq!(prompt.frames(Codec::Pcma).count(), 0);
        assert_eq!(prompt.frame(Codec::Pcma, 0), None);
    }

    #[test]
    fn the_last_frame_is_filled_with_each_codecs_own_silence() {
        // 161 samples: two frames, the second with one sample and 159 bytes of padding.
        let prompt = Prompt::encode(&[1000; 161]);
        assert_eq!((prompt.frame_count(), prompt.samples), (2, 161));
        assert_eq!(prompt.duration(), Duration::from_millis(40));
        // 1000 is 0xAF ^ 0x55 = 0xFA in A-law and !0x31 = 0xCE in µ-law (worked out in `codec`).
        let alaw = prompt.frame(Codec::Pcma, 1).unwrap();
        assert_eq!((alaw.len(), alaw[0]), (160, 0xFA));
        assert!(alaw[1..].iter().all(|&b| b == 0xD5));
        let ulaw = prompt.frame(Codec::Pcmu, 1).unwrap();
        assert_eq!(ulaw[0], 0xCE);
        assert!(ulaw[1..].iter().all(|&b| b == 0xFF));
    }

    #[test]
    fn whole_frames_are_not_padded() {
        assert_eq!(Prompt::encode(&[0; 320]).frame_count(), 2);
    }

    #[test]
    fn frames_by_index_are_those_of_the_iterator() {
        let prompt = Prompt::encode(&(0..800).collect::<Vec<_>>());
        let by_index: Vec<_> = (0..).map_while(|n| prompt.frame(Codec::Pcmu, n)).collect();
        assert_eq!(by_index, prompt.frames(Codec::Pcmu).collect::<Vec<_>>());
        assert_eq!(prompt.frame(Codec::Pcmu, usize::MAX), None);
    }

    #[test]
    fn debug_shows_no_sound() {
        assert_eq!(format!("{:?}", Prompt::encode(&[5; 10])), "Prompt { duration: 20ms, .. }");
    }
}
