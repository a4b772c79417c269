//! A quarter of a second of codec bytes, each at the place of its timestamp.

use std::ops::Range;

/// Bytes in the ring; a power of two, so that places run on when the timestamp wraps.
pub(crate) const RING: usize = 2048;

/// Bytes by timestamp, one byte a sample, and which of them came.
pub(crate) struct Ring {
    bytes: Box<[u8; RING]>,
    present: Box<[bool; RING]>,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self { bytes: Box::new([0; RING]), present: Box::new([false; RING]) }
    }

    /// Puts bytes where `timestamp` says; of more than a ringful the first.
    pub(crate) fn put(&mut self, timestamp: u32, bytes: &[u8]) {
        let mut rest = bytes;
        for span in spans(timestamp, bytes.len()) {
            let (part, later) = rest.split_at(span.len());
            rest = later;
            self.bytes[span.clone()].copy_from_slice(part);
            self.present[span].fill(true);
        }
    }

    /// Takes bytes out into `target`, `filler` where none came; returns how many came.
    pub(crate) fn take(&mut self, timestamp: u32, target: &mut [u8], filler: u8) -> usize {
        let mut taken = 0;
        let mut rest = target;
        for span in spans(timestamp, rest.len()) {
            let (part, later) = rest.split_at_mut(span.len());
            rest = later;
            let sources = self.bytes[span.clone()].iter().zip(&mut self.present[span]);
            for (target, (byte, present)) in part.iter_mut().zip(sources) {
                *target = if *present { *byte } else { filler };
                taken += usize::from(*present);
                *present = false;
            }
        }
        taken
    }

    /// Forgets `len` bytes from `timestamp` on.
    pub(crate) fn clear(&mut self, timestamp: u32, len: usize) {
        for span in spans(timestamp, len) {
            self.present[span].fill(false);
        }
    }
}

/// The one or two stretches of the ring that hold `len` bytes from `timestamp` on; always within it.
fn spans(timestamp: u32, len: usize) -> [Range<usize>; 2] {
    let start = timestamp as usize % RING;
    let len = len.min(RING);
    let first = len.min(RING - start);
    [start..start + first, 0..len - first]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_once() {
        let mut ring = Ring::new();
        ring.put(100, &[1, 2, 3]);
        let mut out = [0; 5];
        assert_eq!(ring.take(99, &mut out, 9), 3);
        assert_eq!(out, [9, 1, 2, 3, 9]);
        assert_eq!(ring.take(99, &mut out, 9), 0);
        assert_eq!(out, [9; 5]);
    }

    #[test]
    fn the_ring_and_the_timestamp_wrap() {
        let mut ring = Ring::new();
        // u32::MAX lies at place 2047, the byte after it at place 0.
        ring.put(u32::MAX, &[1, 2]);
        let mut out = [0; 3];
        assert_eq!(ring.take(u32::MAX - 1, &mut out, 0), 2);
        assert_eq!(out, [0, 1, 2]);
    }

    #[test]
    fn cleared_bytes_are_gone() {
        let mut ring = Ring::new();
        ring.put(2047, &[1, 2, 3]);
        ring.clear(2048, 1);
        let mut out = [0; 3];
        assert_eq!(ring.take(2047, &mut out, 0), 2);
        assert_eq!(out, [1, 0, 3]);
    }

    #[test]
    fn more_than_a_ringful_is_cut() {
        assert_eq!(spans(5, 10_000), [5..2048, 0..5]);
        assert_eq!(spans(0, 2048), [0..2048, 0..0]);
    }
}
