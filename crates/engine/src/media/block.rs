//! Seconds of the caller's voice on their way from a media thread to the writer.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;
use linka_audio::Codec;

/// Bytes in a full block: one second of G.711. A call has one that is being filled and as many on
/// their way to the report as its writer may be behind.
pub const SAMPLES_MAX: usize = 8_000;

/// At most one second of the caller's voice in the codec of the wire.
pub struct Block {
    bytes: Option<Box<[u8; SAMPLES_MAX]>>,
    len: usize,
    codec: Codec,
    pool: Arc<ArrayQueue<Box<[u8; SAMPLES_MAX]>>>,
}

impl Block {
    /// Room that is left, in bytes.
    pub(crate) const fn is_full(&self) -> bool {
        self.len == SAMPLES_MAX
    }

    /// Whether nothing was put in.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a frame as far as there is room.
    pub(crate) fn push(&mut self, frame: &[u8]) {
        let Some(bytes) = self.bytes.as_deref_mut() else { return };
        let room = &mut bytes[self.len..];
        let taken = frame.len().min(room.len());
        room[..taken].copy_from_slice(&frame[..taken]);
        self.len += taken;
    }

    /// The samples, 8 kHz.
    pub fn decode(&self) -> Vec<i16> {
        let bytes = self.bytes.as_deref().map_or(&[][..], |b| &b[..self.len]);
        let mut samples = vec![0; bytes.len()];
        self.codec.decode(bytes, &mut samples);
        samples
    }
}

/// Gives the memory back, wiped: the voice stays nowhere but in the report.
impl Drop for Block {
    fn drop(&mut self) {
        if let Some(mut bytes) = self.bytes.take() {
            bytes.fill(0);
            let _full_pool_frees_it = self.pool.push(bytes);
        }
    }
}

impl core::fmt::Debug for Block {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Block({} bytes, redacted)", self.len)
    }
}

/// Blocks that are made once, so that recording allocates nothing.
#[derive(Clone)]
pub struct BlockPool(Arc<ArrayQueue<Box<[u8; SAMPLES_MAX]>>>);

impl BlockPool {
    /// A pool of `blocks` blocks.
    pub fn new(blocks: usize) -> Self {
        let queue = ArrayQueue::new(blocks.max(1));
        while queue.push(Box::new([0; SAMPLES_MAX])).is_ok() {}
        Self(Arc::new(queue))
    }

    /// An empty block, or `None` when all are on their way.
    pub(crate) fn take(&self, codec: Codec) -> Option<Block> {
        let bytes = self.0.pop()?;
        Some(Block { bytes: Some(bytes), len: 0, codec, pool: Arc::clone(&self.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_block_comes_back_wiped() {
        let pool = BlockPool::new(1);
        let mut block = pool.take(Codec::Pcma).unwrap();
        block.push(&[0x55; 160]);
        assert!(pool.take(Codec::Pcma).is_none());
        drop(block);
        let again = pool.0.pop().unwrap();
        assert!(again.iter().all(|&b| b == 0));
    }

    #[test]
    fn a_block_takes_a_second_and_no_more() {
        let mut block = BlockPool::new(1).take(Codec::Pcmu).unwrap();
        for _ in 0..51 {
            block.push(&[0xff; 160]);
        }
        assert!(block.is_full());
        assert_eq!(block.decode().len(), 8_000);
    }
}
