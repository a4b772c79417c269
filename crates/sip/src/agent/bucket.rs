//! A token bucket on virtual time: so many a second, as many in one burst (rule W25).

use core::time::Duration;

/// One thousandth of a token is the unit, so that a millisecond of a rate of one is whole.
const TOKEN: u64 = 1_000;

pub(super) struct Bucket {
    per_second: u64,
    level: u64,
    filled_at: Duration,
}

impl Bucket {
    pub(super) fn new(per_second: u32) -> Self {
        let per_second = u64::from(per_second);
        let level = per_second.saturating_mul(TOKEN);
        Self { per_second, level, filled_at: Duration::ZERO }
    }

    /// Takes one; false where none is left.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let elapsed_ms = now.saturating_sub(self.filled_at).as_millis();
        let earned = u64::try_from(elapsed_ms).unwrap_or(u64::MAX).saturating_mul(self.per_second);
        let full = self.per_second.saturating_mul(TOKEN);
        // Less than a millisecond earns nothing and must not be forgotten.
        if elapsed_ms > 0 {
            self.level = self.level.saturating_add(earned).min(full);
            self.filled_at = now;
        }
        match self.level.checked_sub(TOKEN) {
            Some(left) => {
                self.level = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_as_large_as_the_rate_and_a_second_fills_it_again() {
        let mut bucket = Bucket::new(3);
        let at = Duration::from_secs(10);
        assert_eq!(
            [bucket.take(at), bucket.take(at), bucket.take(at), bucket.take(at)],
            [true, true, true, false]
        );
        // 3 a second: the next one is there after 334 ms, not after 333.
        assert!(!bucket.take(at + Duration::from_millis(333)));
        assert!(bucket.take(at + Duration::from_millis(334)));
    }
}
