//! What a run of the hall has shown.

use core::fmt;
use core::time::Duration;

use crate::ear::Heard;

/// Counts of one run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Telephones.
    pub legs: usize,
    /// Media threads.
    pub threads: u16,
    /// Frames that the telephones heard.
    pub frames: u64,
    /// Of these, full mixes.
    pub exact: u64,
    /// Of these, what nobody can have said.
    pub wrong: u64,
    /// Joins and leaves after which somebody never heard the new mix.
    pub missed: u64,
    /// Telephone and beat of the first wrong frame.
    pub first_wrong: Option<(usize, u128)>,
    /// Frames heard while nobody came, left or lost a packet.
    pub quiet: u64,
    /// Of these, full mixes.
    pub quiet_exact: u64,
    /// Full mixes in the quiet stretches of the telephone that had the fewest.
    pub quiet_exact_least: u64,
    /// Length of the run.
    pub elapsed: Duration,
    /// Time that the media threads were at work.
    pub busy: Duration,
    /// Sub-ticks of the media threads.
    pub ticks: u64,
    /// Of these, late ones.
    pub late_ticks: u64,
}

impl Outcome {
    pub(crate) fn count(&mut self, leg: usize, beat: u128, quiet: bool, heard: Heard) {
        let exact = u64::from(heard == Heard::Exact);
        self.frames += 1;
        self.exact += exact;
        if quiet {
            self.quiet += 1;
            self.quiet_exact += exact;
        }
        if heard == Heard::Wrong {
            self.wrong += 1;
            self.first_wrong.get_or_insert((leg, beat));
        }
    }

    /// Percent of the frames in quiet stretches that were full mixes.
    #[must_use]
    pub fn quiet_share(&self) -> f64 {
        100.0 * self.quiet_exact as f64 / self.quiet.max(1) as f64
    }

    /// Percent of the frames that a perfect network had brought.
    #[must_use]
    pub fn arrived_share(&self) -> f64 {
        let due = self.legs as f64 * 50.0 * self.elapsed.as_secs_f64();
        100.0 * self.frames as f64 / due.max(1.0)
    }

    /// Microseconds of a media thread's time that a leg takes in a second.
    #[must_use]
    pub fn cost_us(&self) -> f64 {
        let leg_seconds = self.legs as f64 * self.elapsed.as_secs_f64();
        self.busy.as_secs_f64() * 1e6 / leg_seconds.max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all_share = 100.0 * self.exact as f64 / self.frames.max(1) as f64;
        write!(
            f,
            "{:>4} legs, {} thread(s): exact {:.2} % quiet, {all_share:.2} % in all, {} wrong, {} missed; \
             {:.1} % arrived; {:.0} us a leg-second, {:.0} legs a core; late {} of {} ticks",
            self.legs,
            self.threads,
            self.quiet_share(),
            self.wrong,
            self.missed,
            self.arrived_share(),
            self.cost_us(),
            1e6 / self.cost_us(),
            self.late_ticks,
            self.ticks,
        )
    }
}
