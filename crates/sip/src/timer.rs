//! What has to be done when: one table of deadlines, in the order of their time.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::event::CallKey;
use crate::random::Key;

/// Round-trip estimate (RFC 3261 section 17.1.1.1).
pub(crate) const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub(crate) const T4: Duration = Duration::from_secs(5);
/// 64*T1: timers B, F, H, J, L, M, and D on UDP (rule W1).
pub(crate) const T1_64: Duration = Duration::from_secs(32);

/// The next interval of a retransmission that doubles up to T2.
pub(crate) fn doubled(interval: Duration) -> Duration {
    interval.saturating_mul(2).min(T2)
}

/// A deadline, named by what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When to send a final response to an INVITE again (G).
    ServerResend(Key),
    /// When to forget a server transaction (H, I, J, L).
    ServerEnd(Key),
    /// When to send a request again (A, E).
    ClientResend(Key),
    /// When to stop waiting for a response (B, F).
    ClientGiveUp(Key),
    /// When to forget a client transaction that has its answer (D, K, M).
    ClientEnd(Key),
    /// When to send the 2xx again (rule W3).
    AnswerResend(CallKey),
    /// When to stop waiting for the ACK (rule W3).
    AnswerGiveUp(CallKey),
    /// When to stop waiting for a final answer to an INVITE.
    AnswerMissing(CallKey),
}

/// All deadlines. A timer is in it at most once, so it is as large as its owners' tables at most.
#[derive(Default)]
pub(crate) struct Timers {
    order: BTreeSet<(Duration, Timer)>,
    at: BTreeMap<Timer, Duration>,
}

impl Timers {
    /// Sets a timer, or sets it anew.
    pub(crate) fn set(&mut self, timer: Timer, at: Duration) {
        self.cancel(timer);
        self.order.insert((at, timer));
        self.at.insert(timer, at);
    }

    /// Forgets a timer.
    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Timer> {
        let (at, timer) = *self.order.first().filter(|(at, _)| *at <= now)?;
        self.order.remove(&(at, timer));
        self.at.remove(&timer);
        Some(timer)
    }

    /// How many are set.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: CallKey = CallKey { index: 0, generation: 0 };

    #[test]
    fn timers_come_in_the_order_of_their_time_and_once() {
        let mut timers = Timers::default();
        timers.set(Timer::AnswerGiveUp(CALL), T1_64);
        timers.set(Timer::AnswerResend(CALL), T1);
        timers.set(Timer::AnswerResend(CALL), T2);
        assert_eq!((timers.next(), timers.len()), (Some(T2), 2));
        assert_eq!(timers.pop_due(T1), None);
        assert_eq!(timers.pop_due(T1_64), Some(Timer::AnswerResend(CALL)));
        timers.cancel(Timer::AnswerGiveUp(CALL));
        assert_eq!((timers.pop_due(T1_64), timers.len()), (None, 0));
    }

    #[test]
    fn an_interval_doubles_up_to_four_seconds() {
        let mut interval = T1;
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(interval.as_millis());
            interval = doubled(interval);
        }
        assert_eq!(seen, [500, 1000, 2000, 4000, 4000]);
    }
}
