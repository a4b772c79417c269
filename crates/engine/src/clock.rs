//! The one place where linka reads clocks and makes randomness.
//!
//! Everything below gets `now` (monotonic, since the process's own zero) as an argument, so that a
//! call can be replayed in a test without waiting.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use linka_model::{CallId, LineId, OrgId, ReportId};
use uuid::Uuid;

static ZERO: OnceLock<Instant> = OnceLock::new();

/// Monotonic time since the process first asked.
#[expect(clippy::disallowed_methods, reason = "this module is the clock")]
pub fn now() -> Duration {
    let zero = *ZERO.get_or_init(Instant::now);
    Instant::now().saturating_duration_since(zero)
}

/// Turns a monotonic instant of [`now`] into tokio's, for sleeping until it.
pub fn wake_at(at: Duration) -> tokio::time::Instant {
    let zero = *ZERO.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "this module is the clock")]
        Instant::now()
    });
    tokio::time::Instant::from_std(zero + at)
}

/// Sleeps until a monotonic instant, or for ever.
pub(crate) async fn sleep_until(due: Option<Duration>) {
    match due {
        Some(at) => tokio::time::sleep_until(wake_at(at)).await,
        None => core::future::pending().await,
    }
}

/// Wall clock as milliseconds since 1970-01-01 UTC. For stamps only, never for durations (M3).
#[expect(clippy::disallowed_methods, reason = "this module is the clock")]
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// 128 bits from the operating system's generator, of which 122 are random.
#[expect(clippy::disallowed_methods, reason = "this module makes the randomness")]
pub fn random() -> u128 {
    // Two ids give enough random bits to fill the fixed ones of the first.
    let (first, second) = (Uuid::new_v4().as_u128(), Uuid::new_v4().as_u128());
    first ^ second.rotate_left(64)
}

/// 64 random bits, for seeds.
pub fn seed() -> u64 {
    u64::try_from(random() & u128::from(u64::MAX)).unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "this module makes the randomness")]
fn new_id() -> Uuid {
    Uuid::new_v4()
}

/// A new call's name.
pub fn new_call() -> CallId {
    CallId(new_id())
}

/// A new report's name.
pub fn new_report() -> ReportId {
    ReportId(new_id())
}

/// A new line's name.
pub fn new_line() -> LineId {
    LineId(new_id())
}

/// A new organisation's name.
pub fn new_org() -> OrgId {
    OrgId(new_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_never_runs_backwards_and_the_wall_clock_is_in_this_century() {
        let first = now();
        assert!(now() >= first);
        assert!(wall_ms() > 1_700_000_000_000);
    }

    #[test]
    fn every_bit_of_the_random_word_varies() {
        let (ones, zeros) = (0..200).fold((0, 0), |(o, z), _| {
            let word = random();
            (o | word, z | !word)
        });
        assert_eq!((ones, zeros), (u128::MAX, u128::MAX));
    }
}
