//! Everything that must not be guessed, made from the seed: tags, branches, keys, waiting times.

use core::hash::Hasher;
use std::collections::hash_map::DefaultHasher;

/// Names a transaction or dialog in a table. A keyed hash of what identifies it, so a table holds
/// nothing of a caller, and nobody outside can make two of them collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64, u64);

/// The secret and a counter.
pub(crate) struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// A source that repeats itself for the same seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The key of what consists of these parts.
    pub(crate) fn key(&self, parts: &[&[u8]]) -> Key {
        Key(self.hash(0, parts), self.hash(1, parts))
    }

    /// A tag that is the same for the same request, so that its retransmission gets the same one.
    pub(crate) fn tag(&self, key: Key) -> String {
        format!("{:016x}", self.hash(2, &[&key.0.to_le_bytes(), &key.1.to_le_bytes()]))
    }

    /// 64 bits that were not drawn before.
    pub(crate) fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        self.hash(3, &[&self.drawn.to_le_bytes()])
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.draw() % width)
    }

    /// `SipHash` with the secret in its first block and every part behind its length.
    fn hash(&self, domain: u8, parts: &[&[u8]]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.seed);
        hasher.write_u8(domain);
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let random = Random::new(1);
        assert_ne!(random.key(&[b"ab", b"c"]), random.key(&[b"a", b"bc"]));
        assert_eq!(random.key(&[b"ab", b"c"]), random.key(&[b"ab", b"c"]));
    }

    #[test]
    fn another_seed_gives_other_keys_tags_and_draws() {
        let (mut one, mut two) = (Random::new(1), Random::new(2));
        assert_ne!(one.key(&[b"a"]), two.key(&[b"a"]));
        assert_ne!(one.tag(one.key(&[b"a"])), two.tag(two.key(&[b"a"])));
        assert_ne!(one.draw(), two.draw());
    }

    #[test]
    fn numbers_stay_between_their_bounds_and_reach_both() {
        let mut random = Random::new(7);
        let drawn: Vec<u64> = (0..200).map(|_| random.between(5, 30)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&5), Some(&30)));
    }
}
