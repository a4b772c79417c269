//! The only module of the harness that reads the clock. The programs under test run in real time,
//! so waiting is real here; every wait has a limit.

use std::thread;
use std::time::{Duration, Instant};

use crate::{Failure, Result};

/// How often a condition is looked at while waiting for it.
const LOOK: Duration = Duration::from_millis(25);

/// Time since a moment.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "other programs are waited for in real time")]
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Looks again and again until `look` gives something, at most for `limit`.
///
/// # Errors
/// What `look` reports, or that `what` did not happen in time.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if watch.elapsed() >= limit {
            let seconds = limit.as_secs_f32();
            return Err(Failure::new(format!("waited {seconds:.1} s in vain: {what}")));
        }
        thread::sleep(LOOK);
    }
}

/// Lets the programs under test run on for `time`. For stretches that the test is about (a caller
/// who says nothing), never to wait for something that can be looked at.
pub fn let_pass(time: Duration) {
    thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_comes_true_ends_the_wait() {
        let mut looks = 0;
        let found = wait_for("third look", Duration::from_secs(5), || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        });
        assert_eq!(found.unwrap(), 3);
    }

    #[test]
    fn a_condition_that_never_comes_true_is_named() {
        let failure =
            wait_for("the moon", Duration::from_millis(60), || Ok(None::<()>)).unwrap_err();
        assert_eq!(failure.to_string(), "waited 0.1 s in vain: the moon");
    }
}
