//! Keeps a leg's incoming voice in blocks.

use linka_audio::Codec;

use super::block::{Block, BlockPool};

/// Frames in a row that are bridged with the last one heard before silence takes over (60 ms).
const BRIDGED_FRAMES: u32 = 3;

/// A recording under way, on the media thread.
pub(crate) struct Recorder {
    block: Option<Block>,
    codec: Codec,
    paused: bool,
    frames: u32,
    speech: u32,
    last: [u8; linka_audio::FRAME],
    missing: u32,
    overrun: bool,
}

/// What became of a frame.
pub(crate) enum Kept {
    /// It is in the block.
    Held,
    /// It filled this block.
    Full(Block),
    /// No block was free.
    Overrun,
}

impl Recorder {
    pub(crate) fn new(codec: Codec, pool: &BlockPool) -> Self {
        let last = [codec.silence(); linka_audio::FRAME];
        let block = pool.take(codec);
        Self { block, codec, paused: false, frames: 0, speech: 0, last, missing: 0, overrun: false }
    }

    pub(crate) const fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Keeps one frame of 20 ms; `None` is a frame that never came.
    pub(crate) fn keep(
        &mut self,
        frame: Option<&[u8]>,
        spoke: bool,
        pool: &BlockPool,
    ) -> Option<Kept> {
        if self.paused {
            return None;
        }
        self.conceal(frame);
        self.frames += 1;
        self.speech += u32::from(spoke);
        let Some(block) = self.block.as_mut() else {
            self.block = pool.take(self.codec);
            // Told once a gap: the part ends anyway.
            let told = core::mem::replace(&mut self.overrun, self.block.is_none());
            return (!told).then_some(Kept::Overrun);
        };
        block.push(&self.last);
        if !block.is_full() {
            return Some(Kept::Held);
        }
        let fresh = pool.take(self.codec);
        core::mem::replace(&mut self.block, fresh).map(Kept::Full)
    }

    /// Puts what is to be kept into `last`: the frame, or a bridge over a gap.
    fn conceal(&mut self, frame: Option<&[u8]>) {
        match frame {
            Some(bytes) => {
                self.missing = 0;
                self.last.fill(self.codec.silence());
                let len = bytes.len().min(self.last.len());
                self.last[..len].copy_from_slice(&bytes[..len]);
            }
            None => {
                self.missing += 1;
                if self.missing > BRIDGED_FRAMES {
                    self.last.fill(self.codec.silence());
                }
            }
        }
    }

    /// The rest of the voice and the counts: (frames, frames with speech).
    pub(crate) fn finish(self) -> (Option<Block>, u32, u32) {
        (self.block.filter(|b| !b.is_empty()), self.frames, self.speech)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_frames_fill_a_block_and_the_rest_comes_at_the_end() {
        let pool = BlockPool::new(2);
        let mut recorder = Recorder::new(Codec::Pcma, &pool);
        let mut full = 0;
        for _ in 0..60 {
            if let Some(Kept::Full(block)) = recorder.keep(Some(&[0x2a; 160]), true, &pool) {
                assert_eq!(block.decode().len(), 8_000);
                full += 1;
            }
        }
        let (rest, frames, speech) = recorder.finish();
        assert_eq!(
            (full, rest.map(|b| b.decode().len()), frames, speech),
            (1, Some(1_600), 60, 60)
        );
    }

    #[test]
    fn a_gap_is_bridged_for_sixty_milliseconds_and_then_silent() {
        let pool = BlockPool::new(1);
        let mut recorder = Recorder::new(Codec::Pcma, &pool);
        recorder.keep(Some(&[0x2a; 160]), true, &pool);
        for _ in 0..4 {
            recorder.keep(None, false, &pool);
        }
        let samples = recorder.finish().0.unwrap().decode();
        assert_eq!(samples.len(), 800);
        assert!(samples[..640].iter().all(|&s| s == samples[0]));
        assert!(samples[640..].iter().all(|s| s.abs() <= 8), "A-law's smallest step is 8");
    }

    #[test]
    fn a_gap_for_want_of_blocks_is_told_once() {
        let pool = BlockPool::new(1);
        let held = pool.take(Codec::Pcma);
        let mut recorder = Recorder::new(Codec::Pcma, &pool);
        let mut told =
            || matches!(recorder.keep(Some(&[1; 160]), true, &pool), Some(Kept::Overrun));
        assert_eq!([told(), told(), told()], [true, false, false]);
        drop(held);
    }

    #[test]
    fn nothing_is_kept_in_a_pause() {
        let pool = BlockPool::new(1);
        let mut recorder = Recorder::new(Codec::Pcma, &pool);
        recorder.pause(true);
        assert!(recorder.keep(Some(&[1; 160]), true, &pool).is_none());
        assert_eq!(recorder.finish().1, 0);
    }
}
