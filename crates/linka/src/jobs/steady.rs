//! Whether the wall clock is to be trusted (M14, O11).

use core::time::Duration;

/// A wall clock that moved by more than this against the clock that is never set has jumped.
const STEP_MS: i64 = 5_000;
/// So long after a jump nothing is done by the calendar; then the new time is believed.
const DISTRUST: Duration = Duration::from_secs(3600);

/// Compares the wall clock with the clock that only goes forward.
pub(super) struct Steady {
    /// Wall clock less the other, in milliseconds.
    difference_ms: i64,
    distrusted_until: Duration,
}

impl Steady {
    pub(super) fn new(now: Duration, wall_ms: i64) -> Self {
        let difference_ms = difference(now, wall_ms);
        Self { difference_ms, distrusted_until: Duration::ZERO }
    }

    /// Looks at both clocks.
    pub(super) fn is_steady(&mut self, now: Duration, wall_ms: i64) -> bool {
        let difference_ms = difference(now, wall_ms);
        if difference_ms.abs_diff(self.difference_ms) > STEP_MS.unsigned_abs() {
            self.distrusted_until = now + DISTRUST;
        }
        self.difference_ms = difference_ms;
        now >= self.distrusted_until
    }
}

fn difference(now: Duration, wall_ms: i64) -> i64 {
    wall_ms.saturating_sub(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: i64 = 1_795_498_535_000;

    fn at(steady: &mut Steady, seconds: i64, off_ms: i64) -> bool {
        let now = Duration::from_secs(u64::try_from(seconds).unwrap());
        steady.is_steady(now, WALL + seconds * 1000 + off_ms)
    }

    #[test]
    fn a_jump_either_way_is_distrusted_for_an_hour_and_then_believed() {
        for jump in [5_001, -5_001, 86_400_000, i64::MIN / 2] {
            let mut steady = Steady::new(Duration::ZERO, WALL);
            assert!(at(&mut steady, 100, 0));
            assert!(!at(&mut steady, 200, jump));
            assert!(!at(&mut steady, 3_799, jump));
            assert!(at(&mut steady, 3_800, jump), "{jump}");
        }
    }

    #[test]
    fn a_clock_that_is_corrected_by_little_is_trusted() {
        let mut steady = Steady::new(Duration::ZERO, WALL);
        for (seconds, off_ms) in [(100, 5_000), (200, 10_000), (300, 5_000)] {
            assert!(at(&mut steady, seconds, off_ms));
        }
    }
}
